"""Where the customers of a fan-out come from: an iterable or async iterable, pulled by one task at a time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from typing import Any, Final

END: Final = object()
"""Pulled in place of a customer when there are no more."""


class Source:
    """
    An iterable or async iterable of customers, shared by several tasks.

    What the iterable raises ends it like its last customer and is kept: it belongs to the consumer of the outcomes, who
    gets it after those of the customers before it.

    Args:
        customer_ids: The iterable; its iterator is made at once, so that a wrong type is refused early.

    Attributes:
        is_async: Whether to pull with ``pull_async``.
        pulled: Customers pulled so far.
        exhausted: Whether the end, or an error, was met.
        failure: What the iterable raised, or None.
    """

    def __init__(self, customer_ids: Iterable[Any] | AsyncIterable[Any]) -> None:
        self.is_async: bool = isinstance(customer_ids, AsyncIterable)
        self.pulled: int = 0
        self.exhausted: bool = False
        self.failure: Exception | None = None
        self._ids: Any = aiter(customer_ids) if isinstance(customer_ids, AsyncIterable) else iter(customer_ids)
        self._pulling = asyncio.Lock()

    def pull(self) -> tuple[int, Any]:
        """Return the position of the next customer and the customer, or ``END``."""
        try:
            return self._count(END if self.exhausted else next(self._ids, END))
        except Exception as error:  # noqa: BLE001 -- kept for the consumer
            return self._fail(error)

    async def pull_async(self) -> tuple[int, Any]:
        """Do the same with an async iterable; an async generator refuses two callers at a time, hence the lock."""
        async with self._pulling:
            try:
                return self._count(END if self.exhausted else await anext(self._ids, END))
            except Exception as error:  # noqa: BLE001 -- kept for the consumer
                return self._fail(error)

    async def close(self) -> None:
        """Close an async generator, after the pull under way; other iterables have nothing to close."""
        if isinstance(self._ids, AsyncGenerator):
            async with self._pulling:
                await self._ids.aclose()

    def _count(self, customer_id: Any) -> tuple[int, Any]:
        if customer_id is END:
            self.exhausted = True
        else:
            self.pulled += 1
        return self.pulled - 1, customer_id

    def _fail(self, error: Exception) -> tuple[int, Any]:
        self.failure, self.exhausted = error, True
        return self.pulled, END
