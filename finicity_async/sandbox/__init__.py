"""A local Finicity over real sockets, for trying the library and for testing what is built on it."""

import asyncio
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from finicity_async.auth import Credentials
from finicity_async.sandbox.clock import Clock
from finicity_async.sandbox.data import ACCOUNT_TYPES
from finicity_async.sandbox.faults import (
    QUIRKS,
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
    Reset,
    RevokedToken,
    Status,
    TooManyRequests,
    Truncated,
    VendorError,
    WrongContentType,
)
from finicity_async.sandbox.journal import Call, Calls, Journal
from finicity_async.sandbox.records import Customers
from finicity_async.sandbox.refreshes import Account, RefreshScript
from finicity_async.sandbox.routing import OPERATIONS, Router
from finicity_async.sandbox.server import Server
from finicity_async.sandbox.state import Snapshot, State

_T = TypeVar("_T")


class Sandbox:
    """
    A stateful stand-in for the service, on a port of 127.0.0.1 while the block runs.

    ``async with`` serves on the running event loop, ``with`` on a thread of its own. Its first customer is the one of
    the vendor's examples: customer 1005061234, account 5011648377, login 1007302745, institution 4222. The second
    customer has an account of every type.

    Args:
        customers: How many customers there are.
        accounts: How many accounts an ordinary customer has.
        seed: What the records, the secrets and the faults are drawn from; the same seed gives the same ones, but for
            dates and what follows from them, which go by the clock.
        refresh_seconds: How long a refresh takes that has no script of its own.
        port: Where to listen, 0 for a free port.
        clock: Unix seconds that ``sandbox.clock`` starts from.
        fast: Keep the encoded account lists between requests, for load tests; a record that was edited is seen after
            the next look at ``sandbox.customers``.
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
    ) -> None:
        self._state = State(
            customers=customers,
            accounts=accounts,
            seed=seed,
            refresh_seconds=refresh_seconds,
            clock=Clock(clock),
            fast=fast,
        )
        router = Router()
        self._faults = InstalledFaults(router)
        self._journal = Journal()
        self._server = Server(self._state, self._faults, self._journal, router)
        self._port = port
        self._made = self._state.snapshot()
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
        credentials = self.credentials
        return {
            "FINICITY_BASE_URL": self.url,
            "FINICITY_APP_KEY": credentials.app_key,
            "FINICITY_PARTNER_ID": credentials.partner_id or "",
            "FINICITY_PARTNER_SECRET": credentials.partner_secret or "",
        }

    @property
    def customers(self) -> Customers:
        """The records: customer ID -> account ID -> account as on the wire; edit them as a test needs."""
        self._alone(self._state.prepare_edit)
        return self._state.customers

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
        """The faults that are declared, in their order."""
        return tuple(self._faults)

    def add_customer(self, customer_id: str | int | None = None) -> str:
        """
        Add a customer without accounts.

        Args:
            customer_id: Its ID; None for a new one.

        Returns:
            The ID.
        """
        return self._alone(lambda: self._state.add_customer(None if customer_id is None else str(customer_id)))

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
        return self._alone(lambda: self._state.add_account(str(customer_id), account_type, members))

    def add_student_loan(self, customer_id: str | int) -> tuple[Account, Account, Account]:
        """Add a student loan as a tree: the loan, its group, and the account in the group; each names the one above."""
        loan = self.add_account(customer_id, "studentLoan")
        balance = {"balance": loan["balance"]}
        group = self.add_account(customer_id, "studentLoanGroup", parentAccount=loan["id"], **balance)
        return loan, group, self.add_account(customer_id, "studentLoanAccount", parentAccount=group["id"], **balance)

    def script_refresh(self, script: RefreshScript, customer_id: str | int | None = None) -> None:
        """Let refreshes of one customer, or all that have no script of their own, run as a script says."""
        if customer_id is None:
            self._state.refresh_script = script
        else:
            self._state.refresh_scripts[str(customer_id)] = script

    def add_fault(self, *faults: Fault) -> None:
        """
        Let something go wrong from now on.

        The first fault that answers in the vendor's place does so; all others that strike the same request add up. Each
        counts every request that fits it, struck by another or not: for a sequence let ``first`` rise, 1, 2, 3.

        Raises:
            ValueError: A member of a fault does not fit.
        """
        self._faults.add(*faults)

    def clear_faults(self) -> None:
        """Let nothing go wrong any more; what the faults did to tokens and the partner stays."""
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
        Look whether a request was received, so many times exactly when ``times`` is given.

        Raises:
            AssertionError: It was not; the text lists what was received.
        """
        self._check_operation(operation)
        self._journal.assert_called(operation, None if customer_id is None else str(customer_id), times)

    def snapshot(self) -> Snapshot:
        """Return a copy of the records, refreshes, partner, clock and refresh scripts, for ``reset``."""
        return self._alone(self._state.snapshot)

    def reset(self, snapshot: Snapshot | None = None) -> None:
        """
        Go back to a snapshot, or to how the sandbox was made, with no faults and an empty journal.

        Tokens that were given out stay good, so a session that is open goes on.
        """
        self._alone(lambda: self._go_back(snapshot or self._made))

    def _go_back(self, snapshot: Snapshot) -> None:
        self._state.restore(snapshot)
        self._faults.clear()
        self._journal.clear()

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
        """Start to listen on a thread of its own."""
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

    def _alone(self, do: Callable[[], _T]) -> _T:
        """Do something while no request is looked at: on the thread that serves, when it is another one."""
        if self._thread is None or self._thread is threading.current_thread():
            return do()

        async def on_its_thread() -> _T:
            return do()

        return asyncio.run_coroutine_threadsafe(on_its_thread(), self._loop).result()

    def _end_thread(self) -> None:
        thread, self._thread = self._thread, None
        self._loop.call_soon_threadsafe(self._loop.stop)
        if thread is not None:  # pragma: no branch -- it was started
            thread.join()
        self._loop.close()


__all__ = [
    "ACCOUNT_TYPES",
    "QUIRKS",
    "Account",
    "Call",
    "Calls",
    "Drip",
    "EdgePage",
    "ExpiredToken",
    "Fault",
    "Hang",
    "Latency",
    "LockedPartner",
    "Malformed",
    "Quirk",
    "RateLimit",
    "RefreshScript",
    "Reset",
    "RevokedToken",
    "Sandbox",
    "Snapshot",
    "Status",
    "TooManyRequests",
    "Truncated",
    "VendorError",
    "WrongContentType",
]
