"""The state machine of a session, without HTTP and without a sandbox."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import pytest

from finicity_async.sandbox.connecting.institutions import (
    UNREACHABLE,
    Institution,
    Profile,
    find_institutions,
    get_institution,
)
from finicity_async.sandbox.connecting.links import Purpose
from finicity_async.sandbox.connecting.session import Event, Session, Step

FULL = Purpose(kind="full", customer_id="1")
LITE = Purpose(kind="lite", customer_id="1", institution_id="102105")
FIX = Purpose(kind="fix", customer_id="1", institution_id="9", institution_login_id="7")
UNSUPPORTED = "4003"
Action = Callable[[Session], list[Event]]


class Vault:
    """A bank with one account for each type."""

    def __init__(self) -> None:
        self.repaired: list[str | None] = []

    def find(self, search: str, most: int) -> Sequence[Institution]:
        return find_institutions(search)[:most]

    def institution(self, institution_id: str) -> Institution | None:
        return get_institution(institution_id)

    def discover(self, institution: Institution, profile: Profile) -> Sequence[dict[str, Any]]:
        return [{"id": kind, "type": kind} for kind in profile.account_types]

    def activate(self, account_ids: Collection[str]) -> Sequence[dict[str, Any]]:
        return [{"id": one, "status": "active"} for one in account_ids]

    def is_broken(self, institution_login_id: str | None) -> bool:
        return institution_login_id not in self.repaired

    def repair(self, institution_login_id: str | None) -> None:
        self.repaired.append(institution_login_id)


def types_of(events: list[Event]) -> list[str]:
    return [event.event_type for event in events]


def started(purpose: Purpose = FULL, *actions: Action) -> Session:
    session = Session(purpose, Vault())
    assert types_of(session.start()) == ["started"]
    for action in actions:
        action(session)
    return session


def choose(session: Session) -> list[Event]:
    return session.choose("102105")


def sign_in(session: Session) -> list[Event]:
    return session.sign_in("profile_03", "profile_03")


def sign_in_with_two_factors(session: Session) -> list[Event]:
    return session.sign_in("tfa_text", "go")


# Searching and choosing


def test_a_search_that_finds_nothing_is_told() -> None:
    session = started()
    assert session.search("finbank") == []
    assert session.search("no such bank") == [Event("institutionNotFound", {"query": "no such bank"})]
    assert (session.step, session.query) == (Step.SEARCH, "no such bank")


def test_an_institution_that_is_not_supported_can_be_replaced() -> None:
    session = started()
    assert session.choose(UNSUPPORTED) == [Event("institutionNotSupported", {"institutionId": UNSUPPORTED})]
    assert (session.step, "cannot be connected" in (session.problem or "")) == (Step.SEARCH, True)
    assert types_of(choose(session)) == ["institutionSupported"]
    assert (session.step, session.problem) == (Step.SIGN_IN, None)


def test_an_unknown_institution_is_no_choice() -> None:
    session = started()
    assert session.choose("1") == []
    assert session.step is Step.SEARCH


def test_the_customer_goes_back_and_chooses_another_one() -> None:
    session = started(FULL, choose)
    assert session.go_back() == []
    assert (session.step, session.institution) == (Step.SEARCH, None)
    assert types_of(session.choose("101732")) == ["institutionSupported"]


def test_a_lite_session_has_one_institution() -> None:
    session = started(LITE)
    assert session.institution is not None
    assert (session.step, session.institution.name) == (Step.SIGN_IN, "FinBank Profiles - A")
    session.go_back()
    assert session.step is Step.SIGN_IN


# Signing in


def test_a_wrong_password_may_be_followed_by_the_right_one() -> None:
    session = started(FULL, choose)
    assert session.sign_in("profile_03", "wrong") == [Event("invalidCredentials", {"institutionId": "102105"})]
    assert (session.step, session.problem) == (Step.SIGN_IN, "The username or the password is wrong.")
    assert types_of(sign_in(session)) == ["discovered"]
    assert (session.step, session.problem) == (Step.ACCOUNTS, None)


def test_a_wrong_code_may_be_followed_by_the_right_one() -> None:
    session = started(FULL, choose, sign_in_with_two_factors)
    assert session.step is Step.SECOND_FACTOR
    assert session.answer("000000") == []
    assert session.problem == "The code is wrong."
    assert types_of(session.answer(" 123456 ")) == ["discovered"]


def test_an_institution_that_does_not_answer_leaves_the_choice_of_another_one() -> None:
    session = started(FULL, lambda one: one.choose(UNREACHABLE.id))
    assert sign_in(session) == [Event("unableToConnect", {"institutionId": UNREACHABLE.id})]
    assert session.step is Step.UNREACHABLE
    session.go_back()
    assert session.can_search
    assert types_of(choose(session)) == ["institutionSupported"]


# Accounts and ends


def test_the_chosen_accounts_are_added_and_no_others() -> None:
    session = started(FULL, choose, sign_in)
    events = session.add(["savings", "checking", "not mine"])
    assert types_of(events) == ["adding", "added", "done"]
    assert [one["id"] for one in session.added] == ["checking", "savings"]
    assert events[1].payload["oauth"] is False
    assert session.ending is not None
    assert (session.ending.code, session.ending.reason) == (200, "complete")


def test_no_account_is_no_choice() -> None:
    session = started(FULL, choose, sign_in)
    assert session.add([]) == []
    assert (session.step, session.problem) == (Step.ACCOUNTS, "Choose one account at least.")


def test_a_fix_session_is_over_after_the_sign_in() -> None:
    session = started(FIX)
    assert session.institution == Institution("9", "Institution 9")
    assert types_of(sign_in(session)) == ["done"]
    again = Session(FIX, session._bank)
    assert types_of(again.start()) == ["started", "done"]
    assert again.ending is not None
    assert (again.ending.code, again.ending.reason) == (201, "error")


@pytest.mark.parametrize(
    ("actions", "code"),
    [
        ([], 100),
        ([choose], 100),
        ([choose, sign_in_with_two_factors], 100),
        ([choose, sign_in], 100),
        ([lambda session: session.choose(UNREACHABLE.id), sign_in], 500),
    ],
)
def test_the_customer_may_leave_at_every_step(actions: list[Action], code: int) -> None:
    session = started(FULL, *actions)
    assert types_of(session.leave()) == ["done"]
    assert session.ending is not None
    assert session.ending.code == code


EVERY_ACTION: dict[str, Action] = {
    "search": lambda session: session.search("no such bank"),
    "choose": choose,
    "sign_in": sign_in,
    "answer": lambda session: session.answer("123456"),
    "add": lambda session: session.add(["checking"]),
    "leave": lambda session: session.leave(),
    "go_back": lambda session: session.go_back(),
}


@pytest.mark.parametrize("action", EVERY_ACTION)
def test_an_action_that_comes_twice_or_late_does_nothing(action: str) -> None:
    session = started(FULL, choose, sign_in, lambda one: one.add(["checking"]))
    ending = session.ending
    assert EVERY_ACTION[action](session) == []
    assert (session.step, session.ending) == (Step.OVER, ending)
