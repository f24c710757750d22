"""The business of a customer in the sandbox: added, found by customer and by ID, replaced, gone with the customer."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from finicity_async import AsyncSession, BadRequestError, ConflictError, NotFoundError, Operation, Sandbox
from finicity_async.endpoints.businesses_api import (
    ADD_BUSINESS_DETAILS,
    GET_BUSINESS_BY_CUSTOMER,
    GET_BUSINESS_BY_ID,
    UPDATE_BUSINESS,
    add_business_details,
    get_business_by_customer,
    get_business_by_id,
    update_business,
)
from finicity_async.endpoints.customers import delete_customer
from finicity_async.models.businesses_api import Business, NewAddress, NewBusiness, PhoneNumberFormat
from tests.vendor.document import OPERATIONS, amended, document
from tests.vendor.response_validator import RawResponse, ResponseValidator

CUSTOMER = 1005061234
TIRES = NewBusiness(
    name="Tires Inc",
    personally_liable=True,
    address=NewAddress(address_line1="12 Any Street", city="Ogden", state="UT", country="US", postal_code="84401"),
    phone_number=PhoneNumberFormat(country_code="1", phone_no="8015550123"),
    tax_id="A1234561Z",
)


async def test_a_business_is_added_found_and_replaced(session: AsyncSession, sandbox: Sandbox) -> None:
    await add_business_details(session, CUSTOMER + 1, TIRES)
    added = await add_business_details(session, CUSTOMER, TIRES)
    assert (added.name, added.address, added.tax_id) == ("Tires Inc", TIRES.address, "A1234561Z")
    assert "A1234561Z" not in repr(added)
    assert added.created_date == added.modified_date
    assert datetime.fromisoformat(f"{added.created_date}Z").timestamp() <= sandbox.clock()
    assert await get_business_by_customer(session, CUSTOMER) == (added,)
    assert await get_business_by_id(session, added.business_id or "") == (added,)
    sandbox.clock.advance(60)
    changed = await update_business(session, added.business_id or "", msgspec.structs.replace(TIRES, tax_id=None))
    assert (changed.business_id, changed.created_date, changed.tax_id) == (added.business_id, added.created_date, None)
    assert changed.modified_date != added.modified_date
    assert await get_business_by_customer(session, CUSTOMER) == (changed,)
    with pytest.raises(ConflictError):
        await add_business_details(session, CUSTOMER, TIRES)


async def test_a_business_is_gone_with_its_customer_and_comes_back_with_a_snapshot(
    session: AsyncSession, sandbox: Sandbox
) -> None:
    added = await add_business_details(session, CUSTOMER, TIRES)
    before = sandbox.snapshot()
    await delete_customer(session, CUSTOMER)
    with pytest.raises(NotFoundError):
        await get_business_by_id(session, added.business_id or "")
    sandbox.reset(before)
    assert await get_business_by_id(session, added.business_id or "") == (added,)


async def test_what_is_not_there_is_refused(session: AsyncSession) -> None:
    for call, code in (
        (add_business_details(session, 1, TIRES), "10002"),
        (get_business_by_customer(session, 1), "10002"),
        (get_business_by_customer(session, CUSTOMER), "10002"),
        (update_business(session, "1", TIRES), "10003"),
        (get_business_by_id(session, "1"), "10003"),
    ):
        with pytest.raises(NotFoundError) as caught:
            await call
        assert caught.value.code == code


async def test_a_business_that_is_not_whole_is_refused(session: AsyncSession) -> None:
    class Part(msgspec.Struct):
        name: str

    row = Operation("AddBusinessDetails", "POST", ADD_BUSINESS_DETAILS.path, bytes, body_type=Part)
    with pytest.raises(BadRequestError):
        await session.send(row.request(customer_id=CUSTOMER, body=Part(name="Tires Inc")))


async def test_every_reply_is_as_declared(session: AsyncSession) -> None:
    rows: tuple[Operation[Any], ...] = (
        ADD_BUSINESS_DETAILS,
        GET_BUSINESS_BY_CUSTOMER,
        UPDATE_BUSINESS,
        GET_BUSINESS_BY_ID,
    )
    validator = ResponseValidator(amended(document(OPERATIONS | {row.operation_id for row in rows})))
    business_id = ""
    for row in rows:
        place = {"customer_id": CUSTOMER} if "customer_id" in row.placeholders else {"business_id": business_id}
        body = {} if row.body_type is None else {"body": TIRES}
        response = await session.send_raw(row.request(**place, **body))
        if row is ADD_BUSINESS_DETAILS:
            business_id = Business.from_json(response.body).business_id or ""
        assert validator.problems(row.operation_id, RawResponse(response.status, response.body)) == [], row
