"""How many logins are sent without a clear answer: the vendor may count each as failed, and locks after five."""

import asyncio
import itertools
import logging

import pytest

from finicity_async import (
    AuthenticationError,
    Credentials,
    FinicityError,
    RateLimitError,
    TransportError,
    create_token,
    get_customer_accounts,
    map_customers,
)
from finicity_async.endpoints.authentication import CREATE_TOKEN
from finicity_async.events import LoginRefused
from finicity_async.models import PartnerCredentials
from tests.support.clock import MovedClock
from tests.support.held import HeldServer, is_login, until
from tests.support.logins import (
    BAD_SECRET,
    CREDENTIALS,
    FIRST,
    MINUTE,
    NEW_SECRET,
    SECRET,
    Call,
    WrittenStore,
    list_accounts,
    outcomes,
    session_on,
    token_reply,
)
from tests.support.servers import TOKEN, Answer, Close, Hang, RawServer, http

pytestmark = pytest.mark.usefixtures("no_task_is_left")

UNANSWERED: dict[str, tuple[Answer, int | None]] = {
    "504": (http(504), 504),
    "408": (http(408, {"code": 10001}), 408),
    "500": (http(500), 500),
    "501": (http(501), 501),
    "503 with a code in words": (http(503, {"code": "OVERLOADED"}), 503),
    "302": (http(302, headers={"Location": "https://example.invalid/"}), 302),
    "200 without a token": (http(200, {}), 200),
    "200 in HTML": (http(200, "<html>"), 200),
    "204": (http(204), 204),
    "lost": (Close(), None),
    "reset": (Close(reset=True), None),
    "timeout": (Hang(), None),
    "cut 200": (Close(http(200, b"{", {"Content-Length": "40"})), None),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", None),
    "bad header name": (b"HTTP/1.1 200 OK\r\nContent Type: x\r\nContent-Length: 2\r\n\r\n{}", None),
}


@pytest.mark.parametrize("call", [list_accounts, create_token])
@pytest.mark.parametrize(("answer", "status"), UNANSWERED.values(), ids=UNANSWERED)
async def test_secret_that_never_worked_is_sent_three_times_without_a_clear_answer(
    answer: Answer, status: int | None, call: Call, clock: MovedClock
) -> None:
    server = RawServer(default_login=answer)
    timeout = 0.1 if isinstance(answer, Hang) else 20.0
    async with server, session_on(server, timeout=timeout, clock=clock, sleep=clock.sleep) as session:
        for _ in range(4):
            await outcomes(session, call, 3)
            clock.advance(30 * MINUTE)
        assert (len(server.logins), server.calls) == (3, [])
        with pytest.raises(AuthenticationError, match="3 logins had no clear answer") as caught:
            await call(session)
        assert (caught.value.status, caught.value.operation) == (status, "CreateToken")
        assert caught.value.retryable is False
        server._default_login = TOKEN
        session.retry_login()
        await call(session)


