"""A refresh of transactions: sent once, then polled by the vendor's ID of it, or by the accounts without one."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Literal, get_args

import msgspec

from finicity_async._pipeline.call import sends_refresh
from finicity_async.endpoints.transactions import (
    GET_TRANSACTION_REFRESH_STATUS,
    REFRESH_TRANSACTIONS,
    check_refresh_dates,
)
from finicity_async.errors import ConfigurationError, NotFoundError
from finicity_async.models import CustomerAccount, CustomerAccounts
from finicity_async.models.transactions import (
    InitiateNewTransactionRefresh,
    TransactionRefreshInitiated,
    TransactionRefreshStatusDetails,
    TransactionRefreshStatusDetailsAccounts,
)
from finicity_async.operation import Id
from finicity_async.refresh.polling import Poller, Progress, selection
from finicity_async.refresh.result import (
    Outcome,
    RefreshBaseline,
    RefreshResult,
    baseline_of,
    outcome_by_dates,
    sort,
)
from finicity_async.session import AsyncSession
from finicity_async.status_codes import IN_PROGRESS, SUCCESS

_FIRST_DELAY, _DELAY_GROWTH = 2.0, 2.0
"""Seconds between polls: 2, 4, 8 and so on. A load of six months takes longer than a refresh of balances."""
_COMPLETED, _FAILED = "COMPLETED", "FAILED"
_ENDS = (_COMPLETED, _FAILED)
"""What the vendor calls a refresh that is over; every other status, known or not, means that it goes on."""

RefreshMode = Literal["standard", "historic", "custom"]
"""How far back a refresh of transactions goes: 6 months, 24 months, or between two dates."""


@sends_refresh
async def refresh_transactions_and_wait(
    session: AsyncSession,
    customer_id: Id,
    *,
    institution_login_id: Id | None = None,
    account_ids: Iterable[Id] | None = None,
    mode: RefreshMode = "standard",
    from_date: datetime | None = None,
    to_date: datetime | None = None,
    wait: float = 300.0,
    on_progress: Progress | None = None,
) -> RefreshResult:
    """
    Let the vendor fetch transactions from the institutions, and return when every account has ended.

    Costs money, takes up to minutes. The vendor forbids automating it: call it for an action of the user or an
    agreed business need. The refresh is sent once, ever, and then polled by its ID, after 2, 4, 8 and at most 15 s.
    Where the answer with the ID was lost, or the vendor does not know the ID, the attempt dates of the accounts tell.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of one login, for example ``1007302745``.
        account_ids: Vendor IDs of accounts, for example ``["5011648377"]``; they come before the login. Without either,
            all active accounts of the customer are refreshed.
        mode: ``"standard"`` fetches 6 months, ``"historic"`` 24 months, ``"custom"`` what lies between the dates.
        from_date: First moment of the transactions to fetch, an aware datetime; for ``"custom"``, which needs it.
        to_date: Last moment of the transactions to fetch, later than ``from_date``; for ``"custom"`` alone, now where
            None.
        wait: Seconds from the call until it gives up; the refresh goes on at the vendor.
        on_progress: Called when the vendor has answered, and after every poll, with the result so far. Store its
            ``baseline``, which holds the ID, and ``wait_for_refresh`` goes on should this process end. A coroutine of
            it is cancelled when ``wait`` is over.

    Returns:
        The accounts by their outcome, with the code and the success date that the vendor gives for this refresh. A
        failed account is an outcome, not an error, even when all of them fail. An account for which the vendor names
        no outcome at the end is pending. A customer without accounts is not refreshed.

    Raises:
        RefreshTimeoutError: The refresh had not ended when ``wait`` was over, or when the session was closed; it
            carries the result so far and the baseline, with which ``wait_for_refresh`` goes on.
        AggregationError: The institution refused, and 30 s later no account had moved.
        TransportError: The refresh was never sent (``sent`` is False).
        NotFoundError: No such customer, login or account.
        ConfigurationError: The dates do not fit the mode, or an ID is none; nothing was sent.
    """
    if mode not in get_args(RefreshMode):
        raise ConfigurationError(f"mode is one of {', '.join(get_args(RefreshMode))}. Nothing was sent.")
    check_refresh_dates(mode, from_date, to_date)
    selected = selection(account_ids)
    login = institution_login_id if selected is None else None
    poller = TransactionsPoller(session, customer_id, login, wait, on_progress)
    accounts, now = await poller.read_accounts()
    baseline = replace(baseline_of(accounts, selected), selected=True)
    poller.start(accounts, now, baseline)
    if not baseline.attempts:
        return replace(poller.result, baseline=None)
    body = InitiateNewTransactionRefresh(
        institution_login_id=None if login is None else REFRESH_TRANSACTIONS.id_text("institutionLoginId", login),
        account_ids=tuple(baseline.attempts) if login is None else (),
        mode=mode,
        from_date=from_date,
        to_date=to_date,
    )
    ambiguous = await poller.post(REFRESH_TRANSACTIONS.request(customerId=customer_id, body=body))
    return poller.result if poller.is_done else await poller.poll(ambiguous)


class TransactionsPoller(Poller):
    """One refresh of transactions that is waited for: by its ID as long as the vendor knows it, else as any other."""

    def __init__(
        self,
        session: AsyncSession,
        customer_id: Id,
        institution_login_id: Id | None,
        wait: float,
        on_progress: Progress | None,
    ) -> None:
        super().__init__(session, customer_id, institution_login_id, wait, on_progress)
        self._customer_id = customer_id
        self._first_delay, self._growth = _FIRST_DELAY, _DELAY_GROWTH
        self._delay = self._first_delay
        self._status: TransactionRefreshStatusDetails | None = None
        self._was_known = False

    async def _take_answer(self, answer: TransactionRefreshInitiated) -> None:
        """Take the ID of the refresh, and tell the listener, who may store it."""
        self.baseline: RefreshBaseline = replace(self.baseline, refresh_id=_usable(answer.refresh_id))
        await self._note(CustomerAccounts(accounts=self.result.accounts))

    async def _read(self) -> CustomerAccounts:
        """Read what the vendor says of the refresh, and the accounts when it has ended or has no such refresh."""
        self._status = await self._read_status()
        is_running = self._status is not None and self._status.status not in _ENDS
        if is_running and self.result.accounts:
            return CustomerAccounts(accounts=self.result.accounts)
        return await super()._read()

    async def _read_status(self) -> TransactionRefreshStatusDetails | None:
        """
        Read what the vendor says of the refresh; None when its ID is not known, here or there.

        What it says of another refresh is no outcome of this one.
        """
        if self.baseline.refresh_id is None:
            return None
        request = GET_TRANSACTION_REFRESH_STATUS.request(
            customerId=self._customer_id, refreshId=self.baseline.refresh_id
        )
        try:
            status = await self._bounded(self._session.send(request))
        except NotFoundError:
            return None
        if status.refresh_id not in (None, self.baseline.refresh_id):
            return None
        self._was_known = True
        return status

    def _is_ours(self) -> bool:
        return self._was_known  # The ID says more about the customer than accounts, which may have been deleted.

    def _evaluate(self, accounts: CustomerAccounts) -> RefreshResult:
        if self._status is None:
            return super()._evaluate(accounts)
        return evaluate_status(self._status, self.baseline, accounts, self._since)

    def _has_ended(self, result: RefreshResult) -> bool:
        return super()._has_ended(result) if self._status is None else self._status.status in _ENDS


def evaluate_status(
    status: TransactionRefreshStatusDetails,
    baseline: RefreshBaseline,
    accounts: Iterable[CustomerAccount],
    since: datetime | None,
) -> RefreshResult:
    """
    Sort accounts by what the vendor says of a refresh of transactions.

    Args:
        status: What it says.
        baseline: Where the accounts stood.
        accounts: The accounts, which get the code and the success date of the refresh.
        since: When the baseline was read, by the server's clock, or None where that is not known.
    """
    entries = {entry.account_id: entry for entry in status.accounts}
    codes = {account_id: _code_of(entry) for account_id, entry in entries.items()}

    def outcome_of(account: CustomerAccount) -> Outcome | None:
        if (code := codes.get(account.id)) is not None:
            return _outcome_by_code(code, has_ended=status.status in _ENDS)
        if status.status == _COMPLETED:
            return outcome_by_dates(account, baseline, since)
        return "failed" if status.status == _FAILED else "pending"

    return sort(baseline, (_as_told(one, entries.get(one.id), status) for one in accounts), outcome_of)


def _code_of(entry: TransactionRefreshStatusDetailsAccounts) -> int | None:
    """Return the outcome of an account; the document's own examples have that of a failure in another member."""
    return entry.code if entry.aggregation_status_code is None else entry.aggregation_status_code


def _outcome_by_code(code: int, *, has_ended: bool) -> Outcome:
    if code == SUCCESS:
        return "succeeded"
    # At the end, a code for "in progress" means that another refresh of the account was in the way.
    return "pending" if code in IN_PROGRESS and not has_ended else "failed"


def _as_told(
    account: CustomerAccount,
    entry: TransactionRefreshStatusDetailsAccounts | None,
    status: TransactionRefreshStatusDetails,
) -> CustomerAccount:
    """Return an account with the code and the success date that this refresh has for it."""
    if entry is not None and (code := _code_of(entry)) is not None:
        success = entry.aggregation_success_date
        success = account.aggregation_success_date if success is None else success
        return msgspec.structs.replace(account, aggregation_status_code=code, aggregation_success_date=success)
    if status.status == _FAILED:
        return msgspec.structs.replace(account, aggregation_status_code=None)  # Its own is of an earlier attempt.
    return account


def _usable(refresh_id: str | None) -> str | None:
    """Return an ID that can be in a path, None for what cannot, which is as good as no ID."""
    try:
        return GET_TRANSACTION_REFRESH_STATUS.id_text("refreshId", refresh_id)
    except ConfigurationError:
        return None


__all__ = ["refresh_transactions_and_wait"]
