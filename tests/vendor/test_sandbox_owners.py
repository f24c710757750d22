"""The sandbox's replies about owners, payments, statements and subscriptions conform to the vendor's document."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from finicity_async import AsyncSession, Operation, Sandbox, StatusError
from finicity_async.endpoints import bank_statements, identity, payments, txpush
from finicity_async.models.bank_statements import StatementData, StatementReportConstraints
from finicity_async.models.identity import (
    AccountOwnerVerificationMatchingRequest as Person,
)
from finicity_async.models.identity import (
    AccountOwnerVerificationMatchingRequestAddress as Address,
)
from finicity_async.models.identity import (
    AccountOwnerVerificationMatchingRequestName as Name,
)
from finicity_async.models.txpush import TestTxPushTransaction, TxPushSubscriptionParameters
from tests.support.listeners import Listener
from tests.vendor.document import OPERATIONS, amended, document
from tests.vendor.response_validator import RawResponse, ResponseValidator

CHECKING = {"customerId": "1005061234", "accountId": "5011648377"}
SECOND = "1005061235"
LOAN, CARD = {"customerId": SECOND, "accountId": "5011648509"}, {"customerId": SECOND, "accountId": "5011648481"}
STUDENT_LOANS = [{"customerId": SECOND, "accountId": str(one)} for one in range(5011648510, 5011648513)]
NO_CUSTOMER, NO_ACCOUNT = {"customerId": "1"}, {"accountId": "1"}
ANN = Person(
    name=Name(first_name="Ann", last_name="Other"),
    address=Address(line1="1 Any Street", city="Ogden"),
    phone="8015550123",
    email="ann@example.com",
)
STATEMENT = StatementReportConstraints(statement_report_data=StatementData(account_id=5011648377))
NO_STATEMENT = StatementReportConstraints(statement_report_data=StatementData(account_id=1))
ASSET = "e8bc3a5c-ddee-4b26-a272-153ff257e33e-202610-5011648377"
NOBODY = Person(name=Name(first_name=" ", last_name="Other"))
DEPOSITS = (
    payments.GET_ACCOUNT_ACH_DETAILS,
    payments.GET_ACCOUNT_PAYMENT_INSTRUCTION_DETAILS,
    payments.GET_AVAILABLE_BALANCE,
    payments.GET_AVAILABLE_BALANCE_LIVE,
)
STATEMENTS = (
    bank_statements.GET_CUSTOMER_ACCOUNT_STATEMENT,
    bank_statements.GET_CUSTOMER_ACCOUNT_MULTIPLE_STATEMENT,
)
Values = Mapping[str, Any]
GOOD: list[tuple[Operation[Any], Values]] = [
    (identity.GET_ACCOUNT_OWNER, CHECKING),
    (identity.GET_ACCOUNT_OWNER_DETAILS, CHECKING),
    (identity.GET_ACCOUNT_OWNER_DETAILS, {**CHECKING, "withInsights": True}),
    (identity.ACCOUNT_MATCHING_SCORE_DETAILS, {**CHECKING, "insights": True, "body": ANN}),
    *((row, CHECKING) for row in DEPOSITS),
    (bank_statements.GET_CUSTOMER_ACCOUNT_STATEMENT, CHECKING),
    (bank_statements.GET_CUSTOMER_ACCOUNT_MULTIPLE_STATEMENT, {**CHECKING, "index": [*range(1, 25)]}),
    (bank_statements.GET_ASSET_BY_CUSTOMER_ID, {"customerId": "1005061234", "assetId": ASSET}),
    (bank_statements.GENERATE_STATEMENT_REPORT, {"customerId": "1005061234", "body": STATEMENT}),
    *((payments.GET_LOAN_PAYMENT_DETAILS, one) for one in (LOAN, *STUDENT_LOANS)),
]
BAD: list[tuple[Operation[Any], Values, tuple[int, str]]] = [
    *((row, CARD, (400, "14020")) for row in (*DEPOSITS, payments.GET_LOAN_PAYMENT_DETAILS)),
    *((row, CHECKING | NO_CUSTOMER, (404, "14001")) for row in (*DEPOSITS, identity.GET_ACCOUNT_OWNER)),
    *((row, CHECKING | NO_ACCOUNT, (404, "38003")) for row in (*DEPOSITS, identity.GET_ACCOUNT_OWNER)),
    *((row, {**CHECKING, "index": "0"}, (400, "14020")) for row in STATEMENTS),
    *((row, {**CHECKING, "index": "25"}, (400, "14020")) for row in STATEMENTS),
    *((row, CHECKING | NO_ACCOUNT, (404, "38003")) for row in STATEMENTS),
    (bank_statements.GET_CUSTOMER_ACCOUNT_MULTIPLE_STATEMENT, {**CHECKING, "index": "1,,2"}, (400, "14020")),
    (bank_statements.GET_ASSET_BY_CUSTOMER_ID, {"customerId": "1005061234", "assetId": "1"}, (404, "13002")),
    (bank_statements.GET_ASSET_BY_CUSTOMER_ID, {"customerId": "1", "assetId": ASSET}, (404, "14001")),
    (bank_statements.GENERATE_STATEMENT_REPORT, {"customerId": "1005061234", "body": NO_STATEMENT}, (400, "14020")),
    (bank_statements.GENERATE_STATEMENT_REPORT, {"customerId": SECOND, "body": STATEMENT}, (404, "10100")),
    (bank_statements.GENERATE_STATEMENT_REPORT, {"customerId": "1", "body": STATEMENT}, (404, "14001")),
    (payments.GET_LOAN_PAYMENT_DETAILS, LOAN | NO_ACCOUNT, (404, "38003")),
    (payments.GET_AVAILABLE_BALANCE_LIVE, {**CHECKING, "balance_cache_interval": 1441}, (400, "14020")),
    (payments.GET_AVAILABLE_BALANCE_LIVE, {**CHECKING, "balance_cache_interval": "soon"}, (400, "14020")),
    *((identity.GET_ACCOUNT_OWNER_DETAILS, CHECKING | one, (400, "10010")) for one in (NO_CUSTOMER, NO_ACCOUNT)),
    (identity.ACCOUNT_MATCHING_SCORE_DETAILS, {**CHECKING, **NO_CUSTOMER, "body": ANN}, (404, "10002")),
    (identity.ACCOUNT_MATCHING_SCORE_DETAILS, {**CHECKING, **NO_ACCOUNT, "body": ANN}, (404, "12017")),
    (identity.ACCOUNT_MATCHING_SCORE_DETAILS, {**CHECKING, "body": NOBODY}, (400, "15001")),
]


def named(value: object) -> str | None:
    return value.operation_id if isinstance(value, Operation) else None


@pytest.fixture(scope="module")
def validator() -> ResponseValidator:
    wanted = {row.operation_id for row, _ in GOOD} | {row.operation_id for row, *_ in BAD}
    wanted |= {row.operation_id for row in vars(txpush).values() if isinstance(row, Operation)}
    return ResponseValidator(amended(document(OPERATIONS | wanted)))


@pytest.mark.parametrize(("row", "values"), GOOD, ids=named)
async def test_every_reply_is_as_declared(
    row: Operation[Any], values: Values, session: AsyncSession, validator: ResponseValidator
) -> None:
    response = await session.send_raw(row.request(**values))
    found = RawResponse(response.status, response.body, response.headers["Content-Type"])
    assert validator.problems(row.operation_id, found) == []


@pytest.mark.parametrize("row", [*DEPOSITS, identity.GET_ACCOUNT_OWNER_DETAILS], ids=named)
async def test_replies_about_the_accounts_of_other_seeds_are_as_declared(
    row: Operation[Any], validator: ResponseValidator
) -> None:
    async with (
        Sandbox(customers=3, accounts=12, seed=1) as sandbox,
        AsyncSession(sandbox.credentials, base_url=sandbox.url) as session,
    ):
        for customer, records in sandbox.customers.items():
            for account, record in records.items():
                if record["type"] in ("checking", "savings", "moneyMarket"):
                    response = await session.send_raw(row.request(customerId=customer, accountId=account))
                    assert validator.problems(row.operation_id, RawResponse(response.status, response.body)) == []


@pytest.mark.parametrize(("row", "values", "refusal"), BAD, ids=named)
async def test_every_refusal_is_as_declared(
    row: Operation[Any], values: Values, refusal: tuple[int, str], session: AsyncSession, validator: ResponseValidator
) -> None:
    with pytest.raises(StatusError) as caught:
        await session.send(row.request(**values))
    assert (caught.value.status, caught.value.code) == refusal
    assert validator.problems(row.operation_id, RawResponse(refusal[0], caught.value.body)) == []


async def test_a_subscription_is_as_declared_from_its_beginning_to_its_end(
    session: AsyncSession, validator: ResponseValidator
) -> None:
    async def check(row: Operation[Any], status: int, **values: Any) -> Any:
        try:
            response = await session.send_raw(row.request(**values))
            found = RawResponse(response.status, response.body, response.headers.get("Content-Type", ""))
        except StatusError as error:
            found = RawResponse(error.status or 0, error.body)
        assert (found.status, validator.problems(row.operation_id, found)) == (status, [])
        return found.body

    async with Listener() as listener:
        good = TxPushSubscriptionParameters(callback_url=listener.url)
        bad = TxPushSubscriptionParameters(callback_url=f"{listener.url}?txpush_verification_code=1")
        subscribe, disable = txpush.SUBSCRIBE_TO_TX_PUSH_NOTIFICATIONS, txpush.DISABLE_TX_PUSH_NOTIFICATIONS
        create, delete = txpush.CREATE_TX_PUSH_TEST_TRANSACTION, txpush.DELETE_TX_PUSH_SUBSCRIPTION
        coffee = TestTxPushTransaction(amount=Decimal("-4.25"), description="a", transaction_date=datetime.now(UTC))
        odd = msgspec.structs.replace(coffee, status="shadow")
        subscription = {"customerId": CHECKING["customerId"], "subscriptionId": "17554874"}
        await check(subscribe, 201, **CHECKING, body=good)
        await check(subscribe, 400, **CHECKING, body=bad)
        await check(subscribe, 400, **CHECKING, body=TxPushSubscriptionParameters(callback_url=""))
        await check(subscribe, 404, **(CHECKING | NO_ACCOUNT), body=good)
        await check(create, 201, **CHECKING, body=coffee)
        await check(create, 400, **CHECKING, body=odd)
        await check(create, 404, **(CHECKING | NO_CUSTOMER), body=coffee)
        await check(delete, 204, **subscription)
        await check(delete, 404, **subscription)
        await check(disable, 204, **CHECKING)
        await check(disable, 404, **CHECKING)
        await check(disable, 404, **(CHECKING | NO_ACCOUNT))


def test_a_reply_that_is_not_as_declared_is_found(validator: ResponseValidator) -> None:
    for row in {row for row, _ in GOOD}:
        assert validator.problems(row.operation_id, RawResponse(200, b"[]")), row
