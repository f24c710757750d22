"""What a body is that is not the JSON that was asked for: its charset, and a word for what it looks like."""

import codecs
import re
from collections.abc import Mapping

import msgspec

from finicity_async.models._values import DECODE_ERRORS

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.ASCII | re.IGNORECASE)
_TRUSTED = re.compile(r"ascii|iso8859-\d{1,2}|cp125\d|utf-(16|32)(-[bl]e)?")
"""Codecs that take a time in proportion to the text, which not all of Python's do."""
_SCRIPT = re.compile(rb"[A-Za-z_$][\w.$]*\s*\(|/[*/]")
_NO_NUMBER = re.compile(rb"[:,\[]\s*-?(?:NaN|Infinity)\b")
_STARTS = {
    b"<!doctype html": "HTML",
    b"<html": "HTML",
    b"<": "XML",
    b"%pdf": "a PDF",
    b"\x1f\x8b": "gzip, compressed twice or without a Content-Encoding",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}

_skip = msgspec.json.Decoder(msgspec.Raw).decode


def in_utf_8(body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a body in UTF-8 where the Content-Type names another charset; any other body as it is."""
    found = _CHARSET.search(headers.get("Content-Type", ""))
    try:
        name = codecs.lookup(found[1]).name if found else "utf-8"
    except LookupError:
        return body
    return body.decode(name, "replace").encode() if _TRUSTED.fullmatch(name) else body


def fault_in(body: bytes) -> str | None:
    """Return what is wrong with a body that should be JSON, None when it is JSON; the text shows nothing of it."""
    start = body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for beginning, what in _STARTS.items():
        if start.startswith(beginning):
            return f"it is {what}"
    if b"\0" in start[:4]:
        return "it is UTF-16 or UTF-32"
    if _SCRIPT.match(start):
        return "it is a script, as JSONP is"
    try:
        _skip(body)
    except DECODE_ERRORS as error:
        if _NO_NUMBER.search(body):
            return "it holds NaN or Infinity, which JSON does not have"
        return "it is cut off" if "truncated" in str(error) else "it is not JSON"
    return None
