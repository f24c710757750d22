"""What the sandbox knows: the partner, its tokens, the customers, and the refreshes under way."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from finicity_async.auth import TOKEN_LIFETIME, Credentials
from finicity_async.sandbox.data import ACCOUNT_TYPES, make_account, make_accounts

FIRST_CUSTOMER = 1005061234
FIRST_ACCOUNT = 5011648377
FIRST_LOGIN = 1007302745
FIRST_INSTITUTION = 4222
_INSTITUTIONS = (FIRST_INSTITUTION, 102105, 101732, 170703)
_LOGINS_UNTIL_LOCK = 5
_ACCOUNTS_APART = 100

Account = dict[str, Any]
"""An account record as it stands on the wire."""


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


@dataclass(slots=True)
class Refresh:
    """Accounts that are being refreshed, and when that ends, in Unix seconds."""

    accounts: list[Account]
    ends_at: float


class State:
    """
    The memory of a sandbox; vendor-shaped records that tests may edit.

    Args:
        customers: How many customers there are.
        accounts: How many accounts an ordinary customer has.
        seed: What the records and the secrets are drawn from.
        refresh_seconds: How long a refresh takes.
        clock: Unix seconds.
    """

    def __init__(
        self, *, customers: int, accounts: int, seed: int, refresh_seconds: float, clock: Callable[[], float]
    ) -> None:
        self.clock = clock
        self.started = clock()
        self.refresh_seconds = refresh_seconds
        self.random = Random(seed)
        self.partner = Partner(
            Credentials(app_key=self._secret(), partner_id="2445581234567", partner_secret=self._secret())
        )
        self.customers: dict[str, dict[str, Account]] = {}
        self._refreshes: list[Refresh] = []
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

    def start_refresh(self, accounts: Iterable[Account]) -> Refresh | None:
        """Start to refresh accounts; None when a refresh of one of them is running."""
        active = [account for account in accounts if account["status"] == "active"]
        if self.is_refreshing(active):
            return None
        refresh = Refresh(active, self.clock() + self.refresh_seconds)
        self._refreshes.append(refresh)
        return refresh

    def is_refreshing(self, accounts: Iterable[Account]) -> bool:
        """Return whether a refresh of one of the accounts is running."""
        self.settle()
        running = {id(account) for refresh in self._refreshes for account in refresh.accounts}
        return any(id(account) in running for account in accounts)

    def settle(self) -> None:
        """Write down the outcome of every refresh that has ended; it ends whether or not the caller stayed."""
        now = self.clock()
        ended = [refresh for refresh in self._refreshes if refresh.ends_at <= now]
        self._refreshes = [refresh for refresh in self._refreshes if refresh.ends_at > now]
        for refresh in ended:
            for account in refresh.accounts:
                moment = max(int(refresh.ends_at), account.get("aggregationAttemptDate", 0) + 1)
                account.update(
                    aggregationStatusCode=0, aggregationSuccessDate=moment, aggregationAttemptDate=moment,
                    balanceDate=moment, lastUpdatedDate=moment,
                )  # fmt: skip
