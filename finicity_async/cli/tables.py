"""Tables for a terminal."""

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from finicity_async.models import CustomerAccount
from finicity_async.models.customers import Customer
from finicity_async.models.institutions import Institution
from finicity_async.models.transactions import Transaction

_WIDE = 110


def account_table(accounts: Iterable[CustomerAccount], *, width: int) -> Table:
    """Return a table with a row for each account, in the order given; names and times only where there is room."""
    wide = width >= _WIDE
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in ("Customer", "Account"):
        table.add_column(heading, no_wrap=True, min_width=10)
    table.add_column("Type", overflow="ellipsis", max_width=None if wide else 16)
    if wide:
        table.add_column("Name", no_wrap=True, ratio=1)
    table.add_column("Balance", overflow="fold", justify="right")
    table.add_column("Status", overflow="fold")
    table.add_column("Last success (UTC)" if wide else "Success", no_wrap=True, min_width=18 if wide else 10)
    for account in accounts:
        name = (account.name,) if wide else ()
        who = (account.customer_id, account.id, account.type, *name)
        add_row(table, *who, _balance(account), _state(account), _success(account, wide))
    return table


def customer_table(customers: Iterable[Customer], *, width: int) -> Table:
    """Return a table with a row for each customer, in the order given; names only where there is room."""
    wide = width >= _WIDE
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("Customer", no_wrap=True, min_width=10)
    table.add_column("Username", overflow="fold")
    if wide:
        table.add_column("Name", no_wrap=True, ratio=1)
    table.add_column("Type", overflow="fold", min_width=7)
    table.add_column("Added", no_wrap=True, min_width=10)
    for customer in customers:
        name = " ".join(filter(None, (customer.first_name, customer.last_name)))
        added = "" if customer.created_date is None else f"{customer.created_date:%Y-%m-%d}"
        add_row(table, customer.id, customer.username, *((name,) if wide else ()), customer.type, added)
    return table


def institution_table(institutions: Iterable[Institution], *, width: int) -> Table:
    """Return a table with a row for each institution, in the order given; the home page only where there is room."""
    wide = width >= _WIDE
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("Institution", no_wrap=True, min_width=11)
    table.add_column("Name", overflow="fold")
    table.add_column("Status", overflow="fold", min_width=6)
    table.add_column("OAuth", min_width=5)
    if wide:
        table.add_column("Home page", no_wrap=True, ratio=1)
    for one in institutions:
        moves = "" if one.new_institution_id is None else f" to {one.new_institution_id}"
        oauth = "yes" if one.oauth_enabled else ""
        page = (one.url_home_app,) if wide else ()
        add_row(table, str(one.id), one.display_name or one.name, f"{one.status or ''}{moves}", oauth, *page)
    return table


def transaction_table(transactions: Iterable[Transaction], *, width: int) -> Table:
    """Return a table with a row for each transaction, in the order given; IDs and categories where there is room."""
    wide = width >= _WIDE
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in ("Date (UTC)", "Account", "Transaction") if wide else ("Date (UTC)", "Account"):
        table.add_column(heading, no_wrap=True, min_width=10)
    table.add_column("Description", overflow="fold", ratio=1)
    if wide:
        table.add_column("Category", overflow="fold")
    table.add_column("Amount", overflow="fold", justify="right", min_width=10)
    table.add_column("Status", overflow="fold", min_width=7)
    for one in transactions:
        date = one.transaction_date or one.posted_date
        payee = one.categorization
        add_row(
            table,
            "" if date is None else f"{date:%Y-%m-%d}",
            "" if one.account_id is None else str(one.account_id),
            *((str(one.id),) if wide else ()),
            " ".join(filter(None, (one.description, one.memo))),
            *((payee and payee.category,) if wide else ()),
            _amount(one),
            one.status,
        )
    return table


def add_row(table: Table, *cells: str | None) -> None:
    """Add a row of foreign text: neither markup nor emoji, and no control characters."""
    table.add_row(*(Text("".join(one if one.isprintable() else "\ufffd" for one in cell or "")) for cell in cells))


def _balance(account: CustomerAccount) -> str:
    return "" if account.balance is None else f"{account.balance:,} {account.currency or ''}".rstrip()


def _amount(transaction: Transaction) -> str:
    """Return an amount with cents, and with whatever digits it has beyond them."""
    amount = transaction.amount
    if amount is None:
        return ""
    places = max(2, -int(amount.as_tuple().exponent))
    return f"{amount:,.{places}f} {transaction.currency_symbol or ''}".rstrip()


def _state(account: CustomerAccount) -> str:
    """Say whether the last aggregation worked, and with which code it did not."""
    code = account.aggregation_status_code
    return f"{account.status or ''} ({code})" if code else account.status or ""


def _success(account: CustomerAccount, wide: bool) -> str:
    instant = account.aggregation_success_date
    return "" if instant is None else f"{instant:%Y-%m-%d %H:%M}" if wide else f"{instant:%Y-%m-%d}"
