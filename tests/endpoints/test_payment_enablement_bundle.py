"""The Payment Enablement Bundle operations: billed calls with gaps, and numbers that no text shows."""

from collections.abc import Iterable
from decimal import Decimal

import pytest

from finicity_async import TransportError
from finicity_async.endpoints.payment_enablement_bundle import (
    get_account_details_by_account_id,
    get_account_details_by_institution_login_id,
)
from finicity_async.models.payment_enablement_bundle import PaymentEnablementBundle
from tests.secrecy.secrets import server_with, session_on
from tests.support.servers import Close, http

NUMBER, ROUTING = "000123456789", "123456780"
INSTRUCTION = {
    "type": "ach",
    "accountNumber": NUMBER,
    "descriptors": [{"type": "routingNumber", "value": ROUTING}],
}
ERROR = {"fieldName": "balanceDetails", "code": "102", "description": "The institution is down"}
ACCOUNT = {"id": "5011648377", "institutionLoginId": 7, "paymentInstruction": INSTRUCTION, "errors": [ERROR]}
BUNDLE = http(200, {"customerId": "1", "errorCount": 1, "accounts": [ACCOUNT]})


async def test_a_part_that_cannot_be_had_says_why_and_the_others_are_there() -> None:
    async with server_with(BUNDLE) as server, session_on(server) as session:
        bundle = await get_account_details_by_institution_login_id(session, 1, 7)
    (account,) = bundle
    assert (bundle.error_count, account.balance_details) == (1, None)
    assert [(one.field_name, one.code) for one in account.errors] == [("balanceDetails", "102")]
    assert account.payment_instruction is not None
    assert account.payment_instruction.account_number == NUMBER


@pytest.mark.parametrize(
    "instruction",
    [f'{{"accountNumber": "{NUMBER}"}}', f'{{"accountNumber": ["{NUMBER}"]}}', f'"{NUMBER}"'],
    ids=["as declared", "a list", "a text"],
)
def test_no_text_shows_a_number_with_which_money_moves(instruction: str) -> None:
    body = f'{{"accounts": [{{"id": "1", "paymentInstruction": {instruction}}}]}}'
    bundle = PaymentEnablementBundle.from_json(body.encode())
    assert NUMBER not in repr(bundle) + str(bundle.__rich_repr__())
    assert NUMBER in str(bundle.to_dict())


@pytest.mark.parametrize(
    ("include", "sent"),
    [
        (None, ""),
        ("balanceDetails", "include=balanceDetails"),
        (("balanceDetails", "accountIdentity"), "include=balanceDetails,accountIdentity"),
        (iter(["paymentInstruction"]), "include=paymentInstruction"),
    ],
    ids=["all", "a text", "a tuple", "an iterator"],
)
async def test_parts_go_out_joined_with_commas(include: str | Iterable[str] | None, sent: str) -> None:
    async with server_with(BUNDLE) as server, session_on(server) as session:
        await get_account_details_by_account_id(session, 1, 5011648377, include=include)
    assert server.calls[0].target.partition("?")[2] == sent


async def test_a_billed_call_is_sent_once_whatever_becomes_of_it() -> None:
    async with server_with(Close(), BUNDLE) as server, session_on(server) as session:
        with pytest.raises(TransportError) as caught:
            await get_account_details_by_account_id(session, 1, 5011648377)
        assert (caught.value.sent, len(server.calls)) == (True, 1)
        assert len(await get_account_details_by_account_id(session, 1, 5011648377)) == 1


def test_balances_are_exact() -> None:
    body = b'{"accounts": [{"id": "1", "balanceDetails": {"availableBalance": 123.450, "clearedBalance": 0.1}}]}'
    balance = PaymentEnablementBundle.from_json(body)[0].balance_details
    assert balance is not None
    assert (balance.available_balance, balance.cleared_balance) == (Decimal("123.450"), Decimal("0.1"))
