"""What the vendor says of every report that is being made."""

import msgspec
from msgspec import Raw

from finicity_async.models._decoding import JsonText
from finicity_async.models._record import Record
from finicity_async.models._values import DECODE_ERRORS, Instant, NumericId, ShapeError, is_null, read_value
from finicity_async.models.common import ErrorMessage
from finicity_async.models.consumers import ConsumerDetails, ConsumerEndUser

_list_or_text = msgspec.json.Decoder(str | list[Raw])


class BaseReportAck(Record, frozen=True, kw_only=True, rename="camel"):
    """A report that is being made; a subclass says of what kind its ``constraints`` are."""

    id: str
    """ID of the report, by which it is read."""
    customer_type: str | None = None
    """``"active"`` or ``"testing"``; an open set."""
    customer_id: NumericId | None = None
    """The customer whom the report is about, a number here."""
    request_id: str | None = None
    """ID that the vendor gave to the request."""
    requester_name: str | None = None
    """Name of the partner."""
    end_user: ConsumerEndUser | None = None
    """The company that uses the report, where that is not the partner."""
    created_date: Instant | None = None
    """When the report was asked for."""
    title: str | None = None
    """Title of the report."""
    consumer_id: str | None = None
    """The consumer whom the report is about."""
    consumer_ssn: str | None = None
    """Last four digits of the consumer's Social Security number."""
    consumer_details: ConsumerDetails | None = None
    """The consumer, where the report needs one."""
    dispute_statement: str | None = None
    """The consumer's statement on a dispute that is not resolved."""
    type: str | None = None
    """The kind of report, for example ``"statement"`` or ``"transactions"``."""
    status: str | None = None
    """``"inProgress"``, ``"success"`` or ``"failure"``; an open set."""
    constraints: Record | None = None
    """What the report is about."""
    errors: tuple[ErrorMessage, ...] = ()
    """Why the report failed."""

    _hidden = frozenset({"consumer_ssn"})


class ReportAck(BaseReportAck, frozen=True, kw_only=True, rename="camel"):
    """A report that is being made and belongs to a portfolio."""

    portfolio_id: str | None = None
    """The consumer's portfolio to which the report belongs."""


def account_ids_in(text: JsonText) -> tuple[str, ...]:
    """Return the account IDs in the JSON text of ``accountIds``, which is a list or one text with blanks."""
    try:
        found = _list_or_text.decode(text) if isinstance(text, Raw) else ""
    except DECODE_ERRORS:
        return ()
    texts = [found] if isinstance(found, str) else map(_text_of, found)
    return tuple(account_id for one in texts for account_id in one.split())


def _text_of(item: Raw) -> str:
    try:
        return "" if is_null(item, str) else str(read_value(item, str))
    except (ShapeError, *DECODE_ERRORS):
        return ""
