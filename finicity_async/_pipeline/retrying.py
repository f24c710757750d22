"""What is sent again after a failure, and after how long: one table, read from top to bottom."""

from collections.abc import Awaitable, Callable, Generator
from typing import Any, NamedTuple

import backoff

from finicity_async._pipeline.authorizing import TokenSource
from finicity_async._pipeline.call import Call
from finicity_async._pipeline.limiting import Pacer, RetryBudget
from finicity_async._pipeline.transport import UntrustedCertificateError
from finicity_async.auth import CREATE_TOKEN
from finicity_async.errors import (
    AggregationError,
    AuthenticationError,
    FinicityError,
    RateLimitError,
    RequestTimeoutError,
    StatusError,
    TransportError,
)
from finicity_async.operation import Response

CEILING = 60.0
"""Seconds that one call waits for 429s in all, and the longest Retry-After that is waited for."""
_BASE = 0.5
_CAP = 8.0
_EXPIRED_TOKEN_CODES = frozenset({"10022", "10023"})


class RetryPolicy:
    """
    Decides over failed calls and sends again those that may be.

    Args:
        max_tries: Most times that a call is sent, the first counted.
        pacer: Takes the pauses that the vendor asks for.
        tokens: Takes back a token that the vendor refused.
        budget: What all calls together may spend on retries.
        random: Returns a float from 0 to 1.
    """

    def __init__(
        self, max_tries: int, *, pacer: Pacer, tokens: TokenSource, budget: RetryBudget, random: Callable[[], float]
    ) -> None:
        self._max_tries = max_tries
        self._pacer = pacer
        self._tokens = tokens
        self._budget = budget
        self._random = random

    async def resend(self, call: Call, failure: FinicityError, send: Callable[[Call], Awaitable[Response]]) -> Response:
        """
        Send a call again after its first failure, for as long as the table allows.

        Raises:
            FinicityError: The failure after which the call was not sent again.
        """
        pending: list[FinicityError] = [failure]
        wait = 0.0

        def gives_up(error: Exception) -> bool:
            nonlocal wait
            found = self._wait_before_resend(call, error)
            wait = found or 0.0
            return found is None

        def waits() -> Generator[float, Any, None]:
            while True:
                yield wait

        @backoff.on_exception(waits, FinicityError, giveup=gives_up, jitter=None, logger=None)
        async def next_try() -> Response:
            if pending:
                raise pending.pop()
            return await send(call)

        return await next_try()

    def _wait_before_resend(self, call: Call, error: Exception) -> float | None:
        """Return the seconds to wait before the call is sent again, or None when it is not."""
        if call.request.operation is not CREATE_TOKEN and _is_of_login(error):
            return None
        if _is_congestion(call, error):
            self._pacer.limiter.on_congestion(call.decreases)
        row = next(row for row in TABLE if row.applies(error))
        act = row.resendable if call.request.operation.idempotent else row.other
        return act(self, call, error)

    def not_again(self, _call: Call, _error: Any) -> None:
        """Raise the failure."""

    def again(self, call: Call, error: Any) -> float | None:
        """Send again within `max_tries` and the budget, not before a Retry-After that the response carries."""
        asked = error.retry_after or 0.0 if isinstance(error, StatusError) else 0.0
        if call.waited + asked > CEILING or call.attempts - call.free >= self._max_tries or not self._budget.spend():
            return None
        if asked:
            call.waited += asked
            self._pacer.pause(asked)
        return self._random() * self._window(call)

    def again_after_loss(self, call: Call, error: Any) -> float | None:
        """Send again; a login once only, because a lost one may count towards the lock."""
        call.lost += 1
        if call.lost > 1 and call.request.operation is CREATE_TOKEN:
            return None
        return self.again(call, error)

    def with_new_token(self, call: Call, _error: Any) -> float | None:
        """Send once more with another token: the vendor refused the call before it ran."""
        if call.renewed or call.token is None or not self._tokens.reject(call.token):
            return None
        call.renewed = True
        call.free += 1
        return 0.0

    def after_pause(self, call: Call, error: RateLimitError) -> float | None:
        """Pause the session, then send again; counts neither as a try nor against the budget."""
        pause = self._pause(call, error)
        if pause is None:
            return None
        call.waited += pause
        call.free += 1
        return 0.0

    def pause_and_raise(self, call: Call, error: RateLimitError) -> None:
        """Pause the session and raise the failure."""
        self._pause(call, error)

    def _pause(self, call: Call, error: RateLimitError) -> float | None:
        """Pause the session for as long as a 429 asks for; None, and no pause, beyond the ceiling."""
        pause = error.retry_after or (0.5 + self._random() / 2) * self._window(call)
        if call.waited + pause > CEILING:
            return None
        self._pacer.pause(pause)
        return pause

    def _window(self, call: Call) -> float:
        call.waits += 1
        return float(min(_CAP, _BASE * 2.0 ** (call.waits - 1)))


