"""A raw server that holds answers back, and a way to wait for what comes soon."""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.support.servers import AUTHENTICATION, Answer, RawServer, Received


def is_login(received: Received) -> bool:
    """Tell a login from every other request."""
    return received.method == "POST" and received.target == AUTHENTICATION


class HeldServer(RawServer):
    """Hold back the answers to some requests until ``release``; ``arrived`` are those that were held."""

    def __init__(self, *answers: Answer, holds: Callable[[Received], bool], **options: Any) -> None:
        super().__init__(*answers, **options)
        self._holds = holds
        self._go = asyncio.Event()
        self.arrived: list[Received] = []

    def release(self) -> None:
        self._go.set()

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        if self._holds(received):
            self.arrived.append(received)
            await self._go.wait()
        return await super()._answer(received, writer)


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; fail after two seconds."""
    async with asyncio.timeout(2):
        while not condition():  # noqa: ASYNC110 -- what is waited for happens behind a socket and sets no event
            await asyncio.sleep(0.001)


async def loop_turned() -> None:
    """Let the event loop turn often enough for what is under way to arrive."""
    for _ in range(30):
        await asyncio.sleep(0.001)
