"""Periods of transactions: days in UTC, or instants with a zone."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from finicity_async.errors import ConfigurationError
from finicity_async.models._values import EPOCH

DEFAULT_DAYS = 30
_LAST_SECOND = time(23, 59, 59)


class Window(NamedTuple):
    """
    A period whose end is fixed, so that all requests for it ask for the same.

    Attributes:
        from_date: First moment.
        to_date: Last moment.
    """

    from_date: datetime
    to_date: datetime


def window(first: str | None, last: str | None) -> Window:
    """
    Return the period that two options give.

    Args:
        first: ``"2026-11-01"``, a day in UTC from its beginning, or ``"2026-11-01T00:00:00-05:00"``; None for
            30 days before ``last``.
        last: Like ``first``, but a day to its end; None for now.

    Raises:
        ConfigurationError: An option is neither, or the period ends before it begins, or begins before 1970.
    """
    end = datetime.now(UTC) if last is None else _instant("--to", last, _LAST_SECOND)
    found = last_days(DEFAULT_DAYS, end) if first is None else Window(_instant("--from", first, time()), end)
    if found.from_date < EPOCH:
        raise ConfigurationError(f"--from {first} is before 1970, where the vendor's dates begin.")
    if found.from_date > found.to_date:
        raise ConfigurationError("--from is after --to.")
    return found


def last_days(days: int, end: datetime) -> Window:
    """
    Return the period from the beginning of a day in UTC, so many days ago.

    Raises:
        ConfigurationError: That is before 1970.
    """
    if days > (end - EPOCH).days:
        raise ConfigurationError(f"{days} days before {end.date()} is before 1970, where the vendor's dates begin.")
    return Window(datetime.combine(end - timedelta(days), time(), UTC), end)


def _instant(option: str, text: str, on_a_day: time) -> datetime:
    """Return the instant of an option; for a day without a time, the given one in UTC."""
    try:
        return datetime.combine(date.fromisoformat(text), on_a_day, UTC)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ConfigurationError(
            f"{option} {text}: give a day in UTC, 2026-11-01, or an instant with its zone, 2026-11-01T08:30:00Z."
        )
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ConfigurationError(f"{option} {text}: in UTC that is outside of the years 1 to 9999.") from None
