"""A local Finicity over real sockets, for trying the library and for testing what is built on it."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from finicity_async.auth import Credentials
from finicity_async.sandbox.clock import Clock
from finicity_async.sandbox.refreshes import Account, RefreshScript
from finicity_async.sandbox.routes import application
from finicity_async.sandbox.state import State


class Sandbox:
    """
    A stateful stand-in for the service, on a free port of 127.0.0.1 while the ``async with`` block runs.

    Its first customer is the one of the vendor's examples: customer 1005061234, account 5011648377, login 1007302745,
    institution 4222. The second customer has an account of every type.

    Args:
        customers: How many customers there are.
        accounts: How many accounts an ordinary customer has.
        seed: What the records and the secrets are drawn from; the same seed gives the same ones.
        refresh_seconds: How long a refresh takes that has no script of its own.
        port: Where to listen, 0 for a free port.
        clock: Unix seconds that ``sandbox.clock`` starts from.
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
    ) -> None:
        self._state = State(
            customers=customers, accounts=accounts, seed=seed, refresh_seconds=refresh_seconds, clock=Clock(clock)
        )
        self._port = port
        self._runner: web.AppRunner

    @property
    def url(self) -> str:
        """Where it listens, for ``base_url``."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def credentials(self) -> Credentials:
        """What a session logs in with."""
        return self._state.partner.credentials

    @property
    def customers(self) -> dict[str, dict[str, Account]]:
        """The records: customer ID -> account ID -> account as on the wire; edit them as a test needs."""
        return self._state.customers

    @property
    def clock(self) -> Clock:
        """The clock by which tokens age and refreshes end; ``advance(seconds)`` lets time pass at once."""
        return self._state.clock

    def script_refresh(self, script: RefreshScript, customer_id: str | None = None) -> None:
        """Let refreshes of one customer, or all that have no script of their own, run as a script says."""
        if customer_id is None:
            self._state.refresh_script = script
        else:
            self._state.refresh_scripts[customer_id] = script

    @property
    def failed_logins(self) -> int:
        """Failed logins in a row; the fifth locks the partner."""
        return self._state.partner.failed_logins

    def __repr__(self) -> str:
        """Show where it listens."""
        return f"Sandbox({self.url!r}, customers={len(self.customers)})"

    async def __aenter__(self) -> Self:
        """Start to listen."""
        self._runner = web.AppRunner(application(self._state), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop listening and close every connection."""
        await self._runner.cleanup()


__all__ = ["RefreshScript", "Sandbox"]
