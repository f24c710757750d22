"""The services on the pages of the site run, and the sandbox sends them signed events."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest
from aiohttp import ClientConnectionError, ClientSession

from finicity_async import AsyncSession, Sandbox, find_or_create_customer
from finicity_async.endpoints.connect import generate_connect_url
from tests.support.documents import BLOCKS, ROOT, service_of
from tests.support.journals import AllCalls
from tests.support.redis_server import RedisServer, free_port, needs_redis

T = TypeVar("T")

FASTAPI = service_of("docs/guides/connecting.md", "fastapi")
EXAMPLE = (ROOT / "docs" / "examples" / "sign_up_service.py").read_text(encoding="utf-8")
LITESTAR = service_of("docs/guides/connecting.md", "litestar")


class Service:
    """A recipe that runs in a process of its own, and a client that talks to it."""

    def __init__(self, url: str, client: ClientSession, process: asyncio.subprocess.Process) -> None:
        self.url = url
        self.client = client
        self.process = process

    async def post(self, path: str, body: bytes = b"", **headers: str) -> int:
        """Post some bytes, and return the status of the answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.post(self.url + path, data=body, headers=named) as answer:
            return answer.status

    async def text_of(self, path: str) -> str:
        async with self.client.get(self.url + path) as answer:
            return await answer.text()

    async def link_for(self, user: str) -> str:
        async with self.client.post(f"{self.url}/users/{user}/link") as answer:
            assert answer.status == 200, await answer.text()
            link: str = (await answer.json())["link"]
            return link

    async def balances_of(self, user: str) -> dict[str, str]:
        async with self.client.get(f"{self.url}/users/{user}/balances") as answer:
            balances: dict[str, str] = await answer.json()
            return balances


@asynccontextmanager
async def running(code: str, sandbox: Sandbox, folder: Path, *options: str) -> AsyncIterator[Service]:
    """Run a recipe with uvicorn until the block ends."""
    (folder / "service.py").write_text(code, encoding="utf-8")
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = ("-m", "uvicorn", "service:app", "--port", str(port), "--log-level", "critical", *options)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=folder,
        env={**os.environ, **sandbox.variables, "PUBLIC_URL": url},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with ClientSession() as client:
            service = Service(url, client, process)
            assert await eventually(lambda: service.post("/")) == 404
            yield service
    finally:
        process.terminate()
        await process.wait()


async def eventually(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer that is not empty; a service that is not up yet gives none."""
    async with asyncio.timeout(60):
        while True:
            with suppress(ClientConnectionError):
                if answer := await ask():
                    return answer
            await asyncio.sleep(0.02)


async def has_read_accounts(journal: AllCalls) -> bool:
    return "GetCustomerAccounts" in [one.operation for one in journal]


@pytest.mark.parametrize("code", [FASTAPI, EXAMPLE], ids=["recipe", "example"])
async def test_a_fastapi_service_leads_from_nothing_to_accounts(
    code: str, sandbox: Sandbox, journal: AllCalls, tmp_path: Path
) -> None:
    async with running(code, sandbox, tmp_path) as service:
        link = await service.link_for("ava")
        assert [(one.event_type, one.accepted) for one in sandbox.sent_events] == [("ping", True)]
        assert await service.balances_of("ava") == {}
        played = await sandbox.connect(link, accounts=["checking", "savings"])
        assert all(event.accepted for event in played.events)
        balances = await eventually(lambda: service.balances_of("ava"))
        assert balances == {one["id"]: f"{one['balance']} {one['currency']}" for one in played.accounts}
        assert len(balances) == 2
        assert await service.balances_of("ben") == {}

        (done,) = (event for event in played.events if event.event_type == "done")
        for _ in range(3):
            assert await service.post("/finicity", done.body, X_Finicity_Signature=done.signature) == 204
        for signature in ("", done.signature[:-1], done.signature.upper(), "0" * 64):
            assert await service.post("/finicity", done.body, X_Finicity_Signature=signature) == 401
        assert (
            await service.post("/finicity", done.body.replace(b"ava", b"ben"), X_Finicity_Signature=done.signature)
            == 401
        )
        assert await service.post("/finicity", done.body) == 401
        assert await service.balances_of("ava") == balances
    assert [one.operation for one in journal].count("GetCustomerAccounts") == 1
    assert [one.operation for one in journal].count("AddTestingCustomer") == 1


async def test_the_fastapi_recipe_takes_a_cancelled_session_for_one_without_accounts(
    sandbox: Sandbox, journal: AllCalls, tmp_path: Path
) -> None:
    async with running(FASTAPI, sandbox, tmp_path) as service:
        played = await sandbox.connect(await service.link_for("ava"), outcome="cancelled")
        assert [(event.event_type, event.accepted) for event in played.events][-1] == ("done", True)
        await eventually(lambda: has_read_accounts(journal))
        assert await service.balances_of("ava") == {}
        assert len((await sandbox.connect(await service.link_for("ava"))).accounts) > 0


async def test_the_litestar_recipe_believes_signed_events_and_reads_the_accounts_once(
    sandbox: Sandbox, session: AsyncSession, journal: AllCalls, tmp_path: Path
) -> None:
    async with running(LITESTAR, sandbox, tmp_path) as service:
        customer = await find_or_create_customer(session, "user-ava", testing=True)
        url = await generate_connect_url(session, customer.id, webhook=f"{service.url}/finicity")
        played = await sandbox.connect(url.link, accounts=["checking", "savings"])
        assert all(event.accepted for event in played.events)
        assert service.process.stdout is not None
        assert await asyncio.wait_for(service.process.stdout.readline(), 60) == b"2 accounts\n"
        done = played.events[-1]
        assert await service.post("/finicity", done.body, X_Finicity_Signature=done.signature) == 202
        for signature in ("", done.signature[:-1], done.signature.upper(), "0" * 64):
            assert await service.post("/finicity", done.body, X_Finicity_Signature=signature) == 401
        assert await service.post("/finicity", done.body) == 401
    assert [one.operation for one in journal].count("GetCustomerAccounts") == 1


@needs_redis
async def test_the_service_with_four_processes_logs_in_once(
    sandbox: Sandbox, journal: AllCalls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = (one for one in BLOCKS if "RedisPacer(" in one.code and "from fastapi" in one.code)
    async with RedisServer() as redis:
        monkeypatch.setenv("REDIS_URL", redis.url)
        async with running(block.code, sandbox, tmp_path, "--workers", "4") as service:
            answers = await asyncio.gather(*(service.text_of("/customers/1005061234/balances") for _ in range(60)))
    assert {f"{answer}\n" for answer in answers} == {block.output}
    assert len([one for one in journal if one.target.endswith("/authentication")]) == 1
