"""What is special about institutions: pages that are sequences, lists in a query, and IDs that are numbers."""

import pytest

from finicity_async import AsyncSession, ConfigurationError
from finicity_async.endpoints.institutions import (
    get_certified_institutions,
    get_certified_institutions_with_rssd,
    get_institutions,
)
from finicity_async.models.institutions import Institution, Institutions
from tests.support.servers import RawServer, http, session_on

PAGE = {"found": 2, "displaying": 2, "moreAvailable": False, "institutions": [{"id": 4222}, {"id": "102105"}]}
EVERY = (get_institutions, get_certified_institutions, get_certified_institutions_with_rssd)


def test_a_page_is_a_sequence_of_its_institutions() -> None:
    page = Institutions(institutions=(Institution(id=4222), Institution(id=102105)))
    assert list(page) == [page[0], page[1]] == list(page.institutions)
    assert (len(page), page[-1].id, page[:1]) == (2, 102105, (page[0],))
    assert not Institutions(institutions=())
    assert not hasattr(page, "__dict__")


@pytest.mark.parametrize("function", EVERY)
@pytest.mark.parametrize(
    ("countries", "query"), [(None, ""), ("us", "supportedCountries=us"), (["us", "ca"], "supportedCountries=us,ca")]
)
async def test_countries_go_out_in_one_parameter(function: object, countries: object, query: str) -> None:
    async with RawServer(default=http(200, PAGE)) as server, session_on(server) as session:
        assert callable(function)
        page = await function(session, supported_countries=countries)
        assert [one.id for one in page] == [4222, 102105]
        assert server.calls[0].target.partition("?")[2] == query


@pytest.mark.parametrize("function", EVERY[1:])
async def test_products_go_out_in_one_parameter(function: object) -> None:
    async with RawServer(default=http(200, PAGE)) as server, session_on(server) as session:
        assert callable(function)
        await function(session, type=["voa", "ach"])
        assert server.calls[0].target.endswith("?type=voa,ach")


async def test_an_empty_list_of_countries_is_refused_because_it_would_mean_all(session: AsyncSession) -> None:
    with pytest.raises(ConfigurationError, match="supportedCountries is a list without entries"):
        await get_institutions(session, supported_countries=[])
