"""A call that is cancelled from outside: tools that show the locals of its traceback show no secret."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import FrameType

import aiohttp
import pytest

import finicity_async
from finicity_async import AsyncSession, get_customer_accounts, modify_partner_secret, refresh_customer_accounts
from tests.secrecy.secrets import (
    APP_KEY,
    CUSTOMER,
    NEW_SECRET,
    SECRET,
    TOKEN,
    chain,
    list_accounts,
    server_with,
    session_on,
)
from tests.support.servers import Answer, Hang, http, until

OURS, THEIRS = Path(finicity_async.__file__).parent, Path(aiohttp.__file__).parent
HALF = http(200, "{", {"Content-Length": "15", "X-Trace": TOKEN})


def frames(error: BaseException) -> Iterator[FrameType]:
    """Yield every frame to which an error and what led to it give a way."""
    for one in chain(error):
        traceback = one.__traceback__
        while traceback is not None:
            yield traceback.tb_frame
            traceback = traceback.tb_next


def assert_keeps_quiet(error: BaseException) -> None:
    for frame in frames(error):
        path = Path(frame.f_code.co_filename)
        assert not path.is_relative_to(THEIRS), f"{path.name}, {frame.f_code.co_name}"
        if path.is_relative_to(OURS):
            shown = " ".join(map(repr, frame.f_locals.values()))
            assert [secret for secret in (APP_KEY, SECRET, TOKEN) if secret in shown] == []


async def change_secret(session: AsyncSession) -> None:
    await modify_partner_secret(session, NEW_SECRET)


async def refresh(session: AsyncSession) -> object:
    return await refresh_customer_accounts(session, CUSTOMER)


CALLS: dict[str, Callable[[AsyncSession], Awaitable[object]]] = {
    "read": list_accounts,
    "refresh": refresh,
    "change of the secret": change_secret,
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("answer", [Hang(), HALF], ids=["head", "body"])
async def test_a_timeout_of_the_callers_carries_no_secret(
    call: Callable[[AsyncSession], Awaitable[object]], answer: Answer
) -> None:
    async with server_with(answer) as server, session_on(server) as session:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.5):
                await call(session)
        assert len(server.calls) == 1
        assert_keeps_quiet(caught.value)
        await list_accounts(session)


@pytest.mark.parametrize("answer", [Hang(), HALF], ids=["head", "body"])
async def test_a_cancelled_task_carries_no_secret(answer: Answer) -> None:
    async with server_with(answer) as server, session_on(server) as session:
        task = asyncio.create_task(change_secret(session))
        await until(lambda: server.calls)
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert_keeps_quiet(caught.value)
        assert any(frame.f_code.co_name == "modify_partner_secret" for frame in frames(caught.value))
        await list_accounts(session)


async def test_a_call_that_is_cancelled_while_it_connects_carries_no_secret() -> None:
    """The kernel takes the connection, and nobody answers the handshake."""
    async with server_with(listening=False) as server:
        server.hold()
        session = session_on(server, base_url=server.url.replace("http:", "https:"))
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.5):
                await change_secret(session)
        assert_keeps_quiet(caught.value)
        await session.close()


async def test_a_call_in_a_group_that_another_task_ends_carries_no_secret() -> None:
    cancelled: list[BaseException] = []

    async def read(session: AsyncSession) -> None:
        try:
            await get_customer_accounts(session, CUSTOMER)
        except asyncio.CancelledError as error:
            cancelled.append(error)
            raise

    async def fail() -> None:
        await until(lambda: server.calls)
        raise LookupError

    async with server_with(Hang()) as server, session_on(server) as session:
        with pytest.raises(ExceptionGroup):  # noqa: PT012 -- a group is a block
            async with asyncio.TaskGroup() as group:
                group.create_task(read(session))
                group.create_task(fail())
        assert len(cancelled) == 1
        assert_keeps_quiet(cancelled[0])
        await list_accounts(session)
