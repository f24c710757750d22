"""What is special about transactions: text on a page, one ID in two accounts, and calls that cost money."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from finicity_async import AsyncSession, ConfigurationError, PayloadError, TransportError, map_customers
from finicity_async.endpoints.transactions import (
    LOAD_HISTORIC_TRANSACTIONS_FOR_CUSTOMER_ACCOUNT,
    get_all_customer_transactions,
    get_customer_account_transactions,
    get_recurring_transactions,
    load_historic_transactions_for_customer_account,
    refresh_transactions,
)
from finicity_async.models.consumers import ConsumerDetails
from finicity_async.models.transactions import Transaction, Transactions, TransactionsReportAck
from tests.support.servers import Answer, Close, RawServer, http, session_on

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ROW = {"id": 7, "amount": -0.10, "accountId": 5011648377, "customerId": 1005061234, "transactionDate": 1780315200}
PAGE = {
    "found": 2,
    "displaying": 2,
    "moreAvailable": "false",
    "fromDate": "1780228800",
    "toDate": "1780315200",
    "sort": "asc",
    "transactions": [ROW, ROW | {"accountId": 5011648378, "commissionAmount": 1.25, "unitQuantity": 150.42}],
}
STARTED = {"refreshId": "bec83f1a-5f65-44f5-8f00-b4a0fc60c2cc", "createdAt": "2026-06-01T12:00:00.042584549Z"}


async def test_a_page_is_a_sequence_whose_text_members_are_typed() -> None:
    async with RawServer(default=http(200, PAGE)) as server, session_on(server) as session:
        page = await get_all_customer_transactions(session, 1005061234, NOON - timedelta(days=1), NOON, sort="asc")
    assert server.calls[0].target == (
        "/aggregation/v3/customers/1005061234/transactions?fromDate=1780228800&toDate=1780315200&sort=asc"
    )
    assert (page.found, page.more_available, page.from_date, page.to_date) == (2, False, NOON - timedelta(days=1), NOON)
    assert [(one.account_id, one.id) for one in page] == [(5011648377, 7), (5011648378, 7)]
    assert (len(page), page[-1].commission_amount, page[1].unit_quantity) == (2, Decimal("1.25"), Decimal("150.42"))
    assert (page[0].transaction_date, str(page[0].amount), page.invalid_values) == (NOON, "-0.1", {})


@pytest.mark.parametrize(("text", "more"), [('"true"', True), ('"false"', False), ("true", True), ('"T"', True)])
def test_more_available_is_a_flag_however_it_is_written(text: str, more: bool) -> None:
    page = Transactions.from_json(f'{{"moreAvailable":{text},"transactions":[{{"id":1}}]}}'.encode())
    assert (page.more_available, page.invalid_values, len(page)) == (more, {}, 1)


async def test_no_transactions_are_an_empty_page() -> None:
    async with RawServer(default=http(204)) as server, session_on(server) as session:
        assert list(await get_customer_account_transactions(session, 1, 2, NOON, NOON)) == []


async def test_the_transactions_of_another_customer_are_refused() -> None:
    async with RawServer(default=http(200, PAGE)) as server, session_on(server) as session:
        with pytest.raises(PayloadError, match="another customer"):
            await get_all_customer_transactions(session, 1, NOON, NOON)
        assert len(await get_all_customer_transactions(session, 1005061234, NOON, NOON)) == 2


def test_neither_repr_shows_the_digits_of_a_social_security_number() -> None:
    report = TransactionsReportAck.from_json(b'{"id":"r","consumerSsn":"6789","consumerDetails":{"ssn":["6789"]}}')
    shown = repr((report, report.consumer_details, ConsumerDetails(ssn="6789", city="Ogden")))
    assert "6789" not in shown
    assert "city='Ogden'" in shown


# Calls that contact the institution


async def test_a_historic_load_is_done_after_a_204_and_has_a_timeout_of_its_own() -> None:
    async with RawServer(default=http(204)) as server, session_on(server) as session:
        await load_historic_transactions_for_customer_account(session, 1, 2)
    assert (server.calls[0].method, server.calls[0].body) == ("POST", b"")
    assert LOAD_HISTORIC_TRANSACTIONS_FOR_CUSTOMER_ACCOUNT.timeout == 180


@pytest.mark.parametrize(("answer", "what"), [(http(203, b""), "MFA"), (http(200, {}), "before its end")])
async def test_a_historic_load_that_asks_a_question_or_says_nothing_is_not_done(answer: Answer, what: str) -> None:
    async with RawServer(answer, default=http(204)) as server, session_on(server) as session:
        with pytest.raises(PayloadError, match=what):
            await load_historic_transactions_for_customer_account(session, 1, 2)
        await load_historic_transactions_for_customer_account(session, 1, 2)


Call = Callable[[AsyncSession], Awaitable[object]]


@pytest.mark.parametrize(
    "call",
    [
        lambda session: load_historic_transactions_for_customer_account(session, 1, 2),
        lambda session: refresh_transactions(session, 1, account_ids=[2]),
    ],
    ids=["historic load", "refresh"],
)
async def test_a_call_that_contacts_the_institution_is_sent_once_when_its_response_is_lost(call: Call) -> None:
    async with RawServer(Close(), default=http(204)) as server, session_on(server) as session:
        with pytest.raises(TransportError):
            await call(session)
        assert len(server.calls) == 1


@pytest.mark.parametrize("function", [load_historic_transactions_for_customer_account, refresh_transactions])
async def test_a_map_refuses_what_contacts_the_institution(session: AsyncSession, function: Any) -> None:
    with pytest.raises(ConfigurationError, match="allow_refresh"):
        map_customers(session, function, [1, 2])


async def test_a_refresh_sends_its_ids_as_text_and_its_dates_as_iso_text() -> None:
    async with RawServer(default=http(202, STARTED)) as server, session_on(server) as session:
        started = await refresh_transactions(
            session,
            1,
            account_ids=(one for one in (2, "3")),
            mode="custom",
            from_date=NOON.astimezone(timezone(timedelta(hours=-6))),
        )
        await refresh_transactions(session, 1, institution_login_id=1007302745)
    assert [json.loads(call.body) for call in server.calls] == [
        {"accountIds": ["2", "3"], "mode": "custom", "fromDate": "2026-06-01T12:00:00Z"},
        {"institutionLoginId": "1007302745"},
    ]
    assert (started.refresh_id, started.created_at) == (STARTED["refreshId"], NOON + timedelta(microseconds=42585))
    assert started.invalid_values == {}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"account_ids": "5011648377"},
        {"account_ids": ["../1"]},
        {"institution_login_id": "a b"},
        {"account_ids": [1], "mode": "custom"},
        {"account_ids": [1], "mode": "custom", "to_date": NOON},
        {"account_ids": [1], "from_date": NOON},
        {"account_ids": [1], "mode": "historic", "to_date": NOON},
        {"account_ids": [1], "mode": "custom", "from_date": NOON.replace(tzinfo=None)},
        {"account_ids": [1], "mode": "custom", "from_date": NOON, "to_date": NOON - timedelta(1)},
    ],
    ids=str,
)
async def test_a_refresh_that_the_vendor_would_refuse_is_not_sent(arguments: dict[str, Any]) -> None:
    async with RawServer(default=http(202, STARTED)) as server, session_on(server) as session:
        with pytest.raises(ConfigurationError, match="Nothing was sent"):
            await refresh_transactions(session, 1, **arguments)
        assert server.calls == []
        await refresh_transactions(session, 1, account_ids=[1])


async def test_recurring_transactions_are_asked_for_by_account_and_keep_their_day() -> None:
    stream = {"transactionIds": [21284820852], "expectedNextTransactionDate": "2025-08-07"}
    reply = {"accountRecurringTransactions": [{"accountId": 5011648377, "recurringInflows": [stream]}]}
    async with RawServer(default=http(200, reply)) as server, session_on(server) as session:
        found = await get_recurring_transactions(session, 1, account_ids=[5011648377])
        await get_recurring_transactions(session, 1)
    assert [json.loads(call.body) for call in server.calls] == [{"accountIds": ["5011648377"]}, {}]
    (account,) = found.account_recurring_transactions
    (inflow,) = account.recurring_inflows
    assert (account.account_id, inflow.transaction_ids) == ("5011648377", ("21284820852",))
    assert inflow.expected_next_transaction_date == datetime(2025, 8, 7, tzinfo=UTC)
    assert found.invalid_values == {}


def test_a_transaction_needs_an_id_and_nothing_else() -> None:
    page = Transactions.from_json(b'{"transactions":[{"id":1},{"amount":1},{"id":"2"}]}')
    assert list(page) == [Transaction(id=1), Transaction(id=2)]
    assert page.invalid_values == {"$.transactions[1]": {"amount": 1}}
