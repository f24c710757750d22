"""Who logs in, when and how often: counted on the server, because the vendor locks a partner after five failures."""

import asyncio
import contextlib
import dataclasses
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import aiohttp
import pytest
from conftest import MovedClock
from held import HeldServer, is_login, loop_turned, until
from servers import EMPTY, TOKEN, Answer, Close, Later, RawServer, Received, http

from finicity_async import (
    AsyncSession,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    Credentials,
    FinicityError,
    PayloadError,
    Sandbox,
    StatusError,
    TokenStore,
    TransportError,
    create_token,
    delete_customer_account,
    get_customer_accounts,
    map_customers,
    modify_partner_secret,
    refresh_customer_accounts,
)
from finicity_async.auth import MemoryTokenStore

Call = Callable[[AsyncSession], Coroutine[Any, Any, object]]

MINUTE = 60.0
SECRET = "0ldSecret-123456"
NEW_SECRET = "n3wSecret-123456"
CREDENTIALS = Credentials("key-0123456789", "2445581234567", SECRET)
FIRST, SECOND, THIRD = "FirstToken0000000001", "SecondToken000000002", "ThirdToken0000000003"
BAD_SECRET = http(401, {"code": 10001, "message": "Invalid partner id or partner secret"})
EXPIRED = http(401, {"code": "10023", "message": "Expired token"})


def token_reply(*tokens: str) -> tuple[bytes, ...]:
    return tuple(http(200, {"token": token}) for token in tokens)


def session_on(server: RawServer | Sandbox, credentials: Credentials = CREDENTIALS, **options: Any) -> AsyncSession:
    return AsyncSession(credentials, base_url=server.url, **{"random": lambda: 0.0, **options})


def tokens_sent(server: RawServer) -> list[str | None]:
    return [call.headers.get("finicity-app-token") for call in server.calls]


async def list_accounts(session: AsyncSession) -> object:
    return await get_customer_accounts(session, 1)


async def refresh(session: AsyncSession) -> object:
    return await refresh_customer_accounts(session, 1)


async def delete(session: AsyncSession) -> None:
    await delete_customer_account(session, 1, 2)


async def change_secret(session: AsyncSession) -> None:
    await modify_partner_secret(session, NEW_SECRET)


async def outcomes(session: AsyncSession, call: Call, count: int) -> list[object]:
    return await asyncio.gather(*(call(session) for _ in range(count)), return_exceptions=True)


async def logged(caplog: pytest.LogCaptureFixture, count: int) -> None:
    await until(lambda: len(caplog.records) >= count)


# One login for any number of tasks


@pytest.mark.parametrize("max_connections", [1, 100])
async def test_fifty_tasks_on_a_fresh_session_cause_one_login(max_connections: int) -> None:
    server = RawServer(logins=token_reply(FIRST, SECOND))
    async with server, session_on(server, max_connections=max_connections) as session:
        await asyncio.gather(*(get_customer_accounts(session, number) for number in range(50)))
        assert len(server.logins) == 1
        assert tokens_sent(server) == [FIRST] * 50
        assert session.stats.logins == 1


async def test_login_sends_partner_and_secret_and_no_token() -> None:
    async with RawServer() as server, session_on(server) as session:
        await list_accounts(session)
    (login,) = server.logins
    assert json.loads(login.body) == {"partnerId": "2445581234567", "partnerSecret": SECRET}
    assert login.headers["finicity-app-key"] == "key-0123456789"
    assert login.headers["content-type"] == "application/json"
    assert "finicity-app-token" not in login.headers


@pytest.mark.parametrize("call", [list_accounts, create_token, refresh])
async def test_twenty_tasks_with_a_wrong_secret_cause_one_login(call: Call) -> None:
    async with RawServer(default_login=BAD_SECRET) as server, session_on(server) as session:
        errors = await outcomes(session, call, 20)
        assert [type(error) for error in errors] == [AuthenticationError] * 20
        assert len({id(error) for error in errors}) == 20, "tasks share no exception: each has a traceback of its own"
        assert (len(server.logins), len(server.calls), session.stats.logins) == (1, 0, 1)


@pytest.mark.parametrize("later", [list_accounts, create_token, change_secret, refresh, delete])
async def test_nothing_is_sent_after_a_refused_login(later: Call) -> None:
    async with RawServer(default_login=BAD_SECRET) as server, session_on(server) as session:
        with pytest.raises(AuthenticationError):
            await list_accounts(session)
        with pytest.raises(AuthenticationError) as caught:
            await later(session)
        assert (caught.value.operation, caught.value.status, caught.value.code) == ("CreateToken", 401, "10001")
        assert (len(server.logins), len(server.calls)) == (1, 0)


async def test_refused_create_token_is_remembered_for_other_calls() -> None:
    async with RawServer(default_login=BAD_SECRET) as server, session_on(server) as session:
        with pytest.raises(AuthenticationError):
            await create_token(session)
        with pytest.raises(AuthenticationError):
            await list_accounts(session)
        assert (len(server.logins), len(server.calls)) == (1, 0)


