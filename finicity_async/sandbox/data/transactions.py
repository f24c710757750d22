"""
Invented transactions: what happens to one account in one month, as rows on the wire.

Each month is drawn by itself from the seed, so a window costs its months alone, and a month is the same whenever it is
drawn. Amounts are US dollars. In a deposit account and in a loan, money that comes in is positive; in cards and
investments it is negative.

A purchase is pending at first. Days later it becomes active under a new ID, or vanishes. A few active rows get another
description days later, a few become shadow: the institution no longer has them.
"""

import calendar
import time
from random import Random
from typing import Any, NamedTuple
from zlib import crc32

from finicity_async.models._decoding import wire_names
from finicity_async.models.transactions import Transaction
from finicity_async.sandbox.data.drawing import DAY, cents, chance
from finicity_async.sandbox.data.families import family_name
from finicity_async.sandbox.data.holdings import COINS, SECURITIES

Row = dict[str, Any]
"""A transaction as on the wire."""
_NOON = DAY // 2
_ORDER = {name: place for place, name in enumerate(wire_names(Transaction))}
_VANISH, _CHANGE, _SHADOW = 0.04, 0.03, 0.02
"""Shares of the purchases that never become active, and of the active rows that change or are gone days later."""


class Payee(NamedTuple):
    """
    Who is paid, or who pays.

    ``low`` and ``high`` bound the amount in dollars, negative for money that goes out. ``kind`` is the vendor's type of
    transaction, empty where the institution has none.
    """

    description: str
    name: str
    category: str
    low: float
    high: float
    kind: str = ""
    memo: str = ""


class _Habit(NamedTuple):
    """
    What recurs in the accounts of one family.

    ``days`` are days of the month from 1 to 28 on which one of the ``payees`` comes, always the same one and about the
    same amount; without any, ``least`` to ``most`` purchases a month come from any of them.
    """

    payees: tuple[Payee, ...]
    days: tuple[int, ...] = ()
    least: int = 0
    most: int = 0


_SHOPS = (
    Payee("HARVEST MARKET #0442 OGDEN UT", "Harvest Market", "Groceries", -180, -12, "pointOfSale"),
    Payee("SQ *BLUE DOOR COFFEE", "Blue Door Coffee", "Coffee Shops", -14, -3, "pointOfSale"),
    Payee("FUEL DEPOT 118 PAY AT PUMP", "Fuel Depot", "Gas & Fuel", -75, -18),
    Payee("TST* PINE STREET GRILL", "Pine Street Grill", "Restaurants", -96, -14, memo="DINING"),
    Payee("CORNER PHARMACY 2210", "Corner Pharmacy", "Pharmacy", -60, -4, "pointOfSale"),
    Payee("WEBSTORE MKTP US*2K4 ORDER", "Webstore", "Shopping", -240, -8),
    Payee("METRO TRANSIT RELOAD", "Metro Transit", "Public Transportation", -40, -5),
    Payee("No description provided by institution", "Unknown", "Uncategorized", -50, -5, memo="PURCHASE"),
)
_CASH = (Payee("ATM WITHDRAWAL 000381 MAIN ST", "ATM Withdrawal", "Cash & ATM", -200, -20, "atm"),)
_SALARY = (
    Payee("ACME CORP PAYROLL", "Acme Corp", "Paycheck", 1_400, 3_200, "directDeposit", "PAYROLL"),
    Payee("STATE UNIVERSITY DIR DEP", "State University", "Paycheck", 1_100, 2_600, "directDeposit"),
)
_RENT = (
    Payee("OAK LANE APARTMENTS", "Oak Lane Apartments", "Mortgage & Rent", -1_900, -800, "directDebit"),
    Payee("CHECK", "Check", "Mortgage & Rent", -1_700, -700, "check"),
)
_POWER = (Payee("CITY POWER & LIGHT WEB PMT", "City Power & Light", "Utilities", -140, -45, "payment"),)
_STREAMS = (
    Payee("VIDEOFLIX.COM", "Videoflix", "Streaming Services", -22, -8, "repeatPayment"),
    Payee("TUNESTREAM SUBSCRIPTION", "Tunestream", "Music", -17, -9, "repeatPayment"),
)
_SAVED = (Payee("ONLINE TRANSFER FROM CHECKING", "Transfer", "Transfer", 50, 400, "transfer"),)
_INTEREST = (Payee("INTEREST PAID", "Interest", "Interest Income", 0.2, 60, "interest"),)
_CARD_PAID = (Payee("PAYMENT THANK YOU", "Payment", "Credit Card Payment", 80, 900, "payment"),)
_LOAN_PAID = (Payee("LOAN PAYMENT RECEIVED", "Loan Payment", "Loan Payment", 120, 2_400, "payment"),)
_CONTRIBUTED = (Payee("CONTRIBUTION", "Contribution", "Investments", 100, 900),)
_DIVIDENDS = (Payee("DIVIDEND RECEIVED", "Dividend", "Dividend & Cap Gains", 2, 90, "dividend"),)
_BOUGHT = (Payee("YOU BOUGHT", "Buy", "Buy", -900, -60),)

