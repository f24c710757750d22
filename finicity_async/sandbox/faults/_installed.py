"""The faults that are installed on a sandbox, and their effect on one request."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Union
from uuid import UUID

import msgspec

from finicity_async.sandbox.faults._base import Fault, Match
from finicity_async.sandbox.journal import Call
from finicity_async.sandbox.requests import IncomingRequest
from finicity_async.sandbox.responses import Response
from finicity_async.sandbox.routing import Router
from finicity_async.sandbox.state import State

_NOT_IN_JSON = (bytes, bytearray, memoryview, Decimal, UUID, datetime, date, time, timedelta)
"""Types that msgspec would write as text, bytes as base64; a fault that has one does not say what it seems to."""


class _InstalledFault:
    """A fault, and how many requests it has seen."""

    def __init__(self, fault: Fault, place: int) -> None:
        self.fault = fault
        self._place = place
        self._fitting = 0
        self._seen: Counter[tuple[str, str | None]] = Counter()
        self._memory: dict[str, Any] = {}

    def match(self, state: State, request: IncomingRequest) -> Match | None:
        """Return the match when the fault applies to a request, None when it does not."""
        fault = self.fault
        if request.operation is None or not fault.fits(request):
            return None
        self._fitting += 1
        which = request.operation.operation_id, request.customer_id
        self._seen[which] += 1
        if fault.first is not None and self._fitting > fault.first:
            return None
        if fault.every is not None and self._fitting % fault.every:
            return None
        random = Random(f"{state.seed}/{self._place}/{which}/{self._seen[which]}")
        if random.random() >= fault.probability:
            return None
        match = Match(state, request, random, self._memory)
        return match if fault.applies(match) else None


class InstalledFaults:
    """
    The faults of a sandbox, in the order in which they were declared.

    Args:
        router: Answers as the vendor does.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._installed: list[_InstalledFault] = []

    def __iter__(self) -> Iterator[Fault]:
        """Return the faults."""
        return (one.fault for one in self._installed)

    def add(self, *faults: Fault) -> None:
        """
        Install some faults, or none of them when one is refused.

        Raises:
            TypeError: One is not a fault.
            ValueError: A member of one is invalid.
        """
        for fault in faults:
            if not isinstance(fault, Fault):
                raise TypeError(f"{fault!r} is no fault")
            try:
                msgspec.json.encode(fault)  # refuses half a surrogate pair
                msgspec.convert(msgspec.to_builtins(fault.in_json(), builtin_types=_NOT_IN_JSON), type(fault))
            except (ValueError, TypeError) as error:
                raise ValueError(f"{type(fault).__name__}: {error}") from None
        self._installed += [
            _InstalledFault(fault, place) for place, fault in enumerate(faults, start=len(self._installed))
        ]

    def clear(self) -> None:
        """Remove them all."""
        self._installed.clear()

    async def answer(self, state: State, request: IncomingRequest, call: Call) -> Response:
        """Answer a request as the vendor does, changed by the faults that match it."""
        if not self._installed:
            return await self._router.answer(state, request)
        found = ((one.fault, one.match(state, request)) for one in self._installed)
        matches = [(fault, match) for fault, match in found if match is not None]
        call.faults = tuple(fault.name for fault, _ in matches)
        await asyncio.sleep(sum(fault.delay(match) for fault, match in matches))
        for fault, match in matches:
            fault.prepare(match)
        response = await self._answer(state, request, matches)
        for fault, match in matches:
            if response.sent != "nothing":
                response = fault.alter(response, match)
        return response

    async def _answer(self, state: State, request: IncomingRequest, matches: list[tuple[Fault, Match]]) -> Response:
        """Return the response of the first fault that has one, the vendor's when there is none."""
        for fault, match in matches:
            if (response := fault.replacement(match)) is not None:
                if fault.carried_out:
                    await self._router.answer(state, request)
                return response
        return await self._router.answer(state, request)


def read_faults(path: Path) -> list[Fault]:
    """
    Read a file with a JSON list of faults.

    Raises:
        OSError: The file cannot be read.
        ValueError: It holds something else; the text says where.
    """
    kinds: Any = Union[tuple(Fault.__subclasses__())]  # noqa: UP007 -- of a tuple
    try:
        faults: list[Fault] = msgspec.json.decode(path.read_bytes(), type=list[kinds])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: {error}") from None
    return faults
