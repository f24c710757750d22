"""Who logs in, and how often: counted on the server, because the vendor locks a partner after five failures."""

import asyncio
import dataclasses
import json
import logging

import pytest

from finicity_async import (
    AuthenticationError,
    ConfigurationError,
    PayloadError,
    Sandbox,
    StatusError,
    TransportError,
    create_token,
    get_customer_accounts,
    map_customers,
)
from tests.support.clock import MovedClock
from tests.support.held import HeldServer, is_login, until
from tests.support.logins import (
    BAD_SECRET,
    FIRST,
    MINUTE,
    SECOND,
    SECRET,
    Call,
    change_secret,
    delete,
    list_accounts,
    outcomes,
    refresh,
    session_on,
    token_reply,
    tokens_sent,
)
from tests.support.servers import TOKEN, Answer, Close, Later, RawServer, http

pytestmark = pytest.mark.usefixtures("no_task_is_left")


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
        http(408, {"code": 10001, "message": "Invalid partner id or partner secret"}),
        http(500, {"code": "BROKEN"}),
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
    async with RawServer(default_login=answer) as server, session_on(server, timeout=0.5) as session:
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
    caplog.set_level(logging.WARNING, "finicity_async")
    async with HeldServer(holds=lambda received: is_login(received) and len(server.logins) == 1) as server:
        async with session_on(server, clock=clock) as session:
            await list_accounts(session)
            clock.advance(100 * MINUTE)
            await list_accounts(session)
            await until(lambda: server.arrived)
        assert caplog.records == []
        assert asyncio.all_tasks() - server._tasks == {asyncio.current_task()}


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
