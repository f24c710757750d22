"""Transactions from elsewhere that are sent to be categorized, and what comes back, on the wire."""

from decimal import Decimal

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models._rows import Rows


class InputMerchantInformation(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What the partner knows of a merchant, sent and read.

    Source: schema InputMerchantInformation, spec 1.42.0.
    """

    merchant_descriptor: str | None = None
    """Name, city and state (or country) of the merchant from field DE43, without blanks; at most 50 characters."""
    name: str | None = None
    """Name of the merchant."""
    line1: str | None = None
    """Street."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State, at most three characters, for example ``"SC"``."""
    postal_code: str | None = None
    """ZIP code."""
    country: str | None = None
    """Country, at most three characters, for example ``"US"``."""
    phone_number: str | None = None
    """Telephone number of the merchant."""
    website: str | None = None
    """Website of the merchant."""
    merchant_category_code: str | None = None
    """Merchant category code (MCC), for example ``"5814"``."""
    merchant_category_name: str | None = None
    """Name of that category."""


class TransactionPayload(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    A transaction to be categorized; ``repr`` shows none of it.

    Source: schema TransactionPayload, spec 1.42.0.
    """

    external_customer_id: str
    """The partner's own ID of the customer: a hash (SHA-2 or SHA-3), never an ID of the vendor's in the clear."""
    external_account_id: str
    """The partner's own ID of the account, a hash likewise."""
    account_type: str
    """
    ``"checking"``, ``"savings"``, ``"creditCard"``, ``"brokerageAccount"``, ``"healthSavingsAccount"`` or
    ``"unknown"``, which is treated as checking.
    """
    external_transaction_id: str
    """The partner's own ID of the transaction, which comes back."""
    posted_timestamp: str | None = None
    """When it was posted: text, for example ``"2024-07-26T11:00:00Z"`` or ``"2024-07-26"``."""
    transaction_timestamp: str
    """When it happened, in the same form."""
    description: str
    """What the statement says, at most 1,024 characters."""
    memo: str | None = None
    """Memo, at most 511 characters."""
    amount: Decimal
    """Amount, with a sign unless ``direction_indicator`` is given."""
    transaction_fee: Decimal | None = None
    """Fee for the transaction."""
    type: str | None = None
    """Type, for example ``"DEBIT"``."""
    direction_indicator: str | None = None
    """``"Debit"`` or ``"Credit"`` as the account's holder sees it; needed where every amount is positive."""
    additional_details: dict[str, str] | None = None
    """Members that come back as they are: at most 30, nothing personal."""
    card_acceptor_id: str | None = None
    """ID of the merchant from field DE42 (CAID), at most 15 characters."""
    input_is_recurring_transaction: bool | None = None
    """Whether the partner takes it for a recurring one."""
    input_merchant_information: InputMerchantInformation | None = None
    """What the partner knows of the merchant."""


class EnrichTransactionsPayload(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Transactions to be categorized; ``repr`` shows none of them.

    Source: schema EnrichTransactionsPayload, spec 1.42.0.
    """

    transactions: tuple[TransactionPayload, ...]
    """The transactions, 1,000 at most."""


class EnrichedTransactionEntity(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A party to a transaction, for example a chain of shops.

    Source: an inline schema, spec 1.42.0.
    """

    id: str | None = None
    """ID of the party; base64, which no path takes."""
    name: str | None = None
    """Its name."""
    group: str | None = None
    """The group that it belongs to, for example ``"Cafe"``."""
    category: str | None = None
    """What it sells, for example ``"Coffee Shops"``."""
    website: str | None = None
    """Its website."""
    logo_url: str | None = None
    """Address of its logo."""
    entity_standardization_confidence_score: Decimal | None = None
    """How sure the vendor is of the party, 0 to 100; undeclared, but in the document's example."""


class DESAddress(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Where a transaction took place.

    Source: schema DESAddress, spec 1.42.0.
    """

    line1: str | None = None
    """Street, first line."""
    line2: str | None = None
    """Street, second line."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State, for example ``"CO"``."""
    postal_code: str | None = None
    """ZIP code."""
    country: str | None = None
    """Country, for example ``"USA"``."""
    latitude: Decimal | None = None
    """Degrees north, from -90 to 90."""
    longitude: Decimal | None = None
    """Degrees east, from -180 to 180."""
    phone_number: str | None = None
    """Telephone number there."""


class EnrichedTransaction(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A transaction as it was sent, with what the vendor has found out about it.

    Source: schema EnrichedTransaction, spec 1.42.0.
    """

    external_customer_id: str | None = None
    """The partner's own ID of the customer."""
    external_account_id: str | None = None
    """The partner's own ID of the account."""
    account_type: str | None = None
    """Type of the account."""
    external_transaction_id: str | None = None
    """The partner's own ID of the transaction, by which the two are matched."""
    posted_timestamp: str | None = None
    """When it was posted, text as it was sent."""
    transaction_timestamp: str | None = None
    """When it happened, text as it was sent."""
    description: str | None = None
    """What the statement says."""
    memo: str | None = None
    """Memo."""
    amount: Decimal | None = None
    """Amount."""
    transaction_fee: Decimal | None = None
    """Fee for the transaction."""
    transaction_category: str | None = None
    """Category that the vendor found, for example ``"Coffee Shops"``."""
    transaction_category_score: Decimal | None = None
    """Confidence in it, from 0 to 100."""
    transaction_category_group: str | None = None
    """The group above the category, for example ``"Dining"``."""
    type: str | None = None
    """Type, for example ``"DEBIT"``."""
    direction_indicator: str | None = None
    """``"Debit"`` or ``"Credit"``."""
    entities: tuple[EnrichedTransactionEntity, ...] = ()
    """The parties that the vendor recognized."""
    address: DESAddress | None = None
    """Where it took place."""
    additional_details: dict[str, str] | None = None
    """The members that were sent."""
    card_acceptor_id: str | None = None
    """ID of the merchant that was sent."""
    input_is_recurring_transaction: bool | None = None
    """Whether the partner took it for a recurring one."""
    input_merchant_information: InputMerchantInformation | None = None
    """What the partner knew of the merchant."""
    is_recurring_transaction: bool | None = None
    """Whether the vendor takes it for a recurring one."""
    location_id: Decimal | None = None
    """The vendor's ID of the merchant's location, a whole number."""
    is_ecommerce: bool | None = None
    """Whether the merchant sells online."""
    is_brick_and_mortar: bool | None = None
    """Whether the merchant has a shop."""
    match_confidence_score: Decimal | None = None
    """Confidence in the location where it was found by ``merchant_descriptor``, from 0 to 100."""


class EnrichedTransactions(Record, Rows[EnrichedTransaction], frozen=True, kw_only=True, rename="camel"):
    """
    The transactions with what the vendor has found out, a sequence.

    Source: schema EnrichedTransactions, spec 1.42.0.
    """

    transactions: tuple[EnrichedTransaction, ...] = ()
    """The transactions."""
