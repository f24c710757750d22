"""The commands ``profile save``, ``list``, ``show``, ``remove`` and ``path``."""

import os
from typing import Annotated

import cyclopts
import msgspec

from finicity_async.auth import Credentials
from finicity_async.cli.listing import print_line
from finicity_async.cli.profiles import (
    KEYS,
    Profile,
    folder,
    profile_names,
    profile_path,
    read_profile,
    service_of,
    write_profile,
)
from finicity_async.cli.terminal import AtLeastOne, Positive, TerminalOption
from finicity_async.errors import ConfigurationError

app: cyclopts.App = cyclopts.App(
    name="profile", help="Keep services under names, for --profile NAME and FINICITY_PROFILE."
)
"""The commands."""

_Flag = Annotated[bool, cyclopts.Parameter(negative="")]


@app.command
def save(
    name: str,
    /,
    *,
    base_url: str | None = None,
    limit: AtLeastOne | None = None,
    rate: Positive | None = None,
    with_keys: _Flag = False,
    replace: _Flag = False,
    terminal: TerminalOption,
) -> None:
    """
    Save what the FINICITY_* variables say as a profile; the keys only with --with-keys.

    --format is saved, too, as the form of results where none is given.

    Args:
        name: The name of the profile.
        base_url: Where the service is; FINICITY_BASE_URL, else the vendor's, when not given.
        limit: Customers at a time in fetch.
        rate: Most requests a second in fetch.
        with_keys: Save the app key and the partner secret, or the token, in a file that only you can read.
        replace: Replace the profile if there is one.
        terminal: Where notes go.
    """
    if not replace and profile_path(name).exists():
        raise ConfigurationError(f"Profile {name!r} is there: say --replace, or give another name.")
    found = _from_environment(base_url, with_keys=with_keys)
    settings = {"format": terminal.chosen, "limit": limit, "rate": rate}
    profile = msgspec.convert({**found, **settings}, Profile).checked()
    if profile.has_keys and not with_keys:
        raise ConfigurationError("FINICITY_PROXY holds a password: say --with-keys to save it, too, or unset it.")
    path = write_profile(name, profile)
    keys = "with keys" if profile.has_keys else "without keys"
    terminal.stderr.print(f"Saved {keys}, for {profile.base_url}: {path}", highlight=False, soft_wrap=True)


def _from_environment(base_url: str | None, *, with_keys: bool) -> dict[str, str | None]:
    """Return what the environment has for a service; partner and keys only when they are those of that service."""
    service = service_of(os.environ)
    base_url = service_of({"FINICITY_BASE_URL": base_url or service})
    found = {"base_url": base_url, "proxy": os.environ.get("FINICITY_PROXY", "").strip() or None}
    if base_url == service:
        found["partner_id"] = os.environ.get("FINICITY_PARTNER_ID", "").strip() or None
    if with_keys:
        if base_url != service:
            raise ConfigurationError(
                f"The keys in the environment are for {service}: set FINICITY_BASE_URL to save them."
            )
        credentials = Credentials.from_env()
        found |= {one: getattr(credentials, one) for one in KEYS}
    return found


@app.command(name="list")
def list_(*, terminal: TerminalOption) -> None:
    """
    List the profiles: name, service, whether there are keys in it.

    Args:
        terminal: Where to.
    """
    names = profile_names()
    if terminal.form("profile list", "table", "json") == "json":
        for name in names:
            print_line(msgspec.json.encode({"name": name} | _as_json(name)))
        return
    width = max(map(len, names), default=0)
    for name in names:
        line = f"{name:<{width}}  {_described(name)}"
        terminal.stdout.print(line, markup=False, highlight=False, soft_wrap=True)
    if not names:
        terminal.note("No profiles. Save one: finicity-async profile save NAME")


def _as_json(name: str) -> dict[str, object]:
    try:
        profile = read_profile(name)
    except ConfigurationError as error:
        return {"error": str(error)}
    return {"baseUrl": profile.base_url, "keys": profile.has_keys}


def _described(name: str) -> str:
    try:
        profile = read_profile(name)
    except ConfigurationError as error:
        return str(error)
    return f"{profile.base_url}  {'with keys' if profile.has_keys else 'without keys'}"


@app.command
def show(name: str, /, *, terminal: TerminalOption) -> None:
    """
    Show what a profile holds, with asterisks for keys and passwords.

    Args:
        name: The name of the profile.
        terminal: Where to.
    """
    profile = read_profile(name).masked()
    if terminal.form("profile show", "table", "json") == "json":
        print_line(msgspec.json.encode(profile))
        return
    terminal.stdout.print(profile.text(), end="", markup=False, highlight=False, soft_wrap=True)


@app.command
def remove(name: str, /, *, terminal: TerminalOption) -> None:
    """
    Remove a profile, with the keys in it.

    Args:
        name: The name of the profile.
        terminal: Where notes go.
    """
    path = profile_path(name)
    try:
        path.unlink()
    except FileNotFoundError:
        raise ConfigurationError(f"There is no profile {name!r}.") from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be removed: {error.strerror}") from None
    terminal.stderr.print(f"Removed {path}", highlight=False, soft_wrap=True)


@app.command
def path(name: str | None = None, /, *, terminal: TerminalOption) -> None:
    """
    Print the folder of the profiles, or the file of one, for an editor.

    Args:
        name: The name of the profile.
        terminal: Where to.
    """
    found = folder() if name is None else profile_path(name)
    terminal.stdout.print(str(found), markup=False, highlight=False, soft_wrap=True)
