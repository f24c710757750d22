"""The bodies of the analytics reports conform to the vendor's document, and what it shows beyond that is read."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from finicity_async.models import Record
from finicity_async.models._decoding import decode_in_one_pass
from finicity_async.models.analytics_reports import (
    AFBalanceAnalyticsReport,
    AFCashFlowAnalyticsReport,
    AFPaymentHistoryAnalyticsReport,
    AnalyticsReportsAccount,
    ForesightAnalyticsReport,
    PaymentRiskInsightsReport,
)
from finicity_async.models.reports import Report
from finicity_async.models.small_business_credit_analytics import SBCAAnalyticsReport, SBCABenchmarkReport
from tests.vendor.comparing import differences, fields_of, structs_of
from tests.vendor.examples import example
from tests.vendor.schemas import members_of
from tests.vendor.test_conformance import misread

BODIES = {
    "barbcra": AFBalanceAnalyticsReport,
    "cfrpnoncra": AFCashFlowAnalyticsReport,
    "phrbftc": AFPaymentHistoryAnalyticsReport,
    "pripcra": PaymentRiskInsightsReport,
    "farpbfnoncra": ForesightAnalyticsReport,
    "sbcaanalyticsnoncra": SBCAAnalyticsReport,
    "sbcabenchmarksnoncra": SBCABenchmarkReport,
}
"""A type of each body."""
ENVELOPE = {field.encode_name for field in fields_of(Report)}
DAY = {"startDate": "2022-12-01", "endDate": "2022-12-31"}
each_body = pytest.mark.parametrize(("kind", "body"), BODIES.items(), ids=BODIES)


def raw_body(body: type[Record]) -> Any:
    """Return the members of a report, but for those of every report, with an account of its kind."""
    raw = {name: value for name, value in example({"$ref": body.__name__}).items() if name not in ENVELOPE}
    for institution in raw.get("institutions", ()):
        account = example({"$ref": "AnalyticsReportsAccount"})
        if body is PaymentRiskInsightsReport:
            account["analytics"] = [account["analytics"]]
        institution["accounts"] = [account]
    return raw


@pytest.mark.parametrize("model", [*BODIES.values(), AnalyticsReportsAccount])
def test_every_member_of_a_body_is_a_field_in_order_with_a_suitable_type(model: type[Record]) -> None:
    schema = {"$ref": model.__name__}
    pairs = list(structs_of(model, schema))
    found = {difference for struct, node in pairs for difference in differences(struct, node)}
    in_envelope = ENVELOPE & members_of(schema).keys() if model in BODIES.values() else set()
    assert found == {f"{model.__name__} lacks {name}" for name in in_envelope}
    assert [field.name for struct, _ in pairs for field in fields_of(struct) if field.required] == []


@each_body
def test_a_report_with_every_member_decodes_exactly(kind: str, body: type[Record]) -> None:
    raw = raw_body(body)
    report = Report.from_json(json.dumps({"id": "r-1", "type": kind, **raw}).encode())
    assert isinstance(report.body, body)
    assert report.invalid_values == {}
    assert misread(raw, report.body) == []


@pytest.mark.parametrize(
    "schema",
    [
        "AnalyticsReportConstraintsOut",
        "PaymentRiskInsightsReportConstraints",
        "ForesightAnalyticsReportFirstThirdPartyConstraints",
        "SBCAMetricsReportConstraints",
    ],
)
def test_a_report_repeats_all_that_it_was_asked_for(schema: str) -> None:
    raw = example({"$ref": schema}, declared=True)
    raw["analyticsReportData"]["age"] = 137
    report = Report.from_json(json.dumps({"id": "r-1", "constraints": raw}).encode())
    assert report.constraints is not None
    assert report.invalid_values == {}
    read = json.loads(msgspec.json.encode(report.constraints))
    assert read.pop("fromDate", None) == ("2022-02-16T07:00:00Z" if raw.pop("fromDate", None) else None)
    assert read == raw
    assert "137" not in repr(report)


def test_what_other_people_spend_and_what_is_forecast_is_read_with_the_spending() -> None:
    period = {
        **DAY,
        "sum": -382.92,
        "count": 1,
        "mean": None,
        "comparedToCohorts": [{"cohortType": "POSTAL_CODE", "percentageDifferenceToCohort": -213.07}],
    }
    cohort = {**DAY, "cohortValues": [{"cohortType": "POSTAL_CODE", "value": -122.31}]}
    attribute = {
        "attributeName": "INSURANCE_SPENDING",
        "aggregatedByTimePeriods": [{"periods": [period], "cohortBenchmarkPeriods": [cohort]}],
        "projectedValues": [{"projectionValue": -20, "timeUnit": "MONTHS", "timeValue": 3}],
        "streamConfidences": None,
    }
    report = ForesightAnalyticsReport.from_dict({"customerAnalytics": {"transactionalAttributes": [attribute]}})
    assert report.customer_analytics is not None
    (read,) = report.customer_analytics.transactional_attributes
    (interval,) = read.aggregated_by_time_periods
    assert (interval.periods[0].sum, interval.periods[0].mean) == (Decimal("-382.92"), None)
    assert interval.periods[0].compared_to_cohorts[0].percentage_difference_to_cohort == Decimal("-213.07")
    assert interval.cohort_benchmark_periods[0].start_date == date(2022, 12, 1)
    assert interval.cohort_benchmark_periods[0].cohort_values[0].value == Decimal("-122.31")
    assert (read.projected_values[0].projection_value, read.projected_values[0].time_value) == (Decimal(-20), 3)
    assert report.invalid_values == {}


def test_a_stream_tells_of_its_amounts_and_of_when_it_was_seen() -> None:
    stream = {"id": "s-1", "cadence": 7, "latestObservedDate": "2024-09-13T00:00:00", "medianCadence": 4.5, "sum": 50.5}
    report = AFBalanceAnalyticsReport.from_dict({"customerAnalytics": {"streams": [stream]}})
    assert report.customer_analytics is not None
    (read,) = report.customer_analytics.streams
    assert (read.cadence, read.median_cadence, read.sum) == (7, Decimal("4.5"), Decimal("50.5"))
    assert read.latest_observed_date == "2024-09-13T00:00:00"


def test_the_accounts_of_a_report_on_payment_risk_have_a_list_of_metrics() -> None:
    score = {"attributeName": "PAYMENT_RISK_SCORE", "reportedByTimePeriods": [{"periods": [{"endingValue": 42}]}]}
    account = {"id": "1111", "number": "201940541", "analytics": [{"stateAttributes": [score]}]}
    report = PaymentRiskInsightsReport.from_dict({"reportPin": "2398jk", "institutions": [{"accounts": [account]}]})
    (read,) = report.institutions[0].accounts
    assert (read.id, read.number) == (1111, "201940541")
    assert read.analytics[0].state_attributes[0].reported_by_time_periods[0].periods[0].ending_value == Decimal(42)
    assert "201940541" not in repr(report)
    assert "2398jk" not in repr(report)


def test_a_business_has_its_id_under_either_name_and_a_refreshed_report_names_the_first_one() -> None:
    refreshed = {"originalReportCreatedDate": 1607450357, "reportRefreshNumber": 2}
    for kind, name in (("phrbcra", "id"), ("pribcra", "businessId")):
        report = Report.from_dict({"id": "r-1", "type": kind, "businessDetails": {name: 123}, **refreshed})
        assert isinstance(report.body, AFPaymentHistoryAnalyticsReport | PaymentRiskInsightsReport)
        assert report.body.business_details is not None
        assert (report.body.business_details.id or report.body.business_details.business_id) == "123"
        assert report.body.original_report_created_date == datetime(2020, 12, 8, 17, 59, 17, tzinfo=UTC)
        assert report.body.report_refresh_number == 2
        assert report.invalid_values == {}


def test_the_days_of_a_period_do_not_make_a_large_report_slow() -> None:
    """Member by member, a report of some megabytes takes seconds."""
    body = json.dumps(
        {"customerAnalytics": {"transactionalAttributes": [{"aggregatedByTimePeriods": [{"periods": [DAY]}]}]}}
    ).encode()
    assert decode_in_one_pass(AFCashFlowAnalyticsReport, body) == AFCashFlowAnalyticsReport.from_json(body)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2022-12-01", date(2022, 12, 1)),
        ("2022-12-01T00:00:00", date(2022, 12, 1)),
        ("2022-12-01T00:00:00-07:00", date(2022, 12, 1)),
        (1669852800, date(2022, 12, 1)),
        ("1669852800", date(2022, 12, 1)),
        (0, None),
        (None, None),
    ],
)
def test_a_day_is_read_from_whatever_form_it_comes_in(sent: object, read: date | None) -> None:
    metrics = SBCAAnalyticsReport.from_json(
        json.dumps({"retailSalesAnalyticsMetrics": [{"firstSeenTxnDate": sent}]}).encode()
    )
    assert metrics.retail_sales_analytics_metrics[0].first_seen_txn_date == read
    assert metrics.invalid_values == {}


@pytest.mark.parametrize("sent", ["soon", "2022-13-01", "", "\u0661\u0662", True, {}, [], "1" * 2000])
def test_what_is_no_day_is_set_aside(sent: object) -> None:
    raw = json.dumps({"retailSalesAnalyticsMetrics": [{"firstSeenTxnDate": sent, "industryName": "Shops"}]})
    report = SBCAAnalyticsReport.from_json(raw.encode())
    assert report.retail_sales_analytics_metrics[0].first_seen_txn_date is None
    assert report.retail_sales_analytics_metrics[0].industry_name == "Shops"
    assert report.invalid_values == {"$.retailSalesAnalyticsMetrics[0].firstSeenTxnDate": sent}
