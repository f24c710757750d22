"""What a person is known by never shows in what is sent: not in a ``repr``, an error or the log."""

import copy
import importlib
import pkgutil
import pprint
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

import finicity_async.endpoints
from finicity_async import Operation, StatusError
from finicity_async.endpoints.consumers import create_consumer
from finicity_async.models._masked import Masked
from finicity_async.models.consumers import Birthday, Consumer, ConsumerUpdate, NewConsumer
from finicity_async.models.customers import CustomerUpdate, NewCustomer
from finicity_async.models.pay_statements import PayStatement
from finicity_async.models.verify_income_and_employment import PayrollData
from tests.secrecy.secrets import FORMS, assert_tells_nothing, failure, server_with, session_on
from tests.support.servers import http

PERSONAL = frozenset({"first_name", "last_name", "ssn", "birthday"})
SSN, SPOKEN = "987-65-4321", "Ann-Sophie O'Hara"
BODIES = [
    NewCustomer(username="user-7f3a9c", first_name=SPOKEN, phone=SSN),
    CustomerUpdate(last_name=SPOKEN),
    NewConsumer(first_name=SPOKEN, last_name=SPOKEN, state="UT", ssn=SSN, birthday=Birthday(year=1987)),
    ConsumerUpdate(ssn=SSN, birthday=Birthday(year=1987)),
    Birthday(year=1987, month=6, day_of_month=5),
    PayrollData(ssn=SSN, report_id="r-1"),
    PayStatement(label="lastPayPeriod", statement="JVBERi0xLjc="),
]


def rows() -> Iterator[Operation[Any]]:
    package = finicity_async.endpoints
    for module in pkgutil.iter_modules(package.__path__):
        members = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
        yield from (row for row in members.values() if isinstance(row, Operation))


def test_every_body_with_members_of_a_person_shows_none() -> None:
    """On failure, derive the Struct from ``Masked``."""
    structs = {row.body_type for row in rows() if isinstance(row.body_type, type)}
    personal = {
        one
        for one in structs
        if issubclass(one, msgspec.Struct) and PERSONAL & {field.name for field in msgspec.structs.fields(one)}
    }
    assert {NewCustomer, CustomerUpdate, NewConsumer, ConsumerUpdate} <= personal
    assert {one for one in personal if not issubclass(one, Masked)} == set()


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
@pytest.mark.parametrize("show", [repr, str, "{}".format, pprint.pformat, ascii])
def test_a_body_shows_its_type_alone(show: Callable[[object], str], body: msgspec.Struct) -> None:
    assert show(body) == f"{type(body).__name__}(***)"
    assert show(copy.deepcopy(body)) == show(body)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_rich_shows_no_member_of_a_body(body: msgspec.Struct) -> None:
    pretty = pytest.importorskip("rich.pretty")
    assert pretty.pretty_repr(body) == f"{type(body).__name__}()"


def test_a_consumer_that_was_read_shows_neither_ssn_nor_birthday() -> None:
    consumer = Consumer.from_json(b'{"id":"1","ssn":"4321","birthday":{"year":1987},"email":{"ssn":"4321"}}')
    assert (consumer.ssn, consumer.invalid_values) == ("4321", {"$.email": {"ssn": "4321"}})
    assert repr(consumer) == "Consumer(id='1', ssn='***', birthday=Birthday(***), invalid_values='***')"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
async def test_an_error_shows_nothing_of_a_consumer_that_the_vendor_repeats(
    form: Callable[[str], str], log: pytest.LogCaptureFixture
) -> None:
    body = NewConsumer(first_name=SPOKEN, last_name="Other-Name", state="UT", ssn=SSN, email="ann@example.com")
    said = "You sent " + ", ".join(form(part) for part in (SPOKEN, SSN, "ann@example.com"))
    async with server_with(http(400, {"code": "10010", "message": said})) as server, session_on(server) as session:
        error = await failure(create_consumer(session, 1005061234, body))
    assert isinstance(error, StatusError)
    assert error.message == said
    assert_tells_nothing(error, log)
    texts = (str(error), repr(error), log.text)
    assert not [
        part for part in (SPOKEN, SSN, "ann@example.com") for text in texts if part.casefold() in text.casefold()
    ]
