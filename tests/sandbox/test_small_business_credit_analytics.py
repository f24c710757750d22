"""The sandbox makes the kind of report on a merchant's location that was asked for."""

import pytest

from finicity_async import AsyncSession, NotFoundError, Operation, StatusError
from finicity_async.endpoints.small_business_credit_analytics import (
    GENERATE_SBCA_METRICS_REPORT,
    generate_sbca_metrics_report,
)
from finicity_async.models.small_business_credit_analytics import SBCAMetricsReportConstraints
from tests.vendor.examples import example

CUSTOMER = "1005061234"


def asked(metric_type: str) -> SBCAMetricsReportConstraints:
    found = example({"$ref": "SBCAMetricsReportConstraints"})
    found["analyticsReportData"]["sbcaParams"]["metricType"] = metric_type
    return SBCAMetricsReportConstraints.from_dict(found)


@pytest.mark.parametrize(
    ("metric_type", "kind"),
    [("retail_sales_analytics", "sbcaanalyticsnoncra"), ("retail_sales_benchmarks", "sbcabenchmarksnoncra")],
)
async def test_a_report_has_the_one_kind_of_metrics_that_was_asked_for(
    session: AsyncSession, metric_type: str, kind: str
) -> None:
    report = await generate_sbca_metrics_report(session, CUSTOMER, asked(metric_type))
    assert (report.type, report.customer_id, report.constraints) == (kind, int(CUSTOMER), asked(metric_type))
    filled = bool(report.retail_sales_analytics_metrics), bool(report.retail_sales_benchmarks_metrics)
    assert filled == (kind == "sbcaanalyticsnoncra", kind == "sbcabenchmarksnoncra")
    assert report.invalid_values == {}


async def test_an_unknown_customer_and_a_body_without_parameters_are_refused(session: AsyncSession) -> None:
    with pytest.raises(NotFoundError):
        await generate_sbca_metrics_report(session, 1, asked("retail_sales_analytics"))
    row = Operation("Any", "POST", GENERATE_SBCA_METRICS_REPORT.path, bytes, body_type=dict)
    with pytest.raises(StatusError) as caught:
        await session.send(row.request(customerId=CUSTOMER, body={"analyticsReportData": {}}))
    assert (caught.value.status, caught.value.code) == (400, "10005")
