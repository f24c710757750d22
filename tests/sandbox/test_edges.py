"""A sandbox on a thread of its own under load, scripts that do not fit, and tokens after a reset."""

import asyncio
import math
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from finicity_async import AsyncSession, Sandbox, ServerError, get_customer_accounts, refresh_customer_accounts_v2
from finicity_async.sandbox import QUIRKS, Call, ExpiredToken, Quirk, RefreshScript, RevokedToken, Status
from finicity_async.sandbox.journal import Journal
from finicity_async.sandbox.responses import json_response
from tests.support.wire import ACCOUNT, ACCOUNTS, CUSTOMERS, Wire, get_once, token_of


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Let Python change between threads far more often than it does, so that a race shows in a second."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


class Beside:
    """Call a function again and again on another thread while the block runs; an error in it fails the block."""

    def __init__(self, function: Callable[[], object]) -> None:
        self._function = function
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._error: BaseException | None = None

    def _run(self) -> None:
        try:
            while not self._done.is_set():
                self._function()
        except BaseException as error:  # noqa: BLE001  # pragma: no cover -- only where a test fails
            self._error = error

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        if self._error is not None:  # pragma: no cover -- only where a test fails
            raise self._error


@pytest.mark.usefixtures("hasty_threads")
def test_a_refresh_is_not_lost_when_a_test_looks_at_the_records_meanwhile() -> None:
    ids = [str(1005061236 + place) for place in range(400)]
    with Sandbox(customers=402, accounts=1, refresh_seconds=0.001) as sandbox:
        before = {one: _attempts(sandbox, one) for one in ids}

        async def refresh_all() -> None:
            async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
                for one in ids:
                    await refresh_customer_accounts_v2(session, one)

        with Beside(lambda: sandbox.customers):
            asyncio.run(refresh_all())
        sandbox.clock.advance(1)
        assert [one for one in ids if _attempts(sandbox, one) == before[one]] == []


def _attempts(sandbox: Sandbox, customer_id: str) -> list[int]:
    return [account["aggregationAttemptDate"] for account in sandbox.customers[customer_id].values()]


@pytest.mark.usefixtures("hasty_threads")
def test_customers_can_be_added_and_listed_and_copied_at_once() -> None:
    def add_and_remove() -> None:
        added = sandbox.add_customer()
        sandbox.add_account(added)
        del sandbox.customers[added]

    with Sandbox(customers=300) as sandbox:
        token = asyncio.run(token_of(sandbox))

        async def list_all() -> set[int]:
            async with Wire(sandbox, token) as wire:
                return {(await wire("GET", f"{CUSTOMERS}?search=customer")).status for _ in range(100)}

        with Beside(add_and_remove):
            assert asyncio.run(list_all()) == {200}
            for _ in range(20):
                sandbox.snapshot()


def test_a_fast_sandbox_shows_an_account_that_was_added_while_a_request_was_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Sandbox(customers=1, fast=True) as sandbox:
        token = asyncio.run(token_of(sandbox))
        state: Any = sandbox._state
        add = state.add_account

        def add_late(*arguments: Any) -> Any:
            state.kept_response("1005061234", lambda: _listed(sandbox))  # as a request does that comes first
            return add(*arguments)

        monkeypatch.setattr(state, "add_account", add_late)
        added = sandbox.add_account("1005061234")
        listed = asyncio.run(get_once(sandbox, token, ACCOUNTS)).json["accounts"]
        assert added["id"] in [one["id"] for one in listed]


def _listed(sandbox: Sandbox) -> Any:
    return json_response({"accounts": list(sandbox._state.customers["1005061234"].values())})


@pytest.mark.parametrize("fault", [ExpiredToken(first=1), RevokedToken(first=1)])
async def test_a_token_that_is_good_no_more_is_not_given_out_again_after_a_reset(
    fault: ExpiredToken | RevokedToken,
) -> None:
    async with Sandbox(customers=1) as sandbox, Wire(sandbox) as wire:
        await wire.log_in()
        dead = wire.token
        sandbox.add_fault(fault)
        assert (await wire("GET", ACCOUNTS)).status == 401
        sandbox.reset()
        await wire.log_in()
        assert wire.token != dead
        assert (await wire("GET", ACCOUNTS)).status == 200
        assert (await get_once(sandbox, dead)).status == 401


def test_a_script_takes_account_ids_as_numbers_too() -> None:
    assert RefreshScript(codes={int(ACCOUNT): 103}) == RefreshScript(codes={ACCOUNT: 103})


@pytest.mark.parametrize(
    "members",
    [
        {"answer": "disconect"},
        {"answer": 99},
        {"answer": True},
        {"seconds": -1.0},
        {"seconds": math.nan},
        {"seconds_apart": -1.0},
        {"success_delay": math.nan},
    ],
)
def test_a_script_that_does_not_fit_is_refused_when_it_is_made(members: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(members))):
        RefreshScript(**members)


@pytest.mark.parametrize("members", [{"customers": -1}, {"accounts": -1}])
def test_a_sandbox_with_fewer_than_no_customers_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="-1"):
        Sandbox(**members)


