"""Subscriptions to TxPush: who wants to hear of which account, and what was told already."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from finicity_async.sandbox.data.transactions import Row
from finicity_async.sandbox.refreshes import Account

_FIRST = 17554874
"""The ID of the vendor's example."""
_Key = tuple[str, str]
Topic = Literal["account", "transaction"]
TOPICS: tuple[Topic, ...] = ("account", "transaction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """
    One subscription.

    Attributes:
        id: Its ID.
        customer_id: The customer.
        account_id: The account.
        topic: The class of events.
        url: Where they go.
        signing_key: What the vendor would sign them with.
        in_json: Whether they are JSON: only where the subscription was made with ``Accept: application/json``.
    """

    id: int
    customer_id: str
    account_id: str
    topic: Topic
    url: str
    signing_key: str = field(repr=False)
    in_json: bool


@dataclass(frozen=True, slots=True)
class Told:
    """
    What the subscribers of an account know.

    Attributes:
        account: The account as it was.
        rows: Its transactions.
    """

    account: Account
    rows: list[Row]


class Subscriptions:
    """The subscriptions by ID, in the order in which they were made."""

    def __init__(self) -> None:
        self._by_id: dict[int, Subscription] = {}
        self._told: dict[_Key, Told] = {}
        self._next = _FIRST
        self.is_pushing = False

    def add(
        self, customer_id: str, account_id: str, url: str, signing_key: str, *, in_json: bool
    ) -> list[Subscription]:
        """Add a subscription for each class of events."""
        made = []
        for topic in TOPICS:
            one = Subscription(
                id=self._next,
                customer_id=customer_id,
                account_id=account_id,
                topic=topic,
                url=url,
                signing_key=signing_key,
                in_json=in_json,
            )
            self._by_id[one.id] = one
            self._next += 1
            made.append(one)
        return made

    def to_account(self, customer_id: str, account_id: str) -> list[Subscription]:
        """Return the subscriptions to an account."""
        return [one for one in self._by_id.values() if (one.customer_id, one.account_id) == (customer_id, account_id)]

    def get(self, subscription_id: int) -> Subscription | None:
        """Return a subscription."""
        return self._by_id.get(subscription_id)

    def remove(self, subscription: Subscription) -> None:
        """Remove a subscription."""
        self._by_id.pop(subscription.id, None)
        key = subscription.customer_id, subscription.account_id
        if not self.to_account(*key):
            self._told.pop(key, None)

    def told(self, customer_id: str, account_id: str) -> Told:
        """Return what the subscribers of an account know."""
        return self._told[customer_id, account_id]

    def tell(self, customer_id: str, account_id: str, told: Told) -> None:
        """Note what the subscribers of an account know now."""
        self._told[customer_id, account_id] = told

    def copy(self) -> "Subscriptions":
        """Return a copy; what it holds is never changed, only replaced."""
        other = Subscriptions()
        other._by_id = dict(self._by_id)
        other._told = dict(self._told)
        other._next = self._next
        return other

    def __iter__(self) -> Iterator[_Key]:
        """Iterate over the accounts that have subscriptions, each as customer and account."""
        return iter(dict.fromkeys((one.customer_id, one.account_id) for one in self._by_id.values()))

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self._by_id)
