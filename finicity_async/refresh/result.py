"""What has become of a refresh, told from the server's own dates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from finicity_async.errors import ConfigurationError
from finicity_async.models import CustomerAccount, CustomerAccounts
from finicity_async.status_codes import IN_PROGRESS, SUCCESS

_PENDING = "pending"
_RESOLUTION = timedelta(seconds=1)
"""Of the server's dates: an attempt in the second in which the baseline was read may be a later one."""


@dataclass(frozen=True, slots=True)
class RefreshBaseline:
    """
    Where the accounts stood before a refresh; plain data to be stored or sent to another process.

    Attributes:
        attempts: Account ID -> date of the last aggregation attempt by the server's clock, None before the first.
    """

    attempts: Mapping[str, datetime | None]


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """
    What is known of a refresh; accounts are in the vendor's order.

    Attributes:
        accounts: All accounts that were read last, those that were never activated (status pending) included.
        succeeded: Accounts with a new attempt that worked.
        failed: Accounts with a new attempt that did not; ``account.aggregation`` says why and what to do.
        pending: Accounts whose attempt has not ended.
        vanished: IDs of accounts that were listed before the refresh and are not any more.
        complete: Whether the accounts were read and none of them is pending.
    """

    accounts: tuple[CustomerAccount, ...] = ()
    succeeded: tuple[CustomerAccount, ...] = ()
    failed: tuple[CustomerAccount, ...] = ()
    pending: tuple[CustomerAccount, ...] = ()
    vanished: tuple[str, ...] = ()
    complete: bool = False


def check_baseline(baseline: RefreshBaseline) -> None:
    """
    Make sure that a baseline, which may come from a store, can be compared with the accounts.

    Raises:
        ConfigurationError: It is not what ``refresh_baseline`` returned.
    """
    attempts: object = baseline.attempts
    if not isinstance(attempts, Mapping) or not all(map(_is_comparable, attempts.values())):
        raise ConfigurationError(
            "baseline: .attempts gives each account ID an aware datetime, or None before the first attempt; "
            "store it as it was. Nothing was sent."
        )
    if not attempts:
        raise ConfigurationError("baseline: it has no account, so there is nothing to wait for. Nothing was sent.")


def check_overlap(baseline: RefreshBaseline, accounts: CustomerAccounts) -> None:
    """
    Make sure that a baseline is of the customer whose accounts were read.

    Raises:
        ConfigurationError: It shares no account with them, so the dates of one say nothing about the other.
    """
    active = [account.id for account in accounts if account.status != _PENDING]
    if active and baseline.attempts.keys().isdisjoint(active):
        raise ConfigurationError(
            "baseline: none of its accounts is listed, so it is of another customer or login. No refresh was sent."
        )


def _is_comparable(date: object) -> bool:
    return date is None or (isinstance(date, datetime) and date.utcoffset() is not None)


def evaluate(
    baseline: RefreshBaseline, accounts: Iterable[CustomerAccount], since: datetime | None = None
) -> RefreshResult:
    """
    Sort accounts by what has become of a refresh since the baseline.

    Args:
        baseline: Where the accounts stood.
        accounts: The accounts now.
        since: When the baseline was read, by the server's clock, or None where that is not known.
    """
    accounts = tuple(accounts)
    sorted_: dict[str, list[CustomerAccount]] = {"succeeded": [], "failed": [], "pending": []}
    for account in accounts:
        if account.status != _PENDING:
            sorted_[_outcome(account, baseline, since)].append(account)
    there = {account.id for account in accounts}
    return RefreshResult(
        accounts=accounts,
        vanished=tuple(one for one in baseline.attempts if one not in there),
        complete=not sorted_["pending"],
        **{outcome: tuple(found) for outcome, found in sorted_.items()},
    )


def _outcome(account: CustomerAccount, baseline: RefreshBaseline, since: datetime | None) -> str:
    """Compare an account with the server's own earlier date; the local clock plays no part."""
    attempt, success, code = (
        account.aggregation_attempt_date,
        account.aggregation_success_date,
        account.aggregation_status_code,
    )
    if attempt is None or not has_moved(account, baseline, since) or code is None or code in IN_PROGRESS:
        return "pending"
    if code != SUCCESS:
        return "failed"
    return "succeeded" if success is not None and success >= attempt else "pending"


def has_moved(account: CustomerAccount, baseline: RefreshBaseline, since: datetime | None) -> bool:
    """
    Return whether an account was attempted since.

    One that was not there before has to be later than any of the others, or where those have no dates either, as in a
    list that was empty for a moment, than the baseline itself.
    """
    attempt = account.aggregation_attempt_date
    if attempt is None or account.status == _PENDING:
        return False
    earliest = None if since is None else since - _RESOLUTION
    newest = max(filter(None, baseline.attempts.values()), default=earliest)
    before = baseline.attempts.get(account.id, newest)
    return before is None or attempt > before


def baseline_of(accounts: Iterable[CustomerAccount]) -> RefreshBaseline:
    """Note where accounts stand; those that were never activated are not refreshed."""
    return RefreshBaseline(
        {account.id: account.aggregation_attempt_date for account in accounts if account.status != _PENDING}
    )


def are_fresh(accounts: CustomerAccounts, now: datetime | None, max_age: float) -> bool:
    """Return whether the last success of every account is younger than ``max_age`` seconds, by the server's clock."""
    successes = [account.aggregation_success_date for account in accounts if account.status != _PENDING]
    return now is not None and all(
        success is not None and (now - success).total_seconds() < max_age for success in successes
    )


def by_code(accounts: CustomerAccounts) -> RefreshResult:
    """Sort accounts that were not refreshed by what their last aggregation says."""
    active = [account for account in accounts if account.status != _PENDING]
    pending = tuple(one for one in active if one.aggregation_status_code in IN_PROGRESS)
    return RefreshResult(
        accounts=accounts.accounts,
        succeeded=tuple(one for one in active if one.aggregation_status_code in (None, SUCCESS)),
        pending=pending,
        complete=not pending,
        failed=tuple(one for one in active if one.aggregation_status_code not in {None, SUCCESS, *IN_PROGRESS}),
    )
