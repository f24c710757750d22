"""What ``fetch`` asks for each customer, in the vendor's own bytes. Workers need no other file of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar

import msgspec

from finicity_async import AsyncSession, CustomerMap, PayloadError
from finicity_async._encoding import unix_seconds
from finicity_async._pipeline.responding import read_response
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from finicity_async.models import Record
from finicity_async.models._values import Instant, NumericId, repaired
from finicity_async.models.transactions import Transaction, Transactions
from finicity_async.operation import Request, Response
from finicity_async.pagination_by_date import transactions_by_date

S = TypeVar("S")

Start = Callable[[AsyncIterator[str]], CustomerMap[str, bytes]]
"""Starts the map over customers, in this process or on a cluster."""


class Subject(NamedTuple):
    """
    What is fetched.

    Attributes:
        member: Its name in a line of the output.
        fetch: Returns the JSON array of a customer, and the members of the line that follow it.
    """

    member: str
    fetch: Callable[[AsyncSession, str], Awaitable[bytes]]


class _AccountList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of accounts whose bytes are kept as they came."""

    accounts: list[msgspec.Raw]


async def fetch_raw_accounts(session: AsyncSession, customer_id: str) -> bytes:
    """
    Return the JSON array of a customer's accounts on one line, every account in the vendor's own bytes.

    Raises:
        PayloadError: The response holds no list of accounts.
    """
    request = GET_CUSTOMER_ACCOUNTS.request(customerId=customer_id)
    response = await session.send_raw(request)
    accounts = () if response.status == 204 else _read(request.into(_AccountList), response).accounts
    return b"[" + b",".join(map(_on_one_line, accounts)) + b"]"


ACCOUNTS = Subject("accounts", fetch_raw_accounts)


def transactions_of(first: datetime, last: datetime) -> Subject:
    """Return the transactions of a period as what is fetched."""
    fetch = partial(fetch_raw_transactions, first=unix_seconds(first), last=unix_seconds(last))
    return Subject("transactions", fetch)


async def fetch_raw_transactions(session: AsyncSession, customer_id: str, *, first: int, last: int) -> bytes:
    """
    Return the JSON array of a customer's transactions on one line, every one in the vendor's own bytes.

    They are read as by `iter_transactions`. The array is followed by the period, as ``fromDate`` and ``toDate``.

    Args:
        session: An open session.
        customer_id: Vendor ID.
        first: First moment of the period, in Unix seconds.
        last: Last moment of the period, in Unix seconds.

    Raises:
        PayloadError: A page holds no list of transactions, or the pages contradict each other.
    """
    array = bytearray()
    rows: AsyncIterator[Any] = transactions_by_date(partial(_page, session), customer_id, first, last)
    async for one in rows:
        array += b"," if array else b"["
        array += one.text
    return bytes(array or b"[") + b'],"fromDate":%d,"toDate":%d' % (first, last)


class _TransactionList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of transactions whose bytes are kept as they came."""

    transactions: list[msgspec.Raw]


class _Head(Record, frozen=True, kw_only=True, rename="camel"):
    """What a page of transactions says of itself."""

    found: int | None = None
    more_available: bool | None = None


class _Place(Record, frozen=True, kw_only=True, rename="camel"):
    """What tells a transaction from the others, and the dates by which the vendor sorts it."""

    id: NumericId
    account_id: NumericId | None = None
    transaction_date: Instant | None = None
    posted_date: Instant | None = None


class _RawTransaction(Transaction, frozen=True, kw_only=True):
    """A transaction by its place and its text; what is no transaction has its text as ID, too."""

    text: bytes


async def _page(session: AsyncSession, request: Request[Transactions]) -> Transactions:
    """Send the request of a page, and return the page with the text of each transaction."""
    response = await session.send_raw(request)
    if response.status == 204:
        return Transactions(found=0, transactions=())
    texts = _read(request.into(_TransactionList), response).transactions
    head = _Head.from_json(response.body)
    rows = tuple(_raw_transaction(_on_one_line(text)) for text in texts)
    return Transactions(found=head.found, more_available=head.more_available, transactions=rows)


def _raw_transaction(text: bytes) -> _RawTransaction:
    try:
        place = _Place.from_json(text)
    except PayloadError:
        return _RawTransaction(id=text, text=text)  # type: ignore[arg-type]  # -- no other is equal to it
    return _RawTransaction(
        id=place.id,
        account_id=place.account_id,
        transaction_date=place.transaction_date,
        posted_date=place.posted_date,
        text=text,
    )


def _read(request: Request[S], response: Response) -> S:
    """Return what is in a response; a text that no UTF-8 can hold costs nothing else."""
    try:
        return read_response(request, response)
    except PayloadError:
        return read_response(request, msgspec.structs.replace(response, body=repaired(response.body)))


def _on_one_line(raw: msgspec.Raw) -> bytes:
    text = bytes(raw)
    if b"\n" in text or b"\r" in text:
        text = msgspec.json.format(text, indent=-1)
    return text if _is_utf8(text) else text.decode("utf-8", "replace").encode()


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
