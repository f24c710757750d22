"""Tables at every width of a terminal: a line for each record, and all of its amounts."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pytest
from rich.console import Console
from rich.table import Table

from finicity_async import RefreshResult
from finicity_async.cli.refreshing import outcome_table
from finicity_async.cli.tables import (
    Column,
    account_table,
    customer_table,
    fitted,
    institution_table,
    money,
    transaction_table,
)
from finicity_async.models import CustomerAccount
from finicity_async.models.customers import Customer
from finicity_async.models.institutions import Institution
from finicity_async.models.transactions import Transaction

WIDTHS = range(60, 201)
NOON = "1763985600"
BALANCES = ("600.52", "26985.12", "-1462.5", "-123456789012.34", "0", "1e3")
SHOWN = ("600.52 USD", "26,985.12 USD", "-1,462.50 USD", "-123,456,789,012.34 USD", "0.00 USD", "1,000.00 USD")


def account(number: int, balance: str, customer: str = "1005061234") -> CustomerAccount:
    text = f"""{{"id": "501164837{number}", "name": "Rainy day savings, the second of their kind {number}",
        "balance": {balance}, "type": "investmentTaxDeferred", "aggregationStatusCode": 44002, "status": "active",
        "customerId": "{customer}", "currency": "USD", "aggregationSuccessDate": {NOON},
        "aggregationAttemptDate": {NOON}}}"""
    return CustomerAccount.from_json(text.encode())


ACCOUNTS = [account(number, balance) for number, balance in enumerate(BALANCES)]
CUSTOMERS = [
    Customer.from_json(
        f"""{{"id": "100506123{number}", "username": "a-user.with-a-long-name-{number}@example.com", "firstName": "Ann",
        "lastName": "Featherstonehaugh-Cholmondeley", "type": "testing", "createdDate": "{NOON}"}}""".encode()
    )
    for number in range(3)
]
INSTITUTIONS = [
    Institution.from_json(
        f"""{{"id": 10210{number}, "name": "First Community Credit Union of the Southern Counties - Business {number}",
        "status": "legacy_and_migrating", "newInstitutionId": 10315{number}, "oauthEnabled": true,
        "urlHomeApp": "https://www.example.com/business/online/banking/{number}"}}""".encode()
    )
    for number in range(3)
]
TRANSACTIONS = [
    Transaction.from_json(
        f"""{{"id": 2128494180{number}, "accountId": 5011648377, "amount": {amount}, "currencySymbol": "USD",
        "description": "CARD PURCHASE SUPERMARKET 0815 LONG STREET", "memo": "{number}", "status": "active",
        "transactionDate": {NOON}, "categorization": {{"category": "Home Improvement and Repair"}}}}""".encode()
    )
    for number, amount in enumerate(BALANCES)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A table, what its rows begin with, and the amounts in it."""

    made: Callable[[int], Table]
    ids: Sequence[str]
    amounts: Sequence[str] = ()


REFRESHED = RefreshResult(
    succeeded=tuple(ACCOUNTS[:2]), failed=tuple(ACCOUNTS[2:4]), pending=(ACCOUNTS[4],), vanished=("5011648379",)
)
CASES = {
    "accounts": Case(
        made=lambda width: account_table(ACCOUNTS, width=width), ids=[one.id for one in ACCOUNTS], amounts=SHOWN
    ),
    "accounts of several": Case(
        made=lambda width: account_table([*ACCOUNTS, account(9, "1.2345", "7")], width=width),
        ids=[*(one.id for one in ACCOUNTS), "5011648379"],
        amounts=[*SHOWN, "1.2345 USD"],
    ),
    "customers": Case(made=lambda width: customer_table(CUSTOMERS, width=width), ids=[one.id for one in CUSTOMERS]),
    "institutions": Case(
        made=lambda width: institution_table(INSTITUTIONS, width=width), ids=[str(one.id) for one in INSTITUTIONS]
    ),
    "transactions": Case(
        made=lambda width: transaction_table(TRANSACTIONS, width=width),
        ids=["2025-11-24"] * len(TRANSACTIONS),
        amounts=SHOWN,
    ),
    "refresh": Case(
        made=lambda width: outcome_table(REFRESHED, width=width),
        ids=[*(one.id for one in ACCOUNTS[:5]), "5011648379"],
    ),
}


def lines_of(table: Table, width: int) -> list[str]:
    """Return the lines of a table on a terminal of this width that are not empty, but for heading and rule."""
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(table)
    return [line.rstrip() for line in out.getvalue().splitlines() if line.strip()][2:]


@pytest.mark.parametrize("name", CASES)
def test_every_record_has_one_line_at_every_width(name: str) -> None:
    case = CASES[name]
    for width in WIDTHS:
        lines = lines_of(case.made(width), width)[: len(case.ids)]
        assert max(map(len, lines)) <= width
        assert [one in line.split() for one, line in zip(case.ids, lines, strict=True)] == [True] * len(lines), width
        assert all(amount in line for amount, line in zip(case.amounts, lines, strict=False)), width


@pytest.mark.parametrize("name", CASES)
def test_a_wider_terminal_shows_no_less(name: str) -> None:
    shown = [len(CASES[name].made(width).columns) for width in WIDTHS]
    assert shown == sorted(shown)
    assert shown[0] < shown[-1] or name == "refresh"


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_cut_where_there_is_enough_space(name: str) -> None:
    assert "\u2026" not in "".join(lines_of(CASES[name].made(300), 300))
    table = CASES[name].made(60)
    assert not any(cell.endswith("\u2026") for line in lines_of(table, 300) for cell in line.split()[:1])


def test_what_matters_least_is_cut_first() -> None:
    lines = lines_of(account_table(ACCOUNTS, width=80), 80)
    assert lines[1].split() == [
        "1005061234",
        "5011648371",
        "investmentT\u2026",
        *("26,985.12", "USD", "active", "(44002)"),
    ]


def test_a_terminal_that_is_too_narrow_folds_an_amount_and_cuts_no_digit_off() -> None:
    out = "".join(lines_of(account_table(ACCOUNTS[3:4], width=24), 24))
    assert "\u2026" not in out
    assert sorted(character for character in out if character in "-,.0123456789") == sorted(
        "5011648373-123,456,789,012.34"
    )


def test_a_table_without_rows_has_its_heading() -> None:
    out = io.StringIO()
    Console(file=out, width=80).print(fitted(80, (Column("Account", []), Column("Balance", [], is_right=True))))
    assert out.getvalue().split()[:2] == ["Account", "Balance"]


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("-1462.5", "USD", "-1,462.50 USD"),
        ("26985.12", None, "26,985.12"),
        ("0.12345", "", "0.12345"),
        ("5", "JPY", "5.00 JPY"),
        ("1E+3", "USD", "1,000.00 USD"),
    ],
)
def test_money_has_two_decimals_and_all_further_ones(amount: str, currency: str | None, text: str) -> None:
    assert money(Decimal(amount), currency) == text


def test_no_amount_is_no_text() -> None:
    assert money(None, "USD") == ""
