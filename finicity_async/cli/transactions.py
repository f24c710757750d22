"""The command ``transactions``: the newest of a customer for a table, or all of a period as lines of JSON or CSV."""

from dataclasses import dataclass
from typing import Annotated, Any

import cyclopts

from finicity_async import AsyncSession, ConfigurationError, iter_transactions
from finicity_async.cli.listing import write_records
from finicity_async.cli.terminal import Form, VendorId
from finicity_async.cli.windows import Window, window
from finicity_async.endpoints.transactions import get_all_customer_transactions, get_customer_account_transactions
from finicity_async.models._decoding import members_of
from finicity_async.models.transactions import Transaction, Transactions

COLUMNS = tuple(member.attribute for member in members_of(Transaction) if member.record_type is None)
"""Columns of the CSV: the attributes of a transaction, but for the one that holds several values."""

_ROWS = 100
"""Rows of a table, where --limit does not say."""


@cyclopts.Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionOptions:
    """
    The options of the command.

    Attributes:
        from_: First day in UTC, 2026-11-01, or instant with its zone, 2026-11-01T08:30:00-05:00; 30 days before --to
            when not given.
        to: Last day in UTC, included, or instant with its zone; now when not given.
        account: Only this account.
        pending: Pending transactions, too.
        limit: Most rows of the table, 100 when not given.
    """

    from_: Annotated[str | None, cyclopts.Parameter(name="--from")] = None
    to: str | None = None
    account: VendorId | None = None
    pending: bool = False
    limit: Annotated[int | None, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=1, lte=1000))] = None

    def window(self, form: Form) -> Window:
        """
        Return the period.

        Args:
            form: How the transactions are written.

        Raises:
            ConfigurationError: The options do not fit together, or one of them is no date.
        """
        if self.limit is not None and form != "table":
            raise ConfigurationError("--limit is for the table: --json and --csv write all of the period.")
        return window(self.from_, self.to)


NO_OPTIONS = TransactionOptions()


async def newest_transactions(customer_id: str, period: Window, options: TransactionOptions) -> Transactions:
    """Return the newest transactions of a period, newest first."""
    page: dict[str, Any] = {"limit": options.limit or _ROWS, "sort": "desc", "include_pending": options.pending}
    async with AsyncSession.from_env() as session:
        if options.account is None:
            return await get_all_customer_transactions(session, customer_id, *period, **page)
        return await get_customer_account_transactions(session, customer_id, options.account, *period, **page)


async def write_transactions(customer_id: str, period: Window, options: TransactionOptions, *, as_csv: bool) -> None:
    """
    Write every transaction of a period to stdout, a line for each, as the pages come.

    Raises:
        OutputError: The reader of stdout has gone.
    """
    async with AsyncSession.from_env() as session:
        found = iter_transactions(
            session, customer_id, *period, account_id=options.account, include_pending=options.pending
        )
        await write_records(found, COLUMNS, as_csv=as_csv)
