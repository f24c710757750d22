"""Tables for a terminal: a line for each record, however wide the terminal is."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from finicity_async.models import CustomerAccount
from finicity_async.models.customers import Customer
from finicity_async.models.institutions import Institution
from finicity_async.models.transactions import Transaction

_AROUND_A_COLUMN, _EDGE = 2, 1
"""Characters of dividers and padding for each column, and one more at an edge of the table."""


class Column:
    """
    A column of foreign text.

    Args:
        heading: What stands above it.
        cells: A text for each row, or None.
        least: Width to which it may be cut; None where all of it is always shown.
        is_right: Whether it is aligned to the right.

    Attributes:
        heading: As given.
        texts: The cells as they are shown.
        is_cut: Whether it may be cut.
        is_right: As given.
        width: The width at which nothing is cut.
        least_width: The smallest width that it can have.
    """

    def __init__(
        self, heading: str, cells: Iterable[str | None], *, least: int | None = None, is_right: bool = False
    ) -> None:
        self.heading = heading
        self.texts: list[Text] = [_shown(cell) for cell in cells]
        self.is_cut: bool = least is not None
        self.is_right = is_right
        self.width: int = max(len(heading), *(text.cell_len for text in self.texts), 0)
        self.least_width: int = self.width if least is None else min(self.width, max(least, len(heading)))


def fitted(width: int, *layouts: Sequence[Column], caption: str | None = None) -> Table:
    """
    Return the first of some layouts whose rows take one line each; the last one where none does.

    Args:
        width: Of the terminal.
        layouts: The columns of each, from the one that shows most to the one that shows least.
        caption: What stands below the table.
    """
    columns = next((one for one in layouts if _least_width(one) <= width), layouts[-1])
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption, caption_justify="left")
    for column, space in zip(columns, _widths(columns, width), strict=True):
        table.add_column(
            column.heading,
            width=space,
            justify="right" if column.is_right else "left",
            no_wrap=column.is_cut,
            overflow="ellipsis" if column.is_cut else "fold",
        )
    for row in zip(*(column.texts for column in columns), strict=True):
        table.add_row(*row)
    return table


def _least_width(columns: Sequence[Column]) -> int:
    return sum(column.least_width + _AROUND_A_COLUMN for column in columns) + _EDGE


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    """Share out a width: what is left goes to the columns that are cut, the narrowest first."""
    widths = [column.least_width for column in columns]
    for _ in range(_least_width(columns), width):
        cut = [number for number, column in enumerate(columns) if widths[number] < column.width]
        if not cut:
            break
        widths[min(cut, key=widths.__getitem__)] += 1
    return widths


def _shown(cell: str | None) -> Text:
    """Return foreign text for a cell: neither markup nor emoji, and no control characters."""
    return Text("".join(one if one.isprintable() else "\ufffd" for one in cell or ""))


def money(amount: Decimal | None, currency: str | None) -> str:
    """Return an amount with cents, with whatever digits it has beyond them, and with its currency."""
    if amount is None:
        return ""
    places = max(2, -int(amount.as_tuple().exponent))
    return f"{amount:,.{places}f} {currency or ''}".rstrip()


def minute(instant: datetime | None) -> str:
    """Return an instant to the minute."""
    return "" if instant is None else f"{instant:%Y-%m-%d %H:%M}"


def _day(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:%Y-%m-%d}"


def account_table(accounts: Iterable[CustomerAccount], *, width: int) -> Table:
    """Return a table with a row for each account, in the order given."""
    rows = tuple(accounts)
    customer = Column("Customer", [one.customer_id for one in rows])
    account = Column("Account", [one.id for one in rows])
    kind = Column("Type", [one.type for one in rows], least=8)
    name = Column("Name", [one.name for one in rows], least=16)
    balance = Column("Balance", [money(one.balance, one.currency) for one in rows], is_right=True)
    state = Column("Status", [_state(one) for one in rows])
    success = Column("Last success (UTC)", [minute(one.aggregation_success_date) for one in rows])
    day = Column("Success", [_day(one.aggregation_success_date) for one in rows])
    is_of_one = len({one.customer_id for one in rows}) == 1
    return fitted(
        width,
        (customer, account, kind, name, balance, state, success),
        (customer, account, kind, name, balance, state, day),
        (customer, account, kind, balance, state, day),
        (customer, account, kind, balance, state),
        (account, kind, balance, state) if is_of_one else (customer, account, kind, balance),
        (account, balance),
    )


def customer_table(customers: Iterable[Customer], *, width: int) -> Table:
    """Return a table with a row for each customer, in the order given."""
    rows = tuple(customers)
    customer = Column("Customer", [one.id for one in rows])
    username = Column("Username", [one.username for one in rows], least=16)
    name = Column("Name", [" ".join(filter(None, (one.first_name, one.last_name))) for one in rows], least=16)
    kind = Column("Type", [one.type for one in rows], least=7)
    added = Column("Added", [_day(one.created_date) for one in rows])
    return fitted(
        width,
        (customer, username, name, kind, added),
        (customer, username, kind, added),
        (customer, username),
    )


def institution_table(institutions: Iterable[Institution], *, width: int) -> Table:
    """Return a table with a row for each institution, in the order given."""
    rows = tuple(institutions)
    institution = Column("Institution", [str(one.id) for one in rows])
    name = Column("Name", [one.display_name or one.name for one in rows], least=20)
    status = Column("Status", [_status(one) for one in rows], least=10)
    oauth = Column("OAuth", ["yes" if one.oauth_enabled else "" for one in rows])
    page = Column("Home page", [one.url_home_app for one in rows], least=24)
    return fitted(
        width,
        (institution, name, status, oauth, page),
        (institution, name, status, oauth),
        (institution, name),
    )


def transaction_table(transactions: Iterable[Transaction], *, width: int) -> Table:
    """Return a table with a row for each transaction, in the order given."""
    rows = tuple(transactions)
    date = Column("Date (UTC)", [_day(one.transaction_date or one.posted_date) for one in rows])
    account = Column("Account", [None if one.account_id is None else str(one.account_id) for one in rows])
    transaction = Column("Transaction", [str(one.id) for one in rows])
    what = [" ".join(filter(None, (one.description, one.memo))) for one in rows]
    description = Column("Description", what, least=24)
    categories = [None if one.categorization is None else one.categorization.category for one in rows]
    category = Column("Category", categories, least=12)
    amount = Column("Amount", [money(one.amount, one.currency_symbol) for one in rows], is_right=True)
    status = Column("Status", [one.status for one in rows], least=7)
    return fitted(
        width,
        (date, account, transaction, description, category, amount, status),
        (date, account, description, category, amount, status),
        (date, account, description, amount, status),
        (date, account, description, amount),
        (date, description, amount),
        (date, amount),
    )


def _state(account: CustomerAccount) -> str:
    """Say whether the last aggregation worked, and with which code it did not."""
    code = account.aggregation_status_code
    return f"{account.status or ''} ({code})" if code else account.status or ""


def _status(institution: Institution) -> str:
    """Say how an institution is, and which one takes its place."""
    moves = "" if institution.new_institution_id is None else f" to {institution.new_institution_id}"
    return f"{institution.status or ''}{moves}"