async def test_wrong_secret_does_not_lock_the_partner_of_the_sandbox(sandbox: Sandbox) -> None:
    wrong = dataclasses.replace(sandbox.credentials, partner_secret="wrongSecret12")
    async with session_on(sandbox, wrong) as session:
        await outcomes(session, list_accounts, 20)
        await outcomes(session, create_token, 20)
        assert sandbox.failed_logins == 1
    async with session_on(sandbox, sandbox.credentials) as session:
        assert await get_customer_accounts(session, 1005061234)


# Which refusals are remembered


@pytest.mark.parametrize(
    ("status", "code"), [(400, "10005"), (401, 10021), (403, None), (404, 12401), (404, "14001"), (409, 1), (422, None)]
)
async def test_login_answered_with_a_4xx_is_final(status: int, code: object) -> None:
    refusal = http(status, {"code": code, "message": "no"} if code else "Forbidden")
    async with RawServer(logins=(refusal,)) as server, session_on(server) as session:
        for _ in range(2):
            with pytest.raises(AuthenticationError) as caught:
                await list_accounts(session)
            assert caught.value.status == status
            assert caught.value.retryable is False
        assert (len(server.logins), len(server.calls)) == (1, 0)


@pytest.mark.parametrize(
    "answer",
    [
        http(408),
        http(429, headers={"Retry-After": "61"}),
        http(500),
        http(500, {"code": 10001, "message": "Invalid partner id or partner secret"}),
        http(502, "<html>bad gateway</html>"),
        http(503),
        http(504),
        http(302, headers={"Location": "https://example.invalid/"}),
    ],
    ids=lambda answer: answer.split()[1].decode(),
)
async def test_login_that_failed_otherwise_is_not_remembered(answer: bytes) -> None:
    async with RawServer(logins=(answer,)) as server, session_on(server, max_tries=1) as session:
        with pytest.raises(StatusError) as caught:
            await list_accounts(session)
        assert not isinstance(caught.value, AuthenticationError)
        await list_accounts(session)
        assert (len(server.logins), len(server.calls)) == (2, 1)


async def test_lost_login_is_sent_once_more() -> None:
    async with RawServer(logins=(Close(), TOKEN)) as server, session_on(server) as session:
        await list_accounts(session)
        assert (len(server.logins), len(server.calls)) == (2, 1)
        assert (session.stats.logins, session.stats.retries, session.stats.sent) == (2, 1, 3)


async def test_login_lost_twice_is_raised_and_not_remembered() -> None:
    async with RawServer(logins=(Close(), Close())) as server, session_on(server) as session:
        with pytest.raises(TransportError) as caught:
            await list_accounts(session)
        assert (caught.value.operation, len(server.logins)) == ("CreateToken", 2)
        await list_accounts(session)
        assert (len(server.logins), len(server.calls)) == (3, 1)


CUT = b'HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n{"code":10001'


@pytest.mark.parametrize("answer", [Close(CUT), Close(CUT, reset=True), lambda _: CUT], ids=["cut", "reset", "stalled"])
async def test_refused_login_is_remembered_though_its_body_is_lost(answer: Answer) -> None:
    async with RawServer(default_login=answer) as server, session_on(server, timeout=0.2) as session:
        for _ in range(3):
            with pytest.raises(AuthenticationError) as caught:
                await list_accounts(session)
            assert caught.value.operation == "CreateToken"
        with pytest.raises(AuthenticationError):
            _ = [one async for one in map_customers(session, get_customer_accounts, range(40), limit=5)]
        assert (len(server.logins), server.calls) == (1, [])
        assert session.login_refusal is not None


@pytest.mark.parametrize(
    "answer",
    [
        BAD_SECRET,
        http(401, {"code": "10024", "message": "Missing token"}),
        http(401, {"code": 24302}),
        http(401, "Invalid (Finicity-App-Key)", {"Content-Type": "text/plain"}),
        http(401),
    ],
    ids=["10001", "10024", "24302", "text", "empty"],
)
async def test_401_on_an_ordinary_call_is_raised_and_remembered_nowhere(answer: bytes) -> None:
    async with RawServer(answer) as server, session_on(server) as session:
        with pytest.raises(AuthenticationError) as caught:
            await list_accounts(session)
        assert caught.value.operation == "GetCustomerAccounts"
        await list_accounts(session)
        assert (len(server.logins), len(server.calls)) == (1, 2)


@pytest.mark.parametrize(
    "answer",
    [
        http(200, {"token": ""}),
        http(200, {"token": "two\nlines"}),
        http(200, {"token": "ends in a newline\n"}),
        http(200, {"token": "caf\u00e9"}),
        http(200, {"token": None}),
        http(200, {}),
        http(200, []),
        http(200, "no JSON"),
        http(200),
        http(204),
    ],
)
async def test_login_without_a_usable_token_is_a_payload_error_and_not_remembered(answer: bytes) -> None:
    async with RawServer(logins=(answer,)) as server, session_on(server) as session:
        with pytest.raises(PayloadError) as caught:
            await list_accounts(session)
        assert caught.value.operation == "CreateToken"
        await list_accounts(session)
        assert (len(server.logins), len(server.calls)) == (2, 1)


# A token that the vendor refuses


