"""Reports that are waited for: one POST, then the report by its ID, or the list where the answer was lost."""

import asyncio
import json
from collections.abc import Callable
from email.utils import formatdate
from functools import partial
from typing import Any

import pytest

from finicity_async import (
    AggregationError,
    AsyncSession,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    FinicityError,
    NotFoundError,
    PayloadError,
    PermissionDeniedError,
    ReportFailedError,
    ReportTimeoutError,
    ServerError,
    TransportError,
    generate_and_wait,
    wait_for_report,
)
from finicity_async.endpoints.verify_assets import generate_voa_report
from finicity_async.models._reports import BaseReportAck
from finicity_async.models.reports import REPORT_BODIES, Report
from finicity_async.models.verify_assets import VOAReportConstraints
from tests.support.clock import MovedClock
from tests.support.servers import Close, Hang, RawServer, Received, http, session_on, until
from tests.vendor.rows import rows

CUSTOMER, ID, NOW = 1005061234, "u4hstnnak45g-voa", 1_752_580_800
GENERATE = partial(generate_voa_report, body=VOAReportConstraints(account_ids="5011648377"))
REPORT: dict[str, Any] = {"id": ID, "customerId": CUSTOMER, "type": "voa"}
STARTED = http(202, {**REPORT, "status": "inProgress"})
BUSY = http(409, {"code": "18001", "message": "A report is in progress"})
FROZEN = http(403, {"code": "10405", "message": "An active security freeze exists"})
DOWN = http(503)

NO_TEXT: Any = {}

Reply = bytes | Close | Hang


def report(status: str, **members: Any) -> bytes:
    return http(200, {**REPORT, "status": status, **members})


def listed(*reports: dict[str, Any]) -> bytes:
    return http(200, {"reports": reports}, {"Date": formatdate(NOW, usegmt=True)})


def line(report_id: str = ID, kind: str = "voa", status: str = "inProgress", age: int = 0) -> dict[str, Any]:
    """Return a report in the list, made some seconds before the look at it."""
    return {"id": report_id, "type": kind, "status": status, "createdDate": NOW - age, "requestId": "1"}


DONE = report("success", days=90)
RUNNING = report("inProgress")


class Vendor:
    """Answers a POST, each look at the report and each look at the list, and repeats the last answer to a look."""

    def __init__(
        self, *reports: Reply, started: Reply = STARTED, lists: tuple[Reply, ...] = (listed(line(age=5)),)
    ) -> None:
        self._reports, self._lists, self._started = list(reports), list(lists), started
        self.letters = ""
        """P for the POST, R for a look at the report, L for one at the list."""

    def __call__(self, received: Received) -> Reply:
        if received.method == "POST":
            self.letters += "P"
            return self._started
        is_list = received.target.endswith("/reports")
        self.letters += "L" if is_list else "R"
        assert is_list or received.target.partition("?")[0].endswith(f"/customers/{CUSTOMER}/reports/{ID}")
        answers = self._lists if is_list else self._reports
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock(float(NOW))


def on_clock(server: RawServer, clock: MovedClock, **options: Any) -> AsyncSession:
    return session_on(server, clock=clock, sleep=clock.sleep, max_tries=1, **options)


MADE: dict[str, tuple[Vendor, str, list[float]]] = {
    "made at the first look": (Vendor(DONE), "PR", [5]),
    "made at the third look": (Vendor(RUNNING, RUNNING, DONE), "PRRR", [5, 20, 20]),
    "edited meanwhile": (Vendor(RUNNING, report("editing"), DONE), "PRRR", [5, 20, 20]),
    "a status that nobody knows": (Vendor(report("dreaming"), DONE), "PRR", [5, 20]),
    "no status": (Vendor(http(200, REPORT), DONE), "PRR", [5, 20]),
    "a look that fails": (Vendor(DOWN, DONE), "PRR", [5, 20]),
    "a look that is lost": (Vendor(Close(), DONE), "PRR", [5, 20]),
    "a look that is no JSON": (Vendor(http(200, "<html>"), DONE), "PRR", [5, 20]),
    "too many looks": (Vendor(http(429, b"", {"Retry-After": "61"}), DONE), "PRR", [5, 61]),
    "answer lost": (Vendor(DONE, started=Close()), "PLR", [5, 20]),
    "answer lost, listed late": (
        Vendor(DONE, started=Close(), lists=(listed(), listed(line(age=25)))),
        "PLLR",
        [5, 20, 20],
    ),
    "answer lost, and a look at the list": (
        Vendor(DONE, started=Close(), lists=(DOWN, listed(line(age=25)))),
        "PLLR",
        [5, 20, 20],
    ),
    "answer lost among other reports": (
        Vendor(DONE, started=Close(), lists=(listed(line("old", age=60), line("voi", "voi"), line(age=5)),)),
        "PLR",
        [5, 20],
    ),
    "answer unreadable": (Vendor(DONE, started=http(202, "<html>")), "PLR", [5, 20]),
    "a gateway in between": (Vendor(DONE, started=http(504)), "PLR", [5, 20]),
    "the vendor is busy with it": (
        Vendor(DONE, started=BUSY, lists=(listed(line("old", status="success"), line(age=900)),)),
        "PLR",
        [0, 20],
    ),
    "the vendor is busy with it, and two looks at the list fail": (
        Vendor(DONE, started=BUSY, lists=(DOWN, Close(), listed(line(age=900)))),
        "PLLLR",
        [0, 20, 20, 20],
    ),
    "a report of another customer": (Vendor(report("success", customerId=2), DONE), "PRR", [5, 20]),
    "the answer is about another customer": (
        Vendor(DONE, started=http(202, {"id": "other", "customerId": 2})),
        "PLR",
        [5, 20],
    ),
}


