"""Reports from the request to the result: sent once, then read by ID until the vendor has made the report."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

from finicity_async._pipeline.responding import read_in_turns
from finicity_async.endpoints.reports import GET_REPORT_BY_CUSTOMER, GET_REPORTS_BY_CUSTOMER_ID
from finicity_async.errors import (
    AggregationError,
    ConfigurationError,
    ConflictError,
    FinicityError,
    PayloadError,
    ReportFailedError,
    ReportTimeoutError,
    ServerError,
    StatusError,
    TransportError,
    is_vendor_number,
)
from finicity_async.models._reports import BaseReportAck
from finicity_async.models.reports import Report, ReportSummary
from finicity_async.operation import Id, Request, http_date, report_types_of
from finicity_async.session import AsyncSession

T = TypeVar("T")

Progress = Callable[[BaseReportAck], Awaitable[None] | None]
"""Called with the report as it is known; may be a coroutine function."""
Generate = Callable[[AsyncSession, Id], Awaitable[BaseReportAck]]
"""Asks for a report of a customer, for example ``partial(generate_voa_report, body=body)``."""

_FIRST_LOOK = 5.0
_BETWEEN_LOOKS = 20.0
"""Seconds that the vendor asks to wait between two looks at a report."""
_LAST_LOOK = 1.0
"""Seconds before the end of the wait that are kept for one last look."""
_LOOKS_AT_LIST = 3
"""Looks at the list of reports after which a report is believed not to be made, or the list not to be readable."""
_TICK = 0.001
_CLOCK_STEP = timedelta(seconds=1)
"""By which the dates of the list and of the answer may differ, since both are whole seconds."""
_SUCCESS, _FAILURE = "success", "failure"
_BUSY = "18001"


async def wait_for_report(
    session: AsyncSession,
    customer_id: Id,
    report_id: Id,
    *,
    purpose: str | None = None,
    on_behalf_of: str | None = None,
    wait: float = 600.0,
    on_progress: Progress | None = None,
) -> Report:
    """
    Wait for the end of a report that was asked for before, in this process or another; asks for none.

    The first look is after 5 s, and the others 20 s apart, as the vendor asks. A status that is not known here counts
    as one on the way. A look that fails for a moment is made again.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        report_id: Vendor ID of the report, which the generating call returned or a ReportTimeoutError carries.
        purpose: Permissible purpose, a code of two digits; reports of a consumer reporting agency need one.
        on_behalf_of: The company for which it is read.
        wait: Seconds from the call until it gives up; the vendor goes on making the report.
        on_progress: Called after every look with the report; a coroutine of it is cancelled when ``wait`` is over.

    Returns:
        The finished report, with its contents in ``body``.

    Raises:
        ReportFailedError: The vendor could not make the report; ``reasons`` says why.
        ReportTimeoutError: It was not made when ``wait`` was over or the session was closed; ``report_id`` is what to
            go on with, and ``__cause__`` why the last look failed, if it did.
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such customer or report.
    """
    waiting = _Waiting(session, customer_id, purpose, on_behalf_of, wait=wait, on_progress=on_progress)
    return await waiting.watch(GET_REPORT_BY_CUSTOMER.id_text("reportId", report_id), is_resumed=True)


async def generate_and_wait(
    session: AsyncSession,
    customer_id: Id,
    generate: Generate,
    *,
    purpose: str | None = None,
    on_behalf_of: str | None = None,
    wait: float = 600.0,
    on_progress: Progress | None = None,
) -> Report:
    """
    Have a report made, and return it when the vendor has made it.

    Billed when the report is made. The call of ``generate`` is made once, ever. Where its answer was lost, the list of
    the customer's reports tells: a report of this type that is newer than the call is the one. Where the vendor is
    making a report of this type already, that one is waited for. Both may have been asked for by another process, about
    other accounts: compare ``constraints`` of the report where that can happen.

    Called alone, ``generate`` raises the same errors, and after a lost answer ``get_reports_by_customer_id`` tells
    whether the report is being made.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        generate: Asks for the report, for example ``partial(generate_voa_report, body=VOAReportConstraints())``.
        purpose: Permissible purpose for reading it, a code of two digits.
        on_behalf_of: The company for which it is read.
        wait: Seconds from the call until it gives up; the vendor goes on making the report.
        on_progress: Called with what ``generate`` returned, and after every look with the report. Store its ``id``,
            and ``wait_for_report`` goes on should this process end. A coroutine of it is cancelled when ``wait`` is
            over.

    Returns:
        The finished report, with its contents in ``body``.

    Raises:
        ReportFailedError: The vendor could not make the report; ``reasons`` says why.
        ReportTimeoutError: It was not made when ``wait`` was over or the session was closed; ``report_id`` is what to
            go on with, and ``__cause__`` why the last look failed, if it did.
        PermissionDeniedError: The consumer has frozen the data.
        ConflictError: The vendor is making a report of another type for this customer, or has just made one of this
            type; nothing was asked for.
        TransportError: The answer was lost, and no report of this type came up within 45 s, or several did.
        NotFoundError: No such customer.
    """
    waiting = _Waiting(session, customer_id, purpose, on_behalf_of, wait=wait, on_progress=on_progress)
    return await waiting.watch(await waiting.ask(generate))


class _Waiting:
    """One report that is waited for."""

    def __init__(
        self,
        session: AsyncSession,
        customer_id: Id,
        purpose: str | None,
        on_behalf_of: str | None,
        *,
        wait: float,
        on_progress: Progress | None,
    ) -> None:
        if not wait > 0:
            raise ConfigurationError("wait must be above 0. Nothing was sent.")
        self._session = session
        self._customer_id = customer_id
        self._query = {"onBehalfOf": on_behalf_of, "purpose": purpose}
        self._reading("0")  # What cannot be sent is refused now, and not after the call that is billed.
        self._wait = wait
        self._last_look = wait - min(_LAST_LOOK, wait / 20)
        self._on_progress = on_progress
        self._started = session.clock()
        self._slept = 0.0
        self._delay = _FIRST_LOOK
        self._not_before = 0.0
        self._failure: FinicityError | None = None

    def _reading(self, report_id: str) -> Request[Report]:
        return GET_REPORT_BY_CUSTOMER.request(customerId=self._customer_id, reportId=report_id, **self._query)

    async def ask(self, generate: Generate) -> str:
        """Ask for the report, once, and return its ID."""
        try:
            answer = await generate(self._session, self._customer_id)
        except (TransportError, StatusError, PayloadError) as error:
            if not report_types_of(error.operation) or not (_is_busy(error) or _is_unclear(error)):
                raise
            failure = error
        else:
            await self._tell(answer)
            return answer.id
        return await self._find(failure)

    async def _find(self, failure: "_Failure") -> str:
        """Return the ID of the report, which only the list of reports can tell."""
        is_busy = _is_busy(failure)
        if is_busy:
            self._delay = 0.0  # The other report may end at any moment, and then looks like older ones.
        for _ in range(_LOOKS_AT_LIST):
            try:
                found = await self._look(lambda: self._candidates(failure)) if await self._pause() else None
            except FinicityError as error:
                raise failure from error
            if found is not None and (found or is_busy):
                if len(found) == 1:
                    return found[0].id
                break
        raise failure

    async def _candidates(self, failure: "_Failure") -> list[ReportSummary]:
        """Return the reports of the type in the list that are in progress, or newer than the call."""
        request = GET_REPORTS_BY_CUSTOMER_ID.request(customerId=self._customer_id)
        response = await self._session.send_raw(request)
        types = report_types_of(failure.operation)
        of_type = [one for one in await read_in_turns(request, response) if one.type in types]
        if _is_busy(failure):
            return [one for one in of_type if one.status not in (_SUCCESS, _FAILURE)]
        if (now := http_date(response.headers.get("Date", ""))) is None:
            return []  # The clock here tells nothing: where it is behind, an older report would pass for this one.
        begin = now - timedelta(seconds=self._elapsed) - _CLOCK_STEP
        return [one for one in of_type if one.created_date is not None and one.created_date >= begin]

    async def watch(self, report_id: str, *, is_resumed: bool = False) -> Report:
        """Look at a report until it has ended."""
        report = None
        while await self._pause():
            try:
                report = await self._look(lambda: self._session.send(self._reading(report_id))) or report
            except ConfigurationError as error:
                if is_resumed and report is None:
                    raise
                when = "when the session was closed" if self._session.closed else "and its ID cannot be sent"
                raise _unfinished(report_id, report, when) from error
            if report is not None and await self._has_ended(report):
                return report
        await self._session.sleep(max(0.0, self._wait - self._elapsed))
        raise _unfinished(report_id, report, f"after {self._wait:g} s") from self._failure

    async def _has_ended(self, report: Report) -> bool:
        """Tell the listener of a report, and whether it has been made."""
        await self._tell(report)
        if report.status == _FAILURE:
            raise _failed(report)
        return report.status == _SUCCESS

    @property
    def _elapsed(self) -> float:
        """Seconds since the call, by the session's clock or, should that stand still, by what was slept."""
        return max(self._session.clock() - self._started, self._slept)

    async def _pause(self) -> bool:
        """Sleep until the next look; False when the last one is over."""
        left = self._last_look - self._elapsed
        if left <= _TICK:
            return False
        delay = min(max(self._delay, self._not_before - self._elapsed), left)
        if self._session.closed:
            delay = 0.0  # The next look says so at once, and nobody who closes a session waits for this one.
        self._delay = _BETWEEN_LOOKS
        self._slept += delay
        await self._session.sleep(delay)
        return True

    async def _look(self, read: Callable[[], Awaitable[T]]) -> T | None:
        """Read something for no longer than is left of the wait; None when that fails for a moment, or is too early."""
        if self._elapsed < self._not_before - _TICK:
            return None
        try:
            async with asyncio.timeout(max(0.0, self._wait - self._elapsed)):
                found = await read()
        except (TransportError, StatusError, PayloadError) as error:
            if not (error.retryable or _is_unclear(error)):
                raise
            self._failure = error
            self._not_before = self._elapsed + (getattr(error, "retry_after", None) or 0.0)
        except TimeoutError:
            pass
        else:
            self._failure = None
            return found
        return None

    async def _tell(self, report: BaseReportAck) -> None:
        """Tell the listener, who has as long as is left of the wait."""
        called = None if self._on_progress is None else self._on_progress(report)
        if not inspect.isawaitable(called):
            return
        scope = asyncio.timeout(max(0.0, self._wait - self._elapsed))
        try:
            async with scope:
                await called
        except TimeoutError:
            if not scope.expired():
                raise


