"""What the sandbox received: every request with its operation, customer, status and time."""

from dataclasses import dataclass
from datetime import UTC, datetime

from finicity_async.sandbox.latest import Latest

_MOST = 100_000


@dataclass(slots=True)
class Call:
    """
    One request that the sandbox received.

    Attributes:
        operation: The vendor's operationId, None for a path or method that the vendor does not have.
        customer_id: The customer in the path, or None.
        method: HTTP method.
        target: Path and query as they came.
        time: Unix seconds on the sandbox's clock when it came.
        port: Port of the client's end, the same for all requests of one connection.
        status: HTTP status of the response; None before it, and for good when none is sent.
        faults: Names of the faults that matched it.
        fault_ids: Their numbers, as the admin interface has them.
        code: The vendor's code in the response, None for none.
        message: Why the request was refused, in the words of the response; None for any other.
    """

    operation: str | None
    customer_id: str | None
    method: str
    target: str
    time: float
    port: int
    status: int | None = None
    faults: tuple[str, ...] = ()
    fault_ids: tuple[int, ...] = ()
    code: str | None = None
    message: str | None = None

    def fits(self, operation: str | None, customer_id: str | None) -> bool:
        """Return whether it is of an operation and a customer, None for any."""
        return operation in (None, self.operation) and customer_id in (None, self.customer_id)

    def __str__(self) -> str:
        """Describe the call in one line."""
        moment = datetime.fromtimestamp(self.time, UTC).strftime("%H:%M:%S.%f")[:-3]
        faults = f"  [{', '.join(self.faults)}]" if self.faults else ""
        return (
            f"{moment}  {self.status or 'no answer':<9}  {self.operation or '-'}  {self.method} {self.target}{faults}"
        )


class Calls(list[Call]):
    """Calls in the order in which they came; as text, a line for each."""

    def __str__(self) -> str:
        """Write a line for each call."""
        return "\n".join(map(str, self)) or "No request was received."

    def last(self, most: int) -> str:
        """Write a line for each of the latest calls, and how many came before them."""
        earlier = [f"... {len(self) - most} earlier"] if len(self) > most else []
        return "\n".join([*earlier, str(Calls(self[-most:]))])

    def __repr__(self) -> str:
        """Show each call in a few words, for the report of a failed assertion."""
        words = (f"{call.operation or call.target} {call.customer_id or ''} {call.status}" for call in self)
        return f"Calls({', '.join(' '.join(word.split()) for word in words)})"


class Journal:
    """
    The latest 100,000 calls.

    Attributes:
        calls: The calls, each with its position.
    """

    def __init__(self) -> None:
        self.calls: Latest[Call] = Latest(_MOST)

    def note(self, call: Call) -> None:
        """Add a call; its status follows when it is answered."""
        self.calls.add(call)

    def clear(self) -> None:
        """Remove every call."""
        self.calls.clear()

    def find(self, operation: str | None, customer_id: str | None) -> Calls:
        """Return the calls of one operation and customer, None for any."""
        return Calls(call for call in self.calls if call.fits(operation, customer_id))

    def assert_called(self, operation: str | None, customer_id: str | None, times: int | None) -> None:
        """
        Check the number of such calls; None accepts any number above 0.

        Raises:
            AssertionError: The number is another one; the text lists every call.
        """
        found = len(self.find(operation, customer_id))
        if found == times or (times is None and found):
            return
        wanted = "at least 1" if times is None else str(times)
        what = f"{operation or 'any operation'}{'' if customer_id is None else f' of customer {customer_id}'}"
        raise AssertionError(
            f"{wanted} expected and {found} received: {what}. Received in all:\n{self.find(None, None)}"
        )
