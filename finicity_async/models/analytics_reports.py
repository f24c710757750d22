"""Bodies of the analytics reports: balance, cash flow, payment history, payment risk and foresight."""

from finicity_async.models._record import Record
from finicity_async.models._report_parts import (
    AccountDetails,
    AnalyzedAccount,
    ReportInstitution,
)
from finicity_async.models._values import Instant
from finicity_async.models.analytics import BusinessDetails
from finicity_async.models.analytics_metrics import AccountAnalytics, CustomerAnalytics


class _Account(AnalyzedAccount, frozen=True, kw_only=True, rename="camel"):
    """What every analytics report says of an account, except for the metrics."""

    details: AccountDetails | None = None
    """Balances that depend on the type of the account."""


class AnalyticsReportsAccount(_Account, frozen=True, kw_only=True, rename="camel"):
    """
    An account in an analytics report; ``repr`` does not show ``number``.

    Source: schema AnalyticsReportsAccount, spec 1.42.0.
    """

    analytics: AccountAnalytics | None = None
    """The metrics of the account."""


class AnalyticsReportInstitution(ReportInstitution, frozen=True, kw_only=True, rename="camel"):
    """
    An institution in an analytics report.

    Source: schema ReportInstitution, spec 1.42.0.
    """

    accounts: tuple[AnalyticsReportsAccount, ...] = ()
    """Its accounts."""


class PaymentRiskInsightsReportAccount(_Account, frozen=True, kw_only=True, rename="camel"):
    """
    An account in a report on payment risk; ``repr`` does not show ``number``.

    Source: schema AnalyticsReportsAccount and the examples of reports on payment risk, spec 1.42.0.
    """

    analytics: tuple[AccountAnalytics, ...] = ()
    """The metrics of the account: declared as one record, but a list of one in every example."""


class PaymentRiskInsightsReportInstitution(ReportInstitution, frozen=True, kw_only=True, rename="camel"):
    """
    An institution in a report on payment risk.

    Source: schema ReportInstitution, spec 1.42.0.
    """

    accounts: tuple[PaymentRiskInsightsReportAccount, ...] = ()
    """Its accounts."""


class AFBalanceAnalyticsReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a balance analytics report; ``repr`` does not show ``report_pin``.

    Source: schema AFBalanceAnalyticsReport, spec 1.42.0.
    """

    business_details: BusinessDetails | None = None
    """The business, where the report is about one."""
    report_pin: str | None = None
    """Key of the report in the vendor's portal for consumers."""
    start_date: Instant | None = None
    """When the earliest transaction in the report was posted."""
    end_date: Instant | None = None
    """When the latest transaction in the report was posted."""
    days: int | None = None
    """Number of days that the report covers."""
    seasoned: bool | None = None
    """Whether it covers more than 365 days."""
    institutions: tuple[AnalyticsReportInstitution, ...] = ()
    """The institutions with their accounts."""
    customer_analytics: CustomerAnalytics | None = None
    """The metrics over all accounts."""

    _hidden = frozenset({"report_pin"})


class AFCashFlowAnalyticsReport(AFBalanceAnalyticsReport, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a cash flow analytics report; ``repr`` does not show ``report_pin``.

    Source: schema AFCashFlowAnalyticsReport, spec 1.42.0.
    """


class AFPaymentHistoryAnalyticsReport(AFBalanceAnalyticsReport, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on payment history; ``repr`` does not show ``report_pin``.

    Source: schema AFPaymentHistoryAnalyticsReport, spec 1.42.0.
    """

    original_report_created_date: Instant | None = None
    """When the report that this one refreshes was made; undeclared, in the document's examples only."""
    report_refresh_number: int | None = None
    """How many times the report was refreshed; undeclared, in the document's examples only."""


class ForesightAnalyticsReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a foresight report, also on transactions that the partner sent; ``repr`` does not show ``report_pin``.

    Source: schemas ForesightAnalyticsReport and ForesightAnalyticsFirstThirdPartyReport, spec 1.42.0.
    """

    report_pin: str | None = None
    """Key of the report in the vendor's portal for consumers."""
    start_date: Instant | None = None
    """When the earliest transaction in the report was posted."""
    end_date: Instant | None = None
    """When the latest transaction in the report was posted."""
    days: int | None = None
    """Number of days that the report covers."""
    seasoned: bool | None = None
    """Whether it covers more than 365 days."""
    institutions: tuple[AnalyticsReportInstitution, ...] = ()
    """The institutions with their accounts."""
    customer_analytics: CustomerAnalytics | None = None
    """The metrics over all accounts."""

    _hidden = frozenset({"report_pin"})


class PaymentRiskInsightsReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on payment risk; ``repr`` does not show ``report_pin``.

    The score is the state attribute ``PAYMENT_RISK_SCORE`` of ``customer_analytics``.

    Source: schema PaymentRiskInsightsReport, spec 1.42.0.
    """

    report_pin: str | None = None
    """Key of the report in the vendor's portal for consumers."""
    business_details: BusinessDetails | None = None
    """The business, where the report is about one."""
    start_date: Instant | None = None
    """When the earliest transaction in the report was posted."""
    end_date: Instant | None = None
    """When the latest transaction in the report was posted."""
    days: int | None = None
    """Number of days that the report covers."""
    seasoned: bool | None = None
    """Whether it covers more than 365 days."""
    institutions: tuple[PaymentRiskInsightsReportInstitution, ...] = ()
    """The institutions with their accounts."""
    customer_analytics: CustomerAnalytics | None = None
    """The metrics over all accounts."""
    original_report_created_date: Instant | None = None
    """When the report that this one refreshes was made; undeclared, in the document's examples only."""
    report_refresh_number: int | None = None
    """How many times the report was refreshed; undeclared, in the document's examples only."""

    _hidden = frozenset({"report_pin"})
