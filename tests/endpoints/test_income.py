"""Reports on income and employment are billed and tell of persons: sent once, exactly, and shown in no text."""

import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from finicity_async import AsyncSession, PermissionDeniedError, TransportError
from finicity_async.endpoints.pay_statements import store_customer_pay_statement
from finicity_async.endpoints.verify_income_and_employment import (
    generate_pay_statement_report,
    generate_voe_payroll_report,
    generate_voe_transactions_report,
    generate_voi_report,
    generate_voie_paystub_report,
    generate_voie_paystub_with_tx_verify_report,
    refresh_voie_payroll_report,
)
from finicity_async.models.connect import ReportCustomField
from finicity_async.models.verify_income_and_employment import (
    PayrollData,
    PayrollReportConstraints,
    PayStatementData,
    PayStatementReportConstraints,
    TxVerifyInterview,
    VOETransactionsReportConstraints,
    VOIEReportConstraints,
    VOIEWithInterviewData,
    VOIEWithStatementData,
    VOIEWithTXVerifyReportConstraints,
    VOIReportConstraints,
)
from tests.support.servers import Close, RawServer, http, session_on

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
BORN = datetime(1961, 3, 4, tzinfo=UTC)
PAYROLL = PayrollReportConstraints(
    payroll_data=PayrollData(ssn="987654321", dob=BORN, payroll_account_ids=("018b8f10-fdf8",)),
    pay_statements_from_date=JUNE,
    purpose="31",
)
PAYROLL_ON_THE_WIRE = {
    "payrollData": {"ssn": "987654321", "dob": -278640000, "payrollAccountIds": ["018b8f10-fdf8"]},
    "payStatementsFromDate": 1780272000,
    "purpose": "31",
}
Call = Callable[[AsyncSession], Awaitable[Any]]
CASES: list[tuple[Call, str, dict[str, Any]]] = [
    (
        lambda session: generate_voi_report(
            session, 1, VOIReportConstraints(account_ids="2 3", from_date=JUNE, income_stream_confidence_minimum=50)
        ),
        "voi",
        {"accountIds": "2 3", "fromDate": 1780272000, "incomeStreamConfidenceMinimum": 50},
    ),
    (
        lambda session: generate_voe_transactions_report(
            session, 1, VOETransactionsReportConstraints(report_id="r", from_date=JUNE)
        ),
        "voeTransactions",
        {"reportId": "r", "fromDate": 1780272000},
    ),
    (lambda session: generate_voe_payroll_report(session, 1, PAYROLL), "voePayroll", PAYROLL_ON_THE_WIRE),
    (lambda session: refresh_voie_payroll_report(session, 1, PAYROLL), "voiePayroll", PAYROLL_ON_THE_WIRE),
    (
        lambda session: generate_pay_statement_report(
            session,
            1,
            PayStatementReportConstraints(
                paystatement_report=PayStatementData(asset_ids=("a-1",), extract_deductions=True),
                report_custom_fields=(ReportCustomField(label="loanID", value="7"),),
            ),
        ),
        "payStatement",
        {
            "paystatementReport": {"assetIds": ["a-1"], "extractDeductions": True},
            "reportCustomFields": [{"label": "loanID", "value": "7"}],
        },
    ),
    (
        lambda session: generate_voie_paystub_report(
            session,
            1,
            VOIEReportConstraints(
                voie_with_statement_data=VOIEWithStatementData(asset_ids=("a-1",), extract_earnings=False)
            ),
        ),
        "voieTxVerify/withStatement",
        {"voieWithStatementData": {"assetIds": ["a-1"], "extractEarnings": False}},
    ),
    (
        lambda session: generate_voie_paystub_with_tx_verify_report(
            session,
            1,
            VOIEWithTXVerifyReportConstraints(
                voie_with_interview_data=VOIEWithInterviewData(
                    tx_verify_interview=(TxVerifyInterview(asset_id="a-1", accounts=("2",)),)
                )
            ),
        ),
        "voieTxVerify/withInterview",
        {"voieWithInterviewData": {"txVerifyInterview": [{"assetId": "a-1", "accounts": ["2"]}]}},
    ),
]
each = pytest.mark.parametrize(("call", "path", "body"), CASES, ids=[path for _, path, _ in CASES])


@each
async def test_a_report_is_asked_for_with_what_was_given_and_nothing_else(
    call: Call, path: str, body: dict[str, Any]
) -> None:
    started = http(202, {"id": "r-1", "status": "inProgress"})
    async with RawServer(default=started) as server, session_on(server) as session:
        report = await call(session)
    assert (report.id, report.status) == ("r-1", "inProgress")
    (sent,) = server.calls
    assert (sent.method, sent.target) == ("POST", f"/decisioning/v2/customers/1/{path}")
    assert json.loads(sent.body) == body


@each
async def test_a_report_whose_answer_is_lost_is_not_asked_for_again(
    call: Call, path: str, body: dict[str, Any]
) -> None:
    async with RawServer(Close(), default=http(202, {"id": "r-1"})) as server, session_on(server) as session:
        with pytest.raises(TransportError) as caught:
            await call(session)
        assert caught.value.sent
        assert [json.loads(sent.body) for sent in server.calls] == [body]
        await call(session)
        assert {sent.target.rpartition("/customers/1/")[2] for sent in server.calls} == {path}


async def test_a_frozen_consumer_is_a_refusal_that_does_not_show_the_number() -> None:
    refusal = http(403, {"code": "10405", "message": "security freeze of 987654321"})
    async with RawServer(refusal, default=http(202, {"id": "r-1"})) as server, session_on(server) as session:
        with pytest.raises(PermissionDeniedError) as caught:
            await refresh_voie_payroll_report(session, 1, PAYROLL)
        assert "987654321" not in str(caught.value) + repr(caught.value)
        await refresh_voie_payroll_report(session, 1, PAYROLL)


def test_a_payroll_shows_neither_number_nor_birthday() -> None:
    assert "payroll_data=PayrollData(***)" in repr(PAYROLL)
    assert "987654321" not in repr(PAYROLL)
    assert "1961" not in repr(PAYROLL)


async def test_a_pay_statement_goes_out_in_base64_byte_for_byte() -> None:
    every = bytes(range(256)) * 5
    async with RawServer(Close(), default=http(200, {"assetId": "a-1"})) as server, session_on(server) as session:
        with pytest.raises(TransportError):
            await store_customer_pay_statement(session, 1, "lastPayPeriod", every)
        assert len(server.calls) == 1
        stored = await store_customer_pay_statement(session, 1, "lastPayPeriod", every)
    assert stored.asset_id == "a-1"
    assert json.loads(server.calls[1].body) == {"label": "lastPayPeriod", "statement": b64encode(every).decode()}
    assert server.calls[1].target == "/aggregation/v1/customers/1/payStatements"
