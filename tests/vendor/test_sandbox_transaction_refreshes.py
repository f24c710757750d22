"""The sandbox's replies about refreshes of transactions conform to the vendor's document."""

from typing import Any

import pytest

from finicity_async import AsyncSession, Operation, Sandbox, StatusError
from finicity_async.endpoints.transactions import GET_TRANSACTION_REFRESH_STATUS, REFRESH_TRANSACTIONS
from finicity_async.models.transactions import InitiateNewTransactionRefresh as Asked
from finicity_async.models.transactions import TransactionRefreshInitiated, TransactionRefreshStatusDetails
from finicity_async.sandbox import RefreshScript
from tests.support.clock import MovedClock
from tests.support.refreshes import CUSTOMER, FIRST, IDS, LOGIN, SECOND, session_in
from tests.vendor.document import OPERATIONS, amended, document
from tests.vendor.response_validator import RawResponse, ResponseValidator

ROWS = (REFRESH_TRANSACTIONS, GET_TRANSACTION_REFRESH_STATUS)


@pytest.fixture(scope="module")
def validator() -> ResponseValidator:
    return ResponseValidator(amended(document(OPERATIONS | {row.operation_id for row in ROWS})))


ENDS: dict[str, dict[str, int]] = {"COMPLETED": {SECOND: 185}, "FAILED": dict.fromkeys(IDS, 103)}


@pytest.mark.parametrize("asked", [Asked(institution_login_id=str(LOGIN)), Asked(account_ids=IDS, mode="historic")])
@pytest.mark.parametrize(("end", "codes"), ENDS.items(), ids=ENDS)
async def test_every_state_of_a_refresh_is_as_declared(
    asked: Asked, end: str, codes: dict[str, int], validator: ResponseValidator, clock: MovedClock
) -> None:
    async with Sandbox(customers=1, clock=clock) as sandbox, session_in(sandbox, clock) as session:
        sandbox.script_refresh(RefreshScript(seconds=40, seconds_apart=10, codes=codes, running_code=325))
        request = REFRESH_TRANSACTIONS.request(customerId=CUSTOMER, body=asked)
        started = await session.send_raw(request)
        assert validator.problems("refreshTransactions", RawResponse(started.status, started.body)) == []
        refresh_id = TransactionRefreshInitiated.from_json(started.body).refresh_id
        look = GET_TRANSACTION_REFRESH_STATUS.request(customerId=CUSTOMER, refreshId=refresh_id)
        seen = []
        for _ in range(10):
            found = await session.send_raw(look)
            assert validator.problems("getTransactionRefreshStatus", RawResponse(found.status, found.body)) == []
            seen.append(TransactionRefreshStatusDetails.from_json(found.body).status)
            clock.advance(8)
        assert list(dict.fromkeys(seen)) == ["NEW", "IN_PROGRESS", end]


def asked(**members: Any) -> dict[str, Any]:
    return {"customerId": CUSTOMER, "body": Asked(**members)}


BAD: list[tuple[Operation[Any], dict[str, Any], tuple[int, str]]] = [
    (REFRESH_TRANSACTIONS, asked(), (400, "10005")),
    (REFRESH_TRANSACTIONS, asked(account_ids=(FIRST,), mode="monthly"), (400, "10100")),
    (REFRESH_TRANSACTIONS, asked(account_ids=("1",)), (404, "10005")),
    (REFRESH_TRANSACTIONS, asked(institution_login_id="1"), (404, "38007")),
    (REFRESH_TRANSACTIONS, asked(account_ids=(FIRST,)) | {"customerId": "1"}, (404, "14001")),
    (GET_TRANSACTION_REFRESH_STATUS, {"customerId": CUSTOMER, "refreshId": "1"}, (404, "10008")),
    (GET_TRANSACTION_REFRESH_STATUS, {"customerId": "1", "refreshId": "1"}, (404, "14001")),
]


@pytest.mark.parametrize(("row", "values", "refusal"), BAD)
async def test_every_refusal_is_as_declared(
    row: Operation[Any],
    values: dict[str, Any],
    refusal: tuple[int, str],
    session: AsyncSession,
    validator: ResponseValidator,
) -> None:
    with pytest.raises(StatusError) as caught:
        await session.send(row.request(**values))
    assert (caught.value.status, caught.value.code) == refusal
    assert validator.problems(row.operation_id, RawResponse(refusal[0], caught.value.body)) == []


def test_a_reply_that_is_not_as_declared_is_found(validator: ResponseValidator) -> None:
    for row in ROWS:
        assert validator.problems(row.operation_id, RawResponse(202 if row.method == "POST" else 200, b"[]")), row
