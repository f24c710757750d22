"""The test institutions, which have behaviours of their own in a session, and the test profiles that sign in there."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Institution:
    """
    An institution in the search.

    Attributes:
        id: Its ID.
        name: Its name.
        answers: False for one that fails when somebody signs in.
        supported: False for one that can be found, and not connected.
    """

    id: str
    name: str
    answers: bool = True
    supported: bool = True


@dataclass(frozen=True, slots=True)
class Profile:
    """
    Somebody who has accounts.

    Attributes:
        username: What is typed in to sign in.
        password: The password.
        account_types: The types of the accounts.
        code: The answer to the second factor, None where there is none.
    """

    username: str
    password: str
    account_types: tuple[str, ...]
    code: str | None = None


UNREACHABLE = Institution("4002", "FinBank Unreachable", answers=False)
DEFAULT_INSTITUTION = "102105"
_INSTITUTIONS = (
    Institution("102105", "FinBank Profiles - A"),
    Institution("102224", "FinBank Profiles - B"),
    Institution("101732", "FinBank"),
    Institution("170703", "FinBank Credit Union"),
    Institution("4222", "Sandbox Savings Bank"),
    UNREACHABLE,
    Institution("4003", "FinBank Unsupported", supported=False),
)

DEFAULT_PROFILE = Profile("profile_03", "profile_03", ("checking", "savings", "creditCard"))
SECOND_FACTOR_PROFILE = Profile("tfa_text", "go", ("checking", "savings"), code="123456")
PROFILES = (
    Profile("profile_02", "profile_02", ("checking",)),
    DEFAULT_PROFILE,
    Profile("profile_09", "profile_09", ("investment", "ira", "mortgage")),
    SECOND_FACTOR_PROFILE,
)


def find_institutions(search: str) -> Sequence[Institution]:
    """Return the institutions whose name or ID has a text in it, all for an empty one."""
    wanted = search.strip().casefold()
    return [one for one in _INSTITUTIONS if wanted in one.name.casefold() or wanted == one.id]


def get_institution(institution_id: str) -> Institution | None:
    """Return the institution of an ID."""
    return next((one for one in _INSTITUTIONS if one.id == institution_id), None)


def get_profile(username: str, password: str, profiles: Sequence[Profile] = PROFILES) -> Profile | None:
    """Return who signs in with these, None for wrong ones."""
    return next((one for one in profiles if (one.username, one.password) == (username, password)), None)
