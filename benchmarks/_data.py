"""Response bodies for the servers, generated from a seed: the same seed gives the same bytes."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from finicity_async.sandbox.data import ACCOUNT_TYPES, make_account, make_accounts

ACCOUNTS_PER_RESPONSE = 8
_RESPONSES = 32
CUSTOMER = "1005061234"
"""The customer in every response."""
RESPONSE_BYTES = range(13_200, 14_201)
_NOW = 1_790_000_000


def customer_ids(count: int, first: int = int(CUSTOMER)) -> Iterator[str]:
    """Yield consecutive customer IDs without keeping them."""
    return map(str, range(first, first + count))


def responses(seed: int) -> list[bytes]:
    """Return 32 different responses of eight accounts of mixed types, about 13.7 kB each."""
    rng = Random(seed)
    found: list[bytes] = []
    while len(found) < _RESPONSES:
        body = _response(rng, CUSTOMER)
        if len(body) in RESPONSE_BYTES:
            found.append(body)
    return found


def mixed_accounts(seed: int, count: int = 100) -> bytes:
    """Return one response that cycles through every account type of the sandbox."""
    rng = Random(seed)
    return _encoded([_mixed_account(rng, number) for number in range(count)])


def _mixed_account(rng: Random, number: int) -> dict[str, Any]:
    kind = ACCOUNT_TYPES[number % len(ACCOUNT_TYPES)]
    account_id = str(5_011_648_377 + number)
    return make_account(
        rng,
        kind,
        account_id=account_id,
        customer_id=CUSTOMER,
        institution_id="4222",
        institution_login_id=1007302745,
        now=_NOW,
        display_position=number + 1,
    )


def _response(rng: Random, customer_id: str) -> bytes:
    accounts = make_accounts(
        rng,
        customer_id=customer_id,
        first_account_id=5_011_648_377,
        institution_id="4222",
        institution_login_id=1007302745,
        now=_NOW,
        count=ACCOUNTS_PER_RESPONSE,
    )
    return _encoded(accounts)


def _encoded(accounts: list[dict[str, Any]]) -> bytes:
    """Encode accounts without the expiration dates of options: dates without a time, which plain Structs refuse."""
    for account in accounts:
        for row in account.get("position", ()):
            row.pop("optionExpireDate", None)
    return json.dumps({"accounts": accounts}, separators=(",", ":")).encode()
