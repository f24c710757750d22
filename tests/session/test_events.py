"""What a session tells a listener and the log: which events, in which order, and never an ID or a secret."""

import asyncio
import copy
import logging
import pickle
import pprint
from typing import Any

import aiohttp
import msgspec
import pytest

from finicity_async import (
    AsyncSession,
    AuthenticationError,
    Credentials,
    Sandbox,
    ServerError,
    get_customer_account,
    get_customer_accounts,
    refresh_customer_accounts_v2,
)
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from finicity_async.events import (
    Answered,
    Called,
    Event,
    Finished,
    LoggedIn,
    LoginRefused,
    Paused,
    Sent,
    SlowedDown,
    WillRetry,
)
from finicity_async.sandbox import Hang, Status, TooManyRequests
from tests.support.servers import until

CUSTOMER = 1005061234


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0)


def session_on(sandbox: Sandbox, events: list[Event], **options: Any) -> AsyncSession:
    options = {"random": lambda: 0.5, "sleep": no_sleep, **options}
    return AsyncSession(sandbox.credentials, base_url=sandbox.url, on_event=events.append, **options)


def kinds(events: list[Event], operation: str | None = None) -> list[str]:
    return [type(event).__name__ for event in events if operation in (None, event.operation)]


def found(events: list[Event], kind: type[Event]) -> Any:
    (event,) = (event for event in events if type(event) is kind)
    return event


async def test_a_call_is_told_from_its_begin_to_its_value(sandbox: Sandbox) -> None:
    events: list[Event] = []
    async with session_on(sandbox, events) as session:
        accounts = await get_customer_accounts(session, CUSTOMER)
    assert kinds(events, "CreateToken") == ["Called", "Sent", "Answered", "Finished", "LoggedIn"]
    assert kinds(events, "GetCustomerAccounts") == ["Called", "Sent", "Answered", "Finished"]
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert (finished.value, finished.error, finished.attempts) == (accounts, None, 1)
    assert finished.elapsed > 0


async def test_the_events_of_a_call_share_its_number_and_no_other_call_has_it(sandbox: Sandbox) -> None:
    events: list[Event] = []
    async with session_on(sandbox, events) as session:
        await asyncio.gather(*(get_customer_accounts(session, CUSTOMER) for _ in range(3)))
    by_call: dict[int, list[Event]] = {}
    for event in events:
        by_call.setdefault(event.call, []).append(event)
    assert len(by_call) == 4
    for told in by_call.values():
        assert len({event.operation for event in told}) == 1
        assert kinds(told)[:4] == ["Called", "Sent", "Answered", "Finished"]


