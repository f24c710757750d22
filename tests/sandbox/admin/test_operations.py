"""What each operation of the admin interface does; its JSON is judged by the document on the way."""

import math
from functools import partial
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from finicity_async import (
    AsyncSession,
    PermissionDeniedError,
    Sandbox,
    StatusError,
    get_customer_account,
    get_customer_accounts,
)
from finicity_async.endpoints.connect import generate_connect_url
from finicity_async.endpoints.reports import get_report_by_customer
from finicity_async.endpoints.verify_assets import generate_voa_report
from finicity_async.models.verify_assets import VOAReportConstraints
from finicity_async.sandbox import EdgePage, Fault, RefreshScript, Status
from finicity_async.sandbox.admin.document import make_document
from finicity_async.sandbox.admin.table import ROWS
from tests.sandbox.admin.conftest import Admin
from tests.support.servers import RawServer, http
from tests.support.wire import ACCOUNT, CUSTOMER

ACCOUNTS = f"/customers/{CUSTOMER}/accounts"
TRANSACTIONS = f"{ACCOUNTS}/{ACCOUNT}/transactions"


async def test_the_document_is_valid_and_has_every_row_of_the_table(admin: Admin, sandbox: Sandbox) -> None:
    served = await admin("GET", "/openapi.json")
    assert served == make_document(ROWS, sandbox.url)
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) == []
    operations = {(method.upper(), path) for path, item in served["paths"].items() for method in item}
    assert operations == {(row.method, row.path) for row in ROWS}
    names = [one["operationId"] for item in served["paths"].values() for one in item.values()]
    assert len({*names}) == len(ROWS)


async def test_the_variables_lead_a_client_to_the_sandbox(admin: Admin, sandbox: Sandbox) -> None:
    assert await admin("GET", "/variables") == sandbox.variables


# Journal


async def test_the_journal_says_what_each_request_was_answered_and_why(
    admin: Admin, sandbox: Sandbox, session: AsyncSession
) -> None:
    (added,) = (await admin("POST", "/faults", [{"fault": "vendor_error", "code": 38003, "first": 1}]))["faults"]
    with pytest.raises(StatusError):
        await get_customer_account(session, CUSTOMER, ACCOUNT)
    await get_customer_account(session, CUSTOMER, ACCOUNT)
    with pytest.raises(StatusError):
        await get_customer_accounts(session, 7)
    login, faulty, good, unknown = (await admin("GET", "/calls"))["calls"]
    assert (login["operation"], login["faults"], login["customer_id"]) == ("CreateToken", [], None)
    assert faulty["faults"] == [{"id": added["id"], "fault": "vendor_error"}]
    assert (faulty["status"], faulty["code"], faulty["customer_id"]) == (404, "38003", CUSTOMER)
    assert (good["status"], good["code"], good["message"], good["faults"]) == (200, None, None, [])
    assert (unknown["status"], unknown["code"], unknown["faults"]) == (404, "14001", [])
    assert unknown["message"] == "Customer not found"
    assert (await admin("GET", "/faults"))["faults"][0]["matches"] == 1


async def test_the_journal_is_read_by_operation_customer_and_position(
    admin: Admin, sandbox: Sandbox, session: AsyncSession
) -> None:
    for customer in (CUSTOMER, CUSTOMER, "1005061235"):
        await get_customer_accounts(session, customer)
    page = await admin("GET", "/calls", operation="GetCustomerAccounts", customer_id=CUSTOMER, limit=1)
    assert ([one["position"] for one in page["calls"]], page["left_off"], page["next"]) == ([2], 1, 4)
    assert (await admin("GET", "/calls", from_=4))["calls"] == []
    sandbox.reset()
    await get_customer_accounts(session, CUSTOMER)
    assert [one["position"] for one in (await admin("GET", "/calls", from_=page["next"]))["calls"]] == [4]
    status, problem = await admin.ask("GET", "/calls", operation="GetEverything")
    assert (status, problem["error"]) == (400, "'GetEverything' is no operation of the vendor's")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Status(status=410, body="Gone"), "Gone"),
        (Status(status=410, body="<html>", headers={"Content-Type": "text/html"}), "<html>"),
        (EdgePage(status=403), None),
        (Status(status=410, body={"code": None}), None),
    ],
)
async def test_the_journal_keeps_what_an_answer_says_of_its_reason(
    admin: Admin, sandbox: Sandbox, session: AsyncSession, fault: Fault, message: str | None
) -> None:
    sandbox.add_fault(fault)
    with pytest.raises(StatusError):
        await get_customer_accounts(session, CUSTOMER)
    call = (await admin("GET", "/calls"))["calls"][-1]
    assert (call["code"], call["message"]) == (None, message)


