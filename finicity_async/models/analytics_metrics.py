"""The metrics in analytics reports: statistics of an account or customer, period by period."""

from datetime import date
from decimal import Decimal

from finicity_async.models._record import Record


class CohortComparison(Record, frozen=True, kw_only=True, rename="camel"):
    """A statistic compared with that of a cohort; undeclared by the document, whose examples have it."""

    cohort_type: str | None = None
    """What the cohort has in common, for example ``"POSTAL_CODE"``."""
    percentage_difference_to_cohort: Decimal | None = None
    """Difference from the cohort in percent, for example ``-213.07``."""
    total_difference_to_cohort: Decimal | None = None
    """Difference from the cohort as an amount."""


class TransactionalPeriod(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Statistics of the transactions of one period; all but the count are None when there are no transactions.

    Source: schema TransactionalPeriod, spec 1.42.0.
    """

    count: int | None = None
    """Number of transactions."""
    end_date: date | None = None
    """Last day of the period."""
    max: Decimal | None = None
    """Largest amount."""
    mean: Decimal | None = None
    """Mean of the amounts."""
    median: Decimal | None = None
    """Median of the amounts."""
    min: Decimal | None = None
    """Smallest amount."""
    standard_deviation: Decimal | None = None
    """Standard deviation of the amounts."""
    start_date: date | None = None
    """First day of the period."""
    sum: Decimal | None = None
    """Sum of the amounts."""
    compared_to_cohorts: tuple[CohortComparison, ...] = ()
    """Comparisons with cohorts; undeclared."""


class StatePeriod(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Statistics of the values of one period, for example of the daily balance.

    Source: schema StatePeriod, spec 1.42.0.
    """

    beginning_value: Decimal | None = None
    """Value on the first day."""
    count: int | None = None
    """Number of values."""
    end_date: date | None = None
    """Last day of the period."""
    ending_value: Decimal | None = None
    """Value on the last day."""
    max: Decimal | None = None
    """Largest value."""
    mean: Decimal | None = None
    """Mean of the values."""
    median: Decimal | None = None
    """Median of the values."""
    min: Decimal | None = None
    """Smallest value."""
    standard_deviation: Decimal | None = None
    """Standard deviation of the values."""
    start_date: date | None = None
    """First day of the period."""
    sum: Decimal | None = None
    """Sum of the values."""
    compared_to_cohorts: tuple[CohortComparison, ...] = ()
    """Comparisons with cohorts; undeclared."""


class CohortValue(Record, frozen=True, kw_only=True, rename="camel"):
    """A statistic of a cohort; undeclared by the document, whose examples have it."""

    cohort_type: str | None = None
    """What the cohort has in common, for example ``"POSTAL_CODE"``."""
    value: Decimal | None = None
    """The statistic."""


class CohortBenchmarkPeriod(Record, frozen=True, kw_only=True, rename="camel"):
    """The statistics of cohorts in one period; undeclared by the document, whose examples have it."""

    start_date: date | None = None
    """First day of the period."""
    end_date: date | None = None
    """Last day of the period."""
    cohort_values: tuple[CohortValue, ...] = ()
    """One statistic for each cohort."""


class TransactionalTimeInterval(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The statistics of an attribute over periods of one kind.

    Source: schema TransactionalTimeInterval, spec 1.42.0.
    """

    periods: tuple[TransactionalPeriod, ...] = ()
    """The periods."""
    time_interval_type: str | None = None
    """``"MONTHLY_CALENDAR"``, ``"MONTHLY_ROLLING_30"``, ``"HISTORICALLY"``; an open set."""
    cohort_benchmark_periods: tuple[CohortBenchmarkPeriod, ...] = ()
    """The statistics of cohorts; undeclared."""


class StateTimeInterval(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The values of an attribute over periods of one kind.

    Source: schema StateTimeInterval, spec 1.42.0.
    """

    periods: tuple[StatePeriod, ...] = ()
    """The periods."""
    time_interval_type: str | None = None
    """``"MONTHLY_CALENDAR"``, ``"MONTHLY_ROLLING_30"``, ``"HISTORICALLY"``; an open set."""
    cohort_benchmark_periods: tuple[CohortBenchmarkPeriod, ...] = ()
    """The statistics of cohorts; undeclared."""


class ProjectedValue(Record, frozen=True, kw_only=True, rename="camel"):
    """A forecast; undeclared by the document, whose examples have it."""

    projection_value: Decimal | None = None
    """The projected amount."""
    time_unit: str | None = None
    """Unit of ``time_value``, for example ``"MONTHS"``."""
    time_value: int | None = None
    """How far ahead, in ``time_unit``."""


class TransactionalAttribute(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A metric calculated from transactions, for example all inflows.

    Source: schema TransactionalAttribute, spec 1.42.0.
    """

    aggregated_by_time_periods: tuple[TransactionalTimeInterval, ...] = ()
    """The statistics, one record for each kind of interval."""
    attribute_name: str | None = None
    """Name in the vendor's dictionary, for example ``"INFLOW_TRANSACTIONS"``; an open set."""
    stream_ids: tuple[str, ...] = ()
    """Streams that the metric includes, see `StreamModel.id`."""
    transaction_ids: tuple[str, ...] = ()
    """Transactions that the metric includes; text here, a number in `ReportTransaction`."""
    projected_values: tuple[ProjectedValue, ...] = ()
    """Forecasts; undeclared."""


class StateAttribute(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A metric that describes a state over time, for example the balance.

    Source: schema StateAttribute, spec 1.42.0.
    """

    attribute_name: str | None = None
    """Name in the vendor's dictionary, for example ``"ASSET_BALANCE"``; an open set."""
    reported_by_time_periods: tuple[StateTimeInterval, ...] = ()
    """The values, one record for each kind of interval."""
    projected_values: tuple[ProjectedValue, ...] = ()
    """Forecasts; undeclared."""


class StreamModel(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Recurring transactions between the same two parties.

    Source: schema StreamModel, spec 1.42.0.
    """

    cadence: int | None = None
    """Days from one transaction to the next."""
    id: str | None = None
    """ID of the stream."""
    payee: str | None = None
    """Who gets the money."""
    payor: str | None = None
    """Who pays it."""
    recency: int | None = None
    """Days since the latest transaction."""
    transaction_ids: tuple[str, ...] = ()
    """IDs of the transactions."""
    status: str | None = None
    """Whether the stream is active, for example ``"inactive"``; undeclared."""
    earliest_observed_date: str | None = None
    """When the first transaction was seen, a time without a zone, for example ``"2022-09-18T00:00:00"``; undeclared."""
    latest_observed_date: str | None = None
    """When the latest transaction was seen, a time without a zone; undeclared."""
    count: int | None = None
    """Number of transactions; undeclared."""
    sum: Decimal | None = None
    """Sum of the amounts; undeclared."""
    min: Decimal | None = None
    """Smallest amount; undeclared."""
    max: Decimal | None = None
    """Largest amount; undeclared."""
    mean: Decimal | None = None
    """Mean of the amounts; undeclared."""
    median: Decimal | None = None
    """Median of the amounts; undeclared."""
    standard_deviation: Decimal | None = None
    """Standard deviation of the amounts; undeclared."""
    minimum_cadence: Decimal | None = None
    """Fewest days from one transaction to the next; undeclared."""
    maximum_cadence: Decimal | None = None
    """Most days from one transaction to the next; undeclared."""
    median_cadence: Decimal | None = None
    """Median number of days from one transaction to the next; undeclared."""
    mode_cadence: Decimal | None = None
    """Most frequent number of days from one transaction to the next; undeclared."""
    standard_deviation_cadence: Decimal | None = None
    """Standard deviation of the days from one transaction to the next; undeclared."""


class AccountAnalytics(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The metrics of one account.

    Source: schema AccountAnalytics, spec 1.42.0.
    """

    transactional_attributes: tuple[TransactionalAttribute, ...] = ()
    """Metrics calculated from transactions."""
    state_attributes: tuple[StateAttribute, ...] = ()
    """Metrics that describe a state over time."""
    streams: tuple[StreamModel, ...] = ()
    """Recurring transactions."""


class CustomerAnalytics(AccountAnalytics, frozen=True, kw_only=True, rename="camel"):
    """
    The metrics over all accounts of a report.

    Source: schema CustomerAnalytics, spec 1.42.0.
    """
