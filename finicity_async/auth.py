"""Credentials, the token, and where it is kept."""

import asyncio
import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NoReturn, Protocol, runtime_checkable

import msgspec

from finicity_async.errors import ConfigurationError
from finicity_async.models import AccessToken, PartnerCredentials
from finicity_async.operation import Operation

CREATE_TOKEN = Operation(
    "CreateToken",
    "POST",
    "/aggregation/v2/partners/authentication",
    AccessToken,
    body_type=PartnerCredentials,
    idempotent=True,
    token=False,
    login=True,
)

TOKEN_LIFETIME = 120 * 60.0
"""Seconds that a token lives (spec 1.42.0)."""
_HEADER_TEXT = re.compile(r"[!-~]{1,4096}")
"""What servers take in a header: they refuse a request whose head is over some 8 kB."""


def fits_a_header(text: str) -> bool:
    """Return whether a header can carry a text: printable ASCII without spaces, not empty and not too long."""
    return _HEADER_TEXT.fullmatch(text) is not None


def digest(*parts: str | None) -> str:
    """Return a hash of some texts, as a name for them that does not show them."""
    return sha256("\0".join(part or "" for part in parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """
    What a partner proves itself with; masked in ``repr``, and not to be pickled.

    Args:
        app_key: The key of the application, sent as ``Finicity-App-Key``.
        partner_id: The partner's ID; with ``partner_secret`` the session logs in by itself.
        partner_secret: The partner's secret.
        app_token: A token obtained elsewhere; the session uses it as it is and never logs in for its calls.

    Raises:
        ConfigurationError: Neither a partner with its secret nor a token, or a value that no header can carry.
    """

    app_key: str
    partner_id: str | None = None
    partner_secret: str | None = None
    app_token: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could not work before anything is sent."""
        for name in ("app_key", "partner_id", "partner_secret", "app_token"):
            value = getattr(self, name)
            if not (isinstance(value, str) and fits_a_header(value)) and (value is not None or name == "app_key"):
                variable = f"FINICITY_{name.upper()}"
                raise ConfigurationError(
                    f"Credentials: {name} ({variable}) must be text of printable ASCII without spaces"
                )
        if self.app_token is None and None in (self.partner_id, self.partner_secret):
            raise ConfigurationError("Credentials: give app_key, and partner_id with partner_secret or an app_token")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Credentials":
        """
        Read FINICITY_APP_KEY with FINICITY_PARTNER_ID and FINICITY_PARTNER_SECRET, or with FINICITY_APP_TOKEN.

        Raises:
            ConfigurationError: Variables are missing; the text names them.
        """
        names = ("app_key", "partner_id", "partner_secret", "app_token")
        found = {name: environ.get(f"FINICITY_{name.upper()}", "").strip() or None for name in names}
        needed = ("app_key",) if found["app_token"] else ("app_key", "partner_id", "partner_secret")
        if missing := [f"FINICITY_{name.upper()}" for name in needed if not found[name]]:
            raise ConfigurationError(
                f"Set {', '.join(missing)} in the environment (FINICITY_APP_TOKEN can stand for partner ID and secret)"
            )
        return cls(found.pop("app_key") or "", **found)

    def secrets(self) -> tuple[str, ...]:
        """Return the parts that are set, for masking."""
        return tuple(filter(None, (self.app_key, self.partner_id, self.partner_secret, self.app_token)))

    def fingerprint(self) -> str:
        """Return a hash of app key, partner and secret, by which sessions recognize them without showing them."""
        return digest(self.app_key, self.partner_id, self.partner_secret)

    def __repr__(self) -> str:
        """Show which parts are set and none of them."""
        names = [name for name in self.__slots__ if getattr(self, name) is not None]
        return f"Credentials({', '.join(f'{name}=***' for name in names)})"

    def __reduce_ex__(self, _: object) -> NoReturn:
        """Refuse to be pickled: a pickle would carry the secret in the clear."""
        raise TypeError(
            "Credentials hold secrets and cannot be pickled; read them from the environment in the other process"
        )


class Token(msgspec.Struct, frozen=True, eq=False):
    """A token and the moment on the session's clock when it was obtained; compared by identity."""

    value: str
    since: float

    def __repr__(self) -> str:
        """Show the moment alone."""
        return f"Token(since={self.since!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the moment alone in rich's tracebacks and logs, too."""
        return [("since", self.since)]

    def __reduce_ex__(self, _: object) -> NoReturn:
        """Refuse to be pickled: a pickle would carry the token in the clear."""
        raise TypeError("A Token is a secret and cannot be pickled")


class TokenStore(Protocol):
    """Where the token is kept between logins; share one among sessions that have the same credentials."""

    async def load(self) -> tuple[str, float] | None:
        """Return the token and its age in seconds, or None."""

    async def save(self, token: str) -> None:
        """Keep a token that was obtained just now, in place of an earlier one."""

    def lock(self) -> AbstractAsyncContextManager[object]:
        """Return a lock that is held from looking at the store to saving a new token."""
        ...


class LoginRecord(msgspec.Struct, frozen=True):
    """
    What is known of the logins with one partner secret.

    Attributes:
        unanswered: Logins without a clear answer since the last one with; one that is under way counts as such.
        accepted: Whether a login with this secret has succeeded.
        refusal: Text of the error of a refused login, or None when none was refused.
        status: HTTP status of the last answer, or None when that was lost.
        code: The vendor's code in a refusal.
    """

    unanswered: int = 0
    accepted: bool = False
    refusal: str | None = None
    status: int | None = None
    code: str | None = None


@runtime_checkable
class SharedLogins(Protocol):
    """
    What a token store has besides when all who share it are to send no more logins together than one session may.

    A fingerprint is a hash of app key, partner and secret (``Credentials.fingerprint``); it tells nothing about them.
    """

    def serves(self, credentials: Credentials, base_url: str) -> bool:
        """Return whether the store is for this partner, application and service."""
        ...

    async def load_logins(self, fingerprint: str) -> tuple[LoginRecord, float] | None:
        """
        Return what was last saved and its age in seconds, or None. Called inside the lock.

        Raises:
            TransportError: It cannot be known now, so no login is sent.
        """

    async def save_logins(self, fingerprint: str, record: LoginRecord) -> None:
        """
        Keep a record in place of an earlier one. Called inside the lock, before and after a login is sent.

        Raises:
            TransportError: It cannot be kept, so a login that was about to be sent is not.
        """

    def forget_logins(self, fingerprint: str) -> None:
        """Drop the record, before the next ``load_logins`` at the latest."""


class MemoryTokenStore:
    """
    The default store: in memory, for the sessions of one event loop that have the same partner and base URL.

    Args:
        clock: Seconds of a clock that never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._owner: tuple[str, str | None, str] | None = None
        self._token: Token | None = None
        self._logins: dict[str, tuple[LoginRecord, float]] = {}
        self._lock = asyncio.Lock()

    async def load(self) -> tuple[str, float] | None:
        """Return the token and its age in seconds, or None."""
        return None if self._token is None else (self._token.value, self._clock() - self._token.since)

    async def save(self, token: str) -> None:
        """Keep a token that was obtained just now, in place of an earlier one."""
        self._token = Token(token, self._clock())

    def lock(self) -> AbstractAsyncContextManager[object]:
        """Return a lock that is held from looking at the store to saving a new token."""
        return self._lock

    def serves(self, credentials: Credentials, base_url: str) -> bool:
        """Return whether the store is for this partner, application and service; those of the first session."""
        owner = (credentials.app_key, credentials.partner_id, base_url)
        if self._owner is None:
            self._owner = owner
        return owner == self._owner

    async def load_logins(self, fingerprint: str) -> tuple[LoginRecord, float] | None:
        """Return what was last saved and its age in seconds, or None."""
        if (kept := self._logins.get(fingerprint)) is None:
            return None
        record, saved_at = kept
        return record, self._clock() - saved_at

    async def save_logins(self, fingerprint: str, record: LoginRecord) -> None:
        """Keep a record in place of an earlier one."""
        self._logins[fingerprint] = (record, self._clock())

    def forget_logins(self, fingerprint: str) -> None:
        """Drop the record."""
        self._logins.pop(fingerprint, None)
