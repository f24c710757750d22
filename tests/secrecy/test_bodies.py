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
from finicity_async.models import Record
from finicity_async.models._decoding import members_of
from finicity_async.models._masked import Masked
from finicity_async.models.asset_reports import VOAReport
from finicity_async.models.consumers import Birthday, Consumer, ConsumerUpdate, NewConsumer
from finicity_async.models.customers import CustomerUpdate, NewCustomer
from finicity_async.models.pay_statements import PayStatement
from finicity_async.models.portfolios import PortfolioWithConsumerSummary
from finicity_async.models.reports import REPORT_BODIES, Report, report_body
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


def records(cls: type[Record] = Record) -> Iterator[type[Record]]:
    """Yield every record that was imported."""
    for subclass in cls.__subclasses__():
        yield subclass
        yield from records(subclass)


def holds_hidden(cls: type[Record]) -> bool:
    """Return whether a record hides members, or may hold a record that does."""
    within = (member.record_type for member in members_of(cls))
    return bool(cls._hidden) or any(holds_hidden(one) for one in within if one)


def test_what_was_set_aside_is_hidden_wherever_a_hidden_member_may_be_part_of_it() -> None:
    """An account that comes in place of a list of accounts is set aside as a whole, with its number."""
    assert all(map(report_body, REPORT_BODIES))  # Imports them.
    assert list(rows())
    of_package = [cls for cls in records() if cls.__module__.startswith("finicity_async.")]
    holding = {cls for cls in of_package if holds_hidden(cls)}
    assert {VOAReport, PortfolioWithConsumerSummary} <= holding
    for cls in holding:
        required = {member.field: () if member.row_type else None for member in members_of(cls) if member.required}
        record = cls(_invalid=msgspec.Raw(b'{"$.any": {"number": "990011223344"}}'), **required)
        assert "990011223344" in str(record.invalid_values), cls
        assert "990011223344" not in repr(record), cls


@pytest.mark.parametrize(
    ("cls", "body"),
    [
        (Report, {"id": "r", "type": "voa", "institutions": {"accounts": [{"number": SSN}]}}),
        (Report, {"id": "r", "type": "paystatement", "payStatements": {"directDeposits": [{"routingNumber": SSN}]}}),
        (
            PortfolioWithConsumerSummary,
            {"reports": [], "consumer": {"firstName": "A person without an ID", "ssn": SSN}},
        ),
    ],
)
def test_a_record_shows_nothing_of_a_record_in_it_that_does_not_fit(cls: type[Record], body: dict[str, Any]) -> None:
    record = cls.from_dict(body)
    assert SSN in str(record.invalid_values)
    assert SSN not in repr(record)


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
