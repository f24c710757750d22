"""The bodies of the reports conform to the vendor's document, and show no numbers."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from finicity_async.models import Record
from finicity_async.models._reports import ReportAck
from finicity_async.models.asset_reports import (
    PrequalificationReport,
    PrequalificationReportAccount,
    VOAReport,
    VOAReportAccount,
    VOAWithIncomeReport,
    VOAWithIncomeReportAccount,
)
from finicity_async.models.cash_flow_reports import CashFlowReport, CashFlowReportAccount
from finicity_async.models.income_reports import (
    VOETransactionsReport,
    VOETransactionsReportAccount,
    VOIReport,
    VOIReportAccount,
)
from finicity_async.models.payroll_reports import VOEPayrollReport, VOIEPayrollReport
from finicity_async.models.paystub_reports import (
    PayStatementReport,
    VOIEPaystubReport,
    VOIEPaystubWithTXVerifyReport,
    VOIETXVerifyReportAccount,
)
from finicity_async.models.reports import REPORT_BODIES, Report, report_body
from finicity_async.models.transactions_report import TransactionsReport, TransactionsReportAccount
from tests.vendor.comparing import differences, fields_of, structs_of
from tests.vendor.examples import example
from tests.vendor.test_conformance import misread

ACCOUNTS: dict[type[Record], type[Record]] = {
    CashFlowReport: CashFlowReportAccount,
    PrequalificationReport: PrequalificationReportAccount,
    TransactionsReport: TransactionsReportAccount,
    VOAReport: VOAReportAccount,
    VOAWithIncomeReport: VOAWithIncomeReportAccount,
    VOIReport: VOIReportAccount,
    VOETransactionsReport: VOETransactionsReportAccount,
    VOIEPaystubWithTXVerifyReport: VOIETXVerifyReportAccount,
}
"""Report -> its kind of account, which the document leaves open."""
BODIES = [
    CashFlowReport,
    PrequalificationReport,
    TransactionsReport,
    VOAReport,
    VOAWithIncomeReport,
    VOIReport,
    VOETransactionsReport,
    VOEPayrollReport,
    VOIEPayrollReport,
    PayStatementReport,
    VOIEPaystubReport,
    VOIEPaystubWithTXVerifyReport,
]
ENVELOPE = {field.encode_name for field in fields_of(ReportAck)} - {"$invalid"}
each_body = pytest.mark.parametrize("body", BODIES)


def raw_body(body: type[Record]) -> Any:
    """Return the members of a report, but for those of every report, with accounts of its kind."""
    raw = {name: value for name, value in example({"$ref": body.__name__}).items() if name not in ENVELOPE}
    for institution in raw.get("institutions", ()):
        institution["accounts"] = [example({"$ref": ACCOUNTS[body].__name__})]
    for statement in raw.get("payStatements", ()):
        statement.pop("institutions", None)  # Declared as texts, read as institutions.
    return raw


@pytest.mark.parametrize("model", [*BODIES, *ACCOUNTS.values()])
def test_every_member_of_a_body_is_a_field_in_order_with_a_suitable_type(model: type[Record]) -> None:
    pairs = list(structs_of(model, {"$ref": model.__name__}))
    found = [difference for struct, node in pairs for difference in differences(struct, node)]
    of_every_report = {f"{model.__name__} lacks {name}" for name in ENVELOPE} if model in BODIES else set()
    assert set(found) == of_every_report
    assert [field.name for struct, _ in pairs for field in fields_of(struct) if field.required] == []


@each_body
def test_a_body_with_every_member_decodes_exactly(body: type[Record]) -> None:
    raw = raw_body(body)
    assert raw
    record = body.from_json(json.dumps(raw).encode())
    assert record.invalid_values == {}
    assert misread(raw, record) == []


@pytest.mark.parametrize("kind", [kind for kind in REPORT_BODIES if report_body(kind) in BODIES])
def test_a_report_with_every_member_is_read_whole_by_its_type(kind: str) -> None:
    body = report_body(kind)
    assert body
    of_every_report = {"id": "r-1", "customerId": 1005061234, "status": "success", "type": kind}
    report = Report.from_json(json.dumps(of_every_report | raw_body(body)).encode())
    assert (report.invalid_values, report.customer_id) == ({}, 1005061234)
    assert misread(raw_body(body), report.body) == []


def test_deposits_that_match_a_pay_statement_are_read_with_their_accounts() -> None:
    account = {"id": 1000023996, "number": "987654321", "incomeStreams": [{"id": "s-1", "netAnnual": 110475.7}]}
    statement = {"matchType": "NET_PAY_MATCH", "institutions": [{"id": 4222, "accounts": [account]}]}
    report = VOIEPaystubWithTXVerifyReport.from_dict({"payStatements": [statement]})
    (matched,) = report.pay_statements[0].institutions[0].accounts
    assert (report.pay_statements[0].match_type, matched.id) == ("NET_PAY_MATCH", 1000023996)
    assert matched.income_streams[0].net_annual == Decimal("110475.7")
    assert "987654321" not in repr(report)
    assert report.invalid_values == {}


def test_the_date_of_the_oldest_pay_statement_comes_as_a_text_of_seconds() -> None:
    report = VOIEPayrollReport.from_json(
        b'{"employmentHistory":[{"income":{"oldestPayStatementAvailable":"1780272000"}}]}'
    )
    (employment,) = report.employment_history
    assert employment.income is not None
    assert employment.income.oldest_pay_statement_available == datetime(2026, 6, 1, tzinfo=UTC)


def test_a_routing_number_is_not_shown() -> None:
    deposit = {"amount": 12.34, "routingNumber": "123456789"}
    report = PayStatementReport.from_dict({"payStatements": [{"directDeposits": [deposit]}]})
    assert report.pay_statements[0].direct_deposits[0].routing_number == "123456789"
    assert "123456789" not in repr(report)


def test_the_identification_number_of_an_employer_is_not_shown() -> None:
    report = VOEPayrollReport.from_dict({"employmentHistory": [{"employment": {"legalEntityId": "752760000"}}]})
    (history,) = report.employment_history
    assert history.employment is not None
    assert history.employment.legal_entity_id == "752760000"
    assert "752760000" not in repr(report)


def test_what_is_not_as_declared_is_set_aside_and_the_rest_is_read() -> None:
    report = VOIReport.from_dict({"days": 200, "institutions": {"id": 1}, "income": [{"averageMonthlyIncomeNet": 1}]})
    assert (report.days, report.institutions, report.income[0].average_monthly_income_net) == (200, (), Decimal(1))
    assert list(report.invalid_values) == ["$.institutions"]


def test_a_count_that_comes_as_text_is_a_number_and_a_deviation_is_exact() -> None:
    month = {"month": 1512111600, "numberOfDaysNegativeBalance": "6", "standardDeviationOfDailyBalance": "20.45454545"}
    summary = {"monthlyCashFlowBalanceSummaries": [month], "numberOfDaysPositiveBalance": "11.5"}
    report = CashFlowReport.from_dict({"cashFlowBalanceSummary": summary})
    assert report.cash_flow_balance_summary is not None
    (read,) = report.cash_flow_balance_summary.monthly_cash_flow_balance_summaries
    assert (read.number_of_days_negative_balance, read.month) == (6, datetime(2017, 12, 1, 7, tzinfo=UTC))
    assert str(read.standard_deviation_of_daily_balance) == "20.45454545"
    assert report.invalid_values == {"$.cashFlowBalanceSummary.numberOfDaysPositiveBalance": "11.5"}


def test_the_number_of_an_account_is_not_shown() -> None:
    account = {"id": "6681984", "number": "201940541", "ownerName": "A|B"}
    deposits = [{"institutions": [{"id": "102105", "accounts": [account]}]}]
    flow = CashFlowReport.from_dict({"institutions": [{"accounts": [account]}], "possibleLoanDeposits": deposits})
    assert flow.institutions[0].accounts[0].id == 6681984
    assert flow.possible_loan_deposits[0].institutions[0].accounts[0].number == "201940541"
    assets = VOAWithIncomeReport.from_dict({"institutions": [{"accounts": [account]}]})
    assert assets.institutions[0].accounts[0].owner_name == "A|B"
    assert "201940541" not in repr((flow, assets))


def test_members_of_a_cash_flow_report_that_only_the_examples_of_the_document_have_are_read() -> None:
    month = {"month": 1551423600, "totalCreditsLessTotalDebits": 2936.86}
    summary = {"monthlyCashFlowCharacteristicSummaries": [month]}
    deposit = {"id": "102105", "name": "FinBank", "accounts": [{"id": "6681984", "name": "Checking"}]}
    report = CashFlowReport.from_dict({"cashFlowCharacteristicsSummary": summary, "possibleLoanDeposits": [deposit]})
    assert report.cash_flow_characteristics_summary is not None
    (read,) = report.cash_flow_characteristics_summary.monthly_cash_flow_characteristic_summaries
    assert read.total_credits_less_total_debits == Decimal("2936.86")
    assert report.possible_loan_deposits[0].accounts[0].name == "Checking"
