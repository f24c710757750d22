"""Handlers for what the sandbox holds: customers, accounts, transactions, institutions."""

from itertools import islice
from typing import Annotated, Any

from msgspec import Meta

from finicity_async.sandbox.admin.control import Control, ProblemError
from finicity_async.sandbox.admin.models import (
    AccountList,
    CustomerPage,
    InstitutionPage,
    InstitutionsQuery,
    Members,
    NewAccount,
    NewCustomer,
    NewTransactions,
    PageQuery,
    TransactionList,
    TransactionsQuery,
)
from finicity_async.sandbox.refreshes import Account

_InstitutionId = Annotated[int, Meta(ge=0, lt=10**18)]


def list_customers(control: Control, query: PageQuery) -> CustomerPage:
    """Return customers, as GetCustomers lists them."""
    customers = control.state.customers
    found = islice(customers.from_place(query.from_), query.limit)
    return CustomerPage(customers=[control.state.customer_record(one) for one in found], total=len(customers))


def add_customer(control: Control, body: NewCustomer) -> dict[str, Any]:
    """Add a customer without accounts."""
    customer_id = None if body.id is None else str(body.id)
    if customer_id in control.state.customers:
        raise ProblemError(409, f"There is a customer {customer_id} already")
    return control.state.customer_record(control.state.add_customer(customer_id))


def get_customer(control: Control, customer_id: str) -> dict[str, Any]:
    """Return a customer, as GetCustomer shows it."""
    _check_customer(control, customer_id)
    return control.state.customer_record(customer_id)


def remove_customer(control: Control, customer_id: str) -> None:
    """Remove a customer with all accounts."""
    _check_customer(control, customer_id)
    control.state.delete_customer(customer_id)


def list_accounts(control: Control, customer_id: str) -> AccountList:
    """Return the accounts of a customer."""
    _check_customer(control, customer_id)
    control.state.apply_due()
    return AccountList(accounts=list(control.state.records(customer_id).values()))


def add_account(control: Control, customer_id: str, body: NewAccount) -> dict[str, Any]:
    """Add an account: its members are drawn, and the given ones replace them."""
    _check_customer(control, customer_id)
    account_id = body.members.get("id")
    if account_id is not None and str(account_id) in control.state.customers[customer_id]:
        raise ProblemError(409, f"Customer {customer_id} has an account {account_id} already")
    return control.state.add_account(customer_id, body.type, body.members)


def get_account(control: Control, customer_id: str, account_id: str) -> dict[str, Any]:
    """Return an account with all its members."""
    return _account(control, customer_id, account_id)


def edit_account(control: Control, customer_id: str, account_id: str, body: Members) -> dict[str, Any]:
    """Change members of an account; null removes one, and an object (``detail``) is changed member by member."""
    account = _account(control, customer_id, account_id)
    _check_id(body, account_id)
    _merge(account, body)
    return account


def replace_account(control: Control, customer_id: str, account_id: str, body: Members) -> dict[str, Any]:
    """Replace all members of an account."""
    account = _account(control, customer_id, account_id)
    _check_id(body, account_id)
    account.clear()  # the record stays the same object, which a running refresh holds
    account.update(body, id=account_id)
    return account


def remove_account(control: Control, customer_id: str, account_id: str) -> None:
    """Remove an account."""
    _account(control, customer_id, account_id)
    del control.state.customers[customer_id][account_id]


def list_transactions(control: Control, customer_id: str, query: TransactionsQuery) -> TransactionList:
    """Return the transactions that the vendor has of a customer now, pending and shadow ones, too."""
    _check_customer(control, customer_id)
    if query.account_id is not None:
        _account(control, customer_id, query.account_id)
    return TransactionList(transactions=control.state.list_transactions(customer_id, query.account_id))


def add_transactions(control: Control, customer_id: str, account_id: str, body: NewTransactions) -> TransactionList:
    """Put transactions into an account; they are there at once, without a refresh."""
    _account(control, customer_id, account_id)
    if wrong := [one["id"] for one in body.transactions if not isinstance(one.get("id", 0), int)]:
        raise ProblemError(400, f"The ID of a transaction is a number, and not {wrong[0]!r}")
    return TransactionList(transactions=control.state.add_transactions(customer_id, account_id, body.transactions))


def remove_transaction(control: Control, customer_id: str, account_id: str, transaction_id: int) -> None:
    """Take a transaction out of an account, as if the institution had never had it."""
    _account(control, customer_id, account_id)
    try:
        control.state.remove_transactions(customer_id, account_id, [transaction_id])
    except ValueError as error:
        raise ProblemError(404, str(error)) from None


def list_institutions(control: Control, query: InstitutionsQuery) -> InstitutionPage:
    """Return institutions, with all members."""
    institutions = control.state.institutions
    found = institutions.find(query.search)
    page = found[query.from_ : query.from_ + query.limit]
    return InstitutionPage(institutions=[institutions.peek(one) for one in page], total=len(found))


def get_institution(control: Control, institution_id: _InstitutionId) -> dict[str, Any]:
    """Return an institution."""
    _check_institution(control, institution_id)
    return control.state.institutions.peek(institution_id)


def put_institution(control: Control, institution_id: _InstitutionId, body: Members) -> dict[str, Any]:
    """Add an institution, or replace one; members that are not given are drawn."""
    control.state.institutions[institution_id] = body
    return control.state.institutions.peek(institution_id)


def remove_institution(control: Control, institution_id: _InstitutionId) -> None:
    """Remove an institution."""
    _check_institution(control, institution_id)
    del control.state.institutions[str(institution_id)]


def _check_customer(control: Control, customer_id: str) -> None:
    if customer_id not in control.state.customers:
        raise ProblemError(404, f"There is no customer {customer_id}")


def _account(control: Control, customer_id: str, account_id: str) -> Account:
    """Return an account, which may be edited."""
    _check_customer(control, customer_id)
    control.state.prepare_edit()
    found = control.state.customers[customer_id].get(account_id)
    if found is None:
        raise ProblemError(404, f"Customer {customer_id} has no account {account_id}")
    return found


def _check_id(members: dict[str, Any], account_id: str) -> None:
    if members.get("id", account_id) != account_id:
        raise ProblemError(400, f"The account has the ID {account_id}, which stays: add another account")


def _merge(record: dict[str, Any], changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if value is None:
            record.pop(name, None)
        elif isinstance(value, dict) and isinstance(record.get(name), dict):
            _merge(record[name], value)
        else:
            record[name] = value


def _check_institution(control: Control, institution_id: int) -> None:
    if str(institution_id) not in control.state.institutions:
        raise ProblemError(404, f"There is no institution {institution_id}")