def test_a_sandbox_that_does_not_run_on_a_thread_says_so_when_it_is_left() -> None:
    with pytest.raises(RuntimeError, match="does not run"):
        Sandbox(customers=1).__exit__(None, None, None)


@pytest.mark.parametrize("date", ["9" * 5000, "%D9%A1"])
async def test_a_date_that_is_no_time_is_a_bad_request(date: str) -> None:
    path = f"{CUSTOMERS}/1005061234/institutionLogins/1007302745/accounts?fromDate={date}"
    async with Sandbox(customers=1) as sandbox, Wire(sandbox) as wire:
        await wire.log_in()
        assert (await wire("POST", path)).code == "14020"


def test_the_last_calls_say_how_many_came_before() -> None:
    journal = Journal()
    for place in range(25):
        journal.note(Call("GetCustomers", None, "GET", f"/{place}", 0.0, 0, 200))
    lines = journal.find(None, None).last(20).splitlines()
    assert lines[0] == "... 5 earlier"
    assert len(lines) == 21
    assert lines[-1].endswith("GET /24")


@pytest.mark.parametrize(
    "options",
    [["--port", "99999"], ["--rate-limit", "nan"], ["--rate-limit", "inf"], ["--customers", "-1"]],
)
def test_an_option_of_the_command_that_cannot_be_is_a_sentence_and_no_traceback(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    from finicity_async.cli.commands import run

    assert run(["sandbox", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f'Invalid value "{options[1]}" for {options[0]}. ')


async def test_an_account_named_by_number_in_a_script_ends_with_its_code() -> None:
    async with (
        Sandbox(customers=1, refresh_seconds=0) as sandbox,
        AsyncSession(sandbox.credentials, base_url=sandbox.url) as session,
    ):
        sandbox.script_refresh(RefreshScript(seconds=0, codes={int(ACCOUNT): 103}), 1005061234)
        await refresh_customer_accounts_v2(session, 1005061234)
        accounts = await get_customer_accounts(session, 1005061234)
        assert [one.aggregation_status_code for one in accounts][:2] == [103, 0]


@pytest.mark.parametrize("quirk", QUIRKS)
@pytest.mark.parametrize(
    "body", [{"accounts": None}, {"accounts": [1, {"detail": 5, "position": [7]}]}, [1], {"id": 1}]
)
def test_a_quirk_leaves_alone_what_is_no_account(quirk: str, body: Any) -> None:
    answer = json_response(body)
    altered = Quirk(quirk=quirk).alter(answer, None)  # type: ignore[arg-type]  # -- quirks look at the answer alone
    assert altered.status in (200, 204)


async def test_customers_are_found_by_number_too(sandbox: Sandbox) -> None:
    assert sandbox.customers.get(1005061234)  # type: ignore[call-overload]  # -- numbers are taken all the same
    assert sandbox.customers[1005061234] is sandbox.customers["1005061234"]
    sandbox.customers[7] = {}
    assert sandbox.add_customer() == "1005061244"
    del sandbox.customers[7]
    assert "7" not in sandbox.customers


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding"])
def test_a_header_that_frames_the_answer_cannot_be_set(name: str, sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="headers"):
        sandbox.add_fault(Status(status=200, headers={name: "1"}))


@pytest.mark.parametrize("headers", [{"X-Text": "a\n"}, {"X-Text\n": "a"}, {"X-Text": "a\r\n"}])
def test_a_header_that_ends_with_a_line_feed_cannot_be_set(headers: dict[str, str], sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="headers"):
        sandbox.add_fault(Status(status=200, headers=headers))


UNREADABLE: dict[str, bytes] = {
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: x\r\nX-Text: a\0b\r\n\r\n",
    "NUL in the name of a header": b"GET / HTTP/1.1\r\nHost: x\r\nX\0: ab\r\n\r\n",
    "NUL in the path": b"GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a long header": b"GET / HTTP/1.1\r\nHost: x\r\nX-Text: " + b"a" * 20_000 + b"\r\n\r\n",
    "no such version": b"GET / HTTP/9.9\r\n\r\n",
    "a body that is no gzip": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
}


@pytest.mark.parametrize("request_", UNREADABLE.values(), ids=UNREADABLE)
async def test_request_that_is_no_http_is_a_400_and_no_traceback(
    request_: bytes, sandbox: Sandbox, session: AsyncSession, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sandbox.url.rpartition(":")[2]))
    writer.write(request_)
    assert (await reader.readline()).split()[1] == b"400"
    writer.close()
    await writer.wait_closed()
    assert caplog.records == []
    assert len(await get_customer_accounts(session, 1005061234)) == 4


async def test_fault_of_a_handler_is_logged_with_its_traceback(
    sandbox: Sandbox, session: AsyncSession, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.customers["1005061234"]["5011648377"] = 5  # type: ignore[assignment]  # -- a mistake of a test's
    with pytest.raises(ServerError):
        await get_customer_accounts(session, 1005061234)
    assert any(record.name.startswith("aiohttp.server") and record.exc_info for record in caplog.records)
