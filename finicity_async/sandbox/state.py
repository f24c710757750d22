"""The state of the sandbox: the partner, its tokens, the customers, and the running refreshes."""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from uuid import UUID

from finicity_async.auth import TOKEN_LIFETIME, Credentials
from finicity_async.sandbox.asynchronous_refreshes import TransactionRefreshes
from finicity_async.sandbox.clock import Clock
from finicity_async.sandbox.connecting.delivery import Outbox
from finicity_async.sandbox.connecting.links import Links
from finicity_async.sandbox.data import ACCOUNT_TYPES, make_account, make_accounts
from finicity_async.sandbox.data.transactions import Row
from finicity_async.sandbox.directory import Institutions
from finicity_async.sandbox.histories import Transactions
from finicity_async.sandbox.made_reports import EXAMPLE_REPORT, Reports, acknowledgement
from finicity_async.sandbox.records import Consumers, Customers, Records, an_invented_consumer, default_username
from finicity_async.sandbox.refreshes import Account, Refreshes, RefreshScript, move_dates
from finicity_async.sandbox.registrations import Registration, first_registration
from finicity_async.sandbox.responses import Response
from finicity_async.sandbox.subscriptions import Subscriptions
from finicity_async.status_codes import SUCCESS

FIRST_CUSTOMER = 1005061234
FIRST_ACCOUNT = 5011648377
FIRST_LOGIN = 1007302745
FIRST_INSTITUTION = 4222
EXAMPLE_TRANSACTION = 21284820852
LOGINS_UNTIL_LOCK = 5
_INSTITUTIONS = (FIRST_INSTITUTION, 102105, 101732, 170703)
_FIRST_ADDED_LOGIN = FIRST_LOGIN + 10**8  # above the login of every drawn customer
_ACCOUNTS_APART = 100
_NIGHT = 86_400.0
_OVERLAP = 30 * _NIGHT
_CUSTOMER_AGE = 1000 * 86_400
_EXAMPLE_AGE = 10 * 86_400


@dataclass(slots=True)
class Partner:
    """
    The partner of the sandbox, its tokens and its logins.

    Attributes:
        credentials: What it logs in with.
        tokens: Issued token -> Unix seconds of issue.
        failed_logins: Failed logins since the last successful one.
        old_secret: The secret before the last change, and when it expires, in Unix seconds.
        revoked: Revoked tokens, which are never issued again.
    """

    credentials: Credentials
    tokens: dict[str, float] = field(default_factory=dict)
    failed_logins: int = 0
    old_secret: tuple[str | None, float] = (None, 0.0)
    revoked: set[str] = field(default_factory=set)

    @property
    def locked(self) -> bool:
        """Whether too many logins failed; nothing unlocks it."""
        return self.failed_logins >= LOGINS_UNTIL_LOCK


@dataclass(frozen=True, slots=True, repr=False)
class Snapshot:
    """The records, refreshes, partner, clock and refresh scripts of a sandbox at one moment."""

    customers: Customers
    refreshes: Refreshes
    partner: Partner
    ahead: float
    nights: int
    refresh_script: RefreshScript
    refresh_scripts: dict[str, RefreshScript]
    given: dict[str, int]
    random: Any
    consumers: Consumers
    links: Links
    logins: dict[tuple[str, str, str], int]
    institutions: Institutions
    revoked: dict[tuple[str, str], tuple[float, str]]
    balances: dict[tuple[str, str], Account]
    configurations: dict[str, dict[str, Any]]
    webhooks: dict[str, dict[str, Any]]
    transactions: Transactions
    transaction_refreshes: TransactionRefreshes
    subscriptions: Subscriptions
    applications: dict[int, Registration]
    businesses: dict[str, Account]
    kept: dict[tuple[str, str], Account]
    reports: Reports
    pay_statements: dict[tuple[str, str], bytes]


