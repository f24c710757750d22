"""The commands: what each does, and what an error becomes."""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import cyclopts
from rich.console import Console
from rich.prompt import Confirm

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    CustomerAccounts,
    FinicityError,
    Request,
    get_customer_accounts,
    refresh_and_wait,
)
from finicity_async._version import __version__
from finicity_async.cli.completing import Shell, completion_script
from finicity_async.cli.connecting import print_link
from finicity_async.cli.fetching import FetchOptions, fetch_to_files
from finicity_async.cli.lines import PIPE, LineFile, OutputError
from finicity_async.cli.listing import first_customers, first_institutions, write_customers, write_institutions
from finicity_async.cli.refreshing import QUESTION, RefreshOptions, refresh_with_view
from finicity_async.cli.running import run_command
from finicity_async.cli.serving import declared_faults, serve, served
from finicity_async.cli.signing_up import show_sign_up
from finicity_async.cli.tables import account_table, customer_table, institution_table, transaction_table
from finicity_async.cli.transactions import NO_OPTIONS, TransactionOptions, newest_transactions, write_transactions
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from finicity_async.endpoints.connect import generate_connect_url
from finicity_async.endpoints.customers import GET_CUSTOMERS
from finicity_async.models import Record
from finicity_async.models.connect import ConnectUrl
from finicity_async.sandbox import Sandbox

OK, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: all went well; the vendor or the network said no; the call or the set-up does not fit; Ctrl-C."""

CREDENTIALS = ("FINICITY_APP_KEY", "FINICITY_PARTNER_ID", "FINICITY_PARTNER_SECRET", "FINICITY_APP_TOKEN")

app = cyclopts.App(
    name="finicity-async",
    help="Accounts from the Finicity API (Mastercard Open Finance US).",
    help_epilogue="Credentials: FINICITY_APP_KEY, FINICITY_PARTNER_ID, FINICITY_PARTNER_SECRET, or FINICITY_APP_TOKEN.",
    version=__version__,
    suppress_keyboard_interrupt=False,
)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; an error becomes advice on stderr and an exit code, never a traceback."""
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        code = app(arguments, exit_on_error=False, result_action="return_value", error_console=errors)
    except cyclopts.CycloptsError:
        return UNUSABLE
    except (KeyboardInterrupt, asyncio.CancelledError):
        errors.print("Stopped.")
        return INTERRUPTED
    except FinicityError as error:
        errors.print(f"{type(error).__name__}: {error}", markup=False)
        return UNUSABLE if isinstance(error, ConfigurationError) else FAILED
    except OutputError as error:
        errors.print(str(error), markup=False)
        return FAILED
    return int(code or OK)


_Count = Annotated[int, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=1))]
_Page = Annotated[int, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=1, lte=1000))]


@app.command
async def demo(*, customers: _Count = 10, refresh: bool = False, sign_up: bool = False) -> int:
    """
    Fetch the accounts of many customers and refresh one of them.

    Without FINICITY_* variables it runs against an embedded sandbox. With them it runs against the real service, and
    refreshes only when told to, because a refresh there costs money.

    Args:
        customers: How many customers.
        refresh: Refresh the first customer of the real service, too.
        sign_up: Go the way of a new user instead: a testing customer, a link to Connect, a session, signed events,
            accounts. On the real service the link is for your browser.
    """
    console = Console()
    async with AsyncExitStack() as stack:
        local = None
        if any(name in os.environ for name in CREDENTIALS):
            session = AsyncSession.from_env()
        else:
            local = await stack.enter_async_context(Sandbox(customers=customers))
            session = AsyncSession(local.credentials, base_url=local.url)
        await stack.enter_async_context(session)
        console.print(f"Service: {session.base_url}", highlight=False)
        if sign_up:
            await show_sign_up(console, session, local)
        else:
            await _show(console, session, customers, refresh=refresh or local is not None)
        return OK


async def _show(console: Console, session: AsyncSession, customers: int, *, refresh: bool) -> None:
    page = await session.send(GET_CUSTOMERS.request(limit=customers))
    ids = [customer.id for customer in page]
    if refresh and ids:
        started = time.perf_counter()
        refreshed = await refresh_and_wait(session, ids[0])
        count = f"{len(refreshed.succeeded)} of {len(refreshed.accounts)}"
        console.print(f"Refreshed {count} accounts of the first customer in {_since(started)}")
    started = time.perf_counter()
    fetched = await asyncio.gather(*(get_customer_accounts(session, one) for one in ids))
    took = _since(started)
    stats = session.stats
    console.print(f"Fetched {sum(map(len, fetched))} accounts of {len(ids)} customers in {took}, {stats.logins} login")
    found = (account for accounts in fetched for account in accounts)
    console.print(account_table(found, width=console.width))


