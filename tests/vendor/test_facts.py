"""The facts are complete and consistent, and contain no sentence of the vendor's document."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_core import OpenAPI
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from tests.vendor.document import OPERATIONS, Node, document, excerpt, facts, main, operation_facts, schema_facts
from tests.vendor.examples import example
from tests.vendor.make_facts import ACCOUNT_TYPES, CONSTRAINTS, written
from tests.vendor.schemas import members_of, required_of

FOLDER = Path(__file__).parent
ENTRIES = {*CONSTRAINTS, "$ref", "properties", "items", "additionalProperties", "allOf", "anyOf", "oneOf"}
ENTRIES |= {"x-account-types", "x-example-type"}
TAGS = {said["tag"] for said in operation_facts().values()}


def parts(node: Node) -> Iterator[Node]:
    """Yield a schema and all schemas nested in it."""
    yield node
    inner = [
        *node.get("properties", {}).values(),
        *node.get("allOf", ()),
        *node.get("anyOf", ()),
        *node.get("oneOf", ()),
    ]
    inner += [node[name] for name in ("items", "additionalProperties") if name in node]
    for one in inner:
        yield from parts(one)


def all_schemas() -> Iterator[Node]:
    """Yield every schema of the facts, including those of parameters, bodies and responses."""
    roots = list(schema_facts().values())
    for said in operation_facts().values():
        roots += [one["schema"] for one in said.get("parameters", ())]
        contents = [said["body"]["content"]] if "body" in said else []
        roots += [schema for content in (*contents, *said["responses"].values()) for schema in content.values()]
    for root in roots:
        yield from parts(root)


def texts(node: Any) -> Iterator[str]:
    """Yield every string in the facts, including keys."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        yield from node
        node = list(node.values())
    for one in node if isinstance(node, list) else ():
        yield from texts(one)


def test_the_facts_cover_every_operation_and_schema_of_one_version() -> None:
    assert {facts(name)["version"] for name in ("operations", "schemas")} == {"1.42.0"}
    assert (len(operation_facts()), len(TAGS), len(schema_facts())) == (156, 35, 781)
    assert len({(said["method"], said["path"]) for said in operation_facts().values()}) == 156


def test_a_schema_has_structural_keys_only() -> None:
    assert {entry for schema in all_schemas() for entry in schema} <= ENTRIES


@pytest.mark.parametrize("name", ["operations", "schemas", "status_codes"])
def test_no_string_is_a_sentence_or_part_of_one(name: str) -> None:
    found = set(texts(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))))
    assert {text for text in found if re.search(r"\s", text)} <= TAGS | ACCOUNT_TYPES
    assert max(map(len, found)) <= 110


@pytest.mark.parametrize("name", ["operations", "schemas"])
def test_the_files_are_formatted_as_the_script_writes_them(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == written(facts(name)) + "\n"


def test_every_reference_resolves_to_a_schema() -> None:
    assert {schema["$ref"] for schema in all_schemas() if "$ref" in schema} <= schema_facts().keys()


def test_every_path_placeholder_is_a_declared_parameter() -> None:
    for name, said in operation_facts().items():
        declared = {one["name"] for one in said.get("parameters", ()) if one["in"] == "path"}
        assert set(re.findall(r"\{(\w+)\}", said["path"])) == declared, name


def test_the_rebuilt_document_is_valid() -> None:
    whole = document()
    OpenAPI.from_dict(whole)
    assert sum(map(len, whole["paths"].values())) == 156
    assert sum(map(len, excerpt()["paths"].values())) == len(OPERATIONS)
    assert len(excerpt()["components"]["schemas"]) < len(whole["components"]["schemas"]) <= 781


def test_the_command_prints_a_document_for_the_given_operations(capsys: pytest.CaptureFixture[str]) -> None:
    main(["GetCustomerAccountsSimple"])
    printed = json.loads(capsys.readouterr().out)
    assert [*printed["paths"]] == ["/aggregation/v1/customers/{customerId}/accounts/simple"]
    assert {"CustomerAccountsSimple", "CustomerAccountSimple"} <= printed["components"]["schemas"].keys()


def test_every_example_is_valid_except_for_members_required_but_not_declared() -> None:
    schemas = document()["components"]["schemas"]
    known_gaps = {
        f"'{member}' is a required property"
        for name in schemas
        for member in required_of({"$ref": name}) - members_of({"$ref": name}).keys()
    }
    assert "'accountNickname' is a required property" in known_gaps
    for name in schemas:
        whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        validator = OAS30Validator(whole, format_checker=oas30_format_checker)
        found = {error.message for error in validator.iter_errors(example({"$ref": name}, declared=True))}
        assert found <= known_gaps, name
