"""A draft of every operation is valid Python that the conformance tests would accept."""

import ast
import json
import sys
import types
from typing import Any

import pytest

from finicity_async.models._decoding import Record

from .comparing import differences, fits, structs_of
from .document import body_of, operation_facts, parameters_of, reply_of
from .draft import Draft, draft, main
from .examples import example
from .names import camel_case, pascal_case, snake_case

OPERATIONS = operation_facts()
DRAFTS = {operation_id: draft(operation_id) for operation_id in OPERATIONS}


def made(operation_id: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a draft in the place of the modules for which it is written; return that of the endpoints."""
    written: Draft = DRAFTS[operation_id]
    for package, text in (("models", written.models), ("endpoints", written.endpoint)):
        module = types.ModuleType(f"finicity_async.{package}.{written.module}")
        if text or package == "endpoints":
            monkeypatch.setitem(sys.modules, module.__name__, module)
            exec(compile(text, module.__name__, "exec"), vars(module))  # noqa: S102 -- a draft is code
    return module


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_every_draft_is_valid_python_without_a_word_of_the_vendor(operation_id: str) -> None:
    written = DRAFTS[operation_id]
    for text in (written.models, written.endpoint):
        docs = {
            line.strip()
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.ClassDef | ast.AsyncFunctionDef)
            for line in (ast.get_docstring(node) or "").splitlines()
        }
        assert "TODO." in docs or not text


@pytest.mark.parametrize("operation_id", [one for one in OPERATIONS if not parameters_of(OPERATIONS[one], "header")])
def test_every_draft_declares_what_the_document_declares(operation_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, said = made(operation_id, monkeypatch), OPERATIONS[operation_id]
    row = vars(module)[snake_case(operation_id).upper()]
    assert (row.operation_id, row.method, row.path) == (operation_id, said["method"], said["path"])
    assert list(row.query) == parameters_of(said, "query")
    reply, body = reply_of(said).get("application/json"), body_of(said)
    pairs = [*(structs_of(row.body_type, body) if body else ()), *(structs_of(row.reply_type, reply) if reply else ())]
    assert [one for struct, node in pairs for one in differences(struct, node)] == []
    assert fits(row.reply_type, reply) if reply else row.reply_type in (None, bytes)
    assert fits(row.body_type, body) if body else row.body_type is None


@pytest.mark.parametrize(
    "operation_id",
    ["GetCustomerAccountsSimple", "GetAllCustomerTransactions", "GetInstitutions", "GetAccountOwner", "AddCustomer"],
)
def test_the_structs_of_a_draft_read_an_example(operation_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = vars(made(operation_id, monkeypatch))[snake_case(operation_id).upper()]
    raw = example(reply_of(OPERATIONS[operation_id])["application/json"])
    assert issubclass(row.reply_type, Record)
    record = row.reply_type.from_json(json.dumps(raw).encode())
    assert record.invalid_values == {}
    assert [name for name in raw if getattr(record, snake_case(name)) in (None, ())] == []


def test_a_draft_is_printed_with_the_files_that_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    main(["GetCustomerAccountsSimple", "DeleteCustomerAccount"])
    simple, delete = capsys.readouterr().out.split("# finicity_async/endpoints/accounts.py\n")
    assert simple.startswith("# finicity_async/models/accounts_simple.py\n")
    assert "# finicity_async/endpoints/accounts_simple.py\n" in simple
    assert "async def get_customer_accounts_simple(session: AsyncSession, customer_id: Id)" in simple
    assert "models" not in delete
    assert ") -> None:\n" in delete


def test_an_unknown_operation_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["GetEverything"])
    assert "invalid choice: 'GetEverything'" in capsys.readouterr().err


def test_a_header_parameter_is_given_by_its_own_name() -> None:
    (name,) = (one for one in OPERATIONS if "Meta-Data" in parameters_of(OPERATIONS[one], "header"))
    written = DRAFTS[name].endpoint
    assert '"Meta-Data"' in written
    assert "meta_data: str" in written
    assert '**{"Meta-Data": meta_data}' in written


@pytest.mark.parametrize(
    ("vendors", "snake", "pascal"),
    [
        ("customerId", "customer_id", "CustomerId"),
        ("realAccountNumberLast4", "real_account_number_last4", "RealAccountNumberLast4"),
        ("totalGLDollar", "total_gl_dollar", "TotalGlDollar"),
        ("Accounts (Simple)", "accounts_simple", "AccountsSimple"),
        ("post-reconnections", "post_reconnections", "PostReconnections"),
        ("X-External-Request-Id", "x_external_request_id", "XExternalRequestId"),
        ("user_message", "user_message", "UserMessage"),
        ("from", "from_", "From"),
    ],
)
def test_names_of_the_vendor_are_spelt_as_python_spells_them(vendors: str, snake: str, pascal: str) -> None:
    assert (snake_case(vendors), pascal_case(vendors)) == (snake, pascal)


def test_a_name_that_msgspec_does_not_make_of_the_field_is_given() -> None:
    assert camel_case(snake_case("totalGLDollar")) != "totalGLDollar"
    assert (
        'redirect_uri: str = msgspec.field(name="redirectURI")'
        in DRAFTS["post-institutions-institutionId-oauth-urls"].models
    )
