"""Switches on the wire: a payroll deposit, or the payment of a bill, that moved to another account."""

from decimal import Decimal

from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant


class DepositSwitchesSummarySwitches(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One deposit switch of a customer in short.

    Source: an inline schema, spec 1.42.0.
    """

    id: str
    """Vendor ID of the switch."""
    status: str | None = None
    """``"processing"``, ``"completed"`` or ``"failed"``; an open set."""
    failure_reason: str | None = None
    """Why it failed, for example ``"bad-credentials"`` or ``"user-abandon"``; an open set."""
    created_date: Instant | None = None
    """When the customer made it."""


class DepositSwitchesSummary(Record, Rows[DepositSwitchesSummarySwitches], frozen=True, kw_only=True, rename="camel"):
    """
    The deposit switches of a customer, a sequence.

    Source: schema DepositSwitchesSummary, spec 1.42.0.
    """

    customer_id: str | None = None
    """The customer."""
    customer_type: str | None = None
    """``"active"`` or ``"testing"``."""
    switches: tuple[DepositSwitchesSummarySwitches, ...] = ()
    """The switches, ten at most."""


class ExternalDepositSwitchesSummarySwitches(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One deposit switch under an ID of the partner's, in short.

    Source: an inline schema, spec 1.42.0.
    """

    id: str
    """Vendor ID of the switch."""
    status: str | None = None
    """``"processing"``, ``"completed"`` or ``"failed"``; an open set."""
    failure_reason: str | None = None
    """Why it failed, for example ``"bad-credentials"`` or ``"user-abandon"``; an open set."""
    created_date: Instant | None = None
    """When the customer made it."""


class ExternalDepositSwitchesSummary(
    Record, Rows[ExternalDepositSwitchesSummarySwitches], frozen=True, kw_only=True, rename="camel"
):
    """
    The deposit switches under an ID of the partner's, a sequence.

    Source: schema ExternalDepositSwitchesSummary, spec 1.42.0.
    """

    external_id: str | None = None
    """The partner's ID, `ExternalTransferDetails.id` of the link."""
    switches: tuple[ExternalDepositSwitchesSummarySwitches, ...] = ()
    """The switches, ten at most."""


class DepositSwitchDetailsProvider(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Who pays the customer.

    Source: an inline schema, spec 1.42.0.
    """

    id: str
    """Vendor ID of the payroll provider."""
    name: str | None = None
    """Its name."""


class DepositSwitchDetailsDistributions(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The part of the pay that goes to one account; ``repr`` does not show the routing number.

    Source: an inline schema, spec 1.42.0.
    """

    type: str | None = None
    """``"total"``, ``"percent"`` or ``"fixed"``; an open set."""
    allocated_value: Decimal | None = None
    """Percent of the pay, or dollars, as ``type`` says; None for ``"total"``."""
    bank_identifier: str | None = None
    """Routing number of the bank."""
    account_number_ends_with: str | None = None
    """Last digits of the account number."""

    _hidden = frozenset({"bank_identifier"})


class DepositSwitchDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One deposit switch.

    Source: schema DepositSwitchDetails, spec 1.42.0.
    """

    customer_id: str | None = None
    """The customer."""
    customer_type: str | None = None
    """``"active"`` or ``"testing"``."""
    switch_id: str | None = None
    """Vendor ID of the switch."""
    switch_status: str | None = None
    """``"processing"``, ``"completed"`` or ``"failed"``; an open set."""
    failure_reason: str | None = None
    """Why it failed, for example ``"bad-credentials"`` or ``"user-abandon"``; an open set."""
    created_date: Instant | None = None
    """When the customer made it."""
    updated_date: Instant | None = None
    """When its status last changed."""
    authenticated: bool | None = None
    """Whether the customer has signed in at the payroll provider."""
    provider: DepositSwitchDetailsProvider | None = None
    """Who pays the customer."""
    distributions: tuple[DepositSwitchDetailsDistributions, ...] = ()
    """The accounts that the pay goes to."""

    _hidden = frozenset({"invalid_values"})


class PaySwitchesSummarySwitches(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One bill pay switch of a customer in short.

    Source: an inline schema, spec 1.42.0.
    """

    id: str
    """Vendor ID of the switch."""
    status: str | None = None
    """``"processing"``, ``"completed"`` or ``"failed"``; an open set."""
    failure_reason: str | None = None
    """Why it failed, for example ``"bad-credentials"`` or ``"user-abandon"``; an open set."""
    created_date: Instant | None = None
    """When the customer made it."""


class PaySwitchesSummary(Record, Rows[PaySwitchesSummarySwitches], frozen=True, kw_only=True, rename="camel"):
    """
    The bill pay switches of a customer, a sequence.

    Source: schema PaySwitchesSummary, spec 1.42.0.
    """

    customer_id: str | None = None
    """The customer."""
    customer_type: str | None = None
    """``"active"`` or ``"testing"``."""
    switches: tuple[PaySwitchesSummarySwitches, ...] = ()
    """The switches, ten at most."""


class PaySwitchDetailsProvider(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Who is paid.

    Source: an inline schema, spec 1.42.0.
    """

    id: str
    """Vendor ID of the company that sends the bill."""
    name: str | None = None
    """Its name."""


class PaySwitchDetailsPaymentMethods(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The card or account that a bill is paid with; ``repr`` does not show the routing number.

    Source: an inline schema, spec 1.42.0.
    """

    type: str | None = None
    """``"card"`` or ``"bank"``; an open set."""
    title: str | None = None
    """What the customer calls it."""
    brand: str | None = None
    """Brand of the card, for example ``"Mastercard"``."""
    bank_identifier: str | None = None
    """Routing number of the bank."""
    ends_with: str | None = None
    """Last digits of the number of the card or account."""
    bank_account_type: str | None = None
    """Type of the account, for example ``"Checking"``."""

    _hidden = frozenset({"bank_identifier"})


class PaySwitchDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One bill pay switch.

    Source: schema PaySwitchDetails, spec 1.42.0.
    """

    customer_id: str | None = None
    """The customer."""
    customer_type: str | None = None
    """``"active"`` or ``"testing"``."""
    switch_id: str | None = None
    """Vendor ID of the switch."""
    switch_status: str | None = None
    """``"processing"``, ``"completed"`` or ``"failed"``; an open set."""
    failure_reason: str | None = None
    """Why it failed, for example ``"bad-credentials"`` or ``"user-abandon"``; an open set."""
    created_date: Instant | None = None
    """When the customer made it."""
    updated_date: Instant | None = None
    """When its status last changed."""
    authenticated: bool | None = None
    """Whether the customer has signed in at the company that sends the bill."""
    provider: PaySwitchDetailsProvider | None = None
    """Who is paid."""
    payment_methods: tuple[PaySwitchDetailsPaymentMethods, ...] = ()
    """The cards and accounts that the bill is paid with."""

    _hidden = frozenset({"invalid_values"})
