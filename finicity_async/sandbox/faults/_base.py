"""What all faults share: which requests they match, and the hooks through which they act."""

from dataclasses import dataclass
from random import Random
from typing import Annotated, Any, Self

import msgspec

from finicity_async.sandbox.requests import IncomingRequest
from finicity_async.sandbox.responses import Response
from finicity_async.sandbox.routing import OPERATIONS
from finicity_async.sandbox.state import State

LOGINS = frozenset({"CreateToken", "ModifyPartnerSecret"})
"""Operations that a fault matches only by name: failed logins lock the partner."""

Count = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=10**9)]
_OURS = "|".join(
    # In either case by pairs of letters: the document of the admin interface has this pattern, too, and JSON Schema
    # knows no flags.
    "".join(f"[{letter.upper()}{letter}]" if letter.isalpha() else letter for letter in name)
    for name in ("content-length", "transfer-encoding")
)
# To Python, $ fits before a line feed at the end, too.
HeaderName = Annotated[str, msgspec.Meta(pattern=rf"^(?!({_OURS})$)[!#$%&'*+.^_`|~0-9A-Za-z-]+$(?!\n)")]
HeaderValue = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x08\x0a-\x1f\x7f]*$(?!\n)")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


@dataclass(slots=True)
class Match:
    """
    One request that a fault matches.

    Attributes:
        state: The sandbox's state.
        request: The request.
        random: Drawn from the sandbox's seed, the fault, the operation, the customer and how often that came before.
        memory: What the fault remembers between requests.
    """

    state: State
    request: IncomingRequest
    random: Random
    memory: dict[str, Any]


class Fault(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    repr_omit_defaults=True,
    tag_field="fault",
):
    """
    A failure, and the requests that it affects.

    All conditions must hold: ``first=3, probability=0.5`` matches about half of the first three requests. A fault
    without an operation matches every one but CreateToken and ModifyPartnerSecret.
    """

    operation: str | None = None
    """The vendor's operationId, for example ``"GetCustomerAccounts"``."""
    customer_id: str | int | None = None
    """Only requests for this customer."""
    probability: Share = 1.0
    """Share of the requests, drawn from the sandbox's seed: the same requests in every run."""
    first: Count | None = None
    """Only the first n requests that fit."""
    every: Count | None = None
    """Only every n-th request that fits."""
    carried_out: bool = False
    """True: the vendor carries the request out before this fault replaces its response."""

    def __post_init__(self) -> None:
        """Refuse an operation that the sandbox does not have, which would never match."""
        if self.operation is not None and self.operation not in OPERATIONS:
            raise ValueError(f"operation {self.operation!r} is none of {', '.join(sorted(OPERATIONS))}")

    def in_json(self) -> Self:
        """Return what can be checked as JSON is: a fault that takes more than JSON has replaces it."""
        return self

    @property
    def name(self) -> str:
        """The name of the fault in JSON."""
        return str(self.__struct_config__.tag)

    def fits(self, request: IncomingRequest) -> bool:
        """Return whether a request is of the operation and customer of this fault."""
        operation = request.operation.operation_id if request.operation else None
        named = operation == self.operation if self.operation else operation not in LOGINS
        return named and (self.customer_id is None or str(self.customer_id) == request.customer_id)

    def applies(self, match: Match) -> bool:
        """Return whether a request that meets all conditions is affected."""
        return True

    def delay(self, match: Match) -> float:
        """Return how many seconds the request waits before anything else."""
        return 0.0

    def prepare(self, match: Match) -> None:
        """Change the state before the request is handled."""

    def replacement(self, match: Match) -> Response | None:
        """Return the response that the request gets in place of the vendor's, None for the vendor's."""
        return None

    def alter(self, response: Response, match: Match) -> Response:
        """Return the vendor's answer as this fault leaves it."""
        return response
