"""Accounts in JSON, and short ways to decode and to build them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from finicity_async.models import (
    CustomerAccount,
    CustomerAccountDetail,
    CustomerAccountPosition,
    CustomerAccounts,
    Record,
)
from finicity_async.models._decoding import wire_names

NEIGHBOUR = '{"id":"9","balance":-0.10,"detail":{"openDate":1607450357},"position":[{"id":1,"units":6.537}]}'
THE_NEIGHBOUR = CustomerAccount.from_dict(
    {
        "id": "9",
        "balance": Decimal("-0.10"),
        "detail": CustomerAccountDetail(open_date=datetime.fromtimestamp(1607450357, UTC)),
        "position": (CustomerAccountPosition(id=1, units=Decimal("6.537")),),
    }
)

FULL = (
    b'{"id":"1","balance":0.10,"balanceDate":1607450357,"detail":{"openDate":1607450357,"owner":"Ann",'
    b'"feesBalance":0,"interestRate":"4.5"},"position":[{"id":1,"units":1.50,"totalGLDollar":-1.5},{"symbol":"DAL"}]}'
)
"""An account of which everything fits."""

ODD = (
    b'{"id":"1","name":["odd"],"detail":{"openDate":"soon","feesBalance":5},'
    b'"position":[{"id":1,"units":"x"},5,{"id":"y"}],"displayPosition":2}'
)
"""An account of which something does not fit, at every depth."""


def decoded(account: str) -> CustomerAccounts:
    """Decode a list of an account, given as JSON, between two neighbours."""
    return CustomerAccounts.from_json(f'{{"accounts":[{NEIGHBOUR},{account},{NEIGHBOUR}]}}'.encode())


def account_with(members: str) -> CustomerAccount:
    """Decode an account with some members, given as JSON, that all fit."""
    before, account, after = decoded(f'{{"id":"1",{members}}}')
    assert (before, after) == (THE_NEIGHBOUR, THE_NEIGHBOUR)
    assert account.invalid_values == {}
    return account


def plain(**members: Any) -> dict[str, Any]:
    """Return an account of some attributes in plain values; details and positions are compared by text otherwise."""
    return CustomerAccount.from_dict({"id": "1", **members}).to_dict()


def fitting(record: CustomerAccount) -> dict[str, Any]:
    """Return an account in plain values, but for what was set aside."""
    found: dict[str, Any] = _without_invalid_values(record.to_dict())
    return found


def _without_invalid_values(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_invalid_values(one) for name, one in value.items() if name != "invalid_values"}
    return list(map(_without_invalid_values, value)) if isinstance(value, list) else value


def seconds(moment: datetime | None) -> float | None:
    """Return the Unix seconds of a moment that is in UTC."""
    if moment is None:
        return None
    assert moment.utcoffset() == timedelta(0)
    return moment.timestamp()


MODELS: tuple[type[Record], ...] = (CustomerAccount, CustomerAccountDetail, CustomerAccountPosition)
WIRE = {cls: wire_names(cls) for cls in MODELS}