def _is_of_login(error: Exception) -> bool:
    """Return whether the login before a call failed; it had its own tries."""
    return getattr(error, "operation", None) == CREATE_TOKEN.operation_id


def _is_congestion(call: Call, error: Exception) -> bool:
    """Return whether the vendor cannot keep up; a refresh that takes its time is no sign of it."""
    timed_out = isinstance(error, RequestTimeoutError) and not call.request.operation.refresh
    return timed_out or isinstance(error, RateLimitError)


class Row(NamedTuple):
    """One row: which failure, and what follows for a call that may be sent again and for any other."""

    applies: Callable[[Any], bool]
    resendable: Callable[[RetryPolicy, Call, Any], float | None]
    other: Callable[[RetryPolicy, Call, Any], float | None]


def untrusted_certificate(error: FinicityError) -> bool:
    """Return whether the TLS certificate of the other side is not trusted."""
    return isinstance(error, UntrustedCertificateError)


def never_sent(error: FinicityError) -> bool:
    """Return whether the connection was never made."""
    return isinstance(error, TransportError) and not error.sent


def expired_token(error: FinicityError) -> bool:
    """Return whether the token was refused before the call ran."""
    return isinstance(error, AuthenticationError) and error.status == 401 and error.code in _EXPIRED_TOKEN_CODES


def institution_answer(error: FinicityError) -> bool:
    """Return whether a 202 or 5xx carries a numeric code of the vendor."""
    return isinstance(error, AggregationError)


def too_many_requests(error: FinicityError) -> bool:
    """Return whether the vendor answered 429."""
    return isinstance(error, RateLimitError)


def response_lost(error: FinicityError) -> bool:
    """Return whether a timeout, a reset or a truncated response leaves open what happened."""
    return isinstance(error, TransportError)


def passing_fault(error: FinicityError) -> bool:
    """Return whether it is a 408, 502, 503, 504, or a 500 without a code, to a call that may be sent again."""
    return isinstance(error, StatusError) and error.retryable


def anything_else(_error: FinicityError) -> bool:
    """Return True: any other status."""
    return True


TABLE = (
    Row(untrusted_certificate, resendable=RetryPolicy.not_again, other=RetryPolicy.not_again),
    Row(never_sent, resendable=RetryPolicy.again, other=RetryPolicy.again),
    Row(expired_token, resendable=RetryPolicy.with_new_token, other=RetryPolicy.with_new_token),
    Row(institution_answer, resendable=RetryPolicy.not_again, other=RetryPolicy.not_again),
    Row(too_many_requests, resendable=RetryPolicy.after_pause, other=RetryPolicy.pause_and_raise),
    Row(response_lost, resendable=RetryPolicy.again_after_loss, other=RetryPolicy.not_again),
    Row(passing_fault, resendable=RetryPolicy.again, other=RetryPolicy.not_again),
    Row(anything_else, resendable=RetryPolicy.not_again, other=RetryPolicy.not_again),
)