class ExpiringServer(HeldServer):
    """Refuse the tokens in ``refused`` with 10023; hold back calls for customer 2 until released."""

    def __init__(self, *tokens: str, code: int | str = "10023") -> None:
        super().__init__(
            holds=lambda received: "/customers/2/" in received.target,
            logins=token_reply(*tokens),
            default=self._judge,
            default_login=BAD_SECRET,
        )
        self.refused: set[str] = set()
        self._refusal = http(401, {"code": code, "message": "token"})

    def _judge(self, received: Received) -> bytes:
        return self._refusal if received.headers["finicity-app-token"] in self.refused else EMPTY


@pytest.mark.parametrize("code", ["10022", 10022, "10023", 10023])
@pytest.mark.parametrize("call", [list_accounts, refresh, delete])
async def test_thirty_tasks_meeting_an_expired_token_cause_one_login_and_no_error(call: Call, code: int | str) -> None:
    async with ExpiringServer(FIRST, SECOND, code=code) as server, session_on(server) as session:
        await call(session)
        server.refused = {FIRST}
        await asyncio.gather(*(call(session) for _ in range(30)))
        assert len(server.logins) == 2
        assert tokens_sent(server)[1:] == [FIRST] * 30 + [SECOND] * 30


async def test_token_that_the_sandbox_let_expire_is_renewed(clock: MovedClock) -> None:
    async with (
        Sandbox(customers=1, clock=clock) as sandbox,
        session_on(sandbox, sandbox.credentials, clock=MovedClock()) as session,
    ):
        await get_customer_accounts(session, 1005061234)
        clock.advance(120 * MINUTE)
        await asyncio.gather(*(get_customer_accounts(session, 1005061234) for _ in range(10)))
        assert session.stats.logins == 2


async def test_late_401_for_an_old_token_does_not_drop_the_new_one() -> None:
    async with ExpiringServer(FIRST, SECOND) as server, session_on(server) as session:
        await list_accounts(session)
        server.refused = {FIRST}
        late = asyncio.create_task(get_customer_accounts(session, 2))
        await until(lambda: server.arrived)
        await list_accounts(session)
        server.release()
        await late
        await list_accounts(session)
        assert len(server.logins) == 2
        assert tokens_sent(server) == [FIRST, FIRST, SECOND, FIRST, SECOND, SECOND]


async def test_fresh_token_that_is_refused_too_is_raised_and_not_renewed_for_thirty_seconds(clock: MovedClock) -> None:
    async with ExpiringServer(FIRST, SECOND, THIRD) as server, session_on(server, clock=clock) as session:
        server.refused = {FIRST, SECOND}
        with pytest.raises(AuthenticationError) as caught:
            await list_accounts(session)
        assert caught.value.code == "10023"
        clock.advance(29)
        with pytest.raises(AuthenticationError):
            await list_accounts(session)
        assert len(server.logins) == 2
        assert tokens_sent(server) == [FIRST, SECOND, SECOND]
        clock.advance(2)
        await list_accounts(session)
        assert len(server.logins) == 3
        assert tokens_sent(server)[3:] == [SECOND, THIRD]


async def test_tasks_that_meet_a_refused_fresh_token_cause_one_renewal_only(clock: MovedClock) -> None:
    async with ExpiringServer(FIRST, SECOND, THIRD) as server, session_on(server, clock=clock) as session:
        server.refused = {FIRST, SECOND}
        errors = await outcomes(session, list_accounts, 20)
        assert {type(error) for error in errors} == {AuthenticationError}
        assert len(server.logins) == 2
        server.refused.clear()
        await list_accounts(session)
        assert len(server.logins) == 2


async def test_renewal_after_an_expired_token_that_is_refused_ends_every_task_with_one_login() -> None:
    async with ExpiringServer(FIRST) as server, session_on(server) as session:
        await list_accounts(session)
        server.refused = {FIRST}
        errors = await outcomes(session, list_accounts, 20)
        assert {type(error) for error in errors} == {AuthenticationError}
        assert len(server.logins) == 2


# The age of a token


async def test_token_is_used_for_ninety_minutes_without_a_login(clock: MovedClock) -> None:
    async with RawServer() as server, session_on(server, clock=clock) as session:
        await list_accounts(session)
        clock.advance(90 * MINUTE - 1)
        await list_accounts(session)
        assert len(server.logins) == 1


async def test_at_ninety_minutes_one_task_renews_and_the_others_go_on_with_the_old_token(clock: MovedClock) -> None:
    held = HeldServer(
        holds=lambda received: is_login(received) and len(server.logins) == 1, logins=token_reply(FIRST, SECOND, THIRD)
    )
    async with held as server, session_on(server, clock=clock) as session:
        await list_accounts(session)
        clock.advance(90 * MINUTE)
        await asyncio.gather(*(list_accounts(session) for _ in range(10)))
        await until(lambda: server.arrived)
        await asyncio.gather(*(list_accounts(session) for _ in range(10)))
        assert tokens_sent(server) == [FIRST] * 21
        server.release()
        await until(lambda: len(server.logins) == 2)
        await until(lambda: session.stats.in_flight == 0)
        await list_accounts(session)
        assert tokens_sent(server)[21:] == [SECOND]
        assert (len(server.arrived), len(server.logins)) == (1, 2)


