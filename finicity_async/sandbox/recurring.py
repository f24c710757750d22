"""Recurring transactions: payments of about the same amount to or from one payee, about equally far apart."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from statistics import mean, median
from typing import Any

from finicity_async.sandbox.data.transactions import Row
from finicity_async.sandbox.histories import date_of

_DAY = 86_400
_FEWEST = 3
_LEAST_DAYS = 5
_DAYS_OFF = 4
"""How far two payments may be from the usual number of days; months differ by three, and weekends come between."""
_SPREAD = Decimal("0.25")
"""How far amounts may be from each other, as a share of their mean."""
_CENT = Decimal("0.01")


def recurring_transactions(rows: Iterable[Row], sign: int, now: float) -> dict[str, list[dict[str, Any]]]:
    """
    Find the payments of one account that recur.

    Args:
        rows: The account's transactions in ascending order.
        sign: The sign of money that comes in, 1 or -1.
        now: Unix seconds; a payment that has not come for a while is inactive.

    Returns:
        ``recurringOutflows`` with negative amounts, and ``recurringInflows`` with positive ones.
    """
    by_payee: defaultdict[tuple[str, bool], list[Row]] = defaultdict(list)
    for row in rows:
        if row.get("status") == "active" and row.get("amount"):
            by_payee[_payee(row), row["amount"] * sign > 0].append(row)
    found: dict[str, list[dict[str, Any]]] = {"recurringOutflows": [], "recurringInflows": []}
    for (payee, comes_in), paid in by_payee.items():
        name = "recurringInflows" if comes_in else "recurringOutflows"
        found[name] += _stream(payee, paid, sign, now)
    return found


def _payee(row: Row) -> str:
    return str(row.get("categorization", {}).get("normalizedPayeeName") or row.get("description"))


def _stream(payee: str, rows: list[Row], sign: int, now: float) -> Iterator[dict[str, Any]]:
    """Return what the vendor says of payments, nothing when they do not recur."""
    if len(rows) < _FEWEST:
        return
    days = [(later - date) / _DAY for date, later in pairwise(map(date_of, rows))]
    cadence = mean(days)
    amounts = [sign * Decimal(str(row["amount"])) for row in rows]
    typical = mean(amounts)
    if (
        cadence < _LEAST_DAYS
        or any(abs(one - cadence) > _DAYS_OFF for one in days)
        or max(amounts) - min(amounts) > abs(typical) * _SPREAD
    ):
        return
    expected = date_of(rows[-1]) + cadence * _DAY
    yield {
        "normalizedPayeeName": payee,
        "transactionCategories": sorted(
            {row.get("categorization", {}).get("category", "Uncategorized") for row in rows}
        ),
        "transactionIds": [str(row["id"]) for row in rows],
        "cadence": round(cadence),
        "status": "ACTIVE" if now < expected + cadence / 2 * _DAY else "INACTIVE",
        "expectedNextTransactionDate": datetime.fromtimestamp(expected, UTC).date().isoformat(),
        "expectedNextTransactionAmount": amounts[-1],
        "minimumHistoricalAmount": min(amounts),
        "maximumHistoricalAmount": max(amounts),
        "meanHistoricalAmount": typical.quantize(_CENT),
        "medianHistoricalAmount": median(amounts).quantize(_CENT),
        "countOfTransactions": len(rows),
    }
