"""What is sent again after a failure, and after how long: one table, read from top to bottom, and a loop over it."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import backoff

from finicity_async._pipeline.call import Call, Layer
from finicity_async._pipeline.status_errors import TRANSIENT_STATUSES
from finicity_async.errors import (
    AggregationError,
    AuthenticationError,
    BadRequestError,
    FinicityError,
    NotFoundError,
    RateLimitError,
    StatusError,
    TransportError,
    UntrustedCertificateError,
)
from finicity_async.events import Notifier, WillRetry
from finicity_async.operation import Response

CEILING = 60.0
"""Seconds that one call waits for 429s in all, and the longest Retry-After that is honored: a caller's patience."""
_BASE = 0.5
_CAP = 8.0
"""Seconds of the first and of the longest window from which a wait is drawn: an edge of the vendor restarts in less."""
_CALLS_PER_RETRY = 10


class RetryBudget:
    """
    Keeps retries from multiplying a failure: a burst, then one retry for every ten calls.

    Args:
        burst: Retries that may follow each other when all went well before.
    """

    def __init__(self, burst: int) -> None:
        self._most = burst * _CALLS_PER_RETRY
        self._left = self._most

    def earn(self) -> None:
        """Count one call."""
        if self._left < self._most:
            self._left += 1

    def spend(self) -> bool:
        """Take one retry out of the budget; False when it is used up."""
        if self._left < _CALLS_PER_RETRY:
            return False
        self._left -= _CALLS_PER_RETRY
        return True

    def give_back(self) -> None:
        """Put a retry back that was not sent after all."""
        self._left = min(self._left + _CALLS_PER_RETRY, self._most)


def _windows() -> Iterator[float]:
    """Return the windows from which waits are drawn: 0.5, 1, 2, 4, 8, 8, ... seconds."""
    return filter(None, backoff.expo(factor=_BASE, max_value=_CAP))  # The first item only starts the generator.


class Retries:
    """
    What has been tried for a call that failed.

    Attributes:
        failures: Failed sends that count towards ``max_tries``.
        lost: How many responses were lost.
        waited: Seconds waited because the vendor asked for it.
        windows: The windows of the next waits.
    """

    def __init__(self) -> None:
        self.failures: int = 0
        self.lost: int = 0
        self.waited: float = 0.0
        self.windows = _windows()


class Retrying:
    """
    The outermost layer: sends a call until it succeeds or the table says that it may not be sent again.

    Args:
        below: The next layer.
        pause: Pauses the session for this many seconds on behalf of a call.
        burst: Retries that may follow each other when all went well before.
        sleep: Waits for this many seconds.
        random: Returns a float from 0 to 1.
        notifier: Hears of each retry.
    """

    def __init__(
        self,
        below: Layer,
        *,
        pause: Callable[[Call, float], None],
        burst: int,
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
        notifier: Notifier,
    ) -> None:
        self._below = below
        self._pause_session = pause
        self._budget = RetryBudget(burst)
        self._sleep = sleep
        self._random = random
        self._notifier = notifier

    async def send(self, call: Call) -> Response:
        """
        Send a call as often as the table allows.

        Raises:
            FinicityError: The failure after which the call was not sent again.
        """
        self._budget.earn()
        retries: Retries | None = None
        while True:
            try:
                return await self._below.send(call)
            except FinicityError as error:
                retries = retries or Retries()
                delay = self._decide(call, error, retries)
                if delay is None:
                    raise
                self._notifier.notify(
                    WillRetry(call.number, call.request.operation.operation_id, call.attempts, delay, error)
                )
            if delay > 0:
                await self._wait(delay)

    async def _wait(self, delay: float) -> None:
        """Wait for a retry out of the budget; retries that are cancelled before they are sent leave it as it was."""
        try:
            await self._sleep(delay)
        except BaseException:
            self._budget.give_back()
            raise

    def _decide(self, call: Call, error: Any, retries: Retries) -> float | None:
        """Return the seconds to wait before the call is sent again, or None when it is not."""
        operation = call.request.operation
        if getattr(error, "operation", operation.operation_id) != operation.operation_id:
            return None  # The login before the call failed; it had tries of its own.
        row = next(row for row in TABLE if row.applies(error))
        decide = row.idempotent if operation.idempotent else row.other
        return decide(self, call, error, retries)

    def not_again(self, _call: Call, _error: Any, _retries: Retries) -> None:
        """Raise the failure."""

    def again(self, call: Call, error: Any, retries: Retries) -> float | None:
        """Send again within `max_tries` and the budget, not before a Retry-After of the response."""
        asked = error.retry_after or 0.0 if isinstance(error, StatusError) else 0.0
        retries.failures += 1
        if retries.waited + asked > CEILING or retries.failures >= call.max_tries or not self._budget.spend():
            return None
        if asked:
            retries.waited += asked
            self._pause_session(call, asked)
        return self._random() * next(retries.windows)

    def again_after_loss(self, call: Call, error: Any, retries: Retries) -> float | None:
        """Send again; a login once only, because a lost one may have failed, and five failures lock the partner."""
        retries.lost += 1
        if retries.lost > 1 and call.request.operation.login:
            return None
        return self.again(call, error, retries)

    def again_after_pause(self, call: Call, error: RateLimitError, retries: Retries) -> float | None:
        """Pause the session, then send again; counts neither as a try nor against the budget."""
        pause = self._pause(call, error, retries)
        if pause is None:
            return None
        retries.waited += pause
        return 0.0

    def pause_only(self, call: Call, error: RateLimitError, retries: Retries) -> None:
        """Pause the session and raise the failure."""
        self._pause(call, error, retries)

    def _pause(self, call: Call, error: RateLimitError, retries: Retries) -> float | None:
        """Pause the session for as long as a 429 asks for; None, and no pause, beyond the ceiling."""
        pause = error.retry_after or (0.5 + self._random() / 2) * next(retries.windows)
        if retries.waited + pause > CEILING:
            return None
        self._pause_session(call, pause)
        return pause


