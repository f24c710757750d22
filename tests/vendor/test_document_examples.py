"""The command that decodes the examples of the vendor's document finds those that do not decode."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vendor.document_examples import Example, examples_of, main, problems_of
from tests.vendor.rows import rows

ACCOUNTS = {"accounts": [{"id": "5011648377", "balance": 401.26}]}
BODY = {"username": "user-of-a-test"}


def document(replies: dict[str, Any]) -> dict[str, Any]:
    """Return a document with two operations, examples of the replies of the one, and one of the body of the other."""
    examples = {name: {"$ref": f"#/components/examples/{name}"} for name in replies}
    reply = {"200": {"content": {"application/json": {"examples": examples}}}, "404": {}}
    body = {"content": {"application/json": {"examples": {"Named": {"value": BODY}}}}}
    return {
        "paths": {
            "/accounts": {"get": {"operationId": "GetCustomerAccounts", "responses": reply}},
            "/customers": {"post": {"operationId": "AddCustomer", "requestBody": body, "responses": {"201": {}}}},
        },
        "components": {"examples": {name: {"value": value} for name, value in replies.items()}},
    }


def kind_of(operation_id: str) -> Any:
    (found,) = (row.operation.reply_type for row in rows() if row.operation.operation_id == operation_id)
    return found


def test_the_examples_of_bodies_and_replies_are_found_with_their_types() -> None:
    found = [(one.operation_id, one.name, one.kind.__name__) for one in examples_of(document({"Some": ACCOUNTS}))]
    assert found == [
        ("GetCustomerAccounts", "Some", "CustomerAccounts"),
        ("AddCustomer", "Named", "NewCustomer"),
    ]


@pytest.mark.parametrize(
    ("value", "problems"),
    [
        (ACCOUNTS, []),
        ({"accounts": [{"id": "1", "balance": "much"}]}, ["$.accounts[0].balance does not fit"]),
        ({"accounts": [{"id": "1", "madeUp": 0.125}]}, ["0.125 is not among its values"]),
        ([], ["The body is no CustomerAccounts: it does not fit at $."]),
    ],
)
def test_what_does_not_fit_and_an_amount_that_is_lost_is_a_problem(value: Any, problems: list[str]) -> None:
    assert problems_of(Example("GetCustomerAccounts", "Some", kind_of("GetCustomerAccounts"), value)) == problems


@pytest.mark.parametrize(("name", "code", "reason"), [("VOIReportExample", 0, "an object"), ("New", 1, "no reason")])
def test_an_example_that_does_not_decode_needs_a_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, code: int, reason: str
) -> None:
    path = tmp_path / "document.yaml"
    path.write_text(json.dumps(document({"Some": ACCOUNTS, name: {"accounts": 7}})), encoding="utf-8")
    assert main([str(path)]) == code
    printed = capsys.readouterr().out
    assert f"GetCustomerAccounts {name}: " in printed
    assert reason in printed
    assert "2 of 3 examples decode exactly" in printed
