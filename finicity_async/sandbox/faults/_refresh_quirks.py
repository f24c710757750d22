"""Oddities of the status of a refresh of transactions that the vendor's document allows, by name."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from finicity_async.endpoints.transactions import GET_TRANSACTION_REFRESH_STATUS
from finicity_async.sandbox.faults._base import Fault, Match
from finicity_async.sandbox.requests import IncomingRequest
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.status_codes import SUCCESS, describe_status

Members = dict[str, Any]


class RefreshQuirk(Fault, frozen=True, kw_only=True, tag="refresh_quirk"):
    """The status of a refresh of transactions has one of the oddities that the vendor's document allows."""

    quirk: str
    """Its name, one of ``REFRESH_QUIRKS``."""

    def __post_init__(self) -> None:
        """Refuse an unknown name."""
        super().__post_init__()
        if self.quirk not in REFRESH_QUIRKS:
            raise ValueError(f"quirk {self.quirk!r} is none of {', '.join(REFRESH_QUIRKS)}")

    def fits(self, request: IncomingRequest) -> bool:
        """Return whether a request is for the status of a refresh, too."""
        return request.operation is GET_TRANSACTION_REFRESH_STATUS and super().fits(request)

    def alter(self, response: Response, match: Match) -> Response:
        """Change the status."""
        try:
            status = msgspec.json.decode(response.body, type=dict[str, Any]) if response.status == 200 else {}
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return response  # Another fault has cut it off already.
        if "accounts" not in status:
            return response
        return replace(response, body=json_response(_QUIRKS[self.quirk](status)).body)


def _on_accounts(change: Callable[[Members], Members]) -> Callable[[Members], Members]:
    return lambda status: {**status, "accounts": [change(account) for account in status["accounts"]]}


def _with_error(account: Members) -> Members:
    """Tell of a failure as the document's examples do and its schema does not."""
    code = account.get("aggregationStatusCode", SUCCESS)
    if code == SUCCESS:
        return account
    place = {name: member for name, member in account.items() if name != "aggregationStatusCode"}
    return {**place, "code": code, "message": describe_status(code).meaning}


def _without_outcome(account: Members) -> Members:
    return {name: member for name, member in account.items() if not name.startswith("aggregation")}


_QUIRKS: dict[str, Callable[[Members], Members]] = {
    "errors_in_place_of_codes": _on_accounts(_with_error),
    "no_accounts": lambda status: {name: member for name, member in status.items() if name != "accounts"},
    "no_outcomes": _on_accounts(_without_outcome),
    "unknown_status": lambda status: {**status, "status": "PAUSED"},
}
REFRESH_QUIRKS: tuple[str, ...] = tuple(sorted(_QUIRKS))
"""The names of the oddities."""
