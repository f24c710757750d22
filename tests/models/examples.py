"""Accounts in JSON, and short ways to decode them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from finicity_async.models import CustomerAccount, CustomerAccountDetail, CustomerAccountPosition, CustomerAccounts

NEIGHBOUR = '{"id":"9","balance":-0.10,"detail":{"openDate":1607450357},"position":[{"id":1,"units":6.537}]}'
THE_NEIGHBOUR = CustomerAccount(
    id="9",
    balance=Decimal("-0.10"),
    detail=CustomerAccountDetail(open_date=datetime.fromtimestamp(1607450357, UTC)),
    position=(CustomerAccountPosition(id=1, units=Decimal("6.537")),),
)


def decoded(account: str) -> CustomerAccounts:
    """Decode a list of an account, given as JSON, between two neighbours."""
    return CustomerAccounts.from_json(f'{{"accounts":[{NEIGHBOUR},{account},{NEIGHBOUR}]}}'.encode())


def account_with(members: str) -> CustomerAccount:
    """Decode an account with some members, given as JSON, that all fit."""
    before, account, after = decoded(f'{{"id":"1",{members}}}')
    assert (before, after) == (THE_NEIGHBOUR, THE_NEIGHBOUR)
    assert account.invalid_values == {}
    return account


def seconds(moment: datetime | None) -> float | None:
    """Return the Unix seconds of a moment that is in UTC."""
    if moment is None:
        return None
    assert moment.utcoffset() == timedelta(0)
    return moment.timestamp()


WIRE = {cls: cls.__struct_encode_fields__ for cls in (CustomerAccount, CustomerAccountDetail, CustomerAccountPosition)}
