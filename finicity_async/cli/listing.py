"""The command ``customers``: the first ones as a table, or all of them as lines of JSON or CSV."""

import csv
import io
from collections.abc import Callable, Iterator

import msgspec

from finicity_async import AsyncSession, iter_customers
from finicity_async.cli.lines import PIPE, LineFile
from finicity_async.endpoints.customers import get_customers
from finicity_async.models.customers import Customer, Customers

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
"""Columns of the CSV: the attributes of a customer in a list. The first is what ``fetch --column id`` takes."""

Line = Callable[[Customer], bytes]


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
    line: Line = _csv_line if as_csv else msgspec.json.encode
    async with AsyncSession.from_env() as session:
        with LineFile(PIPE, resume=False) as stdout:
            if as_csv:
                await stdout.write(",".join(COLUMNS).encode())
            async for customer in iter_customers(session, search=search):
                await stdout.write(line(customer))


def _csv_line(customer: Customer) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(_cells(customer))
    return text.getvalue().encode()


def _cells(customer: Customer) -> Iterator[str]:
    """Return the cells of a row; an instant as ISO 8601 in UTC."""
    for name in COLUMNS:
        value = getattr(customer, name)
        yield "" if value is None else value if isinstance(value, str) else value.isoformat()
