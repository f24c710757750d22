"""The metrics in reports of analytics: figures of an account or customer, period by period."""

from decimal import Decimal

from finicity_async.models._record import Record
from finicity_async.models._values import Instant


class CohortComparison(Record, frozen=True, kw_only=True, rename="camel"):
    """A figure compared with that of other people; undeclared by the document, whose examples have it."""

    cohort_type: str | None = None
    """What these people share, for example ``"POSTAL_CODE"``."""
    percentage_difference_to_cohort: Decimal | None = None
    """Difference in percent."""
    total_difference_to_cohort: Decimal | None = None
    """Difference as an amount."""


class TransactionalPeriod(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The transactions of one period in figures, of which all but the count are None when there are none.

    Source: schema TransactionalPeriod, spec 1.42.0.
    """

    count: int | None = None
    """How many transactions."""
    end_date: Instant | None = None
    """Last day, at midnight in UTC."""
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
    start_date: Instant | None = None
    """First day, at midnight in UTC."""
    sum: Decimal | None = None
    """Sum of the amounts."""
    compared_to_cohorts: tuple[CohortComparison, ...] = ()
    """The same period compared with other people; undeclared."""


class StatePeriod(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The values of one period, such as the balance of each day, in figures.

    Source: schema StatePeriod, spec 1.42.0.
    """

    beginning_value: Decimal | None = None
    """Value on the first day."""
    count: int | None = None
    """How many values."""
    end_date: Instant | None = None
    """Last day, at midnight in UTC."""
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
    start_date: Instant | None = None
    """First day, at midnight in UTC."""
    sum: Decimal | None = None
    """Sum of the values."""
    compared_to_cohorts: tuple[CohortComparison, ...] = ()
    """The same period compared with other people; undeclared."""


class CohortValue(Record, frozen=True, kw_only=True, rename="camel"):
    """A figure of other people; undeclared by the document, whose examples have it."""

    cohort_type: str | None = None
    """What these people share, for example ``"POSTAL_CODE"``."""
    value: Decimal | None = None
    """Their figure."""


class CohortBenchmarkPeriod(Record, frozen=True, kw_only=True, rename="camel"):
    """The figures of other people in one period; undeclared by the document, whose examples have it."""

    start_date: Instant | None = None
    """First day, at midnight in UTC."""
    end_date: Instant | None = None
    """Last day, at midnight in UTC."""
    cohort_values: tuple[CohortValue, ...] = ()
    """The figures."""


class TransactionalTimeInterval(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The figures of an attribute, period by period of one kind.

    Source: schema TransactionalTimeInterval, spec 1.42.0.
    """

    periods: tuple[TransactionalPeriod, ...] = ()
    """The periods."""
    time_interval_type: str | None = None
    """``"MONTHLY_CALENDAR"``, ``"MONTHLY_ROLLING_30"``, ``"HISTORICALLY"``; an open set."""
    cohort_benchmark_periods: tuple[CohortBenchmarkPeriod, ...] = ()
    """The figures of other people; undeclared."""


class StateTimeInterval(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The values of an attribute, period by period of one kind.

    Source: schema StateTimeInterval, spec 1.42.0.
    """

    periods: tuple[StatePeriod, ...] = ()
    """The periods."""
    time_interval_type: str | None = None
    """``"MONTHLY_CALENDAR"``, ``"MONTHLY_ROLLING_30"``, ``"HISTORICALLY"``; an open set."""
    cohort_benchmark_periods: tuple[CohortBenchmarkPeriod, ...] = ()
    """The figures of other people; undeclared."""


class ProjectedValue(Record, frozen=True, kw_only=True, rename="camel"):
    """A forecast; undeclared by the document, whose examples have it."""

    projection_value: Decimal | None = None
    """The figure expected then."""
    time_unit: str | None = None
    """Unit of ``time_value``, for example ``"MONTHS"``."""
    time_value: int | None = None
    """How far ahead."""


class TransactionalAttribute(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A metric made of transactions, for example of all that flows in.

    Source: schema TransactionalAttribute, spec 1.42.0.
    """

    aggregated_by_time_periods: tuple[TransactionalTimeInterval, ...] = ()
    """The figures, a record for each kind of interval."""
    attribute_name: str | None = None
    """Name in the vendor's dictionary, for example ``"INFLOW_TRANSACTIONS"``; an open set."""
    stream_ids: tuple[str, ...] = ()
    """Streams that the metric is made of, see `StreamModel.id`."""
    transaction_ids: tuple[str, ...] = ()
    """Transactions that the metric is made of; text here, a number in `ReportTransaction`."""
    projected_values: tuple[ProjectedValue, ...] = ()
    """Forecasts; undeclared."""


class StateAttribute(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A metric with a value at each time, for example the balance.

    Source: schema StateAttribute, spec 1.42.0.
    """

    attribute_name: str | None = None
    """Name in the vendor's dictionary, for example ``"ASSET_BALANCE"``; an open set."""
    reported_by_time_periods: tuple[StateTimeInterval, ...] = ()
    """The values, a record for each kind of interval."""
    projected_values: tuple[ProjectedValue, ...] = ()
    """Forecasts; undeclared."""


class StreamModel(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Transactions between the same two parties that come again and again.

    Source: schema StreamModel, spec 1.42.0.
    """

    cadence: int | None = None
    """Days between two of them."""
    id: str | None = None
    """ID of the stream."""
    payee: str | None = None
    """Who gets the money."""
    payor: str | None = None
    """Who pays it."""
    recency: int | None = None
    """Days since the latest of them."""
    transaction_ids: tuple[str, ...] = ()
    """IDs of the transactions."""
    status: str | None = None
    """Whether the stream goes on, for example ``"inactive"``; undeclared."""
    earliest_observed_date: str | None = None
    """When the first of them was seen, a time without a zone, for example ``"2022-09-18T00:00:00"``; undeclared."""
    latest_observed_date: str | None = None
    """When the latest of them was seen, a time without a zone; undeclared."""
    count: int | None = None
    """How many there are; undeclared."""
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
    """Fewest days between two of them; undeclared."""
    maximum_cadence: Decimal | None = None
    """Most days between two of them; undeclared."""
    median_cadence: Decimal | None = None
    """Median of the days between two of them; undeclared."""
    mode_cadence: Decimal | None = None
    """Most frequent number of days between two of them; undeclared."""
    standard_deviation_cadence: Decimal | None = None
    """Standard deviation of the days between two of them; undeclared."""


class AccountAnalytics(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The metrics of one account.

    Source: schema AccountAnalytics, spec 1.42.0.
    """

    transactional_attributes: tuple[TransactionalAttribute, ...] = ()
    """Metrics made of transactions."""
    state_attributes: tuple[StateAttribute, ...] = ()
    """Metrics with a value at each time."""
    streams: tuple[StreamModel, ...] = ()
    """Streams of transactions."""


class CustomerAnalytics(AccountAnalytics, frozen=True, kw_only=True, rename="camel"):
    """
    The metrics over all accounts of a report.

    Source: schema CustomerAnalytics, spec 1.42.0.
    """
