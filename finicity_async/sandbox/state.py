"""What the sandbox knows: the partner, its tokens, the customers, and the refreshes under way."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from finicity_async.auth import TOKEN_LIFETIME, Credentials
from finicity_async.sandbox.clock import Clock
from finicity_async.sandbox.data import ACCOUNT_TYPES, make_account, make_accounts
from finicity_async.sandbox.refreshes import Account, Refreshes, RefreshScript

FIRST_CUSTOMER = 1005061234
FIRST_ACCOUNT = 5011648377
FIRST_LOGIN = 1007302745
FIRST_INSTITUTION = 4222
_INSTITUTIONS = (FIRST_INSTITUTION, 102105, 101732, 170703)
_LOGINS_UNTIL_LOCK = 5
_ACCOUNTS_APART = 100


@dataclass(slots=True)
class Partner:
    """
    The one partner of the sandbox, and how its logins went.

    Attributes:
        credentials: What it logs in with.
        tokens: Tokens that were given out, each with the moment when, in Unix seconds.
        failed_logins: Failed logins since the last good one.
    """

    credentials: Credentials
    tokens: dict[str, float] = field(default_factory=dict)
    failed_logins: int = 0

    @property
    def locked(self) -> bool:
        """Whether too many logins failed; nothing unlocks it."""
        return self.failed_logins >= _LOGINS_UNTIL_LOCK


class State:
    """
    The memory of a sandbox; vendor-shaped records that tests may edit.

    Args:
        customers: How many customers there are.
        accounts: How many accounts an ordinary customer has.
        seed: What the records and the secrets are drawn from.
        refresh_seconds: How long a refresh takes that has no script of its own.
        clock: The sandbox's clock.
    """

    def __init__(self, *, customers: int, accounts: int, seed: int, refresh_seconds: float, clock: Clock) -> None:
        self.clock = clock
        self.started = clock()
        self.refreshes = Refreshes(clock)
        self.refresh_script = RefreshScript(seconds=refresh_seconds)
        self.refresh_scripts: dict[str, RefreshScript] = {}
        self.random = Random(seed)
        self.partner = Partner(
            Credentials(app_key=self._secret(), partner_id="2445581234567", partner_secret=self._secret())
        )
        self.customers: dict[str, dict[str, Account]] = {}
        for index in range(customers):
            self._add_customer(index, accounts)

    def _secret(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def _add_customer(self, index: int, count: int) -> None:
        """Add a customer: the first with a pending account, the second with an account of every type."""
        place: dict[str, Any] = {
            "customer_id": str(FIRST_CUSTOMER + index),
            "institution_id": str(_INSTITUTIONS[index % len(_INSTITUTIONS)]),
            "institution_login_id": FIRST_LOGIN + index,
            "now": int(self.clock()),
        }
        first = FIRST_ACCOUNT + index * _ACCOUNTS_APART
        if index == 1:
            records = self._one_of_each_type(first, place)
        else:
            records = make_accounts(self.random, first_account_id=first, count=count, **place)
        if index == 0:
            pending = str(first + len(records))
            records.append(make_account(self.random, "savings", account_id=pending, status="pending", **place))
        self.customers[place["customer_id"]] = {record["id"]: record for record in records}

    def _one_of_each_type(self, first: int, place: dict[str, Any]) -> list[Account]:
        return [
            make_account(self.random, kind, account_id=str(first + offset), display_position=offset + 1, **place)
            for offset, kind in enumerate(ACCOUNT_TYPES)
        ]

    def new_token(self) -> str:
        """Give out a token; earlier ones stay good, as with the vendor."""
        token = self._secret()[:20]
        self.partner.tokens[token] = self.clock()
        return token

    def token_is_expired(self, token: str) -> bool:
        """Return whether a token that was given out is older than two hours."""
        return self.clock() - self.partner.tokens[token] >= TOKEN_LIFETIME

    def change_secret(self, new_secret: str) -> None:
        """Let the partner log in with another secret, and with no earlier one."""
        old = self.partner.credentials
        self.partner.credentials = Credentials(old.app_key, old.partner_id, new_secret)

    def start_refresh(self, customer_id: str, accounts: Iterable[Account]) -> RefreshScript | None:
        """Start to refresh accounts of a customer by its script; None when one of them is being refreshed."""
        script = self.refresh_scripts.get(customer_id, self.refresh_script)
        return script if self.refreshes.start(accounts, script) else None
