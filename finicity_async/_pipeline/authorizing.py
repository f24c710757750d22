"""The token: one login for any number of waiting calls, renewal, and replay after a 401."""

import asyncio
import copy
import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from finicity_async._pipeline.call import Call, Layer
from finicity_async._pipeline.logins import Logins
from finicity_async._pipeline.stores import GuardedStore
from finicity_async.auth import CREATE_TOKEN, TOKEN_LIFETIME, Token, fits_a_header
from finicity_async.errors import AuthenticationError, FinicityError, TransportError
from finicity_async.models import AccessToken
from finicity_async.operation import Response

T = TypeVar("T")
_log = logging.getLogger("finicity_async")

RENEWAL_AGE = 90 * 60.0
"""Seconds after which the vendor recommends to renew a token (spec 1.42.0)."""
_HOLD = 30.0
"""Seconds without a further login after a renewal that failed or did not help; four failures then take two minutes."""
_STORING = 2.0
"""Seconds for which a session that closes waits until its new token is stored: the next process saves a login by it."""
_MOST_REPLAYS = 2
"""A new token at once, and another one after the hold: the first may have been issued by a host that others ignore."""
_EXPIRED_TOKEN_CODES = frozenset({"10022", "10023"})


class Authorizing:
    """
    The layer that gives a call its token.

    Args:
        below: The next layer.
        tokens: Where tokens come from.
    """

    def __init__(self, below: Layer, tokens: "TokenSource") -> None:
        self._below = below
        self._tokens = tokens
        self._logins = tokens.logins

    async def send(self, call: Call) -> Response:
        """
        Send a call with a token, and again with another one when the token was refused before the call ran.

        Raises:
            AuthenticationError: The credentials were refused, now or earlier, or the new token was refused as well.
        """
        tokens = self._tokens
        if self._logins.refused is not None:
            self._logins.check()
        if not call.request.operation.token:
            return await self._send_without_token(call)
        call.token = tokens.fresh() or await tokens.get()
        try:
            return await self._below.send(call)
        except AuthenticationError as error:
            if not _is_expired(error):
                raise
            refused = error
        try:
            return await self._replay(call, refused)
        finally:
            del refused  # Its traceback has this frame, and the frame the request.

    async def _send_without_token(self, call: Call) -> Response:
        below = self._below
        return await (self._logins.pass_on(call, below) if call.request.operation.login else below.send(call))

    async def _replay(self, call: Call, refused: AuthenticationError) -> Response:
        """Send a call again whose token was refused: at once with a new token, and once more after the hold."""
        try:
            while await self._tokens.replace(call):
                call.token = self._tokens.fresh() or await self._tokens.get()
                try:
                    return await self._below.send(call)
                except AuthenticationError as error:
                    if not _is_expired(error):
                        raise
                    refused = error
            raise refused
        finally:
            del refused


def _is_expired(error: AuthenticationError) -> bool:
    """Return whether the token was refused before the call ran, so that any method may be sent again."""
    return error.status == 401 and error.code in _EXPIRED_TOKEN_CODES


