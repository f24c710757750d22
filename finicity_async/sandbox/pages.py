"""What a request for a page asks for, and pages whose ``start`` counts pages, as institutions and consents have."""

import re
from collections.abc import Sequence
from typing import Any

from finicity_async.sandbox.requests import IncomingRequest, RefusalError

_DEFAULT = 25
_MOST = 1000
_BAD = "14020"


def page_of(
    request: IncomingRequest,
    rows: Sequence[Any],
    *,
    default: int = _DEFAULT,
    most: int = _MOST,
    codes: tuple[str, str] = (_BAD, _BAD),
) -> tuple[Sequence[Any], dict[str, Any]]:
    """
    Return the rows of the page that is asked for, and the members that every page has.

    Args:
        request: What asks for the page.
        rows: All rows.
        default: Rows on a page for which no ``limit`` is given.
        most: Rows on a page at most.
        codes: With which an odd ``start`` and an odd ``limit`` are refused.

    Raises:
        RefusalError: ``start`` or ``limit`` is no number from one on.
    """
    start, limit = from_one(request, "start", 1, codes[0]), min(from_one(request, "limit", default, codes[1]), most)
    page = rows[(start - 1) * limit :][:limit]
    return page, {"found": len(rows), "displaying": len(page), "moreAvailable": start * limit < len(rows)}


def start_and_limit(request: IncomingRequest) -> tuple[int, int]:
    """
    Return which page is asked for, and how many rows it has at most.

    Raises:
        RefusalError: ``start`` or ``limit`` is no number from one on.
    """
    return from_one(request, "start", 1), min(from_one(request, "limit", _DEFAULT), _MOST)


def from_one(request: IncomingRequest, name: str, default: int, code: str = _BAD) -> int:
    """
    Return a number in the query.

    Raises:
        RefusalError: It is no number from one on.
    """
    text = request.query.get(name, str(default))
    if not re.fullmatch(r"0*[1-9][0-9]{0,9}", text, re.ASCII):
        raise RefusalError(code)
    return int(text)
