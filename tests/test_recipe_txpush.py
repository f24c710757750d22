"""The recipe for TxPush in docs/guides/transactions.md runs: a service that the sandbox posts events to."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from finicity_async import AsyncSession, Sandbox
from finicity_async.endpoints.txpush import create_tx_push_test_transaction
from tests.support.documents import service_of
from tests.support.journals import AllCalls
from tests.test_recipes import Service, eventually, running

CUSTOMER, ACCOUNT = 1005061234, 5011648377
FASTAPI = service_of("docs/guides/transactions.md", "fastapi")
PATH = "/txpush/Wq7xT2nB4kLd"


async def amounts_of(service: Service, account: int) -> dict[str, str]:
    async with service.client.get(f"{service.url}/accounts/{account}/amounts") as answer:
        amounts: dict[str, str] = await answer.json()
        return amounts


async def test_the_recipe_reads_the_transactions_again_when_there_is_news_and_believes_nothing(
    sandbox: Sandbox, session: AsyncSession, journal: AllCalls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TXPUSH_PATH", PATH.rpartition("/")[2])
    async with running(FASTAPI, sandbox, tmp_path) as service:
        assert await service.post(f"/customers/{CUSTOMER}/accounts/{ACCOUNT}/watch") == 204
        created = await create_tx_push_test_transaction(
            session, CUSTOMER, ACCOUNT, amount=Decimal("-4.25"), description="a", transaction_date=datetime.now(UTC)
        )
        assert [(one.event_type, one.status) for one in sandbox.sent_events] == [
            ("transaction.created", 200),
            ("account.modified", 200),
        ]
        amounts = await eventually(lambda: amounts_of(service, ACCOUNT))
        assert amounts[str(created.id)] == "-4.25"

        reads = [one.operation for one in journal].count("GetCustomerAccountTransactions")
        forged = {"event": {"class": "transaction", "type": "created", "records": [{"id": 1, "accountId": 7}]}}
        assert await service.post(PATH, json.dumps(forged).encode()) == 200
        assert await service.post(PATH, b"<event/>") == 400
        assert await service.post("/txpush/guessed", json.dumps(forged).encode()) == 404
        for query in ("", "?txpush_verification_code=%3Cb%3E"):
            async with service.client.get(service.url + PATH + query) as answer:
                assert answer.status == 400
        async with service.client.get(f"{service.url}{PATH}?txpush_verification_code=7aB") as answer:
            assert (await answer.text(), answer.content_type) == ("7aB", "text/plain")
        assert await amounts_of(service, ACCOUNT) == amounts
        assert [one.operation for one in journal].count("GetCustomerAccountTransactions") == reads
