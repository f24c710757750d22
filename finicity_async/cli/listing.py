"""Records as lines of JSON or CSV on stdout; customers and institutions by the page, too."""

import csv
import io
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from rich.console import Console

from finicity_async import AsyncSession, iter_customers, iter_institutions
from finicity_async.cli.lines import PIPE, LineFile
from finicity_async.cli.terminal import say
from finicity_async.endpoints.customers import get_customers
from finicity_async.endpoints.institutions import get_institutions
from finicity_async.models import CustomerAccount, CustomerAccounts, Record
from finicity_async.models._decoding import members_of
from finicity_async.models.customers import Customers
from finicity_async.models.institutions import Institutions

COLUMNS = (
    "id",
    "username",
    "first_name",
    "last_name",
    "phone",
    "email",
    "type",
    "created_date",
    "last_modified_date",
)
"""Columns of the CSV of customers: the attributes of one in a list. The first is what ``fetch --column id`` takes."""

INSTITUTION_COLUMNS = (
    "id",
    "name",
    "status",
    "new_institution_id",
    "oauth_enabled",
    "account_type_description",
    "currency",
    "phone",
    "url_home_app",
    *("trans_agg", "ach", "state_agg", "voi", "voa", "aha", "avail_balance", "account_owner"),
)
"""Columns of the CSV of institutions: the attributes of one, but for those that hold several values."""

ACCOUNT_COLUMNS = tuple(member.attribute for member in members_of(CustomerAccount) if member.record_type is None)
"""Columns of the CSV of accounts: the attributes of one, but for those that hold several values."""

_CRLF = "\r\n"

_FORMULA = re.compile(r"[=@\t\r]|[+-].*[^\W\d_]", re.DOTALL)
"""
The beginning of what a spreadsheet runs as a formula.

After a sign a letter must follow: amounts and phone numbers have one, too, and without a letter there is no function.
The text is not changed, because programs read the CSV as well, and for them an apostrophe before it is another text.
"""

encode: Callable[[Any], bytes] = msgspec.json.Encoder(decimal_format="number").encode
"""Encodes to JSON, amounts to the digit."""


def print_line(line: bytes) -> None:
    """
    Write one line to stdout.

    Raises:
        OutputError: The reader of stdout has gone.
    """
    with LineFile(PIPE, resume=False) as stdout:
        stdout.queue(line)


async def write_accounts(accounts: CustomerAccounts) -> None:
    """
    Write accounts to stdout as CSV.

    Raises:
        OutputError: The reader of stdout has gone.
    """
    await write_records(_each(accounts), ACCOUNT_COLUMNS, as_csv=True)


async def _each(records: Iterable[Record]) -> AsyncIterator[Record]:
    for record in records:
        yield record


async def first_customers(search: str | None, limit: int) -> Customers:
    """Return the first page of the customers that are found."""
    async with AsyncSession.from_env() as session:
        return await get_customers(session, search=search, limit=limit)


async def write_customers(search: str | None, *, as_csv: bool) -> None:
    """
    Write every customer that is found to stdout, a line for each, as the pages come.

    Raises:
        OutputError: The reader of stdout has gone.
    """
    async with AsyncSession.from_env() as session:
        await write_records(iter_customers(session, search=search), COLUMNS, as_csv=as_csv)


async def first_institutions(search: str | None, limit: int) -> Institutions:
    """Return the first page of the institutions that are found."""
    async with AsyncSession.from_env() as session:
        return await get_institutions(session, search=search, limit=limit)


async def write_institutions(search: str | None, *, as_csv: bool) -> None:
    """
    Write every institution that is found to stdout, a line for each, as the pages come.

    Raises:
        OutputError: The reader of stdout has gone.
    """
    async with AsyncSession.from_env() as session:
        await write_records(iter_institutions(session, search=search), INSTITUTION_COLUMNS, as_csv=as_csv)


async def write_records(records: AsyncIterator[Record], columns: Sequence[str], *, as_csv: bool) -> None:
    """
    Write records to stdout, a line for each, as they come; amounts to the digit, texts unchanged.

    For a CSV, stderr says at the end how many rows have an empty cell for a value that was set aside, which a line of
    JSON has, and how many have a text that a spreadsheet runs as a formula.

    Raises:
        OutputError: The reader of stdout has gone.
    """
    with LineFile(PIPE, resume=False) as stdout:
        if as_csv:
            await stdout.write(",".join(columns).encode())
        lacking = formulas = 0
        async for record in records:
            if not as_csv:
                await stdout.write(encode(record))
                continue
            cells = [_cell(getattr(record, name)) for name in columns]
            await stdout.write(_csv_line(cells))
            lacking += bool(record.invalid_values)
            formulas += any(map(_FORMULA.match, cells))
    console = Console(stderr=True, highlight=False)
    if lacking:
        say(console, f"Rows with a cell left empty, whose value cannot be read: {lacking}. See --json.")
    if formulas:
        say(console, f"Rows with text that a spreadsheet runs as a formula: {formulas}. Import the columns as text.")


def _csv_line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    # Before Python 3.13, csv quotes a line break in a cell only where it is one of the terminator's characters.
    csv.writer(text, lineterminator=_CRLF).writerow(cells)
    return text.getvalue().removesuffix(_CRLF).encode()


def _cell(value: object) -> str:
    """Return the text of a cell: an instant as ISO 8601 in UTC, an amount to the digit, a flag as true or false."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
