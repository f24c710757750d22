"""What has become of a refresh, told from the server's own dates."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from finicity_async.errors import ConfigurationError
from finicity_async.models import CustomerAccount, CustomerAccounts
from finicity_async.status_codes import IN_PROGRESS, SUCCESS

Outcome = Literal["succeeded", "failed", "pending"]
"""What has become of one account."""

_PENDING = "pending"
_RESOLUTION = timedelta(seconds=1)
"""Of the server's dates: an attempt in the second in which the baseline was read may be a later one."""


@dataclass(frozen=True)
class RefreshBaseline:
    """
    Where the accounts stood before a refresh; plain data to be stored or sent to another process.

    Attributes:
        attempts: Account ID -> date of the last aggregation attempt by the server's clock, None before the first.
        refresh_id: The vendor's ID of a refresh of transactions, once it is known; None for any other refresh.
        selected: Whether the refresh is for these accounts alone, as one of transactions is; others are left out.
    """

    attempts: Mapping[str, datetime | None]
    refresh_id: str | None = None
    selected: bool = False

    def __setstate__(self, state: Any) -> None:
        """Take what was pickled; a baseline of an older version, whose class had slots, is a list of one value."""
        # No slots here: on Python 3.11 a dataclass with slots that is frozen replaces this method.
        vars(self).update({"attempts": state[0]} if isinstance(state, list) else state)


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
        baseline: What ``wait_for_refresh`` goes on with, should this process end; None when nothing was sent.
    """

    accounts: tuple[CustomerAccount, ...] = ()
    succeeded: tuple[CustomerAccount, ...] = ()
    failed: tuple[CustomerAccount, ...] = ()
    pending: tuple[CustomerAccount, ...] = ()
    vanished: tuple[str, ...] = ()
    complete: bool = False
    baseline: RefreshBaseline | None = None


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
    if not isinstance(baseline.refresh_id, str | None):
        raise ConfigurationError("baseline: .refresh_id is text or None; store it as it was. Nothing was sent.")
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
            "None of the accounts to wait for is listed: they are of another customer or login. No refresh was sent.",
            advice="Give the baseline that was stored for this customer and login.",
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
    return sort(baseline, accounts, lambda account: outcome_by_dates(account, baseline, since))


def sort(
    baseline: RefreshBaseline,
    accounts: Iterable[CustomerAccount],
    outcome_of: Callable[[CustomerAccount], Outcome | None],
) -> RefreshResult:
    """Sort the accounts that a baseline is about by their outcomes; those without one are not refreshed."""
    accounts = tuple(one for one in accounts if not baseline.selected or one.id in baseline.attempts)
    sorted_: dict[str, list[CustomerAccount]] = {"succeeded": [], "failed": [], "pending": []}
    for account in accounts:
        if (outcome := outcome_of(account)) is not None:
            sorted_[outcome].append(account)
    there = {account.id for account in accounts}
    return RefreshResult(
        accounts=accounts,
        vanished=tuple(one for one in baseline.attempts if one not in there),
        complete=not sorted_["pending"],
        baseline=baseline,
        **{outcome: tuple(found) for outcome, found in sorted_.items()},
    )


def outcome_by_dates(account: CustomerAccount, baseline: RefreshBaseline, since: datetime | None) -> Outcome | None:
    """
    Compare an account with the server's own earlier date; the local clock plays no part.

    None stands for an account that was never activated, unless the refresh is for this one, too.
    """
    if account.status == _PENDING:
        return "pending" if baseline.selected else None
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


def baseline_of(accounts: Iterable[CustomerAccount], selected: tuple[str, ...] | None = None) -> RefreshBaseline:
    """
    Note where accounts stand; those that were never activated are not refreshed.

    Args:
        accounts: The accounts.
        selected: IDs of those that are refreshed, listed or not; None for all.
    """
    attempts = {account.id: account.aggregation_attempt_date for account in accounts if account.status != _PENDING}
    if selected is None:
        return RefreshBaseline(attempts)
    return RefreshBaseline({one: attempts.get(one) for one in selected}, selected=True)


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
