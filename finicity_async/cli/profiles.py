"""Profiles: which service, as which partner, in a file for each; and what the environment adds to one."""

import json
import math
import os
import re
import stat
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import platformdirs
from yarl import URL

from finicity_async._options import checked_base_url, checked_proxy
from finicity_async.auth import Credentials
from finicity_async.errors import ConfigurationError
from finicity_async.session import BASE_URL

KEYS = ("app_key", "partner_secret", "app_token")
"""Members of a profile that are there only when the user asked for it."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    What a profile's file holds.

    Attributes:
        base_url: Where the service is; never left out, so that no profile leads where nobody said.
        proxy: A proxy to go through.
        partner_id: As whom.
        app_key: The partner's app key.
        partner_secret: The partner's secret.
        app_token: A token that was obtained elsewhere.
        format: The form of results where ``--format`` is not given and the command has it.
        limit: ``--limit`` of ``fetch`` where it is not given.
        rate: ``--rate`` of ``fetch`` where it is not given.
    """

    base_url: str
    proxy: str | None = None
    partner_id: str | None = None
    app_key: str | None = None
    partner_secret: str | None = None
    app_token: str | None = None
    format: Literal["table", "json", "csv"] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] | None = None
    rate: Annotated[float, msgspec.Meta(gt=0)] | None = None

    def checked(self) -> "Profile":
        """
        Return the profile with its URLs in one form.

        Raises:
            ConfigurationError: A value could not work; the text does not show it.
        """
        base_url = checked_base_url(self.base_url)
        checked_proxy(self.proxy, base_url)
        if self.rate is not None and not math.isfinite(self.rate):
            raise ConfigurationError("rate must be a number of requests")
        if any(
            getattr(self, name) for name in KEYS
        ):  # All of them, so that none is ever sent beside another partner's.
            Credentials(self.app_key or "", self.partner_id, self.partner_secret, self.app_token)
        Credentials("-", self.partner_id or "-", "-")
        return msgspec.structs.replace(self, base_url=base_url)

    @property
    def has_keys(self) -> bool:
        """Whether there is a key in it, or a proxy's password."""
        return any(getattr(self, name) for name in KEYS) or bool(self.proxy and URL(self.proxy).password)

    def masked(self) -> "Profile":
        """Return the profile with asterisks for the keys."""
        hidden = {name: "***" for name in KEYS if getattr(self, name)}
        proxy = URL(self.proxy or "")
        if proxy.password:
            hidden["proxy"] = str(proxy.with_password("***"))
        return msgspec.structs.replace(self, **hidden)

    def text(self) -> str:
        """Return the profile as TOML."""
        # Text is checked to be printable ASCII: as a JSON string it is one of TOML, too.
        return "".join(f"{name} = {json.dumps(value)}\n" for name, value in msgspec.to_builtins(self).items())

    def __repr__(self) -> str:
        """Show which members are set and no key."""
        return f"Profile({', '.join(self.masked().text().splitlines())})"


def folder() -> Path:
    """Return where the profiles are."""
    return platformdirs.user_config_path("finicity-async", appauthor=False) / "profiles"


def profile_path(name: str) -> Path:
    """
    Return the file of a profile, whether or not it is there.

    Raises:
        ConfigurationError: That cannot be the name of a profile.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{name!r} cannot name a profile: letters, digits, - and _, 64 of them at most")
    return folder() / f"{name}.toml"


def profile_names() -> list[str]:
    """Return the names of the profiles that there are."""
    return sorted(path.stem for path in folder().glob("*.toml") if _NAME.fullmatch(path.stem))


def read_profile(name: str) -> Profile:
    """
    Return a profile.

    Raises:
        ConfigurationError: There is none of that name, it cannot be used, or others could read the keys in it.
    """
    path = profile_path(name)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            profile = msgspec.convert(tomllib.load(file), Profile).checked()
    except FileNotFoundError:
        there = ", ".join(profile_names()) or "none"
        raise ConfigurationError(f"There is no profile {name!r}. Those that there are: {there}.") from None
    except (OSError, ValueError, msgspec.ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(f"Profile {name!r} cannot be used: {reason} ({path})") from None
    if profile.has_keys and mode & _OTHERS and os.name != "nt":
        raise ConfigurationError(f"Profile {name!r} has keys that others on this machine can read: chmod 600 {path}")
    return profile


def write_profile(name: str, profile: Profile) -> Path:
    """
    Write a profile that only this user can read, at once or not at all; return its file.

    Raises:
        ConfigurationError: It cannot be written.
    """
    path = profile_path(name)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, written = tempfile.mkstemp(dir=path.parent)  # Mode 0600.
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(profile.text())
                file.flush()
                os.fsync(handle)
            Path(written).replace(path)
        finally:
            Path(written).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
    return path


def service_of(environ: Mapping[str, str]) -> str:
    """Return where the keys of an environment belong: FINICITY_BASE_URL, or the vendor's service."""
    return checked_base_url(environ.get("FINICITY_BASE_URL", "").strip() or BASE_URL)


def variables(name: str, profile: Profile, environ: Mapping[str, str]) -> dict[str, str]:
    """
    Return the FINICITY_* variables that a profile and an environment make together.

    The environment goes first; the keys come from one of the two as a whole. Where the two disagree about the service
    or the partner, nothing is made of them: a key would go where it does not belong.

    Args:
        name: The profile's name.
        profile: The profile.
        environ: The environment.

    Raises:
        ConfigurationError: They disagree, or there are no keys.
    """
    members = ("proxy", "partner_id", *KEYS)
    given = {one: value for one in members if (value := environ.get(f"FINICITY_{one.upper()}", "").strip())}
    has_keys = any(one in given for one in KEYS)
    is_other_partner = given.get("partner_id", profile.partner_id) != profile.partner_id
    if has_keys or is_other_partner or environ.get("FINICITY_BASE_URL", "").strip():
        _check_service(name, profile, service_of(environ))
    if is_other_partner and profile.partner_id:
        raise ConfigurationError(f"FINICITY_PARTNER_ID is another partner than that of profile {name!r}. Unset it.")
    if not has_keys and not any(getattr(profile, one) for one in KEYS):
        raise ConfigurationError(f"Profile {name!r} has no keys: set FINICITY_APP_KEY and FINICITY_PARTNER_SECRET.")
    taken = [one for one in members if not (has_keys and one in KEYS)]
    found = {"base_url": profile.base_url} | {one: getattr(profile, one) for one in taken} | given
    return {f"FINICITY_{one.upper()}": value for one, value in found.items() if value} | {"FINICITY_PROFILE": name}


def _check_service(name: str, profile: Profile, service: str) -> None:
    if service != profile.base_url:
        raise ConfigurationError(
            f"Profile {name!r} is for {profile.base_url}, and the FINICITY_* variables of the environment are for "
            f"{service}. Unset them, or leave the profile out."
        )


@contextmanager
def used(name: str) -> Iterator[Profile | None]:
    """
    Have the FINICITY_* variables of a profile in the environment, and no others, for what a command does.

    Args:
        name: The profile's name; when empty, the environment stays as it is.

    Raises:
        ConfigurationError: The profile cannot be used, or not in this environment.
    """
    if not name:
        yield None
        return
    profile = read_profile(name)
    found = variables(name, profile, os.environ)
    before = {name: value for name, value in os.environ.items() if name.startswith("FINICITY_")}
    try:
        _set(found)
        yield profile
    finally:
        _set(before)


def _set(found: Mapping[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("FINICITY_")]:
        del os.environ[name]
    os.environ.update(found)
