"""Example values for a schema, with every declared member."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from tests.vendor.document import Node, schema_facts

N = TypeVar("N", int, float)

_SECONDS = 1_644_994_800
_UUID = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
# Digits where a pattern allows them, so that a number or an instant can be read from the text.
_TEXTS = (str(_SECONDS), "123456789", "text", _UUID)
_AS_TEXT = {"digits": _TEXTS[0], "string": _TEXTS[0], "boolean": "true"}
"""What the document's own examples have in place of a value of the declared type."""
_FORMATS = {"date": "2022-02-16", "date-time": "2022-02-16T07:00:00Z", "uuid": _UUID, "uri": "https://example.com/"}


def example(node: Node, *, declared: bool = False) -> Any:
    """
    Return an example value of a schema.

    Args:
        node: The facts of the schema, or a reference: ``{"$ref": "CustomerAccount"}``.
        declared: True keeps to the declared types, also where the document's own examples do not.
    """
    if "$ref" in node:
        return example(schema_facts()[node["$ref"]], declared=declared)
    for several in ("anyOf", "oneOf"):
        if several in node:
            return example(node[several][0], declared=declared)
    if not declared and node.get("x-example-type") in _AS_TEXT:
        return _AS_TEXT[node["x-example-type"]]
    if "properties" in node or "allOf" in node:
        return _object(node, declared=declared)
    if node.get("type") == "array":
        return [example(node["items"], declared=declared)] * max(node.get("minItems", 1), 1)
    return _SIMPLE[node.get("type", "object")](node)


def _object(node: Node, *, declared: bool) -> Node:
    found: Node = {}
    for part in node.get("allOf", ()):
        found |= example(part, declared=declared)
    return found | {name: example(one, declared=declared) for name, one in node.get("properties", {}).items()}


def _text(node: Node) -> str:
    if "enum" in node:
        return str(node["enum"][0])
    if node.get("format") in _FORMATS:
        return _FORMATS[node["format"]]
    texts = (text.ljust(node.get("minLength", 0), text[-1])[: node.get("maxLength")] for text in _TEXTS)
    return next(text for text in texts if re.search(node.get("pattern", ""), text))


def _whole_number(node: Node) -> int:
    return _within(node, _SECONDS if node.get("format") == "int64" else 7)


def _number(node: Node) -> float:
    return _within(node, 1.25)


def _within(node: Node, usual: N) -> N:
    """Clamp a number to the bounds of a schema."""
    least, most = node.get("minimum", usual), node.get("maximum", usual)
    return type(usual)(min(max(usual, least), most))


def _map(node: Node) -> Node:
    return {"key": example(node["additionalProperties"])} if "additionalProperties" in node else {}


_SIMPLE: dict[str, Callable[[Node], Any]] = {
    "string": _text,
    "integer": _whole_number,
    "number": _number,
    "boolean": lambda _: True,
    "object": _map,
}
