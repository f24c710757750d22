"""The Account Validation Assistance operations: what proves access to an account shows in no text."""

import json
from collections.abc import AsyncIterator, Awaitable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from finicity_async import AsyncSession, BadRequestError, NotFoundError, Operation, Sandbox, TransportError
from finicity_async.endpoints.account_validation_assistance import (
    GET_MICRO_DEPOSITS_DETAILS,
    INITIATE_MICRO_AMOUNT_DEPOSITS,
    VERIFY_MICRO_AMOUNT_DEPOSITS,
    get_micro_deposits_details,
    initiate_micro_amount_deposits,
    verify_micro_amount_deposits,
)
from finicity_async.endpoints.connect import verify_micro_entry_microdeposit
from finicity_async.models.account_validation_assistance import (
    MicroDepositDetails,
    MicroDepositInitiation,
    MicroDepositVerification,
    Receiver,
)
from tests.secrecy.secrets import server_with, session_on
from tests.support.servers import Close, http
from tests.vendor.document import document
from tests.vendor.response_validator import RawResponse, ResponseValidator

CUSTOMER = 1005061234
NUMBER, ROUTING = "000123456789", "123456780"
RECEIVER = Receiver(routing_number=ROUTING, account_number=NUMBER, account_type="personalChecking", name="Bob Smith")
BODY = MicroDepositInitiation(receiver=RECEIVER)
BEGUN = http(200, {"accountId": "5011648377", "status": "Pending"})
WRONG = http(400, {"status": "Failed", "statusDescription": "The amounts differ"})
LINK = http(200, {"link": "https://connect2.finicity.com?signature=1"})


def test_no_text_shows_the_account() -> None:
    details = MicroDepositDetails(status="Pending", routing_number=ROUTING)
    shown = repr([BODY, RECEIVER, details])
    assert [part for part in (NUMBER, ROUTING, "Bob") if part in shown] == []
    assert "Pending" in shown


async def test_deposits_are_sent_once_even_if_the_answer_is_lost() -> None:
    async with server_with(Close(), BEGUN) as server, session_on(server) as session:
        with pytest.raises(TransportError) as caught:
            await initiate_micro_amount_deposits(session, 1, BODY)
        assert len(server.calls) == 1
        assert NUMBER not in str(caught.value)
        assert (await initiate_micro_amount_deposits(session, 1, BODY)).account_id == "5011648377"


async def test_wrong_amounts_are_an_error_with_the_vendors_words() -> None:
    async with server_with(WRONG, http(200, {"status": "Verified"})) as server, session_on(server) as session:
        with pytest.raises(BadRequestError) as caught:
            await verify_micro_amount_deposits(session, 1, 2, [Decimal("0.12"), Decimal("0.10")])
        assert caught.value.body is not None
        assert b"The amounts differ" in caught.value.body
        assert server.calls[0].body == b'{"amounts":[0.12,0.10]}'
        assert (await verify_micro_amount_deposits(session, 1, 2, [Decimal("0.12")])).status == "Verified"


async def test_a_link_names_the_partner_the_customer_and_the_account() -> None:
    async with server_with(LINK) as server, session_on(server) as session:
        found = await verify_micro_entry_microdeposit(session, 1, 5011648377, redirect_uri="https://example.com")
    assert "signature" not in repr(found)
    for part in (b'"partnerId":"2445581234567"', b'"customerId":"1"', b'"accountId":"5011648377"'):
        assert part in server.calls[0].body


# In the sandbox


FOUND = [Decimal("0.15"), Decimal("0.12")]


@pytest.fixture
async def dated(sandbox: Sandbox) -> AsyncIterator[AsyncSession]:
    """Return a session that sees the days pass, and so logs in again."""
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url, clock=sandbox.clock) as session:
        yield session


