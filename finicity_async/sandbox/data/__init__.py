"""
Invented account records in the vendor's own JSON shape.

Plain dicts, because encoding the models would turn amounts and dates into text. Everything is drawn from the generator
that is passed in, so one seed always gives the same bytes. What a record does not have is left out, never null.
Amounts are US dollars, rates percent per year, dates Unix seconds.
"""

import re
from functools import cache
from random import Random
from typing import Any

from finicity_async.models import CustomerAccount
from finicity_async.models._decoding import wire_names
from finicity_async.sandbox.data.drawing import DAY, chance, draw_members
from finicity_async.sandbox.data.families import ACCOUNT_TYPES, DEPOSITS, GROUPS, family_of
from finicity_async.sandbox.data.figures import Ledger, draw_ledger
from finicity_async.sandbox.data.members import MAKERS

__all__ = ["ACCOUNT_TYPES", "make_account", "make_accounts"]

_TREE = ("studentLoan", "studentLoanGroup", "studentLoanAccount")
_WEIGHTS = [weight for _, weight in GROUPS.values()]

_AGGREGATED = ("balanceDate", "aggregationSuccessDate", "aggregationAttemptDate", "lastUpdatedDate")

_BRANDS = ("Everyday", "Premier", "Classic", "Select", "Super")
_ACRONYMS = frozenset({"cd", "ira", "ugma", "utma"})

_ORDER = wire_names(CustomerAccount)
_PENDING = """id number accountNumberDisplay name balance type status customerId institutionId createdDate currency
    institutionLoginId accountNickname"""
_PENDING_ORDER = tuple(name for name in _ORDER if name in set(_PENDING.split()))


def _make_detail(ledger: Ledger, account_type: str) -> dict[str, Any]:
    return {name: MAKERS[name](ledger) for name in draw_members(ledger.rng, family_of(account_type).detail)}


def _make_dates(ledger: Ledger) -> dict[str, Any]:
    """Make the dates of a record: opened, linked, last transaction, last aggregation, in this order."""
    linked = ledger.as_of - ledger.rng.randint(2, min(ledger.age * 30, 900)) * DAY
    oldest = max(ledger.opened, linked - 180 * DAY)
    last = max(oldest, ledger.as_of - ledger.rng.randint(0, 6 * DAY))
    dates = {"createdDate": linked, "linkedAccountDate": linked}
    dates |= {"oldestTransactionDate": oldest, "lastTransactionDate": last}
    dates |= dict.fromkeys(_AGGREGATED, ledger.as_of)
    if chance(ledger.rng, 0.4):
        expires = chance(ledger.rng, 0.7)
        dates |= {"authorizationStartDate": linked, "authorizationExpires": expires}
        dates |= {"authorizationEndDate": ledger.as_of + ledger.rng.randint(30, 365) * DAY} if expires else {}
    return dates


@cache
def _in_words(account_type: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", account_type)
    return words.upper() if account_type in _ACRONYMS else words.title()


def _make_labels(rng: Random, account_type: str) -> dict[str, Any]:
    number = str(rng.randrange(10**8, 10**10))
    last4 = number[-4:]
    name = f"{rng.choice(_BRANDS)} {_in_words(account_type)}"
    labels = {"name": name, "accountNickname": f"{name} {last4}", "currency": "USD"}
    if account_type in DEPOSITS:
        labels["realAccountNumberLast4"] = last4
    return labels | {
        "number": f"xxxx{last4}" if chance(rng, 0.2) else number,
        "accountNumberDisplay": last4,
        "marketSegment": "business" if chance(rng, 0.05) else "personal",
    }


def _make_record(ledger: Ledger, given: dict[str, Any]) -> dict[str, Any]:
    """Make the whole record around the members that are given, in the order of the wire."""
    members = given | _make_labels(ledger.rng, given["type"]) | _make_dates(ledger)
    members |= {"balance": ledger.balance, "aggregationStatusCode": 0, "position": ledger.position or None}
    members["detail"] = _make_detail(ledger, given["type"])
    order = _PENDING_ORDER if given["status"] == "pending" else _ORDER
    return {key: members[key] for key in order if members.get(key) is not None}


def make_account(
    rng: Random,
    account_type: str,
    *,
    account_id: str,
    customer_id: str,
    institution_id: str,
    institution_login_id: int,
    now: int,
    display_position: int = 1,
    status: str = "active",
    parent_account: str | None = None,
) -> dict[str, Any]:
    """
    Make one account record, ready for `json.dumps`.

    A type outside `ACCOUNT_TYPES` gives an empty detail. After ``now``, in Unix seconds, lie only what is due, matures,
    is paid off, expires or ends: a payment, a deposit, a debt, an option, an authorization, a loan's status or plan.
    The status ``"pending"`` gives the short record of an account that was found but never activated, without
    ``parent_account``, the ID of the student loan one level up.
    """
    given = {
        "id": account_id,
        "type": account_type,
        "status": status,
        "customerId": customer_id,
        "institutionId": institution_id,
        "institutionLoginId": institution_login_id,
        "displayPosition": display_position,
        "parentAccount": parent_account,
    }
    return _make_record(draw_ledger(rng, family_of(account_type).bounds, now), given)


def _pick_types(rng: Random, count: int) -> list[tuple[str, ...]]:
    """Choose the types of ``count`` accounts, as groups: a student loan tree, or one account alone."""
    first: list[tuple[str, ...]] = [("checking",), ("savings",), ("creditCard",)]
    groups = first[:count]
    left = count - len(groups)
    while left > 0:
        kinds, _ = rng.choices(list(GROUPS.values()), _WEIGHTS)[0]
        kind = rng.choice(kinds.split())
        groups.append(_TREE if kind == _TREE[0] and left >= len(_TREE) else (kind,))
        left -= len(groups[-1])
    return groups


def make_accounts(
    rng: Random,
    *,
    customer_id: str,
    first_account_id: int,
    institution_id: str,
    institution_login_id: int,
    now: int,
    count: int,
) -> list[dict[str, Any]]:
    """
    Make the active accounts of one login: checking, savings, a credit card, then a weighted draw.

    Returns:
        The records by ID, from ``first_account_id`` on. A student loan is followed by its group and its account, which
        show the same balance; it stands alone when fewer than three places are left.
    """
    login = {"customerId": customer_id, "institutionId": institution_id, "institutionLoginId": institution_login_id}
    accounts: list[dict[str, Any]] = []
    for kinds in _pick_types(rng, count):
        ledger = draw_ledger(rng, family_of(kinds[0]).bounds, now)
        parent = None
        for place, kind in enumerate(kinds, start=len(accounts)):
            given = {"id": str(first_account_id + place), "type": kind, "status": "active", **login}
            accounts.append(_make_record(ledger, {**given, "displayPosition": place + 1, "parentAccount": parent}))
            parent = given["id"]
    return accounts
