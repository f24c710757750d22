"""The vendor's OpenAPI document, which lies beside this repository: an excerpt of it, as published or amended."""

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

DOCUMENT = Path(__file__).parents[2] / "shared" / "spec" / "openbanking-us-1.42.0.yaml"
_OPERATIONS = """GetCustomerAccount GetCustomerAccounts GetCustomerAccountsByInstitution
    GetCustomerAccountsByInstitutionLogin RefreshCustomerAccounts RefreshCustomerAccountsV2
    RefreshCustomerAccountsByInstitutionLogin RefreshCustomerAccountsByInstitutionLoginV2 DeleteCustomerAccount
    DeleteCustomerAccountsByInstitutionLogin CreateToken ModifyPartnerSecret GetCustomers"""
OPERATIONS = frozenset(_OPERATIONS.split())
Document = dict[str, Any]


@cache
def _published() -> Document:
    with DOCUMENT.open("rb") as file:
        found: Document = yaml.load(file, Loader=yaml.CSafeLoader)
    return found


def excerpt() -> Document:
    """Return a copy of what the document says about the thirteen operations, with all that they refer to."""
    if not DOCUMENT.is_file():  # pragma: no cover -- in a clone without it
        pytest.skip("the vendor's document is not beside this repository")
    whole = _published()
    paths: Document = {}
    for path, item in whole["paths"].items():
        kept = {method: one for method, one in _methods(item) if one["operationId"] in OPERATIONS}
        if kept:
            paths[path] = {"parameters": item.get("parameters", []), **kept}
    components: Document = {"securitySchemes": whole["components"]["securitySchemes"]}
    left = list(_references(paths))
    while left:
        section, name = left.pop()
        if name not in components.setdefault(section, {}):
            components[section][name] = whole["components"][section][name]
            left += _references(components[section][name])
    head = {name: whole[name] for name in ("openapi", "info", "security")}
    return copy.deepcopy({**head, "paths": paths, "components": components})


def _methods(item: Document) -> Iterator[tuple[str, Document]]:
    """Yield the operations of a path by their methods."""
    return ((name, one) for name, one in item.items() if isinstance(one, dict))


def _references(node: Any) -> Iterator[tuple[str, str]]:
    """Yield section and name of each component that a part of the document refers to."""
    if isinstance(node, dict):
        if "$ref" in node:
            _, _, section, name = node["$ref"].split("/")
            yield section, name
        node = list(node.values())
    for one in node if isinstance(node, list) else ():
        yield from _references(one)


def amended(document: Document) -> Document:
    """Return a document without the two slips that keep a strict reader from reading what the vendor sends."""
    schemas = document["components"]["schemas"]
    # Declared an object, which no example is; its own text says a number or a string.
    schemas["ErrorMessage"]["properties"]["code"] = {"oneOf": [{"type": "integer"}, {"type": "string"}]}
    # Required, and not among the properties.
    schemas["CustomerAccount"]["properties"]["accountNickname"] = {"type": "string"}
    return document


def operations(document: Document) -> Iterator[tuple[str, str, str, Document]]:
    """Yield operationId, method, path and all that is said of each operation."""
    for path, item in document["paths"].items():
        for method, operation in _methods(item):
            yield operation["operationId"], method, path, operation


def resolved(document: Document, node: Document) -> Document:
    """Return what a node refers to, or the node."""
    if "$ref" not in node:
        return node
    _, _, section, name = node["$ref"].split("/")
    found: Document = document["components"][section][name]
    return found