@pytest.mark.parametrize("begun_at", [90, 120])
async def test_at_two_hours_everybody_waits_for_one_login(clock: MovedClock, begun_at: int) -> None:
    held = HeldServer(
        holds=lambda received: is_login(received) and len(server.logins) == 1, logins=token_reply(FIRST, SECOND, THIRD)
    )
    async with held as server, session_on(server, clock=clock) as session:
        await list_accounts(session)
        clock.advance(begun_at * MINUTE)
        early = [asyncio.create_task(list_accounts(session))]
        await until(lambda: server.arrived)
        clock.advance((120 - begun_at) * MINUTE)
        sent_before = len(server.calls)
        tasks = [asyncio.create_task(list_accounts(session)) for _ in range(10)]
        await loop_turned()
        assert len(server.calls) == sent_before
        server.release()
        await asyncio.gather(*early, *tasks)
        assert tokens_sent(server)[-10:] == [SECOND] * 10
        assert (len(server.arrived), len(server.logins)) == (1, 2)


async def test_failed_renewal_is_a_warning_and_is_tried_again_after_thirty_seconds(
    clock: MovedClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = RawServer(logins=(*token_reply(FIRST), http(503), http(503), *token_reply(SECOND)))
    async with server, session_on(server, clock=clock, max_tries=1) as session:
        await list_accounts(session)
        clock.advance(100 * MINUTE)
        for failed in (1, 2):
            await asyncio.gather(*(list_accounts(session) for _ in range(5)))
            await logged(caplog, failed)
            clock.advance(29.5)
            await list_accounts(session)
            assert len(server.logins) == 1 + failed
            clock.advance(0.5)
        assert {record.levelno for record in caplog.records} == {logging.WARNING}
        await list_accounts(session)
        await until(lambda: len(server.logins) == 4)
        await until(lambda: session.stats.in_flight == 0)
        await list_accounts(session)
        assert tokens_sent(server) == [FIRST] * 14 + [SECOND]
        assert len(caplog.records) == 2


async def test_refused_renewal_is_remembered(clock: MovedClock) -> None:
    server = RawServer(logins=token_reply(FIRST), default_login=BAD_SECRET)
    async with server, session_on(server, clock=clock) as session:
        await list_accounts(session)
        clock.advance(100 * MINUTE)
        await list_accounts(session)
        await until(lambda: len(server.logins) == 2)
        await until(lambda: session.stats.in_flight == 0)
        for minutes in (0, 1, 30):
            clock.advance(minutes * MINUTE)
            with pytest.raises(AuthenticationError):
                await list_accounts(session)
        assert (len(server.logins), len(server.calls)) == (2, 2)


async def test_warning_does_not_say_that_the_token_is_used_on_after_a_refused_renewal(
    clock: MovedClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = RawServer(logins=token_reply(FIRST), default_login=BAD_SECRET)
    async with server, session_on(server, clock=clock) as session:
        await list_accounts(session)
        clock.advance(100 * MINUTE)
        await list_accounts(session)
        await until(lambda: len(server.logins) == 2)
        await until(lambda: session.stats.in_flight == 0)
        with pytest.raises(AuthenticationError):
            await list_accounts(session)
    assert "is used on" not in caplog.text


async def test_login_that_fails_after_two_hours_is_raised_and_no_old_token_is_used_on(
    clock: MovedClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = RawServer(logins=(*token_reply(FIRST), http(503), *token_reply(SECOND)))
    async with server, session_on(server, clock=clock, max_tries=1) as session:
        await list_accounts(session)
        clock.advance(121 * MINUTE)
        with pytest.raises(StatusError) as caught:
            await list_accounts(session)
        assert caught.value.status == 503
        await list_accounts(session)
        assert tokens_sent(server) == [FIRST, SECOND]
    assert "is used on" not in caplog.text


# Tasks that leave


async def test_cancelled_task_does_not_cancel_the_login_of_the_others() -> None:
    async with HeldServer(holds=is_login) as server, session_on(server) as session:
        first, *others = [asyncio.create_task(list_accounts(session)) for _ in range(5)]
        await until(lambda: server.arrived)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        server.release()
        await asyncio.gather(*others)
        assert (len(server.logins), len(server.calls)) == (1, 4)


async def test_login_goes_on_when_every_waiting_task_is_cancelled() -> None:
    async with HeldServer(holds=is_login) as server, session_on(server) as session:
        tasks = [asyncio.create_task(list_accounts(session)) for _ in range(3)]
        await until(lambda: server.arrived)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        server.release()
        await list_accounts(session)
        assert (len(server.logins), len(server.calls)) == (1, 1)


@pytest.mark.parametrize("call", [list_accounts, create_token])
async def test_closing_during_a_login_ends_every_waiting_task(call: Call) -> None:
    before = asyncio.all_tasks()
    async with HeldServer(holds=is_login) as server:
        session = session_on(server)
        tasks = [asyncio.create_task(call(session)) for _ in range(5)]
        await until(lambda: server.arrived)
        await session.close()
        errors = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 1)
        assert {type(error) for error in errors} <= {ConfigurationError, TransportError}
        assert (len(server.arrived), len(server.calls)) == (1, 0)
    assert asyncio.all_tasks() == before


async def test_call_made_while_the_session_closes_is_refused() -> None:
    async with HeldServer(holds=is_login) as server:
        session = session_on(server)
        task = asyncio.create_task(list_accounts(session))
        await until(lambda: server.arrived)
        closing = asyncio.create_task(session.close())
        await asyncio.sleep(0)
        with pytest.raises(ConfigurationError):
            await asyncio.wait_for(list_accounts(session), 1)
        await closing
        await asyncio.wait([task])
        assert isinstance(task.exception(), ConfigurationError)
        assert len(server.arrived) == 1


async def test_closing_during_a_renewal_in_the_background_is_quiet(
    clock: MovedClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with HeldServer(holds=lambda received: is_login(received) and len(server.logins) == 1) as server:
        async with session_on(server, clock=clock) as session:
            await list_accounts(session)
            clock.advance(100 * MINUTE)
            await list_accounts(session)
            await until(lambda: server.arrived)
        assert caplog.records == []
        assert asyncio.all_tasks() - server._tasks == {asyncio.current_task()}


async def test_closing_during_a_login_leaves_the_shared_store_to_the_other_session(clock: MovedClock) -> None:
    store = MemoryTokenStore(clock)
    async with (
        HeldServer(holds=lambda received: is_login(received) and not server.arrived) as server,
        session_on(server, token_store=store) as other,
    ):
        one = session_on(server, token_store=store)
        tasks = [asyncio.create_task(list_accounts(one))]
        await until(lambda: server.arrived)
        tasks.append(asyncio.create_task(list_accounts(other)))
        await one.close()
        await asyncio.wait(tasks)
        assert isinstance(tasks[0].exception(), ConfigurationError)
        assert (tasks[1].exception(), len(server.logins), len(server.calls)) == (None, 1, 1)


# A token obtained elsewhere


APP_TOKEN_ALONE = Credentials("key-0123456789", app_token=THIRD)
WITH_PARTNER = dataclasses.replace(CREDENTIALS, app_token=THIRD)


@pytest.mark.parametrize("credentials", [APP_TOKEN_ALONE, WITH_PARTNER], ids=["alone", "with partner"])
async def test_app_token_is_used_without_a_login_and_never_renewed(clock: MovedClock, credentials: Credentials) -> None:
    async with RawServer() as server, session_on(server, credentials, clock=clock) as session:
        await list_accounts(session)
        clock.advance(1000 * MINUTE)
        await list_accounts(session)
        assert tokens_sent(server) == [THIRD, THIRD]
        assert server.logins == []


@pytest.mark.parametrize("credentials", [APP_TOKEN_ALONE, WITH_PARTNER], ids=["alone", "with partner"])
async def test_refused_app_token_is_raised_and_not_renewed(credentials: Credentials) -> None:
    async with RawServer(EXPIRED) as server, session_on(server, credentials) as session:
        with pytest.raises(AuthenticationError) as caught:
            await list_accounts(session)
        assert caught.value.code == "10023"
        assert (len(server.logins), len(server.calls)) == (0, 1)
        await list_accounts(session)


@pytest.mark.parametrize("call", [create_token, change_secret])
@pytest.mark.parametrize(
    "credentials",
    [
        APP_TOKEN_ALONE,
        Credentials("key-0123456789", "2445581234567", None, THIRD),
        Credentials("key-0123456789", None, SECRET, THIRD),
    ],
    ids=["token alone", "no secret", "no partner ID"],
)
async def test_app_token_without_a_whole_partner_logs_in_nowhere(call: Call, credentials: Credentials) -> None:
    async with RawServer() as server, session_on(server, credentials) as session:
        with pytest.raises(ConfigurationError):
            await call(session)
        assert (server.logins, server.calls) == ([], [])
        await list_accounts(session)


async def test_app_token_with_a_partner_can_make_tokens_for_others() -> None:
    async with RawServer(logins=token_reply(FIRST)) as server, session_on(server, WITH_PARTNER) as session:
        assert (await create_token(session)).token == FIRST
        await list_accounts(session)
        assert tokens_sent(server) == [THIRD]


async def test_created_token_does_not_replace_that_of_the_session() -> None:
    async with RawServer(logins=token_reply(FIRST, SECOND, THIRD)) as server, session_on(server) as session:
        await list_accounts(session)
        assert {(await create_token(session)).token, (await create_token(session)).token} == {SECOND, THIRD}
        await list_accounts(session)
        assert tokens_sent(server) == [FIRST, FIRST]
        assert session.stats.logins == 3


# Credentials


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"app_key": ""}, "app_key"),
        ({"app_key": None}, "app_key"),
        ({"app_key": "two words"}, "app_key"),
        ({"app_key": "line\n"}, "app_key"),
        ({"app_key": "cl\u00e9"}, "app_key"),
        ({"partner_id": ""}, "partner_id"),
        ({"partner_id": None}, "partner_id"),
        ({"partner_id": 2445581234567}, "partner_id"),
        ({"partner_secret": None}, "partner_secret"),
        ({"partner_secret": "tabbed\t"}, "partner_secret"),
        ({"app_token": ""}, "app_token"),
        ({"app_token": "a\r\nb"}, "app_token"),
    ],
)
def test_credentials_that_could_not_work_are_refused_by_name(values: dict[str, Any], named: str) -> None:
    given = {"app_key": "key", "partner_id": "1", "partner_secret": "secret", **values}
    with pytest.raises(ConfigurationError, match=named) as caught:
        Credentials(**given)
    assert not any(str(value).strip() in str(caught.value) for value in values.values() if value)