def _since(started: float) -> str:
    return f"{time.perf_counter() - started:.2f} s"


@app.command
def accounts(customer_id: str, /, *, status: str | None = None, json: bool = False) -> int:
    """
    Show the accounts of one customer.

    Args:
        customer_id: The vendor's ID of the customer.
        status: "pending" shows active and pending accounts.
        json: Write the vendor's response as it came.
    """
    request = GET_CUSTOMER_ACCOUNTS.request(customerId=customer_id, status=status)
    found = asyncio.run(_answer(request, raw=json))
    # Printed after the event loop has ended: in a loop, Ctrl-C would wait for the reader of a pipe.
    if isinstance(found, bytes):
        with LineFile(PIPE, resume=False) as stdout:
            stdout.queue(found)
        return OK
    console = Console()
    console.print(account_table(found, width=console.width))
    _show_set_aside(console, found)
    return OK


def _show_set_aside(console: Console, record: Record) -> None:
    for path, value in record.invalid_values.items():
        console.print(f"Set aside: {path} = {value!r}", style="yellow", markup=False, emoji=False)


async def _answer(request: Request[CustomerAccounts], *, raw: bool) -> CustomerAccounts | bytes:
    async with AsyncSession.from_env() as session:
        return (await session.send_raw(request)).body if raw else await session.send(request)


@app.command
def customers(*, search: str | None = None, limit: _Page = 100, json: bool = False, csv: bool = False) -> int:
    """
    List the partner's customers.

    A table of the first ones. With --json or --csv all of them, a line for each, written as they come: for a pipe, or
    with "--csv" for "fetch - --column id".

    Args:
        search: Only customers in whose username or names this text occurs.
        limit: Most rows of the table.
        json: Write every customer as a line of JSON.
        csv: Write every customer as a line of CSV, after a heading.
    """
    if json and csv:
        raise ConfigurationError("Say --json or --csv, not both.")
    if json or csv:
        asyncio.run(write_customers(search, as_csv=csv))
        return OK
    page = asyncio.run(first_customers(search, limit))
    console = Console()
    console.print(customer_table(page, width=console.width))
    if page.more_available:
        console.print(f"{len(page)} of {page.found} customers. --search narrows them; --json and --csv write all.")
    return OK


@app.command
def institutions(search: str | None = None, /, *, limit: _Page = 100, json: bool = False, csv: bool = False) -> int:
    """
    Find the institutions that customers can connect.

    A table of the first ones. With --json or --csv all of them, a line for each, written as they come. Not billed.

    Args:
        search: A name, for example finbank; it need not fit exactly. Without it, all institutions.
        limit: Most rows of the table.
        json: Write every institution as a line of JSON.
        csv: Write every institution as a line of CSV, after a heading.
    """
    if json and csv:
        raise ConfigurationError("Say --json or --csv, not both.")
    if json or csv:
        asyncio.run(write_institutions(search, as_csv=csv))
        return OK
    page = asyncio.run(first_institutions(search, limit))
    console = Console()
    console.print(institution_table(page, width=console.width))
    if page.more_available:
        console.print(f"{len(page)} of {page.found} found. More of a name narrows them; --json and --csv write all.")
    return OK


@app.command
def transactions(customer_id: str, /, *, options: TransactionOptions = NO_OPTIONS) -> int:
    """
    Show the transactions of one customer.

    A table of the newest ones. With --json or --csv all of the period, a line for each, written as they come. Reads
    what the vendor has; no institution is contacted.

    Args:
        customer_id: The vendor's ID of the customer.
        options: Period, account and form.
    """
    period = options.window()
    if options.json or options.csv:
        asyncio.run(write_transactions(customer_id, period, options))
        return OK
    page = asyncio.run(newest_transactions(customer_id, period, options))
    console = Console()
    console.print(transaction_table(page, width=console.width))
    _show_set_aside(console, page)
    if page.more_available:
        console.print(f"The newest {len(page)} of {page.found} transactions. --json and --csv write all of the period.")
    return OK


@app.command
def connect(
    customer_id: str, /, *, redirect_uri: str | None = None, webhook: str | None = None, json: bool = False
) -> int:
    """
    Print a link to Connect, where a customer adds accounts.

    The link is a secret that lives two hours: whoever opens it acts for the customer.

    Args:
        customer_id: The vendor's ID of the customer.
        redirect_uri: Where the browser goes when the session is over.
        webhook: Public URL that events are posted to; it is sent a ping before there is a link.
        json: Write an object with "link" and "expiresAt".
    """
    url = asyncio.run(_link(customer_id, redirect_uri=redirect_uri, webhook=webhook))
    print_link(Console(stderr=True), url, as_json=json)
    return OK


