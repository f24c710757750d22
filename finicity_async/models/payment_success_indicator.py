"""Payment success indicators on the wire: how likely an ACH debit is to be returned."""

from datetime import date
from decimal import Decimal

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models.common import ErrorMessage

# The request


class PaymentSuccessIndicatorsTransaction(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    The payment that is to be judged, sent and read.

    Source: schema PaymentSuccessIndicatorsTransaction, spec 1.42.0.
    """

    settle_by_date: date
    """Day on which the money is to arrive, ``YYYY-MM-DD`` on the wire. It decides how many days are judged: 3 to 10."""
    amount: Decimal
    """Amount of the payment, above 0."""


class PaymentSuccessIndicatorsAddress(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Address of the person who pays.

    Source: schema PaymentSuccessIndicatorsAddress, spec 1.42.0.
    """

    street_line1: str | None = None
    """First line of the street, at most 1,000 characters."""
    street_line2: str | None = None
    """Second line of the street, at most 1,000 characters."""
    city: str | None = None
    """City, at most 500 characters."""
    state: str | None = None
    """State, for example ``"UT"``; at most three characters."""
    postal_code: str | None = None
    """ZIP code, at most 100 characters."""
    country: str | None = None
    """ISO 3166 code of two letters, for example ``"US"``."""


class PaymentSuccessIndicatorsPhone(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Telephone number of the person who pays.

    Source: schema PaymentSuccessIndicatorsPhone, spec 1.42.0.
    """

    country_hint: str | None = None
    """ISO 3166 code of the country whose prefix the number lacks, for example ``"US"``."""
    number: str | None = None
    """The number, E.164 or local; the vendor requires it where there is no email address."""


class PaymentSuccessIndicatorsUser(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    The person who pays, as given to the partner; ``repr`` shows none of it.

    Source: schema PaymentSuccessIndicatorsUser, spec 1.42.0.
    """

    name: str | None = None
    """Full name."""
    email: str | None = None
    """Email address."""
    address: PaymentSuccessIndicatorsAddress | None = None
    """Postal address."""
    phone: PaymentSuccessIndicatorsPhone | None = None
    """Telephone number."""


class PaymentSuccessIndicatorsProperties(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    A payment to be judged; ``repr`` shows none of it.

    Source: schema PaymentSuccessIndicatorsProperties, spec 1.42.0.
    """

    transaction: PaymentSuccessIndicatorsTransaction
    """The payment."""
    user: PaymentSuccessIndicatorsUser | None = None
    """The person who pays."""


# Scores


class NsfReasonItem(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What the score of a day is made of, each from 0 to 100.

    Source: schema NsfReasonItem, spec 1.42.0.
    """

    recent_balance: int | None = None
    """The available balance."""
    balance_history: int | None = None
    """How the balance has developed."""
    nsf_history: int | None = None
    """How often money was lacking."""
    recent_nsf_history: int | None = None
    """How often money was lacking of late."""
    recurring_nsf: int | None = None
    """How regularly money is lacking."""
    spend_history: int | None = None
    """How spending has developed."""
    deposit_history: int | None = None
    """How deposits have developed."""
    transaction_amount: int | None = None
    """The amount of the payment."""


class NsfIndicator(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How likely the account can pay on one day.

    Source: schema NsfIndicator, spec 1.42.0.
    """

    potential_settlement_date: date | None = None
    """The day."""
    score: int | None = None
    """From 0 to 100; the higher, the likelier the payment settles."""
    indicator: str | None = None
    """The score in words: ``"Low Risk"``, ``"Medium Risk"`` or ``"High Risk"``; an open set."""
    reasons: NsfReasonItem | None = None
    """What the score is made of; only with ``include_reasons=True``."""


class NsfReturnRiskResult(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The risk of a return for lack of money.

    Source: schema NsfReturnRiskResult, spec 1.42.0.
    """

    available_balance: Decimal | None = None
    """What could be withdrawn when the request was made."""
    daily_results: tuple[NsfIndicator, ...] = ()
    """One record for each day, 3 to 10 of them."""


class FcraNsfReturnRiskResult(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The risk of a return for lack of money, as a consumer report.

    Source: schema FcraNsfReturnRiskResult, spec 1.42.0.
    """

    dispute_statement: str | None = None
    """Whether the consumer disputes the data, and what."""
    available_balance: Decimal | None = None
    """What could be withdrawn when the request was made."""
    daily_results: tuple[NsfIndicator, ...] = ()
    """One record for each day, 3 to 10 of them."""


class NsfReturnRisk(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The risk of a return for lack of money, or why it is not known.

    Source: schema NsfReturnRisk, spec 1.42.0.
    """

    result: NsfReturnRiskResult | None = None
    """The risk."""
    error: ErrorMessage | None = None
    """Why it is not known."""


class FcraNsfReturnRisk(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The risk of a return for lack of money, or why it is not known, as a consumer report.

    Source: schema FcraNsfReturnRisk, spec 1.42.0.
    """

    result: FcraNsfReturnRiskResult | None = None
    """The risk."""
    error: ErrorMessage | None = None
    """Why it is not known."""


class UnauthorizedReturnRiskResult(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The risk that the owner of the account has not authorized the payment.

    Source: an inline schema, spec 1.42.0.
    """

    score: int | None = None
    """From 0 to 100."""
    indicator: str | None = None
    """The score in words, for example ``"Low Risk"``; an open set."""


class UnauthorizedReturnRisk(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The risk of a return of an unauthorized payment, or why it is not known.

    Source: schema UnauthorizedReturnRisk, spec 1.42.0.
    """

    result: UnauthorizedReturnRiskResult | None = None
    """The risk."""
    error: ErrorMessage | None = None
    """Why it is not known."""


class _Indicators(Record, frozen=True, kw_only=True, rename="camel"):
    """What both kinds of indicators say of the request."""

    pay_request_id: str
    """ID of the request, by which the scores are read."""
    status: str | None = None
    """``"IN PROGRESS"``, ``"SUCCESS"`` or ``"FAILURE"``; an open set."""
    customer_id: str | None = None
    """The customer who pays."""
    account_id: str | None = None
    """The account that is to be debited."""
    request_date: date | None = None
    """Day of the request."""
    transaction: PaymentSuccessIndicatorsTransaction | None = None
    """The payment that is judged."""


class PaymentSuccessIndicators(_Indicators, frozen=True, kw_only=True, rename="camel"):
    """
    How likely a payment is to be returned.

    Source: schema PaymentSuccessIndicators, spec 1.42.0.
    """

    nsf_return_risk: NsfReturnRisk | None = None
    """The risk that the account lacks the money; None while in progress."""
    unauthorized_return_risk: UnauthorizedReturnRisk | None = None
    """The risk that the payment is not authorized; None while in progress."""


class FcraPaymentSuccessIndicators(_Indicators, frozen=True, kw_only=True, rename="camel"):
    """
    How likely a payment is to be returned, as a consumer report.

    Source: schema FcraPaymentSuccessIndicators, spec 1.42.0.
    """

    nsf_return_risk: FcraNsfReturnRisk | None = None
    """The risk that the account lacks the money; None while in progress."""
    unauthorized_return_risk: UnauthorizedReturnRisk | None = None
    """The risk that the payment is not authorized; None while in progress."""


# The indicator in one call


class ReasonItem(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What the score of a day is made of, each from 0 to 100.

    Source: schema ReasonItem, spec 1.42.0.
    """

    recent_balance: int | None = None
    """The available balance."""
    balance_history: int | None = None
    """How the balance has developed."""
    nsf_history: int | None = None
    """How often money was lacking."""
    recent_nsf_history: int | None = None
    """How often money was lacking of late."""
    recurring_nsf: int | None = None
    """How regularly money is lacking."""
    spend_history: int | None = None
    """How spending has developed."""
    deposit_history: int | None = None
    """How deposits have developed."""
    transaction_amount: int | None = None
    """The amount of the payment."""


class Indicator(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How likely the account can pay on one day.

    Source: schema Indicator, spec 1.42.0.
    """

    potential_settlement_date: date | None = None
    """The day."""
    composite_score: int | None = None
    """From 0 to 100; the higher, the likelier the payment settles."""
    score_indicator: str | None = None
    """The score in words, for example ``"Likely to Settle"``; an open set."""
    reasons: ReasonItem | None = None
    """What the score is made of."""


class PaymentSuccessIndicator(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How likely a payment is to be returned for lack of money.

    Source: schema PaymentSuccessIndicator, spec 1.42.0.
    """

    code: str | None = None
    """Why there is no score, for example ``"10001"``; None where there is one."""
    message: str | None = None
    """What ``code`` means."""
    customer_id: str | None = None
    """The customer who pays."""
    account_id: str | None = None
    """The account that is to be debited."""
    pay_req_id: str | None = None
    """ID of the request."""
    settle_by_date: date | None = None
    """Day on which the money is to arrive."""
    settlement_amount: Decimal | None = None
    """Amount of the payment."""
    available_balance: Decimal | None = None
    """What could be withdrawn when the request was made."""
    indicators_by_day: tuple[Indicator, ...] = ()
    """One record for each day, 3 to 10 of them."""
