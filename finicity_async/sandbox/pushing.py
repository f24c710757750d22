"""What has changed in the accounts with subscriptions, and what has become of reports, posted to the user's server."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from xml.sax.saxutils import escape

from finicity_async.sandbox.connecting.delivery import SentEvent
from finicity_async.sandbox.data.transactions import Row
from finicity_async.sandbox.made_reports import MadeReport
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.responses import encode_exactly
from finicity_async.sandbox.state import State
from finicity_async.sandbox.subscriptions import Subscription, Told, Topic

_SILENT = frozenset(
    {"aggregationAttemptDate", "aggregationSuccessDate", "balanceDate", "lastTransactionDate", "lastUpdatedDate"}
)
"""Members that every aggregation moves; the vendor tells of changed values, for example a balance."""
_OF_REPORTS = {"inProgress": "inProgress", "success": "done", "failure": "failed"}
"""Status of a report -> name of the event."""
_Event = tuple[Topic, str, list[Any]]
"""Class, type and records."""


def note_state(state: State, customer_id: str, account_id: str) -> None:
    """Take an account as it is for known to its subscribers, who hear of what changes from now on."""
    account, rows = _now(state, customer_id, account_id)
    state.subscriptions.tell(customer_id, account_id, Told(deepcopy(account), rows))


async def push_changes(state: State) -> tuple[SentEvent, ...]:
    """
    Post the ends of reports, and what has changed in the accounts with subscriptions, since the last time.

    While events are being posted, a second call posts nothing: the user's server may call the API before it answers.
    """
    if state.subscriptions.is_pushing:
        return ()
    state.subscriptions.is_pushing = True
    try:
        ended = [await push_report(state, made) for made in state.reports.news()]
        return (*ended, *[await _push(state, one, event) for one, event in _due(state)])
    finally:
        state.subscriptions.is_pushing = False


async def push_report(state: State, made: MadeReport) -> SentEvent:
    """Post how far a report is, once and unsigned, as the vendor does."""
    status = made.status_at(state.clock())
    names = ("id", "type", "consumerId", "customerId", "portfolioId")
    members = {name: made.record[name] for name in names if name in made.record}
    event = {"eventName": _OF_REPORTS[status], "status": status, **members}
    assert made.callback_url is not None  # noqa: S101 -- nobody is told of the others
    return await state.outbox.push(made.callback_url, event["eventName"], encode_exactly(event), "application/json")


def _due(state: State) -> list[tuple[Subscription, _Event]]:
    """Return the events that are due, each with a subscription that it goes to."""
    due = []
    for customer_id, account_id in state.subscriptions:
        subscribed = state.subscriptions.to_account(customer_id, account_id)
        if account_id not in state.customers.get(customer_id, {}):
            for one in subscribed:
                state.subscriptions.remove(one)
            continue
        told = state.subscriptions.told(customer_id, account_id)
        note_state(state, customer_id, account_id)
        now = state.subscriptions.told(customer_id, account_id)
        due += [(one, event) for event in _changes(told, now) for one in subscribed if one.topic == event[0]]
    return due


def _now(state: State, customer_id: str, account_id: str) -> tuple[Account, list[Row]]:
    records = state.customers[customer_id]
    return records[account_id], state.transactions.history(customer_id, records).listing(account_id).rows


def _changes(before: Told, now: Told) -> Iterator[_Event]:
    if before.rows is not now.rows:
        old, new = ({row["id"]: row for row in told.rows} for told in (before, now))
        changed: dict[str, list[Row]] = {
            "created": [row for one, row in new.items() if one not in old],
            "modified": [row for one, row in new.items() if one in old and row != old[one]],
            "deleted": [row for one, row in old.items() if one not in new],
        }
        for kind in filter(changed.get, changed):
            yield "transaction", kind, changed[kind]
    if _telling(before.account) != _telling(now.account):
        yield "account", "modified", [now.account]


def _telling(account: Account) -> Account:
    return {name: value for name, value in account.items() if name not in _SILENT}


async def _push(state: State, subscription: Subscription, event: _Event) -> SentEvent:
    topic, kind, records = event
    members = {"event": {"class": topic, "type": kind, "records": records}}
    body = encode_exactly(members) if subscription.in_json else _xml(members).encode()
    content_type = "application/json" if subscription.in_json else "application/xml"
    return await state.outbox.push(subscription.url, f"{topic}.{kind}", body, content_type)


def _xml(value: Any) -> str:
    """Return a value as XML, as far as the vendor's form of it is known: an element for each member."""
    if isinstance(value, dict):
        return "".join(f"<{name}>{_xml(member)}</{name}>" for name, member in value.items())
    if isinstance(value, list):
        return "".join(f"<record>{_xml(one)}</record>" for one in value)
    return escape(str(value))