_Decide = Callable[[Retrying, Call, Any, Retries], float | None]


class Row(NamedTuple):
    """One row: which failure, and what follows for a call that may be sent again and for any other."""

    applies: Callable[[FinicityError], bool]
    idempotent: _Decide
    other: _Decide


def untrusted_certificate(error: FinicityError) -> bool:
    """Return whether the TLS certificate of the other side is not trusted."""
    return isinstance(error, UntrustedCertificateError)


def never_sent(error: FinicityError) -> bool:
    """Return whether the connection was never made."""
    return isinstance(error, TransportError) and not error.sent


def refused_credentials(error: FinicityError) -> bool:
    """Return whether it is a 401, or a login that was refused under another status or may not be sent again."""
    return isinstance(error, AuthenticationError)


def answer_with_a_code(error: FinicityError) -> bool:
    """Return whether a 202 or 5xx carries a numeric code of the vendor: the same call would get the same answer."""
    return isinstance(error, AggregationError | BadRequestError)


def too_many_requests(error: FinicityError) -> bool:
    """Return whether the vendor answered 429."""
    return isinstance(error, RateLimitError)


def response_lost(error: FinicityError) -> bool:
    """Return whether a timeout, a reset or a truncated response leaves open what happened."""
    return isinstance(error, TransportError)


def transient_fault(error: FinicityError) -> bool:
    """Return whether it is a 408, 502, 503, 504, or a 500 without a code; not one that says what is missing."""
    return (
        isinstance(error, StatusError)
        and not isinstance(error, NotFoundError)
        and error.status in TRANSIENT_STATUSES
        and not (error.status == 500 and error.code is not None)
    )


def anything_else(_error: FinicityError) -> bool:
    """Return True: any other failure. A 401 for the token has been replayed by `Authorizing` before it comes here."""
    return True


TABLE = (
    Row(untrusted_certificate, idempotent=Retrying.not_again, other=Retrying.not_again),
    Row(never_sent, idempotent=Retrying.again, other=Retrying.again),
    Row(refused_credentials, idempotent=Retrying.not_again, other=Retrying.not_again),
    Row(answer_with_a_code, idempotent=Retrying.not_again, other=Retrying.not_again),
    Row(too_many_requests, idempotent=Retrying.again_after_pause, other=Retrying.pause_only),
    Row(response_lost, idempotent=Retrying.again_after_loss, other=Retrying.not_again),
    Row(transient_fault, idempotent=Retrying.again, other=Retrying.not_again),
    Row(anything_else, idempotent=Retrying.not_again, other=Retrying.not_again),
)
