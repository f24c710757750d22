"""The accounts of the sandbox carry every declared member, for the account types that it applies to."""

import itertools
from typing import Any

import pytest

from finicity_async import Sandbox
from tests.vendor.document import excerpt, resolved

_NAMED = {"creditCard": "Credit Card", "lineOfCredit": "Line Of Credit", "moneyMarket": "MoneyMarket", "cd": "CD"}
_KINDS = {kind: {_NAMED.get(kind, kind.title())} for kind in (*_NAMED, "checking", "savings", "mortgage", "loan")}
_STUDENT_LOANS = ("studentLoan", "studentLoanGroup", "studentLoanAccount")
_KINDS |= {kind: {"Student Loan", "Loan"} for kind in _STUDENT_LOANS}
_ABOVE = dict(itertools.pairwise(reversed(_STUDENT_LOANS)))
Account = dict[str, Any]


def kinds_of(account: Account) -> set[str]:
    """Return the names that the document uses for the type of an account."""
    return _KINDS.get(account["type"], {"Investment"})


@pytest.fixture(scope="module")
def customers() -> list[dict[str, Account]]:
    """Return the accounts of each customer of many sandboxes."""
    return [records for seed in range(40) for records in Sandbox(customers=2, seed=seed).customers.values()]


@pytest.fixture(scope="module")
def records(customers: list[dict[str, Account]]) -> list[Account]:
    return [account for records in customers for account in records.values()]


@pytest.fixture(scope="module")
def for_kinds() -> dict[str, list[set[str]]]:
    """Return the groups of account types that each member of a detail applies to; no group means any type."""
    document = excerpt()
    members = document["components"]["schemas"]["CustomerAccountDetail"]["properties"]
    return {
        name: [set(group) for group in resolved(document, member).get("x-account-types", ())]
        for name, member in members.items()
    }


def test_a_detail_has_only_members_that_apply_to_its_account_type(
    records: list[Account], for_kinds: dict[str, list[set[str]]]
) -> None:
    for account in records:
        found = {name: set[str]().union(*for_kinds[name]) for name in account.get("detail", ())}
        assert [name for name, kinds in found.items() if kinds and not kinds & kinds_of(account)] == [], account["type"]


def test_every_member_of_a_detail_is_sent_for_each_group_it_applies_to(
    records: list[Account], for_kinds: dict[str, list[set[str]]]
) -> None:
    sent: dict[str, set[str]] = {}
    for account in records:
        for name in account.get("detail", ()):
            sent.setdefault(name, {""}).update(kinds_of(account))
    declared = [(name, group) for name, groups in for_kinds.items() for group in groups or [{""}]]
    lacking = [f"{name} ({'/'.join(sorted(group))})" for name, group in declared if not group & sent.get(name, set())]
    assert lacking == [], ", ".join(lacking)


@pytest.mark.parametrize("schema", ["CustomerAccount", "CustomerAccountPosition"])
def test_every_member_of_accounts_and_positions_is_sent_for_some_account(records: list[Account], schema: str) -> None:
    rows = [row for account in records for row in account.get("position", ())]
    sent = {name for one in (records if schema == "CustomerAccount" else rows) for name in one}
    lacking = [name for name in excerpt()["components"]["schemas"][schema]["properties"] if name not in sent]
    assert lacking == [], ", ".join(lacking)


def test_student_loan_groups_and_accounts_name_their_parent_account(
    customers: list[dict[str, Account]],
) -> None:
    for records in customers:
        for account in records.values():
            parent = records.get(account.get("parentAccount", ""), {})
            assert parent.get("type") == _ABOVE.get(account["type"])
