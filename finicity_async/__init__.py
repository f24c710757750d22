"""
An asyncio client for the Finicity API (Mastercard Open Finance US).

The public names are imported when the first of them is used, at once but for those that many programs do without:
fan-out, refreshing, pages, webhooks, the sandbox and what needs an extra. So pytest, which imports the plugin in every
run, pays next to nothing where it is not used.
"""

import importlib
from typing import TYPE_CHECKING

from finicity_async._version import __version__

if TYPE_CHECKING:
    from finicity_async._pipeline.limiting import SharedPacer
    from finicity_async._pipeline.stats import SessionStats
    from finicity_async.auth import Credentials, LoginRecord, MemoryTokenStore, SharedLogins, TokenStore
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
    from finicity_async.endpoints.customers import find_or_create_customer
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
        ReportFailedError,
        ReportTimeoutError,
        RequestTimeoutError,
        ServerError,
        StatusError,
        TransportError,
        UntrustedCertificateError,
        WebhookError,
    )
    from finicity_async.fanout import CustomerMap, Outcome, map_customers
    from finicity_async.integrations.dask import map_customers_distributed as map_customers_distributed
    from finicity_async.integrations.opentelemetry import OpenTelemetryListener as OpenTelemetryListener
    from finicity_async.integrations.redis import RedisPacer as RedisPacer
    from finicity_async.integrations.redis import RedisTokenStore as RedisTokenStore
    from finicity_async.models import (
        AccessToken,
        CustomerAccount,
        CustomerAccountDetail,
        CustomerAccountPosition,
        CustomerAccounts,
    )
    from finicity_async.operation import Id, Operation, Request, Response
    from finicity_async.pagination import iter_customers, iter_institutions
    from finicity_async.pagination_by_date import iter_transactions
    from finicity_async.refresh import (
        RefreshBaseline,
        RefreshResult,
        refresh_and_wait,
        refresh_baseline,
        wait_for_refresh,
    )
    from finicity_async.refresh.transactions import refresh_transactions_and_wait
    from finicity_async.reporting import generate_and_wait, wait_for_report
    from finicity_async.sandbox import Sandbox
    from finicity_async.session import AsyncSession
    from finicity_async.status_codes import AggregationStatus, describe_status
    from finicity_async.sync import RemovedTransaction, TransactionChanges, sync_transactions
    from finicity_async.webhooks import (
        ConnectEvent,
        UnverifiedReportEvent,
        UnverifiedTxPushEvent,
        answer_txpush_verification,
        read_connect_event,
        read_report_event,
        read_txpush_event,
    )

__all__ = [
    "AccessToken",
    "AggregationError",
    "AggregationStatus",
    "AsyncSession",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "ConnectEvent",
    "Credentials",
    "CustomerAccount",
    "CustomerAccountDetail",
    "CustomerAccountPosition",
    "CustomerAccounts",
    "CustomerMap",
    "FinicityError",
    "Id",
    "LoginRecord",
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
    "RemovedTransaction",
    "ReportFailedError",
    "ReportTimeoutError",
    "Request",
    "RequestTimeoutError",
    "Response",
    "Sandbox",
    "ServerError",
    "SessionStats",
    "SharedLogins",
    "SharedPacer",
    "StatusError",
    "TokenStore",
    "TransactionChanges",
    "TransportError",
    "UntrustedCertificateError",
    "UnverifiedReportEvent",
    "UnverifiedTxPushEvent",
    "WebhookError",
    "__version__",
    "answer_txpush_verification",
    "create_token",
    "delete_customer_account",
    "delete_customer_accounts_by_institution_login",
    "describe_status",
    "find_or_create_customer",
    "generate_and_wait",
    "get_customer_account",
    "get_customer_accounts",
    "get_customer_accounts_by_institution",
    "get_customer_accounts_by_institution_login",
    "iter_customers",
    "iter_institutions",
    "iter_transactions",
    "map_customers",
    "modify_partner_secret",
    "read_connect_event",
    "read_report_event",
    "read_txpush_event",
    "refresh_and_wait",
    "refresh_baseline",
    "refresh_customer_accounts",
    "refresh_customer_accounts_by_institution_login",
    "refresh_customer_accounts_by_institution_login_v2",
    "refresh_customer_accounts_v2",
    "refresh_transactions_and_wait",
    "sync_transactions",
    "wait_for_refresh",
    "wait_for_report",
]

# In the sight of the type checkers, a ``__getattr__`` would make every misspelt name an Any.
if not TYPE_CHECKING:  # pragma: no branch -- it is False whenever this runs
    _MODULES = (
        "_pipeline.limiting",
        "_pipeline.stats",
        "auth",
        "endpoints.accounts",
        "endpoints.authentication",
        "errors",
        "models",
        "operation",
        "session",
        "status_codes",
    )
    """Modules of the names in ``__all__``, imported together when the first of these names is used."""

    _MODULE_OF = {
        "ConnectEvent": "webhooks",
        "CustomerMap": "fanout",
        "OpenTelemetryListener": "integrations.opentelemetry",
        "Outcome": "fanout",
        "RedisPacer": "integrations.redis",
        "RedisTokenStore": "integrations.redis",
        "RefreshBaseline": "refresh",
        "RefreshResult": "refresh",
        "RemovedTransaction": "sync",
        "Sandbox": "sandbox",
        "TransactionChanges": "sync",
        "UnverifiedReportEvent": "webhooks",
        "UnverifiedTxPushEvent": "webhooks",
        "answer_txpush_verification": "webhooks",
        "find_or_create_customer": "endpoints.customers",
        "generate_and_wait": "reporting",
        "iter_customers": "pagination",
        "iter_institutions": "pagination",
        "iter_transactions": "pagination_by_date",
        "map_customers": "fanout",
        "map_customers_distributed": "integrations.dask",
        "read_connect_event": "webhooks",
        "read_report_event": "webhooks",
        "read_txpush_event": "webhooks",
        "refresh_and_wait": "refresh",
        "refresh_baseline": "refresh",
        "refresh_transactions_and_wait": "refresh.transactions",
        "sync_transactions": "sync",
        "wait_for_refresh": "refresh",
        "wait_for_report": "reporting",
    }
    """Names imported one by one. Those that need an extra stand outside ``__all__``, so ``import *`` works without."""

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used."""
        if name in _MODULE_OF:
            return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
        if not name.startswith("__"):
            for module in _MODULES:
                found = vars(importlib.import_module(f"{__name__}.{module}"))
                for public in found.keys() & __all__:
                    globals().setdefault(public, found[public])  # What a test has replaced stays replaced.
        try:
            return globals()[name]
        except KeyError:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None

    def __dir__() -> list[str]:
        """List the public names, imported or not."""
        return sorted({*globals(), *__all__})
