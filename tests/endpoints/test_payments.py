"""The Payments operations: numbers that no text shows, and a balance that is live only when asked for."""

from datetime import timedelta
from decimal import Decimal

import pytest

from finicity_async import AsyncSession, Sandbox
from finicity_async.endpoints.payments import (
    get_account_ach_details,
    get_account_payment_instruction_details,
    get_available_balance,
    get_available_balance_live,
    get_loan_payment_details,
)
from finicity_async.models import Record
from finicity_async.models.payments import ACHDetails, LoanPaymentDetails, PaymentInstructions

CUSTOMER, ACCOUNT = 1005061234, 5011648377
SECOND, LOAN, STUDENT_LOANS = 1005061235, 5011648509, range(5011648510, 5011648513)
NUMBER = "000123456789"
WITH_NUMBERS: list[Record] = [
    ACHDetails(routing_number=NUMBER, real_account_number=NUMBER),
    ACHDetails.from_json(f'{{"routingNumber": ["{NUMBER}"]}}'.encode()),
    PaymentInstructions.from_json(f'{{"paymentInstruction": [{{"accountNumber": "{NUMBER}"}}]}}'.encode()),
    PaymentInstructions.from_json(f'{{"paymentInstruction": ["{NUMBER}"]}}'.encode()),
    PaymentInstructions.from_json(f'{{"paymentInstruction": [{{"descriptors": [{{"value": "{NUMBER}"}}]}}]}}'.encode()),
    LoanPaymentDetails(loan_number=NUMBER, loan_payment_number=NUMBER),
    LoanPaymentDetails.from_json(f'{{"accountDetail": {{"accountNumber": "{NUMBER}"}}}}'.encode()),
    LoanPaymentDetails.from_json(
        f'{{"accountDetail": {{"groupDetail": [{{"groupNumber": "{NUMBER}", "groupLoanDetail": '
        f'[{{"loanNumber": "{NUMBER}"}}]}}]}}}}'.encode()
    ),
]


@pytest.mark.parametrize("record", WITH_NUMBERS, ids=lambda record: type(record).__name__)
def test_no_text_shows_a_number_with_which_money_moves(record: Record) -> None:
    assert NUMBER not in repr(record) + str(record.__rich_repr__())
    assert NUMBER in str(record.to_dict())


async def test_the_numbers_of_an_account_agree(session: AsyncSession, sandbox: Sandbox) -> None:
    ach = await get_account_ach_details(session, CUSTOMER, ACCOUNT)
    assert ach.routing_number == sandbox.institutions.routing_number("4222")
    instructions = await get_account_payment_instruction_details(session, CUSTOMER, ACCOUNT)
    assert [one.type for one in instructions] == ["ach", "rtp", "fednow"]
    assert {one.account_number for one in instructions} == {ach.real_account_number}
    assert instructions[0].descriptors[0].value == ach.routing_number
    assert [one.transfer_in_enabled for one in instructions] == [None, True, True]
    assert (await get_available_balance(session, CUSTOMER, ACCOUNT)).real_account_number_last4 == (
        ach.real_account_number or ""
    )[-4:]


async def test_the_whole_number_comes_where_the_account_has_it_masked(session: AsyncSession, sandbox: Sandbox) -> None:
    account = sandbox.add_account(CUSTOMER, number="xxxx0042")
    ach = await get_account_ach_details(session, CUSTOMER, account["id"])
    assert ach.real_account_number is not None
    assert (len(ach.real_account_number), ach.real_account_number[-4:]) == (10, "0042")


async def test_a_loan_says_where_it_is_paid(session: AsyncSession) -> None:
    loan = await get_loan_payment_details(session, SECOND, LOAN)
    assert (loan.loan_payment_address, loan.account_detail) == ("P.O. Box 100 Ogden, UT 84401", None)


async def test_every_part_of_a_student_loan_has_the_whole_tree(session: AsyncSession) -> None:
    for one in STUDENT_LOANS:
        account = (await get_loan_payment_details(session, SECOND, one)).account_detail
        assert account is not None
        (group,) = account.group_detail
        (loan,) = group.group_loan_detail
        assert [account.account_id, group.account_id, loan.account_id] == list(map(str, STUDENT_LOANS))
        assert loan.loan_future_payoff_date is not None


async def test_a_balance_comes_from_a_cache_of_thirty_minutes_unless_told_otherwise(
    session: AsyncSession, sandbox: Sandbox
) -> None:
    async def balance(interval: int | None = None) -> tuple[Decimal | None, timedelta]:
        read = await get_available_balance_live(session, CUSTOMER, ACCOUNT, balance_cache_interval=interval)
        assert read.available_balance_date is not None
        assert first.available_balance_date is not None
        return read.cleared_balance, read.available_balance_date - first.available_balance_date

    account = sandbox.customers[CUSTOMER][str(ACCOUNT)]
    account["balance"] = 10
    first = await get_available_balance_live(session, CUSTOMER, ACCOUNT)
    account["balance"] = 20
    sandbox.clock.advance(29 * 60)
    assert await balance() == (Decimal(10), timedelta(0))
    assert (await balance(0))[0] == 20
    account["balance"] = 30
    sandbox.clock.advance(61 * 60)
    assert (await balance(1440))[0] == 20
    assert (await get_available_balance(session, CUSTOMER, ACCOUNT)).cleared_balance == 20
    assert (await balance())[0] == 30
    assert (await balance(60))[0] == 30


async def test_a_reset_forgets_the_balances_that_were_read(session: AsyncSession, sandbox: Sandbox) -> None:
    sandbox.customers[CUSTOMER][str(ACCOUNT)]["balance"] = 10
    assert (await get_available_balance_live(session, CUSTOMER, ACCOUNT)).cleared_balance == 10
    sandbox.reset()
    assert (await get_available_balance_live(session, CUSTOMER, ACCOUNT)).cleared_balance != 10


async def test_a_customer_whose_id_is_no_number_has_a_balance(session: AsyncSession, sandbox: Sandbox) -> None:
    customer = sandbox.add_customer("ann-1")
    account = sandbox.add_account(customer)
    assert (await get_available_balance_live(session, customer, account["id"])).id == 0
