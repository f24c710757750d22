"""Refreshes of the sandbox: how they change the accounts, when, and how the call is answered."""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from finicity_async.sandbox.clock import Clock
from finicity_async.sandbox.responses import Response, error_response
from finicity_async.status_codes import SUCCESS

_PAGE = b"<html><head><title>Please wait</title></head><body>Please wait</body></html>"

_AnswerKind = Literal["end", "at once", "hang", "disconnect", "truncated", "page"]

Account = dict[str, Any]
"""An account record as it stands on the wire."""
_DAY = 86_400
_STANDARD_HISTORY = 180 * _DAY
"""How far before its creation the transactions of an account reach, unless older ones were loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshScript:
    """
    How a refresh runs, also one of transactions, and how the call that starts it is answered.

    Attributes:
        seconds: Seconds that it takes, for example 0.2; ``math.inf`` for one that never ends.
        seconds_apart: Seconds from the end of one account to the end of the next.
        codes: Account ID -> aggregation status code with which it ends; 0, success, for the others.
        running_code: What the accounts show while it runs, their attempt dates moved already, for example 325; None
            leaves them as they are until the end.
        success_delay: Seconds from the end until the success date follows the attempt date.
        happens: False for a refresh that is answered and never begins.
        answer: ``"end"`` blocks until the end (version 2: 204 at once; one of transactions: 202 at once), ``"at once"``
            answers with the accounts as they are, ``"hang"`` never, ``"disconnect"`` closes the connection,
            ``"truncated"`` closes it halfway through the body, ``"page"`` is an HTML page with status 200; a number is
            an HTTP status.
        answer_code: The vendor's code in a response by status; None for an empty body.
    """

    seconds: float = 0.2
    seconds_apart: float = 0.0
    codes: Mapping[str, int] | Mapping[int, int] = field(default_factory=dict)
    running_code: int | None = None
    success_delay: float = 0.0
    happens: bool = True
    answer: _AnswerKind | int = "end"
    answer_code: int | None = None

    def __post_init__(self) -> None:
        """
        Refuse invalid members.

        Raises:
            ValueError: A member is invalid.
        """
        for name in ("seconds", "seconds_apart", "success_delay"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} {getattr(self, name)} is not a number of seconds from 0 on")
        is_status = isinstance(self.answer, int) and 200 <= self.answer <= 599
        if not is_status and self.answer not in get_args(_AnswerKind):
            raise ValueError(f"answer {self.answer!r} is no HTTP status and none of {', '.join(get_args(_AnswerKind))}")
        object.__setattr__(self, "codes", {str(account): code for account, code in self.codes.items()})


@dataclass(slots=True)
class _Step:
    """
    A scheduled change: when due, the account gets a code and, after a success, a success date.

    With it come the transactions of the time before; ``since`` is where they begin, None for where they usually do.
    """

    due: float
    account: Account
    code: int
    moves_attempt: bool
    succeeds: bool
    since: float | None = None


class Refreshes:
    """
    The running refreshes; they continue when the caller disconnects.

    Args:
        clock: The sandbox's clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._steps: list[_Step] = []

    def copy(self, memo: dict[int, Any]) -> "Refreshes":
        """Return a copy that refers to the records copied with the same memo."""
        other = Refreshes(self._clock)
        other._steps = deepcopy(self._steps, memo)
        return other

    def start(self, accounts: Iterable[Account], script: RefreshScript, since: float | None = None) -> bool:
        """
        Start to refresh the active ones of some accounts; False when one of them is being refreshed.

        Args:
            accounts: The accounts.
            script: How it runs.
            since: Where the transactions that it brings begin, in Unix seconds; None for where they usually do.
        """
        active = [account for account in accounts if account.get("status") == "active"]
        if self.is_running(active):
            return False
        now = self._clock()
        for account, end, code in ends(active, now, script) if script.happens else ():
            if script.running_code is not None:
                _apply(_Step(now, account, script.running_code, moves_attempt=True, succeeds=False))
            self._steps += [replace(step, since=since) for step in _steps(account, end, code, script)]
        return True

    def is_running(self, accounts: Iterable[Account]) -> bool:
        """Return whether one of the accounts is being refreshed."""
        self.apply_due()
        running = {id(step.account) for step in self._steps}
        return any(id(account) in running for account in accounts)

    def apply_due(self) -> bool:
        """Apply every due change; return whether there was one."""
        if not self._steps:
            return False
        now = self._clock()
        due = sorted((step for step in self._steps if step.due <= now), key=lambda step: step.due)
        self._steps = [step for step in self._steps if step.due > now]
        for step in due:
            _apply(step)
        return bool(due)


def ends(accounts: Iterable[Account], now: float, script: RefreshScript) -> Iterator[tuple[Account, float, int]]:
    """Yield each account with the moment at which a refresh that starts now ends for it, and the code that it gets."""
    codes = dict[Any, int](script.codes)
    for place, account in enumerate(accounts):
        end = now + script.seconds + place * script.seconds_apart
        yield account, end, codes.get(str(account.get("id")), SUCCESS)


def _steps(account: Account, end: float, code: int, script: RefreshScript) -> list[_Step]:
    works = code == SUCCESS
    later = works and script.success_delay > 0
    steps = [_Step(end, account, code, moves_attempt=script.running_code is None, succeeds=works and not later)]
    if later:
        steps.append(_Step(end + script.success_delay, account, code, moves_attempt=False, succeeds=True))
    return steps


def _apply(step: _Step) -> None:
    account = step.account
    account["aggregationStatusCode"] = step.code
    if step.moves_attempt:
        _move_attempt(account, step.due)
    if step.succeeds:
        _note_success(account, step.since)


def move_dates(account: Account, moment: float) -> None:
    """Record a successful aggregation at a moment; the dates move by at least a second."""
    _move_attempt(account, moment)
    _note_success(account)


def _move_attempt(account: Account, moment: float) -> None:
    account["aggregationAttemptDate"] = max(int(moment), seconds_of(account.get("aggregationAttemptDate")) + 1)


def seconds_of(date: Any) -> int:
    """Read a date of a record; whatever else a test has put in its place counts as 0."""
    try:
        return int(date or 0)
    except (TypeError, ValueError, OverflowError):
        return 0


def _note_success(account: Account, since: float | None = None) -> None:
    moment = account["aggregationAttemptDate"]
    oldest = seconds_of(account.get("oldestTransactionDate"))
    standard = oldest or (seconds_of(account.get("createdDate")) or moment) - _STANDARD_HISTORY
    begin = standard if since is None else since
    account["oldestTransactionDate"] = max(1, int(min(begin, oldest or begin)))
    account.update(aggregationSuccessDate=moment, balanceDate=moment, lastUpdatedDate=moment)
    if isinstance(account.get("detail"), dict) and "dateAsOf" in account["detail"]:
        account["detail"]["dateAsOf"] = moment


def refresh_response(script: RefreshScript, listed: Response, *, blocks: bool) -> Response:
    """Return the response that the script gives to a refresh; ``listed`` is the one with the accounts."""
    if isinstance(script.answer, int):
        if script.answer_code is None:
            return Response(status=script.answer)
        return error_response(script.answer_code, "As the script says", script.answer)
    return {
        "hang": Response(sent="nothing", ending="hang"),
        "disconnect": Response(sent="nothing"),
        "truncated": replace(listed, sent="body"),
        "page": Response(body=_PAGE, content_type="text/html"),
    }.get(script.answer, listed if blocks else Response(status=204))