_Failure = TransportError | StatusError | PayloadError


def _is_busy(error: FinicityError) -> bool:
    """Return whether the vendor is making a report of the customer already."""
    return isinstance(error, ConflictError) and error.code == _BUSY


def _is_unclear(error: FinicityError) -> bool:
    """Return whether a call may have been carried out though it ended with an error."""
    if isinstance(error, TransportError):
        return error.sent
    is_failure = isinstance(error, ServerError | AggregationError | PayloadError)
    return is_failure or getattr(error, "status", None) == HTTPStatus.REQUEST_TIMEOUT


def _failed(report: Report) -> ReportFailedError:
    reasons = tuple(error.message or error.user_message or error.code or "" for error in report.errors)
    codes = ", ".join(error.code or "" for error in report.errors if is_vendor_number(error.code))
    return ReportFailedError(
        f"The vendor could not make the report{f' (code {codes})' if codes else ''}.",
        advice="The vendor's reasons are in .reasons, and all it says in .report.",
        report=report,
        reasons=reasons,
    )


def _unfinished(report_id: str, report: Report | None, when: str) -> ReportTimeoutError:
    return ReportTimeoutError(
        f"The report was not finished {when}. The vendor goes on with it: do not ask for another one.",
        advice="Go on with wait_for_report and .report_id.",
        report_id=report_id,
        report=report,
    )
