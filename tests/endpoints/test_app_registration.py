"""Applications in the sandbox: registered, approved by the clock, found page by page, and assigned to customers."""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from operator import attrgetter
from typing import Any

import msgspec
import pytest

from finicity_async import AsyncSession, BadRequestError, NotFoundError, Operation, Sandbox
from finicity_async.endpoints.app_registration import (
    GET_APP_REGISTRATION_STATUS,
    GET_APPLICATIONS,
    GET_REGISTERED_INSTITUTIONS,
    MIGRATE_INSTITUTION_LOGIN_ACCOUNTS,
    MODIFY_APP_REGISTRATION,
    REGISTER_APP,
    SET_CUSTOMER_APP_ID,
    get_app_registration_status,
    get_applications,
    get_registered_institutions,
    migrate_institution_login_accounts,
    modify_app_registration,
    register_app,
    set_customer_app_id,
)
from finicity_async.endpoints.customers import add_testing_customer, get_customer, get_customer_with_app_data
from finicity_async.models.app_registration import App, Application, AppStatuses
from finicity_async.pagination import iter_records
from tests.vendor.document import OPERATIONS, amended, document
from tests.vendor.response_validator import RawResponse, ResponseValidator

CUSTOMER, LOGIN, DAY = 1005061234, 1007302745, 86_400
FIRST, FIRST_ID = 2581, "00000000-0000-4000-8000-000000000001"
BUDGET = Application(
    app_description="Shows where the money goes",
    app_name="Budget",
    app_url="https://example.com",
    owner_address_line1="12 Any Street",
    owner_address_line2="",
    owner_city="Ogden",
    owner_country="USA",
    owner_name="Acme Lending",
    owner_postal_code="84401",
    owner_state="UT",
    image=base64.b64encode(b"<svg/>").decode(),
)
ROWS: tuple[Operation[Any], ...] = (
    REGISTER_APP,
    MODIFY_APP_REGISTRATION,
    GET_APP_REGISTRATION_STATUS,
    GET_APPLICATIONS,
    GET_REGISTERED_INSTITUTIONS,
    SET_CUSTOMER_APP_ID,
    MIGRATE_INSTITUTION_LOGIN_ACCOUNTS,
)


@pytest.fixture
async def dated(sandbox: Sandbox) -> AsyncIterator[AsyncSession]:
    """Return a session that sees the days pass, and so logs in again."""
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url, clock=sandbox.clock) as session:
        yield session


async def only(session: AsyncSession, pre_app_id: int) -> App:
    (found,) = await get_applications(session, pre_app_id=pre_app_id)
    return found


async def test_an_application_is_registered_approved_changed_and_approved_again(
    dated: AsyncSession, sandbox: Sandbox
) -> None:
    made = await register_app(dated, BUDGET)
    assert (made.pre_app_id, made.status) == (FIRST + 1, "P")
    waiting = await only(dated, made.pre_app_id)
    assert (waiting.name, waiting.status, waiting.application_id) == ("Budget", "P", None)
    changed = msgspec.structs.replace(BUDGET, app_name="Budgets")
    sandbox.clock.advance(DAY / 2)
    assert (await modify_app_registration(dated, made.pre_app_id, changed)).status == "P"
    sandbox.clock.advance(DAY / 2)
    assert (await only(dated, made.pre_app_id)).application_id is None, "the review begins again"
    sandbox.clock.advance(DAY / 2)
    approved = await only(dated, made.pre_app_id)
    assert (approved.name, approved.status) == ("Budgets", "A")
    assert approved.submitted_date == waiting.submitted_date != approved.modified_date
    assert (await modify_app_registration(dated, made.pre_app_id, BUDGET)).status == "P"
    again = await only(dated, made.pre_app_id)
    assert (again.status, again.application_id) == ("P", approved.application_id), "its ID stays"


async def test_registrations_are_found_by_each_member_and_page_by_page(session: AsyncSession) -> None:
    for number in range(130):
        await register_app(session, msgspec.structs.replace(BUDGET, app_name=f"App {number}"))
    every = [one.pre_app_id async for one in iter_records(session, GET_APPLICATIONS, key=attrgetter("pre_app_id"))]
    assert every == [*range(FIRST, FIRST + 131)], "the vendor gives 100 on a page, and 1000 were asked for"
    with pytest.deprecated_call():
        rows = iter_records(session, GET_APP_REGISTRATION_STATUS, key=attrgetter("pre_app_id"), limit=30)
        assert [int(one.pre_app_id or 0) async for one in rows] == every
    assert len(await get_applications(session)) == 50
    assert len(await get_applications(session, limit=1000)) == 100
    assert [one.pre_app_id for one in await get_applications(session, application_id=FIRST_ID)] == [FIRST]
    assert [one.pre_app_id for one in await get_applications(session, name="App 7")] == [FIRST + 8]
    assert (await get_applications(session, status="P", limit=1)).found == 130
    page = await get_app_registration_status(session, status="P", page=10, page_size=14)
    assert (page.total_records, page.total_pages, page.page_number, len(page)) == (130, 10, 10, 4)
    assert page[0].institution_details == ()
    (first,) = await get_app_registration_status(session, pre_app_id=FIRST)
    assert [one.status for one in first.institution_details] == [True, True]


