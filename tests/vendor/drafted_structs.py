"""Drafts of the Structs for an operation's body and reply."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache

import msgspec

import finicity_async.models
from tests.vendor.document import Node, facts, resolved_facts, schema_facts
from tests.vendor.names import camel_case, pascal_case, snake_case
from tests.vendor.schemas import name_of, possible_members_of, required_of

TODO = "TODO."
_SIMPLE = {"string": "str", "number": "Decimal", "integer": "int", "boolean": "bool"}
_AMOUNT = re.compile(r"(amount|balance|price)$", re.IGNORECASE)
_IMPORTS = {
    "Decimal": "from decimal import Decimal",
    "Any": "from typing import Any",
    "msgspec": "import msgspec",
    "Instant": "from finicity_async.models._values import Instant",
    "IsoInstant": "from finicity_async.models._values import IsoInstant",
    "Record": "from finicity_async.models._record import Record",
}


class Structs:
    """
    The Structs of one operation; those that the package already has are imported.

    Args:
        body: The schema of the body, or None.
        reply: The schema of the reply, or None.
        operation: Prefix for the names of Structs whose schema is defined inline.
    """

    def __init__(self, body: Node | None, reply: Node | None, operation: str) -> None:
        self._sent = dict(_records(body, f"{operation}Body")) if body else {}
        self._read = dict(_records(reply, f"{operation}Response")) if reply else {}
        schemas = self._sent | self._read
        self._classes = {name: self._class(name, node) for name, node in schemas.items() if name not in existing()}
        self._imported = {name for name in schemas if name in existing()}

    def modules(self, own: str) -> dict[str, str]:
        """Return the module of each Struct by name; new ones go to the given module."""
        return dict.fromkeys(self._classes, own) | {name: existing()[name] for name in self._imported}

    def text(self) -> str:
        """Return the source of the new Structs with their imports; empty if there are none."""
        code = "\n\n\n".join(self._classes.values())
        known = _IMPORTS | {name: f"from {existing()[name]} import {name}" for name in sorted(self._imported)}
        imports = [line for name, line in known.items() if re.search(rf"\b{name}\b", code)]
        return "\n".join(imports) + f"\n\n\n{code}\n" if code else ""

    def _class(self, name: str, node: Node) -> str:
        base = "Record" if name in self._read else "msgspec.Struct"
        source = f"schema {name}" if name in schema_facts() else "an inline schema"
        options = ", omit_defaults=True" if name in self._sent else ""
        lines = [
            f'class {name}({base}, frozen=True, kw_only=True, rename="camel"{options}):',
            f'    """\n    {TODO}\n\n    Source: {source}, spec {facts("schemas")["version"]}.\n    """\n',
        ]
        for member, said in possible_members_of(node).items():
            kind = annotation(said, name + pascal_case(member), member)
            if name in self._sent and resolved_facts(said).get("format") == "date-time":
                kind = "IsoInstant"
            usual = member == "id" or kind.startswith("tuple[")
            needed = member in required_of(node) and (name in self._sent or usual)
            lines.append(f'{_field(member, kind, needed=needed)}\n    """{TODO}"""')
        return "\n".join(lines)


def annotation(node: Node, unnamed: str, member: str = "") -> str:
    """
    Return the annotation for a schema.

    Args:
        node: The facts of the schema.
        unnamed: Name of the Struct if the schema is defined inline.
        member: Name of the member that has this schema.
    """
    said = resolved_facts(node)
    if possible_members_of(node):
        return name_of(node) or unnamed
    if said.get("type") == "array":
        return f"tuple[{annotation(said['items'], unnamed, member)}, ...]"
    if said.get("x-example-type") in ("string", "boolean"):
        return {"string": "str", "boolean": "bool"}[said["x-example-type"]]
    is_date = (said.get("type"), said.get("format")) == ("integer", "int64") and "date" in member.lower()
    if is_date or said.get("format") in ("date", "date-time"):
        return "Instant"
    if said.get("type") == "integer" and _AMOUNT.search(member):
        return "Decimal"
    return _SIMPLE.get(said.get("type", "object"), "dict[str, Any]")


def _field(member: str, kind: str, *, needed: bool) -> str:
    """Return the line of a field, with an explicit name where ``rename="camel"`` would not produce it."""
    name = snake_case(member)
    default = "" if needed else "()" if kind.startswith("tuple[") else "None"
    kind += " | None" if default == "None" else ""
    if camel_case(name) == member:
        return f"    {name}: {kind}" + (f" = {default}" if default else "")
    options = (f"default={default}, " if default else "") + f'name="{member}"'
    return f"    {name}: {kind} = msgspec.field({options})"


def _records(node: Node, unnamed: str) -> Iterator[tuple[str, Node]]:
    """Yield the objects in a schema with the names of their Structs, dependencies first, possibly repeated."""
    said = resolved_facts(node)
    if said.get("type") == "array":
        yield from _records(said["items"], unnamed)
    elif possible_members_of(node):
        name = name_of(node) or unnamed
        for member, one in possible_members_of(node).items():
            yield from _records(one, name + pascal_case(member))
        yield name, node


@cache
def existing() -> dict[str, str]:
    """Return the package's Structs by name, each with its module."""
    package = finicity_async.models
    names = [f"{package.__name__}.{one.name}" for one in pkgutil.iter_modules(package.__path__)]
    return {
        one.__name__: name
        for name in names
        for one in vars(importlib.import_module(name)).values()
        if isinstance(one, type) and issubclass(one, msgspec.Struct) and one.__module__ == name
    }
