"""
What the sandbox has to know of the vendor's document to draw replies that are valid by it: types, formats and bounds.

``python -m tests.vendor.declared_members`` writes them into the package.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from finicity_async.models.reports import REPORT_BODIES, report_body
from finicity_async.models.small_business_credit_analytics import SBCAReport
from finicity_async.sandbox.routing import HANDLERS
from tests.vendor.comparing import fields_of, read_as, structs_of
from tests.vendor.document import Node, operation_facts, reply_of, resolved_facts
from tests.vendor.make_facts import written
from tests.vendor.rows import rows
from tests.vendor.schemas import members_of

FILE = Path(__file__).parents[2] / "finicity_async" / "sandbox" / "data" / "declared.json"
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
_FORMATS = ("date", "date-time", "uuid", "uri")
_DRAWN_AS: dict[type[inspect.Type], tuple[str, ...]] = {
    inspect.IntType: ("integer", "number"),
    inspect.DecimalType: ("number",),
    inspect.BoolType: ("boolean",),
    inspect.DateTimeType: ("integer",),
}
"""Type -> the types of JSON Schema that its values have unless something else is declared; of others it is clear."""


def drawn_types() -> Iterator[tuple[Any, Node]]:
    """Yield each type from which the sandbox draws, with its schema."""
    for row in rows():
        if row.operation not in HANDLERS and "application/json" in reply_of(row.facts):
            yield row.operation.reply_type, reply_of(row.facts)["application/json"]
    bodies = {report_body(kind): None for kind in REPORT_BODIES}
    yield from ((body, {"$ref": body.__name__}) for body in bodies if body)


def _drawn_in_part() -> Iterator[tuple[Any, Node]]:
    """Yield each type of which a handler draws a part, with its schema."""
    yield SBCAReport, reply_of(operation_facts()["GenerateSBCAMetricsReport"])["application/json"]


def declared_members() -> Node:
    """Return what is declared by Struct and member, false for a member that no schema of its Struct declares."""
    found: Node = {}
    for struct, node in _structs():
        kinds = {one.encode_name: read_as(struct, one) for one in fields_of(struct) if not one.name.startswith("_")}
        members = found.setdefault(struct.__name__, dict.fromkeys(kinds, False))
        members |= {name: _declared(said, kinds[name]) for name, said in members_of(node).items() if name in kinds}
    kept = {name: {member: said for member, said in members.items() if said != {}} for name, members in found.items()}
    return {name: members for name, members in sorted(kept.items()) if members}


def _structs() -> Iterator[tuple[type[msgspec.Struct], Node]]:
    """Yield each Struct that is drawn with each of its schemas."""
    for kind, schema in (*drawn_types(), *_drawn_in_part()):
        for one in schema.get("oneOf", [schema]):
            yield from structs_of(kind, one)


def _declared(node: Node, kind: inspect.Type) -> Node:
    said = resolved_facts(node)
    found = {name: said[name] for name in _BOUNDS if name in said}
    if said.get("format") in _FORMATS:
        found["format"] = said["format"]
    elif said.get("type") not in _DRAWN_AS.get(type(kind), (said.get("type"),)):
        found["type"] = said["type"]
    return found


def main() -> None:
    """Write the file."""
    FILE.write_text(written(declared_members()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
