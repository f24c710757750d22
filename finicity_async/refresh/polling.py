"""Polling the accounts until a refresh has ended: what is known, how long is left, when to poll again."""

import asyncio
import inspect
import math
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from finicity_async._pipeline.call import CALL_CONTEXT, CallContext
from finicity_async._pipeline.responding import read_in_turns
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS, GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN
from finicity_async.errors import (
    AggregationError,
    BadRequestError,
    ConfigurationError,
    FinicityError,
    NotFoundError,
    PayloadError,
    RefreshTimeoutError,
    RequestTimeoutError,
    ServerError,
    StatusError,
    TransportError,
)
from finicity_async.models import CustomerAccounts
from finicity_async.operation import Id, Request, http_date
from finicity_async.refresh.result import (
    RefreshBaseline,
    RefreshResult,
    baseline_of,
    check_baseline,
    check_overlap,
    evaluate,
    has_moved,
)
from finicity_async.session import AsyncSession
from finicity_async.status_codes import IN_PROGRESS

T = TypeVar("T")

_FIRST_DELAY = 0.5
_DELAY_GROWTH = 1.5
_LONGEST_DELAY = 15.0
"""Seconds between polls, growing: most refreshes end within half a minute, the slowest take minutes."""
_AMBIGUOUS_FOR = 30.0
"""Seconds after an ambiguous answer in which an account has to move, or the answer is taken for a refusal."""
_LAST_POLL = 1.0
"""Seconds before the end of the wait that are kept for one last poll."""
_GONE_AFTER = 3.0
"""Seconds for which an account has to be missing to be believed gone: a list may be short, or empty, for a moment."""
_TICK = 0.001
"""Seconds by which a timer of the event loop may fire early."""
_NO_ACCOUNTS_AT_LOGIN = "38007"

Progress = Callable[[RefreshResult], Awaitable[None] | None]
"""Called after every poll of the accounts with what is known; may be a coroutine function."""