ENVIRONMENT = {"FINICITY_APP_KEY": "key", "FINICITY_PARTNER_ID": "1", "FINICITY_PARTNER_SECRET": "secret"}


def test_credentials_come_from_the_environment_without_whitespace_around_them() -> None:
    environ = {name: f" {value}\n" for name, value in ENVIRONMENT.items()}
    assert Credentials.from_env(environ) == Credentials("key", "1", "secret")
    assert Credentials.from_env({"FINICITY_APP_KEY": "key", "FINICITY_APP_TOKEN": "t\n"}) == Credentials(
        "key", app_token="t"
    )


def test_credentials_come_from_the_variables_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FINICITY_APP_TOKEN", raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert Credentials.from_env() == Credentials("key", "1", "secret")


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({}, {"FINICITY_APP_KEY", "FINICITY_PARTNER_ID", "FINICITY_PARTNER_SECRET"}),
        ({**ENVIRONMENT, "FINICITY_APP_KEY": ""}, {"FINICITY_APP_KEY"}),
        ({**ENVIRONMENT, "FINICITY_PARTNER_SECRET": " "}, {"FINICITY_PARTNER_SECRET"}),
        ({"FINICITY_APP_KEY": "key"}, {"FINICITY_PARTNER_ID", "FINICITY_PARTNER_SECRET"}),
        ({"FINICITY_APP_TOKEN": "token"}, {"FINICITY_APP_KEY"}),
    ],
)
def test_missing_variables_are_named_and_the_others_are_not(environ: dict[str, str], named: set[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Credentials.from_env(environ)
    to_set, _, _ = str(caught.value).partition(" in the environment")
    assert set(to_set.removeprefix("Set ").split(", ")) == named


async def test_session_comes_from_the_environment() -> None:
    async with RawServer() as server:
        environ = {**ENVIRONMENT, "FINICITY_BASE_URL": f" {server.url}/\n"}
        async with AsyncSession.from_env(environ, max_tries=1) as session:
            await list_accounts(session)
        assert json.loads(server.logins[0].body) == {"partnerId": "1", "partnerSecret": "secret"}


def test_session_from_the_environment_goes_to_the_vendor_unless_told_otherwise() -> None:
    assert AsyncSession.from_env(ENVIRONMENT).base_url == "https://api.finicity.com"
    blank = {**ENVIRONMENT, "FINICITY_BASE_URL": " "}
    assert AsyncSession.from_env(blank).base_url == "https://api.finicity.com"
    set_ = {**ENVIRONMENT, "FINICITY_BASE_URL": "https://one.example"}
    assert AsyncSession.from_env(set_, base_url="https://two.example").base_url == "https://two.example"


def test_session_refuses_a_base_url_from_the_environment_that_shows_the_secrets() -> None:
    with pytest.raises(ConfigurationError):
        AsyncSession.from_env({**ENVIRONMENT, "FINICITY_BASE_URL": "http://api.finicity.com"})


# Token stores


class WrittenStore:
    """A store as a user writes it."""

    def __init__(self, token: str | None = None, age: float = 0.0) -> None:
        self.token = token
        self.age = age
        self.saved: list[str] = []
        self._lock = asyncio.Lock()

    async def load(self) -> tuple[str, float] | None:
        await asyncio.sleep(0)
        return None if self.token is None else (self.token, self.age)

    async def save(self, token: str) -> None:
        await asyncio.sleep(0)
        self.token, self.age = token, 0.0
        self.saved.append(token)

    def lock(self) -> contextlib.AbstractAsyncContextManager[object]:
        return self._lock


@pytest.fixture(params=["memory", "written"])
def store(request: pytest.FixtureRequest, clock: MovedClock) -> TokenStore:
    return MemoryTokenStore(clock) if request.param == "memory" else WrittenStore()


async def test_two_sessions_sharing_a_store_cause_one_login(clock: MovedClock, store: TokenStore) -> None:
    async with RawServer(logins=token_reply(FIRST, SECOND)) as server:
        for _ in range(2):
            async with session_on(server, clock=clock, token_store=store) as session:
                await list_accounts(session)
        assert (len(server.logins), tokens_sent(server)) == (1, [FIRST, FIRST])


async def test_sessions_sharing_a_store_cause_one_login_when_they_start_at_once(
    clock: MovedClock, store: TokenStore
) -> None:
    async with (
        RawServer(logins=token_reply(FIRST, SECOND)) as server,
        session_on(server, clock=clock, token_store=store) as one,
        session_on(server, clock=clock, token_store=store) as other,
    ):
        await asyncio.gather(*(list_accounts(session) for session in (one, other) for _ in range(10)))
        assert (len(server.logins), tokens_sent(server)) == (1, [FIRST] * 20)
        assert one.stats.logins + other.stats.logins == 1


async def test_sessions_sharing_a_store_cause_one_login_when_their_token_expired(
    clock: MovedClock, store: TokenStore
) -> None:
    async with (
        ExpiringServer(FIRST, SECOND, THIRD) as server,
        session_on(server, clock=clock, token_store=store) as one,
        session_on(server, clock=clock, token_store=store) as other,
    ):
        await asyncio.gather(list_accounts(one), list_accounts(other))
        server.refused = {FIRST}
        await asyncio.gather(*(list_accounts(session) for session in (one, other) for _ in range(10)))
        assert len(server.logins) == 2
        assert tokens_sent(server).count(SECOND) == 20


async def test_token_in_the_store_is_used_without_a_login() -> None:
    async with RawServer() as server, session_on(server, token_store=WrittenStore(THIRD, 10 * MINUTE)) as session:
        await list_accounts(session)
        assert (server.logins, tokens_sent(server)) == ([], [THIRD])


@pytest.mark.parametrize("age", [90, 119, 121, 10_000])
async def test_old_token_in_the_store_is_replaced(age: int) -> None:
    store = WrittenStore(THIRD, age * MINUTE)
    async with RawServer(logins=token_reply(FIRST)) as server, session_on(server, token_store=store) as session:
        await list_accounts(session)
        assert (len(server.logins), tokens_sent(server), store.saved) == (1, [FIRST], [FIRST])


async def test_token_from_the_store_goes_on_ageing(clock: MovedClock) -> None:
    store = WrittenStore(THIRD, 80 * MINUTE)
    server = RawServer(logins=token_reply(FIRST))
    async with server, session_on(server, token_store=store, clock=clock) as session:
        await list_accounts(session)
        assert server.logins == []
        store.age += 10 * MINUTE
        clock.advance(10 * MINUTE)
        await list_accounts(session)
        await until(lambda: store.saved == [FIRST])
        await list_accounts(session)
        assert tokens_sent(server) == [THIRD, THIRD, FIRST]


async def test_token_in_the_store_that_the_vendor_refuses_is_replaced() -> None:
    store = WrittenStore(THIRD, 10 * MINUTE)
    async with ExpiringServer(FIRST) as server, session_on(server, token_store=store) as session:
        server.refused = {THIRD}
        await asyncio.gather(*(list_accounts(session) for _ in range(10)))
        assert (len(server.logins), store.saved) == (1, [FIRST])
        assert tokens_sent(server) == [THIRD] * 10 + [FIRST] * 10


@pytest.mark.parametrize("token", ["", "read from a file\n", "caf\u00e9"])
async def test_token_in_the_store_that_no_header_can_carry_is_never_sent(token: str) -> None:
    store = WrittenStore(token, 0.0)
    async with RawServer() as server, session_on(server, token_store=store) as session:
        with contextlib.suppress(FinicityError):
            await list_accounts(session)
        assert [sent for sent in tokens_sent(server) if not re.fullmatch("[!-~]+", sent or "")] == []


class LeakyStore(WrittenStore):
    """A store that keeps nothing and locks nobody out."""

    async def load(self) -> None:
        await asyncio.sleep(0)

    def lock(self) -> contextlib.AbstractAsyncContextManager[object]:
        return contextlib.nullcontext()


async def test_tasks_of_one_session_cause_one_login_though_the_store_is_of_no_help(clock: MovedClock) -> None:
    server = ExpiringServer(FIRST, SECOND, THIRD)
    async with server, session_on(server, token_store=LeakyStore(), clock=clock) as session:
        await asyncio.gather(*(list_accounts(session) for _ in range(20)))
        server.refused = {FIRST}
        await asyncio.gather(*(list_accounts(session) for _ in range(20)))
        clock.advance(121 * MINUTE)
        await asyncio.gather(*(list_accounts(session) for _ in range(20)))
        assert len(server.logins) == 3


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


async def test_error_of_a_store_reaches_every_waiting_task_as_it_is() -> None:
    store = BrokenStore()
    async with RawServer() as server, session_on(server, token_store=store) as session:
        errors = await outcomes(session, list_accounts, 5)
        assert [(type(error), str(error)) for error in errors] == [(StoreError, "cache: out of reach")] * 5
        assert server.logins == []
        store.broken = False
        await list_accounts(session)


# A new partner secret


@pytest.mark.parametrize("immediate", [True, False])
async def test_change_of_the_secret_sends_both_secrets_once_and_no_token(immediate: bool) -> None:
    async with RawServer(http(204)) as server, session_on(server) as session:
        await modify_partner_secret(session, NEW_SECRET, immediate=immediate)
        (call,) = server.calls
        assert (call.method, call.target) == ("PUT", "/aggregation/v2/partners/authentication")
        assert json.loads(call.body) == {
            "partnerId": "2445581234567",
            "partnerSecret": SECRET,
            "newPartnerSecret": NEW_SECRET,
            "immediate": immediate,
        }
        assert "finicity-app-token" not in call.headers
        assert session.credentials.partner_secret == NEW_SECRET


async def test_session_goes_on_with_the_new_secret_and_the_old_one_is_refused(sandbox: Sandbox) -> None:
    old = sandbox.credentials
    async with session_on(sandbox, old) as session:
        await get_customer_accounts(session, 1005061234)
        await modify_partner_secret(session, NEW_SECRET)
        await get_customer_accounts(session, 1005061234)
        assert (await create_token(session)).token
        assert session.credentials == sandbox.credentials == dataclasses.replace(old, partner_secret=NEW_SECRET)
    async with session_on(sandbox, old) as session:
        with pytest.raises(AuthenticationError) as caught:
            await create_token(session)
        assert caught.value.code == "10001"


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "a2345678901",
        "a" * 12,
        "1" * 12,
        "a1" + "!" * 254,
        "a1 456789012",
        "a1^456789012",
        "a12345678901\n",
        "\u00e912345678901",
        "a\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660\u0661",
    ],
)
async def test_secret_that_breaks_the_rules_is_refused_before_anything_is_sent(secret: str) -> None:
    async with RawServer() as server, session_on(server) as session:
        with pytest.raises(ConfigurationError):
            await modify_partner_secret(session, secret)
        assert (server.logins, server.calls) == ([], [])
        assert session.credentials == CREDENTIALS
        await list_accounts(session)


