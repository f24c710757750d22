"""Reports as they are read: what every report has, its contents by its type, and lists of reports."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Annotated, Any, Self

import msgspec
from msgspec import UNSET, Raw, field

from finicity_async.models._decoding import JsonText, Member, SetAside, read_one, texts_set_aside, wire_names
from finicity_async.models._masked import Masked
from finicity_async.models._record import Record, on_the_wire
from finicity_async.models._reports import ReportAck, account_ids_in
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant, NumericId, as_it_came
from finicity_async.models.bank_statements import StatementData
from finicity_async.models.connect import ReportCustomField
from finicity_async.models.consumer_foresight import ForesightAnalyticsReportDataSegments
from finicity_async.models.small_business_credit_analytics import BusinessDetailsRequest, SBCAParams
from finicity_async.models.transactions import FindTransactionConstraints
from finicity_async.models.verify_income_and_employment import (
    PayrollDataOut,
    PayStatementData,
    VOIEWithInterviewData,
    VOIEWithStatementData,
)

_BODY = "$body"
_MODELS = "finicity_async.models."

REPORT_BODIES: Mapping[str, str] = {
    "assetSummary": "asset_reports:PrequalificationReport",
    "barbcra": "analytics_reports:AFBalanceAnalyticsReport",
    "barbftc": "analytics_reports:AFBalanceAnalyticsReport",
    "barbnoncra": "analytics_reports:AFBalanceAnalyticsReport",
    "barpcra": "analytics_reports:AFBalanceAnalyticsReport",
    "barpnoncra": "analytics_reports:AFBalanceAnalyticsReport",
    "cfrb": "cash_flow_reports:CashFlowReport",
    "cfrbcra": "analytics_reports:AFCashFlowAnalyticsReport",
    "cfrbftc": "analytics_reports:AFCashFlowAnalyticsReport",
    "cfrbnoncra": "analytics_reports:AFCashFlowAnalyticsReport",
    "cfrp": "cash_flow_reports:CashFlowReport",
    "cfrpcra": "analytics_reports:AFCashFlowAnalyticsReport",
    "cfrpnoncra": "analytics_reports:AFCashFlowAnalyticsReport",
    "cracfrbcra": "analytics_reports:AFCashFlowAnalyticsReport",  # The document's spelling of cfrbcra.
    "farpbfnoncra": "analytics_reports:ForesightAnalyticsReport",
    "paystatement": "paystub_reports:PayStatementReport",
    "phrbcra": "analytics_reports:AFPaymentHistoryAnalyticsReport",
    "phrbftc": "analytics_reports:AFPaymentHistoryAnalyticsReport",
    "phrbnoncra": "analytics_reports:AFPaymentHistoryAnalyticsReport",
    "preQualVoa": "asset_reports:PrequalificationReport",
    "pribcra": "analytics_reports:PaymentRiskInsightsReport",
    "pribftc": "analytics_reports:PaymentRiskInsightsReport",
    "pribnoncra": "analytics_reports:PaymentRiskInsightsReport",
    "pripcra": "analytics_reports:PaymentRiskInsightsReport",
    "pripnoncra": "analytics_reports:PaymentRiskInsightsReport",
    "sbcaanalyticsnoncra": "small_business_credit_analytics:SBCAAnalyticsReport",
    "sbcabenchmarksnoncra": "small_business_credit_analytics:SBCABenchmarkReport",
    "statement": "bank_statements:StatementReport",
    "transactions": "transactions_report:TransactionsReport",
    "txnNonCra": "transactions_report:TransactionsReport",
    "voa": "asset_reports:VOAReport",
    "voaHistory": "asset_reports:VOAWithIncomeReport",
    "voePayroll": "payroll_reports:VOEPayrollReport",
    "voeTransactions": "income_reports:VOETransactionsReport",
    "voi": "income_reports:VOIReport",
    "voie": "paystub_reports:VOIEPaystubReport",
    "voiePayroll": "payroll_reports:VOIEPayrollReport",
    "voieTxVerify": "paystub_reports:VOIEPaystubWithTXVerifyReport",
    "voieWithInterview": "paystub_reports:VOIEPaystubWithTXVerifyReport",
    "voieWithReport": "paystub_reports:VOIEPaystubReport",
    "voieWithStatement": "paystub_reports:VOIEPaystubReport",
}
"""``Report.type`` -> module of `finicity_async.models` and Struct of ``Report.body``; imported when a body is read."""


class AnalyticsReportDataOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What an analytics report is for, as the vendor repeats it; ``repr`` shows neither ``income`` nor ``age``.

    Source: schemas AnalyticsReportData, ForesightAnalyticsReportData, PaymentRiskInsightsReportData and
    SBCAanalyticsReportData, spec 1.42.0.
    """

    for_cra_purpose: bool | None = None
    """Whether the report is one of a consumer reporting agency."""
    applicant_is_personal_guarantor: bool | None = None
    """Whether the applicant answers for a business as a person."""
    for_ftc_purpose: bool | None = None
    """Whether the report is about a business under the rules of the FTC."""
    time_interval_types: tuple[str, ...] = ()
    """Spans that the analytics are made of, for example ``"MONTHLY_CALENDAR"``."""
    segments: ForesightAnalyticsReportDataSegments | None = None
    """With whom the customer is compared; foresight only."""
    analytics: tuple[str, ...] = ()
    """``"benchmarking"`` and ``"forecasting"``; foresight only."""
    income: int | None = None
    """Income of the household in a year, in whole dollars; foresight only."""
    age: int | None = None
    """Age of the customer in years; foresight only."""
    sbca_params: SBCAParams | None = None
    """Which metrics of which location; small businesses only."""
    business_details: BusinessDetailsRequest | None = None
    """The business; small businesses only."""

    _hidden = frozenset({"income", "age"})


