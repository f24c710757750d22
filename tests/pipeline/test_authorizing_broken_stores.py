"""Token stores that hang, raise or give nonsense: what that costs, and that it never costs more."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from finicity_async import AsyncSession, FinicityError, LoginRecord, MemoryTokenStore, TransportError, create_token
from tests.support.clock import MovedClock
from tests.support.held import until
from tests.support.logins import (
    BAD_SECRET,
    FIRST,
    MINUTE,
    SECOND,
    Call,
    WrittenStore,
    list_accounts,
    outcomes,
    session_on,
    token_reply,
    tokens_sent,
)
from tests.support.servers import RawServer

pytestmark = pytest.mark.usefixtures("no_task_is_left")


class StoreError(Exception):
    """An error with a constructor of its own, as client libraries have them."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")


class BrokenStore(WrittenStore):
    """A store that is out of reach as long as ``broken`` says so."""

    broken = True

    async def load(self) -> tuple[str, float] | None:
        if self.broken:
            raise StoreError("cache", "out of reach")
        return await super().load()


async def test_error_of_a_store_reaches_every_waiting_task_as_one_of_ours_of_its_own() -> None:
    store = BrokenStore()
    async with RawServer() as server, session_on(server, token_store=store) as session:
        errors = await outcomes(session, list_accounts, 5)
        assert {(type(error), str(error)) for error in errors} == {
            (TransportError, "CreateToken: the token store failed (StoreError). Nothing was sent; try again later.")
        }
        assert len({id(error) for error in errors}) == 5
        assert all(isinstance(error, Exception) and isinstance(error.__cause__, StoreError) for error in errors)
        assert server.logins == []
        store.broken = False
        await list_accounts(session)


class ForgetfulStore(MemoryTokenStore):
    """A store that cannot keep anything."""

    async def save(self, token: str) -> None:
        raise ConnectionError(f"no place for {token}")


async def test_token_that_cannot_be_stored_is_used_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    async with RawServer() as server, session_on(server, token_store=ForgetfulStore()) as session:
        await asyncio.gather(*(list_accounts(session) for _ in range(5)))
        await list_accounts(session)
    assert len(server.logins) == 1
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "Could not store the token; only this session uses it: ConnectionError"
    ]


class HangingStore(WrittenStore):
    """A store in which one method hangs or raises."""

    def __init__(self, method: str, error: BaseException | None = None) -> None:
        super().__init__()
        self.method = method
        self._error = error

    async def _misbehave(self, method: str) -> None:
        if method == self.method:
            if self._error is not None:
                raise self._error
            await asyncio.sleep(60)

    async def load(self) -> tuple[str, float] | None:
        await self._misbehave("load")
        return await super().load()

    async def save(self, token: str) -> None:
        await self._misbehave("save")
        await super().save(token)

    @contextlib.asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        await self._misbehave("lock")
        async with self._lock:
            yield
        await self._misbehave("release")


def impatient(session: AsyncSession) -> AsyncSession:
    """Let a session wait for its store for a moment only; the requests keep their time."""
    session._tokens._store._patience = 0.1
    return session


async def test_store_whose_save_hangs_holds_up_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finicity_async._pipeline.authorizing._STORING", 0.01)
    store = HangingStore("save")
    async with RawServer(logins=token_reply(FIRST, SECOND)) as server, session_on(server, token_store=store) as session:
        await asyncio.gather(*(list_accounts(session) for _ in range(5)))
        await list_accounts(session)
        assert len(session._tokens._tasks) == 1, "it still waits for the store"
        assert tokens_sent(server) == [FIRST] * 6


async def test_store_whose_save_hangs_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    store = HangingStore("save")
    async with RawServer() as server, session_on(server, token_store=store) as session:
        await list_accounts(impatient(session))
        await until(lambda: not session._tokens._tasks)
        await list_accounts(session)
        assert len(server.logins) == 1
    assert "Could not store the token; only this session uses it: TimeoutError" in caplog.text


async def test_token_is_renewed_though_the_store_hangs_over_the_last_one(clock: MovedClock) -> None:
    store = HangingStore("save")
    async with (
        RawServer(logins=token_reply(FIRST, SECOND)) as server,
        session_on(server, token_store=store, clock=clock) as session,
    ):
        await list_accounts(impatient(session))
        clock.advance(121 * MINUTE)
        await list_accounts(session)
        assert tokens_sent(server) == [FIRST, SECOND]


async def test_session_that_closes_has_stored_its_new_token() -> None:
    store = SlowStore()
    async with RawServer() as server, session_on(server, token_store=store) as session:
        await list_accounts(session)
        assert store.saved == []
    assert len(store.saved) == 1


class SlowStore(WrittenStore):
    """A store that takes its time to save."""

    async def save(self, token: str) -> None:
        await asyncio.sleep(0.03)
        await super().save(token)


