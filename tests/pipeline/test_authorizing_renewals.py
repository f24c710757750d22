"""When a token is renewed: after a refusal, and at its age."""

import asyncio
import logging

import pytest

from finicity_async import AuthenticationError, Sandbox, StatusError, TransportError, get_customer_accounts
from tests.support.clock import MovedClock
from tests.support.held import HeldServer, is_login, loop_turned, until
from tests.support.logins import (
    BAD_SECRET,
    FIRST,
    MINUTE,
    SECOND,
    THIRD,
    Call,
    ExpiringServer,
    delete,
    list_accounts,
    outcomes,
    refresh,
    session_on,
    token_reply,
    tokens_sent,
)
from tests.support.servers import RawServer, http

pytestmark = pytest.mark.usefixtures("no_task_is_left")


async def logged(caplog: pytest.LogCaptureFixture, count: int) -> None:
    await until(lambda: len(caplog.records) >= count)


@pytest.mark.parametrize("code", ["10022", 10022, "10023", 10023])
@pytest.mark.parametrize("call", [list_accounts, refresh, delete])
async def test_thirty_tasks_meeting_an_expired_token_cause_one_login_and_no_error(call: Call, code: int | str) -> None:
    async with ExpiringServer(FIRST, SECOND, code=code) as server, session_on(server) as session:
        await call(session)
        server.refused = {FIRST}
        await asyncio.gather(*(call(session) for _ in range(30)))
        assert len(server.logins) == 2
        assert sorted(tokens_sent(server)[1:]) == [FIRST] * 30 + [SECOND] * 30


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


async def test_fresh_token_that_is_refused_too_is_raised_when_the_hold_is_longer_than_the_call(
    clock: MovedClock,
) -> None:
    async with (
        ExpiringServer(FIRST, SECOND, THIRD) as server,
        session_on(server, clock=clock, sleep=clock.sleep, timeout=10) as session,
    ):
        server.refused = {FIRST, SECOND}
        for _ in range(2):
            with pytest.raises(AuthenticationError) as caught:
                await list_accounts(session)
            assert caught.value.code == "10023"
        assert clock.slept == pytest.approx([10, 10], abs=0.1)
        assert len(server.logins) == 2
        assert tokens_sent(server) == [FIRST, SECOND, SECOND]
        clock.advance(10)
        await list_accounts(session)
        assert len(server.logins) == 3
        assert tokens_sent(server)[3:] == [SECOND, THIRD]


async def test_calls_whose_fresh_token_is_refused_wait_for_the_next_login_as_far_as_their_time_allows(
    clock: MovedClock,
) -> None:
    async with (
        ExpiringServer(FIRST, SECOND, THIRD) as server,
        session_on(server, clock=clock, sleep=clock.sleep, timeout=60) as session,
    ):
        server.refused = {FIRST, SECOND}
        assert not [error for error in await outcomes(session, list_accounts, 20) if isinstance(error, Exception)]
        assert len(server.logins) == 3
        assert max(clock.slept) == pytest.approx(30, abs=0.1)
        assert tokens_sent(server).count(THIRD) == 20


async def test_other_401_after_a_replay_is_raised_as_it_is() -> None:
    server = RawServer(http(401, {"code": 10023}), http(401, {"code": 999}))
    async with server, session_on(server) as session:
        with pytest.raises(AuthenticationError) as caught:
            await list_accounts(session)
        assert (caught.value.code, len(server.logins)) == ("999", 2)
        await list_accounts(session)


async def test_login_task_that_something_else_cancels_is_an_error_and_no_cancellation() -> None:
    async with HeldServer(holds=is_login) as server, session_on(server) as session:
        calls = [asyncio.create_task(list_accounts(session)) for _ in range(3)]
        await until(lambda: server.arrived)
        for task in asyncio.all_tasks():
            if task.get_name().startswith("finicity_async: renew"):
                task.cancel()
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(error) for error in errors} == {TransportError}
        server.release()
        await list_accounts(session)


async def test_call_waits_for_one_hold_and_not_for_a_second(clock: MovedClock) -> None:
    async with (
        ExpiringServer(FIRST, SECOND, THIRD) as server,
        session_on(server, clock=clock, sleep=clock.sleep, timeout=500) as session,
    ):
        server.refused = {FIRST, SECOND, THIRD}
        with pytest.raises(AuthenticationError):
            await list_accounts(session)
        assert (len(clock.slept), tokens_sent(server)) == (1, [FIRST, SECOND, THIRD])
        server.refused.clear()
        await list_accounts(session)


async def test_call_that_waits_for_a_hold_goes_on_with_a_token_that_another_one_got_meanwhile(
    clock: MovedClock,
) -> None:
    async with ExpiringServer(FIRST, SECOND, THIRD) as server:
        asleep, awake = asyncio.Event(), asyncio.Event()

        async def sleep(_: float) -> None:
            asleep.set()
            await awake.wait()

        async with session_on(server, clock=clock, sleep=sleep, timeout=10) as session:
            server.refused = {FIRST, SECOND}
            waiting = asyncio.create_task(list_accounts(session))
            await asyncio.wait_for(asleep.wait(), 1)
            clock.advance(30)
            await list_accounts(session)
            awake.set()
            await waiting
            assert tokens_sent(server) == [FIRST, SECOND, SECOND, THIRD, THIRD]


async def test_closing_ends_a_call_that_waits_for_a_hold(clock: MovedClock) -> None:
    async with ExpiringServer(FIRST, SECOND) as server:
        asleep = asyncio.Event()

        async def sleep(_: float) -> None:
            asleep.set()
            await asyncio.sleep(60)

        session = session_on(server, clock=clock, sleep=sleep)
        server.refused = {FIRST, SECOND}
        waiting = asyncio.create_task(list_accounts(session))
        await asyncio.wait_for(asleep.wait(), 1)
        await session.close()
        await asyncio.wait([waiting], timeout=1)
        assert isinstance(waiting.exception(), TransportError)


async def test_tasks_that_meet_a_refused_fresh_token_cause_one_renewal_only(clock: MovedClock) -> None:
    async with (
        ExpiringServer(FIRST, SECOND, THIRD) as server,
        session_on(server, clock=clock, sleep=clock.sleep, timeout=0.5) as session,
    ):
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
    caplog.set_level(logging.WARNING, "finicity_async")
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
