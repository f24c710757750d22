"""The Transaction Data Enrichment operation: exact amounts out and in, and no text that shows what was bought."""

import json
from decimal import Decimal

from finicity_async.endpoints.transaction_data_enrichment import enrich_transactions
from finicity_async.models.transaction_data_enrichment import (
    EnrichedTransactions,
    EnrichTransactionsPayload,
    TransactionPayload,
)
from tests.secrecy.secrets import server_with, session_on
from tests.support.servers import http

SENT = TransactionPayload(
    external_customer_id="hash-of-a-customer",
    external_account_id="hash-of-an-account",
    account_type="checking",
    external_transaction_id="T-1",
    transaction_timestamp="2024-07-26",
    description="COFFEE LITTLETON CO",
    amount=Decimal("-13.20"),
    additional_details={"key1": "value1"},
)
ENRICHED = (
    b'{"transactions": [{"externalTransactionId": "T-1", "amount": -13.20, "locationId": 876875444777,'
    b'"additionalDetails": {"key1": "value1"}, "entities": [{"id": "MTc1ODA5NDU0MTYwNjM1OTA0MA==", "name": "Coffee"}],'
    b'"address": {"latitude": 39.56722, "longitude": -105.11126}}]}'
)


async def test_transactions_go_out_with_their_exact_amounts() -> None:
    async with server_with(http(200, ENRICHED)) as server, session_on(server) as session:
        enriched = await enrich_transactions(session, iter([SENT]))
    assert b'"amount":-13.20' in server.calls[0].body
    (sent,) = json.loads(server.calls[0].body)["transactions"]
    assert sent == {
        "externalCustomerId": "hash-of-a-customer",
        "externalAccountId": "hash-of-an-account",
        "accountType": "checking",
        "externalTransactionId": "T-1",
        "transactionTimestamp": "2024-07-26",
        "description": "COFFEE LITTLETON CO",
        "amount": -13.2,
        "additionalDetails": {"key1": "value1"},
    }
    assert [one.external_transaction_id for one in enriched] == ["T-1"]


def test_what_comes_back_is_read_exactly() -> None:
    enriched = EnrichedTransactions.from_json(ENRICHED)
    (transaction,) = enriched
    assert enriched.invalid_values == {}
    assert (str(transaction.amount), str(transaction.location_id)) == ("-13.20", "876875444777")
    assert (transaction.additional_details, transaction.entities[0].id) == (
        {"key1": "value1"},
        "MTc1ODA5NDU0MTYwNjM1OTA0MA==",
    )
    assert transaction.address is not None
    assert str(transaction.address.longitude) == "-105.11126"


def test_no_text_shows_what_was_bought() -> None:
    assert "COFFEE" not in repr(SENT) + repr(EnrichTransactionsPayload(transactions=(SENT,)))