@pytest.mark.parametrize(("vendor", "letters", "slept"), MADE.values(), ids=MADE)
async def test_a_report_is_asked_for_once_and_told_when_it_is_made(
    vendor: Vendor, letters: str, slept: list[float], clock: MovedClock
) -> None:
    async with RawServer(default=vendor) as server, on_clock(server, clock) as session:
        made = await generate_and_wait(session, CUSTOMER, GENERATE)
    assert (made.id, made.status, getattr(made.body, "days", None)) == (ID, "success", 90)
    assert vendor.letters == letters
    assert clock.slept == pytest.approx(slept)


REFUSED: dict[str, tuple[Vendor, type[FinicityError], str, str]] = {
    "a bad request": (Vendor(started=http(400, {"code": "14020"})), BadRequestError, "P", ""),
    "a security freeze": (Vendor(started=FROZEN), PermissionDeniedError, "P", "consumer has frozen"),
    "a freeze meanwhile": (Vendor(FROZEN), PermissionDeniedError, "PR", "consumer has frozen"),
    "another conflict": (Vendor(started=http(409, {"code": "11000"})), ConflictError, "P", ""),
    "busy with another type": (
        Vendor(started=BUSY, lists=(listed(line(kind="voi")),)),
        ConflictError,
        "PL",
        "call again when it is done",
    ),
    "busy, and done meanwhile": (
        Vendor(started=BUSY, lists=(listed(line(status="success", age=900)),)),
        ConflictError,
        "PL",
        "call again when it is done",
    ),
    "busy, and the list is down": (Vendor(started=BUSY, lists=(DOWN,)), ConflictError, "PLLL", ""),
    "lost, and the list has no date": (
        Vendor(started=Close(), lists=(http(200, {"reports": [line()]}),)),
        TransportError,
        "PLLL",
        "",
    ),
    "lost and never made": (Vendor(started=Close(), lists=(listed(line(age=900)),)), TransportError, "PLLL", ""),
    "lost among two": (Vendor(started=Close(), lists=(listed(line(), line("r-2")),)), TransportError, "PL", ""),
    "down": (Vendor(started=DOWN, lists=(listed(),)), ServerError, "PLLL", ""),
    "the institution's answer": (
        Vendor(started=http(500, {"code": 185}), lists=(listed(),)),
        AggregationError,
        "PLLL",
        "",
    ),
    "unreadable and never made": (Vendor(started=http(202, "[]"), lists=(listed(),)), PayloadError, "PLLL", ""),
    "lost, and the list is refused": (Vendor(started=Close(), lists=(FROZEN,)), TransportError, "PL", ""),
    "gone": (Vendor(http(404, {"code": 14001})), NotFoundError, "PR", ""),
}


@pytest.mark.parametrize(("vendor", "kind", "letters", "text"), REFUSED.values(), ids=REFUSED)
async def test_a_refusal_is_raised_and_nothing_is_asked_for_again(
    vendor: Vendor, kind: type[FinicityError], letters: str, text: str, clock: MovedClock
) -> None:
    async with RawServer(default=vendor) as server, on_clock(server, clock) as session:
        with pytest.raises(kind, match=text or None):
            await generate_and_wait(session, CUSTOMER, GENERATE)
    assert vendor.letters == letters


@pytest.mark.parametrize("start", [0.0, NOW - 3600.0, NOW + 86_400.0])
async def test_the_clock_here_may_differ_from_the_vendors(start: float) -> None:
    found = listed(line("old", status="success", age=60), line(age=4))
    vendor = Vendor(DONE, started=Close(), lists=(found,))
    async with RawServer(default=vendor) as server, on_clock(server, MovedClock(start)) as session:
        assert (await generate_and_wait(session, CUSTOMER, GENERATE)).id == ID


