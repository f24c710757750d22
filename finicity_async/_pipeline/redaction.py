"""What no text of ours may show: secrets, and what the request itself sent."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from finicity_async.errors import is_vendor_number
from finicity_async.operation import Request

_MAX_TEXT = 300
"""Characters of a vendor message in an error: enough for every message seen, few enough for a line of a log."""
_MAX_SCANNED = 4_096
"""Characters of which that is taken; a message may begin with blanks, but not with this many."""
_MIN_PART = 4
"""Characters at the end of a text that are taken for the beginning of a secret; fewer tell nothing."""


def sent_texts(request: Request[Any]) -> Iterator[str]:
    """Return the texts and numbers that a request sends in its target, headers and body."""
    for text in request.sent:
        yield text
        yield from text.split(",") if "," in text else ()  # A list was joined with commas.
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
    forms = {_folded(form) for part in hidden if part for form in _forms(part)}
    window = text[: _MAX_SCANNED + max(map(len, forms), default=0)]
    shown: list[str] = []
    end = 0
    for start, stop in sorted(_places(_folded(window), forms, is_whole=window == text)):
        if start >= _MAX_SCANNED:
            break
        if start >= end:
            shown += (window[end:start], "***")
        end = max(end, stop)
    shown.append(window[end:_MAX_SCANNED])
    line = " ".join("".join(char if char.isprintable() else " " for char in "".join(shown)).split())
    is_cut = len(line) > _MAX_TEXT or max(end, _MAX_SCANNED) < len(text)
    return f"{line[:_MAX_TEXT]}..." if is_cut else line


def _places(text: str, forms: Iterable[str], *, is_whole: bool) -> Iterator[tuple[int, int]]:
    """
    Yield where the forms stand in a text, and where one begins at the end of a text that may have been cut off there.

    Each form is looked for on its own and takes linear time: in an alternation one would hide what overlaps it.
    """
    for form in forms:
        start = text.find(form)
        while start >= 0:
            yield start, start + len(form)
            start = text.find(form, start + len(form))
        if is_whole and (begun := _begun_at_the_end(text, form)) >= 0:
            yield begun, len(text)


def _begun_at_the_end(text: str, form: str) -> int:
    """Return where the beginning of a form stands at the end of a text, -1 when it does not."""
    first = form[:_MIN_PART]
    start = text.find(first, max(0, len(text) - min(len(form) - 1, _MAX_SCANNED)))
    while start >= 0 and not form.startswith(text[start:]):
        start = text.find(first, start + 1)
    return start


def _folded(text: str) -> str:
    """Return a text in which case does not count, with each character in its place."""
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    return "".join(char if len(char.casefold()) > 1 else char.casefold() for char in text)


def _forms(part: str) -> Iterator[str]:
    """Give the forms in which a vendor may echo a text: as it is, and quoted for a URL, a form, HTML or JSON."""
    yield part
    if not (part.isascii() and part.isalnum()):
        from html import escape  # noqa: PLC0415 -- it loads a table of 2,000 entities, and only errors need it

        yield from (quote(part), quote(part, safe=""), quote_plus(part), escape(part))
        yield from (json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1])


def masked_code(code: str, hidden: Iterable[str]) -> str:
    """Return the code of an error, which is masked like any text unless it is one of the vendor's numbers."""
    return code if is_vendor_number(code) and code not in hidden else masked(code, hidden)
