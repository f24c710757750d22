"""What no text of ours may show: secrets, and what the request itself sent."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from finicity_async.errors import is_vendor_number
from finicity_async.operation import Request

_MAX_TEXT = 300
"""Characters of a vendor message in an error: enough for every message seen, few enough for a line of a log."""


def sent_texts(request: Request[Any]) -> Iterator[str]:
    """Return the texts and numbers that a request sends in its target, headers and body."""
    yield from request.sent
    if request.body is not None:
        yield from _texts_within(msgspec.json.decode(request.body))


def _texts_within(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts_within(part)
    elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        yield str(value)


def masked(text: str, hidden: Iterable[str]) -> str:
    """Return a text of the vendor on one line, cut to a readable length, with every hidden part as ``***``."""
    forms = {form for part in hidden if part for form in _forms(part)}
    for part in sorted(forms, key=len, reverse=True):
        text = re.sub(re.escape(part), "***", text, flags=re.IGNORECASE)
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}..."


def _forms(part: str) -> Iterator[str]:
    """Give the forms in which a vendor may echo a text: as it is, and quoted for a URL, a form, HTML or JSON."""
    yield part
    if not (part.isascii() and part.isalnum()):
        yield from (quote(part), quote(part, safe=""), quote_plus(part), html.escape(part))
        yield from (json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1])


def masked_code(code: str, hidden: Iterable[str]) -> str:
    """Return the code of an error, which is masked like any text unless it is one of the vendor's numbers."""
    return code if is_vendor_number(code) and code not in hidden else masked(code, hidden)
