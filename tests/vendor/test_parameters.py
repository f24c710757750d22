"""The parameters of every function, and the statuses of every row, are those of the vendor's document."""

import inspect
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest

from finicity_async import AsyncSession, Credentials, Operation, Request
from tests.endpoints.test_round_trips import arguments_of
from tests.vendor.deviations import BEYOND, ERRORS, NOT_RAISED, OTHER_PARAMETERS, RAISED, STATUSES
from tests.vendor.document import Node, resolved_facts
from tests.vendor.names import snake_case
from tests.vendor.rows import Row, rows

TYPES: dict[str, set[str]] = {
    "string": {"str"},
    "integer": {"int"},
    "number": {Decimal.__name__},
    "boolean": {"bool"},
    "array": {"str", "Sequence"},  # A text is one value.
}
"""Declared type -> names of the types that a parameter takes."""
_RAISES = re.compile(r"\nRaises:\n(.*?)(?:\n\n|$)", re.DOTALL)
each_row = pytest.mark.parametrize("row", rows(), ids=repr)


def function_of(row: Row) -> Any:
    return vars(row.module)[row.constant.lower()]


def kinds_of(annotation: Any) -> set[str]:
    """Return the names of the types in an annotation, with that of the class for a parametrized one."""
    return {getattr(one, "__name__", "") for one in get_args(annotation) or (annotation,)}


def declared_kinds(said: Node) -> set[str]:
    """Return the names of the types that a declared parameter takes: an ID may be text or a number."""
    schema = resolved_facts(said["schema"])
    if re.search("id$", said["name"], re.IGNORECASE) and said["in"] != "header":
        return {"str", "int"}
    if schema["type"] == "integer" and "date" in said["name"].lower():
        return {datetime.__name__, "int"}
    return {date.__name__} if schema.get("format") == "date" else TYPES[schema["type"]]


@each_row
def test_every_parameter_has_the_declared_place_and_type(row: Row) -> None:
    parameters = inspect.signature(function_of(row)).parameters
    for said in row.facts.get("parameters", ()):
        one = parameters[snake_case(said["name"])]
        kinds = kinds_of(one.annotation)
        name = f"{row.constant}.{said['name']}"
        is_other = kinds - {"NoneType"} != declared_kinds(said)
        assert OTHER_PARAMETERS.get(name) == (kinds - {"NoneType"} if is_other else None), one
        is_required = said.get("required", False)
        assert (one.default is one.empty) == is_required == ("NoneType" not in kinds), one
        assert one.kind == (one.POSITIONAL_OR_KEYWORD if is_required else one.KEYWORD_ONLY), one


@each_row
def test_a_function_takes_nothing_beyond_the_declared_parameters_and_the_body(row: Row) -> None:
    first, *parameters = inspect.signature(function_of(row)).parameters.values()
    assert first.annotation is AsyncSession
    kind: Any = row.operation.body_type
    members = {field.name for field in msgspec.structs.fields(kind)} if kind else set()
    declared = {snake_case(said["name"]) for said in row.facts.get("parameters", ())}
    beyond = {one.name for one in parameters} - declared - members
    bodies = [one for one in parameters if one.name == "body"]
    assert beyond - {"body"} == BEYOND.get(row.constant, set())
    assert all(kind in (one.annotation, *get_args(one.annotation)) for one in bodies), bodies


class SentError(Exception):
    """Ends a function when it sends its request."""

    def __init__(self, request: Request[Any]) -> None:
        super().__init__(request)
        self.request = request


class Recorder:
    """A session that sends nothing."""

    credentials = Credentials("app-key", "2445581415616", "partner-secret")

    async def send(self, request: Request[Any]) -> None:
        raise SentError(request)


def value_of(said: Node, number: int) -> Any:
    """Return a value for a parameter, another one for each number; a period begins before it ends."""
    (kind, *_) = sorted(declared_kinds(said))
    seconds = number if "from" in said["name"] else 86_400 + number
    values = {"bool": True, "int": number, "str": f"{number}", Decimal.__name__: Decimal(number)}
    others = {"Sequence": [f"{number}", "7"], date.__name__: date(2026, 1, number), datetime.__name__: 10**9 + seconds}
    return (values | others)[kind]


@pytest.mark.parametrize("row", [row for row in rows() if row.facts.get("parameters")], ids=repr)
async def test_every_parameter_is_sent_under_its_name(row: Row) -> None:
    values = {said["name"]: value_of(said, number) for number, said in enumerate(row.facts["parameters"], start=11)}
    members = arguments_of(row.operation, function_of(row))
    given = {name: "https://example.com" if one is None else one for name, one in members.items()}
    given |= {snake_case(name): one for name, one in values.items()}
    with pytest.raises(SentError) as sent:
        await function_of(row)(Recorder(), **given)
    bare = Operation("Bare", "GET", row.operation.path, None, query=row.operation.query, headers=row.operation.headers)
    texts = {name: str(one) if isinstance(one, date) else one for name, one in values.items()}
    expected, request = bare.request(**texts), sent.value.request
    assert request.operation is row.operation
    assert request.target == expected.target
    assert (expected.headers or {}).items() <= (request.headers or {}).items()


@each_row
def test_a_row_takes_the_declared_statuses_for_success(row: Row) -> None:
    declared = {int(status) for status in row.facts["responses"] if status.startswith("2")}
    taken = {*(row.operation.statuses or declared - {203})}
    if row.operation.reply_type is not None:  # Then a 204 is an answer only where the row says what it means.
        taken = taken - {204} | ({204} if row.operation.empty is not None else set())
    assert taken ^ declared == ({STATUSES[row.constant]} if row.constant in STATUSES else set())


@each_row
def test_a_function_names_the_errors_that_the_document_declares(row: Row) -> None:
    found = _RAISES.search(inspect.getdoc(function_of(row)) or "")
    named = {*re.findall(r"^    (\w+):", found[1], re.MULTILINE)} if found else set()
    raised = {status for error, status in ERRORS.items() if error.__name__ in named}
    declared = {int(status) for status in row.facts["responses"]}
    beyond = {status for constant, status in RAISED if constant == row.constant}
    assert raised - declared == beyond
    left_out = {status for constant, status in NOT_RAISED if constant == row.constant}
    assert (declared & {404}) - raised == left_out


@each_row
def test_a_row_advises_on_errors_that_the_document_declares(row: Row) -> None:
    statuses = {int(status) for status in row.facts["responses"]}
    codes = {str(code) for declared in row.facts.get("codes", {}).values() for code in declared}
    advised = {*row.operation.advice}
    assert {one for one in advised if isinstance(one, int)} <= statuses
    assert {one for one in advised if isinstance(one, str)} <= codes
