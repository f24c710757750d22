"""
Comparison of msgspec Structs with the schemas of the vendor's document.

`fits` and `differences` take every type that a member may reasonably have, as drafts have them. `read_otherwise` takes
the declared type alone, so that each other one has to be in `tests.vendor.deviations`.
"""

import ast
import inspect as python
import itertools
import json
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from typing import Any, get_type_hints

import msgspec
from msgspec import inspect

from tests.vendor.deviations import OTHER_TYPES
from tests.vendor.document import Node, resolved_facts
from tests.vendor.names import snake_case
from tests.vendor.schemas import members_of, name_of, possible_members_of

Types = tuple[type[inspect.Type], ...]

_AMOUNT = re.compile(r"(amount|balance|price|rate|percent(age)?|score|value)$", re.IGNORECASE)
_COUNT = re.compile(r"^(estimated)?number(of|days)", re.IGNORECASE)
_UNDECLARED = re.compile(r"undeclared|without declaring", re.IGNORECASE)
_PLAIN: dict[str | None, Types] = {
    "string": (inspect.StrType,),
    "number": (inspect.DecimalType,),
    "integer": (inspect.IntType,),
    "boolean": (inspect.BoolType,),
    "object": (inspect.DictType, inspect.AnyType, inspect.RawType),
}


def structs_of(kind: Any, node: Node) -> Iterator[tuple[type[msgspec.Struct], Node]]:
    """Yield each Struct in a type with its schema, once for each schema that it is used for, breadth first."""
    seen: set[tuple[type, str]] = set()
    left = [(_info(kind), node)]
    while left:
        info, node = left.pop(0)
        if isinstance(info, inspect.VarTupleType) and (rows := resolved_facts(node).get("items")):
            left.append((_without_none(info.item_type), rows))
        if isinstance(info, inspect.StructType) and members_of(node):
            if (pair := (info.cls, json.dumps(node))) in seen:
                continue
            seen.add(pair)
            yield info.cls, node
            fields = {field.encode_name: field for field in fields_of(info.cls)}
            left += [
                (read_as(info.cls, fields[name]), member) for name, member in members_of(node).items() if name in fields
            ]