_CHECKING = (
    _Habit(_SALARY, (1, 15)),
    _Habit(_RENT, (3,)),
    _Habit(_POWER, (12,)),
    _Habit(_STREAMS, (20,)),
    _Habit(_CASH, (), 0, 3),
    _Habit(_SHOPS, (), 6, 18),
)
_SAVINGS = (_Habit(_INTEREST, (28,)), _Habit(_SAVED, (16,)))
_CARD = (_Habit(_CARD_PAID, (25,)), _Habit(_STREAMS, (8,)), _Habit(_SHOPS, (), 8, 24))
_LOAN = (_Habit(_LOAN_PAID, (5,)),)
_INVESTMENT = (_Habit(_CONTRIBUTED, (4,)), _Habit(_DIVIDENDS, (18,)), _Habit(_BOUGHT, (6,)))
_HABITS = {
    "deposit": _SAVINGS,
    "certificate": (_Habit(_INTEREST, (28,)),),
    "card": _CARD,
    "credit line": _CARD[:1],
    "mortgage": _LOAN,
    "loan": _LOAN,
    "student loan": _LOAN,
    "student group": _LOAN,
    "student account": _LOAN,
    "other": _SAVINGS,
}
_IN_IS_POSITIVE = _HABITS.keys() - {"card", "credit line"}
_INVESTMENT_KINDS = {"Buy": "purchased", "Dividend": "dividend", "Contribution": "contribution"}


class _Event(NamedTuple):
    """What happens on a day, and its place among the events of its month."""

    day: int
    place: int
    payee: Payee
    amount: float


class Stream:
    """
    All that ever happens to one account.

    Args:
        seed: What everything is drawn from.
        customer_id: The customer.
        account_id: The account.
        account_type: Its type, for example ``"checking"``.
    """

    def __init__(self, seed: int, customer_id: str, account_id: str, account_type: str) -> None:
        self._seed = f"{seed}/{customer_id}/{account_id}/transactions"
        self._account, self._customer = number_of(account_id), number_of(customer_id)
        self._prefix = f"{account_id}-"
        self._family = family_name(account_type)
        self._habits = _CHECKING if account_type == "checking" else _HABITS.get(self._family, _INVESTMENT)
        self._incoming = incoming_sign(account_type)
        self._base = (int(account_id) if account_id.isdecimal() else crc32(account_id.encode())) % 10_000 * 1_000
        # The same from month to month: who pays and is paid, how much, and whether dates have a time.
        usual = Random(self._seed)
        self._usual = [usual.choice(habit.payees) for habit in self._habits]
        self._amounts = [usual.uniform(payee.low, payee.high) for payee in self._usual]
        self._has_times = chance(usual, 0.3)

    def month(self, month: int, at: int) -> list[Row]:
        """
        Return the rows of a month of transaction dates.

        Args:
            month: The month, counted from January of the year 0.
            at: When the account was last aggregated, in Unix seconds; what came later is unknown to the vendor.
        """
        random = Random(f"{self._seed}/{month}")
        first = first_second(month)
        days = (first_second(month + 1) - first) // DAY
        found: list[Row] = []
        place = 0
        for habit, usual, about in zip(self._habits, self._usual, self._amounts, strict=True):
            for day in habit.days:
                event = _Event(first + (day - 1) * DAY, place, usual, cents(about * random.uniform(0.97, 1.03)))
                found += self._regular(random, event, at)
                place += 2
            for _ in range(random.randint(habit.least, habit.most)):
                payee = random.choice(habit.payees)
                amount = cents(random.uniform(payee.low, payee.high))
                found += self._purchase(random, _Event(first + random.randrange(days) * DAY, place, payee, amount), at)
                place += 2
        return found

    def _regular(self, random: Random, event: _Event, at: int) -> tuple[Row, ...]:
        """Draw what is posted at once."""
        seen = event.day + random.randint(_NOON, DAY - 1)
        details = self._details(random, event.payee, cents(self._incoming * event.amount))
        if seen > at:
            return ()
        moment = event.day + _NOON
        row = self._row(event, None if event.payee.kind == "interest" else moment, posted=moment, created=seen)
        return (dict(sorted((row | details).items(), key=_place)) if details else row,)

    def _purchase(self, random: Random, event: _Event, at: int) -> tuple[Row, ...]:
        """Draw what is pending at first."""
        seen = event.day + random.randint(_NOON, DAY - 1)
        posted = event.day + random.randint(1, 3) * DAY + _NOON
        arrives, fate = posted + random.randint(0, _NOON), random.random()
        later = arrives + random.randint(3, 12) * DAY
        if at < seen or (at >= arrives and fate < _VANISH):
            return ()
        moment = seen if self._has_times else event.day + _NOON
        if at < arrives:
            return (self._row(event, moment, posted=None, created=seen),)
        if event.payee.category == "Restaurants":  # A tip is known only when a purchase is posted.
            event = event._replace(amount=cents(event.amount * 1.2))
        row = self._row(event._replace(place=event.place + 1), moment, posted=posted, created=arrives)
        if at >= later and fate < _VANISH + _SHADOW:
            row["status"] = "shadow"
        elif at >= later and fate < _VANISH + _SHADOW + _CHANGE:
            row["description"] = event.payee.name.upper()
        return (row,)

    def _row(self, event: _Event, moment: int | None, *, posted: int | None, created: int) -> Row:
        payee = event.payee
        number = event.day // DAY * 10_000_000 + self._base + event.place
        row: Row = {
            "id": number,
            "amount": cents(self._incoming * event.amount),
            "uniqueTransactionId": f"{self._prefix}{number}",
            "accountId": self._account,
            "customerId": self._customer,
            "status": "pending" if posted is None else "active",
            "description": payee.description,
        }
        if payee.memo:
            row["memo"] = payee.memo
        if payee.kind:
            row["type"] = payee.kind
        if moment is not None:
            row["transactionDate"] = moment
        if posted is not None:
            row["postedDate"] = posted
        row["createdDate"] = created
        row["categorization"] = _categorization(payee)
        return row

    def _details(self, random: Random, payee: Payee, amount: float) -> Row:
        """Draw the members that only some kinds of account have."""
        if payee.kind == "check":
            return {"checkNum": str(random.randint(101, 999))}
        if self._habits is _LOAN:
            return _split(random, amount, escrow=self._family == "mortgage")
        return _trade(random, payee, amount, self._family) if self._habits is _INVESTMENT else {}


