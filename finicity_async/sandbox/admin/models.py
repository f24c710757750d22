"""What comes in and goes out as JSON: the types that are checked are those of the OpenAPI document."""

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, Union

import msgspec
from msgspec import Meta

from finicity_async.sandbox.connecting.delivery import SentEvent
from finicity_async.sandbox.connecting.institutions import DEFAULT_INSTITUTION
from finicity_async.sandbox.connecting.playing import Outcome
from finicity_async.sandbox.faults import Fault, InstalledFault
from finicity_async.sandbox.journal import Call
from finicity_async.sandbox.refreshes import RefreshScript

if TYPE_CHECKING:
    AnyFault = Fault
else:
    AnyFault = Union[tuple(Fault.__subclasses__())]  # noqa: UP007 -- of a tuple

Members = Annotated[dict[str, Any], Meta(description="Members under the vendor's names, as on the wire.")]
Position = Annotated[
    int, Meta(ge=0, description="How many came before it since the sandbox started; a reset included.")
]
_Seconds = Annotated[float, Meta(ge=0, le=10**9)]
_Status = Annotated[int, Meta(ge=200, le=599)]
_Most = Annotated[int, Meta(ge=1, le=100_000, description="How many at most.")]
_Place = Annotated[int, Meta(ge=0, description="How many to skip.")]


class _Incoming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What comes in: a member that is unknown is refused."""


class _Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """What goes out."""


class Problem(_Outgoing, frozen=True, kw_only=True):
    """Why a request was refused."""

    error: Annotated[str, Meta(description="A sentence for the reader of the log.")]


# Journal


class CallsQuery(_Incoming, frozen=True, kw_only=True):
    """Which calls of the journal."""

    operation: Annotated[str | None, Meta(description="Only those of one operation, by the vendor's operationId.")] = (
        None
    )
    customer_id: Annotated[str | None, Meta(description="Only those for one customer.")] = None
    from_: Annotated[int, Meta(ge=0, description="Only those from this position on.")] = msgspec.field(
        name="from", default=0
    )
    limit: Annotated[int, Meta(ge=1, le=100_000, description="Only the latest of them, this many at most.")] = 1_000


class MatchedFault(_Outgoing, frozen=True, kw_only=True):
    """A fault that matched a request."""

    id: Annotated[int, Meta(description="Its number, also when it has been removed since.")]
    fault: Annotated[str, Meta(description='Its kind, for example "status".')]


class JournalCall(_Outgoing, frozen=True, kw_only=True):
    """A request that the sandbox received, what it was answered, and why."""

    position: Position
    time: Annotated[float, Meta(description="Unix seconds on the sandbox's clock when it came.")]
    operation: Annotated[str | None, Meta(description="The vendor's operationId, null for a path that it lacks.")]
    customer_id: Annotated[str | None, Meta(description="The customer in the path.")]
    method: str
    target: Annotated[str, Meta(description="Path and query as they came.")]
    port: Annotated[int, Meta(description="Port of the client's end: the same for all requests of a connection.")]
    status: Annotated[int | None, Meta(description="Null before the answer, and for good when none is sent.")]
    code: Annotated[str | None, Meta(description="The vendor's code in the answer.")]
    message: Annotated[str | None, Meta(description="Why the request was refused, in the words of the answer.")]
    faults: Annotated[list[MatchedFault], Meta(description="The faults that matched; without one it is the vendor's.")]

    @classmethod
    def of(cls, position: int, call: Call) -> Self:
        """Return a call of the journal."""
        pairs = zip(call.fault_ids, call.faults, strict=True)
        return cls(
            position=position,
            time=call.time,
            operation=call.operation,
            customer_id=call.customer_id,
            method=call.method,
            target=call.target,
            port=call.port,
            status=call.status,
            code=call.code,
            message=call.message,
            faults=[MatchedFault(id=number, fault=name) for number, name in pairs],
        )


class JournalPage(_Outgoing, frozen=True, kw_only=True):
    """Calls in the order in which they came."""

    calls: list[JournalCall]
    left_off: Annotated[int, Meta(description="How many earlier ones fit the question and are not in the answer.")]
    next: Annotated[int, Meta(description="Position of the next request: ask with it as from, and miss none.")]


# Events


class EventsQuery(_Incoming, frozen=True, kw_only=True):
    """Which events."""

    from_: Annotated[int, Meta(ge=0, description="Only those from this position on.")] = msgspec.field(
        name="from", default=0
    )


class EventRecord(_Outgoing, frozen=True, kw_only=True):
    """An event as it was sent to the user's server."""

    event_type: str
    url: str
    body: Annotated[str, Meta(description="The body, as it was signed.")]
    headers: dict[str, str]
    signature: Annotated[str, Meta(description="X-Finicity-Signature: hex HMAC-SHA256 of the body; empty for TxPush.")]
    status: Annotated[int | None, Meta(description="HTTP status of the answer, null when there was none.")]
    error: Annotated[str | None, Meta(description="Why there was no answer.")]

    @classmethod
    def of(cls, sent: SentEvent) -> Self:
        """Return an event that was sent."""
        return cls(
            event_type=sent.event_type,
            url=sent.url,
            body=sent.body.decode(),
            headers=dict(sent.headers),
            signature=sent.signature,
            status=sent.status,
            error=sent.error,
        )


