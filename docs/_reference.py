"""
The pages of the reference, made from the docstrings when the site is built.

The vendor's operations and records need no line here: each tag has a page with all of them. Any other public name
stands in ``PAGES``, and a test fails where one is missing.
"""

import importlib.util
import inspect
import pkgutil
import pydoc
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, get_type_hints

import msgspec

import finicity_async
from finicity_async import endpoints, models, sandbox
from finicity_async.models import Record
from finicity_async.sandbox import Fault, faults


class Page(NamedTuple):
    """One page: what stands above the names, and the names, each below ``finicity_async``."""

    title: str
    text: str
    names: tuple[str, ...]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"``{name}``" for name in names)


_FAULTS = tuple(name for name in faults.__all__ if name in sandbox.__all__)

PAGES = {
    "session": Page(
        "Session",
        "The session, the credentials that it is opened with, and what several processes share.",
        (
            "AsyncSession",
            "SessionStats",
            "Credentials",
            "TokenStore",
            "MemoryTokenStore",
            "SharedLogins",
            "LoginRecord",
            "auth.Token",
            "SharedPacer",
        ),
    ),
    "requests": Page(
        "Operations, requests, responses",
        "A row describes an operation of the vendor's; the session sends the request that it makes.",
        ("Operation", "Request", "Response", "Id"),
    ),
    "many-customers": Page(
        "Many customers",
        "One function over many customers, and records read page by page.",
        (
            "map_customers",
            "CustomerMap",
            "Outcome",
            "iter_customers",
            "iter_institutions",
            "pagination.iter_records",
            "pagination.Page",
        ),
    ),
    "refreshing": Page(
        "Refreshing",
        "A refresh costs money and is sent once; the vendor forbids automating it.",
        (
            "refresh_and_wait",
            "wait_for_refresh",
            "refresh_baseline",
            "refresh_transactions_and_wait",
            "RefreshResult",
            "RefreshBaseline",
        ),
    ),
    "waiting-for-reports": Page(
        "Waiting for reports",
        "A report is billed and asked for once; then it is read by its ID.",
        ("generate_and_wait", "wait_for_report"),
    ),
    "reading-transactions": Page(
        "Reading transactions",
        "All transactions of a period, and what has changed since a bookmark.",
        ("iter_transactions", "sync_transactions", "TransactionChanges", "RemovedTransaction"),
    ),
    "webhooks": Page(
        "Webhooks",
        ".. automodule:: finicity_async.webhooks",
        (
            "read_connect_event",
            "ConnectEvent",
            "webhooks.Ping",
            "webhooks.Added",
            "webhooks.AccountsDeleted",
            "webhooks.Done",
            "read_report_event",
            "UnverifiedReportEvent",
            "answer_txpush_verification",
            "read_txpush_event",
            "UnverifiedTxPushEvent",
            "webhooks.UnverifiedTransactionsEvent",
            "webhooks.UnverifiedAccountsEvent",
        ),
    ),
    "errors": Page(
        "Errors",
        ".. automodule:: finicity_async.errors",
        (
            "FinicityError",
            "ConfigurationError",
            "TransportError",
            "RequestTimeoutError",
            "UntrustedCertificateError",
            "StatusError",
            "BadRequestError",
            "AuthenticationError",
            "PermissionDeniedError",
            "NotFoundError",
            "ConflictError",
            "RateLimitError",
            "ServerError",
            "AggregationError",
            "PayloadError",
            "RefreshTimeoutError",
            "ReportFailedError",
            "ReportTimeoutError",
            "WebhookError",
            "describe_status",
            "AggregationStatus",
        ),
    ),
    "events": Page(
        "Events",
        ".. automodule:: finicity_async.events",
        (
            "events.Event",
            "events.Called",
            "events.Sent",
            "events.Answered",
            "events.WillRetry",
            "events.Paused",
            "events.SlowedDown",
            "events.LoggedIn",
            "events.LoginRefused",
            "events.Finished",
        ),
    ),
    "record": Page("What every record can do", "All records of the vendor derive from this class.", ("models.Record",)),
    "faults": Page(
        "Faults of the sandbox",
        ".. automodule:: finicity_async.sandbox.faults",
        tuple(f"sandbox.{name}" for name in _FAULTS),
    ),
    "sandbox": Page(
        "Sandbox",
        ".. automodule:: finicity_async.sandbox",
        (
            "Sandbox",
            "sandbox.clock.Clock",
            "sandbox.records.Customers",
            "sandbox.directory.Institutions",
            "sandbox.made_reports.Reports",
            "sandbox.made_reports.MadeReport",
            *(f"sandbox.{name}" for name in sandbox.__all__ if name not in (*_FAULTS, "Sandbox")),
        ),
    ),
    "redis": Page("Redis", ".. automodule:: finicity_async.integrations.redis", ("RedisTokenStore", "RedisPacer")),
    "dask": Page("Dask", ".. automodule:: finicity_async.integrations.dask", ("map_customers_distributed",)),
    "opentelemetry": Page(
        "OpenTelemetry", ".. automodule:: finicity_async.integrations.opentelemetry", ("OpenTelemetryListener",)
    ),
    "pytest": Page(
        "Pytest plugin",
        ".. automodule:: finicity_async.pytest_plugin",
        tuple(
            f"pytest_plugin.{name}"
            for name in (
                "finicity_sandbox",
                "finicity_session",
                "finicity_webhook",
                "finicity_env",
                "finicity_sandbox_options",
            )
        ),
    ),
    "command": Page(
        "The command",
        ".. cyclopts:: finicity_async.cli.commands:app"
        "\n   :heading-level: 2\n   :flatten-commands:\n   :usage-name: finicity-async",
        (),
    ),
}