async def _link(customer_id: str, *, redirect_uri: str | None, webhook: str | None) -> ConnectUrl:
    async with AsyncSession.from_env() as session:
        return await generate_connect_url(session, customer_id, redirect_uri=redirect_uri, webhook=webhook)


@app.command
def refresh(
    customer_id: str,
    /,
    *,
    login: str | None = None,
    tiers: bool = False,
    max_age: float | None = None,
    wait: float = 300.0,
    yes: bool = False,
    resume: str | None = None,
) -> int:
    """
    Refresh the accounts of one customer at the institutions and wait until every one of them has ended.

    Costs money, and the vendor forbids automating it. Exit code: 0 all succeeded, 3 some failed, 4 still pending.

    Args:
        customer_id: The vendor's ID of the customer.
        login: Only the accounts of this institution login.
        tiers: For partners on Data Access Tiers.
        max_age: Refresh nothing when every account succeeded less than this many seconds ago.
        wait: Seconds to wait; the refresh goes on at the vendor.
        yes: Do not ask.
        resume: Send no refresh; wait for the one whose interrupted command printed this.
    """
    console = Console()
    if resume is None and not yes and not _is_allowed(console):
        return OK
    # The question comes before the event loop starts, which would hold Ctrl-C back.
    options = RefreshOptions(
        customer_id=customer_id, login=login, tiers=tiers, wait=wait, max_age=max_age, resume=resume
    )
    return asyncio.run(refresh_with_view(console, options))


def _is_allowed(console: Console) -> bool:
    if not sys.stdin.isatty():
        raise ConfigurationError("A refresh costs money: say --yes where nobody can be asked. Nothing was sent.")
    try:
        return Confirm.ask(QUESTION, console=console, default=False)
    except EOFError:
        return False


@app.command
def fetch(
    ids: Annotated[Path, cyclopts.Parameter(allow_leading_hyphen=True)],
    /,
    *,
    options: FetchOptions,
) -> int:
    """
    Fetch the accounts or transactions of many customers, one line of JSON for each.

    A line of the output is {"customerId": ..., "accounts": [...]} with the vendor's own bytes inside; with
    --transactions {"customerId": ..., "transactions": [...], "fromDate": ..., "toDate": ...}, oldest first. Every
    customer ends in exactly one of the two files. Killed at any moment and called again with --resume, it neither loses
    nor repeats a customer. Exit code: 0 all fetched, 3 some failed. Memory: some 120 bytes for each ID, and the
    customers that are being fetched.

    Args:
        ids: A file with an ID on each line, a CSV with --column, or - for stdin.
        options: Files, limits and where to go on.
    """
    return fetch_to_files(Console(stderr=True), str(ids), options)


@app.command
async def sandbox(
    *command: str,
    port: int = 0,
    customers: int = 10,
    seed: int = 0,
    latency: float = 0.0,
    rate_limit: float | None = None,
    faults: Path | None = None,
    webhooks_anywhere: bool = False,
) -> int:
    """
    Serve a local Finicity on 127.0.0.1 for clients in any language, until Ctrl-C.

    The four lines on stdout are the FINICITY_* variables that reach it. With "-- COMMAND" it runs that command with
    these variables set, and ends with it and with its exit code.

    Args:
        command: After --, a command and its arguments.
        port: Where to listen, 0 for a free port.
        customers: How many customers there are, from 1005061234 on.
        seed: What records, secrets and faults are drawn from.
        latency: Seconds that every answer takes.
        rate_limit: Requests a second, beyond which the answer is 429.
        faults: A JSON file with a list of faults, for example [{"fault": "status", "status": 503, "every": 10}].
        webhooks_anywhere: Send events of Connect to other machines, too.
    """
    try:
        made = Sandbox(customers=customers, seed=seed, port=port, fast=True, webhooks_anywhere=webhooks_anywhere)
    except ValueError as error:
        raise ConfigurationError(f"The sandbox cannot be made: {error}") from None
    console, declared = Console(stderr=True), declared_faults(latency, rate_limit, faults)
    if command:
        async with served(made, declared):
            return await run_command(console, command, made.variables)
    await serve(console, made, declared)
    return OK


@app.command(name="help")
def show_help(*command: str) -> int:
    """
    Show what a command does and its options.

    Args:
        command: The command; without it, a list of all.
    """
    app([*command, "--help"], exit_on_error=False, result_action="return_value")
    return OK


@app.command
def completion(shell: Shell, /) -> int:
    """
    Print a script that completes commands, options and file names in a shell.

    For bash and zsh: eval "$(finicity-async completion bash)" in ~/.bashrc, or with zsh in ~/.zshrc after compinit. For
    fish: finicity-async completion fish > ~/.config/fish/completions/finicity-async.fish

    Args:
        shell: The shell.
    """
    print(completion_script(app, shell))
    return OK