class Poller:
    """One refresh that is waited for: what is known, how long is left, when to poll again."""

    def __init__(
        self,
        session: AsyncSession,
        customer_id: Id,
        institution_login_id: Id | None,
        wait: float,
        on_progress: Progress | None,
    ) -> None:
        if not wait > 0:
            raise ConfigurationError("wait must be above 0. Nothing was sent.")
        self.baseline: RefreshBaseline = RefreshBaseline({})
        self.result: RefreshResult = RefreshResult()
        self.is_done: bool = False
        self._session = session
        self._request = list_request(customer_id, institution_login_id)
        self._by_login = institution_login_id is not None
        self._wait = wait
        self._on_progress = on_progress
        self._started = session.clock()
        self._slept = 0.0
        self._first_delay, self._growth = _FIRST_DELAY, _DELAY_GROWTH
        self._delay = self._first_delay
        self._not_before = 0.0
        self._context = CallContext(allow_refresh=True)
        self._resumed = False
        self._since: datetime | None = None
        self._missing_since: dict[str, float] = {}

    def start(self, accounts: CustomerAccounts, now: datetime | None, baseline: RefreshBaseline | None = None) -> None:
        """
        Take the accounts, and the server's clock, as they are before a refresh that is to be sent.

        Without a baseline, it is for all of these accounts.
        """
        if self._elapsed >= self._wait:
            raise self._out_of_time()
        self.baseline = baseline_of(accounts) if baseline is None else baseline
        self._since = now
        self.result = evaluate(self.baseline, accounts, now)

    def resume(self, baseline: RefreshBaseline) -> None:
        """Take the baseline of a refresh that was sent before, and poll at once."""
        check_baseline(baseline)
        self.baseline = baseline
        self._resumed = True
        self._delay = 0.0

    async def read_accounts(self) -> tuple[CustomerAccounts, datetime | None]:
        """Read the accounts, and the server's clock."""
        response = await self._bounded(self._session.send_raw(self._request))
        return await read_in_turns(self._request, response), http_date(response.headers.get("Date", ""))

    async def post(self, request: Request[Any]) -> FinicityError | None:
        """Send the refresh, once; return the error of an ambiguous answer, after which it may or may not run."""
        outer = CALL_CONTEXT.get()
        self._context = CallContext(allow_refresh=outer is None or outer.allow_refresh)
        token = CALL_CONTEXT.set(self._context)
        try:
            answer = await self._bounded(self._session.send(request))
        except FinicityError as error:
            failure = error
        else:
            await self._take_answer(answer)
            return None
        finally:
            CALL_CONTEXT.reset(token)
            if outer is not None:
                outer.sent += self._context.sent
                outer.unconnected += self._context.unconnected
        self._not_before = self._elapsed + (getattr(failure, "retry_after", None) or 0.0)
        if getattr(failure, "operation", None) == request.operation.operation_id:
            if _is_running(failure):
                return None
            if _is_unclear(failure):
                return failure
        raise failure

    async def _take_answer(self, answer: Any) -> None:
        """Take the answer to the refresh: the accounts as they are after it, or None."""
        if answer is not None:
            await self._note(answer)

    async def poll(self, ambiguous: FinicityError | None) -> RefreshResult:
        """Poll the accounts until none is pending; after an ambiguous answer give up when none has moved in 30 s."""
        last_poll = self._wait - min(_LAST_POLL, self._wait / 20)
        give_up = math.inf if ambiguous is None else max(self._elapsed, self._not_before) + _AMBIGUOUS_FOR
        while self._elapsed < last_poll - _TICK:
            await self._pause(min(last_poll, give_up))
            is_due = self._elapsed >= self._not_before - _TICK
            if is_due and await self._poll_once() and (ambiguous is None or self._has_moved()):
                return self.result
            if ambiguous is not None and self._elapsed >= give_up - _TICK:
                if not self._has_moved():
                    raise ambiguous
                give_up = math.inf
        await self._session.sleep(max(0.0, self._wait - self._elapsed))
        raise self._out_of_time()

    @property
    def _elapsed(self) -> float:
        """Seconds since the call, by the session's clock or, should that stand still, by what was slept."""
        return max(self._session.clock() - self._started, self._slept)

    async def _poll_once(self) -> bool:
        """Poll once; True when the refresh has ended. A transient failure counts as no answer."""
        try:
            accounts = await self._read()
        except (TransportError, StatusError, PayloadError) as error:
            if not (error.retryable or isinstance(error, PayloadError) or _is_unclear(error)):
                raise
            self._not_before = self._elapsed + (getattr(error, "retry_after", None) or 0.0)
            return False
        except ConfigurationError:
            if not self._context.reached:
                raise
            raise self._unfinished("when the session was closed") from None
        await self._note(accounts)
        return self.is_done

    async def _read(self) -> CustomerAccounts:
        """Read the accounts; a login that has none any more has an empty list."""
        try:
            return (await self.read_accounts())[0]
        except NotFoundError as error:
            if not self._by_login or error.code != _NO_ACCOUNTS_AT_LOGIN:
                raise
            return CustomerAccounts(accounts=())

    async def _note(self, accounts: CustomerAccounts) -> None:
        if self._resumed and not self._is_ours():
            check_overlap(self.baseline, accounts)
        result = self._evaluate(accounts)
        are_gone = self._are_gone(result.vanished)
        self.is_done = self._has_ended(result) and are_gone
        self.result = replace(result, complete=result.complete and self.is_done)
        if self._on_progress is not None:
            called = self._on_progress(self.result)
            if inspect.isawaitable(called):
                await self._bounded_progress(called)

    def _is_ours(self) -> bool:
        """Return whether the baseline is believed to be of this customer though none of its accounts is listed."""
        return self.baseline.selected  # A few accounts may all have been deleted.

    def _evaluate(self, accounts: CustomerAccounts) -> RefreshResult:
        """Sort the accounts by what is known of the refresh now."""
        return evaluate(self.baseline, accounts, self._since)

    def _has_ended(self, result: RefreshResult) -> bool:
        """Return whether the refresh is over, but for accounts that may be missing for a moment."""
        return result.complete

    def _are_gone(self, missing: tuple[str, ...]) -> bool:
        """Return whether accounts that are missing have been so for long enough to be believed."""
        self._missing_since = {one: self._missing_since.get(one, self._elapsed) for one in missing}
        return all(self._elapsed - since >= _GONE_AFTER - _TICK for since in self._missing_since.values())

    async def _bounded_progress(self, called: Awaitable[None]) -> None:
        """Await a listener for no longer than is left of the wait; what is known of the refresh stays as it is."""
        scope = asyncio.timeout(max(0.0, self._wait - self._elapsed))
        try:
            async with scope:
                await called
        except TimeoutError:
            if not scope.expired():
                raise

    async def _pause(self, until: float) -> None:
        delay = min(_LONGEST_DELAY, self._delay * random.uniform(0.8, 1.2))
        delay = max(delay, self._not_before - self._elapsed)
        delay = min(delay, max(0.0, until - self._elapsed))
        self._delay = min(_LONGEST_DELAY, max(self._first_delay, self._delay * self._growth))
        self._slept += delay
        await self._session.sleep(delay)

    async def _bounded(self, call: Awaitable[T]) -> T:
        """Await a call for no longer than is left of the wait."""
        scope = asyncio.timeout(max(0.0, self._wait - self._elapsed))
        try:
            async with scope:
                return await call
        except TimeoutError:
            if not scope.expired():
                raise
        raise self._out_of_time()

    def _has_moved(self) -> bool:
        """Return whether the attempt date of any account has moved since the baseline."""
        return any(has_moved(account, self.baseline, self._since) for account in self.result.accounts)

    def _out_of_time(self) -> FinicityError:
        name = self._request.operation.operation_id
        if not (self._resumed or self._context.reached):
            text = f"{name}: no answer within {self._wait:g} s. The refresh was not sent; call again."
            return RequestTimeoutError(text, operation=name, sent=False, retryable=True)
        return self._unfinished(f"after {self._wait:g} s")

    def _unfinished(self, when: str) -> RefreshTimeoutError:
        missing = f", and {len(self.result.vanished)} more were missing," if self.result.vanished else ""
        found = f"{len(self.result.pending)} of {len(self.result.accounts)} accounts were pending{missing}"
        if self.result.accounts and not (self.result.pending or self.result.vanished):
            found = "Every account had an outcome, but the refresh was not over"
        return RefreshTimeoutError(
            f"{found} {when}. The refresh goes on at the vendor: do not send it again.",
            advice="Go on with wait_for_refresh and .baseline.",
            result=replace(self.result, complete=False),
            baseline=self.baseline,
        )


