"""What the sandbox draws is valid by the vendor's document, as a validator of the field reads it."""

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from finicity_async.models import Record
from finicity_async.models.reports import REPORT_BODIES, Report, report_body
from finicity_async.models.transfer import DepositSwitchesSummary
from finicity_async.sandbox.drawn import draw
from finicity_async.sandbox.responses import json_response
from tests.support.seeds import seeds
from tests.vendor import declared_members
from tests.vendor.comparing import fields_of
from tests.vendor.declared_members import FILE, drawn_types, main
from tests.vendor.document import Node, amended, document, document_schema

NOW = 1_700_000_000
DRAWN = list(drawn_types())
BODIES = {report_body(kind) for kind in REPORT_BODIES}
OF_EVERY_REPORT = {f"$: '{field.encode_name}' is a required property" for field in fields_of(Report)}
"""The contents of a report are drawn without what every report has."""


@cache
def schemas() -> Node:
    found: Node = amended(document())["components"]["schemas"]
    return found


def problems(kind: Any, schema: Node, seed: int) -> list[str]:
    """Return what is wrong with a value drawn from a type."""
    whole = {**document_schema(schema), "components": {"schemas": schemas()}}
    validator = OAS30Validator(whole, format_checker=oas30_format_checker)
    sent = json.loads(json_response(draw(kind, Random(seed), {}, NOW)).body)
    found = {f"{error.json_path}: {error.message}" for error in validator.iter_errors(sent)}
    return sorted(found - OF_EVERY_REPORT if kind in BODIES else found)


@pytest.mark.parametrize(("kind", "schema"), DRAWN, ids=[schema.get("$ref", "inline") for _, schema in DRAWN])
def test_what_is_drawn_is_valid_by_the_document(kind: type[Record], schema: Node) -> None:
    for seed in seeds(3):
        assert problems(kind, schema, seed) == []


def test_a_value_that_is_not_valid_is_reported() -> None:
    (wrong,) = problems(DepositSwitchesSummary, {"properties": {"switches": {"maxItems": 1}}}, 0)
    assert wrong.startswith("$.switches: ")


def test_the_sandbox_has_what_the_document_declares() -> None:
    """On failure, run ``python -m tests.vendor.declared_members``."""
    assert json.loads(FILE.read_bytes()) == declared_members.declared_members()


def test_the_command_writes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declared_members, "FILE", tmp_path / "declared.json")
    main()
    assert (tmp_path / "declared.json").read_bytes() == FILE.read_bytes()
