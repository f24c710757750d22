"""The faults that are installed on a sandbox, and their effect on one request."""

import asyncio
import itertools
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


class InstalledFault:
    """
    A fault, and how many requests it has seen.

    Args:
        fault: The fault.
        number: By which it can be removed.
        place: What its chances are drawn from.

    Attributes:
        fault: The fault.
        number: By which it can be removed.
        matches: How many requests it has matched.
    """

    def __init__(self, fault: Fault, number: int, place: int) -> None:
        self.fault: Fault = fault
        self.number: int = number
        self.matches: int = 0
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
        if not fault.applies(match):
            return None
        self.matches += 1
        return match


class InstalledFaults:
    """
    The faults of a sandbox, in the order in which they were declared.

    Args:
        router: Answers as the vendor does.

    Attributes:
        installed: The faults with their numbers.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self.installed: list[InstalledFault] = []
        self._numbers = itertools.count(1)  # never begins again: whoever has an old number removes no other fault
        self._places = itertools.count()

    def __iter__(self) -> Iterator[Fault]:
        """Return the faults."""
        return (one.fault for one in self.installed)

    def add(self, *faults: Fault) -> list[InstalledFault]:
        """
        Install some faults, or none of them when one is refused.

        Returns:
            The faults with their numbers.

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
        added = [InstalledFault(fault, next(self._numbers), next(self._places)) for fault in faults]
        self.installed += added
        return added

    def remove(self, number: int) -> bool:
        """Remove the fault with a number; False when there is none."""
        found = [one for one in self.installed if one.number == number]
        for one in found:
            self.installed.remove(one)
        return bool(found)

    def clear(self) -> None:
        """Remove them all; what is drawn for the next ones begins again."""
        self.installed.clear()
        self._places = itertools.count()

    async def answer(self, state: State, request: IncomingRequest, call: Call) -> Response:
        """Answer a request as the vendor does, changed by the faults that match it."""
        if not self.installed:
            return await self._router.answer(state, request)
        found = [(one, match) for one in self.installed if (match := one.match(state, request)) is not None]
        call.faults = tuple(one.fault.name for one, _ in found)
        call.fault_ids = tuple(one.number for one, _ in found)
        matches = [(one.fault, match) for one, match in found]
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
    expected: Any = list[kinds]
    try:
        faults: list[Fault] = msgspec.json.decode(path.read_bytes(), type=expected)
    except RecursionError:  # Its text differs between Pythons.
        raise ValueError(f"{path}: nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None
    return faults
