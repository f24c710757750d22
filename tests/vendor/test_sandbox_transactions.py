"""The sandbox's replies about transactions conform to the vendor's document."""

from collections.abc import Mapping
from typing import Any

import pytest

from finicity_async import AsyncSession, Operation, Sandbox, StatusError
from finicity_async.endpoints import transactions
from finicity_async.models.transactions import AccountIds, TransactionsReportConstraints
from tests.vendor.document import OPERATIONS, amended, document
from tests.vendor.response_validator import RawResponse, ResponseValidator

CUSTOMER, ACCOUNT, TRANSACTION = {"customerId": "1005061234"}, {"accountId": "5011648377"}, "21284820852"
ALL_TYPES = {"customerId": "1005061235"}
EVER = {"fromDate": 0, "toDate": 2**33}
BOTH = {**CUSTOMER, **ACCOUNT}
NO_CUSTOMER, NO_ACCOUNT = {"customerId": "1"}, {"accountId": "1"}
OF_CUSTOMER, OF_ACCOUNT = transactions.GET_ALL_CUSTOMER_TRANSACTIONS, transactions.GET_CUSTOMER_ACCOUNT_TRANSACTIONS
LISTS = ((OF_CUSTOMER, {**CUSTOMER, **EVER}), (OF_ACCOUNT, {**BOTH, **EVER}))
BY_ID, UNIQUE = transactions.GET_CUSTOMER_TRANSACTION, transactions.GET_TRANSACTION_BY_UNIQUE_TRANSACTION_ID
ONE = (
    (BY_ID, {**CUSTOMER, "transactionId": TRANSACTION}),
    (UNIQUE, {**CUSTOMER, "uniqueTransactionId": f"{ACCOUNT['accountId']}-{TRANSACTION}"}),
)
WHOLE = {"includePending": True, "limit": 1000}
HISTORIC = transactions.LOAD_HISTORIC_TRANSACTIONS_FOR_CUSTOMER_ACCOUNT
RECURRING, REPORT = transactions.GET_RECURRING_TRANSACTIONS, transactions.GENERATE_TRANSACTIONS_REPORT
Values = Mapping[str, Any]
GOOD: list[tuple[Operation[Any], Values]] = [
    *((row, {**values, **asked}) for row, values in LISTS for asked in ({}, WHOLE, {"start": 10**6}, {"sort": "asc"})),
    *((OF_CUSTOMER, {**ALL_TYPES, **EVER, **WHOLE, "start": start}) for start in range(1, 9_000, 1_000)),
    (OF_ACCOUNT, {**BOTH, **EVER, "showDailyBalance": True}),
    *ONE,
    (HISTORIC, BOTH),
    (RECURRING, {**CUSTOMER, "body": AccountIds()}),
    (RECURRING, {**ALL_TYPES, "body": AccountIds()}),
    (RECURRING, {**CUSTOMER, "body": AccountIds(account_ids=("5011648377", "5011648378"))}),
    (REPORT, {**CUSTOMER, **EVER, "body": TransactionsReportConstraints()}),
    (REPORT, {**CUSTOMER, "includePending": True, "body": TransactionsReportConstraints(account_ids="5011648377")}),
]
BAD: list[tuple[Operation[Any], Values, tuple[int, str]]] = [
    *((row, {**values, **NO_CUSTOMER}, (404, "14001")) for row, values in (*LISTS, *ONE)),
    *((row, {**values, name: None}, (400, "10005")) for row, values in LISTS for name in EVER),
    *((row, {**values, **odd}, (400, "14020")) for row, values in LISTS for odd in ({"start": 0}, {"limit": 0})),
    *((row, {**values, "sort": "up"}, (400, "14020")) for row, values in LISTS),
    *((row, {**values, name: "soon"}, (400, "14020")) for row, values in LISTS for name in (*EVER, "includePending")),
    *((row, {**values, "fromDate": 2, "toDate": 1}, (400, "14020")) for row, values in LISTS),
    (OF_ACCOUNT, {**BOTH, **EVER, "showDailyBalance": "maybe"}, (400, "14020")),
    (OF_ACCOUNT, {**BOTH, **EVER, **NO_ACCOUNT}, (404, "38003")),
    (HISTORIC, {**BOTH, **NO_CUSTOMER}, (404, "14001")),
    (RECURRING, {**NO_CUSTOMER, "body": AccountIds()}, (404, "14001")),
    (REPORT, {**NO_CUSTOMER, **EVER, "body": TransactionsReportConstraints()}, (404, "14001")),
    (RECURRING, {**CUSTOMER, "body": AccountIds(account_ids=("1",))}, (404, "38003")),
    (REPORT, {**ALL_TYPES, **EVER, "body": TransactionsReportConstraints()}, (404, "10100")),
    (REPORT, {**CUSTOMER, "body": TransactionsReportConstraints(account_ids="1 2")}, (400, "14020")),
    (REPORT, {**CUSTOMER, "fromDate": "soon", "body": TransactionsReportConstraints()}, (400, "14020")),
    (REPORT, {**CUSTOMER, "includePending": "maybe", "body": TransactionsReportConstraints()}, (400, "14020")),
    (HISTORIC, {**BOTH, **NO_ACCOUNT}, (404, "38003")),
    (BY_ID, {**CUSTOMER, "transactionId": "1"}, (404, "24553")),
    (UNIQUE, {**CUSTOMER, "uniqueTransactionId": TRANSACTION}, (404, "24553")),
]


def named(value: object) -> str | None:
    return value.operation_id if isinstance(value, Operation) else None


@pytest.fixture(scope="module")
def validator() -> ResponseValidator:
    wanted = {row.operation_id for row, _ in GOOD} | {row.operation_id for row, *_ in BAD}
    return ResponseValidator(amended(document(OPERATIONS | wanted)))


@pytest.mark.parametrize(("row", "values"), GOOD, ids=named)
async def test_every_reply_is_as_declared(
    row: Operation[Any], values: Values, session: AsyncSession, validator: ResponseValidator
) -> None:
    response = await session.send_raw(row.request(**values))
    found = RawResponse(response.status, response.body, response.headers.get("Content-Type", ""))
    assert validator.problems(row.operation_id, found) == []


async def test_transactions_of_other_seeds_and_moments_are_as_declared(validator: ResponseValidator) -> None:
    for seed in range(1, 4):
        async with (
            Sandbox(customers=3, accounts=12, seed=seed) as sandbox,
            AsyncSession(sandbox.credentials, base_url=sandbox.url) as session,
        ):
            sandbox.clock.advance(seed * 86_400)
            for customer in sandbox.customers:
                response = await session.send_raw(OF_CUSTOMER.request(customerId=customer, **EVER, **WHOLE))
                found = RawResponse(response.status, response.body)
                assert validator.problems(OF_CUSTOMER.operation_id, found) == []


@pytest.mark.parametrize(("row", "values", "refusal"), BAD, ids=named)
async def test_every_refusal_is_as_declared(
    row: Operation[Any], values: Values, refusal: tuple[int, str], session: AsyncSession, validator: ResponseValidator
) -> None:
    with pytest.raises(StatusError) as caught:
        await session.send(row.request(**values))
    assert (caught.value.status, caught.value.code) == refusal
    assert validator.problems(row.operation_id, RawResponse(refusal[0], caught.value.body)) == []


def test_a_reply_that_is_not_as_declared_is_found(validator: ResponseValidator) -> None:
    for row in {row for row, _ in GOOD if row.reply_type is not None}:
        assert validator.problems(row.operation_id, RawResponse(200, b"[]")), row
