"""A token store behind a guard: its waits are bounded, and what it raises reaches a caller as an error of ours."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, TypeVar

from finicity_async.auth import CREATE_TOKEN, Credentials, LoginRecord, MemoryTokenStore, SharedLogins, TokenStore
from finicity_async.errors import ConfigurationError, FinicityError, TransportError

T = TypeVar("T")
_log = logging.getLogger("finicity_async")


class GuardedStore:
    """
    Asks a token store; one that hangs, or raises what it should not, costs some seconds and one FinicityError.

    Args:
        store: The store. One without ``SharedLogins`` keeps the token alone, and the logins are counted here.
        credentials: The credentials of the session.
        base_url: The service of the session.
        patience: Seconds that the store may take for an answer. Its lock may take as long as the login of another.
        clock: Seconds of a clock that never goes back.

    Raises:
        ConfigurationError: The store belongs to another partner, application or service.
    """

    def __init__(
        self,
        store: TokenStore,
        *,
        credentials: Credentials,
        base_url: str,
        patience: float,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._is_shared = isinstance(store, SharedLogins)
        self._logins: SharedLogins = store if isinstance(store, SharedLogins) else MemoryTokenStore(clock)
        if not self._logins.serves(credentials, base_url):
            raise ConfigurationError(
                "token_store was made for other credentials or another base_url, whose token this session must not send"
            )
        self._patience = patience

    async def load(self) -> tuple[str, float] | None:
        """
        Return the token and its age in seconds, or None.

        Raises:
            FinicityError: The store gives no answer.
        """
        return await self._ask(self._store.load)

    async def save(self, token: str) -> None:
        """Store a token. A token that cannot be stored is still valid, so the session keeps using it."""
        try:
            await self._ask(self._store.save, token)
        except FinicityError as error:
            _log.warning("Could not store the token; only this session uses it: %s", _cause(error))

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """
        Hold the store's lock.

        Raises:
            FinicityError: The store gives no lock.
        """
        lock: Any = await self._ask(_entered, self._store.lock, patience=None)
        try:
            yield
        except BaseException as error:
            await self._leave(lock, error)
            raise
        await self._leave(lock, None)

    def login_lock(self) -> AbstractAsyncContextManager[None]:
        """Return what is held during a login that does not become the session's token."""
        return self.lock() if self._is_shared else nullcontext()

    async def load_logins(self, fingerprint: str) -> tuple[LoginRecord, float]:
        """
        Return what is known of the logins with a secret, and how many seconds ago it was saved.

        Raises:
            FinicityError: The store gives no answer, so no login may be sent.
        """
        return await self._ask(self._logins.load_logins, fingerprint) or (LoginRecord(), 0.0)

    async def reserve_login(self, fingerprint: str, record: LoginRecord) -> None:
        """
        Keep a record that counts a login before it is sent.

        Raises:
            FinicityError: The store cannot keep it, so the login may not be sent.
        """
        await self._ask(self._logins.save_logins, fingerprint, record)

    async def end_login(self, fingerprint: str, record: LoginRecord) -> None:
        """Keep how a login ended; a failure to keep that does not change how it ended."""
        try:
            await self._ask(self._logins.save_logins, fingerprint, record)
        except FinicityError as error:
            _log.warning("Could not tell other processes how a login ended: %s", _cause(error))

    def forget_logins(self, fingerprint: str) -> None:
        """Drop what is known of the logins with a secret."""
        self._logins.forget_logins(fingerprint)

    async def _leave(self, lock: AbstractAsyncContextManager[object], error: BaseException | None) -> None:
        kind, traceback = (None, None) if error is None else (type(error), error.__traceback__)
        try:
            await self._ask(lock.__aexit__, kind, error, traceback)
        except FinicityError as failure:
            _log.warning("Could not release the lock of the token store: %s", _cause(failure))

    async def _ask(self, question: Callable[..., Awaitable[T]], *args: Any, patience: float | None = -1.0) -> T:
        """Return an answer of the store; what it raises becomes an error of ours."""
        try:
            async with asyncio.timeout(self._patience if patience == -1.0 else patience):
                return await question(*args)
        except FinicityError:
            raise
        except asyncio.CancelledError as cancelled:
            if _is_cancelled():
                raise
            cause: BaseException = cancelled
        except Exception as error:  # noqa: BLE001 -- the code of a user may raise anything
            cause = error
        try:
            raise _store_error(cause) from cause
        finally:
            del cause  # Its traceback has this frame.


async def _entered(lock: Callable[[], AbstractAsyncContextManager[object]]) -> AbstractAsyncContextManager[object]:
    held = lock()
    await held.__aenter__()
    return held


def _is_cancelled() -> bool:
    """Return whether somebody has cancelled this task; a CancelledError that the store made leaves no such trace."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _store_error(cause: BaseException) -> TransportError:
    name = CREATE_TOKEN.operation_id
    text = f"{name}: the token store failed ({type(cause).__name__}). Nothing was sent; try again later."
    return TransportError(text, operation=name, sent=False, retryable=True)


def _cause(error: FinicityError) -> str:
    """Name what a store raised; its text may hold the token."""
    return type(error.__cause__ or error).__name__