class EventPage(_Outgoing, frozen=True, kw_only=True):
    """Events in the order in which they were sent."""

    events: list[EventRecord]
    next: Annotated[int, Meta(description="Position of the next event: ask with it as from, and miss none.")]


class Nothing(_Incoming, frozen=True, kw_only=True):
    """An empty object."""


class ConnectPlay(_Incoming, frozen=True, kw_only=True):
    """A session of Connect to play, as if the customer had opened the link in a browser."""

    url: Annotated[str, Meta(description="The link, as the vendor's interface has generated it.")]
    outcome: Annotated[Outcome, Meta(description="How the session ends.")] = "added"
    institution: Annotated[str | int, Meta(description="Where; a lite or fix link has its own.")] = DEFAULT_INSTITUTION
    accounts: Annotated[list[str] | None, Meta(description="Types of the accounts; null for a test profile's.")] = None


class PlayedConnect(_Outgoing, frozen=True, kw_only=True):
    """A session of Connect that is over."""

    events: Annotated[list[EventRecord], Meta(description="What was sent to the webhook, with its answers.")]
    accounts: Annotated[list[dict[str, Any]], Meta(description="The accounts that were added, as on the wire.")]
    code: Annotated[int, Meta(description="The code that the browser brings to the redirect URI.")]
    reason: str


# Faults


class FaultRecord(_Outgoing, frozen=True, kw_only=True):
    """A fault that is installed."""

    id: Annotated[int, Meta(description="By which it can be removed.")]
    matches: Annotated[int, Meta(description="How many requests it has matched.")]
    fault: AnyFault

    @classmethod
    def of(cls, installed: InstalledFault) -> Self:
        """Return an installed fault."""
        return cls(id=installed.number, matches=installed.matches, fault=installed.fault)


class FaultList(_Outgoing, frozen=True, kw_only=True):
    """Faults in the order in which they were added."""

    faults: list[FaultRecord]


# Refreshes


class Script(_Incoming, frozen=True, kw_only=True):
    """How a refresh runs, also one of transactions, and how the call that starts it is answered."""

    seconds: Annotated[_Seconds | None, Meta(description="Seconds that it takes; null: it never ends.")] = 0.2
    seconds_apart: Annotated[_Seconds, Meta(description="Seconds from the end of one account to that of the next.")] = 0
    codes: Annotated[dict[str, int], Meta(description="Account ID -> status code with which it ends.")] = msgspec.field(
        default_factory=dict
    )
    running_code: Annotated[int | None, Meta(description="What the accounts show while it runs, for example 325.")] = (
        None
    )
    success_delay: Annotated[_Seconds, Meta(description="Seconds from the end until the success date follows.")] = 0
    happens: Annotated[bool, Meta(description="False for a refresh that is answered and never begins.")] = True
    answer: Annotated[
        Literal["end", "at once", "hang", "disconnect", "truncated", "page"] | _Status,
        Meta(description="When and how the call is answered; a number is an HTTP status."),
    ] = "end"
    answer_code: Annotated[int | None, Meta(description="The vendor's code in a response by status.")] = None

    def script(self) -> RefreshScript:
        """Return the script."""
        seconds = math.inf if self.seconds is None else self.seconds
        return RefreshScript(**{**msgspec.structs.asdict(self), "seconds": seconds})

    @classmethod
    def of(cls, script: RefreshScript) -> Self:
        """Return a script as JSON has it."""
        members = {name: getattr(script, name) for name in cls.__struct_fields__}
        return cls(**{**members, "seconds": None if math.isinf(script.seconds) else script.seconds})


