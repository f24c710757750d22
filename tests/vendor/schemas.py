"""Queries on the facts of a schema that follow ``$ref`` and ``allOf``."""

from tests.vendor.document import Node, resolved_facts, schema_facts


def members_of(node: Node) -> dict[str, Node]:
    """Return the members of a schema, without those of its ``anyOf`` and ``oneOf`` alternatives."""
    said = resolved_facts(node)
    found: dict[str, Node] = {}
    for part in said.get("allOf", ()):
        found |= members_of(part)
    return {**found, **said.get("properties", {})}


def possible_members_of(node: Node) -> dict[str, Node]:
    """Return the members of a schema, with those of all its ``anyOf`` and ``oneOf`` alternatives."""
    said = resolved_facts(node)
    found: dict[str, Node] = {}
    for part in said.get("allOf", ()):
        found |= possible_members_of(part)
    for part in (*said.get("anyOf", ()), *said.get("oneOf", ())):
        found = possible_members_of(part) | found
    return {**found, **said.get("properties", {})}


def required_of(node: Node) -> set[str]:
    """Return the names of the required members."""
    said = resolved_facts(node)
    return set(said.get("required", ())).union(*map(required_of, said.get("allOf", ())))


def name_of(node: Node) -> str | None:
    """Return the name of a schema, None if it is defined inline."""
    name = None
    while "$ref" in node:
        name, node = node["$ref"], schema_facts()[node["$ref"]]
    return name
