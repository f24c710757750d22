"""The list of customers, from which the demo takes its own."""

from datetime import UTC, datetime

from finicity_async import AsyncSession, Sandbox
from finicity_async.endpoints.customers import GET_CUSTOMERS
from finicity_async.models.customers import Customers


async def test_a_page_of_customers_is_iterable_and_sized(session: AsyncSession, sandbox: Sandbox) -> None:
    page = await session.send(GET_CUSTOMERS.request(start=2, limit=3))
    assert len(page) == 3
    assert [one.id for one in page] == list(sandbox.customers)[1:4]
    assert (page.found, page.displaying, page.more_available) == (10, 3, True)


def test_the_created_date_is_read_from_digits_in_text() -> None:
    body = b'{"moreAvailable":"true","customers":[{"id":1005061234,"type":"testing","createdDate":"1607450357"}]}'
    (customer,) = Customers.from_json(body)
    assert customer.id == "1005061234"
    assert customer.created_date == datetime.fromtimestamp(1607450357, UTC)
