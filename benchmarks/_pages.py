"""Pages of transactions, generated from a seed: the same seed gives the same bytes."""

import json
from random import Random
from typing import Any

from benchmarks._data import CUSTOMER

ROWS = 1_000
"""Transactions on a page, the most that the vendor gives."""
FIRST = 21_284_820_852
START = 1_759_276_800  # 2025-10-01
_APART = 7_200
POSTED = 43_200
"""Seconds after which a transaction is posted."""
CREATED = 50_000
"""Seconds after which the vendor has it."""
_ACCOUNTS = (5_011_648_377, 5_011_648_378, 5_011_648_379)
_PAYEES = (
    ("Mad Science Research", "Books & Supplies"),
    ("Verizon Wireless", "Mobile Phone"),
    ("Shell", "Gas & Fuel"),
    ("Whole Foods Market", "Groceries"),
    ("City of Murray", "Utilities"),
    ("Northwestern Mutual", "Life Insurance"),
    ("7-Eleven", "Convenience Store"),
    ("Acme Corporation", "Paycheck"),
)
_PLACES = (
    ("Murray", "UT", "84123"),
    ("Salt Lake City", "UT", "84101"),
    ("Denver", "CO", "80202"),
    ("Reno", "NV", "89501"),
)
_KINDS = ("debit", "pointOfSale", "directDeposit", "payment", "check", "transfer")
_ODD = ("CAF\u00c9", 'TST* O\'NEIL "GRILL"', "REF_NO 4711", "A/B", "TAB\tLE")
"""Parts of descriptions with accents, quotes, underscores and escapes."""


def page(seed: int, rows: int = ROWS, *, odd_text: bool = False) -> bytes:
    """
    Return one page of transactions, of some 560 bytes each.

    Args:
        seed: What everything is drawn from.
        rows: Transactions on the page.
        odd_text: Put accents, quotes, underscores and escapes into one description of ten.
    """
    random = Random(seed)
    made = [encoded(row(random, FIRST + n, START + n * _APART, odd_text=odd_text)) for n in range(rows)]
    return framed(rows, rows, b",".join(made))


def framed(found: int, displaying: int, rows: bytes, *, more: bool = False) -> bytes:
    """Return the page around rows that are encoded."""
    return b'{"found":%d,"displaying":%d,"moreAvailable":"%b","sort":"asc","transactions":[%b]}' % (
        found,
        displaying,
        b"true" if more else b"false",
        rows,
    )


def encoded(members: dict[str, Any]) -> bytes:
    """Return JSON as the vendor writes it: compact, and text outside ASCII as it is."""
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()


def row(random: Random, transaction_id: int, date: int, *, odd_text: bool = False) -> dict[str, Any]:
    """Return a transaction with the members that its kind of account has."""
    payee, category = random.choice(_PAYEES)
    reference = random.randrange(10**9, 10**10)
    account = random.choices(_ACCOUNTS, (80, 15, 5))[0]
    odd = f"{random.choice(_ODD)} " if odd_text and random.random() < 0.1 else ""
    made: dict[str, Any] = {
        "id": transaction_id,
        "amount": random.randrange(-99_999, 99_999) / 100,
        "accountId": account,
        "customerId": int(CUSTOMER),
        "status": "active",
        "description": f"{odd}{payee.upper()} {reference}",
        "memo": f"PURCHASE {random.choice(_PLACES)[0].upper()} CARD {random.randrange(1_000, 10_000)}",
        "type": random.choice(_KINDS),
        "transactionDate": date,
        "postedDate": date + POSTED,
        "createdDate": date + CREATED,
        "firstEffectiveDate": date + POSTED,
        "effectiveDate": date + POSTED,
    }
    made |= _more(random, account)
    city, state, postal_code = random.choice(_PLACES)
    made["categorization"] = {
        "normalizedPayeeName": payee,
        "category": category,
        "city": city,
        "state": state,
        "postalCode": postal_code,
        "country": "USA",
        "bestRepresentation": payee.upper(),
    }
    made["runningBalanceAmount"] = random.randrange(10**6) / 100
    return made | (_investment(random) if account == _ACCOUNTS[2] else {})


def _more(random: Random, account: int) -> dict[str, Any]:
    """Return what checks, loans and investments have before the categorization."""
    if account == _ACCOUNTS[1]:
        return {"checkNum": str(random.randrange(100, 9_999))}
    if account == _ACCOUNTS[2]:
        return {"unitQuantity": random.randrange(1, 99_999) / 1_000, "unitPrice": random.randrange(1, 99_999) / 100}
    return {}


def _investment(random: Random) -> dict[str, Any]:
    """Return what investments have at the end."""
    return {
        "subaccountSecurityType": "MARGIN",
        "commissionAmount": random.choice((0, 4.95)),
        "ticker": random.choice(("UWMC", "VTI", "BND")),
        "investmentTransactionType": random.choice(("purchased", "sold", "dividend")),
        "currencySymbol": "USD",
        "securityId": "91823B109",
        "securityIdType": "CUSIP",
    }
