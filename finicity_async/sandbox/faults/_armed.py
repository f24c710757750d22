"""The faults that are declared on a sandbox, and what they do to one request."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Union

import msgspec

from finicity_async.sandbox import vendor
from finicity_async.sandbox.answers import Answer
from finicity_async.sandbox.faults._base import Fault, Strike
from finicity_async.sandbox.journal import Call
from finicity_async.sandbox.state import State
from finicity_async.sandbox.vendor import Asked


class _ArmedFault:
    """A fault, and how often it could have struck."""

    def __init__(self, fault: Fault, place: int) -> None:
        self.fault = fault
        self._place = place
        self._fitting = 0
        self._seen: Counter[tuple[str, str | None]] = Counter()
        self._memory: dict[str, Any] = {}

    def strike(self, state: State, asked: Asked) -> Strike | None:
        """Return the strike when the fault strikes a request, None when it does not."""
        fault = self.fault
        if asked.operation is None or not fault.fits(asked):
            return None
        self._fitting += 1
        which = asked.operation.operation_id, asked.customer_id
        self._seen[which] += 1
        if fault.first is not None and self._fitting > fault.first:
            return None
        if fault.every is not None and self._fitting % fault.every:
            return None
        random = Random(f"{state.seed}/{self._place}/{which}/{self._seen[which]}")
        if random.random() >= fault.probability:
            return None
        strike = Strike(state, asked, random, self._memory)
        return strike if fault.hits(strike) else None


class ArmedFaults:
    """The faults of a sandbox, in the order in which they were declared."""

    def __init__(self) -> None:
        self._armed: list[_ArmedFault] = []

    def __iter__(self) -> Iterator[Fault]:
        """Return the faults."""
        return (armed.fault for armed in self._armed)

    def add(self, *faults: Fault) -> None:
        """
        Arm some faults, or none of them.

        Raises:
            TypeError: One is no fault.
            ValueError: A member of one does not fit.
        """
        for fault in faults:
            if not isinstance(fault, Fault):
                raise TypeError(f"{fault!r} is no fault")
            try:
                msgspec.json.encode(fault)  # refuses half a surrogate pair
                msgspec.convert(msgspec.to_builtins(fault), type(fault))
            except ValueError as error:
                raise ValueError(f"{type(fault).__name__}: {error}") from None
        self._armed += [_ArmedFault(fault, place) for place, fault in enumerate(faults, start=len(self._armed))]

    def clear(self) -> None:
        """Disarm them all."""
        self._armed.clear()

    async def answer(self, state: State, asked: Asked, call: Call) -> Answer:
        """Answer a request as the vendor does, but for the faults that strike it."""
        if not self._armed:
            return await vendor.answer(state, asked)
        found = ((armed.fault, armed.strike(state, asked)) for armed in self._armed)
        strikes = [(fault, strike) for fault, strike in found if strike is not None]
        call.faults = tuple(fault.name for fault, _ in strikes)
        await asyncio.sleep(sum(fault.delay(strike) for fault, strike in strikes))
        for fault, strike in strikes:
            fault.prepare(strike)
        answer: Answer | None = None
        for fault, strike in strikes:
            if (answer := fault.replacement(strike)) is not None:
                if fault.carried_out:
                    await vendor.answer(state, asked)
                break
        if answer is None:
            answer = await vendor.answer(state, asked)
        for fault, strike in strikes:
            if answer.sent != "nothing":
                answer = fault.alter(answer, strike)
        return answer


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
