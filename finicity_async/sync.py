"""
What has changed in a customer's transactions since a bookmark.

The vendor has no list of changes, so the last weeks are read again and compared with the keys and digests that the
bookmark has of them. There is no other state: the changes follow from the bookmark and from what the vendor answers.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, Any

import msgspec

from finicity_async._pipeline.responding import read_in_turns
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS, get_customer_account
from finicity_async.errors import ConfigurationError, NotFoundError
from finicity_async.models import CustomerAccount
from finicity_async.models._values import DECODE_ERRORS
from finicity_async.models.transactions import Transaction
from finicity_async.operation import Id, http_date
from finicity_async.pagination_by_date import iter_transactions
from finicity_async.session import AsyncSession

_DAY = 86_400
_HISTORY = 180 * _DAY
"""What the vendor loads of a new account, so what is read of one."""
_OVERLAP = 15 * _DAY
"""How far back institutions alter transactions; the vendor recommends to read as much again."""
_MARGIN = 15 * _DAY
"""
What is read before the overlap, to find known transactions whose date was moved back, and those of which only one date
is in the overlap: the vendor does not say by which of the two it filters.
"""
_AHEAD = _DAY
"""What is read beyond now: a date may be the noon or the midnight of today in any time zone."""
_VERSION = 1
_PENDING, _SHADOW = "pending", "shadow"

_encode = msgspec.json.Encoder().encode
_Key = tuple[int, int]
"""Account ID and transaction ID: the latter alone may occur in several accounts."""
_Rows = dict[_Key, Transaction]
_Seconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]  # as far as a datetime reaches


class _Account(msgspec.Struct, frozen=True):
    """
    What a bookmark knows of an account.

    Attributes:
        since: Unix seconds; the next run compares the transactions from then on.
        digests: Transaction ID -> digest of its content, for each of these.
    """

    since: _Seconds
    digests: dict[int, str]


class _Bookmark(msgspec.Struct, frozen=True):
    """
    What a run leaves to the next one.

    Attributes:
        version: Of the format.
        customer_id: Whose it is.
        until: Unix seconds; when the vendor was read, by its own clock.
        accounts: Account ID -> what is known of it.
    """

    version: int
    customer_id: str
    until: _Seconds
    accounts: dict[int, _Account]


@dataclass(frozen=True, slots=True)
class RemovedTransaction:
    """
    A transaction that is no longer there.

    Attributes:
        account_id: Vendor ID of the account; 0 for a transaction that names none.
        id: Vendor ID of the transaction within the account.
        transaction: The transaction, if the vendor still lists it, as a rule with the status ``"shadow"``; else None.
    """

    account_id: int
    id: int
    transaction: Transaction | None


@dataclass(frozen=True, slots=True)
class TransactionChanges:
    """
    What has changed since a bookmark, and how far that is complete.

    Attributes:
        added: Transactions that the bookmark does not know. Insert or replace each by ``account_id`` and ``id``
            together: one whose date was moved forward may be there already.
        changed: Transactions of which any member has changed, as they are now. After an upgrade of this library to one
            that knows more members, these may be all of the days that are compared.
        removed: Transactions that are no longer there.
        pending: The pending transactions as they are now, of the days that were read: 30 at least. They replace the
            previous list as a whole: when one becomes active it may have another ID.
        bookmark: JSON text, the argument of the next call.
        accounts: The accounts as they were before the transactions were read. The ``aggregation_success_date`` of each
            says how far its transactions are complete.
        vanished: IDs of accounts that are no longer there. ``removed`` has their latest transactions and ``pending``
            none of them; the older ones are gone as well.
    """

    added: tuple[Transaction, ...]
    changed: tuple[Transaction, ...]
    removed: tuple[RemovedTransaction, ...]
    pending: tuple[Transaction, ...]
    bookmark: str
    accounts: tuple[CustomerAccount, ...]
    vanished: tuple[str, ...]

    @property
    def complete_until(self) -> datetime | None:
        """
        How far the transactions of all accounts are complete: the oldest of their success dates.

        None if an account was never aggregated, or if there is no account. Accounts that were never activated have no
        transactions and do not count.
        """
        dates = [account.aggregation_success_date for account in self.accounts if account.status != _PENDING]
        known = [date for date in dates if date is not None]
        return min(known) if known and len(known) == len(dates) else None


async def sync_transactions(
    session: AsyncSession, customer_id: Id, bookmark: str | bytes | Mapping[str, Any] | None = None
) -> TransactionChanges:
    """
    Return what has changed in the transactions of a customer since a bookmark.

    Reads what the vendor holds: the accounts, and then a page of transactions as a rule. It refreshes nothing, so
    ``complete_until`` stays where it is until the vendor has reached the institution again.

    Apply the changes and store the new bookmark in one transaction of your database. Then a run may be killed at any
    moment: the next one, from the old bookmark, returns what is different by then. Of two runs from the same bookmark
    store one.

    The first call reads 180 days and holds all of their transactions in memory. Later ones compare from 15 days before
    the bookmark, account by account: before the last success of an account that could not be refreshed, and 180 days
    for an account that is new. To tell a transaction that was moved from one that is gone, they read 15 days more.

    Not seen: what changes, appears (by a historic load, say) or vanishes among transactions older than that. A
    transaction that only becomes older is not removed. One that is moved to a date more than 180 days before the
    bookmark, or more than a day after now, is.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        bookmark: What the last call returned, as text, bytes or the object parsed from it; None for the first call, and
            to begin anew with an empty copy: then everything is ``added``. It has some 30 bytes for each transaction
            of the days that will be compared, holds IDs and no amounts, and never expires.

    Returns:
        The changes, the pending transactions, and the next bookmark.

    Raises:
        ConfigurationError: The bookmark cannot be read, or is of another customer; nothing was sent.
        NotFoundError: No such customer.
        PayloadError: The vendor's pages contradict each other, or a transaction has no ID that can be read, so there
            may be gaps. Try again later.

    Source: GET /aggregation/v1/customers/{customerId}/accounts, GetCustomerAccounts, and GET
    /aggregation/v3/customers/{customerId}/transactions, GetAllCustomerTransactions, spec 1.42.0.
    """
    request = GET_CUSTOMER_ACCOUNTS.request(customerId=customer_id)
    known = None if bookmark is None else _opened(bookmark, str(customer_id))
    # The accounts come first: what a refresh brings after that may be read or not, and is not claimed to be.
    response = await session.send_raw(request)
    accounts = [*await read_in_turns(request, response)]
    now = int((http_date(response.headers.get("Date", "")) or datetime.now(UTC)).timestamp())
    known = known or _Bookmark(_VERSION, str(customer_id), now, {})
    gone = await _look_up(session, customer_id, known, accounts)
    comparison = _Comparison(known, now, tuple(accounts), frozenset(gone))
    rows = latest = await _read(session, customer_id, comparison.begin, comparison.end)
    if not comparison.is_conclusive(rows):
        latest = await _read(session, customer_id, min(comparison.begin, comparison.deep), comparison.end)
        rows = latest | rows | latest  # In the order of the latter, whose version of each counts.
    return comparison.changes(rows, latest)


async def _look_up(
    session: AsyncSession, customer_id: Id, known: _Bookmark, accounts: list[CustomerAccount]
) -> set[int]:
    """
    Ask for each account that the bookmark knows and that is not listed, since a list may lack one for a moment.

    Returns:
        The accounts that are not there; the others are appended.
    """
    gone = set()
    listed = {account.id for account in accounts}
    for account_id in (one for one in known.accounts if one and str(one) not in listed):  # 0: the rows name none
        try:
            accounts.append(await get_customer_account(session, customer_id, account_id))
        except NotFoundError:
            gone.add(account_id)
    return gone


async def _read(session: AsyncSession, customer_id: Id, begin: int, end: int) -> _Rows:
    rows = iter_transactions(session, customer_id, begin, end, include_pending=True)
    return {(row.account_id or 0, row.id): row async for row in rows}


@dataclass(frozen=True, slots=True)
class _Comparison:
    """
    What a bookmark knows beside what the vendor has; points in time are Unix seconds.

    Attributes:
        known: The bookmark, or an empty one.
        now: When the accounts were read, by the vendor's clock.
        accounts: The accounts.
        gone: Accounts that the bookmark knows and that are not there.
    """

    known: _Bookmark
    now: int
    accounts: tuple[CustomerAccount, ...]
    gone: frozenset[int]

    @property
    def deep(self) -> int:
        """Where the history of an account begins that the bookmark does not know."""
        return _start_of_day(min(self.known.until, self.now) - _HISTORY)

    @property
    def begin(self) -> int:
        """Where reading begins: as far back as the account needs that lags behind most."""
        begins = [self._since(account) - _MARGIN for account in self.known.accounts.keys() - self.gone]
        has_new = self._successes.keys() - self.known.accounts.keys()
        return min([*begins, self.deep] if has_new else begins, default=self.deep)

    @property
    def end(self) -> int:
        """Where reading ends: not before the end of the last time, should the clock have gone back."""
        return max(self.now, self.known.until) + _AHEAD

    def is_conclusive(self, rows: _Rows) -> bool:
        """
        Return whether one reading is enough.

        A transaction that is missing may have been moved far back, or past the place of a reader that was between two
        pages. An account with transactions that is neither known nor listed has just been added.
        """
        missing = any(account not in self.gone and (account, one) not in rows for account, one in self._digests())
        new = {account for account, _ in rows} - self.known.accounts.keys()
        return not missing and (new <= self._successes.keys() or self.begin <= self.deep)

    def changes(self, rows: _Rows, latest: _Rows) -> TransactionChanges:
        """
        Tell what has changed.

        Args:
            rows: Transactions that were read, by key.
            latest: Those of the last reading alone, because a pending one that is not there now has ended.
        """
        there = {key: row for key, row in rows.items() if row.status not in (_PENDING, _SHADOW)}
        known = self._digests()
        return TransactionChanges(
            added=tuple(row for key, row in there.items() if key not in known and _is_from(row, self._since(key[0]))),
            changed=tuple(row for key, row in there.items() if key in known and known[key] != _digest(row)),
            removed=tuple(RemovedTransaction(*key, rows.get(key)) for key in known if key not in there),
            pending=tuple(row for row in latest.values() if row.status == _PENDING),
            bookmark=self._next_bookmark(there, rows),
            accounts=self.accounts,
            vanished=tuple(str(account) for account in sorted(self.gone - {account for account, _ in rows})),
        )

    def _next_bookmark(self, there: _Rows, rows: _Rows) -> str:
        present = {*self._successes, *(self.known.accounts.keys() - self.gone), *(account for account, _ in rows)}
        accounts = {account: _Account(self._next_since(account), {}) for account in sorted(present)}
        for (account, one), row in there.items():
            if _is_from(row, accounts[account].since):
                accounts[account].digests[one] = _digest(row)
        return _encode(_Bookmark(_VERSION, self.known.customer_id, self.now, accounts)).decode()

    def _since(self, account: int) -> int:
        """Return from when on the transactions of an account are compared; the overlap of today is in it anyway."""
        known = self.known.accounts.get(account)
        return min(known.since if known else self.deep, _start_of_day(self.now - _OVERLAP))

    def _next_since(self, account: int) -> int:
        """Return the same for the next run: it never goes back, because what is older has no digest in the bookmark."""
        success = self._successes.get(account)
        complete = 0 if success is None else _start_of_day(min(success, self.now) - _OVERLAP)
        return max(self._since(account), _start_of_day(self.now - _HISTORY), complete)

    @property
    def _successes(self) -> dict[int, int]:
        """Account -> its last success; one without has no transactions yet."""
        dates = {account.id: account.aggregation_success_date for account in self.accounts}
        return {int(one): int(date.timestamp()) for one, date in dates.items() if date and one.isdecimal()}

    def _digests(self) -> dict[_Key, str]:
        """Return the transactions that the bookmark knows."""
        known = self.known.accounts.items()
        return {(number, one): digest for number, account in known for one, digest in account.digests.items()}


def _opened(bookmark: str | bytes | Mapping[str, Any], customer_id: str) -> _Bookmark:
    """
    Return what a bookmark holds.

    Raises:
        ConfigurationError: It is none, or another customer's.
    """
    advice = (
        "Pass the one that the last call for this customer returned, or None to begin anew with an empty copy. "
        "Nothing was sent."
    )
    try:
        if isinstance(bookmark, str | bytes):
            bookmark = msgspec.json.decode(bookmark)
        opened = msgspec.convert(bookmark, _Bookmark, str_keys=True)
    except DECODE_ERRORS:
        opened = None
    if opened is None or opened.version != _VERSION:
        raise ConfigurationError(f"bookmark: this version of finicity_async cannot read it. {advice}")
    if opened.customer_id != customer_id:
        raise ConfigurationError(f"bookmark: it is of another customer. {advice}")
    return opened


def _digest(row: Transaction) -> str:
    """Return 64 bits of a hash of all members."""
    return b64encode(blake2b(_encode(row), digest_size=8).digest()).decode().rstrip("=")


def _is_from(row: Transaction, since: int) -> bool:
    """
    Return whether a transaction is in a window that has no end.

    The later of its dates counts: some are posted long after the transaction. Without a date it is in every window.
    """
    date = max(filter(None, (row.transaction_date, row.posted_date)), default=row.created_date)
    return date is None or date.timestamp() >= since


def _start_of_day(seconds: int) -> int:
    """Round down: most dates are days."""
    return seconds // _DAY * _DAY
