"""Closing that comes to its end, though whoever waits for it is cancelled."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Closing:
    """
    One closing, in a task of its own: any number of callers wait for it, and none of them interrupts it.

    Args:
        name: What the task is called after ``"finicity_async: "``, for example ``"close a session"``.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._task: asyncio.Task[None] | None = None

    def begin(self, close: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """Return the task that closes, started the first time."""
        if self._task is None:
            self._task = asyncio.create_task(close(), name=f"finicity_async: {self._name}")
        return self._task

    async def run(self, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Close and wait until that has ended; a caller that is cancelled waits no longer."""
        await asyncio.shield(self.begin(close))