@pytest.mark.parametrize(("answer", "status"), [UNANSWERED["504"], UNANSWERED["lost"]])
async def test_fan_out_over_a_login_without_a_clear_answer_ends_after_three(
    answer: Answer, status: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[object] = []
    server = RawServer(default_login=answer)
    async with server, session_on(server, on_event=events.append) as session:
        for _ in range(3):
            with pytest.raises(AuthenticationError) as caught:
                async with map_customers(session, get_customer_accounts, range(100), limit=30) as mapped:
                    assert [one async for one in mapped if not isinstance(one.error, FinicityError)] == []
            assert caught.value.status == status
        assert (len(server.logins), server.calls) == (3, [])
        assert session.login_refusal is not None
    assert len([event for event in events if isinstance(event, LoginRefused)]) == 1
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "a restart begins anew" in record.getMessage()
    assert SECRET not in caplog.text


async def test_calls_that_come_one_by_one_share_the_count() -> None:
    async with RawServer(default_login=http(504)) as server, session_on(server, max_tries=1) as session:
        kinds = []
        for _ in range(5):
            with pytest.raises(FinicityError) as caught:
                await list_accounts(session)
            kinds.append(type(caught.value).__name__)
        assert kinds == [
            "ServerError",
            "ServerError",
            "AuthenticationError",
            "AuthenticationError",
            "AuthenticationError",
        ]
        assert len(server.logins) == 3


async def test_success_clears_the_count() -> None:
    server = RawServer(logins=(http(504), Close(), *token_reply(FIRST)), default_login=http(504))
    async with server, session_on(server, max_tries=1) as session:
        for _ in range(2):
            with pytest.raises(FinicityError):
                await create_token(session)
        await create_token(session)
        for _ in range(2):
            with pytest.raises(FinicityError):
                await create_token(session)
        assert session.login_refusal is None
        assert len(server.logins) == 5


@pytest.mark.parametrize(
    "answer", [http(429, headers={"Retry-After": "61"}), http(429, {"code": 38003}, {"Retry-After": "61"})]
)
async def test_429_does_not_count(answer: bytes) -> None:
    async with RawServer(logins=(answer,) * 9) as server, session_on(server) as session:
        for _ in range(9):
            with pytest.raises(FinicityError) as caught:
                await list_accounts(session)
            assert not isinstance(caught.value, AuthenticationError)
        await list_accounts(session)
        assert len(server.logins) == 10


async def test_429_leaves_the_count_of_lost_logins_as_it_is() -> None:
    limit = http(429, headers={"Retry-After": "61"})
    async with (
        RawServer(logins=(Close(), Close(), limit), default_login=Close()) as server,
        session_on(server) as session,
    ):
        kinds = [type((await outcomes(session, list_accounts, 1))[0]) for _ in range(4)]
        assert kinds == [TransportError, RateLimitError, AuthenticationError, AuthenticationError]
        assert len(server.logins) == 4


async def test_connection_that_was_never_made_does_not_count() -> None:
    async with RawServer(listening=False) as server, session_on(server, max_tries=2) as session:
        for _ in range(5):
            with pytest.raises(TransportError) as caught:
                await list_accounts(session)
            assert caught.value.sent is False
        await server.listen()
        await list_accounts(session)


async def test_login_that_was_never_sent_because_the_session_closed_does_not_count(clock: MovedClock) -> None:
    store = WrittenStore()
    asleep = asyncio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        await asyncio.sleep(60)

    async with RawServer() as server:
        session = session_on(server, token_store=store, clock=clock, sleep=sleep, requests_per_second=0.001)
        session._pacer._next_start += 10
        task = asyncio.create_task(list_accounts(session))
        await asleep.wait()
        logins = session._logins._store._logins
        found = await logins.load_logins(CREDENTIALS.fingerprint())
        assert found is not None
        assert found[0].unanswered == 1
        await session.close()
        await asyncio.wait([task])
        found = await logins.load_logins(CREDENTIALS.fingerprint())
        assert found is not None
        assert found[0].unanswered == 0
        assert server.logins == []


async def test_login_that_was_under_way_when_the_session_closed_counts() -> None:
    store = WrittenStore()
    async with HeldServer(holds=is_login) as server:
        session = session_on(server, token_store=store)
        task = asyncio.create_task(list_accounts(session))
        await until(lambda: server.arrived)
        await session.close()
        await asyncio.wait([task])
        found = await session._logins._store._logins.load_logins(CREDENTIALS.fingerprint())
        assert found is not None
        assert found[0].unanswered == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, 24302), (500, "24302"), (503, 10001), (504, 102), (202, 10001), (200, 10001), (302, 10001), (400, None)],
)
async def test_any_answer_with_a_vendor_code_is_a_refusal_and_speaks_of_the_partner(
    status: int, code: int | str | None
) -> None:
    answer = http(status, {"code": code, "message": "Partner account is locked. Sign in"})
    async with RawServer(default_login=answer) as server, session_on(server) as session:
        with pytest.raises(AuthenticationError) as first:
            async with map_customers(session, get_customer_accounts, range(100), limit=20) as mapped:
                _ = [one async for one in mapped]
        with pytest.raises(AuthenticationError) as caught:
            await list_accounts(session)
        assert (len(server.logins), server.calls) == (1, [])
        for error in (first.value, caught.value):
            assert (error.status, error.code) == (status, None if code is None else str(code))
            assert (error.retryable, error.aggregation) == (False, None)
            assert "FINICITY_PARTNER_SECRET" in str(error)
            assert "retry_login" in str(error)
            assert not {"bank", "institution", "user"} & set(str(error).replace(".", "").lower().split())


async def test_secret_that_has_worked_is_tried_again_at_growing_distances(clock: MovedClock) -> None:
    server = RawServer(logins=token_reply(FIRST), default_login=http(504))
    async with server, session_on(server, clock=clock, max_tries=1) as session:
        await list_accounts(session)
        clock.advance(121 * MINUTE)
        moments: list[float] = []
        for _ in range(2 * 3600):
            before = len(server.logins)
            with pytest.raises(FinicityError) as caught:
                await list_accounts(session)
            assert not isinstance(caught.value, AuthenticationError)
            if len(server.logins) > before:
                moments.append(clock())
            else:
                assert isinstance(caught.value, TransportError)
                assert (caught.value.sent, caught.value.retryable) == (False, True)
            clock.advance(1)
        distances = [round(later - earlier) for earlier, later in itertools.pairwise(moments)]
        assert distances[:8] == [1, 1, 30, 60, 120, 240, 480, 900]
        assert set(distances[8:]) == {900}
        server._default_login = TOKEN
        clock.advance(900)
        await list_accounts(session)