# Faults


async def test_faults_are_added_listed_and_removed(admin: Admin, sandbox: Sandbox) -> None:
    declared: list[Any] = [{"fault": "status", "status": 503, "every": 10}, {"fault": "latency", "seconds": 0.5}]
    added = (await admin("POST", "/faults", declared))["faults"]
    assert [one["fault"] for one in added] == declared
    assert await admin("GET", "/faults") == {"faults": added}
    assert await admin("DELETE", f"/faults/{added[0]['id']}") is None
    assert [fault.name for fault in sandbox.faults] == ["latency"]
    assert (await admin.ask("DELETE", f"/faults/{added[0]['id']}"))[0] == 404
    assert await admin("DELETE", "/faults") is None
    assert sandbox.faults == ()
    (again,) = (await admin("POST", "/faults", declared[:1]))["faults"]
    assert again["id"] not in {one["id"] for one in added}


@pytest.mark.parametrize(
    "declared",
    [
        [{"fault": "status"}],
        [{"fault": "nothing"}],
        [{"fault": "hang", "more": 1}],
        {"fault": "hang"},
        [{"fault": "hang", "operation": "No"}],
    ],
)
async def test_what_is_no_fault_is_refused_and_none_is_added(admin: Admin, sandbox: Sandbox, declared: Any) -> None:
    status, problem = await admin.ask("POST", "/faults", declared)
    assert (status, sandbox.faults) == (400, ())
    assert problem["error"]


# Refreshes, clock, snapshots


async def test_refreshes_run_by_the_scripts_that_were_set(admin: Admin, sandbox: Sandbox) -> None:
    assert (await admin("GET", "/refresh-scripts"))["default"]["seconds"] == 0.02
    script = await admin("PUT", "/refresh-scripts/default", {"seconds": None, "answer": "hang"})
    assert sandbox._state.refresh_script == RefreshScript(seconds=math.inf, answer="hang")
    path = f"/refresh-scripts/customers/{CUSTOMER}"
    own = await admin("PUT", path, {"codes": {ACCOUNT: 185}, "answer": 504, "answer_code": 325})
    assert sandbox._state.refresh_scripts == {
        CUSTOMER: RefreshScript(codes={ACCOUNT: 185}, answer=504, answer_code=325)
    }
    assert await admin("GET", "/refresh-scripts") == {"default": script, "customers": {CUSTOMER: own}}
    assert (await admin.ask("PUT", path, {"seconds": -1}))[0] == 400


async def test_reports_run_by_the_scripts_that_were_set(admin: Admin, sandbox: Sandbox, session: AsyncSession) -> None:
    voa = partial(generate_voa_report, session, CUSTOMER, VOAReportConstraints())
    assert await admin("GET", "/report-scripts") == {"default": {"seconds": 0}, "customers": {}}
    assert await admin("PUT", "/report-scripts/default", {"seconds": 30}) == {"seconds": 30}
    path = f"/report-scripts/customers/{CUSTOMER}"
    failing = await admin("PUT", path, {"reasons": ["No transactions"]})
    assert failing == {"reasons": ["No transactions"], "frozen": False}
    report_id = (await voa()).id
    assert (await get_report_by_customer(session, CUSTOMER, report_id)).status == "inProgress"
    await admin("POST", "/clock/advance", {"seconds": 30})
    assert [one.message for one in (await get_report_by_customer(session, CUSTOMER, report_id)).errors] == failing[
        "reasons"
    ]

    never = await admin("PUT", "/report-scripts/default", {"seconds": None})
    frozen = await admin("PUT", path, {"frozen": True})
    assert await admin("GET", "/report-scripts") == {"default": never, "customers": {CUSTOMER: frozen}}
    with pytest.raises(PermissionDeniedError):
        await voa()
    await admin("PUT", path, {})
    report_id = (await voa()).id
    await admin("POST", "/clock/advance", {"seconds": 86_400})
    assert (await get_report_by_customer(session, CUSTOMER, report_id)).status == "inProgress"
    assert (await admin.ask("PUT", "/report-scripts/default", {"seconds": -1}))[0] == 400
    await admin("POST", "/reset", {})
    assert await admin("GET", "/report-scripts") == {"default": {"seconds": 0}, "customers": {}}


