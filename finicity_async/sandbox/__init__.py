"""A local Finicity over real sockets, for trying the library and for testing what is built on it."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from finicity_async.auth import Credentials
from finicity_async.sandbox.asgi import serve_asgi
from finicity_async.sandbox.clock import Clock
from finicity_async.sandbox.connecting.delivery import SentEvent
from finicity_async.sandbox.connecting.institutions import DEFAULT_INSTITUTION
from finicity_async.sandbox.connecting.links import LinkRefusedError
from finicity_async.sandbox.connecting.playing import Outcome, PlayedSession, play
from finicity_async.sandbox.data import ACCOUNT_TYPES
from finicity_async.sandbox.data.transactions import Row
from finicity_async.sandbox.directory import Institutions
from finicity_async.sandbox.faults import (
    QUIRKS,
    REFRESH_QUIRKS,
    TRANSACTION_QUIRKS,
    Drip,
    EdgePage,
    ExpiredToken,
    Fault,
    Hang,
    InstalledFaults,
    Latency,
    LockedPartner,
    Malformed,
    Quirk,
    RateLimit,
    RefreshQuirk,
    Reset,
    RevokedToken,
    Status,
    TooManyRequests,
    TransactionQuirk,
    Truncated,
    VendorError,
    WrongContentType,
)
from finicity_async.sandbox.journal import Call, Calls, Journal
from finicity_async.sandbox.made_reports import Reports
from finicity_async.sandbox.pushing import push_changes
from finicity_async.sandbox.receiving import WebhookReceiver
from finicity_async.sandbox.records import Customers
from finicity_async.sandbox.refreshes import Account, RefreshScript
from finicity_async.sandbox.routing import OPERATIONS, Router
from finicity_async.sandbox.server import Server
from finicity_async.sandbox.state import Snapshot, State

_T = TypeVar("_T")


class Sandbox:
    """
    A stateful simulation of the service, on a port of 127.0.0.1 while the block runs.

    ``async with`` serves on the running event loop, ``with`` on a separate thread. Its first customer is the one of
    the vendor's examples: customer 1005061234, account 5011648377, login 1007302745, institution 4222, transaction
    21284820852, and has a consumer. The second customer has an account of every type.

    Args:
        customers: How many customers there are.
        accounts: How many accounts an ordinary customer has.
        seed: What the records, the secrets and the faults are drawn from; the same seed gives the same ones, except
            for dates and what follows from them, which depend on the clock.
        refresh_seconds: Seconds that a refresh without a script takes, for example 0.2.
        port: Where to listen, 0 for a free port.
        clock: Unix seconds that ``sandbox.clock`` starts from.
        fast: Keep the encoded account lists between requests, for load tests; an edited record shows once
            ``sandbox.customers`` is read again.
        test_plan: True refuses active customers with a 401, as the vendor does on its test plan.
        webhooks_anywhere: True posts events to any address; otherwise to this machine alone.
        institutions: How many institutions there are; those that nobody reads cost next to nothing.
    """

    def __init__(
        self,
        *,
        customers: int = 10,
        accounts: int = 4,
        seed: int = 0,
        refresh_seconds: float = 0.2,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        fast: bool = False,
        test_plan: bool = False,
        webhooks_anywhere: bool = False,
        institutions: int = 10_000,
    ) -> None:
        self._state = State(
            customers=customers,
            accounts=accounts,
            seed=seed,
            refresh_seconds=refresh_seconds,
            clock=Clock(clock),
            fast=fast,
            test_plan=test_plan,
            webhooks_anywhere=webhooks_anywhere,
            institutions=institutions,
        )
        router = Router()
        self._faults = InstalledFaults(router)
        self._journal = Journal()
        self._server = Server(self._state, self._faults, self._journal, router)
        self._port = port
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        """Where it listens, for ``base_url``."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def credentials(self) -> Credentials:
        """What a session logs in with."""
        return self._state.partner.credentials

    @property
    def variables(self) -> dict[str, str]:
        """The FINICITY_* variables with which ``AsyncSession.from_env`` reaches it."""
        return self._state.variables

    @property
    def customers(self) -> Customers:
        """The records: customer ID -> account ID -> account as on the wire; edit them as a test needs."""
        self._exclusively(self._state.prepare_edit)
        return self._state.customers

    @property
    def institutions(self) -> Institutions:
        """The institutions: ID -> record as on the wire; edit, add and remove them as a test needs."""
        return self._state.institutions

    @property
    def reports(self) -> Reports:
        """How reports run: ``seconds`` that they take, ``reasons`` for which they fail, ``frozen`` customers."""
        return self._state.reports

    @property
    def clock(self) -> Clock:
        """The clock of tokens, refreshes and the nightly aggregation; ``advance(seconds)`` lets time pass at once."""
        return self._state.clock

    @property
    def failed_logins(self) -> int:
        """Failed logins in a row; the fifth locks the partner."""
        return self._state.partner.failed_logins

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The installed faults, in the order in which they were added."""
        return tuple(self._faults)

    def add_customer(self, customer_id: str | int | None = None) -> str:
        """
        Add a customer without accounts.

        Args:
            customer_id: Its ID; None for a new one.

        Returns:
            The ID.
        """
        return self._exclusively(lambda: self._state.add_customer(None if customer_id is None else str(customer_id)))

    def add_account(self, customer_id: str | int, account_type: str = "checking", **members: Any) -> Account:
        """
        Add an account with plausible members, drawn from the seed.

        Args:
            customer_id: The customer, who must be there.
            account_type: The vendor's type, for example ``"creditCard"``.
            **members: Members under the vendor's names, over the drawn ones: ``status="pending"``, ``balance=12.5``.

        Returns:
            The record, which may be edited further.
        """
        return self._exclusively(lambda: self._state.add_account(str(customer_id), account_type, members))

    def transactions(self, customer_id: str | int, account_id: str | int | None = None) -> list[Row]:
        """
        Return the transactions that the vendor has of a customer now, the oldest first.

        Args:
            customer_id: The customer, who must be there.
            account_id: The account, for example ``"5011648377"``; None for all of them.

        Returns:
            Copies of the records as on the wire, pending and shadow ones, too.
        """
        account = None if account_id is None else str(account_id)
        return self._exclusively(lambda: self._state.list_transactions(str(customer_id), account))

    def add_transactions(
        self, customer_id: str | int, account_id: str | int, transactions: Iterable[Mapping[str, Any]]
    ) -> list[Row]:
        """
        Put transactions into an account, beside the drawn ones; they are there at once, without a refresh.

        To change a transaction, drawn or added, put in one with its ID: it replaces it.

        Args:
            customer_id: The customer, who must be there.
            account_id: The account, which must be there.
            transactions: Members under the vendor's names, for example ``[{"amount": -4.25, "status": "pending"}]``;
                dates as Unix seconds or aware datetimes, None for a member that is to be left out. Members that every
                transaction has are filled in where they are not given: a new ID, -10.0, active, now.

        Returns:
            Copies of the records as on the wire.

        Raises:
            ValueError: A datetime has no time zone.
        """
        return self._exclusively(lambda: self._state.add_transactions(str(customer_id), str(account_id), transactions))

    def remove_transactions(self, customer_id: str | int, account_id: str | int, ids: Iterable[int]) -> None:
        """
        Take transactions out of an account, drawn or added ones, as if the institution had never had them.

        Args:
            customer_id: The customer, who must be there.
            account_id: The account, which must be there.
            ids: The IDs, for example ``[196668377029]``.
        """
        self._exclusively(lambda: self._state.remove_transactions(str(customer_id), str(account_id), ids))

    def add_student_loan(self, customer_id: str | int) -> tuple[Account, Account, Account]:
        """Add a student loan as a tree: the loan, its group, and the account in the group; each names the one above."""
        loan = self.add_account(customer_id, "studentLoan")
        balance = {"balance": loan["balance"]}
        group = self.add_account(customer_id, "studentLoanGroup", parentAccount=loan["id"], **balance)
        return loan, group, self.add_account(customer_id, "studentLoanAccount", parentAccount=group["id"], **balance)

    async def connect(
        self,
        url: str,
        *,
        outcome: Outcome = "added",
        institution: str | int = DEFAULT_INSTITUTION,
        accounts: Iterable[str] | None = None,
    ) -> PlayedSession:
        """
        Play a session of Connect, as if the customer had opened a link in a browser.

        The events go to the link's webhook, signed with the partner secret, one after the other: what your server has
        answered is in the result. The customer signs in as the same person every time, so a second session at one
        institution finds the same accounts.

        Args:
            url: The link, ``ConnectUrl.link``.
            outcome: ``"added"``: all accounts are added. ``"mfa"``: the same after a second factor, which no event
                tells of. ``"cancelled"``: the accounts are found, and the customer leaves. ``"failed"``: the
                institution does not answer. ``"invalid_credentials"``: the customer gives up after a wrong password.
            institution: Where, for example 102105; a lite or fix link has its own.
            accounts: Types of the accounts, for example ``["checking", "savings"]``; None for those of a test profile.

        Returns:
            The events with their answers, the accounts, and what the browser would bring to ``redirect_uri``.

        Raises:
            LinkRefusedError: The link was changed, has expired on the sandbox's clock, or was used up.
            ValueError: An argument is none of the values that it may have.
        """
        types = None if accounts is None else tuple(accounts)
        playing = play(self._state, url, outcome=outcome, institution=str(institution), account_types=types)
        return await self._on_its_loop(playing)

    async def push_changes(self) -> tuple[SentEvent, ...]:
        """
        Post the events of TxPush and of reports that are due to the user's server, and wait for its answers.

        That is done before and after each request as well. Each event is posted once: the vendor repeats one that is
        not answered, and signs it in a way that is not known well enough.

        Returns:
            The events with their answers: which reports have ended, and what changed in the accounts that have
            subscriptions, since the last time.
        """
        return await self._on_its_loop(self._push_changes())

    async def _push_changes(self) -> tuple[SentEvent, ...]:
        self._state.apply_due()
        return await push_changes(self._state)

    @property
    def sent_events(self) -> tuple[SentEvent, ...]:
        """The latest 10,000 events of Connect, TxPush and reports, pings and those of a browser included."""
        return tuple(self._state.outbox.sent)

    def script_refresh(self, script: RefreshScript, customer_id: str | int | None = None) -> None:
        """Set the script for the refreshes of one customer, or for all customers without a script."""
        if customer_id is None:
            self._state.refresh_script = script
        else:
            self._state.refresh_scripts[str(customer_id)] = script

    def add_fault(self, *faults: Fault) -> None:
        """
        Install faults for the requests that follow.

        When several faults match a request, the first that has a response of its own replaces the vendor's; the effects
        of the others add up. Each fault counts all requests that fit it, even those that another fault answers: for a
        sequence use ``first=1``, ``first=2``, ``first=3``.

        Raises:
            ValueError: A member of a fault is invalid.
        """
        self._faults.add(*faults)

    def clear_faults(self) -> None:
        """Remove all faults; their effects on tokens and the partner stay."""
        self._faults.clear()

    def calls(self, operation: str | None = None, *, customer_id: str | int | None = None) -> Calls:
        """
        Return the requests that were received, the latest 100,000 at most.

        Args:
            operation: Only those of one operation, for example ``"GetCustomerAccounts"``.
            customer_id: Only those for one customer.
        """
        self._check_operation(operation)
        return self._journal.find(operation, None if customer_id is None else str(customer_id))

    def assert_called(
        self, operation: str | None = None, *, customer_id: str | int | None = None, times: int | None = None
    ) -> None:
        """
        Check that a request was received, exactly ``times`` times when given.

        Raises:
            AssertionError: It was not; the text lists what was received.
        """
        self._check_operation(operation)
        self._journal.assert_called(operation, None if customer_id is None else str(customer_id), times)

    def snapshot(self) -> Snapshot:
        """Return a copy of the records, refreshes, partner, clock and refresh scripts, for ``reset``."""
        return self._exclusively(self._state.snapshot)

    def reset(self, snapshot: Snapshot | None = None) -> None:
        """
        Restore a snapshot, or the initial state, without faults, and with an empty journal of requests and of events.

        Issued tokens stay valid, so an open session keeps working.
        """
        self._exclusively(lambda: self._server.reset(snapshot))

    def __repr__(self) -> str:
        """Show where it listens."""
        return f"Sandbox({self.url!r}, customers={len(self._state.customers)})"

    async def __aenter__(self) -> Self:
        """Start to listen."""
        self._port = await self._server.start(self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop listening and close every connection."""
        await self._server.stop()

    def __enter__(self) -> Self:
        """Start to listen on a separate thread."""
        self._server.refuse_to_run_twice()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="finicity_async: sandbox", daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self.__aenter__(), self._loop).result()
        except BaseException:
            self._end_thread()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop listening, close every connection, end the thread."""
        if self._thread is None:
            raise RuntimeError("The sandbox does not run on a thread")
        asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result()
        self._end_thread()

    @staticmethod
    def _check_operation(operation: str | None) -> None:
        if operation is not None and operation not in OPERATIONS:
            raise ValueError(f"operation {operation!r} is none of {', '.join(sorted(OPERATIONS))}")

    def _exclusively(self, do: Callable[[], _T]) -> _T:
        """Run a function while no request is being handled: on the serving thread, if that is another one."""
        if self._thread is None or self._thread is threading.current_thread():
            return do()

        async def on_its_thread() -> _T:
            return do()

        return asyncio.run_coroutine_threadsafe(on_its_thread(), self._loop).result()

    async def _on_its_loop(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Await a coroutine on the loop that serves, if that is another one."""
        if self._thread is None:
            return await coroutine
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    def _end_thread(self) -> None:
        thread, self._thread = self._thread, None
        self._loop.call_soon_threadsafe(self._loop.stop)
        if thread is not None:  # pragma: no branch -- it was started
            thread.join()
        self._loop.close()


__all__ = [
    "ACCOUNT_TYPES",
    "QUIRKS",
    "REFRESH_QUIRKS",
    "TRANSACTION_QUIRKS",
    "Account",
    "Call",
    "Calls",
    "Drip",
    "EdgePage",
    "ExpiredToken",
    "Fault",
    "Hang",
    "Latency",
    "LinkRefusedError",
    "LockedPartner",
    "Malformed",
    "PlayedSession",
    "Quirk",
    "RateLimit",
    "RefreshQuirk",
    "RefreshScript",
    "Reset",
    "RevokedToken",
    "Sandbox",
    "SentEvent",
    "Snapshot",
    "Status",
    "TooManyRequests",
    "TransactionQuirk",
    "Truncated",
    "VendorError",
    "WebhookReceiver",
    "WrongContentType",
    "serve_asgi",
]
