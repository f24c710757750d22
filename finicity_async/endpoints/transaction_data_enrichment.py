"""The Transaction Data Enrichment operation: categories and merchants for transactions from elsewhere."""

from collections.abc import Iterable

from finicity_async.models.transaction_data_enrichment import (
    EnrichedTransactions,
    EnrichTransactionsPayload,
    TransactionPayload,
)
from finicity_async.operation import Operation
from finicity_async.session import AsyncSession

ENRICH_TRANSACTIONS = Operation(
    "enrichTransactions",
    "POST",
    "/data-enrichment/transactions",
    EnrichedTransactions,
    body_type=EnrichTransactionsPayload,
)


async def enrich_transactions(
    session: AsyncSession, transactions: Iterable[TransactionPayload]
) -> EnrichedTransactions:
    """
    Find category, merchant and place of transactions, which need not come from the vendor.

    Nothing is kept, but it may be billed, so it is sent once.

    Args:
        transactions: At most 1,000. IDs of customers and accounts go out as hashes of your own, for example
            ``hashlib.sha256(key + customer_id).hexdigest()``.

    Returns:
        The transactions; match them by ``external_transaction_id``.

    Raises:
        BadRequestError: There are too many, or a value does not fit.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: POST /data-enrichment/transactions, enrichTransactions, spec 1.42.0.
    """
    body = EnrichTransactionsPayload(transactions=ENRICH_TRANSACTIONS.items("transactions", transactions))
    return await session.send(ENRICH_TRANSACTIONS.request(body=body))
