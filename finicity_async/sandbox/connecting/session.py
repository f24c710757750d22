"""
One session of Connect as a state machine: what the customer does goes in, the vendor's events come out.

    SEARCH -> SIGN_IN -> (SECOND_FACTOR) -> ACCOUNTS -> OVER
                 |
                 +-> UNREACHABLE -> SEARCH

A lite link starts at SIGN_IN and never searches. A fix link starts there as well, and is over after it. The customer
may leave at every step. An action that the current step does not have does nothing, because a browser may send one
twice. Nothing here knows of HTTP or of the sandbox's records.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from finicity_async.sandbox.connecting.institutions import (
    PROFILES,
    Institution,
    Profile,
    get_profile,
)
from finicity_async.sandbox.connecting.links import Purpose
from finicity_async.sandbox.refreshes import Account


class Step(Enum):
    """Where a session is."""

    SEARCH = "search"
    SIGN_IN = "sign in"
    SECOND_FACTOR = "second factor"
    ACCOUNTS = "accounts"
    UNREACHABLE = "unreachable"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Ending:
    """
    How a session ended, as the browser tells it to ``redirect_uri``.

    Attributes:
        code: 200, 201, 100 or 500.
        reason: ``"complete"``, ``"error"`` or ``"exit"``.
    """

    code: int
    reason: str


COMPLETE = Ending(200, "complete")
NOTHING_TO_FIX = Ending(201, "error")
EXIT = Ending(100, "exit")
ERROR = Ending(500, "error")


@dataclass(frozen=True, slots=True)
class Event:
    """
    An event, without what is the same in all events of a session.

    Attributes:
        event_type: What happened.
        payload: What the vendor says of it.
    """

    event_type: str
    payload: dict[str, Any] = field(default_factory=dict)


class Bank(Protocol):
    """The institutions and the accounts behind a session."""

    def find(self, search: str, most: int) -> Sequence[Institution]:
        """Return the first institutions that are searched for."""
        ...

    def institution(self, institution_id: str) -> Institution | None:
        """Return an institution by its ID."""
        ...

    def discover(self, institution: Institution, profile: Profile) -> Sequence[Account]:
        """Return the accounts that somebody has at an institution; the customer does not have them yet."""
        ...

    def activate(self, account_ids: Collection[str]) -> Sequence[Account]:
        """Give the customer discovered accounts, and return them."""
        ...

    def is_broken(self, institution_login_id: str | None) -> bool:
        """Return whether a login waits for a repair."""
        ...

    def repair(self, institution_login_id: str | None) -> None:
        """Repair a login."""


class Session:
    """
    A session; its attributes are what a page shows.

    Args:
        purpose: What its link is for.
        bank: The institutions and the accounts.
        profiles: Who can sign in.
        fails: Whether the institution fails, whichever it is.

    Attributes:
        step: Where it is.
        query: What was searched for last.
        institution: The chosen institution.
        accounts: The accounts that were found there.
        added: The accounts that the customer has added.
        problem: What is wrong with the latest input, None when nothing is.
        ending: How it ended, None while it runs.
    """

    def __init__(
        self, purpose: Purpose, bank: Bank, *, profiles: Sequence[Profile] = PROFILES, fails: bool = False
    ) -> None:
        self.purpose = purpose
        self._bank = bank
        self._profiles = profiles
        self._fails = fails
        self._profile: Profile | None = None
        self.step: Step = Step.SEARCH
        self.query: str = ""
        self.institution: Institution | None = None
        self.accounts: Sequence[Account] = ()
        self.added: Sequence[Account] = ()
        self.problem: str | None = None
        self.ending: Ending | None = None

    @property
    def can_search(self) -> bool:
        """Whether the customer chooses the institution."""
        return self.purpose.institution_id is None

    def found(self, most: int) -> Sequence[Institution]:
        """Return the first institutions that the latest search has found."""
        return self._bank.find(self.query, most)

    def start(self) -> list[Event]:
        """Begin."""
        started = [Event("started")]
        if self.purpose.institution_id is not None:
            place = self.purpose.institution_id
            self.institution = self._bank.institution(place) or Institution(place, f"Institution {place}")
            self.step = Step.SIGN_IN
        if self.purpose.kind == "fix" and not self._bank.is_broken(self.purpose.institution_login_id):
            return started + self._end(NOTHING_TO_FIX)
        return started

    def search(self, query: str) -> list[Event]:
        """Search for institutions."""
        if self.step is not Step.SEARCH:
            return []
        self.query, self.problem = query, None
        return [] if self.found(1) else [Event("institutionNotFound", {"query": query})]

    def choose(self, institution_id: str) -> list[Event]:
        """Choose an institution."""
        institution = self._bank.institution(institution_id) if self.step is Step.SEARCH else None
        if institution is None:
            return []
        chosen = {"institutionId": institution.id}
        if not institution.supported:
            self.problem = f"{institution.name} cannot be connected. Choose another institution."
            return [Event("institutionNotSupported", chosen)]
        self.institution, self.step, self.problem = institution, Step.SIGN_IN, None
        return [Event("institutionSupported", chosen)]

    def sign_in(self, username: str, password: str) -> list[Event]:
        """Sign in at the institution."""
        if self.step is not Step.SIGN_IN:
            return []
        self.problem = None
        if self._fails or not self._chosen.answers:
            self.step = Step.UNREACHABLE
            return [Event("unableToConnect", self._place)]
        self._profile = get_profile(username, password, self._profiles)
        if self._profile is None:
            self.problem = "The username or the password is wrong."
            return [Event("invalidCredentials", self._place)]
        if self._profile.code is not None:
            self.step = Step.SECOND_FACTOR
            return []
        return self._enter(self._profile)

    def answer(self, code: str) -> list[Event]:
        """Answer the second factor; the vendor has no event for a wrong answer."""
        if self.step is not Step.SECOND_FACTOR or self._profile is None:
            return []
        if code.strip() != self._profile.code:
            self.problem = "The code is wrong."
            return []
        return self._enter(self._profile)

    def add(self, account_ids: Collection[str]) -> list[Event]:
        """Add some of the accounts that were found; none is no choice."""
        if self.step is not Step.ACCOUNTS:
            return []
        chosen = [account["id"] for account in self.accounts if account["id"] in account_ids]
        if not chosen:
            self.problem = "Choose one account at least."
            return []
        self.added = self._bank.activate(chosen)
        added = {"accounts": [_as_announced(one) for one in self.added], **self._place, "oauth": False}
        return [Event("adding", self._place), Event("added", added), *self._end(COMPLETE)]

    def go_back(self) -> list[Event]:
        """Choose another institution."""
        if self.can_search and self.step is not Step.OVER:
            self.step, self.institution, self.problem = Step.SEARCH, None, None
        return []

    def leave(self) -> list[Event]:
        """End the session before its time."""
        if self.step is Step.OVER:
            return []
        return self._end(ERROR if self.step is Step.UNREACHABLE else EXIT)

    @property
    def _chosen(self) -> Institution:
        assert self.institution is not None  # noqa: S101 -- every step after SEARCH has one
        return self.institution

    @property
    def _place(self) -> dict[str, Any]:
        return {"institutionId": self._chosen.id}

    def _enter(self, profile: Profile) -> list[Event]:
        self.problem = None
        if self.purpose.kind == "fix":
            self._bank.repair(self.purpose.institution_login_id)
            return self._end(COMPLETE)
        self.step, self.accounts = Step.ACCOUNTS, self._bank.discover(self._chosen, profile)
        return [Event("discovered", {"accounts": [_as_announced(one) for one in self.accounts], **self._place})]

    def _end(self, ending: Ending) -> list[Event]:
        """End the session; ``done`` ends one that failed as well."""
        self.step, self.ending, self.problem = Step.OVER, ending, None
        return [Event("done", {"reason": ending.reason})]


def _as_announced(account: Account) -> Account:
    """Return the part of an account that an event has: what the next aggregation finds is missing."""
    record = {name: value for name, value in account.items() if name not in ("detail", "position")}
    return record | ({"lastUpdatedDate": 0} if "lastUpdatedDate" in record else {})
