"""The commands that show records: accounts, customers, institutions, transactions."""

import asyncio
from typing import Annotated

import cyclopts
from rich.table import Table

from finicity_async import AsyncSession, CustomerAccounts, Request
from finicity_async.cli.listing import (
    first_customers,
    first_institutions,
    print_line,
    write_accounts,
    write_customers,
    write_institutions,
)
from finicity_async.cli.tables import account_table, customer_table, institution_table, transaction_table
from finicity_async.cli.terminal import Terminal, TerminalOption, VendorId
from finicity_async.cli.transactions import NO_OPTIONS, TransactionOptions, newest_transactions, write_transactions
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from finicity_async.models import Record

_Page = Annotated[int, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=1, lte=1000))]


def accounts(customer_id: VendorId, /, *, status: str | None = None, terminal: TerminalOption) -> None:
    """
    Show the accounts of one customer.

    With --json the vendor's response as it came, with --csv a line for each account.

    Args:
        customer_id: The vendor's ID of the customer.
        status: "pending" shows active and pending accounts.
        terminal: Where to.
    """
    form = terminal.form("accounts", "table", "json", "csv")
    request = GET_CUSTOMER_ACCOUNTS.request(customerId=customer_id, status=status)
    # Printed after the event loop has ended: in a loop, Ctrl-C would wait for the reader of a pipe.
    if form == "json":
        print_line(asyncio.run(_body(request)))
        return
    found = asyncio.run(_answer(request))
    if form == "csv":
        asyncio.run(write_accounts(found))
        return
    _show(terminal, account_table(found, width=terminal.stdout.width), found)


async def _body(request: Request[CustomerAccounts]) -> bytes:
    async with AsyncSession.from_env() as session:
        return (await session.send_raw(request)).body


async def _answer(request: Request[CustomerAccounts]) -> CustomerAccounts:
    async with AsyncSession.from_env() as session:
        return await session.send(request)


def _show(terminal: Terminal, table: Table, record: Record) -> None:
    """Print a table, and the values that are not in it because they could not be read."""
    terminal.stdout.print(table)
    for path, value in record.invalid_values.items():
        terminal.stdout.print(
            f"Set aside: {path} = {value!r}", style="yellow", markup=False, emoji=False, highlight=False
        )


def customers(*, search: str | None = None, limit: _Page = 100, terminal: TerminalOption) -> None:
    """
    List the partner's customers.

    A table of the first ones. With --json or --csv all of them, a line for each, written as they come: for a pipe, or
    with "--csv" for "fetch - --column id".

    Args:
        search: Only customers in whose username or names this text occurs.
        limit: Most rows of the table.
        terminal: Where to.
    """
    form = terminal.form("customers", "table", "json", "csv")
    if form != "table":
        asyncio.run(write_customers(search, as_csv=form == "csv"))
        return
    page = asyncio.run(first_customers(search, limit))
    terminal.stdout.print(customer_table(page, width=terminal.stdout.width))
    if page.more_available:
        terminal.note(f"{len(page)} of {page.found} customers. --search narrows them; --json and --csv write all.")


def institutions(search: str | None = None, /, *, limit: _Page = 100, terminal: TerminalOption) -> None:
    """
    Find the institutions that customers can connect.

    A table of the first ones. With --json or --csv all of them, a line for each, written as they come. Not billed.

    Args:
        search: A name, for example finbank; it need not fit exactly. Without it, all institutions.
        limit: Most rows of the table.
        terminal: Where to.
    """
    form = terminal.form("institutions", "table", "json", "csv")
    if form != "table":
        asyncio.run(write_institutions(search, as_csv=form == "csv"))
        return
    page = asyncio.run(first_institutions(search, limit))
    terminal.stdout.print(institution_table(page, width=terminal.stdout.width))
    if page.more_available:
        terminal.note(f"{len(page)} of {page.found} found. More of a name narrows them; --json and --csv write all.")


def transactions(
    customer_id: VendorId, /, *, options: TransactionOptions = NO_OPTIONS, terminal: TerminalOption
) -> None:
    """
    Show the transactions of one customer.

    A table of the newest ones. With --json or --csv all of the period, a line for each, written as they come, oldest
    first. Reads what the vendor has; no institution is contacted.

    Args:
        customer_id: The vendor's ID of the customer.
        options: Period, account and rows.
        terminal: Where to.
    """
    form = terminal.form("transactions", "table", "json", "csv")
    period = options.window(form)
    if form != "table":
        asyncio.run(write_transactions(customer_id, period, options, as_csv=form == "csv"))
        return
    page = asyncio.run(newest_transactions(customer_id, period, options))
    _show(terminal, transaction_table(page, width=terminal.stdout.width), page)
    if page.more_available:
        terminal.note(f"The newest {len(page)} of {page.found} transactions. --json and --csv write all of the period.")
