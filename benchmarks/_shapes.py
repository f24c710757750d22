"""
The members of our models as plain Structs and as pydantic models, for the other contenders.

They are generated from the fields of the library's own Structs, so all contenders decode the same members.
"""

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, get_args, get_origin

import msgspec

from finicity_async import CustomerAccount, CustomerAccountDetail, CustomerAccountPosition
from finicity_async.models.transactions import Categorization, DailyBalance, Transaction, Transactions

_NESTED = ("detail", "position", "categorization", "transactions", "dailyBalances", "$invalid")
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


def _scalars(cls: type[msgspec.Struct]) -> dict[str, tuple[str, Any]]:
    """Return attribute -> (wire name, type) of all members that are plain values."""
    return {
        field.name: (field.encode_name, _plain(field.type))
        for field in msgspec.structs.fields(cls)
        if field.encode_name not in _NESTED
    }


def _plain(kind: Any) -> Any:
    """Strip None and constraints from the type of a member."""
    for part in get_args(kind):
        if part is not type(None) and get_origin(kind) is not Annotated:
            return _plain(part)
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _struct(name: str, cls: type[msgspec.Struct], kinds: dict[Any, Any], more: dict[str, Any]) -> type[msgspec.Struct]:
    members = {attribute: kinds.get(kind, kind) for attribute, (_, kind) in _scalars(cls).items()}
    optional = {attribute: kind | None for attribute, kind in members.items()}
    rename = {attribute: wire for attribute, (wire, _) in _scalars(cls).items()}
    places = {field.encode_name: place for place, field in enumerate(msgspec.structs.fields(cls))}
    fields = [(attribute, kind, None) for attribute, kind in (optional | more).items()]
    fields.sort(key=lambda field: places[rename.get(field[0], field[0])])  # In the order of the wire, as ours are.
    return msgspec.defstruct(name, fields, rename=rename, kw_only=True)


@cache
def exact_decoder() -> msgspec.json.Decoder[Any]:
    """Return a decoder for everything, with amounts as Decimal and dates as aware datetimes."""
    return _decoder({datetime: _Instant})


@cache
def float_decoder() -> msgspec.json.Decoder[Any]:
    """Return a decoder for everything, with amounts as floats and dates as Unix seconds."""
    return _decoder({Decimal: float, datetime: int})


@cache
def raw_decoder() -> msgspec.json.Decoder[Any]:
    """Return a decoder for the members of accounts that leaves details and positions as raw JSON."""
    return _decoder({datetime: _Instant}, raw=True)


def _decoder(kinds: dict[Any, Any], *, raw: bool = False) -> msgspec.json.Decoder[Any]:
    more: dict[str, Any] = {"detail": msgspec.Raw, "position": msgspec.Raw}
    if not raw:
        row: Any = _struct("Position", CustomerAccountPosition, kinds, {})
        more = {"detail": _struct("Detail", CustomerAccountDetail, kinds, {}), "position": tuple[row, ...]}
    account: Any = _struct("Account", CustomerAccount, kinds, more)
    accounts: Any = msgspec.defstruct("Accounts", [("accounts", tuple[account, ...])])
    return msgspec.json.Decoder(accounts, strict=False)


@cache
def transactions_decoder() -> msgspec.json.Decoder[Any]:
    """Return a decoder for a page of transactions, with amounts as Decimal and dates as aware datetimes."""
    kinds: dict[Any, Any] = {datetime: _Instant}
    categorization: Any = _struct("Categorization", Categorization, kinds, {})
    row: Any = _struct("Transaction", Transaction, kinds, {"categorization": categorization})
    day: Any = _struct("DailyBalance", DailyBalance, kinds, {})
    lists = {"transactions": tuple[row, ...], "dailyBalances": tuple[day, ...]}
    return msgspec.json.Decoder(_struct("Transactions", Transactions, kinds, lists), strict=False)


@cache
def pydantic_model() -> Any:
    """Return the pydantic model of a response, with amounts as Decimal and dates as datetimes."""
    detail = _pydantic("Detail", CustomerAccountDetail, {})
    row: Any = _pydantic("Position", CustomerAccountPosition, {})
    more = {"detail": (detail | None, None), "position": (tuple[row, ...], ())}
    account: Any = _pydantic("Account", CustomerAccount, more)
    return _create_model("Accounts", accounts=(tuple[account, ...], ...))


def _pydantic(name: str, cls: type[msgspec.Struct], more: dict[str, Any]) -> Any:
    import pydantic  # noqa: PLC0415 -- optional

    members = {
        attribute: (kind | None, pydantic.Field(default=None, alias=wire))
        for attribute, (wire, kind) in _scalars(cls).items()
    }
    return _create_model(name, **members, **more)


def _create_model(name: str, /, **members: Any) -> Any:
    import pydantic  # noqa: PLC0415 -- optional

    return pydantic.create_model(name, **members)
