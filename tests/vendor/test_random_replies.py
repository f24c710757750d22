"""
Replies that a generator of the field draws from the vendor's schemas decode without an exception.

``FINICITY_TEST_SEEDS=20 python -m pytest -n0 tests/vendor/test_random_replies.py`` draws twenty for each operation.
"""

import json
import random
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from faker import Faker
from jsf import JSF

from tests.support.seeds import seeds
from tests.vendor.document import Node, operation_facts, reply_of, schema_facts
from tests.vendor.make_facts import CONSTRAINTS
from tests.vendor.rows import Row, rows

MISSING_OPERATIONS = 0
"""How many operations of the document have no row yet."""
IN_JSON = [row for row in rows() if "application/json" in reply_of(row.facts)]
ID = "^[A-Za-z0-9_-]{1,40}$"
"""What the vendor's IDs are made of; the document declares most of them as any text."""


def json_schema(node: Node, name: str = "") -> Node:
    """Return a schema of the document as JSON Schema, without references."""
    if "$ref" in node:
        return json_schema(schema_facts()[node["$ref"]], name)
    found = {entry: said for entry, said in node.items() if entry in CONSTRAINTS}
    for several in ("anyOf", "oneOf"):
        if several in node:
            found = merged(found, {"anyOf": [json_schema(one, name) for one in node[several]]})
    if "items" in node:
        found |= {"items": json_schema(node["items"]), "maxItems": 3, "minItems": min(node.get("minItems", 0), 3)}
    if "properties" in node:
        members = {member: json_schema(one, member) for member, one in node["properties"].items()}
        found |= {"type": "object", "properties": members}
    for part in node.get("allOf", ()):
        found = merged(found, json_schema(part, name))
    if name == "id" and node == {"type": "string"}:
        found["pattern"] = ID
    return found


def merged(one: Node, other: Node) -> Node:
    """Return what both schemas ask for; JSF takes a part of an ``allOf``, and a choice, for the whole schema."""
    for several, rest in ((one, other), (other, one)):
        if "anyOf" in several:
            return {"anyOf": [merged(rest, choice) for choice in several["anyOf"]]}
    members = {**one.get("properties", {}), **other.get("properties", {})}
    return {**one, **other, "properties": members, "required": [*one.get("required", ()), *other.get("required", ())]}


def drawer_of(schema: Node) -> JSF:
    """Return what draws values of a schema."""
    # JSF copies its counter, one of itertools, which Python 3.14 cannot copy.
    return JSF(json_schema(schema), initial_state={"__counter__": iter(range(1, sys.maxsize))})


@pytest.fixture(autouse=True)
def _random_as_before() -> Iterator[None]:
    """Leave the generator that all tests share as it was: JSF draws from it."""
    before = random.getstate()
    yield
    random.setstate(before)


def read(row: Row, body: bytes) -> None:
    """Decode a reply, and everything in it that is decoded only when it is read."""
    kind: Any = row.operation.reply_type
    if not hasattr(kind, "from_json"):
        msgspec.json.decode(body, type=kind, strict=False)
        return
    record = kind.from_json(body)
    repr(record)
    record.to_dict()
    for field in dir(type(record)):
        if isinstance(getattr(type(record), field), property):
            getattr(record, field)


def test_only_so_many_operations_of_the_document_lack_a_row() -> None:
    missing = operation_facts().keys() - {row.operation.operation_id for row in rows()}
    assert len(missing) == MISSING_OPERATIONS, missing


@pytest.mark.parametrize("row", IN_JSON, ids=repr)
def test_random_replies_decode(row: Row) -> None:
    drawer = drawer_of(reply_of(row.facts)["application/json"])
    for seed in seeds(2):
        random.seed(seed)
        Faker.seed(seed)
        read(row, json.dumps(drawer.generate(), default=str).encode())


def test_random_replies_have_members_and_differ() -> None:
    drawer = drawer_of({"$ref": "CustomerAccounts"})
    drawn = {json.dumps(drawer.generate(), default=str) for _ in range(20)}
    assert len(drawn) > 1
    assert any('"balance"' in one for one in drawn)
