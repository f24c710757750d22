"""
An asyncio client for the Finicity API (Mastercard Open Finance US).

The public names are imported when the first of them is used, at once but for the sandbox and what needs an extra. So
pytest, which imports the plugin in every run, pays next to nothing where it is not used.
"""

import importlib
from typing import TYPE_CHECKING, Any

from finicity_async._version import __version__

if TYPE_CHECKING:
    from finicity_async._pacing import SharedPacer
    from finicity_async._stats import SessionStats
    from finicity_async.aggregation import AggregationStatus, describe_status
    from finicity_async.auth import Credentials, MemoryTokenStore, SharedLogins, TokenStore
    from finicity_async.dask import map_customers_distributed as map_customers_distributed
    from finicity_async.endpoints.accounts import (
        delete_customer_account,
        delete_customer_accounts_by_institution_login,
        get_customer_account,
        get_customer_accounts,
        get_customer_accounts_by_institution,
        get_customer_accounts_by_institution_login,
        refresh_customer_accounts,
        refresh_customer_accounts_by_institution_login,
        refresh_customer_accounts_by_institution_login_v2,
        refresh_customer_accounts_v2,
    )
    from finicity_async.endpoints.authentication import create_token, modify_partner_secret
    from finicity_async.errors import (
        AggregationError,
        AuthenticationError,
        BadRequestError,
        ConfigurationError,
        ConflictError,
        FinicityError,
        NotFoundError,
        PayloadError,
        PermissionDeniedError,
        RateLimitError,
        RefreshTimeoutError,
        RequestTimeoutError,
        ServerError,
        StatusError,
        TransportError,
    )
    from finicity_async.fanout import CustomerMap, Outcome, map_customers
    from finicity_async.models import (
        AccessToken,
        CustomerAccount,
        CustomerAccountDetail,
        CustomerAccountPosition,
        CustomerAccounts,
    )
    from finicity_async.protocol import Id, Operation, Reply, Request
    from finicity_async.redis import RedisPacer as RedisPacer
    from finicity_async.redis import RedisTokenStore as RedisTokenStore
    from finicity_async.refresh import (
        RefreshBaseline,
        RefreshResult,
        refresh_and_wait,
        refresh_baseline,
        wait_for_refresh,
    )
    from finicity_async.sandbox import Sandbox
    from finicity_async.session import AsyncSession

__all__ = [
    "AccessToken",
    "AggregationError",
    "AggregationStatus",
    "AsyncSession",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "Credentials",
    "CustomerAccount",
    "CustomerAccountDetail",
    "CustomerAccountPosition",
    "CustomerAccounts",
    "CustomerMap",
    "FinicityError",
    "Id",
    "MemoryTokenStore",
    "NotFoundError",
    "Operation",
    "Outcome",
    "PayloadError",
    "PermissionDeniedError",
    "RateLimitError",
    "RefreshBaseline",
    "RefreshResult",
    "RefreshTimeoutError",
    "Reply",
    "Request",
    "RequestTimeoutError",
    "Sandbox",
    "ServerError",
    "SessionStats",
    "SharedLogins",
    "SharedPacer",
    "StatusError",
    "TokenStore",
    "TransportError",
    "__version__",
    "create_token",
    "delete_customer_account",
    "delete_customer_accounts_by_institution_login",
    "describe_status",
    "get_customer_account",
    "get_customer_accounts",
    "get_customer_accounts_by_institution",
    "get_customer_accounts_by_institution_login",
    "map_customers",
    "modify_partner_secret",
    "refresh_and_wait",
    "refresh_baseline",
    "refresh_customer_accounts",
    "refresh_customer_accounts_by_institution_login",
    "refresh_customer_accounts_by_institution_login_v2",
    "refresh_customer_accounts_v2",
    "wait_for_refresh",
]


_MODULES = (
    "_pacing",
    "_stats",
    "aggregation",
    "auth",
    "endpoints.accounts",
    "endpoints.authentication",
    "errors",
    "fanout",
    "models",
    "protocol",
    "refresh",
    "session",
)
"""Where the names are, as the type checkers read above."""

_ALONE = {
    "RedisPacer": "redis",
    "RedisTokenStore": "redis",
    "Sandbox": "sandbox",
    "map_customers_distributed": "dask",
}
"""Names that a service need not pay for; those that need an extra stand outside ``__all__``, for ``import *``."""


def __getattr__(name: str) -> Any:
    """Import what is asked for: one of the few that are imported alone, or everything else."""
    if name in _ALONE:
        return getattr(importlib.import_module(f"finicity_async.{_ALONE[name]}"), name)
    if not name.startswith("__"):
        _import_all()
    try:
        return globals()[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})


def _import_all() -> None:
    """Bring in the names; what a test has put in the place of one of them stays."""
    for module in _MODULES:
        found = vars(importlib.import_module(f"finicity_async.{module}"))
        for name in found.keys() & __all__:
            globals().setdefault(name, found[name])
