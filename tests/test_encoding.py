"""How lists go out in a query, and instants in a body whose members are declared as ISO text."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest

from finicity_async import BadRequestError, ConfigurationError, Operation
from finicity_async.models import Record
from finicity_async.models._values import Instant, IsoInstant
from tests.support.servers import RawServer, http, session_on

EXPERIENCES = Operation("Experiences", "GET", "/experiences", bytes, query=("code", "app"))
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HERE = datetime(2024, 5, 1, 5, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=-7)))


# Lists


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (["AO"], "AO"),
        (["AO", "VOA"], "AO,VOA"),
        (("a b", "c&d"), "a+b,c%26d"),
        ([1, Decimal("2.50"), True, NOON], "1,2.50,true,1714564800"),
        ("us,ca", "us,ca"),
    ],
    ids=str,
)
async def test_a_list_in_a_query_is_joined_with_commas_as_the_vendor_declares_it(value: object, sent: str) -> None:
    async with RawServer(default=http(200, b"x")) as server, session_on(server) as session:
        await session.send(EXPERIENCES.request(code=value, app="x"))
        assert server.calls[0].target == f"/experiences?code={sent}&app=x"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ([], "a list without entries"),
        (["AO", ""], "or with an empty one"),
        (["a,b"], "a comma in an entry"),
        ([["a", "b"]], "a comma in an entry"),
        ([None], "of type NoneType"),
        ([-1], "a negative number"),
        ([{"a"}], "of type set"),
    ],
    ids=str,
)
def test_a_list_that_would_go_out_as_another_one_is_refused(value: object, what: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Experiences: code is .*{what}.*Nothing was sent"):
        EXPERIENCES.request(code=value)


async def test_an_error_shows_no_entry_of_a_list_that_was_sent() -> None:
    answer = http(400, {"code": "1", "message": "no product Ava1969 here"})
    async with RawServer(answer, default=http(200, b"x")) as server, session_on(server) as session:
        with pytest.raises(BadRequestError, match=r"no product \*\*\* here"):
            await session.send(EXPERIENCES.request(code=["AO", "Ava1969"]))
        await session.send(EXPERIENCES.request(code="AO"))


# Instants


class Agreement(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A part of a body."""

    accepted_date: IsoInstant
    version: int = 1


class Refresh(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A body with an instant of each form."""

    from_date: IsoInstant | None = None
    seconds: Instant | None = None
    any_value: object = None
    agreement: Agreement | None = None
    agreements: tuple[Agreement, ...] = ()
    days: tuple[IsoInstant, ...] | None = None
    again: "Refresh | None" = None


ROW = Operation("Refresh", "POST", "/refreshes", None, body_type=Refresh)
TEXT = '"2024-05-01T12:00:00Z"'


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (Refresh(from_date=NOON), f'{{"fromDate":{TEXT}}}'),
        (Refresh(from_date=HERE), f'{{"fromDate":{TEXT}}}'),
        (Refresh(seconds=NOON, any_value=NOON), '{"seconds":1714564800,"anyValue":1714564800}'),
        (Refresh(from_date=NOON, any_value=Decimal("0.10")), f'{{"fromDate":{TEXT},"anyValue":0.10}}'),
        (Refresh(agreement=Agreement(NOON)), f'{{"agreement":{{"acceptedDate":{TEXT}}}}}'),
        (Refresh(agreements=(Agreement(NOON, 2),)), f'{{"agreements":[{{"acceptedDate":{TEXT},"version":2}}]}}'),
        (Refresh(days=(NOON, HERE)), f'{{"days":[{TEXT},{TEXT}]}}'),
        (Refresh(again=Refresh(from_date=NOON)), f'{{"again":{{"fromDate":{TEXT}}}}}'),
        (Refresh(), "{}"),
        (Refresh(from_date="yesterday"), '{"fromDate":"yesterday"}'),  # type: ignore[arg-type]  # -- no instant at all
    ],
    ids=str,
)
def test_an_instant_in_a_body_has_the_form_of_its_members_type(body: Refresh, sent: str) -> None:
    assert ROW.request(body=body).body == sent.encode()


def test_an_iso_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="body holds a datetime without a zone"):
        ROW.request(body=Refresh(agreement=Agreement(datetime(2024, 5, 1, 12))))  # noqa: DTZ001 -- naive


class Read(Record, frozen=True, kw_only=True, rename="camel"):
    """A record with both forms, as a response may echo them."""

    iso: IsoInstant | None = None
    seconds: Instant | None = None


@pytest.mark.parametrize("rest", [b"", b',"odd":[1]', b',"seconds":{}'], ids=["fits", "more", "does not fit"])
@pytest.mark.parametrize("text", [TEXT, '"2024-05-01T05:00:00-07:00"', "1714564800"])
def test_both_forms_are_read_whichever_is_declared(text: str, rest: bytes) -> None:
    assert Read.from_json(b'{"iso":%b%b}' % (text.encode(), rest)).iso == NOON