_DATA = {
    "Id": "A vendor ID, as text or as a number: ``str | int``. ASCII letters, digits, ``-`` and ``_``.",
    "sandbox.ACCOUNT_TYPES": f"The types of accounts that the sandbox has: {_listed(sandbox.ACCOUNT_TYPES)}.",
    "sandbox.Account": "An account as a plain dict, as on the wire: ``dict[str, Any]``.",
    "sandbox.QUIRKS": f"The names for ``Quirk``: {_listed(faults.QUIRKS)}.",
    "sandbox.REFRESH_QUIRKS": f"The names for ``RefreshQuirk``: {_listed(faults.REFRESH_QUIRKS)}.",
    "sandbox.TRANSACTION_QUIRKS": f"The names for ``TransactionQuirk``: {_listed(faults.TRANSACTION_QUIRKS)}.",
}
"""Public names that are no classes or functions, and have no docstring that Python keeps."""


def tags() -> list[str]:
    """Return the modules of operations and of records, each of which is a page."""
    found = {module.name for package in (endpoints, models) for module in pkgutil.iter_modules(package.__path__)}
    return sorted(name for name in found if not name.startswith("_"))


def names_of(module: str) -> list[str]:
    """Return the classes and functions that a module defines, in their order, by the shortest path to each."""
    found = importlib.import_module(module)
    own = {name: value for name, value in vars(found).items() if getattr(value, "__module__", None) == module}
    public = [name for name, value in own.items() if name[0] != "_" and (inspect.isclass(value) or callable(value))]
    return [_shortest(module, name) for name in sorted(public, key=lambda name: inspect.getsourcelines(own[name])[1])]


def _shortest(module: str, name: str) -> str:
    """Return where a name is imported from, below ``finicity_async``."""
    value = getattr(importlib.import_module(module), name)
    for parent in (finicity_async, models, sandbox):
        if getattr(parent, name, None) is value and name in dir(parent):
            return f"{parent.__name__}.{name}".removeprefix("finicity_async.")
    return f"{module}.{name}".removeprefix("finicity_async.")


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page."""
    for name, page in PAGES.items():
        yield name, "\n\n".join([_heading(page.title, "="), page.text, *map(_directive, page.names)])
    for tag in tags():
        yield f"tags/{tag}", "\n\n".join([_heading(tag.replace("_", " ").capitalize(), "="), *_parts_of(tag)])


def _parts_of(tag: str) -> Iterator[str]:
    """Yield the functions of a tag, if it has any, and its records."""
    for package, title in (("endpoints", "Operations"), ("models", "Records")):
        module = f"finicity_async.{package}.{tag}"
        if importlib.util.find_spec(module):
            yield _heading(title, "-")
            yield f".. automodule:: {module}"
            yield from map(_directive, names_of(module))


@cache
def _documented() -> frozenset[str]:
    """Return every name of the reference."""
    modules = [f"finicity_async.{package}.{tag}" for package in ("endpoints", "models") for tag in tags()]
    by_tag = [name for module in modules if importlib.util.find_spec(module) for name in names_of(module)]
    return frozenset(by_tag).union(*(page.names for page in PAGES.values()))


def _heading(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}"


def _directive(name: str) -> str:
    """Return the directive that documents a name."""
    path = f"finicity_async.{name}"
    value = pydoc.locate(path)
    if name in _DATA:
        return f".. py:data:: {path}\n\n   {_DATA[name]}"
    if not isinstance(value, type):
        return f".. autofunction:: {path}"
    kind = "exception" if issubclass(value, BaseException) else "class"
    members = _members_of(value)
    shown = "" if members is None else f"\n   :members: {', '.join(members)}"
    bases = "\n   :show-inheritance:" if public_bases(value) else ""
    return f".. auto{kind}:: {path}{bases}{shown}"


def public_bases(cls: type) -> list[type]:
    """Return the bases that a reader has a use for: public ones of the library, and errors of Python."""
    own = [base for base in cls.__bases__ if base.__module__.startswith("finicity_async.")]
    errors = [base for base in cls.__bases__ if base.__module__ == "builtins" and base is not object]
    return [base for base in own if _shortest(base.__module__, base.__name__) in _documented()] + errors


def _members_of(cls: type) -> list[str] | None:
    """Return which members to show; none named stands for all that the class itself defines, None for none at all."""
    if not issubclass(cls, msgspec.Struct):
        return []
    if issubclass(cls, Fault):
        fields = cls.__struct_fields__
        return [name for name in fields if cls is Fault or name not in Fault.__struct_fields__] or None
    base = Record if issubclass(cls, Record) and cls is not Record else msgspec.Struct
    others = [name for name in dir(cls) if name not in cls.__struct_fields__]
    return [name for name in (*cls.__struct_fields__, *others) if name[0] != "_" and not hasattr(base, name)] or None


def _drop_bounds() -> None:
    """Take the bounds that msgspec checks out of the annotations that Sphinx shows; msgspec reads the same ones."""
    for name in _documented():
        value = pydoc.locate(f"finicity_async.{name}")
        if isinstance(value, type) and issubclass(value, msgspec.Struct):
            value.__annotations__ = get_type_hints(value)


def write(folder: Path) -> None:
    """Write the pages into a folder, where they have changed, so that only these are built again."""
    _drop_bounds()
    for name, text in pages():
        path = folder / f"{name}.rst"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
