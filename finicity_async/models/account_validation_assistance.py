"""Micro deposits on the wire: proof that a customer has access to an account."""

from decimal import Decimal

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models._values import NumericId


class Receiver(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    The account that the deposits go to; ``repr`` shows none of it.

    Source: schema Receiver, spec 1.42.0.
    """

    routing_number: str
    """Routing number of the bank, nine digits."""
    account_number: str
    """The whole account number, which may begin with zeros."""
    account_type: str
    """``"personalChecking"``, ``"businessChecking"``, ``"personalSavings"`` or ``"businessSavings"``."""
    name: str
    """Name of the customer."""
    memo: str | None = None
    """Text that the deposits carry."""


class MicroDepositInitiation(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Where two micro deposits go; ``repr`` shows none of it.

    Source: schema MicroDepositInitiation, spec 1.42.0.
    """

    institution_login_id: str | None = None
    """Vendor ID of the login at the institution, from an account of the customer."""
    receiver: Receiver
    """The account."""
    callback_url: str | None = None
    """Public URL that news of the deposits is posted to."""


class InitiatedMicroDeposit(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Two deposits that are on their way.

    Source: schema InitiatedMicroDeposit, spec 1.42.0.
    """

    account_id: str | None = None
    """Vendor ID under which the deposits are verified and read."""
    status: str | None = None
    """``"Pending"`` at first; see `MicroDepositDetails.status`."""
    deposit_count: int | None = None
    """How many deposits there are."""
    status_description: str | None = None
    """The status in a sentence."""
    rail_type: str | None = None
    """How they travel: ``"ach"`` or ``"rtp"``; an open set."""


class MicroDepositVerification(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    The amounts that a customer has found in the account; ``repr`` does not show them, because they are the proof.

    Source: schema MicroDepositVerification, spec 1.42.0.
    """

    amounts: tuple[Decimal, ...]
    """The amounts."""


class VerifiedMicroDeposit(Record, frozen=True, kw_only=True, rename="camel"):
    """
    That the amounts are right.

    Source: schema VerifiedMicroDeposit, spec 1.42.0.
    """

    status: str | None = None
    """``"Verified"``."""
    status_description: str | None = None
    """The status in a sentence."""


class MicroDepositDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How far the deposits to an account are; ``repr`` does not show the routing number.

    Source: schema MicroDepositDetails, spec 1.42.0.
    """

    status: str | None = None
    """
    ``"Pending"``, ``"Completed"`` (they have arrived), ``"Verified"``, ``"Rejected"``, ``"Returned"``, ``"Failed"`` or
    ``"Expired"``, because nobody verified them; an open set.
    """
    status_description: str | None = None
    """The status in a sentence."""
    creation_date: str | None = None
    """When they were initiated: text without a zone, for example ``"2022-04-12T11:51:23"``."""
    routing_number: str | None = None
    """Routing number of the bank."""
    account_number_last4: str | None = None
    """Last four digits of the account number."""
    auto_verified_account: NumericId | None = None
    """Vendor ID of the account in which aggregation found the deposits, so that nobody had to verify them."""
    rail_type: str | None = None
    """How they travel: ``"ach"`` or ``"rtp"``; an open set."""

    _hidden = frozenset({"routing_number"})