class ReportConstraints(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a report was asked for, as the vendor repeats it; it has the members of every type, and a report has a few.

    Source: the schemas of ``constraints`` in the alternatives of schema Report, spec 1.42.0.
    """

    paystatement_report: PayStatementData | None = None
    """Pay statements that the report is made of."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields."""
    report_id: str | None = None
    """Earlier report that this one builds on."""
    _account_ids: Annotated[JsonText, tuple[str, ...]] = field(default=UNSET, name="accountIds")
    """JSON text of ``accountIds``: a list, or one text with blanks."""
    from_date: Instant | None = None
    """First moment of the transactions."""
    income_stream_confidence_minimum: int | None = None
    """Least confidence of an income stream, percent."""
    payroll_data: PayrollDataOut | None = None
    """Person and employers of a report on payroll data."""
    pay_statements_from_date: Instant | None = None
    """First moment of the pay statements."""
    show_nsf: bool | None = None
    """Whether the report counts fees for non-sufficient funds."""
    income_from_date: Instant | None = None
    """First moment of the income."""
    voai_pdf_deposit_view: bool | None = None
    """Whether the PDF shows deposits."""
    to_date: Instant | None = None
    """Last moment of the transactions."""
    include_pending: bool | None = None
    """Whether pending transactions are included."""
    find_transaction: FindTransactionConstraints | None = None
    """Transactions that the report is limited to."""
    statement_report_data: StatementData | None = None
    """Statement that the report is made of."""
    voie_with_statement_data: VOIEWithStatementData | None = None
    """Pay statements of a report on income and employment."""
    voie_with_interview_data: VOIEWithInterviewData | None = None
    """Pay statements of a report on income and employment, and the accounts that they are compared with."""
    analytics_report_data: AnalyticsReportDataOut | None = None
    """What an analytics report is for."""
    customer_id: NumericId | None = None
    """The customer by the vendor's ID; foresight reports on transactions that the partner sent only."""
    external_customer_id: str | None = None
    """The customer by the partner's ID; these reports only."""

    @property
    def account_ids(self) -> tuple[str, ...]:
        """Accounts of the report, whether the vendor sent a list or one text with blanks; none for all."""
        return account_ids_in(self._account_ids)


class Report(ReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A report, finished or not: what every report has, and its contents in ``body``.

    On the wire both stand beside each other in one object. The members that are none of this record's are kept
    together as one JSON text, which ``body`` decodes into the Struct of the report's ``type``. So a type that is not
    known here, and a body that does not fit, cost nothing else. ``msgspec.json.encode`` writes that text under
    ``$body``; ``from_json`` and ``from_dict`` take that as well as the vendor's one object. ``invalid_values`` has the
    vendor's paths. ``repr`` does not show ``consumer_ssn``.

    Source: schemas Report and ReportWithFirstThirdParty, spec 1.42.0.
    """

    constraints: ReportConstraints | None = None
    """What the report was asked for."""
    external_customer_id: str | None = None
    """The partner's own ID of the customer; reports for third parties only."""
    _body: Annotated[JsonText, Record] = field(default=UNSET, name=_BODY)
    """JSON text of the contents; undeclared as one member."""

    @property
    def body(self) -> Record | None:
        """
        The contents, for example a `VOIReport`; None while there are none, or for a type that is not known here.

        Decoded at each access, so bind it once. Never raises: what does not fit is in ``invalid_values``.
        """
        kind = report_body(self.type)
        return read_one(kind, self._body) if kind else None

    @property
    def body_json(self) -> bytes:
        """JSON text of the contents as they came, one object, empty without any; of every type."""
        return bytes(self._body or b"")

    @property
    def invalid_values(self) -> Mapping[str, object]:
        """What was set aside because it does not fit: JSON path in the vendor's object -> the value as it came."""
        return {path.replace(f"$.{_BODY}", "$", 1): value for path, value in super().invalid_values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Self:
        """Build a report as `Record.from_dict` does; ``body`` may be a record or a dict."""
        body, kind = values.get("body"), report_body(values.get("type"))
        plain = body.to_dict() if isinstance(body, Record) else body
        if kind and isinstance(plain, Mapping):
            values = {**values, "body": on_the_wire(kind, plain)}
        return super().from_dict(values)

    def to_dict(self) -> dict[str, Any]:
        """Return the whole report in plain values; contents of an unknown type as they came, amounts as Decimal."""
        values = super().to_dict()
        if values["body"] is None and self.body_json:
            members = texts_set_aside(self._body)
            values["body"] = {name: as_it_came(text) for name, text in members.items()} or as_it_came(self.body_json)
        return values

    def _record_type(self, member: Member) -> Any:
        return (report_body(self.type) or Record) if member.name == _BODY else super()._record_type(member)

    @classmethod
    def _fold(cls, members: SetAside) -> SetAside:
        """Move the members that are none of this record's into one."""
        if _BODY in members:
            return members
        envelope = {name: members[name] for name in _envelope() if name in members}
        body = {name: text for name, text in members.items() if name not in envelope}
        return {**envelope, _BODY: Raw(msgspec.json.encode(body))} if body else envelope


class ReportSummary(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One report in a list; ``repr`` does not show ``consumer_ssn``.

    Source: schema ReportSummary, spec 1.42.0.
    """

    id: str
    """ID of the report, by which it is read."""
    request_id: str | None = None
    """ID that the vendor gave to the request."""
    requester_name: str | None = None
    """Name of the partner."""
    created_date: Instant | None = None
    """When the report was asked for."""
    consumer_id: str | None = None
    """The consumer whom the report is about."""
    consumer_ssn: str | None = None
    """Last four digits of the consumer's Social Security number."""
    type: str | None = None
    """The kind of report, for example ``"voi"``; an open set."""
    status: str | None = None
    """``"inProgress"``, ``"success"`` or ``"failure"``; an open set."""

    _hidden = frozenset({"consumer_ssn"})


class ReportSummaries(Record, Rows[ReportSummary], frozen=True, kw_only=True, rename="camel"):
    """
    Reports of a customer or consumer, a sequence.

    Source: schema ReportSummaries, spec 1.42.0.
    """

    reports: tuple[ReportSummary, ...]
    """One record for each report."""


class Lender(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Why a report is read.

    Source: schema Lender, spec 1.42.0.
    """

    purpose: str | None = None
    """Permissible purpose, a code of two digits, for example ``"99"``."""


@cache
def report_body(kind: object) -> type[Record] | None:
    """Return the Struct of the contents of a type of report; None for one that is not known here."""
    place = REPORT_BODIES.get(kind) if isinstance(kind, str) else None
    if place is None:
        return None
    module, _, name = place.partition(":")
    found: type[Record] = getattr(import_module(_MODELS + module), name)
    return found


@cache
def _envelope() -> tuple[str, ...]:
    return (*wire_names(Report), "$invalid")
