"""Who may ask the admin interface, in which form, and what it says to all others."""

import asyncio
import json
from typing import Any

import pytest

from finicity_async import AsyncSession, Sandbox, get_customer_accounts
from finicity_async.sandbox import Hang
from tests.sandbox.admin.conftest import Admin
from tests.support.held import until
from tests.support.wire import CUSTOMER, Seen, Wire


async def ask(sandbox: Sandbox, method: str, path: str, body: bytes | None = None, **headers: str) -> Seen:
    """Send a request as a browser or a command would, to the host that it believes in."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with Wire(sandbox) as wire:
        return await wire(method, f"/__sandbox__{path}", body, {"Host": sandbox.url.removeprefix("http://"), **named})


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:80",
        "127.0.0.1.attacker.example",
        "",
        "[",
        "10.0.0.1",
        "attacker.example@127.0.0.1",
        "attacker.example\\@127.0.0.1",
        "127.0.0.1/attacker.example",
        "127.0.0.1?attacker.example",
        "127.0.0.1:80:80",
        "[::1%attacker]",
    ],
)
async def test_a_host_that_is_not_this_machine_is_refused(sandbox: Sandbox, host: str) -> None:
    seen = await ask(sandbox, "GET", "/variables", Host=host)
    assert (seen.status, "Host" in seen.json["error"]) == (403, True)


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1:9", "[::1]:9", "LocalHost"])
async def test_any_name_and_port_of_this_machine_is_served(sandbox: Sandbox, host: str) -> None:
    assert (await ask(sandbox, "GET", "/variables", Host=host, Origin=f"http://{host}")).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://attacker.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
async def test_a_page_of_another_origin_is_refused_and_changes_nothing(
    sandbox: Sandbox, headers: dict[str, str]
) -> None:
    body = json.dumps([{"fault": "hang"}]).encode()
    seen = await ask(sandbox, "POST", "/faults", body, Content_Type="application/json", **headers)
    assert (seen.status, sandbox.faults) == (403, ())
    assert seen.json == {"error": "The sandbox answers no page of another origin"}
    assert (await ask(sandbox, "GET", "/variables", None, **headers)).status == 403
    assert "access-control-allow-origin" not in seen.headers


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_body_that_a_form_could_send_is_refused(sandbox: Sandbox, kind: str) -> None:
    seen = await ask(sandbox, "POST", "/faults", b'[{"fault": "hang"}]', Content_Type=kind)
    assert (seen.status, sandbox.faults) == (415, ())


async def test_a_charset_beside_the_type_does_no_harm(sandbox: Sandbox) -> None:
    kind = "application/json; charset=utf-8"
    assert (await ask(sandbox, "POST", "/faults", b'[{"fault": "hang"}]', Content_Type=kind)).status == 201


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("GET", "/nothing", None, 404, "There is no /nothing; /__sandbox__/openapi.json lists what there is"),
        ("GET", "x", None, 404, "There is no x"),
        ("PUT", "/clock", b"{}", 405, "/clock has GET, and no PUT"),
        ("OPTIONS", "/faults", None, 405, "/faults has GET, POST, DELETE, and no OPTIONS"),
        ("GET", "/calls?limit=0", None, 400, "limit"),
        ("GET", "/calls?limit=1&limit=2", None, 400, "twice"),
        ("GET", "/calls?more=1", None, 400, "more"),
        ("GET", "/clock?more=1", None, 400, "more"),
        ("DELETE", "/faults/x", None, 400, "int"),
        ("DELETE", "/faults", b"{}", 400, "takes no body"),
        ("POST", "/clock/advance", b"{", 400, "truncated"),
        ("POST", "/clock/advance", b"", 400, "truncated"),
        ("POST", "/clock/advance", b'{"seconds": 1, "more": 2}', 400, "more"),
        ("POST", "/customers", b'{"id": "\xff"}', 400, "utf-8"),
        ("POST", f"/customers/{CUSTOMER}/accounts", b'{"members":{"a":' + b"[" * 100_000, 400, "nested"),
        ("POST", "/customers", b" " * 2**21, 413, "size"),
    ],
)
async def test_a_refusal_is_json_with_a_sentence(  # noqa: PLR0917 -- a table
    sandbox: Sandbox, method: str, path: str, body: bytes | None, status: int, text: str
) -> None:
    seen = await ask(sandbox, method, path, body, **({} if body is None else {"Content_Type": "application/json"}))
    assert (seen.status, seen.json.keys()) == (status, {"error"})
    assert text.lower() in seen.json["error"].lower()


async def test_no_fault_reaches_the_admin_interface_and_the_journal_does_not_know_of_it(
    admin: Admin, sandbox: Sandbox, session: AsyncSession
) -> None:
    sandbox.add_fault(Hang())
    hanging = asyncio.ensure_future(get_customer_accounts(session.with_options(timeout=60), CUSTOMER))
    try:
        await until(lambda: len(sandbox.calls()) == 2)
        (call,) = (await admin("GET", "/calls", operation="GetCustomerAccounts"))["calls"]
        assert (call["status"], [one["fault"] for one in call["faults"]]) == (None, ["hang"])
        await admin("DELETE", "/faults")
        assert len(sandbox.calls()) == 2
    finally:
        hanging.cancel()
    assert len(await get_customer_accounts(session, CUSTOMER)) == 4


def test_a_sandbox_on_a_thread_and_in_fast_mode_is_changed_as_by_its_methods() -> None:
    async def through(sandbox: Sandbox) -> tuple[Any, Any]:
        path = f"/customers/{CUSTOMER}/accounts/5011648377"
        async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
            before = (await get_customer_accounts(session, CUSTOMER))[0].name
            await ask(sandbox, "PATCH", path, b'{"name": "Renamed"}', Content_Type="application/json")
            return before, (await get_customer_accounts(session, CUSTOMER))[0].name

    with Sandbox(fast=True) as sandbox:
        before, after = asyncio.run(through(sandbox))
        assert (before != "Renamed", after) == (True, "Renamed")
