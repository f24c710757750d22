"""The token: one login for any number of waiting calls, renewal, replay after a 401, and refusals that are final."""

import asyncio
import copy
import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import nullcontext

from finicity_async._pipeline.call import Call, Layer
from finicity_async.auth import (
    CREATE_TOKEN,
    TOKEN_LIFETIME,
    Credentials,
    SharedLogins,
    Token,
    TokenStore,
    fits_a_header,
)
from finicity_async.errors import (
    AuthenticationError,
    ConfigurationError,
    FinicityError,
    PayloadError,
    StatusError,
    TransportError,
)
from finicity_async.events import LoggedIn, LoginRefused, Notifier
from finicity_async.models import AccessToken, PartnerCredentials
from finicity_async.operation import Request, Response

_log = logging.getLogger("finicity_async")

RENEWAL_AGE = 90 * 60.0
"""Seconds after which the vendor recommends to renew a token (spec 1.42.0)."""
_HOLD = 30.0
"""Seconds without a further login after a renewal that failed or did not help; four failures then take two minutes."""
_EXPIRED_TOKEN_CODES = frozenset({"10022", "10023"})


class _NoOtherProcess:
    """Stands for the other processes where the token store is not shared."""

    def serves(self, credentials: Credentials) -> bool:  # noqa: ARG002 -- the signature of SharedLogins
        return True

    async def before_login(self, credentials: Credentials) -> None:
        pass

    async def after_login(self, credentials: Credentials, refusal: AuthenticationError | None) -> None:
        pass


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

    async def send(self, call: Call) -> Response:
        """
        Send a call with a token, and once more with another one when the token was refused before the call ran.

        Raises:
            AuthenticationError: The credentials were refused, now or earlier, or the new token was refused as well.
        """
        tokens = self._tokens
        tokens.check()
        if not call.request.operation.token:
            return await self._below.send(call)
        call.token = token = tokens.fresh() or await tokens.get()
        try:
            return await self._below.send(call)
        except AuthenticationError as error:
            if call.replayed or not _is_expired(error) or not tokens.reject(token):
                raise
        call.replayed = True
        call.token = tokens.fresh() or await tokens.get()
        return await self._below.send(call)


def _is_expired(error: AuthenticationError) -> bool:
    """Return whether the token was refused before the call ran, so that any method may be sent again."""
    return error.status == 401 and error.code in _EXPIRED_TOKEN_CODES


