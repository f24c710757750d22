"""Reports of analytics are billed and tell of persons: sent once, exactly, and with nothing personal in a text."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from finicity_async import AsyncSession, NotFoundError, TransportError
from finicity_async.endpoints.balance_analytics import generate_balance_analytics_report
from finicity_async.endpoints.cash_flow_analytics import generate_cashflow_analytics_report
from finicity_async.endpoints.consumer_foresight import (
    generate_foresight_analytics_first_third_party_non_cra_report,
    generate_foresight_analytics_non_cra_report,
    generate_payment_risk_insights_report,
)
from finicity_async.endpoints.payment_history_report import generate_payment_history_report
from finicity_async.endpoints.small_business_credit_analytics import generate_sbca_metrics_report, get_location_matches
from finicity_async.models.analytics import AnalyticsReportAck, AnalyticsReportConstraints, AnalyticsReportData
from finicity_async.models.connect import ReportCustomField
from finicity_async.models.consumer_foresight import (
    ForesightAnalyticsFirstThirdPartyReportAck,
    ForesightAnalyticsReportAck,
    ForesightAnalyticsReportConstraints,
    ForesightAnalyticsReportData,
    ForesightAnalyticsReportDataSegments,
    ForesightAnalyticsReportFirstThirdPartyConstraints,
    GeoLocationItems,
    PaymentRiskInsightsReportAck,
    PaymentRiskInsightsReportConstraints,
    PaymentRiskInsightsReportData,
)
from finicity_async.models.small_business_credit_analytics import (
    BusinessDetailsRequest,
    BusinessDetailsRequestAddress,
    PhoneNumberWithCountryCode,
    SBCAanalyticsReportData,
    SBCAMetricsReportConstraints,
    SBCAParams,
    SBCAReport,
)
from tests.support.servers import Close, RawServer, http, session_on

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
BALANCE = AnalyticsReportConstraints(
    analytics_report_data=AnalyticsReportData(for_cra_purpose=False, time_interval_types=("MONTHLY_CALENDAR",)),
    account_ids="2 3",
    from_date=JUNE,
)
ON_BALANCE = {
    "analyticsReportData": {"forCraPurpose": False, "timeIntervalTypes": ["MONTHLY_CALENDAR"]},
    "accountIds": "2 3",
    "fromDate": 1780272000,
}
PERSON = ForesightAnalyticsReportData(
    segments=ForesightAnalyticsReportDataSegments(geolocation=(GeoLocationItems(label="POSTAL_CODE", value="85123"),)),
    income=64123,
    age=37,
)
ON_PERSON = {"segments": {"geolocation": [{"label": "POSTAL_CODE", "value": "85123"}]}, "income": 64123, "age": 37}
BUSINESS = BusinessDetailsRequest(
    name="ABC Tires",
    personally_liable=False,
    phone_number=PhoneNumberWithCountryCode(country_code="1", phone_no="8042221111"),
    address=BusinessDetailsRequestAddress(
        address_line1="434 W Way", city="Murray", state="UT", country="US", postal_code="84123"
    ),
)
SALES = SBCAMetricsReportConstraints(
    analytics_report_data=SBCAanalyticsReportData(
        sbca_params=SBCAParams(has_consent=True, metric_frequency="Weekly", metric_type="t", location_id="l-1"),
        business_details=BUSINESS,
    )
)
ON_SALES = {
    "sbcaParams": {"hasConsent": True, "metricFrequency": "Weekly", "metricType": "t", "locationId": "l-1"},
    "businessDetails": {
        "name": "ABC Tires",
        "personallyLiable": False,
        "phoneNumber": {"countryCode": "1", "phoneNo": "8042221111"},
        "address": {
            "addressLine1": "434 W Way", "city": "Murray", "state": "UT", "country": "US", "postalCode": "84123",
        },
    },
}  # fmt: skip
Call = Callable[[AsyncSession], Awaitable[Any]]
CASES: list[tuple[Call, str, dict[str, Any]]] = [
    (
        lambda session: generate_balance_analytics_report(session, 1, "personal", BALANCE),
        "/decisioning/v2/customers/1/reports/balance-analytics/userTypes/personal",
        ON_BALANCE,
    ),
    (
        lambda session: generate_cashflow_analytics_report(session, 1, "business", BALANCE),
        "/decisioning/v2/customers/1/reports/cashflow-analytics/userTypes/business",
        ON_BALANCE,
    ),
    (
        lambda session: generate_payment_history_report(
            session,
            1,
            AnalyticsReportConstraints(report_custom_fields=(ReportCustomField(label="loanID", value="7"),)),
            callback_url="https://example.com/r",
        ),
        "/decisioning/customers/1/reports/payment-history/userTypes/business?callbackUrl=https%3A%2F%2Fexample.com%2Fr",
        {"reportCustomFields": [{"label": "loanID", "value": "7"}]},
    ),
    (
        lambda session: generate_payment_risk_insights_report(
            session,
            1,
            "business",
            PaymentRiskInsightsReportConstraints(
                analytics_report_data=PaymentRiskInsightsReportData(for_cra_purpose=False, for_ftc_purpose=True)
            ),
        ),
        "/decisioning/customers/1/reports/payment-risk-insights/userTypes/business",
        {"analyticsReportData": {"forCraPurpose": False, "forFtcPurpose": True}},
    ),
    (
        lambda session: generate_foresight_analytics_non_cra_report(
            session, 1, "personal", ForesightAnalyticsReportConstraints(analytics_report_data=PERSON)
        ),
        "/decisioning/customers/1/reports/foresight-analytics/userTypes/personal",
        {"analyticsReportData": ON_PERSON},
    ),
    (
        lambda session: generate_foresight_analytics_first_third_party_non_cra_report(
            session,
            "personal",
            ForesightAnalyticsReportFirstThirdPartyConstraints(customer_id=1, external_customer_id="mine"),
        ),
        "/decisioning/reports/foresight-analytics/userTypes/personal",
        {"customerId": 1, "externalCustomerId": "mine"},
    ),
    (
        lambda session: generate_sbca_metrics_report(session, 1, SALES),
        "/decisioning/customers/1/sbca",
        {"analyticsReportData": ON_SALES},
    ),
]
each = pytest.mark.parametrize(("call", "target", "body"), CASES, ids=[target for _, target, _ in CASES])


@each
async def test_a_report_is_asked_for_once_with_what_was_given_and_nothing_else(
    call: Call, target: str, body: dict[str, Any]
) -> None:
    started = http(202, {"id": "r-1", "customerId": 1, "status": "inProgress"})
    async with RawServer(Close(), default=started) as server, session_on(server) as session:
        with pytest.raises(TransportError) as caught:
            await call(session)
        assert caught.value.sent
        assert len(server.calls) == 1
        report = await call(session)
    assert (report.id, report.customer_id, report.status) == ("r-1", 1, "inProgress")
    assert [(sent.method, sent.target, json.loads(sent.body)) for sent in server.calls] == [("POST", target, body)] * 2


def test_what_is_asked_for_shows_nothing_personal() -> None:
    text = repr((PERSON, SALES))
    assert not [part for part in ("64123", "37", "8042221111", "434 W") if part in text]


def test_a_report_shows_neither_social_security_number_nor_pin() -> None:
    report = AnalyticsReportAck.from_json(b'{"id":"r","consumerSsn":"6789","reportPin":"2398jk"}')
    assert (report.consumer_ssn, report.report_pin) == ("6789", "2398jk")
    assert "6789" not in repr(report)
    assert "2398jk" not in repr(report)


@pytest.mark.parametrize("sent", ["2 3", ["2", "3"]])
@pytest.mark.parametrize(
    "ack", [PaymentRiskInsightsReportAck, ForesightAnalyticsReportAck, ForesightAnalyticsFirstThirdPartyReportAck]
)
def test_the_accounts_of_a_report_are_read_from_a_list_or_from_one_text(ack: Any, sent: object) -> None:
    report = ack.from_dict({"id": "r", "constraints": {"accountIds": sent}})
    assert report.constraints.account_ids == ("2", "3")
    assert report.invalid_values == {}


def test_the_figures_of_a_merchant_are_exact() -> None:
    report = SBCAReport.from_json(
        b'{"id":"r-sbca","constraints":{"analyticsReportData":{"sbcaParams":{"hasConsent":true}}},'
        b'"retailSalesAnalyticsMetrics":[{"naicsCode":454113,"firstSeenTxnDate":"2008-08-14","metricsLists":['
        b'{"year":2022,"metrics":[{"name":"txn_amt","value":16198.060138},{"name":"txn_cnt","value":238}]}]}]}'
    )
    (of_location,) = report.retail_sales_analytics_metrics
    (period,) = of_location.metrics_lists
    assert of_location.first_seen_txn_date == date(2008, 8, 14)
    assert (of_location.naics_code, period.year) == (Decimal(454113), Decimal(2022))
    assert [(one.name, one.value) for one in period.metrics] == [("txn_amt", Decimal("16198.060138")), ("txn_cnt", 238)]
    assert report.retail_sales_benchmarks_metrics == ()


async def test_locations_are_found_by_what_is_known_of_a_merchant() -> None:
    found = http(200, {"locationMatches": [{"locationId": "l-1", "matchRank": 1, "postalCode": 10577}]})
    nothing = http(404, {"code": "10100", "message": "No potential location matches found."})
    async with RawServer(nothing, default=found) as server, session_on(server) as session:
        with pytest.raises(NotFoundError):
            await get_location_matches(session, id_type="MERCHANT_ID", id_value="106241230D01")
        (match,) = await get_location_matches(session, merchant_name="Artisan Emporium", postal_code="84123")
    assert (match.location_id, match.match_rank, match.postal_code) == ("l-1", 1, "10577")
    assert [sent.target.partition("?")[2] for sent in server.calls] == [
        "idType=MERCHANT_ID&idValue=106241230D01",
        "merchantName=Artisan+Emporium&postalCode=84123",
    ]