class State:
    """
    The state of a sandbox; its records have the vendor's shape, and tests may edit them.

    Args:
        customers: How many customers there are.
        accounts: How many accounts an ordinary customer has.
        seed: What the records and the secrets are drawn from.
        refresh_seconds: Seconds that a refresh without a script takes.
        clock: The sandbox's clock.
        fast: Keep the encoded account lists from one request to the next.
        test_plan: Refuse active customers, as the vendor's test plan does.
        webhooks_anywhere: Post events to any address, and not to this machine alone.
        institutions: How many institutions there are.
    """

    def __init__(
        self,
        *,
        customers: int,
        accounts: int,
        seed: int,
        refresh_seconds: float,
        clock: Clock,
        fast: bool,
        test_plan: bool,
        webhooks_anywhere: bool,
        institutions: int,
    ) -> None:
        if customers < 0 or accounts < 0:
            raise ValueError(f"There cannot be {customers} customers with {accounts} accounts")
        if institutions < 0:
            raise ValueError(f"There cannot be {institutions} institutions")
        self.clock = clock
        self.started: float = clock()
        self.test_plan = test_plan
        self.seed = seed
        self.closing: asyncio.Event = asyncio.Event()
        self.url = ""  # where the sandbox listens, once it does
        self.outbox: Outbox = Outbox(anywhere=webhooks_anywhere)
        self.refreshes: Refreshes = Refreshes(clock)
        self.transaction_refreshes: TransactionRefreshes = TransactionRefreshes(clock)
        self.reports: Reports = Reports(clock)
        self.refresh_script: RefreshScript = RefreshScript(seconds=refresh_seconds)
        self.refresh_scripts: dict[str, RefreshScript] = {}
        self.random: Random = Random(seed)
        self.partner: Partner = Partner(
            Credentials(app_key=self.new_secret(), partner_id="2445581234567", partner_secret=self.new_secret())
        )
        self.customers: Customers = Customers(self._draw_customer, range(FIRST_CUSTOMER, FIRST_CUSTOMER + customers))
        self.consumers: Consumers = Consumers()
        self.links: Links = Links(clock, self.partner.credentials.app_key)
        self._logins: dict[tuple[str, str, str], int] = {}  # customer, institution and username -> institutionLoginId
        self.institutions: Institutions = Institutions(seed, institutions)
        self.revoked: dict[tuple[str, str], tuple[float, str]] = {}  # customer, login -> since when, and by whom
        self.balances: dict[tuple[str, str], Account] = {}  # customer, account -> the balance that was read last
        self.configurations: dict[str, dict[str, Any]] = {}  # of Connect Components, by ID
        self.webhooks: dict[str, dict[str, Any]] = {}  # subscriptions of Webhook Subscription, by ID
        self.transactions: Transactions = Transactions(seed)
        self.subscriptions: Subscriptions = Subscriptions()
        first = first_registration(self.started)
        self.applications: dict[int, Registration] = {first.number: first}
        self.businesses: dict[str, Account] = {}  # customer -> business, which is replaced and never changed
        self.kept: dict[tuple[str, str], Account] = {}  # what a handler has kept, and its ID -> record, likewise
        self.pay_statements: dict[tuple[str, str], bytes] = {}  # customer, asset -> the file
        self._accounts = accounts
        self._apart = _ACCOUNTS_APART * (1 + (accounts + 1) // _ACCOUNTS_APART)
        self._given: dict[str, int] = {}  # customer ID -> place of the latest account that was added
        self._nights = 0
        self._responses: dict[str, Response] | None = {} if fast else None
        if customers:
            self._add_examples(str(FIRST_CUSTOMER), int(self.started))

    def _add_examples(self, customer_id: str, now: int) -> None:
        """Give the customer of the vendor's examples what else these name: a consumer, and one transaction."""
        consumer = an_invented_consumer(int(customer_id), now - _CUSTOMER_AGE)
        self.consumers.add(customer_id, consumer)
        customer = self.customer_record(customer_id)
        self.reports.start(customer_id, acknowledgement(EXAMPLE_REPORT, "voi", customer, consumer, now - _EXAMPLE_AGE))
        example = {"id": EXAMPLE_TRANSACTION, "amount": -828.9, "description": "Buy Stock"}
        self.transactions.put(customer_id, str(FIRST_ACCOUNT), [example], now - _EXAMPLE_AGE)

    @property
    def variables(self) -> dict[str, str]:
        """The FINICITY_* variables that lead a client here."""
        credentials = self.partner.credentials
        return {
            "FINICITY_BASE_URL": self.url,
            "FINICITY_APP_KEY": credentials.app_key,
            "FINICITY_PARTNER_ID": credentials.partner_id or "",
            "FINICITY_PARTNER_SECRET": credentials.partner_secret or "",
        }

    def new_secret(self) -> str:
        """Return 32 hexadecimal digits that nobody has seen yet."""
        return f"{self.random.getrandbits(128):032x}"

    def new_uuid(self) -> str:
        """Return a UUID that nobody has seen yet."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def place(self, customer_id: str) -> dict[str, Any]:
        """Return the institution and login of a customer, as arguments of ``make_account``."""
        index = _index(customer_id)
        return {
            "customer_id": customer_id,
            "institution_id": str(_INSTITUTIONS[index % len(_INSTITUTIONS)]),
            "institution_login_id": FIRST_LOGIN + index,
            "now": int(self.started),
        }

    def _draw_customer(self, customer_id: str) -> Records:
        """Draw a customer's accounts: the first customer also has a pending one, the second one of every type."""
        index, place, random = _index(customer_id), self.place(customer_id), Random(f"{self.seed}/{customer_id}")
        first = self._first_account(index)
        if index == 1:
            records = self._one_of_each_type(random, first, place)
        else:
            records = make_accounts(random, first_account_id=first, count=self._accounts, **place)
        if index == 0:
            pending = str(first + len(records))
            records.append(make_account(random, "savings", account_id=pending, status="pending", **place))
        found = {record["id"]: record for record in records}
        self._aggregate_nightly(found)
        return found

    def _one_of_each_type(self, random: Random, first: int, place: dict[str, Any]) -> list[Account]:
        records: list[Account] = []
        for offset, kind in enumerate(ACCOUNT_TYPES):
            parent = records[-1]["id"] if kind in ("studentLoanGroup", "studentLoanAccount") else None
            place |= {"account_id": str(first + offset), "display_position": offset + 1, "parent_account": parent}
            records.append(make_account(random, kind, **place))
        return records

    def add_customer(self, customer_id: str | None) -> str:
        """Add a customer without accounts."""
        if customer_id is None:
            customer_id = self.customers.new_id()
        _check_id(customer_id, "a customer")
        if customer_id in self.customers:
            raise ValueError(f"There is a customer {customer_id} already")
        self.customers[customer_id] = {}
        return customer_id

    def add_account(self, customer_id: str, account_type: str, members: dict[str, Any]) -> Account:
        """Draw an account of a type for a customer; the given members replace drawn ones."""
        held = self._held(customer_id)
        given = members.get("id")
        account_id = self._new_account_id(customer_id, held) if given is None else str(given)
        _check_id(account_id, "an account")
        if account_id in held:
            raise ValueError(f"Customer {customer_id} has an account {account_id} already")
        random = Random(f"{self.seed}/{customer_id}/{account_id}")
        account = make_account(
            random,
            account_type,
            account_id=account_id,
            display_position=len(held) + 1,
            status=members.get("status", "active"),
            **self.place(customer_id),
        )
        account.update(members, id=account_id)
        held[account_id] = account
        self.forget_responses()
        return account

    def list_transactions(self, customer_id: str, account_id: str | None) -> list[Row]:
        """Return copies of the transactions of an account, or of all accounts of a customer."""
        self.apply_due()
        if account_id is not None:
            self._check_account(customer_id, account_id)
        history = self.transactions.history(customer_id, self._held(customer_id))
        return deepcopy(history.listing(account_id).rows)

    def add_transactions(
        self, customer_id: str, account_id: str, transactions: Iterable[Mapping[str, Any]]
    ) -> list[Row]:
        """Put transactions into an account."""
        self._check_account(customer_id, account_id)
        return self.transactions.put(customer_id, account_id, transactions, int(self.clock()))

    def remove_transactions(self, customer_id: str, account_id: str, ids: Iterable[int]) -> None:
        """Take transactions out of an account."""
        held = {row["id"] for row in self.list_transactions(customer_id, account_id)}
        wanted = list(ids)
        if missing := [one for one in wanted if one not in held]:
            raise ValueError(f"Account {account_id} has no transaction {missing[0]}")
        self.transactions.take_out(customer_id, account_id, wanted)

    def _held(self, customer_id: str) -> Records:
        if customer_id not in self.customers:
            raise ValueError(f"There is no customer {customer_id}")
        return self.customers[customer_id]

    def _check_account(self, customer_id: str, account_id: str) -> None:
        if account_id not in self._held(customer_id):
            raise ValueError(f"Customer {customer_id} has no account {account_id}")

    def login(self, customer_id: str, institution_id: str, username: str) -> int:
        """Return the institutionLoginId of a customer who signs in as somebody, the same one every time."""
        return self._logins.setdefault((customer_id, institution_id, username), _FIRST_ADDED_LOGIN + len(self._logins))

    def _new_account_id(self, customer_id: str, held: Records) -> str:
        """Return an ID that no account of any customer has had."""
        index = _index(customer_id)
        first = self._first_account(index)
        given = self._given.get(customer_id, -1)
        places = (int(one) - first for one in held if one.isdecimal())
        place = max([given, *(one for one in places if 0 <= one < self._apart)]) + 1
        self._given[customer_id] = place
        return str(first + place if place < self._apart else FIRST_ACCOUNT * 1000 + index * 10**6 + place)

    def _first_account(self, index: int) -> int:
        return FIRST_ACCOUNT + index * self._apart

    def new_token(self) -> str:
        """Issue a token; earlier ones stay valid, as with the vendor."""
        token = self.new_secret()[:20]
        # A reset restarts the generator, which could issue a revoked or expired token again.
        while token in self.partner.revoked or (token in self.partner.tokens and self.token_is_expired(token)):
            token = self.new_secret()[:20]
        self.partner.tokens[token] = self.clock()
        return token

    def token_is_expired(self, token: str) -> bool:
        """Return whether an issued token is older than two hours."""
        return self.clock() - self.partner.tokens[token] >= TOKEN_LIFETIME

    def change_secret(self, new_secret: str, *, immediate: bool) -> None:
        """Change the partner secret; unless ``immediate``, the old one stays valid for 30 days."""
        old = self.partner.credentials
        self.partner.old_secret = (old.partner_secret, self.clock() + (0 if immediate else _OVERLAP))
        self.partner.credentials = Credentials(old.app_key, old.partner_id, new_secret)

    def is_partner(self, partner_id: object, secret: object) -> bool:
        """Return whether these are the credentials of the partner."""
        credentials, (old_secret, until) = self.partner.credentials, self.partner.old_secret
        is_old = secret == old_secret and self.clock() < until
        return partner_id == credentials.partner_id and (secret == credentials.partner_secret or is_old)

    def customer_record(self, customer_id: str) -> Account:
        """Return a customer as GetCustomers lists it; one that no request created is for testing and long known."""
        if (profile := self.customers.profile(customer_id)) is not None:
            return profile
        created = str(int(self.started) - _CUSTOMER_AGE)
        name = default_username(customer_id)
        return {"id": customer_id, "username": name, "type": "testing", "createdDate": created}

    def delete_customer(self, customer_id: str) -> None:
        """Remove a customer; a consumer stays, as the owner of reports."""
        del self.customers[customer_id]
        self.consumers.leave(customer_id)
        self.transactions.forget(customer_id)
        self.businesses.pop(customer_id, None)
        self.forget_responses()

    def at_login(self, login: str) -> list[Account]:
        """Return the accounts at a login of whichever customer."""
        index = int(login) - FIRST_LOGIN if login.isdecimal() else -1
        drawn = str(FIRST_CUSTOMER + index)
        held = [*self.customers.drawn(), *([self.customers.peek(drawn)] if drawn in self.customers else [])]
        return [one for records in held for one in records.values() if str(one.get("institutionLoginId")) == login]

    def start_refresh(
        self, customer_id: str, accounts: Iterable[Account], since: float | None = None
    ) -> RefreshScript | None:
        """
        Start a refresh by the customer's script; None when one of the accounts is already being refreshed.

        The transactions that it brings begin at ``since``, in Unix seconds; None for where they usually do.
        """
        script = self.script_of(customer_id)
        self.forget_responses()
        return script if self.refreshes.start(accounts, script, since) else None

    def start_transaction_refresh(
        self, accounts: Iterable[Account], asked: dict[str, Any], since: float
    ) -> dict[str, Any]:
        """Start a refresh of transactions from a moment on, by the customer's script; return it as on the wire."""
        script = self.script_of(asked["customerId"])
        asked = {"refreshId": self.new_uuid(), **asked}
        self.forget_responses()
        return self.transaction_refreshes.start(self.refreshes, accounts, script, asked, since)

    def script_of(self, customer_id: str) -> RefreshScript:
        """Return how the refreshes of a customer run."""
        return self.refresh_scripts.get(customer_id, self.refresh_script)

    def is_refreshing(self, accounts: Iterable[Account]) -> bool:
        """Apply due changes and return whether one of the accounts is still being refreshed."""
        self.apply_due()
        return self.refreshes.is_running(accounts)

    def prepare_edit(self) -> None:
        """Apply due changes and drop the kept responses, since the caller may edit the records."""
        self.apply_due()
        self.forget_responses()

    def apply_due(self) -> None:
        """Apply due changes: the ends of refreshes, and the vendor's nightly aggregation."""
        if self.refreshes.apply_due():
            self.forget_responses()
        nights = int((self.clock() - self.started) // _NIGHT)
        if nights > self._nights:
            self._nights = nights
            self.forget_responses()
            for records in self.customers.drawn():
                self._aggregate_nightly(records)

    def _aggregate_nightly(self, records: Records) -> None:
        """Aggregate the active accounts whose last attempt succeeded; the others need a repair first."""
        if self._nights:
            for account in records.values():
                if account.get("status") == "active" and account.get("aggregationStatusCode") == SUCCESS:
                    move_dates(account, self.started + self._nights * _NIGHT)

    def records(self, customer_id: str) -> Records:
        """Return a customer's records for reading; fast mode, which keeps answers, does not store drawn ones."""
        return self.customers[customer_id] if self._responses is None else self.customers.peek(customer_id)

    def kept_response(self, customer_id: str, make: Callable[[], Response]) -> Response:
        """Return the account list of a customer; fast mode keeps it for the next request."""
        if self._responses is None:
            return make()
        if customer_id not in self._responses:
            self._responses[customer_id] = make()
        return self._responses[customer_id]

    def forget_responses(self) -> None:
        """Drop the kept responses, so that the next request for an account list makes a new one."""
        if self._responses:
            self._responses.clear()

    def snapshot(self) -> Snapshot:
        """Return a copy of the state; no two snapshots share records."""
        memo: dict[int, Any] = {}
        return Snapshot(
            self.customers.copy(memo),
            self.refreshes.copy(memo),
            replace(self.partner),
            self.clock.ahead,
            self._nights,
            self.refresh_script,
            dict(self.refresh_scripts),
            dict(self._given),
            self.random.getstate(),
            self.consumers.copy(memo),
            self.links.copy(),
            dict(self._logins),
            self.institutions.copy(memo),
            dict(self.revoked),
            dict(self.balances),
            dict(self.configurations),
            dict(self.webhooks),
            self.transactions.copy(),
            self.transaction_refreshes.copy(),
            self.subscriptions.copy(),
            dict(self.applications),
            dict(self.businesses),
            dict(self.kept),
            self.reports.copy(),
            dict(self.pay_statements),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Restore a snapshot with its running refreshes; issued tokens stay valid."""
        tokens, revoked = self.partner.tokens, self.partner.revoked
        memo: dict[int, Any] = {}
        self.customers = snapshot.customers.copy(memo)
        self.refreshes = snapshot.refreshes.copy(memo)
        self.transaction_refreshes = snapshot.transaction_refreshes.copy()
        self.reports = snapshot.reports.copy()
        self.consumers = snapshot.consumers.copy(memo)
        self.links = snapshot.links.copy()
        self._logins = dict(snapshot.logins)
        self.institutions = snapshot.institutions.copy(memo)
        self.revoked = dict(snapshot.revoked)
        self.balances = dict(snapshot.balances)
        self.configurations = dict(snapshot.configurations)
        self.webhooks = dict(snapshot.webhooks)
        self.transactions = snapshot.transactions.copy()
        self.subscriptions = snapshot.subscriptions.copy()
        self.applications = dict(snapshot.applications)
        self.businesses = dict(snapshot.businesses)
        self.kept = dict(snapshot.kept)
        self.pay_statements = dict(snapshot.pay_statements)
        self.partner = replace(snapshot.partner, tokens=tokens, revoked=revoked)
        self.clock.ahead = snapshot.ahead
        self._nights = snapshot.nights
        self.refresh_script = snapshot.refresh_script
        self.refresh_scripts = deepcopy(snapshot.refresh_scripts)
        self._given = dict(snapshot.given)
        self.random.setstate(snapshot.random)
        self.forget_responses()


def _check_id(text: str, owner: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text, re.ASCII) or text.startswith("-"):
        raise ValueError(f"{text!r} is no ID of {owner}: ASCII letters, digits, '-' and '_'")


def _index(customer_id: str) -> int:
    """Return a number for any customer ID, from 0 for the first drawn one."""
    if customer_id.isdecimal() and int(customer_id) >= FIRST_CUSTOMER:
        return int(customer_id) - FIRST_CUSTOMER
    return Random(customer_id).randrange(10**6, 10**7)