class TokenSource:
    """
    The one place where a session gets its token: any number of waiting tasks cause one login.

    Args:
        credentials: What to log in with.
        begin: Returns the call of a login.
        send: Sends it through all layers.
        store: Where the token is kept.
        clock: Seconds of a clock that never goes back.
        notifier: Hears of logins.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        begin: Callable[[Request[AccessToken]], Call],
        send: Callable[[Call], Awaitable[AccessToken]],
        store: TokenStore,
        clock: Callable[[], float],
        notifier: Notifier,
    ) -> None:
        self.credentials = credentials
        self._begin = begin
        self._send = send
        self._notifier = notifier
        self._store = store
        self._is_shared = isinstance(store, SharedLogins)
        self._others: SharedLogins = store if isinstance(store, SharedLogins) else _NoOtherProcess()
        if not self._others.serves(credentials):
            raise ConfigurationError(
                "token_store was made for other credentials, whose token this session must not send"
            )
        self._clock = clock
        self._fixed = Token(credentials.app_token, math.inf) if credentials.app_token else None
        self._current = self._fixed
        self._logins = asyncio.Lock()
        self._renewal: asyncio.Task[Token] | None = None
        self._asked: set[asyncio.Task[AccessToken]] = set()
        self._refusal: AuthenticationError | None = None
        self._rejected: Token | None = None
        self._known: deque[str] = deque(maxlen=8)
        self._no_login_before = -math.inf
        self._no_renewal_before = -math.inf

    def check(self) -> None:
        """Raise the refusal of an earlier login, if there was one: the vendor locks a partner after five."""
        if self._refusal is not None:
            raise copy.copy(self._refusal)

    @property
    def refusal(self) -> AuthenticationError | None:
        """The refusal of an earlier login, a copy of its own for each who asks."""
        return copy.copy(self._refusal)

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

    def reject(self, token: Token) -> bool:
        """
        Note that the vendor refused a token with 10022 or 10023.

        Returns:
            Whether the request may be sent once more, with the token that ``get`` then returns.
        """
        if token is self._fixed:
            return False
        if token is not self._current:
            return True
        if self._clock() < self._no_login_before:
            return False
        self._current = None
        self._rejected = token
        return True

    async def login(self) -> AccessToken:
        """
        Log in, one at a time, and remember a refusal for the life of the session.

        Raises:
            AuthenticationError: This login was refused, or an earlier one; then nothing was sent.
        """
        login = asyncio.create_task(self._login_alone(), name="finicity_async: log in")
        self._asked.add(login)
        login.add_done_callback(self._forget_login)
        await asyncio.wait((login,))  # A caller that stops waiting does not stop the login: it may be refused.
        if login.cancelled():
            text = "CreateToken: the session was closed during the login."
            raise TransportError(text, operation=CREATE_TOKEN.operation_id)
        return login.result()

    def use_secret(self, new_secret: str) -> None:
        """Log in with another partner secret from now on."""
        old = self.credentials
        self.credentials = Credentials(old.app_key, old.partner_id, new_secret, old.app_token)
        self._refusal = None

    def secrets(self) -> tuple[str, ...]:
        """Return every text that no error may show."""
        return (*self.credentials.secrets(), *self._known)

    async def close(self) -> None:
        """Cancel the logins that are under way, and wait until they have ended."""
        under_way = {task for task in (self._renewal, *self._asked) if task is not None and not task.done()}
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)

    def _forget_login(self, login: asyncio.Task[AccessToken]) -> None:
        self._asked.discard(login)
        if not login.cancelled():
            login.exception()  # noqa: LOG004 -- retrieves the error of a task that nobody may wait for

    async def _login_alone(self) -> AccessToken:
        async with self._store.lock() if self._is_shared else nullcontext():
            return await self._login_once()

    async def _login_once(self) -> AccessToken:
        async with self._logins:
            self.check()
            credentials = self.credentials
            if credentials.partner_id is None or credentials.partner_secret is None:
                raise ConfigurationError(
                    "CreateToken: logging in needs partner_id and partner_secret; the session has an app_token alone"
                )
            await self._check_others(credentials)
            body = PartnerCredentials(partner_id=credentials.partner_id, partner_secret=credentials.partner_secret)
            call = self._begin(CREATE_TOKEN.request(body=body))
            try:
                access = _usable(await self._send(call))
            except StatusError as error:
                if not _is_refusal(error):
                    raise
                refusal = self._refused(credentials, _refusal(error))
            else:
                self._notifier.notify(LoggedIn(call.number, CREATE_TOKEN.operation_id))
                await self._tell_others(credentials, None)
                return access
            self._notifier.notify(LoginRefused(call.number, CREATE_TOKEN.operation_id, refusal))
            await self._tell_others(credentials, refusal)
            raise refusal

    def _refused(self, credentials: Credentials, refusal: AuthenticationError) -> AuthenticationError:
        """Remember a refusal, unless the secret has changed since the login was sent."""
        if credentials is self.credentials:
            self._refusal = copy.copy(refusal)  # The one that is raised gets frames, and those hold the secret.
        return refusal

    async def _check_others(self, credentials: Credentials) -> None:
        try:
            await self._others.before_login(credentials)
        except AuthenticationError as refusal:
            raise copy.copy(self._refused(credentials, refusal)) from None

    async def _tell_others(self, credentials: Credentials, refusal: AuthenticationError | None) -> None:
        """Tell the other processes how a login ended; a failure to tell them does not change how it ended."""
        try:
            await self._others.after_login(credentials, refusal)
        except Exception as error:  # noqa: BLE001 -- a store must not fail a login that has ended
            _log.warning("Could not tell other processes how a login ended: %s", type(error).__name__)

    async def _renewed(self) -> Token:
        renewal = self._start_renewal()
        await asyncio.wait((renewal,))
        if (error := renewal.exception()) is not None:
            raise copy.copy(error) if isinstance(error, FinicityError) else error
        return renewal.result()

    def _start_renewal(self) -> asyncio.Task[Token]:
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(), name="finicity_async: renew the token")
            self._renewal.add_done_callback(self._note_failure)
        return self._renewal

    def _note_failure(self, renewal: asyncio.Task[Token]) -> None:
        error = None if renewal.cancelled() else renewal.exception()
        token = self._current
        if error is None or token is None or self._refusal is not None:
            return
        self._no_renewal_before = self._clock() + _HOLD
        if self._clock() - token.since < TOKEN_LIFETIME:
            _log.warning(
                "Could not renew the token; the present one stays in use, next try in %.0f s: %s",
                _HOLD,
                error if isinstance(error, FinicityError) else type(error).__name__,
            )

    async def _save(self, token: Token) -> None:
        """Store a token. A token that cannot be stored is still valid, so the session keeps using it."""
        try:
            await self._store.save(token.value)
        except Exception as error:  # noqa: BLE001 -- failing here would waste a login
            _log.warning("Could not store the token; only this session uses it: %s", type(error).__name__)

    def _is_good(self, token: str, age: float) -> bool:
        """Return whether a stored token can be used."""
        is_rejected = self._rejected is not None and token == self._rejected.value
        return age < RENEWAL_AGE and not is_rejected and fits_a_header(token)

    async def _renew(self) -> Token:
        rejected = self._rejected
        async with self._store.lock():
            stored = await self._store.load()
            if stored is not None and self._is_good(*stored):
                token = Token(stored[0], self._clock() - stored[1])
            else:
                token = Token((await self._login_once()).token, self._clock())
                await self._save(token)
        self._current = token
        self._known.append(token.value)
        if rejected is not None:
            self._rejected = None
            self._no_login_before = self._clock() + _HOLD
        return token


def _usable(access: AccessToken) -> AccessToken:
    if fits_a_header(access.token):
        return access
    text = "CreateToken was answered with a token that is empty or that no header can carry; try again later"
    raise PayloadError(text, operation=CREATE_TOKEN.operation_id, status=200)


def _is_refusal(error: StatusError) -> bool:
    return 400 <= error.status < 500 and error.status not in (408, 429)


def _refusal(error: StatusError) -> AuthenticationError:
    text = (
        f"{str(error).split('. ')[0]}. The login was refused and this session sends no other, because the vendor locks "
        "a partner after five failed logins. Check FINICITY_APP_KEY, FINICITY_PARTNER_ID and FINICITY_PARTNER_SECRET."
    )
    refusal = AuthenticationError(text)
    refusal.__dict__.update(error.__dict__, retryable=False)
    return refusal