async def test_refused_secret_that_has_worked_is_not_sent_again(clock: MovedClock) -> None:
    server = RawServer(logins=(*token_reply(FIRST), http(504), BAD_SECRET), default_login=TOKEN)
    async with server, session_on(server, clock=clock, max_tries=1) as session:
        await list_accounts(session)
        clock.advance(121 * MINUTE)
        for _ in range(4):
            with pytest.raises(FinicityError):
                await list_accounts(session)
        assert len(server.logins) == 3
        assert session.login_refusal is not None
        session.retry_login()
        await list_accounts(session)


@pytest.mark.parametrize("answer", [BAD_SECRET, http(504)], ids=["refused", "unanswered"])
@pytest.mark.parametrize("secret", [SECRET, NEW_SECRET], ids=["same", "new"])
async def test_use_secret_clears_refusal_and_count(answer: bytes, secret: str) -> None:
    async with RawServer(default_login=answer) as server, session_on(server) as session:
        for _ in range(2):
            await outcomes(session, list_accounts, 2)
        sent = len(server.logins)
        server._default_login = TOKEN
        session.use_secret(secret)
        assert session.login_refusal is None
        await list_accounts(session)
        assert len(server.logins) == sent + 1


async def test_retry_login_permits_three_more_and_no_fourth() -> None:
    async with RawServer(default_login=http(504)) as server, session_on(server) as session:
        for sent in (3, 6):
            for _ in range(3):
                await outcomes(session, list_accounts, 2)
            assert len(server.logins) == sent
            session.retry_login()
        server._default_login = TOKEN
        await list_accounts(session)


async def test_retry_login_of_a_view_is_that_of_its_session() -> None:
    async with RawServer(logins=(BAD_SECRET,)) as server, session_on(server) as session:
        view = session.with_options(timeout=5.0)
        await outcomes(view, list_accounts, 1)
        assert session.login_refusal is not None
        view.retry_login()
        await list_accounts(session)


@pytest.mark.parametrize("answer", [BAD_SECRET, http(504), Close()], ids=["refused", "unanswered", "lost"])
async def test_logins_that_the_user_makes_out_of_the_row_count_too(answer: Answer) -> None:
    request = CREATE_TOKEN.request(body=PartnerCredentials(partner_id="2445581234567", partner_secret=SECRET))
    async with RawServer(default_login=answer) as server, session_on(server) as session:
        for _ in range(2):
            await asyncio.gather(*(session.send(request) for _ in range(10)), return_exceptions=True)
            await outcomes(session, list_accounts, 5)
        assert len(server.logins) == (1 if answer is BAD_SECRET else 3)
        assert session.login_refusal is not None
        session.retry_login()
        server._default_login = TOKEN
        assert (await session.send(request)).token


async def test_refused_login_of_the_user_with_another_secret_does_not_touch_the_session() -> None:
    request = CREATE_TOKEN.request(body=PartnerCredentials(partner_id="2445581234567", partner_secret=NEW_SECRET))
    async with RawServer(logins=(BAD_SECRET,)) as server, session_on(server) as session:
        for _ in range(3):
            with pytest.raises(AuthenticationError):
                await session.send(request)
        await list_accounts(session)
        assert len(server.logins) == 2


async def test_login_row_of_a_user_with_another_body_counts_for_the_secret_of_the_session() -> None:
    from finicity_async import Operation

    row = Operation(
        "TheirLogin", "POST", "/aggregation/v2/partners/authentication", bytes, body_type=dict, token=False, login=True
    )
    async with RawServer(default_login=http(504)) as server, session_on(server, max_tries=1) as session:
        for _ in range(5):
            with pytest.raises(FinicityError):
                await session.send(row.request(body={"other": "body"}))
        assert len(server.logins) == 3
        session.use_secret(NEW_SECRET)
        server._default_login = TOKEN
        await list_accounts(session)


async def test_app_token_alone_is_no_secret_to_count() -> None:
    credentials = Credentials("key-0123456789", app_token="given-token")
    async with RawServer() as server, session_on(server, credentials) as session:
        session.retry_login()
        await list_accounts(session)
        assert server.logins == []


async def test_error_of_the_users_own_sleep_reaches_each_caller_as_one_of_ours(clock: MovedClock) -> None:
    async def sleep(_: float) -> None:
        raise OSError

    async with RawServer(logins=(http(503),)) as server, session_on(server, clock=clock, sleep=sleep) as session:
        session._retrying._random = lambda: 0.5
        errors = await outcomes(session, list_accounts, 3)
        assert {type(error) for error in errors} == {FinicityError}
        assert len({id(error) for error in errors}) == 3
        await list_accounts(session)
