"""The invented transactions: what one account's rows say agrees with its type and with the vendor's document."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from finicity_async.models._decoding import wire_names
from finicity_async.models.transactions import Transaction
from finicity_async.sandbox.data import ACCOUNT_TYPES
from finicity_async.sandbox.data.transactions import Stream, first_second, incoming_sign, month_of, number_of

NOW = 1_752_580_800
Row = dict[str, Any]


def rows_of(kind: str, seed: int = 0, at: int = NOW, months: int = 24) -> list[Row]:
    stream, last = Stream(seed, "1005061234", "5011648377", kind), month_of(at)
    return [row for month in range(last - months, last + 1) for row in stream.month(month, at)]


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Row]]:
    return {kind: rows_of(kind) for kind in (*ACCOUNT_TYPES, "somethingNew")}


def test_every_type_of_account_has_transactions_every_month(rows: dict[str, list[Row]]) -> None:
    for found in rows.values():
        months = Counter(month_of(row.get("transactionDate") or row["postedDate"]) for row in found)
        assert len(months) >= 24


def test_members_come_in_the_order_of_the_document(rows: dict[str, list[Row]]) -> None:
    order = wire_names(Transaction)
    for found in rows.values():
        for row in found:
            assert list(row) == sorted(row, key=order.index)


def test_wages_are_positive_in_a_deposit_account_and_purchases_on_a_card(rows: dict[str, list[Row]]) -> None:
    def signs(kind: str, category: str) -> set[bool]:
        return {row["amount"] > 0 for row in rows[kind] if row["categorization"]["category"] == category}

    assert (signs("checking", "Paycheck"), signs("checking", "Groceries")) == ({True}, {False})
    assert (signs("creditCard", "Groceries"), signs("creditCard", "Credit Card Payment")) == ({True}, {False})
    assert signs("mortgage", "Loan Payment") == {True}
    assert (signs("401k", "Buy"), signs("401k", "Dividend & Cap Gains")) == ({True}, {False})
    assert [incoming_sign(kind) for kind in ("savings", "creditCard", "ira", "studentLoan")] == [1, -1, -1, 1]


def test_parts_of_a_loan_payment_add_up_to_it(rows: dict[str, list[Row]]) -> None:
    for kind in ("mortgage", "loan", "studentLoan"):
        for row in rows[kind]:
            parts = [Decimal(str(row[name])) for name in row if name.endswith("Amount")]
            assert sum(parts) == Decimal(str(row["amount"]))
            assert ("escrowAmount" in row) == (kind == "mortgage")


def test_trade_is_units_times_price(rows: dict[str, list[Row]]) -> None:
    trades = [row for row in rows["brokerageAccount"] if "unitQuantity" in row]
    assert trades
    for row in trades:
        assert row["unitQuantity"] * row["unitPrice"] == pytest.approx(row["amount"], abs=0.05 * row["unitPrice"])
    assert {row["ticker"] for row in rows["cryptocurrency"] if "ticker" in row} <= {"BTC", "ETH", "SOL"}


def test_ids_of_a_customers_accounts_differ() -> None:
    seen: Counter[int] = Counter()
    for account in range(36):
        stream = Stream(0, "1005061235", str(5011648477 + account), "checking")
        seen.update(row["id"] for row in stream.month(month_of(NOW), NOW))
    assert set(seen.values()) == {1}
    assert max(seen) < 2**53


def test_rows_known_at_a_moment_do_not_depend_on_what_comes_later() -> None:
    day = 86_400
    known: dict[int, Row] = {}
    for at in range(NOW - 60 * day, NOW, day):
        for row in rows_of("checking", at=at, months=3):
            fixed = {name: row[name] for name in row if name not in ("status", "description")}
            assert known.setdefault(row["id"], fixed) == fixed


def test_month_begins_with_its_first_second() -> None:
    for month in range(1970 * 12, 2100 * 12, 7):
        assert month_of(first_second(month)) == month
        assert month_of(first_second(month + 1) - 1) == month
    assert month_of(0) == 1970 * 12


@pytest.mark.parametrize(("text", "number"), [("12", 12), ("012", "012"), ("ann", "ann"), ("0", 0)])
def test_id_is_a_number_where_it_can_be_one(text: str, number: int | str) -> None:
    assert number_of(text) == number
