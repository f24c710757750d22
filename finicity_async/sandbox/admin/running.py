"""Handlers for how the sandbox runs: its journal, events, faults, refreshes, reports, clock and snapshots."""

import math

from finicity_async.sandbox.admin.control import Control, ProblemError
from finicity_async.sandbox.admin.models import (
    AnyFault,
    CallsQuery,
    ClockMove,
    ClockReading,
    ConnectPlay,
    CustomerReportScript,
    EventPage,
    EventRecord,
    EventsQuery,
    FaultList,
    FaultRecord,
    JournalCall,
    JournalPage,
    Nothing,
    PlayedConnect,
    ReportScript,
    ReportScripts,
    ResetTo,
    Script,
    Scripts,
    SnapshotList,
    SnapshotName,
)
from finicity_async.sandbox.connecting.links import LinkRefusedError
from finicity_async.sandbox.connecting.playing import play
from finicity_async.sandbox.pushing import push_changes as push
from finicity_async.sandbox.routing import OPERATIONS


def get_variables(control: Control) -> dict[str, str]:
    """Return the FINICITY_* variables that lead a client to the sandbox; nowhere else are they worth anything."""
    return control.state.variables


def list_calls(control: Control, query: CallsQuery) -> JournalPage:
    """Return the requests that were received, what each was answered, and why."""
    if query.operation is not None and query.operation not in OPERATIONS:
        raise ProblemError(400, f"{query.operation!r} is no operation of the vendor's")
    calls = control.journal.calls
    fitting = [pair for pair in calls.numbered(query.from_) if pair[1].fits(query.operation, query.customer_id)]
    latest = fitting[-query.limit :]
    return JournalPage(
        calls=[JournalCall.of(position, call) for position, call in latest],
        left_off=len(fitting) - len(latest),
        next=calls.next,
    )


def list_events(control: Control, query: EventsQuery) -> EventPage:
    """Return the events of Connect and TxPush that were sent, with the answers to them."""
    sent = control.state.outbox.sent
    return EventPage(events=[EventRecord.of(event) for _, event in sent.numbered(query.from_)], next=sent.next)


async def push_changes(control: Control, body: Nothing) -> EventPage:  # noqa: ARG001 -- a POST has a body
    """Post the events of TxPush that are due, and wait for the answers."""
    control.state.apply_due()
    events = await push(control.state)
    return EventPage(events=[EventRecord.of(event) for event in events], next=control.state.outbox.sent.next)


async def play_connect(control: Control, body: ConnectPlay) -> PlayedConnect:
    """Play a session of Connect, as if the customer had opened a link in a browser."""
    try:
        played = await play(
            control.state,
            body.url,
            outcome=body.outcome,
            institution=str(body.institution),
            account_types=body.accounts,
        )
    except LinkRefusedError as error:
        raise ProblemError(409, str(error)) from None
    return PlayedConnect(
        events=[EventRecord.of(event) for event in played.events],
        accounts=list(played.accounts),
        code=played.code,
        reason=played.reason,
    )


def list_faults(control: Control) -> FaultList:
    """Return the faults that are installed."""
    return FaultList(faults=[FaultRecord.of(one) for one in control.faults.installed])


def add_faults(control: Control, body: list[AnyFault]) -> FaultList:
    """Install faults for the requests that follow: the JSON is that of a file for ``--faults``."""
    return FaultList(faults=[FaultRecord.of(one) for one in control.faults.add(*body)])


def remove_fault(control: Control, fault_id: int) -> None:
    """Remove a fault; its effects on tokens and the partner stay."""
    if not control.faults.remove(fault_id):
        raise ProblemError(404, f"There is no fault {fault_id}")


def clear_faults(control: Control) -> None:
    """Remove all faults; their effects on tokens and the partner stay."""
    control.faults.clear()


def list_refresh_scripts(control: Control) -> Scripts:
    """Return how refreshes run."""
    scripts = control.state.refresh_scripts
    return Scripts(
        default=Script.of(control.state.refresh_script),
        customers={customer_id: Script.of(script) for customer_id, script in scripts.items()},
    )


def script_refresh(control: Control, body: Script) -> Script:
    """Set how the refreshes of all customers without a script run."""
    control.state.refresh_script = body.script()
    return body


def script_refresh_of_customer(control: Control, customer_id: str, body: Script) -> Script:
    """Set how the refreshes of one customer run."""
    control.state.refresh_scripts[customer_id] = body.script()
    return body


def list_report_scripts(control: Control) -> ReportScripts:
    """Return how reports run."""
    reports = control.state.reports
    customers = sorted(reports.reasons.keys() | reports.frozen)
    return ReportScripts(
        default=ReportScript(seconds=None if math.isinf(reports.seconds) else reports.seconds),
        customers={
            one: CustomerReportScript(reasons=list(reports.reasons.get(one, ())), frozen=one in reports.frozen)
            for one in customers
        },
    )


def script_reports(control: Control, body: ReportScript) -> ReportScript:
    """Set how long the next reports take."""
    control.state.reports.seconds = math.inf if body.seconds is None else body.seconds
    return body


def script_reports_of_customer(control: Control, customer_id: str, body: CustomerReportScript) -> CustomerReportScript:
    """Set whether the next reports about one customer fail, and whether the data are frozen."""
    reports = control.state.reports
    reports.reasons[customer_id] = tuple(body.reasons)
    (reports.frozen.add if body.frozen else reports.frozen.discard)(customer_id)
    return body


def get_clock(control: Control) -> ClockReading:
    """Return what the sandbox's clock says."""
    return ClockReading(now=control.state.clock(), ahead=control.state.clock.ahead)


def advance_clock(control: Control, body: ClockMove) -> ClockReading:
    """Let time pass at once: tokens expire, refreshes end, nights bring new transactions."""
    control.state.clock.advance(body.seconds)
    control.state.apply_due()
    return get_clock(control)


def list_snapshots(control: Control) -> SnapshotList:
    """Return the names of the snapshots that were taken."""
    return SnapshotList(snapshots=list(control.snapshots))


def take_snapshot(control: Control, body: SnapshotName) -> SnapshotList:
    """Keep a copy of records, refreshes, reports, partner, clock and scripts under a name."""
    control.snapshots[body.name] = control.state.snapshot()
    return list_snapshots(control)


def remove_snapshot(control: Control, name: str) -> None:
    """Forget a snapshot."""
    _check_snapshot(control, name)
    del control.snapshots[name]


def reset(control: Control, body: ResetTo) -> None:
    """Restore a snapshot or the state at the start, without faults, and with an empty journal; tokens stay valid."""
    if body.snapshot is None:
        control.reset(None)
    else:
        _check_snapshot(control, body.snapshot)
        control.reset(control.snapshots[body.snapshot])


def _check_snapshot(control: Control, name: str) -> None:
    if name not in control.snapshots:
        raise ProblemError(404, f"There is no snapshot {name}")
