"""The Portfolios operations: reports by portfolio, and the consumer whom no text shows in full."""

from datetime import UTC, datetime
from typing import Any

import pytest

from finicity_async.endpoints.portfolios import (
    GET_PORTFOLIO_BY_CONSUMER,
    GET_PORTFOLIO_BY_CUSTOMER,
    GET_PORTFOLIO_BY_PATH_PARAM_PORT_FOLIO_ID,
    get_portfolio_by_consumer,
    get_portfolio_by_path_param_port_folio_id,
)
from finicity_async.operation import Operation
from tests.support.servers import RawServer, http, session_on

REPORT = {"id": "r-voa", "portfolioId": "p-1-port", "type": "voa", "status": "success", "createdDate": 1780272000}
CONSUMER = {"id": "0bf4", "firstName": "Ava", "ssn": "999-99-9999", "birthday": {"year": 1989, "month": 8}}
PORTFOLIO = http(200, {"portfolioId": "p-1-port", "consumer": CONSUMER, "reports": [REPORT]})


async def test_a_portfolio_is_a_sequence_of_reports_and_shows_no_number_of_the_consumer() -> None:
    async with RawServer(default=PORTFOLIO) as server, session_on(server) as session:
        portfolio = await get_portfolio_by_consumer(session, "0bf4", "p-1-port")
        assert [(one.id, one.created_date) for one in portfolio] == [("r-voa", datetime(2026, 6, 1, tzinfo=UTC))]
        assert portfolio.consumer is not None
        assert portfolio.consumer.ssn == "999-99-9999"
        assert "999" not in repr(portfolio)
        assert "1989" not in repr(portfolio)


async def test_a_portfolio_of_no_reports_is_answered_without_a_body() -> None:
    async with RawServer(http(204, b""), default=PORTFOLIO) as server, session_on(server) as session:
        empty = await get_portfolio_by_path_param_port_folio_id(session, "p-1-port")
        assert (list(empty), empty.consumer, empty.portfolio_id) == ([], None, None)
        assert len(await get_portfolio_by_path_param_port_folio_id(session, "p-1-port")) == 1


@pytest.mark.parametrize(
    "row",
    [GET_PORTFOLIO_BY_CUSTOMER, GET_PORTFOLIO_BY_CONSUMER, GET_PORTFOLIO_BY_PATH_PARAM_PORT_FOLIO_ID],
    ids=lambda row: row.operation_id,
)
async def test_a_portfolio_has_a_connection_of_its_own(row: Operation[Any]) -> None:
    ids = dict.fromkeys(row.placeholders, "p-1-port")
    async with RawServer(default=PORTFOLIO) as server, session_on(server) as session:
        for _ in range(2):
            await session.send(row.request(**ids))
        assert server.connections == 2
