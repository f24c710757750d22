"""Reports are read as records or as files of one operation, with purpose and third party in the query."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from finicity_async import AsyncSession, PayloadError, PermissionDeniedError
from finicity_async.endpoints.reports import (
    GET_REPORT_BY_CONSUMER,
    GET_REPORT_BY_CUSTOMER,
    GET_REPORT_BY_ID,
    REPORT_REISSUE,
    get_report_by_consumer,
    get_report_by_consumer_pdf,
    get_report_by_customer,
    get_report_by_customer_pdf,
    get_report_by_id,
    get_report_by_id_pdf,
    get_reports_by_consumer_id,
    get_reports_by_customer_id,
    report_reissue,
    report_reissue_pdf,
)
from finicity_async.models.reports import Lender
from tests.secrecy.secrets import session_on
from tests.support.servers import RawServer, http

LENDER = Lender(purpose="99")
QUERY: dict[str, Any] = {"on_behalf_of": "A bank", "purpose": "99"}
REPORT = http(200, {"id": "r-voi", "type": "voi", "status": "success"})
PDF = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: 8\r\n\r\n%PDF-1.7"

Read = Callable[[AsyncSession], Awaitable[Any]]
READS: dict[str, tuple[Read, Read]] = {
    "POST /decisioning/v3/reports/r-voi?onBehalfOf=A+bank&purpose=99": (
        lambda session: get_report_by_id(session, "r-voi", LENDER, **QUERY),
        lambda session: get_report_by_id_pdf(session, "r-voi", LENDER, **QUERY),
    ),
    "GET /decisioning/v3/customers/1/reports/r-voi?onBehalfOf=A+bank&purpose=99": (
        lambda session: get_report_by_customer(session, 1, "r-voi", **QUERY),
        lambda session: get_report_by_customer_pdf(session, 1, "r-voi", **QUERY),
    ),
    "GET /decisioning/v3/consumers/c/reports/r-voi?purpose=99&onBehalfOf=A+bank": (
        lambda session: get_report_by_consumer(session, "c", "r-voi", **QUERY),
        lambda session: get_report_by_consumer_pdf(session, "c", "r-voi", **QUERY),
    ),
    "POST /decisioning/v1/reports/r-voi/partners": (
        lambda session: report_reissue(session, "r-voi", LENDER),
        lambda session: report_reissue_pdf(session, "r-voi", LENDER),
    ),
}


@pytest.mark.parametrize("target", READS)
async def test_a_report_is_read_as_a_record_or_as_a_file(target: str) -> None:
    read, read_pdf = READS[target]
    async with RawServer(REPORT, PDF) as server, session_on(server) as session:
        assert (await read(session)).id == "r-voi"
        assert await read_pdf(session) == b"%PDF-1.7"
    assert [f"{call.method} {call.target}" for call in server.calls] == [target, target]
    accepted = [call.headers["accept"] for call in server.calls]
    assert accepted == ["application/json", "application/pdf"]
    sent = [json.loads(call.body) for call in server.calls if call.method == "POST"]
    assert sent == [{"purpose": "99"}] * len(sent)


NO_FILES = {
    "in progress": http(200, {"id": "r-voi", "customerId": 1, "status": "inProgress"}),
    "typed with a charset": http(200, {"status": "failure"}, {"Content-Type": "Application/JSON; charset=utf-8"}),
    "the page of a proxy": http(200, "<html>", {"Content-Type": "text/html"}),
    "empty": http(200),
}


@pytest.mark.parametrize("answer", NO_FILES)
@pytest.mark.parametrize("target", READS)
async def test_an_answer_in_place_of_a_file_is_not_taken_for_one(target: str, answer: str) -> None:
    _, read_pdf = READS[target]
    async with RawServer(NO_FILES[answer], PDF) as server, session_on(server) as session:
        with pytest.raises(PayloadError, match="the body is no file") as caught:
            await read_pdf(session)
        assert await read_pdf(session) == b"%PDF-1.7"
    assert caught.value.status == 200


async def test_lists_are_sequences() -> None:
    listed = http(200, {"reports": [{"id": "r-1", "type": "voi", "status": "success", "consumerSsn": "9999"}]})
    async with RawServer(default=listed) as server, session_on(server) as session:
        (of_customer,) = await get_reports_by_customer_id(session, 1)
        (of_consumer,) = await get_reports_by_consumer_id(session, "c")
    assert of_customer == of_consumer
    assert (of_customer.id, of_customer.type, of_customer.status) == ("r-1", "voi", "success")
    assert "9999" not in repr(of_customer)


async def test_a_security_freeze_is_said_as_such() -> None:
    frozen = http(403, {"code": 10405, "message": "Security freeze"})
    async with RawServer(frozen) as server, session_on(server) as session:
        with pytest.raises(PermissionDeniedError, match="consumer has frozen"):
            await get_report_by_customer(session, 1, "r-voi")


def test_reading_is_repeated_and_sharing_is_not() -> None:
    rows = [GET_REPORT_BY_ID, GET_REPORT_BY_CUSTOMER, GET_REPORT_BY_CONSUMER, REPORT_REISSUE]
    assert [row.idempotent for row in rows] == [True, True, True, False]


async def test_a_report_of_another_customer_is_refused() -> None:
    other = http(200, {"id": "r-voi", "customerId": 2})
    async with RawServer(other) as server, session_on(server) as session:
        with pytest.raises(PayloadError):
            await get_report_by_customer(session, 1, "r-voi")