async def test_a_retry_tells_why_and_after_how_long(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    events: list[Event] = []
    sandbox.add_fault(Status(operation="GetCustomerAccounts", status=503, first=1))
    with caplog.at_level(logging.INFO, "finicity_async"):
        async with session_on(sandbox, events) as session:
            await get_customer_accounts(session, CUSTOMER)
    retry = found(events, WillRetry)
    assert (retry.attempt, retry.delay, type(retry.error)) == (1, 0.25, ServerError)
    assert [event.attempt for event in events if isinstance(event, Sent) and event.call == retry.call] == [1, 2]
    assert [event.status for event in events if isinstance(event, Answered) and event.call == retry.call] == [503, 200]
    levels = {record.levelname: record.getMessage() for record in caplog.records}
    assert levels["INFO"].startswith("GetCustomerAccounts: attempt 1 failed, next in 0.25 s: ")
    assert str(CUSTOMER) not in caplog.text


async def test_a_429_pauses_and_slows_down(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    events: list[Event] = []
    sandbox.add_fault(TooManyRequests(operation="GetCustomerAccounts", first=1, retry_after=3))
    with caplog.at_level(logging.WARNING, "finicity_async"):
        async with session_on(sandbox, events, max_connections=10) as session:
            await get_customer_accounts(session, CUSTOMER)
    assert found(events, Paused).seconds == 3
    assert found(events, SlowedDown).concurrency == 5
    assert found(events, WillRetry).delay == 0
    assert [record.getMessage() for record in caplog.records] == [
        "GetCustomerAccounts: the vendor cannot keep up; at most 5 requests at a time from now on",
        "GetCustomerAccounts: the vendor asks for a pause; nothing is sent for 3.00 s",
    ]


async def test_a_login_and_its_refusal_are_told(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    events: list[Event] = []
    good = sandbox.credentials
    wrong = Credentials(good.app_key, good.partner_id, "wrong-secret-1")
    with caplog.at_level(logging.INFO, "finicity_async"):
        async with session_on(sandbox, events) as session:
            await get_customer_accounts(session, CUSTOMER)
            assert found(events, LoggedIn).operation == "CreateToken"
        events.clear()
        async with AsyncSession(wrong, base_url=sandbox.url, on_event=events.append) as session:
            with pytest.raises(AuthenticationError):
                await get_customer_accounts(session, CUSTOMER)
    refused = found(events, LoginRefused)
    assert isinstance(refused.error, AuthenticationError)
    assert [record.levelname for record in caplog.records] == ["INFO", "ERROR"]
    assert "wrong-secret-1" not in caplog.text


async def test_an_error_and_a_cancellation_end_a_call_in_the_open(sandbox: Sandbox) -> None:
    events: list[Event] = []
    sandbox.add_fault(Hang(operation="GetCustomerAccount"))
    async with session_on(sandbox, events) as session:
        sandbox.add_fault(Status(operation="RefreshCustomerAccountsV2", status=503))
        with pytest.raises(ServerError):
            await refresh_customer_accounts_v2(session, CUSTOMER)
        task = asyncio.create_task(get_customer_account(session, CUSTOMER, 5011648377))
        await until(lambda: kinds(events, "GetCustomerAccount") == ["Called", "Sent"])
        task.cancel()
        await asyncio.wait([task])
        await get_customer_accounts(session, CUSTOMER)
    ends = {event.operation: event.error for event in events if isinstance(event, Finished)}
    assert isinstance(ends["RefreshCustomerAccountsV2"], ServerError)
    assert isinstance(ends["GetCustomerAccount"], asyncio.CancelledError)
    assert ends["GetCustomerAccounts"] is None


async def test_a_call_that_the_close_of_the_session_ends_finishes_with_that_error(sandbox: Sandbox) -> None:
    events: list[Event] = []
    sandbox.add_fault(Hang(operation="GetCustomerAccounts"))
    async with session_on(sandbox, events) as session:
        task = asyncio.create_task(get_customer_accounts(session, CUSTOMER))
        await until(lambda: "Sent" in kinds(events, "GetCustomerAccounts"))
    with pytest.raises(Exception, match="session was closed") as caught:
        await task
    assert events[-1] == Finished(
        events[-1].call, "GetCustomerAccounts", 1, found_elapsed(events[-1]), value=None, error=caught.value
    )


def found_elapsed(event: Event) -> float:
    assert isinstance(event, Finished)
    return event.elapsed


async def test_what_a_listener_raises_is_logged_and_dropped(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: Event) -> None:
        raise LookupError(f"personal {event.operation}")

    async with AsyncSession(sandbox.credentials, base_url=sandbox.url, on_event=broken) as session:
        assert len(await get_customer_accounts(session, CUSTOMER)) == 4
    assert "on_event raised LookupError for Answered" in caplog.text
    assert "personal" not in caplog.text


async def test_a_listener_is_called_in_the_context_of_the_caller(sandbox: Sandbox) -> None:
    tasks = []

    def note(event: Event) -> None:
        if event.operation == "GetCustomerAccounts":
            tasks.append(asyncio.current_task())

    async with AsyncSession(sandbox.credentials, base_url=sandbox.url, on_event=note) as session:
        await get_customer_accounts(session, CUSTOMER)
    assert set(tasks) == {asyncio.current_task()}


async def test_events_and_their_log_lines_show_no_id(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    events: list[Event] = []
    sandbox.add_fault(Status(operation="GetCustomerAccounts", status=503, first=1, body=f"customer {CUSTOMER}"))
    with caplog.at_level(logging.DEBUG, "finicity_async"):
        async with session_on(sandbox, events) as session:
            await get_customer_accounts(session, CUSTOMER)
    text = caplog.text + "".join(map(repr, events)) + "".join(event.describe() for event in events)
    assert "GetCustomerAccounts" in text
    for secret in (str(CUSTOMER), "5011648377", sandbox.url, *sandbox.credentials.secrets()):
        assert secret not in text


async def test_trace_hooks_find_the_operation_and_the_attempt(sandbox: Sandbox) -> None:
    seen: list[object] = []

    async def note(_: object, context: Any, __: object) -> None:
        seen.append(context.trace_request_ctx)

    hooks = aiohttp.TraceConfig()
    hooks.on_request_start.append(note)
    sandbox.add_fault(Status(operation="GetCustomerAccounts", status=503, first=1))
    events: list[Event] = []
    async with session_on(sandbox, events, trace_configs=[hooks]) as session:
        await get_customer_accounts(session, CUSTOMER)
    assert seen == [event for event in events if isinstance(event, Sent)]
    assert [(event.operation, event.attempt) for event in seen if isinstance(event, Sent)] == [
        ("CreateToken", 1),
        ("GetCustomerAccounts", 1),
        ("GetCustomerAccounts", 2),
    ]


async def test_a_pause_begins_before_the_call_is_sent_again(sandbox: Sandbox) -> None:
    events: list[Event] = []
    sandbox.add_fault(TooManyRequests(operation="GetCustomerAccounts", first=2, retry_after=1))
    async with session_on(sandbox, events) as session:
        await get_customer_accounts(session, CUSTOMER)
    told = [kind for kind in kinds(events, "GetCustomerAccounts") if kind in ("Sent", "Paused", "WillRetry")]
    assert told == ["Sent", "Paused", "WillRetry", "Sent", "Paused", "WillRetry", "Sent"]


def test_an_event_without_a_line_of_its_own_names_its_operation_and_kind() -> None:
    assert (
        Called(1, "GetCustomerAccounts", "GET", "/accounts", "https://api.example").describe()
        == "GetCustomerAccounts: Called"
    )


async def test_an_error_that_is_not_the_librarys_finishes_a_call_and_counts_as_a_failure(sandbox: Sandbox) -> None:
    class Picky(msgspec.Struct):
        def __post_init__(self) -> None:
            raise LookupError("picky")

    events: list[Event] = []
    async with session_on(sandbox, events) as session:
        with pytest.raises(LookupError):
            await session.send(GET_CUSTOMER_ACCOUNTS.request(customerId=CUSTOMER).into(Picky))
        assert session.stats.failures == 1
        assert isinstance(events[-1], Finished)
        assert isinstance(events[-1].error, LookupError)
        await get_customer_accounts(session, CUSTOMER)


EVENTS = [
    (Called(1, "GetX", "GET", "/x", "https://secret.example"), "method='GET', path='/x'"),
    (Sent(1, "GetX", 2, refresh=True), "attempt=2, refresh=True"),
    (Finished(1, "GetX", 2, 0.5, {"balance": 1}, None), "attempts=2, elapsed=0.5, error=None"),
]


@pytest.mark.parametrize(("event", "shown"), EVENTS, ids=lambda part: type(part).__name__)
def test_an_event_shows_its_fields_but_neither_the_service_nor_the_value(event: Event, shown: str) -> None:
    pretty = pytest.importorskip("rich.pretty")
    expected = f"{type(event).__name__}(call=1, operation='GetX', {shown})"
    assert repr(event) == pprint.pformat(event, width=200) == pretty.pretty_repr(event, max_width=200) == expected


@pytest.mark.parametrize("event", [event for event, _ in EVENTS], ids=lambda event: type(event).__name__)
def test_an_event_is_a_frozen_value(event: Event) -> None:
    assert pickle.loads(pickle.dumps(event)) == copy.deepcopy(event) == event  # noqa: S301 -- our own bytes
    with pytest.raises(AttributeError):
        event.call = 2  # type: ignore[misc]  # -- what is tested
    assert event.call == 1