@pytest.mark.parametrize(
    ("counts", "more"),
    [({}, None), ({"pageNumber": 1, "totalPages": 2}, True), ({"pageNumber": 2, "totalPages": 2}, False)],
)
def test_a_page_tells_by_its_number_whether_another_one_follows(counts: dict[str, int], more: bool | None) -> None:
    page = AppStatuses.from_json(json.dumps({"totalRecords": 2, "applications": [], **counts}).encode())
    assert (page.found, page.more_available) == (2, more)


async def test_institutions_of_an_application_come_page_by_page() -> None:
    number = attrgetter("institution_id")
    async with (
        Sandbox(institutions=120) as sandbox,
        AsyncSession(sandbox.credentials, base_url=sandbox.url) as session,
    ):
        rows = iter_records(session, GET_REGISTERED_INSTITUTIONS, key=number, limit=50, application_id=FIRST_ID)
        assert [str(number(one)) async for one in rows] == list(sandbox.institutions)
        (one,) = await get_registered_institutions(session, FIRST_ID, institution_id=4222)
    assert (one.institution_id, one.status) == (4222, True)


async def test_a_customer_is_assigned_to_an_approved_application_once(session: AsyncSession, sandbox: Sandbox) -> None:
    made = await register_app(session, BUDGET)
    sandbox.clock.advance(DAY)
    application_id = (await only(session, made.pre_app_id)).application_id or ""
    await set_customer_app_id(session, CUSTOMER, application_id)
    assert (await get_customer(session, CUSTOMER)).application_id == application_id
    assert (await get_customer_with_app_data(session, CUSTOMER)).application_name == "Budget"
    await set_customer_app_id(session, CUSTOMER, application_id)
    with pytest.raises(BadRequestError):
        await set_customer_app_id(session, CUSTOMER, FIRST_ID)
    other = await add_testing_customer(session, "user-1", application_id="0-0")
    assert (await get_customer_with_app_data(session, other.id)).application_name == ""


async def test_accounts_that_are_migrated_are_those_at_the_login(session: AsyncSession) -> None:
    moved = await migrate_institution_login_accounts(session, CUSTOMER, LOGIN)
    assert len(moved) == 5
    assert {one.institution_login_id for one in moved} == {LOGIN}


async def test_a_snapshot_holds_the_registrations(session: AsyncSession, sandbox: Sandbox) -> None:
    before = sandbox.snapshot()
    await register_app(session, BUDGET)
    sandbox.reset(before)
    assert [one.pre_app_id for one in await get_applications(session)] == [FIRST]


Call = Callable[[AsyncSession], Awaitable[Any]]
REFUSED: list[tuple[Call, type[Exception], str]] = [
    (lambda session: modify_app_registration(session, 1, BUDGET), NotFoundError, "50051"),
    (lambda session: modify_app_registration(session, "first", BUDGET), NotFoundError, "50051"),
    (lambda session: get_app_registration_status(session, app_name="Other"), NotFoundError, "50051"),
    (lambda session: get_applications(session, start=0), BadRequestError, "3005"),
    (lambda session: get_applications(session, limit=0), BadRequestError, "3006"),
    (lambda session: get_registered_institutions(session, "1-2"), NotFoundError, "3001"),
    (lambda session: get_registered_institutions(session, FIRST_ID, institution_id=1), NotFoundError, "3002"),
    (lambda session: get_registered_institutions(session, FIRST_ID, institution_id="a"), BadRequestError, "3007"),
    (lambda session: set_customer_app_id(session, 1, FIRST_ID), NotFoundError, "14001"),
    (lambda session: set_customer_app_id(session, CUSTOMER, "1-2"), NotFoundError, "50051"),
    (lambda session: migrate_institution_login_accounts(session, CUSTOMER, 1), NotFoundError, "38007"),
]


@pytest.mark.parametrize(("call", "error", "code"), REFUSED)
async def test_what_is_not_there_is_refused(
    call: Call, error: type[Exception], code: str, session: AsyncSession
) -> None:
    with pytest.raises(error) as caught:
        await call(session)
    assert vars(caught.value)["code"] == code


async def test_every_reply_is_as_declared(session: AsyncSession) -> None:
    validator = ResponseValidator(amended(document(OPERATIONS | {row.operation_id for row in ROWS})))
    for row in ROWS:
        values = {"preAppId": FIRST, "application_id": FIRST_ID, "applicationId": FIRST_ID, "customerId": CUSTOMER}
        values |= {"institutionLoginId": LOGIN}
        given: dict[str, Any] = {name: values[name] for name in row.placeholders}
        body = {} if row.body_type is None else {"body": BUDGET}
        response = await session.send_raw(row.request(**given, **body))
        found = RawResponse(response.status, response.body, response.headers.get("Content-Type", ""))
        assert validator.problems(row.operation_id, found) == [], row


def test_no_text_shows_an_owner_or_fifty_kilobytes_of_a_logo() -> None:
    assert repr(BUDGET) == "Application(***)"


async def test_a_registration_that_is_not_whole_is_refused(session: AsyncSession) -> None:
    class Part(msgspec.Struct, rename="camel"):
        app_name: str

    row = Operation("RegisterApp", "POST", REGISTER_APP.path, bytes, body_type=Part)
    with pytest.raises(BadRequestError) as caught:
        await session.send(row.request(body=Part(app_name="Budget")))
    assert caught.value.code == "10005"
