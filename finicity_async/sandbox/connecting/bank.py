"""The institutions and accounts behind a session of Connect, in the state of the sandbox."""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice

from finicity_async.sandbox.connecting.institutions import Institution, Profile, find_institutions, get_institution
from finicity_async.sandbox.records import Records
from finicity_async.sandbox.refreshes import Account, move_dates
from finicity_async.sandbox.state import State
from finicity_async.status_codes import SUCCESS

_SILENT = frozenset({"offline", "maintenance"})
"""States of an institution in which nobody can sign in there."""
_NOT_YET = ("oldestTransactionDate", "lastTransactionDate")
"""Dates that a new account has no values for, because its transactions come with the first refresh."""


class StateBank:
    """
    Finds institutions and accounts for one customer, and adds the accounts to the state.

    Args:
        state: The state of the sandbox.
        customer_id: The customer.
    """

    def __init__(self, state: State, customer_id: str) -> None:
        self._state = state
        self._customer_id = customer_id

    @property
    def _held(self) -> Records:
        return self._state.customers[self._customer_id]

    def find(self, search: str, most: int) -> Sequence[Institution]:
        """Return the first institutions that are searched for, the test institutions before the others."""
        found = self._state.institutions.find(search)
        listed = set(found)
        first = [number for one in find_institutions("") if (number := int(one.id)) in listed]
        others = (number for number in found if number not in first)
        return [self._as_found(number) for number in islice(chain(first, others), most)]

    def institution(self, institution_id: str) -> Institution | None:
        """Return an institution by its ID."""
        return self._as_found(int(institution_id)) if institution_id in self._state.institutions else None

    def _as_found(self, number: int) -> Institution:
        record = self._state.institutions.peek(number)
        test = get_institution(str(number))
        return Institution(
            str(number),
            record.get("name", ""),
            answers=record.get("status") not in _SILENT and (test is None or test.answers),
            supported=record.get("transAgg") is True and (test is None or test.supported),
        )

    def discover(self, institution: Institution, profile: Profile) -> Sequence[Account]:
        """Return the accounts of somebody: pending, or active already if an earlier session has added them."""
        login = self._state.login(self._customer_id, institution.id, profile.username)
        found = [one for one in self._held.values() if one.get("institutionLoginId") == login]
        known = {account["type"] for account in found}
        new = (kind for kind in profile.account_types if kind not in known)
        return found + [self._add(kind, login, institution.id) for kind in new]

    def activate(self, account_ids: Collection[str]) -> Sequence[Account]:
        """Turn pending accounts into active ones."""
        return list(self._activated(account_ids))

    def is_broken(self, institution_login_id: str | None) -> bool:
        """Return whether an account of the login shows another code than success."""
        return any(one.get("aggregationStatusCode", SUCCESS) != SUCCESS for one in self._at(institution_login_id))

    def repair(self, institution_login_id: str | None) -> None:
        """Aggregate every account of the login with success."""
        for account in self._at(institution_login_id):
            account["aggregationStatusCode"] = SUCCESS
            move_dates(account, self._state.clock())
        self._state.forget_responses()

    def _at(self, login: str | None) -> list[Account]:
        return [
            one
            for one in self._held.values()
            if str(one.get("institutionLoginId")) == login and one.get("status") == "active"
        ]

    def _add(self, kind: str, login: int, institution_id: str) -> Account:
        members = {"status": "pending", "institutionId": institution_id, "institutionLoginId": login}
        return self._state.add_account(self._customer_id, kind, members | {"createdDate": int(self._state.clock())})

    def _activated(self, account_ids: Collection[str]) -> Iterator[Account]:
        for account_id in account_ids:
            account = self._held.get(account_id)
            if account is None:
                continue  # It was deleted while the customer chose.
            yield self._activate(account) if account.get("status") == "pending" else account

    def _activate(self, pending: Account) -> Account:
        """Replace the short record of a pending account by the whole one, which the same ID draws."""
        del self._held[pending["id"]]
        kept = {name: pending[name] for name in ("id", "institutionId", "institutionLoginId")}
        now = int(self._state.clock())
        dates = dict.fromkeys(("createdDate", "linkedAccountDate", "balanceDate", "lastUpdatedDate"), now)
        dates |= dict.fromkeys(("aggregationSuccessDate", "aggregationAttemptDate"), now)
        account = self._state.add_account(self._customer_id, pending["type"], kept | dates)
        for name in _NOT_YET:
            account.pop(name, None)
        return account
