"""Portfolios on the wire: the latest report of each type."""

from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant, NumericId
from finicity_async.models.consumers import Birthday, Consumer


class PortfolioReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One report in a portfolio, without its contents.

    Source: schema PortfolioReport, spec 1.42.0.
    """

    id: str
    """ID of the report, by which it is read."""
    portfolio_id: str | None = None
    """The portfolio; it ends in ``-port``."""
    type: str | None = None
    """The kind of report, for example ``"voa"``; an open set."""
    status: str | None = None
    """``"inProgress"``, ``"success"`` or ``"failure"``; an open set."""
    created_date: Instant | None = None
    """When the report was asked for."""


class PortfolioSummary(Record, Rows[PortfolioReport], frozen=True, kw_only=True, rename="camel"):
    """
    The latest report of each type, a sequence.

    Source: schema PortfolioSummary, spec 1.42.0.
    """

    portfolio_id: str | None = None
    """The portfolio."""
    reports: tuple[PortfolioReport, ...]
    """One record for each type of report."""


class PortfolioConsumer(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The consumer whom a portfolio is about; ``repr`` shows neither ``ssn`` nor ``birthday``.

    Source: schema PortfolioConsumer, spec 1.42.0.
    """

    id: str
    """Vendor ID of the consumer."""
    first_name: str | None = None
    """First name."""
    last_name: str | None = None
    """Last name."""
    customer_id: NumericId | None = None
    """The customer to whom the consumer belongs, a number here."""
    ssn: str | None = None
    """Social Security number, declared as the whole of it, with or without hyphens."""
    birthday: Birthday | None = None
    """Day of birth."""
    suffix: str | None = None
    """What follows the name, for example ``"Jr"``."""

    _hidden = frozenset({"ssn"})


class PortfolioWithConsumerSummary(PortfolioSummary, frozen=True, kw_only=True, rename="camel"):
    """
    The latest report of each type, a sequence, and the consumer whom they are about.

    Source: schema PortfolioWithConsumerSummary, spec 1.42.0.
    """

    consumer: PortfolioConsumer | None = None
    """The consumer."""


class PortfolioSummaryForSinglePortfolio(Record, Rows[PortfolioReport], frozen=True, kw_only=True, rename="camel"):
    """
    The reports of a portfolio that is read by its ID alone, a sequence, and the consumer whom they are about.

    Source: schema PortfolioSummaryForSinglePortfolio, spec 1.42.0.
    """

    portfolio_id: str | None = None
    """The portfolio."""
    consumer: Consumer | None = None
    """The consumer."""
    reports: tuple[PortfolioReport, ...]
    """The reports, usually one."""
