"""The comparison of Structs with schemas reports every difference and nothing else."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pytest

from finicity_async import CustomerAccount, Operation
from finicity_async.models import CustomerAccounts, Error, ErrorMessage, Errors, ErrorWrapper
from tests.vendor.comparing import differences, fits, read_otherwise, structs_of
from tests.vendor.document import Node
from tests.vendor.rows import by_tag, rows

Aware = Annotated[datetime, msgspec.Meta(tz=True)]
POINT: Node = {
    "type": "object",
    "properties": {
        "madeDate": {"type": "integer", "format": "int64"},
        "total": {"type": "number"},
        "rows": {"type": "array", "items": {"$ref": "Error"}},
    },
}


def test_a_struct_that_matches_its_schema_has_no_differences() -> None:
    class Point(msgspec.Struct, rename="camel"):
        made_date: Aware | None
        total: Decimal | None = None
        rows: tuple[Error, ...] = ()

    assert list(differences(Point, POINT)) == []
    assert [struct for struct, _ in structs_of(Point, POINT)] == [Point, Error]


def test_every_difference_is_reported_by_name() -> None:
    class Point(msgspec.Struct, rename="camel"):
        rows: tuple[ErrorMessage, ...]
        made_date: int
        colour: str
        shade: str
        """In a word; undeclared."""
        hidden: msgspec.Raw = msgspec.field(name="$hidden", default=msgspec.Raw())

    assert [one.partition(", declared")[0] for one in differences(Point, POINT)] == [
        "Point lacks total",
        "Point.colour is undeclared, and its docstring does not say so",
        "Point has its fields in another order",
        "Point.madeDate is read as IntType",
        "Point.rows is read as VarTupleType",
    ]


def test_a_member_kept_as_json_text_has_the_type_of_its_property() -> None:
    class Late(msgspec.Struct):
        total_json: msgspec.Raw | msgspec.UnsetType = msgspec.field(name="total", default=msgspec.UNSET)

        @property
        def total(self) -> Decimal | None:
            return None

    assert Late().total is None
    assert list(differences(Late, {"properties": {"total": {"type": "number"}}})) == []
    (found,) = differences(Late, {"properties": {"total": {"type": "boolean"}}})
    assert found.startswith("Late.total is read as DecimalType")


@pytest.mark.parametrize(
    ("kind", "node", "right"),
    [
        (CustomerAccounts, {"$ref": "CustomerAccounts"}, True),
        (CustomerAccount, {"$ref": "CustomerAccounts"}, False),
        (CustomerAccounts, {"properties": {"accounts": {}}}, True),
        (tuple[Error, ...], {"type": "array", "items": {"$ref": "Error"}}, True),
        (tuple[Errors, ...], {"type": "array", "items": {"$ref": "Error"}}, False),
        (Error, {"type": "array", "items": {"$ref": "Error"}}, False),
        (str, {"oneOf": [{"type": "number"}]}, True),
        (str, {"type": "string"}, True),
        (date, {"type": "string"}, False),
        (date, {"type": "string", "format": "date"}, True),
        (Aware, {"type": "string", "format": "date-time"}, True),
        (str, {"type": "number"}, False),
        (str, {"type": "number", "x-example-type": "string"}, True),
        (str, {"type": "object", "x-example-type": "string"}, True),
        (dict[str, Any], {"type": "object", "x-example-type": "string"}, False),
        (dict[str, Any], {"type": "object"}, True),
        (bool, {"type": "boolean"}, True),
        (bool, {"type": "string"}, False),
        (bool, {"type": "string", "x-example-type": "boolean"}, True),
        (int, {"type": "boolean"}, False),
        (float, {"type": "number"}, False),
        (int | str, {"type": "integer"}, False),
        (str, {}, True),
    ],
)
def test_a_type_either_fits_a_schema_or_does_not(kind: Any, node: Node, right: bool) -> None:
    assert fits(kind, node) is right


@pytest.mark.parametrize(
    ("name", "kind", "said", "right"),
    [
        ("createdDate", int, {"type": "integer", "format": "int64"}, False),
        ("customerId", str, {"type": "integer", "format": "int64"}, True),
        ("month", Aware, {"type": "integer", "format": "int64"}, True),
        ("month", str, {"type": "integer", "format": "int64"}, False),
        ("createdDate", Aware, {"type": "string"}, True),
        ("feeAmount", Decimal, {"type": "integer"}, True),
        ("interestRate", Decimal, {"type": "string"}, True),
        ("number", Decimal, {"type": "string"}, False),
    ],
)
def test_the_name_of_a_member_narrows_or_widens_its_types(name: str, kind: Any, said: Node, right: bool) -> None:
    struct = msgspec.defstruct("Point", [(name, kind)])
    assert (list(differences(struct, {"properties": {name: said}})) == []) is right


@pytest.mark.parametrize(
    ("name", "kind", "said", "found"),
    [
        ("total", Decimal | None, {"type": "number"}, None),
        ("total", str, {"type": "number"}, "StrType"),
        ("total", Decimal, {"type": "string"}, "DecimalType"),
        ("rows", tuple[str, ...], {"type": "array", "items": {"type": "string"}}, None),
        ("rows", tuple[int, ...], {"type": "array", "items": {"type": "string"}}, "IntType"),
        ("rows", tuple[str, ...], {"type": "string"}, "VarTupleType"),
        ("rows", str, {"type": "array", "items": {"type": "string"}}, "StrType"),
        ("month", Aware, {"type": "integer", "format": "int64"}, "DateTimeType"),
        ("month", int, {"type": "integer", "format": "int64"}, None),
        ("madeDate", Aware, {"type": "integer", "format": "int64"}, None),
        ("madeDate", int, {"type": "integer", "format": "int64"}, "IntType"),
        ("made", Aware, {"type": "string", "format": "int64"}, None),
        ("made", Aware, {"type": "string", "format": "date-time"}, None),
        ("made", str, {"type": "string", "format": "date-time"}, "StrType"),
        ("made", date, {"type": "string", "format": "date"}, None),
        ("made", Aware, {"type": "string", "format": "date"}, "DateTimeType"),
        ("made", Error, {}, "StructType"),
        ("made", Error, {"$ref": "Error"}, None),
    ],
)
def test_every_type_but_the_declared_one_is_told(name: str, kind: Any, said: Node, found: str | None) -> None:
    struct = msgspec.defstruct("Point", [(name, kind)])
    expected = [] if found is None else [(f"Point.{name}", found)]
    assert list(read_otherwise(struct, {"properties": {name: said}})) == expected


def test_nested_structs_are_found_once_for_each_schema() -> None:
    assert [struct for struct, _ in structs_of(ErrorWrapper, {"$ref": "ErrorWrapper"})] == [ErrorWrapper, Errors, Error]
    both = {"properties": {"first": {"$ref": "Error"}, "second": {"$ref": "Error"}}}
    pair = msgspec.defstruct("Pair", [("first", Error), ("second", Error)])
    assert [struct for struct, _ in structs_of(pair, both)] == [pair, Error]
    other: Node = {"properties": {"first": {"$ref": "Error"}, "second": {"properties": {"Source": {"type": "number"}}}}}
    assert [struct for struct, _ in structs_of(pair, other)] == [pair, Error, Error]


def test_every_row_is_found_and_unknown_operations_get_their_own_tag(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from finicity_async.endpoints import customers

    assert {str(row) for row in rows()} >= {"accounts.GET_CUSTOMER_ACCOUNTS", "customers.GET_CUSTOMERS"}
    rows.cache_clear()
    monkeypatch.setattr(customers, "GET_ALL", Operation("GetAll", "GET", "/all", bytes), raising=False)
    (row,) = by_tag()["undeclared"]
    rows.cache_clear()
    assert str(row) == "customers.GET_ALL"