def fields_of(cls: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    """Return the fields of a Struct."""
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    return info.fields


def differences(cls: type[msgspec.Struct], node: Node) -> Iterator[str]:
    """Yield how the fields of a Struct differ from the members of a schema in name, order or type."""
    fields = {field.encode_name: field for field in fields_of(cls)}
    members = members_of(node)
    yield from (f"{cls.__name__} lacks {name}" for name in members if name not in fields)
    for name in fields:
        is_known = name in possible_members_of(node) or name.startswith("$")
        if not is_known and not _UNDECLARED.search(_field_docs(cls).get(name, "")):
            yield f"{cls.__name__}.{name} is undeclared, and its docstring does not say so"
    if [name for name in fields if name in members] != [name for name in members if name in fields]:
        yield f"{cls.__name__} has its fields in another order"
    for name, member in members.items():
        if name in fields and not _fits(cls.__name__, name, read_as(cls, fields[name]), member):
            yield f"{cls.__name__}.{name} is read as {type(read_as(cls, fields[name])).__name__}, declared {member}"


def fits(kind: Any, node: Node) -> bool:
    """
    Return whether a type suits a schema: for an object, a Struct of the same name, or one that derives from it.

    A name that ends in "Out" is that of a body which the vendor repeats in another form.
    """
    return _fits("", "", _info(kind), node)


def _fits(schema: str, name: str, info: inspect.Type, node: Node) -> bool:
    said = resolved_facts(node)
    if "anyOf" in said or "oneOf" in said:
        return True
    if members_of(node):
        return isinstance(info, inspect.StructType) and name_of(node) in (
            None,
            *(one.__name__.removesuffix(end) for one in info.cls.__mro__ for end in ("", "Out")),
        )
    if said.get("type") == "array":
        return isinstance(info, inspect.VarTupleType) and _fits(
            schema, name, _without_none(info.item_type), said["items"]
        )
    return isinstance(info, _types_for(name, said)) or type(info).__name__ == OTHER_TYPES.get(f"{schema}.{name}")


def read_otherwise(cls: type[msgspec.Struct], node: Node) -> Iterator[tuple[str, str]]:
    """
    Yield the members that are read as another type than the declared one, with the name of that type.

    What is declared as an object with members is left to `fits`.
    """
    for field in fields_of(cls):
        name = field.encode_name
        if name in members_of(node):
            info, said = read_as(cls, field), resolved_facts(members_of(node)[name])
            while said.get("type") == "array" and isinstance(info, inspect.VarTupleType):
                info, said = _without_none(info.item_type), resolved_facts(said["items"])
            if not members_of(said) and not isinstance(info, _declared_types(name, said)):
                yield f"{cls.__name__}.{name}", type(info).__name__


def undeclared(cls: type[msgspec.Struct], node: Node) -> Iterator[tuple[str, bool]]:
    """Yield the fields that their docstrings call undeclared, and whether this schema does not have them."""
    for name, text in _field_docs(cls).items():
        if _UNDECLARED.search(text):
            yield f"{cls.__name__}.{name}", name not in members_of(node)


def _declared_types(name: str, said: Node) -> Types:
    """Return the type that a declaration means; a number of 64 bits that is called a date holds Unix seconds."""
    kind, form = said.get("type"), said.get("format")
    if form == "date-time" or (form == "int64" and (kind == "string" or "date" in name.lower())):
        return (inspect.DateTimeType,)
    return (inspect.DateType,) if form == "date" else _PLAIN.get(kind, ())


def _types_for(name: str, said: Node) -> Types:
    """Return the types allowed for a member that is neither object nor list."""
    kind, text = said.get("type"), said.get("x-example-type") == "string"
    if kind == "object" and text:  # an error code, number or text on the wire, is always text here
        return (inspect.StrType,)
    if kind == "integer" and said.get("format") == "int64":
        if "date" in name.lower():
            return (inspect.DateTimeType,)
        return (inspect.IntType, inspect.DateTimeType, *((inspect.StrType,) if name.lower().endswith("id") else ()))
    found = _PLAIN.get(kind, (inspect.Type,)) + ((inspect.StrType,) if text else ())
    if kind == "string" and said.get("x-example-type") == "boolean":
        found += (inspect.BoolType,)
    if kind == "string" and ("date" in name.lower() or said.get("format", "").startswith("date")):
        found += (inspect.DateTimeType, inspect.DateType)
    if kind in ("string", "integer") and _AMOUNT.search(name):
        found += (inspect.DecimalType,)
    if kind == "string" and _COUNT.search(name):
        found += (inspect.IntType,)
    return found


def _info(kind: Any) -> inspect.Type:
    return _without_none(inspect.type_info(kind))


def _without_none(info: inspect.Type) -> inspect.Type:
    if isinstance(info, inspect.UnionType):
        others = [part for part in info.types if not isinstance(part, inspect.NoneType)]
        return others[0] if len(others) == 1 else info
    return info


def read_as(cls: type[msgspec.Struct], field: inspect.Field) -> inspect.Type:
    """Return the type of a field; for one kept as JSON text, the type of the property that decodes it."""
    info = _without_none(field.type)
    reader = getattr(cls, snake_case(field.encode_name), None)
    if isinstance(info, inspect.RawType) and isinstance(reader, property):
        return _info(get_type_hints(reader.fget)["return"])
    return info


@cache
def _field_docs(cls: type) -> dict[str, str]:
    """Return the docstrings of a Struct's fields by wire name."""
    source = textwrap.dedent(python.getsource(cls))
    (body,) = (one.body for one in ast.parse(source).body if isinstance(one, ast.ClassDef))
    docs = {
        field.target.id: doc.value.value
        for field, doc in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant) and isinstance(doc.value.value, str)
    }
    names = {field.name: field.encode_name for field in msgspec.structs.fields(cls)}
    return {names[name]: text for name, text in docs.items()}
