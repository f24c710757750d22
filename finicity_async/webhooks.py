"""
Events that arrive at the partner's own server: verified and decoded, without I/O, for any framework.

The events of Connect are signed, those of TxPush and of reports are read as if anybody had sent them. Treat an event as
a hint, and read the accounts when one arrives.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import msgspec
from msgspec import UNSET, Raw

from finicity_async.errors import ConfigurationError, WebhookError
from finicity_async.models import CustomerAccount, Record
from finicity_async.models._decoding import decode, read_many
from finicity_async.models._values import DECODE_ERRORS, EPOCH, ShapeError, as_it_came, repaired
from finicity_async.models.transactions import Transaction

SIGNATURE_HEADER = "X-Finicity-Signature"
"""The header with the signature of a Connect event."""

_FIRST_MILLISECONDS = 10_000_000_000
"""Greater numbers are no seconds of this age (they would lie after the year 2286), but milliseconds."""
_CODE = "txpush_verification_code"
_CODE_FORM = re.compile(r"[A-Za-z0-9._~+/=-]{1,512}", re.ASCII)
"""The vendor does not say what a code looks like; no character of HTML, of a header or of a script is among these."""
_members = msgspec.json.Decoder(dict[str, Raw]).decode
_Members = Mapping[str, Raw]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectEvent:
    """
    A step of a Connect session, signed by the vendor; the class of every event type without one of its own.

    Attributes:
        event_type: What happened, for example ``"started"``; an open set.
        event_id: The event's own ID. The vendor repeats an event for three days until it is answered with a 2xx, so
            remember the IDs and ignore repetitions. None for a ping.
        customer_id: Vendor ID of the customer; None for a ping.
        consumer_id: The customer's consumer record, if there is one.
        event_timestamp: When it happened, in UTC, if the event says so.
        institution_id: Vendor ID of the institution concerned, if there is one.
        reason: Why the session ended, if the event says so: ``reason`` or ``eventTrigger`` on the wire.
        webhook_data: What was given as ``webhook_data`` when the link was made; empty when nothing was.
        payload: The rest of what the vendor says, as plain values with exact Decimals: an object as a rule.
    """

    event_type: str
    event_id: str | None = None
    customer_id: str | None = None
    consumer_id: str | None = None
    event_timestamp: datetime | None = None
    institution_id: str | None = None
    reason: str | None = None
    webhook_data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    payload: Any = field(default=None, hash=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(ConnectEvent):
    """
    Sent while a link is being made, to check that the webhook answers; it has neither an event ID nor a customer.

    The link is refused unless the ping is answered with a 2xx.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Added(ConnectEvent):
    """
    The customer has added accounts.

    Attributes:
        accounts: These accounts with what is known so far: a first refresh and many members may be missing.
    """

    accounts: tuple[CustomerAccount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsDeleted(ConnectEvent):
    """
    The customer has deleted accounts within Connect.

    Attributes:
        account_ids: Vendor IDs of these accounts.
    """

    account_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(ConnectEvent):
    """The session is over, successfully or not: a cancelled session ends with this event as well."""


class UnverifiedReportEvent(Record, frozen=True, kw_only=True, rename="camel"):
    """
    News of a report that anybody could have sent, because the vendor does not sign it.

    Read the report itself before you act on it.
    """

    event_name: str
    """``"inProgress"``, ``"done"``, ``"failed"`` or ``"primaryFieldUpdate"``; an open set."""
    id: str | None = None
    """The report's ID."""
    status: str | None = None
    """``"inProgress"``, ``"success"``, ``"failure"`` or ``"editing"``; an open set."""
    type: str | None = None
    """The kind of report, for example ``"voa"``."""
    consumer_id: str | None = None
    """The consumer whom the report is about."""
    customer_id: str | None = None
    """The customer whom the report is about, a number on the wire."""
    portfolio_id: str | None = None
    """The portfolio that the report belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedTxPushEvent:
    """
    News of an account that anybody could have sent; the class of every event without one of its own.

    Attributes:
        class_: What the records are: ``"transaction"`` or ``"account"``; an open set.
        type: What became of them: ``"created"``, ``"modified"``, ``"deleted"`` or ``"currentState"``; an open set.
        records: The records; of an unknown class as plain values with exact Decimals.
    """

    class_: str
    type: str
    records: tuple[Any, ...] = field(default=(), hash=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedTransactionsEvent(UnverifiedTxPushEvent):
    """
    News of transactions that anybody could have sent.

    Attributes:
        records: The transactions.
    """

    records: tuple[Transaction, ...] = field(default=(), hash=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedAccountsEvent(UnverifiedTxPushEvent):
    """
    News of accounts that anybody could have sent.

    Attributes:
        records: The accounts.
    """

    records: tuple[CustomerAccount, ...] = field(default=(), hash=False, repr=False)


def read_connect_event(body: bytes, signature: str | None, secret: str, *more_secrets: str) -> ConnectEvent:
    """
    Verify an event of Connect and read it.

    The signature covers the raw bytes of the request, so take them before anything parses them: JSON that was parsed
    and dumped again has other bytes. Answer with a 2xx at once and do the work later, because the vendor repeats an
    event that is not answered.

    Args:
        body: The body of the request as raw bytes.
        signature: The header ``X-Finicity-Signature``, or None when it is missing.
        secret: The partner secret.
        *more_secrets: Other secrets with which events may be signed, for example the old one after
            ``modify_partner_secret(..., immediate=False)``.

    Returns:
        A `Ping`, an `Added`, an `AccountsDeleted`, a `Done`, or a plain `ConnectEvent` for any other type.

    Raises:
        WebhookError: It is not signed with one of the secrets, or is no event in JSON.
        TypeError: The body is text or was parsed.
        ConfigurationError: A secret is missing: anybody could sign with an empty one.
    """
    _check_bytes(body)
    secrets = (secret, *more_secrets)
    _check_secrets(secrets)
    given = (signature or "").encode("ascii", "replace")
    # A list, not a generator: every secret is compared, so the time taken does not tell which one matched.
    matches = [hmac.compare_digest(given, _signature_of(body, one)) for one in secrets]
    if not any(matches):
        what = "is not signed with the partner secret" if signature else "has no signature"
        raise WebhookError(f"The request {what}: it is not the vendor's.")
    return _event_in(body)


def read_report_event(body: bytes) -> UnverifiedReportEvent:
    """
    Read news of a report that was asked for with ``callbackUrl``.

    The vendor neither signs these requests nor repeats them. So anybody can send one, and one can be lost: read the
    report itself before you act, and also when no event arrives. Answer with a 2xx status.

    Args:
        body: The body of the request as raw bytes.

    Raises:
        WebhookError: It is no such event.
        TypeError: The body is text or was parsed.
    """
    _check_bytes(body)
    try:
        return decode(UnverifiedReportEvent, body)
    except ShapeError as error:
        path = error.path
    raise WebhookError(f"The body is no event of a report: it does not fit at {path}.")


def answer_txpush_verification(query: str | Mapping[str, Any]) -> str:
    """
    Return the text with which a listener of TxPush proves that it is the partner's.

    While a subscription is made, the vendor sends a GET to its ``callback_url``. Answer it with a 200, this text and
    the type ``text/plain``.

    Args:
        query: The query of that request: its text, or a mapping, for example ``request.query_params`` of FastAPI.

    Returns:
        The code in the query: letters, digits and ``-._~+/=`` alone, so that nobody can have anything else sent back.

    Raises:
        WebhookError: There is no such code, or one with other characters, or the text or the lists of the mapping have
            more than one.
        TypeError: It is neither text nor a mapping.
    """
    if not isinstance(query, str | Mapping):
        raise TypeError(f"The query is text or a mapping, not {type(query).__name__}.")
    # A code holds no blank, so a plus in the text is one.
    found = (parse_qs(query.removeprefix("?").replace("+", "%2B")) if isinstance(query, str) else query).get(_CODE)
    code = found[0] if isinstance(found, list | tuple) and len(found) == 1 else found
    if isinstance(code, str) and _CODE_FORM.fullmatch(code):
        return code
    raise WebhookError(f"The query has no {_CODE} that can be sent back.")


def read_txpush_event(body: bytes) -> UnverifiedTxPushEvent:
    """
    Read news of an account with a TxPush subscription.

    Nothing is verified. The vendor signs these requests, but how is not known well enough to rely on it, so take an
    event for a sign that there is something to read: look its IDs up among your own and read the records again, with
    `get_customer_account_transactions` or `get_customer_account`. An unguessable part in the path of ``callback_url``
    keeps strangers away. Answer with a 200 at once and do the work later: the vendor repeats an event that is not
    answered every 30 minutes for six hours, so it may come twice. What is no record, or has no ID that can be read, is
    left out.

    Args:
        body: The body of the request as raw bytes.

    Returns:
        An `UnverifiedTransactionsEvent`, an `UnverifiedAccountsEvent`, or a plain `UnverifiedTxPushEvent` for any other
        class.

    Raises:
        WebhookError: It is no such event.
        TypeError: The body is text or was parsed.
    """
    _check_bytes(body)
    event = _object_in(_object_in(repaired(body)).get("event"))
    class_, type_ = _text(event.get("class")), _text(event.get("type"))
    if class_ is None or type_ is None:
        raise WebhookError(
            "The body is no event of TxPush in JSON: subscribe with Accept: application/json, as this library does."
        )
    records = event.get("records", UNSET)
    if class_ == "transaction":
        return UnverifiedTransactionsEvent(class_=class_, type=type_, records=read_many(Transaction, records))
    if class_ == "account":
        return UnverifiedAccountsEvent(class_=class_, type=type_, records=read_many(CustomerAccount, records))
    plain = _plain(event.get("records"))
    return UnverifiedTxPushEvent(class_=class_, type=type_, records=tuple(plain) if isinstance(plain, list) else ())


def _check_bytes(body: object) -> None:
    if not isinstance(body, bytes):
        raise TypeError(
            f"The body of a webhook is the raw bytes that came, not {type(body).__name__}: what was decoded or parsed "
            "cannot be turned back into the bytes that were signed."
        )


def _check_secrets(secrets: tuple[object, ...]) -> None:
    if not all(isinstance(one, str) and one for one in secrets):
        raise ConfigurationError(
            "A partner secret is missing: it is no text, or empty, and anybody could sign with it."
        )


def _signature_of(body: bytes, secret: str) -> bytes:
    """Return the signature of a body: an HMAC with SHA-256, in lower-case hex."""
    return hmac.digest(secret.encode(), body, "sha256").hex().encode()


def _event_in(body: bytes) -> ConnectEvent:
    members = _object_in(repaired(body))
    event_type = _text(members.get("eventType"))
    if event_type is None:
        raise WebhookError(
            "The request is the vendor's, but no event in JSON: make the link without webhook_content_type."
        )
    payload = _object_in(members.get("payload"))
    kind, more = _KINDS.get(event_type, _PLAIN)
    return kind(
        event_type=event_type,
        event_id=_text(members.get("eventId")),
        customer_id=_text(members.get("customerId")),
        consumer_id=_text(members.get("consumerId")),
        event_timestamp=_instant(members.get("eventTimestamp")),
        institution_id=_text(payload.get("institutionId")),
        reason=next(filter(None, (_text(part.get(name)) for name in _REASONS for part in (members, payload))), None),
        webhook_data=_data(members.get("webhookData")),
        payload=_plain(members.get("payload")),
        **more(payload),
    )


_REASONS = ("eventTrigger", "reason")


def _nothing(_payload: _Members) -> dict[str, Any]:
    return {}


def _accounts(payload: _Members) -> dict[str, Any]:
    return {"accounts": read_many(CustomerAccount, payload.get("accounts", UNSET))}


def _account_ids(payload: _Members) -> dict[str, Any]:
    ids = _plain(payload.get("accounts"))
    return {"account_ids": tuple(map(str, ids)) if isinstance(ids, list) else ()}


_Kind = tuple[type[ConnectEvent], Callable[[_Members], dict[str, Any]]]
_PLAIN: _Kind = (ConnectEvent, _nothing)
_KINDS: dict[str, _Kind] = {
    "ping": (Ping, _nothing),
    "added": (Added, _accounts),
    "accountsDeleted": (AccountsDeleted, _account_ids),
    "done": (Done, _nothing),
}
"""Type of event -> its class, and what reads from the payload the members that no other event has."""


def _object_in(raw: bytes | Raw | None) -> _Members:
    """Return the members of a JSON object, none for anything else."""
    try:
        return _members(raw) if raw is not None else {}
    except DECODE_ERRORS:
        return {}


def _plain(raw: Raw | None) -> Any:
    return None if raw is None else as_it_came(raw)


def _text(raw: Raw | None) -> str | None:
    """Return a text, or a number as it came; None for anything else, and for no text at all."""
    value = _plain(raw)
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _data(raw: Raw | None) -> Mapping[str, Any]:
    """Return what came as an object, or as text that holds one."""
    value = _plain(raw)
    if isinstance(value, str):
        value = as_it_came(value.encode("utf-8", "replace"))
    return value if isinstance(value, dict) else {}


def _instant(raw: Raw | None) -> datetime | None:
    """Return an instant that came as seconds, as milliseconds, or as ISO text with a zone."""
    value = _plain(raw)
    try:
        if isinstance(value, str) and not value.isdecimal():
            instant = datetime.fromisoformat(value)
            return instant.astimezone(UTC) if instant.tzinfo else None
        seconds = Decimal(value)
        seconds = seconds / 1000 if seconds > _FIRST_MILLISECONDS else seconds
        return EPOCH + timedelta(seconds=float(seconds)) if seconds > 0 else None
    except (TypeError, ValueError, ArithmeticError):
        return None
