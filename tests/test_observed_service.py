"""The service of docs/examples with traces and metrics runs with two workers, and tells of no ID and no secret."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import ClientConnectionError, ClientSession

from finicity_async import Sandbox
from finicity_async.sandbox import Status
from tests.support.documents import ROOT
from tests.support.journals import AllCalls
from tests.support.redis_server import free_port
from tests.support.servers import until

CUSTOMER = "1005061234"


@asynccontextmanager
async def running(sandbox: Sandbox, port: int, metrics: list[int], out: Any) -> AsyncIterator[None]:
    """Run the service with two workers until the block ends."""
    variables = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "METRICS_PORTS": ",".join(map(str, metrics))}
    command = (
        "-m",
        "uvicorn",
        "observed_service:app",
        "--workers",
        "2",
        "--port",
        str(port),
        "--log-level",
        "critical",
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=ROOT / "docs" / "examples",
        env={**os.environ, **sandbox.variables, **variables},
        stdout=out,
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def text_at(client: ClientSession, port: int) -> str:
    """Return the metrics that a worker serves, once it does."""
    async with asyncio.timeout(60):
        while True:
            with suppress(ClientConnectionError):
                async with client.get(f"http://127.0.0.1:{port}/metrics") as answer:
                    return await answer.text()
            await asyncio.sleep(0.02)


def below(spans: list[dict[str, Any]], name: str) -> list[str]:
    """Return the names of the spans below those of a name, as they ended."""
    above = {span["context"]["span_id"] for span in spans if span["name"] == name}
    assert above, name
    return [span["name"] for span in spans if span["parent_id"] in above]


async def test_spans_and_metrics_of_two_workers_tell_what_happened_and_to_whom_not(
    sandbox: Sandbox, journal: AllCalls, tmp_path: Any
) -> None:
    port, *metrics = (free_port() for _ in range(3))
    service = f"http://127.0.0.1:{port}"
    with (tmp_path / "out").open("wb") as out:
        async with ClientSession() as client, running(sandbox, port, metrics, out):
            for each in metrics:
                assert "python_info" in await text_at(client, each)
            async with client.post(f"{service}/users/ava/link") as answer:
                link = (await answer.json())["link"]
            played = await sandbox.connect(link, accounts=["checking"])
            await until(lambda: "GetCustomerAccounts" in [one.operation for one in journal])
            sandbox.add_fault(Status(operation="GetCustomerAccounts", customer_id=CUSTOMER, status=503, first=1))
            async with client.get(f"{service}/customers/{CUSTOMER}/balances") as answer:
                assert len(await answer.json()) == 4
            async with client.post(f"{service}/customers/{CUSTOMER}/refresh") as answer:
                assert (await answer.json())["succeeded"] == 4
            async with client.get(f"{service}/count") as answer:
                counted = await answer.json()
            said = {"code": 10100, "message": "ask ava@example.com"}
            sandbox.add_fault(Status(operation="GetCustomerAccounts", status=400, body=said))
            async with client.get(f"{service}/customers/{CUSTOMER}/balances") as answer:
                assert answer.status == 500
            served = "".join([await text_at(client, each) for each in metrics])
    printed = (tmp_path / "out").read_text(encoding="utf-8")
    spans = [json.loads(line) for line in printed.splitlines()]

    assert "GenerateConnectUrl" in below(spans, "POST /users/{user}/link")
    failed = [span["status"] for span in spans if span["status"]["status_code"] == "ERROR" and not span["parent_id"]]
    assert failed == [{"status_code": "ERROR", "description": "BadRequestError"}]
    assert below(spans, "POST /finicity") == ["GetCustomerAccounts"]
    retried = [span["attributes"] for span in spans if "http.request.resend_count" in span["attributes"]]
    assert [(one["finicity.operation"], one["http.request.resend_count"]) for one in retried] == [
        ("GetCustomerAccounts", 1)
    ]
    assert "RefreshCustomerAccounts" in "".join(below(spans, "POST /customers/{customer_id}/refresh"))
    assert below(spans, "GET /count").count("GetCustomerAccounts") == counted["customers"]
    for metric in (
        "http_client_request_duration_seconds_bucket",
        "finicity_token_age_seconds",
        "finicity_retries_total",
    ):
        assert metric in served

    accounts = [account for customer in sandbox.customers.values() for account in customer]
    secrets = [*sandbox.customers, *accounts, *sandbox.credentials.secrets(), link, "user-ava", "ava@example.com"]
    assert played.accounts[0]["id"] in secrets
    assert [secret for secret in secrets if secret in printed + served] == []
