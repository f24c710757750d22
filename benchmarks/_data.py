"""What the servers answer, from a seed: one seed always gives the same bytes."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from finicity_async.sandbox.data import ACCOUNT_TYPES, make_account, make_accounts

ACCOUNTS_A_REPLY = 8
_REPLIES = 32
REPLY_BYTES = range(13_200, 14_201)
_NOW = 1_790_000_000


def customer_ids(count: int, first: int = 1_005_061_234) -> Iterator[str]:
    """Yield so many customers' IDs without keeping them."""
    return map(str, range(first, first + count))


def responses(seed: int) -> list[bytes]:
    """Return different responses of eight accounts and about 13.7 kB each, as a bank's mixed customers give them."""
    rng = Random(seed)
    found: list[bytes] = []
    while len(found) < _REPLIES:
        body = _reply(rng, str(1_005_061_234 + len(found)))
        if len(body) in REPLY_BYTES:
            found.append(body)
    return found


def mixed_accounts(seed: int, count: int = 100) -> bytes:
    """Return one response with accounts of every type that the sandbox knows, in turns."""
    rng = Random(seed)
    return _encoded([_mixed_account(rng, number) for number in range(count)])


def _mixed_account(rng: Random, number: int) -> dict[str, Any]:
    kind = ACCOUNT_TYPES[number % len(ACCOUNT_TYPES)]
    account_id = str(5_011_648_377 + number)
    return make_account(
        rng,
        kind,
        account_id=account_id,
        customer_id="1005061234",
        institution_id="4222",
        institution_login_id=1007302745,
        now=_NOW,
        display_position=number + 1,
    )


def _reply(rng: Random, customer_id: str) -> bytes:
    accounts = make_accounts(
        rng,
        customer_id=customer_id,
        first_account_id=5_011_648_377,
        institution_id="4222",
        institution_login_id=1007302745,
        now=_NOW,
        count=ACCOUNTS_A_REPLY,
    )
    return _encoded(accounts)


def _encoded(accounts: list[dict[str, Any]]) -> bytes:
    """Write accounts, but for the last days of options: dates without a time, which plain Structs do not take."""
    for account in accounts:
        for row in account.get("position", ()):
            row.pop("optionExpireDate", None)
    return json.dumps({"accounts": accounts}, separators=(",", ":")).encode()