@pytest.mark.parametrize("secret", ["a23456789012", "1!@#$%&*_-+Z", "a1" + "!" * 253], ids=["12", "signs", "255"])
async def test_secret_that_keeps_the_rules_is_taken(sandbox: Sandbox, secret: str) -> None:
    async with session_on(sandbox, sandbox.credentials) as session:
        await modify_partner_secret(session, secret)
        assert sandbox.credentials.partner_secret == secret
        await get_customer_accounts(session, 1005061234)


@pytest.mark.parametrize(
    ("answer", "error", "sent"),
    [
        (Close(), TransportError, None),
        (Close(http(204)[:12]), TransportError, None),
        (http(503), StatusError, 503),
        (http(400, {"code": "24437", "message": "policy"}), BadRequestError, 400),
        (BAD_SECRET, AuthenticationError, 401),
    ],
    ids=["lost", "truncated", "503", "400", "401"],
)
async def test_failed_change_is_sent_once_and_leaves_the_old_secret_in_place(
    answer: bytes | Close, error: type[FinicityError], sent: int | None
) -> None:
    async with RawServer(answer) as server, session_on(server) as session:
        with pytest.raises(error) as caught:
            await modify_partner_secret(session, NEW_SECRET)
        assert getattr(caught.value, "status", None) == sent
        assert caught.value.retryable is False
        assert len(server.calls) == 1
        assert session.credentials == CREDENTIALS
        await list_accounts(session)
        assert json.loads(server.logins[0].body)["partnerSecret"] == SECRET


