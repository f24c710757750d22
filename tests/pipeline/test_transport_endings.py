"""How a call ends: timeouts, lost connections, cancellation and closing."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
import trustme

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    Credentials,
    Operation,
    RequestTimeoutError,
    TransportError,
    delete_customer_account,
    get_customer_accounts,
)
from finicity_async._pipeline.failures import transport_error
from finicity_async._pipeline.wire import send_once
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from tests.support.bodies import CAP, GARBAGE, GZIP, RAW, assert_usable, fails
from tests.support.servers import (
    TOKEN,
    WITH_SECRET,
    WITH_TOKEN,
    Answer,
    Close,
    Hang,
    Later,
    RawServer,
    http,
    session_on,
    until,
)

CLOSED = (ConfigurationError, TransportError)
"""How a call ends whose session is closed: nothing was sent, or the response is not waited for."""

TIMEOUTS = {
    "total": (aiohttp.ClientTimeout(total=0.02), TimeoutError, True),
    "sock_read": (aiohttp.ClientTimeout(sock_read=0.02), aiohttp.SocketTimeoutError, True),
    "sock_connect": (aiohttp.ClientTimeout(sock_connect=0.02), aiohttp.ConnectionTimeoutError, False),
}


@pytest.mark.parametrize(("limits", "cls", "sent"), TIMEOUTS.values(), ids=TIMEOUTS)
async def test_trap_6_every_timeout_of_aiohttp_becomes_ours(
    limits: aiohttp.ClientTimeout, cls: type[Exception], sent: bool
) -> None:
    """Each of the three is raised by aiohttp itself, through our middleware, and then turned."""
    async with RawServer(default=Hang(), listening=sent) as server:
        server.hold()
        url = server.url if sent else server.url.replace("http:", "https:")
        async with aiohttp.ClientSession(timeout=limits, middlewares=(send_once,)) as client:
            with pytest.raises(cls) as caught:
                await client.get(url)
    assert type(caught.value) is cls
    error = transport_error(GET_CUSTOMER_ACCOUNTS, caught.value)
    assert isinstance(error, RequestTimeoutError)
    assert isinstance(error, TimeoutError)
    assert (error.sent, error.retryable) == (sent, True)


SLOW: dict[str, Answer] = {
    "no response": Hang(),
    "in the head": b"HTTP/1.1 200 OK\r\nContent-",
    "in the body": http(200, b"{", {"Content-Length": "15"}),
    "in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{",
    "before the connection closes": b"HTTP/1.1 200 OK\r\n\r\n{",
}


@pytest.mark.parametrize("answer", SLOW.values(), ids=SLOW)
async def test_trap_6_the_timeout_covers_everything_to_the_end_of_the_body(answer: Answer) -> None:
    async with RawServer(answer) as server, session_on(server, timeout=0.5, max_tries=1) as session:
        error = await fails(session)
        assert isinstance(error, RequestTimeoutError)
        await until(lambda: server.calls)
        assert (error.sent, len(server.calls)) == (True, 1)
        await assert_usable(session)


async def test_a_timeout_of_the_row_goes_before_that_of_the_session() -> None:
    hurried = Operation("Hurried", "GET", "/hurried", bytes, timeout=0.05)
    async with RawServer(Hang()) as server, session_on(server, max_tries=1) as session:
        with pytest.raises(RequestTimeoutError):
            await asyncio.wait_for(session.send(hurried.request()), 2)
        await assert_usable(session)


FAILURES: dict[str, Answer] = {
    "closed": Close(),
    "reset": Close(reset=True),
    "cut": Close(after=http(200, b"{", {"Content-Length": "15"})),
    "garbage": Close(after=GARBAGE["text"]),
    "hangs": Hang(),
    "not gzip": http(200, b"no such thing", GZIP),
    "too long": http(200, bytes(CAP + 1)),
    "503": http(503),
    "401": http(401, {"code": 10022}),
}


def assert_clean(error: BaseException, *secrets: str) -> None:
    """Make sure that an error leads to nothing of aiohttp, whose errors hold URLs and headers."""
    assert (error.__cause__, error.__context__) == (None, None)
    held = f"{error} {error!r} {error.args} {error.__dict__}"
    assert [secret for secret in (*secrets, "127.0.0.1", "/bytes") if secret in held] == []


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("credentials", [WITH_TOKEN, WITH_SECRET], ids=["call", "login"])
@pytest.mark.parametrize("max_tries", [1, 2])
async def test_an_error_leads_to_nothing_of_aiohttp(name: str, credentials: Credentials, max_tries: int) -> None:
    answers = [FAILURES[name]] * (1 if name in ("not gzip", "too long", "401") else max_tries)
    server = RawServer(*answers) if credentials is WITH_TOKEN else RawServer(logins=tuple(answers))
    options: dict[str, Any] = {"timeout": 0.5, "max_body": CAP, "max_tries": max_tries}
    async with server, session_on(server, credentials, **options) as session:
        error = await fails(session)
        assert len(server.calls) + len(server.logins) == len(answers)
        assert_clean(error, *credentials.secrets())
        session.use_secret("another-secret-0001")
        await assert_usable(session)


@pytest.mark.parametrize("trusted", [True, False], ids=["refused", "untrusted"])
async def test_an_error_of_connecting_leads_to_nothing_of_aiohttp_either(trusted: bool) -> None:
    certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority, trust = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("127.0.0.1").configure_cert(certificate)
    server = RawServer(tls=certificate, listening=not trusted)
    async with server, aiohttp.TCPConnector(ssl=trust) as connector, session_on(server, connector=connector) as session:
        error = await fails(session)
        assert isinstance(error, TransportError)
        assert not error.sent
        assert_clean(error, *WITH_TOKEN.secrets())
        await server.listen()
        authority.configure_trust(trust)
        await assert_usable(session)


def leftovers() -> set[asyncio.Task[Any]]:
    """Return every task but the test's own and the server's."""
    serving = {task for task in asyncio.all_tasks() if "RawServer" in repr(task.get_coro())}
    return asyncio.all_tasks() - serving - {asyncio.current_task()}


class Stage:
    """Brings a call of a session to some point, where it stays."""

    def __init__(self, *answers: Answer, logins: tuple[Answer, ...] = (), **options: Any) -> None:
        self.server = RawServer(*answers, logins=logins)
        self.options = {"max_connections": 1, "sleep": self.sleep, **options}
        self.credentials = WITH_SECRET if logins else WITH_TOKEN
        self.is_waiting = False

    async def sleep(self, _: float) -> None:
        """Wait the first time for a moment that never comes."""
        if not self.is_waiting:
            self.is_waiting = True
            await asyncio.Event().wait()

    async def reach(self, session: AsyncSession) -> None:
        """Return when the call is where it was to be."""
        await until(lambda: self.is_waiting or ((self.server.calls or self.server.logins) and session.stats.in_flight))
        for _ in range(20):
            await asyncio.sleep(0)


STAGES: dict[str, Callable[[], Stage]] = {
    "waits for the response": lambda: Stage(Hang()),
    "is in the body": lambda: Stage(http(200, b"{", {"Content-Length": "15"})),
    "is in a chunk": lambda: Stage(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{"),
    "is in a body without length": lambda: Stage(b"HTTP/1.1 200 OK\r\n\r\n{"),
    "waits for the token": lambda: Stage(logins=(Later(0.3, TOKEN),)),
    "is paused": lambda: Stage(http(429, headers={"Retry-After": "30"})),
}


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
async def test_cancelling_a_call_leaves_no_task_and_a_usable_session(stage: Callable[[], Stage]) -> None:
    """The only slot is free again; a login under way goes on for the calls to come."""
    reached = stage()
    async with reached.server as server, session_on(server, reached.credentials, **reached.options) as session:
        call = asyncio.create_task(session.send(RAW))
        await reached.reach(session)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        for _ in range(3):  # python-backoff leaves a generator to the loop, which closes it a turn later
            await asyncio.sleep(0)
        login = {task for task in leftovers() if task.get_name() == "finicity_async: renew the token"}
        assert leftovers() - login == set()
        assert session.stats.waiting == 0
        assert session.stats.in_flight == len(login) == len(server.logins)
        await asyncio.wait_for(assert_usable(session), 2)
        assert (leftovers(), len(server.logins)) == (set(), len(login))


async def test_cancelling_a_call_in_the_queue_leaves_the_others_alone() -> None:
    async with RawServer(Hang()) as server, session_on(server, max_connections=1) as session:
        calls = [asyncio.create_task(session.send(RAW)) for _ in range(3)]
        await until(lambda: session.stats.in_flight == 1 and session.stats.waiting == 2 and server.calls)
        calls[1].cancel()
        await asyncio.wait([calls[1]])
        assert (session.stats.in_flight, session.stats.waiting) == (1, 1)
        calls[0].cancel()
        await asyncio.wait_for(calls[2], 2)
        assert (len(server.calls), leftovers()) == (2, set())
        await assert_usable(session)


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("connector", ["own", "given"])
async def test_closing_a_session_ends_a_call_wherever_it_is(stage: Callable[[], Stage], connector: str) -> None:
    reached = stage()
    async with reached.server as server, aiohttp.TCPConnector() as given:
        options = reached.options | ({"connector": given} if connector == "given" else {})
        session = session_on(server, reached.credentials, **options)
        call = asyncio.create_task(session.send(RAW))
        await reached.reach(session)
        await session.close()
        done, _ = await asyncio.wait([call], timeout=0.3)
        call.cancel()
        assert done == {call}
        assert isinstance(call.exception(), CLOSED)
        assert leftovers() == set()
        sent = len(server.calls), len(server.logins)
        with pytest.raises(ConfigurationError):
            await session.send(RAW)
        assert (len(server.calls), len(server.logins)) == sent


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
async def test_a_task_whose_call_was_ended_by_closing_goes_on_as_if_never_cancelled(stage: Callable[[], Stage]) -> None:
    reached = stage()

    async def call_and_go_on() -> int:
        async with asyncio.timeout(5):
            with pytest.raises(CLOSED):
                await session.send(RAW)
            await asyncio.sleep(0)
            task = asyncio.current_task()
            return -1 if task is None else task.cancelling()

    async with reached.server as server:
        session = session_on(server, reached.credentials, **reached.options)
        going_on = asyncio.create_task(call_and_go_on())
        await reached.reach(session)
        await session.close()
        assert await asyncio.wait_for(going_on, 2) == 0


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "in turn"])
async def test_closing_a_session_twice_ends_a_call_as_closing_it_once_does(
    stage: Callable[[], Stage], at_once: bool
) -> None:
    reached = stage()
    async with reached.server as server:
        session = session_on(server, reached.credentials, **reached.options)
        call = asyncio.create_task(session.send(RAW))
        await reached.reach(session)
        if at_once:
            await asyncio.gather(session.close(), session.close())
        else:
            await session.close()
            await session.close()
        await asyncio.wait([call], timeout=1)
        assert not call.cancelled()
        assert isinstance(call.exception(), CLOSED)
        assert leftovers() == set()


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("first", ["cancelled", "closed"])
async def test_a_call_that_is_cancelled_while_its_session_closes_stays_cancelled(
    stage: Callable[[], Stage], first: str
) -> None:
    reached = stage()
    async with reached.server as server:
        session = session_on(server, reached.credentials, **reached.options)
        call = asyncio.create_task(session.send(RAW))
        await reached.reach(session)
        closing = session.close()
        if first == "cancelled":
            call.cancel()
            await closing
        else:
            task = asyncio.create_task(closing)
            asyncio.get_running_loop().call_soon(call.cancel)
            await task
        await asyncio.wait([call], timeout=1)
        assert call.cancelled()
        assert leftovers() == set()


async def test_closing_a_session_ends_the_calls_in_its_queue() -> None:
    async with RawServer(Hang()) as server:
        session = session_on(server, max_connections=1)
        calls = [asyncio.create_task(session.send(RAW)) for _ in range(4)]
        await until(lambda: server.calls and session.stats.waiting == 3)
        await session.close()
        results = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 2)
        assert {type(result) for result in results} <= set(CLOSED)
        assert (len(server.calls), leftovers()) == (1, set())


async def test_only_a_call_that_was_sent_has_an_unknown_outcome_when_its_session_closes() -> None:
    async with RawServer(Hang()) as server:
        session = session_on(server, max_connections=1)
        calls = [asyncio.create_task(delete_customer_account(session, 1, number)) for number in (2, 3)]
        await until(lambda: server.calls and session.stats.waiting)
        await session.close()
        results = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 2)
        assert len(server.calls) == 1
        assert ["not known" in str(result) for result in results] == [True, False]


async def test_closing_a_session_twice_or_before_its_first_call_is_fine() -> None:
    async with RawServer() as server:
        session = session_on(server)
        await session.close()
        await session.close()
        assert session.closed
        with pytest.raises(ConfigurationError):
            await session.send(RAW)
        assert server.connections == 0


async def test_a_connector_that_was_given_stays_open_when_the_session_closes() -> None:
    async with RawServer() as server, aiohttp.TCPConnector() as connector:
        for _ in range(2):
            async with session_on(server, connector=connector) as session:
                await assert_usable(session)
        assert not connector.closed
        assert (len(server.calls), server.connections) == (2, 1)


async def test_closing_ends_a_call_made_while_its_task_is_being_cancelled_with_an_error_of_ours() -> None:
    errors: list[BaseException] = []
    async with RawServer(default=Hang()) as server:
        session = session_on(server)

        async def clean_up() -> None:
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                try:
                    await get_customer_accounts(session, 1)
                except BaseException as error:  # noqa: BLE001 -- whatever it is
                    errors.append(error)
                raise

        task = asyncio.create_task(clean_up())
        await asyncio.sleep(0)
        task.cancel()
        await until(lambda: server.calls)
        await session.close()
        await asyncio.wait((task,))
    assert [type(error) for error in errors] == [TransportError]
    assert task.cancelled()


async def test_timeouts_of_every_length_leave_nothing_behind() -> None:
    async with RawServer() as server, session_on(server) as session:
        for place in range(50):
            await session.send(Operation("GetX", "GET", "/x", bytes, timeout=5 + place / 100).request())
        assert not session._transport._deadlines._by_timeout