async def test_the_clock_is_read_and_advanced(admin: Admin, sandbox: Sandbox) -> None:
    before = await admin("GET", "/clock")
    after = await admin("POST", "/clock/advance", {"seconds": 86_400})
    assert (after["ahead"], sandbox.clock.ahead) == (86_400, 86_400)
    assert after["now"] >= before["now"] + 86_400
    status, problem = await admin.ask("POST", "/clock/advance", {"seconds": 1e18})
    assert (status, sandbox.clock.ahead) == (400, 86_400)
    assert "cannot be moved" in problem["error"]


async def test_snapshots_are_taken_by_name_and_restored(admin: Admin, sandbox: Sandbox) -> None:
    await admin("POST", "/customers", {"id": "one"})
    assert await admin("POST", "/snapshots", {"name": "with-one"}) == {"snapshots": ["with-one"]}
    await admin("POST", "/customers", {"id": "two"})
    await admin("POST", "/reset", {"snapshot": "with-one"})
    assert ("one" in sandbox.customers, "two" in sandbox.customers) == (True, False)
    await admin("POST", "/reset", {})
    assert "one" not in sandbox.customers
    assert await admin("GET", "/snapshots") == {"snapshots": ["with-one"]}
    assert await admin("DELETE", "/snapshots/with-one") is None
    assert (await admin.ask("POST", "/reset", {"snapshot": "with-one"}))[0] == 404
    assert (await admin.ask("POST", "/snapshots", {"name": ""}))[0] == 400


# Records


async def test_customers_are_listed_added_and_removed(admin: Admin, sandbox: Sandbox) -> None:
    page = await admin("GET", "/customers", from_=9, limit=5)
    assert ([one["id"] for one in page["customers"]], page["total"]) == (["1005061243"], 10)
    added = await admin("POST", "/customers", {})
    assert await admin("GET", f"/customers/{added['id']}") == added
    assert (await admin.ask("POST", "/customers", {"id": int(added["id"])}))[0] == 409
    assert (await admin.ask("POST", "/customers", {"id": "no/id"}))[0] == 400
    assert await admin("DELETE", f"/customers/{added['id']}") is None
    assert added["id"] not in sandbox.customers
    for path in ("", "/accounts", "/transactions"):
        status, problem = await admin.ask("GET", f"/customers/7{path}")
        assert (status, problem) == (404, {"error": "There is no customer 7"})


async def test_accounts_are_added_edited_replaced_and_removed(
    admin: Admin, sandbox: Sandbox, session: AsyncSession
) -> None:
    added = await admin("POST", ACCOUNTS, {"type": "savings", "members": {"balance": 12.5}})
    path = f"{ACCOUNTS}/{added['id']}"
    assert (added["type"], added["balance"]) == ("savings", 12.5)
    assert added in (await admin("GET", ACCOUNTS))["accounts"]
    assert (await admin.ask("POST", ACCOUNTS, {"members": {"id": added["id"]}}))[0] == 409
    changes = {"balance": None, "status": "pending", "detail": {"availableBalanceAmount": 1, "openDate": None}}
    edited = await admin("PATCH", path, changes)
    expected = {name: value for name, value in added.items() if name != "balance"} | {"status": "pending"}
    detail = {name: value for name, value in added["detail"].items() if name != "openDate"}
    assert edited == expected | {"detail": detail | {"availableBalanceAmount": 1}}
    assert await admin("GET", path) == edited
    assert (await admin.ask("PATCH", path, {"id": "7"}))[0] == 400
    assert await admin("PUT", path, {"name": "Bare"}) == {"name": "Bare", "id": added["id"]}
    assert sandbox.customers[CUSTOMER][added["id"]] == {"name": "Bare", "id": added["id"]}
    assert await admin("DELETE", path) is None
    assert (await admin.ask("GET", path))[0] == 404
    assert added["id"] not in [account.id for account in await get_customer_accounts(session, CUSTOMER)]


