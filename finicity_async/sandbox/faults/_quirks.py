"""Oddities of real responses that the vendor's document does not describe, by name."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from finicity_async.models import CustomerAccount, CustomerAccountDetail, CustomerAccountPosition
from finicity_async.models._decoding import wire_names
from finicity_async.sandbox.faults._base import Fault, Match
from finicity_async.sandbox.responses import Response, decode_exactly, json_response

Members = dict[str, Any]

_IDS = ("id", "customerId", "institutionId", "parentAccount")
_DATES = tuple(field.encode_name for field in msgspec.structs.fields(CustomerAccount) if field.name.endswith("_date"))
_AGGREGATION = ("aggregationStatusCode", "aggregationSuccessDate", "aggregationAttemptDate")
_PENDING = ("id", "number", "name", "type", "status", "balance")
_UNDECLARED_DETAIL = {
    "loanMinAmtDue": 25.0,
    "loanMinAmtDueDate": 8911598400,
    "allowedCheckWriting": "ALLOW",
    "dailyChange": -1.5,
    "margin": 0,
}
_UNDECLARED_POSITION = {
    "fundName": "Index Fund",
    "quantity": 10.5,
    "unitPrice": 12.34,
    "heldInAccount": "10.50000000",
    "faceValue": 0.0,
}
_OLD_DETAIL_NAMES = {"dateAsOf": "postedDate", "marginBalance": "interestMarginBalance"}
_OLD_POSITION_NAMES = {"securityId": "cusipNo", "securityIdType": "cusipNoType"}


class Quirk(Fault, frozen=True, kw_only=True, tag="quirk"):
    """The accounts of the response have one of the oddities of real responses."""

    quirk: str
    """Its name, one of ``QUIRKS``."""

    def __post_init__(self) -> None:
        """Refuse an unknown name."""
        super().__post_init__()
        if self.quirk not in QUIRKS:
            raise ValueError(f"quirk {self.quirk!r} is none of {', '.join(QUIRKS)}")

    def alter(self, response: Response, match: Match) -> Response:
        """Change the accounts in a response that has some."""
        try:
            body = decode_exactly(response.body) if response.status == 200 else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return response  # Another fault has cut it off already.
        if not isinstance(body, dict) or not {"accounts", "id"} & body.keys() or "refreshId" in body:
            return response
        if self.quirk in _OF_THE_RESPONSE:
            return _OF_THE_RESPONSE[self.quirk](response, body) if isinstance(body.get("accounts"), list) else response
        listed = body.get("accounts", [body])
        for account in listed if isinstance(listed, list) else ():
            if isinstance(account, dict):
                _OF_AN_ACCOUNT[self.quirk](account)
        return replace(response, body=json_response(body).body)


def _without(*names: str) -> Callable[[Members], None]:
    def quirk(account: Members) -> None:
        for name in names:
            account.pop(name, None)

    return quirk


def _with(**members: Any) -> Callable[[Members], None]:
    return lambda account: account.update(members)


def _on_detail(change: Callable[[Members], None]) -> Callable[[Members], None]:
    def quirk(account: Members) -> None:
        if isinstance(account.get("detail"), dict):
            change(account["detail"])

    return quirk


def _positions(account: Members) -> list[Members]:
    """Return the positions; what a test has put in their place is left alone."""
    found = account.get("position")
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _on_positions(change: Callable[[Members], None]) -> Callable[[Members], None]:
    def quirk(account: Members) -> None:
        for position in _positions(account):
            change(position)

    return quirk


def _both(*quirks: Callable[[Members], None]) -> Callable[[Members], None]:
    def quirk(account: Members) -> None:
        for one in quirks:
            one(account)

    return quirk


def _converted(names: Iterable[str], convert: Callable[[Any], Any]) -> Callable[[Members], None]:
    def quirk(members: Members) -> None:
        for name in names:
            if members.get(name) is not None:
                members[name] = convert(members[name])

    return quirk


def _renamed(names: dict[str, str]) -> Callable[[Members], None]:
    def quirk(members: Members) -> None:
        for new, old in names.items():
            if new in members:
                members[old] = members.pop(new)

    return quirk


def _nulls_for(model: type[msgspec.Struct]) -> Callable[[Members], None]:
    def quirk(members: Members) -> None:
        for name in wire_names(model):
            members.setdefault(name, None)

    return quirk


def _only_what_is_promised(account: Members) -> None:
    for name in account.keys() - set(_PENDING):
        del account[name]


def _as_number(text: Any) -> Any:
    return int(text) if str(text).isdecimal() else text


def _details_as_list(account: Members) -> None:
    account["details"] = [account.pop("detail", {})]


def _positive(account: Members) -> None:
    if isinstance(account.get("balance"), int | Decimal):
        account["balance"] = abs(account["balance"])


def _repeat_holding(account: Members) -> None:
    if found := _positions(account):
        account["position"].append(dict(found[0]))


_OF_AN_ACCOUNT: dict[str, Callable[[Members], None]] = {
    "no_nickname": _without("accountNickname"),
    "no_display_number": _without("accountNumberDisplay"),
    "no_currency": _without("currency", "number", "institutionLoginId"),
    "no_balance": _without("balance", "balanceDate"),
    "never_aggregated": _without(*_AGGREGATION),
    "attempt_without_outcome": _without("aggregationStatusCode", "aggregationSuccessDate"),
    "partial_record": _only_what_is_promised,
    "nulls": _both(
        _nulls_for(CustomerAccount),
        _on_detail(_nulls_for(CustomerAccountDetail)),
        _on_positions(_nulls_for(CustomerAccountPosition)),
    ),
    "number_ids": _converted(_IDS, _as_number),
    "text_login": _converted(["institutionLoginId"], str),
    "number_last4": _converted(["realAccountNumberLast4"], _as_number),
    "text_amounts": _both(
        _converted(["balance"], str),
        _on_detail(_converted(["periodInterestRate", "interestRate"], str)),
        _on_positions(_converted(["marketValue"], str)),
    ),
    "text_dates": _converted(_DATES, str),
    "text_status_code": _converted(["aggregationStatusCode"], str),
    "boolean_flags": _on_detail(_with(autoPayEnrolled=True, firstMortgage=False)),
    "letter_flags": _on_detail(_with(autoPayEnrolled="Y", firstMortgage="N", marginAllowed="T")),
    "text_rates": _on_detail(
        _converted(["originalInterestRate", "interestBalance", "feesBalance", "weightedInterestRate"], str)
    ),
    "unknown_type": _with(type="unknown"),
    "invented_status_code": _with(aggregationStatusCode=146),
    "undeclared_members": _both(
        _with(financialinstitutionAccountStatus="OPEN"),
        _on_detail(_with(**_UNDECLARED_DETAIL)),
        _on_positions(_with(**_UNDECLARED_POSITION)),
    ),
    "old_names": _both(_on_detail(_renamed(_OLD_DETAIL_NAMES)), _on_positions(_renamed(_OLD_POSITION_NAMES))),
    "details_as_list": _details_as_list,
    "no_detail": _without("detail"),
    "null_detail": _with(detail=None),
    "empty_detail": _with(detail={}),
    "null_position": _with(position=None),
    "empty_position": _with(position=[]),
    "repeated_holding": _repeat_holding,
    "option_date_in_seconds": _on_positions(_with(optionExpireDate=1893456000)),
    "zero_dates": _with(lastUpdatedDate=0),
    "far_dates": _both(_with(authorizationEndDate=8911598400), _on_detail(_with(maturityDate=8911598400))),
    "positive_debt": _positive,
    "empty_number": _with(number=""),
    "masked_number": _with(number="x0001"),
}


def _with_paging(response: Response, body: Members) -> Response:
    count = len(body["accounts"])
    paged = {"found": count, "displaying": count, "moreAvailable": False, **body}
    return replace(response, body=json_response(paged).body)


def _empty_204(response: Response, body: Members) -> Response:
    return response if body.get("accounts") else replace(response, status=204, body=b"", content_type=None)


_OF_THE_RESPONSE: dict[str, Callable[[Response, Members], Response]] = {
    "paging_members": _with_paging,
    "empty_list_as_204": _empty_204,
    "no_accounts": lambda response, _body: replace(response, body=b'{"accounts":[]}'),
}

QUIRKS: tuple[str, ...] = tuple(sorted({*_OF_AN_ACCOUNT, *_OF_THE_RESPONSE}))
"""The names of the oddities."""
