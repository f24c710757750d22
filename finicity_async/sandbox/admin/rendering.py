"""What the page for people shows: sections of what the JSON interface answers, and forms."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from finicity_async.sandbox.admin import PREFIX, records, running
from finicity_async.sandbox.admin.control import Control, ProblemError
from finicity_async.sandbox.admin.forms import COMMON_FAULTS
from finicity_async.sandbox.admin.models import CallsQuery, FaultRecord, JournalCall, PageQuery
from finicity_async.sandbox.connecting.elements import Markup, element, joined
from finicity_async.sandbox.connecting.rendering import ICON
from finicity_async.sandbox.connecting.rendering import STYLE_PATH as CONNECT_STYLE_PATH
from finicity_async.sandbox.data import ACCOUNT_TYPES
from finicity_async.sandbox.routing import OPERATIONS

STYLE_PATH = f"{PREFIX}/page.css"
_MOST_CALLS = 50
_MOST_EVENTS = 20
_MOST_CUSTOMERS = 10
_ERROR = 400  # HTTP statuses from here on


def render_page(control: Control, customer_id: str | None, problem: str | None, script: Markup) -> bytes:
    """
    Return the page.

    Args:
        control: The sandbox.
        customer_id: The customer whose accounts it shows, None for nobody.
        problem: Why the last form was refused, None when it was not.
        script: Keeps the live parts up to date.
    """
    body = joined(
        element("h1", "Sandbox"),
        element("p", problem, class_="alert", role="alert") if problem else None,
        _journal(control),
        element("div", _faults(control), _clock(control), class_="columns"),
        element("div", _customers(control, customer_id), _snapshots(control), class_="columns"),
        _events(control),
    )
    return _document(body, script)


def _document(body: Markup, script: Markup) -> bytes:
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", "Sandbox of finicity-async"),
        element("link", rel="icon", href=ICON),
        element("link", rel="stylesheet", href=CONNECT_STYLE_PATH),
        element("link", rel="stylesheet", href=STYLE_PATH),
    )
    status = element("span", "Not live", class_="pill", id="live", role="status")
    banner = element("header", element("span", "finicity-async", class_="brand"), status, class_="banner")
    footer = element("footer", element("a", "The same as JSON", href=f"{PREFIX}/openapi.json"))
    main = element("main", body)
    html = element(
        "html", head, element("body", banner, main, footer, element("script", script), class_="wide"), lang="en"
    )
    return f"<!DOCTYPE html>\n{html}\n".encode()


# Journal and events


def _journal(control: Control) -> Markup:
    page = running.list_calls(control, CallsQuery(limit=_MOST_CALLS))
    rows = [_call(call) for call in reversed(page.calls)]
    earlier = element("p", f"{page.left_off} earlier ones are not shown.", class_="remark") if page.left_off else None
    heads = ("Time (UTC)", "Request", "Customer", "Status", "Why")
    listed = _table("Requests", heads, rows, "No request yet.")
    return _section("journal", "Requests", _live("calls", listed, earlier))


def _call(call: JournalCall) -> Markup:
    bad = call.status is None or call.status >= _ERROR
    asked = joined(element("strong", call.operation or "unknown path"), element("br"), f"{call.method} {call.target}")
    return element(
        "tr",
        element("td", _time(call.time)),
        element("td", asked, class_="target"),
        element("td", call.customer_id or ""),
        element("td", "none" if call.status is None else str(call.status), class_="bad" if bad else None),
        element("td", _why(call), class_="why"),
    )


def _why(call: JournalCall) -> str:
    """Return what the answer says of its reason, and the faults that matched."""
    said = " ".join(one for one in (call.code, call.message) if one)
    faults = ", ".join(f"fault {one.id} ({one.fault})" for one in call.faults)
    return "; ".join(one for one in (faults, said) if one)


def _events(control: Control) -> Markup:
    events = [event for _, event in control.state.outbox.sent.numbered()][-_MOST_EVENTS:]
    rows = [_row(event.event_type, event.url, event.error or str(event.status)) for event in reversed(events)]
    listed = _table("Events", ("Event", "Sent to", "Answer"), rows, "No event was sent yet.")
    push = _form(_button("Send the TxPush events that are due", "push"))
    return _section("events", "Events sent", push, _live("sent", listed))


# Faults and clock


def _faults(control: Control) -> Markup:
    add = _form(
        _select("Fault", "fault", COMMON_FAULTS),
        _select("Operation", "operation", sorted(OPERATIONS), every="every operation"),
        _input("Times", "first", type="number", min="1", inputmode="numeric", placeholder="always"),
        _button("Add fault", "add_fault", class_="primary"),
    )
    installed = running.list_faults(control).faults
    rows = [_fault(one) for one in installed]
    clear = _form(_button("Remove all faults", "clear_faults")) if installed else None
    listed = _table("Faults", ("ID", "Fault", "Matches", "Remove"), rows, "No fault: every answer is the vendor's.")
    return _section("faults", "Faults", add, _live("installed", listed, clear))


def _fault(record: FaultRecord) -> Markup:
    members: dict[str, Any] = msgspec.to_builtins(record.fault)
    kind = members.pop("fault")
    told = ", ".join(f"{name}: {value}" for name, value in members.items())
    remove = _one("Remove", "remove_fault", f"fault {record.id}", id=str(record.id))
    described = element("div", f"{kind} ({told})" if told else kind, class_="why")
    return _row(str(record.id), described, str(record.matches), remove)


def _clock(control: Control) -> Markup:
    reading = running.get_clock(control)
    now = datetime.fromtimestamp(reading.now, UTC)
    told = f"{now:%Y-%m-%d %H:%M:%S} UTC, {reading.ahead:,.0f} seconds ahead"
    steps = element(
        "div",
        _form(_button("Advance by an hour", "advance", hidden={"seconds": "3600"})),
        _form(_button("Advance by a day", "advance", hidden={"seconds": "86400"})),
        class_="controls",
    )
    typed = _form(
        _input("Seconds", "seconds", required=True, inputmode="decimal"),
        _button("Advance", "advance"),
    )
    return _section("clock", "Clock", _live("now", element("p", told)), steps, typed)


# Customers and snapshots


def _customers(control: Control, customer_id: str | None) -> Markup:
    page = records.list_customers(control, PageQuery(limit=_MOST_CUSTOMERS))
    rows = [
        _row(
            element("a", str(one["id"]), href=f"{PREFIX}/?customer={one['id']}#customers"), str(one.get("username", ""))
        )
        for one in page.customers
    ]
    total = element("p", f"{page.total} in all.", class_="remark")
    show = element(
        "form",
        _input("Customer ID", "customer", required=True),
        element("button", "Show accounts", type="submit", class_="secondary"),
        class_="controls",
        action=f"{PREFIX}/#customers",
    )
    add = _form(_input("ID, empty for a new one", "customer_id"), _button("Add customer", "add_customer"))
    listed = _table("Customers", ("ID", "Username"), rows, "No customer.")
    shown = _accounts(control, customer_id) if customer_id else None
    return _section("customers", "Customers", _live("first-customers", listed, total), show, shown, add)


def _accounts(control: Control, customer_id: str) -> Markup:
    title = element("h3", f"Accounts of customer {customer_id}")
    try:
        accounts = records.list_accounts(control, customer_id).accounts
    except ProblemError as error:
        return joined(title, _live("accounts", element("p", str(error), class_="empty")))
    rows = [_account(customer_id, one) for one in accounts]
    whose = {"customer_id": customer_id}
    listed = _table("Accounts", ("ID", "Type", "Balance", "Remove"), rows, "No account.")
    add = _form(_select("Type", "type", ACCOUNT_TYPES), _button("Add account", "add_account", hidden=whose))
    remove = _form(_button(f"Remove customer {customer_id}", "remove_customer", hidden=whose))
    return joined(title, _live("accounts", listed), add, remove)


def _account(customer_id: str, account: dict[str, Any]) -> Markup:
    number = str(account["id"])
    remove = _one("Remove", "remove_account", f"account {number}", id=number, customer_id=customer_id)
    return _row(number, str(account.get("type", "")), str(account.get("balance", "")), remove)


def _snapshots(control: Control) -> Markup:
    take = _form(
        _input("Name", "name", required=True, pattern="[A-Za-z0-9_\\-]{1,100}"),
        _button("Take a snapshot", "take_snapshot"),
    )
    rows = [
        _row(
            name,
            _one("Restore", "reset", f"snapshot {name}", name=name),
            _one("Remove", "remove_snapshot", f"snapshot {name}", name=name),
        )
        for name in control.snapshots
    ]
    listed = _table("Snapshots", ("Name", "Restore", "Remove"), rows, "No snapshot.")
    reset = _form(_button("Reset to the start", "reset"))
    return _section("snapshots", "Snapshots", take, _live("taken", listed), reset)


# Parts


def _section(name: str, title: str, *children: Markup | None) -> Markup:
    heading = f"{name}-heading"
    return element("section", element("h2", title, id=heading), *children, id=name, aria_labelledby=heading)


def _live(name: str, *children: Markup | None) -> Markup:
    """Return a part that the script replaces when it has changed."""
    return element("div", *children, id=name, data_live=True)


def _table(label: str, heads: Iterable[str], rows: list[Markup], empty: str) -> Markup:
    if not rows:
        return element("p", empty, class_="empty")
    head = element("thead", element("tr", *(element("th", one, scope="col") for one in heads)))
    table = element("table", head, element("tbody", *rows))
    return element("div", table, class_="scroll", tabindex="0", role="region", aria_label=label)


def _row(*cells: str) -> Markup:
    return element("tr", *(element("td", one) for one in cells))


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S}"


def _form(*children: Markup) -> Markup:
    return element("form", *children, method="post", class_="controls")


def _button(text: str, action: str, *, class_: str = "secondary", hidden: dict[str, str] | None = None) -> Markup:
    fields = (element("input", type="hidden", name=name, value=value) for name, value in (hidden or {}).items())
    return joined(*fields, element("button", text, type="submit", name="do", value=action, class_=class_))


def _one(text: str, action: str, label: str, **hidden: str) -> Markup:
    """Return a form with a button for one thing in a list."""
    fields = (element("input", type="hidden", name=name, value=value) for name, value in hidden.items())
    button = element(
        "button",
        text,
        type="submit",
        name="do",
        value=action,
        class_="secondary",
        id=f"{action} {label}".replace(" ", "-"),
        aria_label=f"{text} {label}",
    )
    return element("form", *fields, button, method="post")


def _input(label: str, name: str, **attributes: str | bool | None) -> Markup:
    usual: dict[str, str | bool | None] = {"type": "text", "autocomplete": "off", "maxlength": "200"}
    key = f"field-{name}"
    field = element("input", id=key, name=name, **{**usual, **attributes})
    return element("div", element("label", label, for_=key), field, class_="field")


def _select(label: str, name: str, values: Iterable[str], every: str | None = None) -> Markup:
    key = f"field-{name}"
    first = element("option", every, value="") if every else None
    options = (element("option", one, value=one) for one in values)
    select = element("select", first, *options, id=key, name=name)
    return element("div", element("label", label, for_=key), select, class_="field")