async def test_deposits_arrive_after_a_day_and_are_verified_once(dated: AsyncSession, sandbox: Sandbox) -> None:
    begun = await initiate_micro_amount_deposits(dated, CUSTOMER, BODY)
    account = begun.account_id or ""
    assert (begun.status, begun.deposit_count) == ("Pending", 2)
    assert (await get_micro_deposits_details(dated, CUSTOMER, account)).status == "Pending"
    assert await refused(verify_micro_amount_deposits(dated, CUSTOMER, account, FOUND)) == "3200002"
    sandbox.clock.advance(86_400)
    details = await get_micro_deposits_details(dated, CUSTOMER, account)
    assert (details.status, details.routing_number, details.account_number_last4) == ("Completed", ROUTING, "6789")
    assert await refused(verify_micro_amount_deposits(dated, CUSTOMER, account, [Decimal("0.12")])) == "3200004"
    assert (await verify_micro_amount_deposits(dated, CUSTOMER, account, FOUND)).status == "Verified"
    assert (await get_micro_deposits_details(dated, CUSTOMER, account)).status == "Verified"
    assert await refused(verify_micro_amount_deposits(dated, CUSTOMER, account, FOUND)) == "3200002"


async def test_after_three_wrong_answers_no_answer_is_right(dated: AsyncSession, sandbox: Sandbox) -> None:
    account = (await initiate_micro_amount_deposits(dated, CUSTOMER, BODY)).account_id or ""
    sandbox.clock.advance(86_400)
    before = sandbox.snapshot()
    for _ in range(3):
        assert await refused(verify_micro_amount_deposits(dated, CUSTOMER, account, [Decimal("0.01")])) == "3200004"
    with pytest.raises(BadRequestError, match="cannot be verified any more") as caught:
        await verify_micro_amount_deposits(dated, CUSTOMER, account, FOUND)
    assert caught.value.code == "3200003"
    sandbox.reset(before)
    sandbox.clock.advance(86_400)
    assert (await verify_micro_amount_deposits(dated, CUSTOMER, account, FOUND)).status == "Verified"


async def test_an_account_gets_deposits_once_and_only_of_a_customer(session: AsyncSession) -> None:
    account = (await initiate_micro_amount_deposits(session, CUSTOMER, BODY)).account_id or ""
    assert await refused(initiate_micro_amount_deposits(session, CUSTOMER, BODY)) == "3100001"
    other = msgspec.structs.replace(RECEIVER, account_number="000123456780")
    begun = await initiate_micro_amount_deposits(session, CUSTOMER, MicroDepositInitiation(receiver=other))
    assert begun.account_id != account
    for call in (
        initiate_micro_amount_deposits(session, 1, BODY),
        get_micro_deposits_details(session, CUSTOMER, 1),
        get_micro_deposits_details(session, CUSTOMER + 1, account),
    ):
        with pytest.raises(NotFoundError):
            await call
    loose = Operation("InitiateMicroAmountDeposits", "POST", INITIATE_MICRO_AMOUNT_DEPOSITS.path, bytes, body_type=dict)
    assert await refused(session.send(loose.request(customerId=CUSTOMER, body={"receiver": {}}))) == "10005"
    loose = Operation("VerifyMicroAmountDeposits", "POST", VERIFY_MICRO_AMOUNT_DEPOSITS.path, bytes, body_type=dict)
    verify = loose.request(customerId=CUSTOMER, accountId=account, body={"amounts": "both"})
    assert await refused(session.send(verify)) == "3000003"


async def refused(call: Awaitable[object]) -> str | None:
    """Return the code with which a call is refused."""
    with pytest.raises(BadRequestError) as caught:
        await call
    return caught.value.code


async def test_every_reply_is_as_declared(dated: AsyncSession, sandbox: Sandbox) -> None:
    rows = (INITIATE_MICRO_AMOUNT_DEPOSITS, GET_MICRO_DEPOSITS_DETAILS, VERIFY_MICRO_AMOUNT_DEPOSITS)
    validator = ResponseValidator(document({row.operation_id for row in rows}))
    bodies: dict[object, Any] = {rows[0]: BODY, rows[2]: MicroDepositVerification(amounts=tuple(FOUND))}
    account: object = None
    for row in rows:
        values = {"customerId": CUSTOMER, "accountId": account}
        given: dict[str, Any] = {name: values[name] for name in row.placeholders}
        response = await dated.send_raw(row.request(**given, body=bodies.get(row)))
        found = RawResponse(response.status, response.body, response.headers.get("Content-Type", ""))
        assert validator.problems(row.operation_id, found) == [], row
        account = account or json.loads(response.body)["accountId"]
        sandbox.clock.advance(86_400)