async def test_an_account_without_an_id_that_fits_gets_a_new_one_or_is_refused(admin: Admin) -> None:
    drawn = [await admin("POST", ACCOUNTS, {"members": {"id": None}}) for _ in range(2)]
    assert all(one["id"].isdecimal() for one in drawn)
    assert (await admin("POST", ACCOUNTS, {"members": {"id": 7}}))["id"] == "7"
    for wrong in ({"a": 1}, "a/b", "", "-1"):
        status, reply = await admin.ask("POST", ACCOUNTS, {"members": {"id": wrong}})
        assert (status, "is no ID of an account" in reply["error"]) == (400, True)
    assert (await admin("POST", ACCOUNTS, {}))["id"].isdecimal()


async def test_transactions_are_added_listed_and_removed(admin: Admin, sandbox: Sandbox) -> None:
    (added,) = (await admin("POST", TRANSACTIONS, {"transactions": [{"amount": -4.25, "memo": None}]}))["transactions"]
    listed = (await admin("GET", f"/customers/{CUSTOMER}/transactions", account_id=ACCOUNT))["transactions"]
    assert added in listed
    assert added in (await admin("GET", f"/customers/{CUSTOMER}/transactions"))["transactions"]
    assert (added["amount"], "memo" in added) == (-4.25, False)
    assert await admin("DELETE", f"{TRANSACTIONS}/{added['id']}") is None
    assert added not in sandbox.transactions(CUSTOMER, ACCOUNT)
    assert (await admin.ask("DELETE", f"{TRANSACTIONS}/{added['id']}"))[0] == 404
    status, problem = await admin.ask("POST", TRANSACTIONS, {"transactions": [{}, {"id": "x"}]})
    assert (status, problem["error"]) == (400, "The ID of a transaction is a number, and not 'x'")
    assert len(sandbox.transactions(CUSTOMER, ACCOUNT)) == len(listed) - 1


async def test_institutions_are_found_put_and_removed(admin: Admin, sandbox: Sandbox) -> None:
    put = await admin("PUT", "/institutions/7", {"name": "Quokka Savings"})
    assert (put["id"], put["name"]) == (7, "Quokka Savings")
    found = await admin("GET", "/institutions", search="quokka")
    assert found == {"institutions": [put], "total": 1}
    assert await admin("GET", "/institutions/7") == put
    assert await admin("DELETE", "/institutions/7") is None
    assert (await admin.ask("GET", "/institutions/7"))[0] == 404


# Connect and TxPush


@pytest.mark.parametrize("name", [7, None, ["Bank"]])
async def test_an_institution_whose_name_is_no_text_keeps_none_from_being_found(admin: Admin, name: Any) -> None:
    before = (await admin("GET", "/institutions", search="bank"))["total"]
    await admin("PUT", "/institutions/8", {"name": name})
    assert (await admin("GET", "/institutions", search="bank"))["total"] == before


@pytest.mark.parametrize("name", ["a\n", "", "a b", "a" * 101])
async def test_a_name_of_a_snapshot_that_no_path_could_have_is_refused(admin: Admin, name: str) -> None:
    assert (await admin.ask("POST", "/snapshots", {"name": name}))[0] == 400
    assert (await admin("GET", "/snapshots"))["snapshots"] == []


async def test_a_session_of_connect_is_played_and_its_events_are_listed(admin: Admin, session: AsyncSession) -> None:
    async with RawServer(default=http(200)) as hook:
        link = (await generate_connect_url(session, CUSTOMER, webhook=f"{hook.url}/finicity")).link
        before = (await admin("GET", "/events"))["next"]
        played = await admin("POST", "/connect", {"url": link, "institution": 102105, "accounts": ["checking"]})
    assert ([one["type"] for one in played["accounts"]], played["code"]) == (["checking"], 200)
    page = await admin("GET", "/events", from_=before)
    assert page == {"events": played["events"], "next": before + len(page["events"])}
    assert page["events"][0]["event_type"] == "started"
    assert {one["status"] for one in page["events"]} == {200}
    status, problem = await admin.ask("POST", "/connect", {"url": f"{link}1"})
    assert (status, "link" in problem["error"]) == (409, True)
    assert (await admin.ask("POST", "/connect", {"url": link, "outcome": "won"}))[0] == 400


async def test_events_of_txpush_that_are_due_are_posted(admin: Admin, sandbox: Sandbox) -> None:
    assert await admin("POST", "/events/push", {}) == {"events": [], "next": 0}