class TokenSource:
    """
    The one place where a session gets its token: any number of waiting tasks cause one login.

    Args:
        logins: What logs in.
        store: Where the token is kept.
        clock: Seconds of a clock that never goes back.
        sleep: Waits for this many seconds of that clock.
    """

    def __init__(
        self,
        logins: Logins,
        *,
        store: GuardedStore,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.logins = logins
        self._store = store
        self._clock = clock
        self._sleep = sleep
        app_token = logins.credentials.app_token
        self._fixed = Token(app_token, math.inf) if app_token else None
        self._current = self._fixed
        self._renewal: asyncio.Future[Token] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._storing: set[asyncio.Task[Any]] = set()
        self._rejected: Token | None = None
        self._known: deque[str] = deque(maxlen=8)
        self._no_login_before = -math.inf
        self._no_renewal_before = -math.inf

    @property
    def token_age(self) -> float | None:
        """Seconds since the token was issued, None while there is none and for a given one, whose age is not known."""
        token = self._current
        return None if token is None or token is self._fixed else self._clock() - token.since

    def fresh(self) -> Token | None:
        """Return the token if it needs no renewal; the usual case, without a coroutine."""
        token = self._current
        return token if token is not None and self._clock() - token.since < RENEWAL_AGE else None

    async def get(self) -> Token:
        """Return a token when none is fresh: an older one that is still valid, or a new one."""
        token = self._current
        if token is None or self._clock() - token.since >= TOKEN_LIFETIME:
            return await self._renewed()
        if self._clock() >= self._no_renewal_before:
            self._start_renewal()
        return token

    async def replace(self, call: Call) -> bool:
        """
        Drop the token of a call after the vendor refused it with 10022 or 10023; wait for the end of a hold once.

        Returns:
            Whether the call may be sent once more, with the token that ``get`` then returns.
        """
        token, now = call.token, self._clock()
        if token is self._fixed or call.replays == _MOST_REPLAYS:
            return False
        if not call.replays:
            call.replay_until = now + call.timeout - (asyncio.get_running_loop().time() - call.started)
        elif now >= call.replay_until:
            return False
        call.replays += 1
        if token is self._current and now < self._no_login_before and not await self._wait_for_hold(call, now):
            return token is not self._current
        if token is self._current:
            self._current, self._rejected = None, token
        return True

    async def _wait_for_hold(self, call: Call, now: float) -> bool:
        """Wait until the next login for this reason may be made, or the time of the call is over; False then."""
        hold, left = self._no_login_before - now, max(0.0, call.replay_until - now)
        call.replays = _MOST_REPLAYS
        await self._sleep(min(hold, left))
        return hold <= left

    async def login(self) -> AccessToken:
        """
        Log in for a caller, who gets the token.

        Raises:
            AuthenticationError: This login was refused, or an earlier one; then nothing was sent.
        """
        login = self._start(self._login_alone(), "finicity_async: log in")
        await asyncio.wait((login,))  # A caller that stops waiting does not stop the login: it may be refused.
        if login.cancelled():
            raise _cancelled_error()
        return login.result()

    def secrets(self) -> tuple[str, ...]:
        """Return every text that no error may show."""
        return (*self.logins.credentials.secrets(), *self._known)

    def cancel(self) -> None:
        """Cancel the logins that are under way, but not those whose token is being stored."""
        for task in self._tasks - self._storing:
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until the logins that were under way have ended, a token that is there is stored."""
        if self._storing:
            await asyncio.wait(self._storing, timeout=_STORING)
        for task in self._storing:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._end)
        return task

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._storing.discard(task)
        if not task.cancelled():
            task.exception()  # Retrieves the error of a task that nobody may wait for.

    async def _login_alone(self) -> AccessToken:
        async with self._store.login_lock():
            return await self.logins.log_in()

    async def _renewed(self) -> Token:
        renewal = self._start_renewal()
        await asyncio.wait((renewal,))
        if renewal.cancelled():
            raise _cancelled_error()
        if (error := renewal.exception()) is not None:
            try:
                raise _own_copy(error) from error.__cause__
            finally:
                del error
        return renewal.result()

    def _start_renewal(self) -> "asyncio.Future[Token]":
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.get_running_loop().create_future()
            self._renewal.add_done_callback(self._note_failure)
            task = self._start(self._renew(self._renewal), "finicity_async: renew the token")
            task.add_done_callback(partial(_cancel, self._renewal))
        return self._renewal

    def _note_failure(self, renewal: "asyncio.Future[Token]") -> None:
        error = None if renewal.cancelled() else renewal.exception()
        token = self._current
        if error is None or token is None or self.logins.refused is not None:
            return
        self._no_renewal_before = self._clock() + _HOLD
        if self._clock() - token.since < TOKEN_LIFETIME:
            _log.warning(
                "Could not renew the token; the present one stays in use, next try in %.0f s: %s",
                _HOLD,
                error if isinstance(error, FinicityError) else type(error).__name__,
            )

    def _is_good(self, token: str, age: float) -> bool:
        """Return whether a stored token can be used."""
        is_rejected = self._rejected is not None and token == self._rejected.value
        return age < RENEWAL_AGE and not is_rejected and fits_a_header(token)

    async def _renew(self, renewal: "asyncio.Future[Token]") -> None:
        """Give the calls that wait a token, from the store or by a login, and store it after that."""
        try:
            async with self._store.lock():
                stored = await self._store.load()
                if stored is not None and self._is_good(*stored):
                    self._use(Token(stored[0], self._clock() - stored[1]), renewal)
                else:
                    token = (await self.logins.log_in()).token
                    self._use(Token(token, self._clock()), renewal)
                    await self._store.save(token)
        except Exception as error:  # noqa: BLE001 -- raised by those who wait
            renewal.set_exception(error)

    def _use(self, token: Token, renewal: "asyncio.Future[Token]") -> None:
        """Use a token from now on, and give it to the calls that wait for it."""
        self._current = token
        self._known.append(token.value)
        if self._rejected is not None:
            self._rejected = None
            self._no_login_before = self._clock() + _HOLD
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- a fact of asyncio: a coroutine runs in a task
        self._storing.add(task)
        renewal.set_result(token)


def _cancel(renewal: "asyncio.Future[Token]", _: object) -> None:
    """End the wait for a token after its task has ended; a no-op unless that was cancelled."""
    renewal.cancel()


def _cancelled_error() -> TransportError:
    name = CREATE_TOKEN.operation_id
    return TransportError(f"{name}: the login was cancelled, as by closing the session.", operation=name)


def _own_copy(error: BaseException) -> FinicityError:
    """Return an error of ours for one of several callers, who all get the same one otherwise, with one traceback."""
    if isinstance(error, FinicityError):
        return copy.copy(error)
    return FinicityError(f"{CREATE_TOKEN.operation_id}: {type(error).__name__} was raised during the login.")
