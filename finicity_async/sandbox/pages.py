"""What a request for a page asks for, and pages whose ``start`` counts pages, as institutions and consents have."""

import re
from collections.abc import Sequence
from typing import Any

from finicity_async.sandbox.requests import IncomingRequest, RefusalError

_DEFAULT = 25
_MOST = 1000


def page_of(request: IncomingRequest, rows: Sequence[Any]) -> tuple[Sequence[Any], dict[str, Any]]:
    """
    Return the rows of the page that is asked for, and the members that every page has.

    Raises:
        RefusalError: ``start`` or ``limit`` is no number from one on.
    """
    start, limit = start_and_limit(request)
    page = rows[(start - 1) * limit :][:limit]
    return page, {"found": len(rows), "displaying": len(page), "moreAvailable": start * limit < len(rows)}


def start_and_limit(request: IncomingRequest) -> tuple[int, int]:
    """
    Return which page is asked for, and how many rows it has at most.

    Raises:
        RefusalError: ``start`` or ``limit`` is no number from one on.
    """
    return _from_one(request, "start", 1), min(_from_one(request, "limit", _DEFAULT), _MOST)


def _from_one(request: IncomingRequest, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not re.fullmatch(r"0*[1-9][0-9]{0,9}", text, re.ASCII):
        raise RefusalError("14020")
    return int(text)
