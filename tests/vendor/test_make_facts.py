"""The extraction keeps the structure of a document and drops its prose."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.vendor.make_facts import main, written

THING = {
    "title": "A thing",
    "description": "What there is.",
    "required": ["id"],
    "allOf": [{"$ref": "#/components/schemas/Named"}],
    "properties": {
        "id": {"type": "string", "description": "Its ID.", "example": "x1", "maxLength": 9},
        "rate": {"type": "number", "description": "(Mortgage/Loan) Rate (Annual Percentage) of it", "example": 4},
        "paid": {"type": "number", "description": "(All Account Types) What was paid", "example": "a lot"},
        "made": {"type": "string", "example": date(2022, 2, 16)},
        "last": {"type": "string", "example": "true"},
        "days": {"type": "array", "items": {"type": "string", "format": "date", "example": "1644994800"}},
        "description": {"type": "string", "description": "Its text.", "enum": ["long", "short"]},
        "more": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
ERRORS = {
    "one": {"value": {"code": 14001, "message": "There is no such thing."}},
    "same": {"value": {"code": 14001}},
    "wrapped": {"$ref": "#/components/examples/Wrapped"},
    "text": {"value": "Not found."},
}
DOCUMENT = {
    "info": {"title": "A vendor", "version": "9.9.9", "description": "All that a vendor says."},
    "security": [{"Key": []}],
    "paths": {
        "/things/{thingId}": {
            "parameters": [{"$ref": "#/components/parameters/ThingId"}],
            "get": {
                "tags": ["Things"],
                "summary": "Get a thing",
                "operationId": "GetThing",
                "deprecated": True,
                "responses": {
                    "404": {"$ref": "#/components/responses/NotFound"},
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                },
            },
        },
        "/things": {
            "post": {
                "tags": ["Things"],
                "operationId": "AddThing",
                "security": [],
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"204": {"description": "Done."}},
            }
        },
    },
    "components": {
        "securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "X-Key", "description": "The key."}},
        "parameters": {
            "ThingId": {"name": "thingId", "in": "path", "required": True, "schema": {"type": "string", "example": "1"}}
        },
        "responses": {
            "NotFound": {"content": {"application/json": {"schema": {"type": "object"}, "examples": ERRORS}}}
        },
        "examples": {"Wrapped": {"value": {"Errors": {"Error": [{"ReasonCode": "7"}, {"Source": "x"}]}}}},
        "schemas": {"Thing": THING, "Named": {"anyOf": [{"type": "object"}]}},
    },
}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    (tmp_path / "document.yaml").write_text(yaml.safe_dump(DOCUMENT), encoding="utf-8")
    main([str(tmp_path / "document.yaml"), "--folder", str(tmp_path)])
    return tmp_path


def read(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    assert found["version"] == "9.9.9"
    return found


def test_operations_lose_their_descriptions_and_keep_their_structure(made: Path) -> None:
    found = read(made, "operations")
    assert found["securitySchemes"] == {"Key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    assert found["security"] == [{"Key": []}]
    assert found["operations"] == {
        "AddThing": {
            "tag": "Things",
            "method": "POST",
            "path": "/things",
            "security": [],
            "body": {"required": False, "content": {"application/json": {"type": "object"}}},
            "responses": {"204": {}},
        },
        "GetThing": {
            "tag": "Things",
            "method": "GET",
            "path": "/things/{thingId}",
            "deprecated": True,
            "parameters": [{"name": "thingId", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {
                "200": {"application/json": {"$ref": "Thing"}},
                "404": {"application/json": {"type": "object"}},
            },
            "codes": {"404": [14001, "7"]},
        },
    }


def test_schemas_keep_what_descriptions_and_examples_say_about_types(made: Path) -> None:
    assert read(made, "schemas")["schemas"] == {
        "Named": {"anyOf": [{"type": "object"}]},
        "Thing": {
            "required": ["id"],
            "allOf": [{"$ref": "Named"}],
            "properties": {
                "id": {"type": "string", "maxLength": 9},
                "rate": {"type": "number", "x-account-types": [["Mortgage", "Loan"]]},
                "paid": {"type": "number", "x-example-type": "string"},
                "made": {"type": "string"},
                "last": {"type": "string", "x-example-type": "boolean"},
                "days": {"type": "array", "items": {"type": "string", "format": "date", "x-example-type": "digits"}},
                "description": {"type": "string", "enum": ["long", "short"]},
                "more": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
    }


def test_the_output_is_deterministic(made: Path) -> None:
    before = [(made / f"{name}.json").read_bytes() for name in ("operations", "schemas")]
    main([str(made / "document.yaml"), "--folder", str(made)])
    assert [(made / f"{name}.json").read_bytes() for name in ("operations", "schemas")] == before


def test_values_that_fit_take_one_line_and_others_one_line_per_entry() -> None:
    row = ["x" * 50, "y" * 50]
    text = written({"short": {"a": [1, None, True]}, "list": [row, row], "dict": {"a": row, "b": row}})
    assert json.loads(text) == {"short": {"a": [1, None, True]}, "list": [row, row], "dict": {"a": row, "b": row}}
    x, y = (f'"{one}"' for one in row)
    assert text.splitlines() == [
        "{",
        ' "short": {"a": [1, null, true]},',
        ' "list": [',
        f"  [{x}, {y}],",
        f"  [{x}, {y}]",
        " ],",
        ' "dict": {',
        f'  "a": [{x}, {y}],',
        f'  "b": [{x}, {y}]',
        " }",
        "}",
    ]
