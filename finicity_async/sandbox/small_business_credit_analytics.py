"""The handler of Small Business Credit Analytics: a report has the one kind of metrics that was asked for."""

from typing import Any

import msgspec

from finicity_async.endpoints import small_business_credit_analytics
from finicity_async.models.small_business_credit_analytics import SBCAMetricsReportConstraints
from finicity_async.operation import Operation
from finicity_async.sandbox.customers import customer_in_path
from finicity_async.sandbox.drawn import drawn_reply
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_BENCHMARKS = "retail_sales_benchmarks"


async def _generate_sbca_metrics_report(state: State, request: IncomingRequest) -> Response:
    customer_in_path(state, request)
    try:
        asked = msgspec.json.decode(request.body, type=SBCAMetricsReportConstraints)
    except msgspec.MsgspecError:
        raise RefusalError("10005") from None
    is_benchmark = asked.analytics_report_data.sbca_params.metric_type == _BENCHMARKS
    report = drawn_reply(state, request) | {"constraints": request.members()}
    del report["retailSalesAnalyticsMetrics" if is_benchmark else "retailSalesBenchmarksMetrics"]
    return json_response(report | {"type": "sbcabenchmarksnoncra" if is_benchmark else "sbcaanalyticsnoncra"})


HANDLERS: dict[Operation[Any], Handler] = {
    small_business_credit_analytics.GENERATE_SBCA_METRICS_REPORT: _generate_sbca_metrics_report,
}
