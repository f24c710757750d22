"""Credentials, the token, and where it is kept."""

import asyncio
import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import NoReturn, Protocol, runtime_checkable

from finicity_async.errors import AuthenticationError, ConfigurationError
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
_HEADER_TEXT = re.compile(r"[!-~]+")


def fits_a_header(text: str) -> bool:
    """Return whether a header can carry a text: printable ASCII without spaces, and not empty."""
    return _HEADER_TEXT.fullmatch(text) is not None


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
                raise ConfigurationError(f"Credentials: {name} must be text of printable ASCII without spaces")
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

    def __repr__(self) -> str:
        """Show which parts are set and none of them."""
        names = [name for name in self.__slots__ if getattr(self, name) is not None]
        return f"Credentials({', '.join(f'{name}=***' for name in names)})"

    def __reduce_ex__(self, _: object) -> NoReturn:
        """Refuse to be pickled: a pickle would carry the secret in the clear."""
        raise TypeError(
            "Credentials hold secrets and cannot be pickled; read them from the environment in the other process"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A token and the moment on the session's clock when it was obtained; compared by identity."""

    value: str = field(repr=False)
    since: float

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


@runtime_checkable
class SharedLogins(Protocol):
    """What a token store has besides when other processes are to know how a login ended."""

    def serves(self, credentials: Credentials) -> bool:
        """Return whether the store was made for this partner and application."""
        ...

    async def before_login(self, credentials: Credentials) -> None:
        """
        Check, inside the lock, whether a login may be sent.

        Raises:
            AuthenticationError: Another process was refused with these credentials.
            TransportError: Whether one was cannot be known now, so nothing is sent.
        """

    async def after_login(self, credentials: Credentials, refusal: AuthenticationError | None) -> None:
        """Tell the others that these credentials were refused, or taken when ``refusal`` is None."""


class MemoryTokenStore:
    """
    The default store: in memory, for the sessions of one event loop.

    Args:
        clock: Seconds of a clock that never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._token: Token | None = None
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
