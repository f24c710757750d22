"""The sandbox's replies to the two operations on experiences, whose refusals are declared in forms of their own."""

import pytest

from finicity_async import AsyncSession, Operation
from finicity_async.endpoints.connect import CREATE_CONNECT_EXPERIENCE, GET_ALL_EXPERIENCE
from finicity_async.models.connect import IndirectPartnerRequest
from tests.vendor.document import OPERATIONS, amended, document
from tests.vendor.response_validator import RawResponse, ResponseValidator

ROWS = (GET_ALL_EXPERIENCE, CREATE_CONNECT_EXPERIENCE)


@pytest.fixture(scope="module")
def validator() -> ResponseValidator:
    return ResponseValidator(amended(document(OPERATIONS | {row.operation_id for row in ROWS})))


async def test_experiences_and_a_copy_of_one_are_as_declared(
    session: AsyncSession, validator: ResponseValidator
) -> None:
    listed = await session.send_raw(GET_ALL_EXPERIENCE.request(appName="test app"))
    assert problems(validator, GET_ALL_EXPERIENCE, listed.status, listed.body) == []
    body = IndirectPartnerRequest(indirect_partner_id=423456789)
    for experience in await session.send(GET_ALL_EXPERIENCE.request(appName="test app")):
        copied = await session.send_raw(CREATE_CONNECT_EXPERIENCE.request(experience_id=experience.id, body=body))
        assert problems(validator, CREATE_CONNECT_EXPERIENCE, copied.status, copied.body) == []


def test_a_reply_that_is_not_as_declared_is_found(validator: ResponseValidator) -> None:
    assert problems(validator, GET_ALL_EXPERIENCE, 200, b'[{"id": 1}]')
    assert problems(validator, CREATE_CONNECT_EXPERIENCE, 200, b"[]")


def problems(validator: ResponseValidator, row: Operation[object], status: int, body: bytes) -> list[str]:
    return validator.problems(row.operation_id, RawResponse(status, body))