def test_each_operation_that_starts_a_report_of_a_customer_names_the_types_that_it_may_have() -> None:
    replies = {one.operation: one.operation.reply_type for one in rows() if "customerId" in one.operation.placeholders}
    acks = {row for row, reply in replies.items() if issubclass(reply or bytes, BaseReportAck) and reply is not Report}
    assert {one.operation for one in rows() if one.operation.report_types} == acks
    types = {kind for row in acks for kind in row.report_types}
    assert types <= REPORT_BODIES.keys()


async def test_an_operation_that_starts_no_known_report_is_not_looked_up(clock: MovedClock) -> None:
    vendor = Vendor(started=Close())
    async with RawServer(default=vendor) as server, on_clock(server, clock) as session:

        async def login_first(session: AsyncSession, customer_id: Any) -> BaseReportAck:
            raise TransportError(f"lost for {type(session).__name__} {customer_id}", operation="CreateToken")

        with pytest.raises(TransportError, match="lost"):
            await generate_and_wait(session, CUSTOMER, login_first)
    assert vendor.letters == ""


async def test_a_failure_has_the_vendors_reasons_and_its_text_shows_codes_alone(clock: MovedClock) -> None:
    errors = [{"code": 1234, "message": "No data of account 5011648377"}, {"code": "secret words"}, {"message": "Why"}]
    vendor = Vendor(report("failure", errors=errors))
    async with RawServer(default=vendor) as server, on_clock(server, clock) as session:
        with pytest.raises(ReportFailedError) as failed:
            await generate_and_wait(session, CUSTOMER, GENERATE)
    assert failed.value.reasons == ("No data of account 5011648377", "secret words", "Why")
    assert failed.value.report.status == "failure"
    assert "(code 1234)" in str(failed.value)
    assert not [word for word in ("5011648377", "secret", "Why") if word in str(failed.value)]


async def test_a_failure_without_reasons(clock: MovedClock) -> None:
    async with RawServer(default=Vendor(report("failure"))) as server, on_clock(server, clock) as session:
        with pytest.raises(ReportFailedError, match=r"could not make the report\. ") as failed:
            await wait_for_report(session, CUSTOMER, ID)
    assert failed.value.reasons == ()


async def test_the_end_of_the_wait_carries_the_id_and_another_process_goes_on(clock: MovedClock) -> None:
    vendor = Vendor(*[RUNNING] * 4, DONE)
    async with RawServer(default=vendor) as server, on_clock(server, clock) as session:
        with pytest.raises(ReportTimeoutError) as ended:
            await generate_and_wait(session, CUSTOMER, GENERATE, wait=60)
        assert clock() == NOW + 60
        assert (ended.value.report_id, ended.value.report.status) == (ID, "inProgress")
        assert isinstance(ended.value, TimeoutError)
        made = await wait_for_report(session, CUSTOMER, ended.value.report_id, purpose="99", on_behalf_of="A bank")
    assert made.status == "success"
    assert vendor.letters == "PRRRRR"
    assert server.calls[-1].target.endswith("?onBehalfOf=A+bank&purpose=99")


async def test_the_wait_ends_while_the_vendor_asks_for_patience_or_hangs(clock: MovedClock) -> None:
    patience = http(429, b"", {"Retry-After": "900"})
    async with RawServer(default=Vendor(patience)) as server, on_clock(server, clock) as session:
        with pytest.raises(ReportTimeoutError) as ended:
            await wait_for_report(session, CUSTOMER, ID, wait=70)
    assert ended.value.report is None
    assert len(server.calls) == 1
    async with RawServer(default=Vendor(Hang())) as server, on_clock(server, clock) as session:
        with pytest.raises(ReportTimeoutError):
            await wait_for_report(session, CUSTOMER, ID, wait=0.02)


@pytest.mark.parametrize("kind", [TimeoutError, ConfigurationError])
async def test_an_error_of_someone_else_is_theirs(kind: type[Exception], clock: MovedClock) -> None:
    def stop(_: object) -> None:
        raise kind("theirs")

    async def stop_later(_: object) -> None:
        raise kind("theirs")

    async with RawServer(default=Vendor(RUNNING)) as server, on_clock(server, clock) as session:
        for listener in (stop, stop_later):
            with pytest.raises(kind, match="theirs"):
                await wait_for_report(session, CUSTOMER, ID, on_progress=listener)


async def test_the_end_of_the_wait_says_why_the_last_look_failed(clock: MovedClock) -> None:
    async with RawServer(default=Vendor(RUNNING, DOWN)) as server, on_clock(server, clock) as session:
        with pytest.raises(ReportTimeoutError) as ended:
            await wait_for_report(session, CUSTOMER, ID, wait=60)
    assert ended.value.report.status == "inProgress"
    assert isinstance(ended.value.__cause__, ServerError)


