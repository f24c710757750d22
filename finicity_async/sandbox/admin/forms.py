"""The forms of the page: each button names what is done, and the handlers of the JSON interface do it."""

from collections.abc import Callable, Mapping
from inspect import isawaitable
from typing import Any

import msgspec

from finicity_async.sandbox.admin import records, running
from finicity_async.sandbox.admin.control import Control, ProblemError
from finicity_async.sandbox.admin.models import (
    AnyFault,
    ClockMove,
    NewAccount,
    NewCustomer,
    Nothing,
    ResetTo,
    SnapshotName,
)

Form = Mapping[str, str]

COMMON_FAULTS: Mapping[str, Mapping[str, Any]] = {
    "503 Service Unavailable": {"fault": "status", "status": 503},
    "429 Too Many Requests": {"fault": "too_many_requests"},
    "Expired token": {"fault": "expired_token"},
    "Slow: 2 seconds": {"fault": "latency", "seconds": 2},
    "No answer": {"fault": "hang"},
    "Connection reset": {"fault": "reset"},
    "Half of the body": {"fault": "truncated"},
    "Body that is no JSON": {"fault": "malformed"},
    "HTML page of a proxy": {"fault": "edge_page"},
}
"""What the page calls a fault -> the fault, as in a file for ``--faults``."""


async def carry_out(control: Control, form: Form) -> str:
    """
    Do what a form says.

    Args:
        control: The sandbox.
        form: Its fields; ``do`` is the button.

    Returns:
        The ID of the section of the page that shows the result.

    Raises:
        ProblemError: It is refused.
        msgspec.MsgspecError: A field has a value that is impossible.
        ValueError: As before.
    """
    if form.get("do") not in _ACTIONS:
        raise ProblemError(400, "The form has no known button")
    section, act = _ACTIONS[form["do"]]
    done = act(control, form)
    if isawaitable(done):
        await done
    return section


def _field(form: Form, name: str) -> str:
    value = form.get(name, "").strip()
    if not value:
        raise ProblemError(400, f"The form has no {name}")
    return value


def _add_fault(control: Control, form: Form) -> None:
    kind = _field(form, "fault")
    if kind not in COMMON_FAULTS:
        raise ProblemError(400, f"The page has no fault {kind!r}")
    declared = dict(COMMON_FAULTS[kind])
    if operation := form.get("operation"):
        declared["operation"] = operation
    if first := form.get("first", "").strip():
        declared["first"] = msgspec.convert(first, int, strict=False)
    running.add_faults(control, [msgspec.convert(declared, AnyFault)])


def _advance(control: Control, form: Form) -> None:
    seconds = msgspec.convert(_field(form, "seconds"), float, strict=False)
    running.advance_clock(control, ClockMove(seconds=seconds))


def _take_snapshot(control: Control, form: Form) -> None:
    running.take_snapshot(control, msgspec.convert({"name": _field(form, "name")}, SnapshotName))


def _add_account(control: Control, form: Form) -> None:
    records.add_account(control, _field(form, "customer_id"), NewAccount(type=_field(form, "type")))


_ACTIONS: Mapping[str, tuple[str, Callable[[Control, Form], Any]]] = {
    "add_fault": ("faults", _add_fault),
    "remove_fault": (
        "faults",
        lambda control, form: running.remove_fault(control, msgspec.convert(_field(form, "id"), int, strict=False)),
    ),
    "clear_faults": ("faults", lambda control, _form: running.clear_faults(control)),
    "advance": ("clock", _advance),
    "add_customer": (
        "customers",
        lambda control, form: records.add_customer(
            control, NewCustomer(id=form.get("customer_id", "").strip() or None)
        ),
    ),
    "remove_customer": (
        "customers",
        lambda control, form: records.remove_customer(control, _field(form, "customer_id")),
    ),
    "add_account": ("customers", _add_account),
    "remove_account": (
        "customers",
        lambda control, form: records.remove_account(control, _field(form, "customer_id"), _field(form, "id")),
    ),
    "push": ("events", lambda control, _form: running.push_changes(control, Nothing())),
    "take_snapshot": ("snapshots", _take_snapshot),
    "remove_snapshot": ("snapshots", lambda control, form: running.remove_snapshot(control, _field(form, "name"))),
    "reset": ("snapshots", lambda control, form: running.reset(control, ResetTo(snapshot=form.get("name")))),
}
"""Name of a button -> the section that shows the result, and what is done."""