class Scripts(_Outgoing, frozen=True, kw_only=True):
    """How refreshes run."""

    default: Annotated[Script, Meta(description="For every customer without a script.")]
    customers: Annotated[dict[str, Script], Meta(description="Customer ID -> script.")]


# Reports


class ReportScript(_Incoming, frozen=True, kw_only=True):
    """How the next reports run."""

    seconds: Annotated[_Seconds | None, Meta(description="Seconds that one takes; null: it never ends.")] = 0


class CustomerReportScript(_Incoming, frozen=True, kw_only=True):
    """How the reports about one customer run."""

    reasons: Annotated[list[str], Meta(description="Why the next ones fail; empty: they are made.")] = msgspec.field(
        default_factory=list
    )
    frozen: Annotated[bool, Meta(description="True for a consumer who has frozen the data: calls get a 403.")] = False


class ReportScripts(_Outgoing, frozen=True, kw_only=True):
    """How reports run."""

    default: ReportScript
    customers: Annotated[dict[str, CustomerReportScript], Meta(description="Customer ID -> script.")]


# Clock, snapshots


class ClockReading(_Outgoing, frozen=True, kw_only=True):
    """The sandbox's clock."""

    now: Annotated[float, Meta(description="Unix seconds.")]
    ahead: Annotated[float, Meta(description="Seconds that it was advanced by.")]


class ClockMove(_Incoming, frozen=True, kw_only=True):
    """A move of the clock."""

    seconds: Annotated[float, Meta(description="How far ahead, for example 7200 to let every token expire.")]


class SnapshotName(_Incoming, frozen=True, kw_only=True):
    """A name for a snapshot; one that has the name already is replaced."""

    name: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,100}$(?!\n)")]


class SnapshotList(_Outgoing, frozen=True, kw_only=True):
    """The snapshots that were taken."""

    snapshots: list[str]


class ResetTo(_Incoming, frozen=True, kw_only=True):
    """What to go back to."""

    snapshot: Annotated[str | None, Meta(description="Name of a snapshot; null for the state at the start.")] = None


# Records


class PageQuery(_Incoming, frozen=True, kw_only=True):
    """Which part of a list."""

    from_: _Place = msgspec.field(name="from", default=0)
    limit: _Most = 100


class InstitutionsQuery(PageQuery, frozen=True, kw_only=True):
    """Which institutions."""

    search: Annotated[str, Meta(description="Words that are in the name, or like a word of it.")] = ""


class NewCustomer(_Incoming, frozen=True, kw_only=True):
    """A customer without accounts."""

    id: Annotated[str | int | None, Meta(description="Its ID; null for a new one.")] = None


class CustomerPage(_Outgoing, frozen=True, kw_only=True):
    """Customers as the vendor lists them."""

    customers: list[dict[str, Any]]
    total: Annotated[int, Meta(description="How many there are in all.")]


class NewAccount(_Incoming, frozen=True, kw_only=True):
    """An account with plausible members, drawn from the seed."""

    type: Annotated[str, Meta(description='The vendor\'s type, for example "creditCard".')] = "checking"
    members: Members = msgspec.field(default_factory=dict)


class AccountList(_Outgoing, frozen=True, kw_only=True):
    """Accounts as on the wire."""

    accounts: list[dict[str, Any]]


class TransactionsQuery(_Incoming, frozen=True, kw_only=True):
    """Which transactions."""

    account_id: Annotated[str | None, Meta(description="Only those of one account.")] = None


class NewTransactions(_Incoming, frozen=True, kw_only=True):
    """Transactions to put into an account, beside the drawn ones; one with the ID of another replaces it."""

    transactions: Annotated[
        list[dict[str, Any]],
        Meta(description="Members under the vendor's names; dates as Unix seconds, null for a member to leave out."),
    ]


class TransactionList(_Outgoing, frozen=True, kw_only=True):
    """Transactions as on the wire, the oldest first."""

    transactions: list[dict[str, Any]]


class InstitutionPage(_Outgoing, frozen=True, kw_only=True):
    """Institutions as on the wire."""

    institutions: list[dict[str, Any]]
    total: Annotated[int, Meta(description="How many were found in all.")]