def list_request(customer_id: Id, institution_login_id: Id | None) -> Request[CustomerAccounts]:
    """Return the request that reads the accounts of a customer, or of one login."""
    if institution_login_id is None:
        return GET_CUSTOMER_ACCOUNTS.request(customerId=customer_id)
    return GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN.request(
        customerId=customer_id, institutionLoginId=institution_login_id
    )


def selection(account_ids: Iterable[Id] | None) -> tuple[str, ...] | None:
    """
    Return the IDs of accounts as text, each once; None for no selection.

    Raises:
        ConfigurationError: There is none, or one that is no ID.
    """
    if account_ids is None:
        return None
    found = dict.fromkeys(GET_CUSTOMER_ACCOUNTS.id_texts("account_ids", account_ids))
    if not found:
        raise ConfigurationError("account_ids is empty; give None for all accounts. Nothing was sent.")
    return tuple(found)


def _is_unclear(error: object) -> bool:
    """Return whether the accounts can tell more than an error: the service failed, or it answered with some code."""
    if isinstance(error, BadRequestError):
        return error.status != 400  # A code of requests under 202 or 5xx: on an account it may mean a failed sign-in.
    return isinstance(error, AggregationError | ServerError)


def _is_running(error: FinicityError) -> bool:
    """Return whether an error in answer to the refresh means that it goes on."""
    if isinstance(error, AggregationError):
        return error.aggregation is not None and error.aggregation.code in IN_PROGRESS
    if isinstance(error, StatusError):
        return error.status in (408, 504)
    return isinstance(error, PayloadError) or (isinstance(error, TransportError) and error.sent)