async def test_an_id_that_cannot_be_sent_is_not_lost(clock: MovedClock) -> None:
    vendor = Vendor(started=http(202, {**REPORT, "id": "a/b"}))
    async with RawServer(default=vendor) as server, on_clock(server, clock) as session:
        with pytest.raises(ReportTimeoutError, match="its ID cannot be sent") as ended:
            await generate_and_wait(session, CUSTOMER, GENERATE)
    assert (ended.value.report_id, vendor.letters) == ("a/b", "P")


async def test_the_listener_hears_of_the_id_first_and_of_every_look(clock: MovedClock) -> None:
    heard: list[tuple[str, str | None]] = []

    async def listen(report: BaseReportAck) -> None:
        heard.append((report.id, report.status))

    async with RawServer(default=Vendor(RUNNING, DONE)) as server, on_clock(server, clock) as session:
        await generate_and_wait(session, CUSTOMER, GENERATE, on_progress=listen)
        await generate_and_wait(session, CUSTOMER, GENERATE, on_progress=lambda one: heard.append((one.id, one.status)))
    assert heard == [(ID, status) for status in ("inProgress", "inProgress", "success", "inProgress", "success")]


async def test_a_listener_that_hangs_ends_with_the_wait(clock: MovedClock) -> None:
    async def hang(_: BaseReportAck) -> None:
        await asyncio.Event().wait()

    async with RawServer(default=Vendor(RUNNING)) as server, on_clock(server, clock) as session:
        with pytest.raises(ReportTimeoutError):
            await generate_and_wait(session, CUSTOMER, GENERATE, wait=0.02, on_progress=hang)


async def test_a_session_that_is_closed_meanwhile_leaves_the_id(clock: MovedClock) -> None:
    vendor = Vendor(RUNNING)
    async with RawServer(default=vendor) as server:
        session = on_clock(server, clock)

        async def close(_: BaseReportAck) -> None:
            await session.close()

        with pytest.raises(ReportTimeoutError, match="session was closed") as ended:
            await generate_and_wait(session, CUSTOMER, GENERATE, on_progress=close)
        assert ended.value.report_id == ID
        with pytest.raises(ConfigurationError):
            await wait_for_report(session, CUSTOMER, ID)
    assert vendor.letters == "P"


async def test_a_session_that_is_closed_during_a_look_ends_the_wait_at_once(clock: MovedClock) -> None:
    vendor = Vendor(Hang())
    async with RawServer(default=vendor) as server:
        session = on_clock(server, clock)
        waiting = asyncio.create_task(generate_and_wait(session, CUSTOMER, GENERATE))
        await until(lambda: vendor.letters == "PR")
        await session.close()
        with pytest.raises(ReportTimeoutError, match="session was closed") as ended:
            await waiting
    assert ended.value.report_id == ID
    assert clock.slept == pytest.approx([5, 0])


async def test_who_is_cancelled_asks_for_nothing_more_and_the_report_is_made(clock: MovedClock) -> None:
    vendor = Vendor(Hang(), DONE)
    async with RawServer(default=vendor) as server, on_clock(server, clock) as session:
        waiting = asyncio.create_task(generate_and_wait(session, CUSTOMER, GENERATE))
        await until(lambda: vendor.letters == "PR")
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await wait_for_report(session, CUSTOMER, ID)).status == "success"
    assert vendor.letters == "PRR"


@pytest.mark.parametrize(
    "call",
    [
        lambda session: wait_for_report(session, CUSTOMER, ID, wait=0),
        lambda session: wait_for_report(session, CUSTOMER, "a/b"),
        lambda session: generate_and_wait(session, CUSTOMER, GENERATE, wait=float("nan")),
        lambda session: generate_and_wait(session, CUSTOMER, GENERATE, purpose=NO_TEXT),
        lambda session: generate_and_wait(session, "a/b", lambda session, _: GENERATE(session, CUSTOMER)),
    ],
)
async def test_what_cannot_be_waited_for_is_refused(call: Callable[[AsyncSession], Any], clock: MovedClock) -> None:
    async with RawServer(default=Vendor(DONE)) as server, on_clock(server, clock) as session:
        with pytest.raises(ConfigurationError):
            await call(session)
    assert server.calls == []


async def test_the_body_goes_out_as_it_was_given(clock: MovedClock) -> None:
    async with RawServer(default=Vendor(DONE)) as server, on_clock(server, clock) as session:
        await generate_and_wait(session, CUSTOMER, partial(GENERATE, callback_url="https://example.com/r"))
    assert json.loads(server.calls[0].body) == {"accountIds": "5011648377"}
    assert server.calls[0].target.endswith("/voa?callbackUrl=https%3A%2F%2Fexample.com%2Fr")
