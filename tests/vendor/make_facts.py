"""
Extract the facts from the vendor's OpenAPI document: ``python -m tests.vendor.make_facts openbanking-us-1.42.0.yaml``.

Facts are structure: names, types, formats, bounds, references, statuses and error codes, in the order of the document.
Prose and examples are dropped. Three things are read from them first: the codes in error examples, the type of an
example that contradicts the declared type, and the account types that a member applies to. The output is deterministic.
"""

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

Node = dict[str, Any]

FOLDER = Path(__file__).parent
METHODS = ("get", "post", "put", "delete")
_KINDS = "CD, Checking, Credit Card, Investment, Line Of Credit, Loan, MoneyMarket, Mortgage, Savings, Student Loan"
ACCOUNT_TYPES = frozenset(_KINDS.split(", "))
"""The account types that descriptions name in parentheses, separated by slashes: ``(Mortgage/Loan)``."""
CONSTRAINTS = (
    *("type", "format", "enum", "nullable", "default", "deprecated", "pattern", "required"),
    *("minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength"),
    *("minItems", "maxItems", "minProperties", "maxProperties"),
)
_WIDTH = 120
_TYPES = {bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


class _Maker:
    """
    Extracts the facts of one document.

    Args:
        document: The parsed OpenAPI document.
    """

    def __init__(self, document: Node) -> None:
        self._document = document

    def operations(self) -> Node:
        """Return the content of operations.json."""
        schemes = self._document["components"]["securitySchemes"]
        return {
            "version": self._document["info"]["version"],
            "securitySchemes": {name: _only(one, "type", "in", "name") for name, one in schemes.items()},
            "security": self._document["security"],
            "operations": {
                item[method]["operationId"]: self._operation(path, method, item)
                for path, item in self._document["paths"].items()
                for method in METHODS
                if method in item
            },
        }

    def schemas(self) -> Node:
        """Return the content of schemas.json."""
        schemas = self._document["components"]["schemas"]
        return {
            "version": self._document["info"]["version"],
            "schemas": {name: self._schema(schema) for name, schema in schemas.items()},
        }

    def _operation(self, path: str, method: str, item: Node) -> Node:
        said = item[method]
        (tag,) = said["tags"]
        facts: Node = {"tag": tag, "method": method.upper(), "path": path} | _only(said, "deprecated", "security")
        parameters = [*item.get("parameters", ()), *said.get("parameters", ())]
        if parameters:
            facts["parameters"] = [self._parameter(self._resolved(one)) for one in parameters]
        if "requestBody" in said:
            body = self._resolved(said["requestBody"])
            facts["body"] = {"required": body.get("required", False), "content": self._content(body)}
        responses = {status: self._resolved(one) for status, one in sorted(said["responses"].items())}
        facts["responses"] = {status: self._content(response) for status, response in responses.items()}
        codes = {status: list(dict.fromkeys(self._codes(response))) for status, response in responses.items()}
        codes = {status: found for status, found in codes.items() if found}
        return facts | ({"codes": codes} if codes else {})

    def _parameter(self, said: Node) -> Node:
        facts = _only(said, "name", "in", "required", "style", "explode", "allowEmptyValue")
        return facts | {"schema": self._schema(said["schema"])}

    def _content(self, said: Node) -> Node:
        """Return the schemas of a body by their media types."""
        return {media: self._schema(one["schema"]) for media, one in said.get("content", {}).items()}

    def _codes(self, response: Node) -> Iterator[int | str]:
        """Yield the error codes in the examples of a response, as numbers or text, whichever the example has."""
        for media in response.get("content", {}).values():
            for example in media.get("examples", {}).values():
                value = self._resolved(example).get("value")
                if isinstance(value, dict):
                    yield from _only(value, "code").values()
                    for error in value.get("Errors", {}).get("Error", ()):
                        yield from _only(error, "ReasonCode").values()

    def _schema(self, said: Node) -> Node:
        if "$ref" in said:
            return {"$ref": said["$ref"].rpartition("/")[2]}
        facts = _only(said, *CONSTRAINTS) | _from_description(said) | _from_example(said)
        for several in ("allOf", "anyOf", "oneOf"):
            if several in said:
                facts[several] = [self._schema(one) for one in said[several]]
        for one in ("items", "additionalProperties"):
            if one in said:
                facts[one] = self._schema(said[one])
        if "properties" in said:
            facts["properties"] = {name: self._schema(one) for name, one in said["properties"].items()}
        return facts

    def _resolved(self, node: Node) -> Node:
        while "$ref" in node:
            _, _, section, name = node["$ref"].split("/")
            node = self._document["components"][section][name]
        return node


def _only(node: Node, *names: str) -> Node:
    return {name: node[name] for name in names if name in node}


def _from_description(said: Node) -> Node:
    """Return the groups of account types that a member applies to, for example ``[["Mortgage", "Loan"]]``."""
    found = [one.split("/") for one in re.findall(r"\(([A-Z][\w/ ]+)\) ", said.get("description", ""))]
    groups = [group for group in found if ACCOUNT_TYPES.issuperset(group)]
    return {"x-account-types": groups} if groups else {}


def _from_example(said: Node) -> Node:
    """
    Return the type of the example if it is not the declared one.

    It is ``"digits"`` for a date in Unix seconds, and ``"boolean"`` for the texts "true" and "false".
    """
    if "example" not in said or "type" not in said:
        return {}
    example = said["example"]
    kind = "string" if isinstance(example, str | date) else _TYPES[type(example)]
    if said["type"] == "string" and example in ("true", "false"):
        kind = "boolean"
    if said.get("format") == "date" and isinstance(example, str) and example.isdigit():
        kind = "digits"
    return {} if kind in (said["type"], {"number": "integer"}.get(said["type"])) else {"x-example-type": kind}


def written(value: Any, indent: int = 0, before: int = 0) -> str:
    """
    Return JSON with each object or list on one line if it fits, else with one entry per line.

    Args:
        value: The value to encode.
        indent: Columns before the closing bracket.
        before: Columns of the line that are already in use.
    """
    line = json.dumps(value, ensure_ascii=False)
    if (indent and before + len(line) < _WIDTH) or not isinstance(value, dict | list):
        return line
    pad = "\n" + " " * (indent + 1)
    if isinstance(value, list):
        return "[" + ",".join(pad + written(one, indent + 1, indent + 1) for one in value) + f"\n{' ' * indent}]"
    keys = {name: f"{json.dumps(name)}: " for name in value}
    entries = (pad + key + written(value[name], indent + 1, indent + 1 + len(key)) for name, key in keys.items())
    return "{" + ",".join(entries) + f"\n{' ' * indent}}}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the document given on the command line, and write both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document", type=Path, help="the vendor's OpenAPI document, YAML")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write the facts")
    chosen = parser.parse_args(arguments)
    maker = _Maker(yaml.load(chosen.document.read_bytes(), Loader=yaml.CSafeLoader))
    for name, facts in (("operations", maker.operations()), ("schemas", maker.schemas())):
        (chosen.folder / f"{name}.json").write_text(written(facts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