async def test_login_in_flight_with_the_old_secret_does_not_poison_the_session() -> None:
    held = HeldServer(
        http(204), holds=lambda received: is_login(received) and not server.arrived, logins=(BAD_SECRET, TOKEN)
    )
    async with held as server, session_on(server) as session:
        task = asyncio.create_task(list_accounts(session))
        await until(lambda: server.arrived)
        await modify_partner_secret(session, NEW_SECRET)
        server.release()
        await asyncio.wait([task])
        task.exception()
        await list_accounts(session)
        assert [json.loads(login.body)["partnerSecret"] for login in server.logins] == [SECRET, NEW_SECRET]


async def test_another_secret_lifts_a_remembered_refusal() -> None:
    async with RawServer(logins=(BAD_SECRET,)) as server, session_on(server) as session:
        with pytest.raises(AuthenticationError):
            await list_accounts(session)
        session.use_secret(NEW_SECRET)
        await list_accounts(session)
        assert [json.loads(login.body)["partnerSecret"] for login in server.logins] == [SECRET, NEW_SECRET]


async def test_refused_login_of_another_program_does_not_touch_the_session(sandbox: Sandbox) -> None:
    async with session_on(sandbox, sandbox.credentials) as session, aiohttp.ClientSession() as other:
        await get_customer_accounts(session, 1005061234)
        for _ in range(6):
            async with other.post(
                f"{sandbox.url}/aggregation/v2/partners/authentication",
                json={"partnerId": "1", "partnerSecret": "wrong"},
                headers={"Finicity-App-Key": sandbox.credentials.app_key},
            ) as response:
                assert response.status == 401
        await get_customer_accounts(session, 1005061234)


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    yield
    assert asyncio.all_tasks() == {asyncio.current_task()}


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
        "The token could not be stored; this session goes on with it: ConnectionError"
    ]


async def test_a_login_whose_caller_has_left_is_remembered_when_it_is_refused() -> None:
    refusal = http(401, {"code": 10001, "message": "no"})
    async with RawServer(logins=(Later(0.03, refusal),)) as server, session_on(server) as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await create_token(session)
        for _ in range(3):
            with pytest.raises(AuthenticationError):
                await create_token(session)
        assert session.login_refusal is not None
        assert len(server.logins) == 1
