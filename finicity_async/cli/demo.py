"""The command ``demo``: many customers at once, and a refresh; or the way of a new user."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

import msgspec

from finicity_async import AsyncSession, CustomerAccounts, get_customer_accounts, refresh_and_wait
from finicity_async.cli.listing import print_line
from finicity_async.cli.signing_up import show_sign_up
from finicity_async.cli.tables import account_table
from finicity_async.cli.terminal import AtLeastOne, Terminal, TerminalOption
from finicity_async.endpoints.customers import GET_CUSTOMERS
from finicity_async.errors import ConfigurationError
from finicity_async.sandbox import Sandbox

CREDENTIALS = ("FINICITY_APP_KEY", "FINICITY_PARTNER_ID", "FINICITY_PARTNER_SECRET", "FINICITY_APP_TOKEN")


def demo(*, customers: AtLeastOne = 10, refresh: bool = False, sign_up: bool = False, terminal: TerminalOption) -> None:
    """
    Fetch the accounts of many customers and refresh one of them.

    Without FINICITY_* variables it runs against an embedded sandbox. With them it runs against the real service, and
    refreshes only when told to, because a refresh there costs money. With --json one object that sums it up.

    Args:
        customers: How many customers.
        refresh: Refresh the first customer of the real service, too.
        sign_up: Go the way of a new user instead: a testing customer, a link to Connect, a session, signed events,
            accounts. On the real service the link is for your browser.
        terminal: Where to.
    """
    as_json = terminal.form("demo", "table", "json") == "json"
    if sign_up and as_json:
        raise ConfigurationError("demo --sign-up gives table, not json.")
    asyncio.run(_demo(terminal, customers, refresh=refresh, sign_up=sign_up, as_json=as_json))


async def _demo(terminal: Terminal, customers: int, *, refresh: bool, sign_up: bool, as_json: bool) -> None:
    async with AsyncExitStack() as stack:
        local = None
        if any(name in os.environ for name in CREDENTIALS):
            session = AsyncSession.from_env()
        else:
            local = await stack.enter_async_context(Sandbox(customers=customers))
            session = AsyncSession(local.credentials, base_url=local.url)
        await stack.enter_async_context(session)
        service = session.base_url if local is None else f"an embedded sandbox, no real accounts ({session.base_url})"
        if not as_json:
            terminal.note(f"Service: {service}")
        if sign_up:
            await show_sign_up(terminal.stdout, session, local)
            return
        seen = await _fetched(session, customers, refresh=refresh or local is not None)
    if as_json:
        print_line(msgspec.json.encode(seen.summary(service)))
        return
    found = (account for accounts in seen.accounts for account in accounts)
    # Before the summary, which is what an 80x24 screen shows in the end.
    terminal.stdout.print(account_table(found, width=terminal.stdout.width))
    seen.print_on(terminal)
    if local is not None:
        terminal.note("All of it is invented: set the FINICITY_* variables to fetch from the real service.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """
    What the demo did.

    Attributes:
        accounts: The accounts of each customer.
        seconds: How long it took to fetch them.
        logins: How many logins that and the refresh needed.
        refresh: What became of the refresh, and how long it took; None when none was sent.
    """

    accounts: list[CustomerAccounts]
    seconds: float
    logins: int
    refresh: tuple[int, int, float] | None

    @property
    def count(self) -> int:
        """How many accounts there are."""
        return sum(map(len, self.accounts))

    def print_on(self, terminal: Terminal) -> None:
        """Print the summary."""
        lines = []
        if self.refresh is not None:
            succeeded, accounts, seconds = self.refresh
            lines.append(f"Refreshed {succeeded} of {accounts} accounts of the first customer in {seconds:.2f} s")
        fetched = f"Fetched {self.count} accounts of {len(self.accounts)} customers in {self.seconds:.2f} s"
        lines.append(f"{fetched}, {self.logins} login")
        for line in lines:
            terminal.stdout.print(line, soft_wrap=True)

    def summary(self, service: str) -> dict[str, object]:
        """Return the same as an object for JSON."""
        refresh = self.refresh
        return {
            "service": service,
            "customers": len(self.accounts),
            "accounts": self.count,
            "seconds": round(self.seconds, 3),
            "logins": self.logins,
            "refresh": refresh and {"succeeded": refresh[0], "accounts": refresh[1], "seconds": round(refresh[2], 3)},
        }


async def _fetched(session: AsyncSession, customers: int, *, refresh: bool) -> _Seen:
    page = await session.send(GET_CUSTOMERS.request(limit=customers))
    ids = [customer.id for customer in page]
    refreshed = None
    if refresh and ids:
        started = time.perf_counter()
        result = await refresh_and_wait(session, ids[0])
        refreshed = len(result.succeeded), len(result.accounts), time.perf_counter() - started
    started = time.perf_counter()
    found = await asyncio.gather(*(get_customer_accounts(session, one) for one in ids))
    seconds = time.perf_counter() - started
    return _Seen(accounts=found, seconds=seconds, logins=session.stats.logins, refresh=refreshed)
