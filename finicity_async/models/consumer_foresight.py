"""Consumer Foresight on the wire: requests for its reports and their acknowledgements."""

from typing import Annotated

import msgspec
from msgspec import UNSET

from finicity_async.models._decoding import JsonText
from finicity_async.models._record import Record
from finicity_async.models._reports import BaseReportAck, account_ids_in
from finicity_async.models._values import Instant, NumericId
from finicity_async.models.connect import ReportCustomField


class PaymentRiskInsightsReportData(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Purpose and time intervals of a report on payment risk; sent and read.

    Source: schema PaymentRiskInsightsReportData, spec 1.42.0.
    """

    for_cra_purpose: bool
    """True for a consumer report, which needs a consumer (``create_consumer``); without it no report is made."""
    for_ftc_purpose: bool | None = None
    """Whether the report serves an FTC purpose; None for a person."""
    time_interval_types: tuple[str, ...] = ()
    """Intervals of the metrics, at most two: ``"MONTHLY_CALENDAR"``, ``"MONTHLY_ROLLING_30"``."""
    applicant_is_personal_guarantor: bool | None = None
    """Whether the owner of the business guarantees the loan, which needs a consumer; None for a person."""


class PaymentRiskInsightsReportConstraints(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """
    What a report on payment risk is about.

    Source: schema PaymentRiskInsightsReportConstraints, spec 1.42.0.
    """

    analytics_report_data: PaymentRiskInsightsReportData | None = None
    """Purpose and intervals."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, at most five."""
    account_ids: str | None = None
    """The accounts, separated by blanks, for example ``"1027339038 1027339039"``; None for all."""
    from_date: Instant | None = None
    """Start of the transactions, at most two years back."""


class PaymentRiskInsightsReportConstraintsOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a report on payment risk is about, as the vendor repeats it.

    Source: schema PaymentRiskInsightsReportConstraints, spec 1.42.0.
    """

    analytics_report_data: PaymentRiskInsightsReportData | None = None
    """Purpose and intervals."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields."""
    _account_ids: Annotated[JsonText, tuple[str, ...]] = msgspec.field(default=UNSET, name="accountIds")
    """JSON text of ``accountIds``: declared as one text with blanks, but a list in the document's examples."""
    from_date: Instant | None = None
    """Start of the transactions."""

    @property
    def account_ids(self) -> tuple[str, ...]:
        """The accounts, whether the vendor sent a list or one text with blanks; none for all."""
        return account_ids_in(self._account_ids)


class PaymentRiskInsightsReportAck(BaseReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A report on payment risk that is being made; ``repr`` shows neither ``consumer_ssn`` nor ``report_pin``.

    Source: schema PaymentRiskInsightsReportAck, spec 1.42.0.
    """

    constraints: PaymentRiskInsightsReportConstraintsOut | None = None
    """What the report is about."""
    report_pin: str | None = None
    """Key of the report in the vendor's portal for consumers."""

    _hidden = frozenset({"consumer_ssn", "report_pin"})


class GeoLocationItems(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Where the cohort lives with which a customer is compared; sent and read.

    Source: schema GeoLocationItems, spec 1.42.0.
    """

    label: str | None = None
    """Kind of ``value``: ``"POSTAL_CODE"``."""
    value: str | None = None
    """The value, for example ``"85123"``."""


class ForesightAnalyticsReportDataSegments(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    The cohort with which a customer is compared; sent and read.

    Source: an inline schema of ForesightAnalyticsReportData, spec 1.42.0.
    """

    geolocation: tuple[GeoLocationItems, ...] = ()
    """Where the cohort lives."""


class ForesightAnalyticsReportData(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a foresight report analyzes, sent and read; ``repr`` shows neither ``income`` nor ``age``.

    Source: schema ForesightAnalyticsReportData, spec 1.42.0.
    """

    for_cra_purpose: bool | None = None
    """Whether it is a consumer report; foresight reports are none, so False."""
    segments: ForesightAnalyticsReportDataSegments | None = None
    """The cohort with which the customer is compared."""
    analytics: tuple[str, ...] = ()
    """``"benchmarking"``, ``"forecasting"`` or both; empty for both."""
    time_interval_types: tuple[str, ...] = ()
    """Intervals of the metrics, at most two: ``"MONTHLY_CALENDAR"``, ``"MONTHLY_ROLLING_30"``."""
    income: int | None = None
    """Annual household income in whole dollars; selects the income band."""
    age: int | None = None
    """Age of the customer in years; selects the age band."""

    _hidden = frozenset({"income", "age"})


class ForesightAnalyticsReportConstraints(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """
    What a foresight report is about.

    Source: schema ForesightAnalyticsReportConstraints, spec 1.42.0.
    """

    analytics_report_data: ForesightAnalyticsReportData | None = None
    """What it analyzes."""
    account_ids: str | None = None
    """The accounts, separated by blanks, for example ``"1027339038 1027339039"``; None for all."""
    from_date: Instant | None = None
    """Start of the transactions."""


class ForesightAnalyticsReportConstraintsOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a foresight report is about, as the vendor repeats it.

    Source: schema ForesightAnalyticsReportConstraints, spec 1.42.0.
    """

    analytics_report_data: ForesightAnalyticsReportData | None = None
    """What it analyzes."""
    _account_ids: Annotated[JsonText, tuple[str, ...]] = msgspec.field(default=UNSET, name="accountIds")
    """JSON text of ``accountIds``: declared as one text with blanks, but a list in the document's examples."""
    from_date: Instant | None = None
    """Start of the transactions."""

    @property
    def account_ids(self) -> tuple[str, ...]:
        """The accounts, whether the vendor sent a list or one text with blanks; none for all."""
        return account_ids_in(self._account_ids)


class ForesightAnalyticsReportAck(BaseReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A foresight report that is being made; ``repr`` shows neither ``consumer_ssn`` nor ``report_pin``.

    Source: schema ForesightAnalyticsReportAck, spec 1.42.0.
    """

    constraints: ForesightAnalyticsReportConstraintsOut | None = None
    """What the report is about."""
    report_pin: str | None = None
    """Key of the report in the vendor's portal for consumers."""

    _hidden = frozenset({"consumer_ssn", "report_pin"})


class ForesightAnalyticsReportFirstThirdPartyConstraints(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """
    Whom a foresight report is about and what it analyzes; one of the two IDs is needed.

    Source: schema ForesightAnalyticsReportFirstThirdPartyConstraints, spec 1.42.0.
    """

    analytics_report_data: ForesightAnalyticsReportData | None = None
    """What it analyzes."""
    account_ids: str | None = None
    """The accounts, separated by blanks, for example ``"1027339038 1027339039"``; None for all."""
    from_date: Instant | None = None
    """Start of the transactions."""
    customer_id: NumericId | None = None
    """The customer whose accounts the vendor reads, a number here."""
    external_customer_id: str | None = None
    """The partner's ID of the customer, under which it sent transactions for enrichment."""


class ForesightAnalyticsReportFirstThirdPartyConstraintsOut(
    ForesightAnalyticsReportConstraintsOut, frozen=True, kw_only=True, rename="camel"
):
    """
    Whom a foresight report is about and what it analyzes, as the vendor repeats it.

    Source: schema ForesightAnalyticsReportFirstThirdPartyConstraints, spec 1.42.0.
    """

    customer_id: NumericId | None = None
    """The customer whose accounts the vendor reads, a number here."""
    external_customer_id: str | None = None
    """The partner's ID of the customer."""


class ForesightAnalyticsFirstThirdPartyReportAck(BaseReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A foresight report that is being made; ``repr`` shows neither ``consumer_ssn`` nor ``report_pin``.

    Source: schema ForesightAnalyticsFirstThirdPartyReportAck, spec 1.42.0.
    """

    constraints: ForesightAnalyticsReportFirstThirdPartyConstraintsOut | None = None
    """Whom the report is about and what it analyzes."""
    external_customer_id: str | None = None
    """The partner's ID of the customer."""
    report_pin: str | None = None
    """Key of the report in the vendor's portal for consumers."""

    _hidden = frozenset({"consumer_ssn", "report_pin"})
