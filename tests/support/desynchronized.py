"""A server whose responses get out of step with the requests, and what it would have answered."""

import asyncio
import re
from random import Random
from typing import Any

from tests.support.servers import Answer, RawServer, Received, http

HALF_A_HEAD = b"HTTP/1.1 200 OK\r\nContent-Le"

_CUSTOMER = re.compile(r"/customers/(\w+)/")
_ACCOUNT = re.compile(r"/accounts/(\w+)")


def customer_in(received: Received) -> str:
    """Return the customer in the target of a request."""
    found = _CUSTOMER.search(received.target)
    assert found is not None
    return found[1]


def account_of(customer: str, number: int = 1) -> dict[str, Any]:
    """Return an account that tells its customer in two places."""
    return {"id": f"{customer}{number}", "customerId": customer, "name": f"of {customer}"}


def list_of(customer: str) -> bytes:
    """Return the accounts of a customer."""
    return http(200, {"accounts": [account_of(customer, number) for number in (1, 2)]})


def usual(received: Received) -> bytes:
    """Return the response to a request for a customer."""
    customer = customer_in(received)
    if "/owners" in received.target:
        return http(200, {"owner": f"Owner of {customer}"})
    if received.method == "GET" and _ACCOUNT.search(received.target):
        return http(200, account_of(customer))
    return list_of(customer)


class Strays(RawServer):
    """Answers as usual; what it sends beside that is given for each request, for the place of the connection alone."""

    def __init__(self, *strays: tuple[str, bytes], default: Answer = usual) -> None:
        super().__init__(default=default)
        self._strays = list(strays)

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        when, stray = self._strays.pop(0) if self._strays else ("", b"")
        if when == "before":  # The stray is late: it comes when the next request is already out.
            writer.write(stray)
            await asyncio.sleep(0.005)
        goes_on = await super()._answer(received, writer)
        if when == "after":
            asyncio.get_running_loop().call_later(0.005, writer.write, stray)
        return goes_on


class Desynchronized(RawServer):
    """
    Doubles, delays and swaps responses at random, and carries out some of the DELETEs.

    Attributes:
        deleted: Customer and account of each DELETE that was carried out.
    """

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self._swap: tuple[asyncio.Future[bytes], bytes] | None = None
        self.deleted: set[tuple[str, str]] = set()

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        self.calls.append(received)
        response = self._response(received)
        what = self._random.choice(["usual", "usual", "twice", "twice, later", "twice, later", "late", "swapped"])
        if what == "late":
            await asyncio.sleep(self._random.uniform(0, 0.004))
        names_nobody = "/owners" in received.target or response == http(204)
        if what == "swapped" and not names_nobody:
            response = await self._swapped(response)
        writer.write(response * (1 + (what == "twice")))
        if what == "twice, later":
            delay = self._random.uniform(0, 0.004)
            asyncio.get_running_loop().call_later(delay, _write_again, writer, response)
        await writer.drain()
        return True

    async def _swapped(self, response: bytes) -> bytes:
        """Return the response to another request that is waiting, or to the next one; after a moment this one."""
        if self._swap is not None and not self._swap[0].done():
            waiting, other = self._swap
            waiting.set_result(response)
            return other
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._swap = future, response
        try:
            return await asyncio.wait_for(future, 0.004)
        except TimeoutError:
            return response

    def _response(self, received: Received) -> bytes:
        if received.method != "DELETE":
            return usual(received) if self._random.random() < 0.95 else http(503)
        if self._random.random() < 0.5:
            return http(self._random.choice([503, 404]))
        found = _ACCOUNT.search(received.target)
        assert found is not None
        self.deleted.add((customer_in(received), found[1]))
        return http(204)


def _write_again(writer: asyncio.StreamWriter, response: bytes) -> None:
    if not writer.is_closing():
        writer.write(response)