def _split(random: Random, amount: float, *, escrow: bool) -> Row:
    """Split a payment to a loan; the parts add up to it."""
    held = cents(amount * 0.2) if escrow else 0.0
    interest = cents((amount - held) * random.uniform(0.2, 0.6))
    parts = {"interestAmount": interest, "principalAmount": cents(amount - held - interest)}
    return parts | ({"escrowAmount": held} if escrow else {})


def _trade(random: Random, payee: Payee, amount: float, family: str) -> Row:
    """Draw what is traded."""
    kind = {"investmentTransactionType": _INVESTMENT_KINDS[payee.name], "commissionAmount": 0, "taxesAmount": 0}
    if payee.name == "Contribution":
        return kind
    security = random.choice(COINS if family == "coins" else SECURITIES)
    names = ("securityId", "securityIdType")
    kind |= {"ticker": security.members["symbol"]} | {
        name: security.members[name] for name in names if name in security.members
    }
    if payee.name == "Dividend":
        return kind | {"incomeType": "DIV"}
    return kind | {"unitQuantity": round(amount / security.price, 4), "unitPrice": security.price}


def _categorization(payee: Payee) -> Row:
    return {
        "normalizedPayeeName": payee.name,
        "category": payee.category,
        "country": "USA",
        "bestRepresentation": payee.description,
    }


def _place(member: tuple[str, Any]) -> int:
    return _ORDER[member[0]]


def incoming_sign(account_type: str) -> int:
    """Return the sign of money that comes into an account: 1, or -1 for cards and investments."""
    return 1 if family_name(account_type) in _IN_IS_POSITIVE else -1


def number_of(vendor_id: str) -> int | str:
    """Return an ID as the vendor writes it in a transaction: a number, unless a test has given another kind."""
    number = int(vendor_id) if vendor_id.isdecimal() else None
    return vendor_id if number is None or str(number) != vendor_id else number


def month_of(moment: int) -> int:
    """Return the month of a moment, counted from January of the year 0."""
    year, month, *_ = time.gmtime(moment)
    return year * 12 + month - 1


def first_second(month: int) -> int:
    """Return the first second of a month."""
    year, place = divmod(month, 12)
    return calendar.timegm((year, place + 1, 1, 0, 0, 0))
