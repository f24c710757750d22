"""The Consumers operations: what is refused before it is sent, and what one consumer goes through."""

import pytest

from finicity_async import AsyncSession, ConfigurationError, ConflictError, NotFoundError, Sandbox
from finicity_async.endpoints.consumers import create_consumer, get_consumer, get_consumer_for_customer, modify_consumer
from finicity_async.models.consumers import Birthday, ConsumerEndUser, ConsumerUpdate, NewConsumer
from tests.support.servers import RawServer, http, session_on

CUSTOMER = 1005061235
BIRTHDAY = Birthday(year=1980, month=1, day_of_month=31)
COMPANY = ConsumerEndUser(
    name="Some Bank", address="1 Any Street", city="Ogden", state="UT", zip="84401", phone="5550123"
)


def person(**members: object) -> NewConsumer:
    return NewConsumer(**{"first_name": "Ann", "last_name": "Other", "state": "UT", **members})  # type: ignore[arg-type]  # -- tried


async def test_a_consumer_is_created_read_and_changed(session: AsyncSession) -> None:
    body = person(ssn="999-99-1234", birthday=BIRTHDAY, email="ann@example.com", end_user=COMPANY)
    created = await create_consumer(session, CUSTOMER, body)
    assert created.customer_id == CUSTOMER
    assert created.id is not None
    found = await get_consumer(session, created.id)
    assert (found.first_name, found.birthday, found.end_user) == ("Ann", BIRTHDAY, COMPANY)
    assert (found.ssn, found.created_date) == ("1234", created.created_date)
    assert found == await get_consumer_for_customer(session, CUSTOMER)
    await modify_consumer(session, created.id, ConsumerUpdate(city="Ogden"))
    changed = await get_consumer(session, created.id)
    assert (changed.city, changed.birthday) == ("Ogden", BIRTHDAY)
    with pytest.raises(ConflictError):
        await create_consumer(session, CUSTOMER, body)


async def test_a_consumer_outlives_the_customer(session: AsyncSession, sandbox: Sandbox) -> None:
    consumer = await get_consumer_for_customer(session, 1005061234)
    del sandbox.customers["1005061234"]
    assert await get_consumer(session, consumer.id) == consumer
    with pytest.raises(NotFoundError):
        await get_consumer_for_customer(session, 1005061234)


@pytest.mark.parametrize(
    "body",
    [person(email="ann@example.com"), person(ssn="999-99-1234"), person(), person(birthday=BIRTHDAY, zip="84401")],
)
async def test_a_consumer_that_the_vendor_would_refuse_is_not_sent(body: NewConsumer) -> None:
    async with RawServer(default=http(201, {"id": "1"})) as server, session_on(server) as session:
        with pytest.raises(ConfigurationError, match="Nothing was sent") as caught:
            await create_consumer(session, CUSTOMER, body)
        assert "999-99-1234" not in str(caught.value)
        assert server.calls == []
        await create_consumer(session, CUSTOMER, person(ssn="999-99-1234", phone="5550123"))
