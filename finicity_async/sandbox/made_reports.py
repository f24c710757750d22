"""Reports that were asked for: how far each is, by the sandbox's clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from finicity_async.sandbox.clock import Clock

_REASON = "102"
EXAMPLE_REPORT = "e8bc3a5cddee4b26a272153ff257e33e"
"""What the report of the first customer is drawn from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeReport:
    """
    One report.

    Attributes:
        customer_id: The customer whom it is about.
        record: What every report has, as on the wire, without a status.
        ends: When it is over, in Unix seconds.
        reasons: Why it fails; none where it is made.
        callback_url: Where news of it goes; None for nowhere.
    """

    customer_id: str
    record: dict[str, Any]
    ends: float
    reasons: tuple[str, ...] = ()
    callback_url: str | None = None

    def status_at(self, now: float) -> str:
        """Return the status at a moment."""
        if now < self.ends:
            return "inProgress"
        return "failure" if self.reasons else "success"

    def belongs_to(self, owner: str, value: str) -> bool:
        """Return whether it is about a customer (``"customerId"``) or consumer (``"consumerId"``)."""
        return value == (self.customer_id if owner == "customerId" else self.record.get(owner))

    def errors(self) -> list[dict[str, str]]:
        """Return why it failed, as on the wire."""
        return [{"code": _REASON, "message": reason} for reason in self.reasons]


class Reports:
    """
    The reports of a sandbox, and how the next ones run.

    Args:
        clock: The sandbox's clock.

    Attributes:
        seconds: How long the next reports take; 0 at first, so that the first look finds them made.
        reasons: Customer -> why the next reports about the customer fail.
        frozen: Customers whose consumers have frozen their data: they get a 403.
    """

    def __init__(self, clock: Clock) -> None:
        self.seconds: float = 0.0
        self.reasons: dict[str, tuple[str, ...]] = {}
        self.frozen: set[str] = set()
        self._clock = clock
        self._made: dict[str, MadeReport] = {}
        self._untold: dict[str, MadeReport] = {}

    def copy(self) -> "Reports":
        """Return a copy."""
        other = Reports(self._clock)
        other.seconds, other.reasons, other.frozen = self.seconds, dict(self.reasons), set(self.frozen)
        other._made, other._untold = dict(self._made), dict(self._untold)
        return other

    def start(self, customer_id: str, record: dict[str, Any], callback_url: str | None = None) -> MadeReport:
        """Start to make a report."""
        made = MadeReport(
            customer_id=customer_id,
            record=record,
            ends=self._clock() + self.seconds,
            reasons=self.reasons.get(customer_id, ()),
            callback_url=callback_url,
        )
        self._made[record["id"]] = made
        if callback_url is not None:
            self._untold[record["id"]] = made
        return made

    def is_running(self, customer_id: str) -> bool:
        """Return whether a report of a customer is being made."""
        return any(one.customer_id == customer_id and self._clock() < one.ends for one in self._made.values())

    def get(self, report_id: str) -> MadeReport | None:
        """Return a report by its ID."""
        return self._made.get(report_id)

    def listing(self, owner: str, value: str) -> list[MadeReport]:
        """Return the reports about a customer (``"customerId"``) or consumer (``"consumerId"``)."""
        return [one for one in self._made.values() if one.belongs_to(owner, value)]

    @property
    def has_listeners(self) -> bool:
        """Whether somebody is still to hear of the end of a report."""
        return bool(self._untold)

    def news(self) -> list[MadeReport]:
        """Return each report that has ended since the last time and whose end somebody is to hear of."""
        ended = [made for made in self._untold.values() if self._clock() >= made.ends]
        for made in ended:
            del self._untold[made.record["id"]]
        return ended


def acknowledgement(
    drawn: str, kind: str, customer: Mapping[str, Any], consumer: Mapping[str, Any], now: int
) -> dict[str, Any]:
    """Return what every report has, as on the wire, without status and constraints, from a text of hex digits."""
    customer_id = str(customer["id"])
    return {
        "id": f"{drawn[:12]}-{kind}",
        "portfolioId": f"{drawn[:12]}-1-port",
        "customerType": customer["type"],
        "customerId": int(customer_id) if customer_id.isdecimal() else 0,
        "requestId": drawn[12:22],
        "requesterName": "Sandbox",
        "createdDate": now,
        "title": f"{kind.title()} Report",
        "type": kind,
        **({"consumerId": consumer["id"], "consumerSsn": consumer["ssn"]} if consumer else {}),
    }
