"""Numbers with which money moves, and balances, on the wire."""

from decimal import Decimal

from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant, NumericId

_NUMBERS = frozenset({"loan_number", "loan_payment_number", "group_number", "group_payment_number"})
_NUMBERS_OF_ACCOUNT = frozenset({"account_number", "account_payment_number"})


class ACHDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The numbers for an ACH transfer; ``repr`` shows neither, because whoever has them can move money.

    Source: schema ACHDetails, spec 1.42.0.
    """

    routing_number: str | None = None
    """Routing number of the institution, nine digits, for this account."""
    real_account_number: str | None = None
    """The whole account number, which may begin with zeros."""

    _hidden = frozenset({"routing_number", "real_account_number"})


class Descriptor(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A further number that a kind of payment needs; ``repr`` does not show it.

    Source: schema Descriptor, spec 1.42.0.
    """

    type: str | None = None
    """What it is, for example ``"routingNumber"``."""
    value: str | None = None
    """The number."""

    _hidden = frozenset({"value"})


class PaymentInstruction(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How an account takes part in one kind of payment; ``repr`` shows no number.

    Source: schema PaymentInstruction, spec 1.42.0.
    """

    type: str | None = None
    """``"ach"``, ``"rtp"`` or ``"fednow"``, which also comes as ``"fedNow"``; an open set."""
    account_number: str | None = None
    """The account number for this kind of payment; may differ from kind to kind."""
    tan_enabled: bool | None = None
    """Whether the institution gives a substitute (tokenized) number in place of the real one."""
    descriptors: tuple[Descriptor, ...] = ()
    """Further numbers, as a rule the routing number."""
    transfer_in_enabled: bool | None = None
    """Whether the account can receive; None for ACH."""
    transfer_out_enabled: bool | None = None
    """Whether the account can send; None for ACH."""

    _hidden = frozenset({"account_number"})


class PaymentInstructions(Record, Rows[PaymentInstruction], frozen=True, kw_only=True, rename="camel"):
    """
    The kinds of payment that an account takes part in, a sequence.

    Source: schema PaymentInstructions, spec 1.42.0.
    """

    payment_instruction: tuple[PaymentInstruction, ...] = ()
    """One record for each kind, in the vendor's order."""


class AvailableBalance(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What can be withdrawn from an account, and what has been booked.

    Source: schema AvailableBalance, spec 1.42.0.
    """

    id: NumericId | None = None
    """Vendor ID; the document says of the customer. It is not compared with the one that was asked for."""
    real_account_number_last4: str | None = None
    """Last four digits of the account number; ACH-enabled accounts only."""
    available_balance: Decimal | None = None
    """What can be withdrawn."""
    available_balance_date: Instant | None = None
    """When the institution gave ``available_balance``: with a cached answer, some time ago."""
    cleared_balance: Decimal | None = None
    """What has been booked, without what is pending."""
    cleared_balance_date: Instant | None = None
    """When the institution gave ``cleared_balance``."""
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt to read the account, 0 for success; see `describe_status`."""
    currency: str | None = None
    """Currency code of both balances, for example ``"USD"``."""


class LoanPaymentDetailsLoan(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Where to pay one student loan; ``repr`` shows no number.

    Source: schema LoanPaymentDetailsLoan, spec 1.42.0.
    """

    account_id: str | None = None
    """Vendor ID of the account of this loan."""
    loan_number: str | None = None
    """The institution's number of the loan."""
    loan_payment_number: str | None = None
    """The number that a payment by hand names; not for ACH."""
    loan_payment_address: str | None = None
    """Where a payment by hand goes."""
    loan_future_payoff_amount: Decimal | None = None
    """What pays the loan off on ``loan_future_payoff_date``."""
    loan_future_payoff_date: Instant | None = None
    """The day for which ``loan_future_payoff_amount`` holds."""

    _hidden = _NUMBERS


class LoanPaymentDetailsGroup(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Where to pay a group of student loans; ``repr`` shows no number.

    Source: schema LoanPaymentDetailsGroup, spec 1.42.0.
    """

    account_id: str | None = None
    """Vendor ID of the account of this group."""
    group_number: str | None = None
    """The institution's number of the group."""
    group_payment_number: str | None = None
    """The number that a payment by hand names; not for ACH."""
    group_payment_address: str | None = None
    """Where a payment by hand goes."""
    group_future_payoff_amount: Decimal | None = None
    """What pays the group off on ``group_future_payoff_date``."""
    group_future_payoff_date: Instant | None = None
    """The day for which ``group_future_payoff_amount`` holds."""
    group_loan_detail: tuple[LoanPaymentDetailsLoan, ...] = ()
    """The loans of the group."""

    _hidden = _NUMBERS


class LoanPaymentDetailsAccount(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Where to pay an account of student loans; ``repr`` shows no number.

    Source: schema LoanPaymentDetailsAccount, spec 1.42.0.
    """

    account_id: str | None = None
    """Vendor ID of the account."""
    account_number: str | None = None
    """The institution's number of the account."""
    account_payment_number: str | None = None
    """The number that a payment by hand names; not for ACH."""
    account_payment_address: str | None = None
    """Where a payment by hand goes."""
    account_future_payoff_amount: Decimal | None = None
    """What pays the account off on ``account_future_payoff_date``."""
    account_future_payoff_date: Instant | None = None
    """The day for which ``account_future_payoff_amount`` holds."""
    group_detail: tuple[LoanPaymentDetailsGroup, ...] = ()
    """The groups of the account, each with its loans."""
    loan_detail: tuple[LoanPaymentDetailsLoan, ...] = ()
    """The loans of the account that belong to no group."""

    _hidden = _NUMBERS_OF_ACCOUNT


class LoanPaymentDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Where to pay a loan; ``repr`` shows no number.

    Source: schema LoanPaymentDetails, spec 1.42.0.
    """

    loan_number: str | None = None
    """The institution's number of the loan."""
    loan_payment_number: str | None = None
    """The number that a payment by hand names; not for ACH."""
    loan_payment_address: str | None = None
    """Where a payment by hand goes."""
    account_detail: LoanPaymentDetailsAccount | None = None
    """The account, its groups and loans; student loans only."""

    _hidden = _NUMBERS
