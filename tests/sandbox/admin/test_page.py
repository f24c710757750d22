"""The page for people: what it shows, what its forms do, and what it refuses."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp
import pytest

from finicity_async import AsyncSession, Sandbox, StatusError, get_customer_accounts
from finicity_async.sandbox import Hang, Status, VendorError
from finicity_async.sandbox.admin.forms import COMMON_FAULTS
from finicity_async.sandbox.connecting.delivery import SentEvent
from tests.support.wire import ACCOUNT, ACCOUNTS, CUSTOMER, Seen, Wire

FORM = "application/x-www-form-urlencoded"
PATH = "/__sandbox__/"


async def ask(
    sandbox: Sandbox, method: str = "GET", path: str = PATH, body: bytes | None = None, **headers: str
) -> Seen:
    host = sandbox.url.removeprefix("http://")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with Wire(sandbox) as wire:
        return await wire(method, path, body, {"Host": host, **named})


async def post(sandbox: Sandbox, form: Mapping[str, str], path: str = PATH) -> Seen:
    body = urlencode(form).encode()
    return await ask(sandbox, "POST", path, body, Origin=sandbox.url, Content_Type=FORM)


async def text(sandbox: Sandbox, path: str = PATH) -> str:
    seen = await ask(sandbox, "GET", path)
    assert seen.status == 200
    return seen.body.decode()


async def test_the_page_loads_nothing_from_elsewhere_and_runs_its_own_script_only(sandbox: Sandbox) -> None:
    seen = await ask(sandbox)
    policy = seen.headers["content-security-policy"]
    assert re.search(r"default-src 'none'; script-src 'sha256-[\w+/]{43}=';", policy)
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert re.findall(r'(?:src|href)="(?!data:|/)', seen.body.decode()) == []
    assert (await ask(sandbox, path=f"{PATH}page.css")).headers["content-type"] == "text/css; charset=utf-8"
    moved = await ask(sandbox, path="/__sandbox__")
    assert (moved.status, moved.headers["location"]) == (308, PATH)


async def test_the_journal_shows_what_was_answered_and_why(sandbox: Sandbox, session: AsyncSession) -> None:
    assert "No request yet." in await text(sandbox)
    sandbox.add_fault(VendorError(code=38003, operation="GetCustomerAccounts", message="<b>gone</b>"))
    with pytest.raises(StatusError):
        await get_customer_accounts(session, CUSTOMER)
    page = await text(sandbox)
    assert "fault 1 (vendor_error); 38003 &lt;b&gt;gone&lt;/b&gt;" in page
    assert "<b>" not in page


async def test_a_request_without_answer_and_an_unknown_path_are_shown(sandbox: Sandbox) -> None:
    sandbox.add_fault(Hang(first=1))
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(0.05)) as http:
        with pytest.raises(TimeoutError):
            await http.get(f"{sandbox.url}{ACCOUNTS}")
    await ask(sandbox, path="/<script>alert(1)</script>")
    page = await text(sandbox)
    assert '<td class="bad">none</td>' in page
    assert "unknown path" in page
    assert "<script>alert" not in page


async def test_the_latest_requests_are_shown(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as http:
        for number in range(52):
            async with http.get(f"{sandbox.url}/unknown/{number}"):
                pass
    page = await text(sandbox)
    assert "2 earlier ones are not shown." in page
    assert ("/unknown/1<" in page, "/unknown/2<" in page, "/unknown/51<" in page) == (False, True, True)


@pytest.mark.parametrize("kind", COMMON_FAULTS)
async def test_every_fault_of_the_list_can_be_added_and_removed(sandbox: Sandbox, kind: str) -> None:
    form = {"do": "add_fault", "fault": kind, "operation": "GetCustomerAccounts", "first": "2"}
    seen = await post(sandbox, form)
    assert (seen.status, seen.headers["location"]) == (303, f"{PATH}#faults")
    (fault,) = sandbox.faults
    assert (fault.name, fault.operation, fault.first) == (COMMON_FAULTS[kind]["fault"], "GetCustomerAccounts", 2)
    assert 'aria-label="Remove fault 1"' in await text(sandbox)
    await post(sandbox, {"do": "remove_fault", "id": "1"})
    assert sandbox.faults == ()


async def test_a_fault_for_all_operations_and_the_removal_of_all(sandbox: Sandbox) -> None:
    await post(sandbox, {"do": "add_fault", "fault": "No answer", "operation": "", "first": ""})
    sandbox.add_fault(Status(status=503))
    assert sandbox.faults[0] == Hang()
    await post(sandbox, {"do": "clear_faults"})
    assert sandbox.faults == ()


async def test_the_clock_is_advanced(sandbox: Sandbox) -> None:
    seen = await post(sandbox, {"do": "advance", "seconds": "90.5"})
    assert (seen.headers["location"], sandbox.clock.ahead) == (f"{PATH}#clock", 90.5)


async def test_customers_and_accounts_are_added_and_removed(sandbox: Sandbox) -> None:
    await post(sandbox, {"do": "add_customer", "customer_id": "new"})
    await post(sandbox, {"do": "add_customer"})
    path = f"{PATH}?customer=new"
    assert "No account." in await text(sandbox, path)
    seen = await post(sandbox, {"do": "add_account", "customer_id": "new", "type": "savings"}, path)
    assert seen.headers["location"] == f"{path}#customers"
    (number,) = sandbox.customers["new"]
    assert number in await text(sandbox, path)
    await post(sandbox, {"do": "remove_account", "customer_id": "new", "id": number}, path)
    assert not sandbox.customers["new"]
    await post(sandbox, {"do": "remove_customer", "customer_id": "new"}, path)
    assert "new" not in sandbox.customers
    assert ACCOUNT in await text(sandbox, f"{PATH}?customer={CUSTOMER}")


async def test_snapshots_are_taken_restored_and_removed(sandbox: Sandbox) -> None:
    await post(sandbox, {"do": "add_customer", "customer_id": "one"})
    await post(sandbox, {"do": "take_snapshot", "name": "with-one"})
    await post(sandbox, {"do": "reset"})
    assert "one" not in sandbox.customers
    await post(sandbox, {"do": "reset", "name": "with-one"})
    assert "one" in sandbox.customers
    assert "with-one" in await text(sandbox)
    await post(sandbox, {"do": "remove_snapshot", "name": "with-one"})
    assert "No snapshot." in await text(sandbox)


async def test_events_that_were_sent_are_shown_with_their_answer(sandbox: Sandbox) -> None:
    seen = await post(sandbox, {"do": "push"})
    assert (seen.status, seen.headers["location"]) == (303, f"{PATH}#events")
    for status, error in ((204, None), (None, "<refused>")):
        sent = SentEvent(
            event_type="added",
            url="http://127.0.0.1:1/hook",
            body=b"{}",
            headers={},
            signature="",
            status=status,
            error=error,
        )
        sandbox._state.outbox.sent.add(sent)
    page = await text(sandbox)
    assert "<td>204</td>" in page
    assert "<td>&lt;refused&gt;</td>" in page


@pytest.mark.parametrize(
    ("form", "status", "problem"),
    [
        ({}, 400, "no known button"),
        ({"do": "<b>"}, 400, "no known button"),
        ({"do": "add_fault"}, 400, "The form has no fault"),
        ({"do": "add_fault", "fault": "<b>"}, 400, "&lt;b&gt;"),
        ({"do": "add_fault", "fault": "No answer", "first": "often"}, 400, "Expected `int`"),
        ({"do": "add_fault", "fault": "No answer", "operation": "<b>"}, 400, "&lt;b&gt;"),
        ({"do": "remove_fault", "id": "9"}, 404, "There is no fault 9"),
        ({"do": "advance", "seconds": "soon"}, 400, "Expected `float`"),
        ({"do": "advance", "seconds": "1e18"}, 400, "cannot be moved"),
        ({"do": "remove_customer", "customer_id": "<b>"}, 404, "&lt;b&gt;"),
        ({"do": "add_account", "customer_id": "<b>", "type": "savings"}, 404, "&lt;b&gt;"),
        ({"do": "take_snapshot", "name": "<b>"}, 400, "regex"),
        ({"do": "reset", "name": "<b>"}, 404, "&lt;b&gt;"),
    ],
)
async def test_a_form_that_is_refused_says_why_and_what_was_typed_is_no_markup(
    sandbox: Sandbox, form: dict[str, str], status: int, problem: str
) -> None:
    seen = await post(sandbox, form)
    page = seen.body.decode()
    (alert,) = re.findall(r'role="alert">(.*?)</p>', page)
    assert (seen.status, problem in alert, "<b>" in page) == (status, True, False), alert
    assert sandbox.faults == ()


async def test_a_customer_that_does_not_exist_is_no_markup_either(sandbox: Sandbox) -> None:
    page = await text(sandbox, f"{PATH}?customer=%3Cb%3E")
    assert "Accounts of customer &lt;b&gt;" in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://attacker.example"}, 403),
        ({"Origin": "http://localhost:3000"}, 403),
        ({"Origin": None, "Sec_Fetch_Site": "same-site"}, 403),
        ({"Origin": None, "Content_Type": "text/plain"}, 415),
        ({"Origin": None, "Host": "attacker.example"}, 403),
    ],
)
async def test_a_form_from_elsewhere_is_refused_and_changes_nothing(
    sandbox: Sandbox, headers: dict[str, str | None], status: int
) -> None:
    sandbox.add_fault(Hang())
    given = {"Content_Type": FORM, **{name: value or sandbox.url for name, value in headers.items()}}
    seen = await ask(sandbox, "POST", PATH, b"do=clear_faults", **given)
    assert (seen.status, sandbox.faults) == (status, (Hang(),))


async def test_other_methods_are_refused(sandbox: Sandbox) -> None:
    assert (await ask(sandbox, "DELETE")).status == 405
    assert (await ask(sandbox, "PUT", PATH, b"do=clear_faults")).status == 405