async def test_closing_does_not_wait_for_a_store_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finicity_async._pipeline.authorizing._STORING", 0.02)
    async with RawServer() as server:
        session = session_on(server, token_store=HangingStore("save"))
        await list_accounts(session)
        await asyncio.wait_for(session.close(), 1)


async def test_store_has_the_time_of_one_request() -> None:
    async with RawServer() as server, session_on(server, timeout=7.0) as session:
        assert session._tokens._store._patience == 7.0


async def test_store_whose_load_hangs_is_an_error() -> None:
    store = HangingStore("load")
    async with RawServer() as server, session_on(server, token_store=store) as session:
        errors = await outcomes(impatient(session), list_accounts, 3)
        assert [(type(error), str(error)[:64]) for error in errors] == [
            (TransportError, "CreateToken: the token store failed (TimeoutError). Nothing was ")
        ] * 3
        assert server.logins == []
        store.method = ""
        await list_accounts(session)


@pytest.mark.parametrize("method", ["load", "lock"])
@pytest.mark.parametrize("error", [asyncio.CancelledError(), KeyError("x"), TimeoutError(), StopAsyncIteration()])
async def test_whatever_a_store_raises_reaches_no_caller_as_such(method: str, error: BaseException) -> None:
    store = HangingStore(method, error)
    async with RawServer() as server, session_on(server, token_store=store) as session:
        errors = await outcomes(session, list_accounts, 5)
        assert {type(error) for error in errors} == {TransportError}
        assert len({id(error) for error in errors}) == 5
        assert server.logins == []
        store.method = ""
        await list_accounts(session)


@pytest.mark.parametrize("method", ["save", "release"])
@pytest.mark.parametrize("error", [asyncio.CancelledError(), KeyError("x")], ids=["cancelled", "error"])
async def test_token_is_used_whatever_the_store_does_after_the_login(
    method: str, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    async with RawServer() as server, session_on(server, token_store=HangingStore(method, error)) as session:
        await asyncio.gather(*(list_accounts(session) for _ in range(5)))
        await list_accounts(session)
        assert len(server.logins) == 1
    text = "Could not store the token" if method == "save" else "Could not release the lock of the token store"
    assert text in caplog.text


class OddStore(WrittenStore):
    """A store that loads what is no token."""

    def __init__(self, found: Any) -> None:
        super().__init__()
        self.found = found

    async def load(self) -> tuple[str, float] | None:
        return self.found  # type: ignore[no-any-return]  # -- nonsense on purpose


@pytest.mark.parametrize("found", ["text", (b"bytes", 0.0), ("token", "old"), 7], ids=repr)
async def test_nonsense_from_a_store_is_an_error_of_ours_for_each_caller(found: Any) -> None:
    store = OddStore(found)
    async with RawServer() as server, session_on(server, token_store=store) as session:
        errors = await outcomes(session, list_accounts, 3)
        assert {type(error) for error in errors} == {FinicityError}
        assert len({id(error) for error in errors}) == 3
        store.found = None
        await list_accounts(session)


class ForgettingStore(MemoryTokenStore):
    """A store that cannot keep, or look up, what is known of the logins."""

    def __init__(self, method: str, error: BaseException | None = None) -> None:
        super().__init__()
        self.method = method
        self._error = error

    async def load_logins(self, fingerprint: str) -> tuple[LoginRecord, float] | None:
        if self.method == "load":
            await self._misbehave()
        return await super().load_logins(fingerprint)

    async def save_logins(self, fingerprint: str, record: LoginRecord) -> None:
        if self.method == ("count" if record.unanswered else "outcome"):
            await self._misbehave()
        await super().save_logins(fingerprint, record)

    async def _misbehave(self) -> None:
        if self._error is not None:
            raise self._error
        await asyncio.sleep(60)


@pytest.mark.parametrize("call", [list_accounts, create_token])
@pytest.mark.parametrize("method", ["load", "count"])
@pytest.mark.parametrize("error", [None, OSError(), asyncio.CancelledError()], ids=["hangs", "raises", "cancels"])
async def test_login_that_cannot_be_counted_is_not_sent(method: str, error: BaseException | None, call: Call) -> None:
    store = ForgettingStore(method, error)
    async with RawServer() as server, session_on(server, token_store=store) as session:
        assert {type(error) for error in await outcomes(impatient(session), call, 2)} == {TransportError}
        assert server.logins == []
        store.method = ""
        await call(session)


@pytest.mark.parametrize("error", [OSError(), asyncio.CancelledError(), TransportError()], ids=repr)
async def test_refusal_that_the_store_cannot_keep_is_remembered_by_the_session(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    store = ForgettingStore("outcome", error)
    async with RawServer(default_login=BAD_SECRET) as server, session_on(server, token_store=store) as session:
        for _ in range(3):
            await outcomes(session, list_accounts, 3)
        assert len(server.logins) == 1
    assert "Could not tell other processes how a login ended" in caplog.text
