"""Every operation can be drafted as valid Python that passes the conformance rules."""

import ast
import contextlib
import importlib
import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

import finicity_async
from finicity_async.models import Record
from tests.vendor import drafted_structs
from tests.vendor.comparing import differences, fits, structs_of
from tests.vendor.document import body_of, operation_facts, parameters_of, reply_of
from tests.vendor.draft import draft, main
from tests.vendor.examples import example
from tests.vendor.names import camel_case, pascal_case, snake_case

OPERATIONS = operation_facts()
READ_AS_DECIMAL = "CustomerAccountDetail.interestRate"
"""Declared as text; that the package reads a Decimal is not in the facts."""
TAGS = {
    tag: [operation_id for operation_id, said in OPERATIONS.items() if said["tag"] == tag]
    for tag in sorted({said["tag"] for said in OPERATIONS.values()})
}
each_tag = pytest.mark.parametrize("tag", TAGS)


@pytest.fixture
def empty_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draft every Struct, also those that the package has."""
    monkeypatch.setattr(drafted_structs, "existing", dict)


def drafted_row(operation_id: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Execute a draft in copies of its target modules, and return its row."""
    written = draft(operation_id)
    for package, text in (("models", written.models), ("endpoints", written.endpoint)):
        module = types.ModuleType(f"finicity_async.{package}.{written.module}")
        if text:
            with contextlib.suppress(ModuleNotFoundError):
                vars(module).update(vars(importlib.import_module(module.__name__)))
            monkeypatch.setitem(sys.modules, module.__name__, module)
            exec(compile(text, f"<{module.__name__}>", "exec"), vars(module))  # noqa: S102 -- a draft is code
    return vars(module)[snake_case(operation_id).upper()]


@each_tag
def test_every_draft_is_valid_python_with_placeholder_docstrings(empty_package: None, tag: str) -> None:
    for written in map(draft, TAGS[tag]):
        for text in (written.models, written.endpoint):
            nodes = [
                node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef | ast.AsyncFunctionDef)
            ]
            assert all((ast.get_docstring(node) or "").startswith("TODO.") for node in nodes), text


@each_tag
def test_every_draft_conforms_to_the_document(empty_package: None, tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for operation_id in TAGS[tag]:
        said = OPERATIONS[operation_id]
        row = drafted_row(operation_id, monkeypatch)
        assert (row.operation_id, row.method, row.path) == (operation_id, said["method"], said["path"])
        assert list(row.query) == parameters_of(said, "query"), operation_id
        assert list(row.headers) == parameters_of(said, "header"), operation_id
        assert row.accept in ([*reply_of(said)] or ["application/json"]), operation_id
        reply, body = reply_of(said).get("application/json"), body_of(said)
        assert fits(row.reply_type, reply) if reply else row.reply_type in (None, bytes), operation_id
        assert fits(row.body_type, body) if body else row.body_type is None, operation_id
        pairs = [(kind, root) for kind, root in ((row.body_type, body), (row.reply_type, reply)) if root]
        wrong = [
            one for kind, root in pairs for struct, node in structs_of(kind, root) for one in differences(struct, node)
        ]
        assert [one for one in wrong if not one.startswith(READ_AS_DECIMAL)] == [], operation_id


@pytest.mark.parametrize(
    "operation_id",
    ["GetCustomerAccountsSimple", "GetAllCustomerTransactions", "GetInstitutions", "GetAccountOwner", "AddCustomer"],
)
def test_drafted_structs_decode_an_example(
    empty_package: None, operation_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = drafted_row(operation_id, monkeypatch)
    raw = example(reply_of(OPERATIONS[operation_id])["application/json"])
    assert issubclass(row.reply_type, Record)
    record = row.reply_type.from_json(json.dumps(raw).encode())
    assert record.invalid_values == {}
    assert [name for name in raw if getattr(record, snake_case(name)) in (None, ())] == []


def test_the_command_prints_drafts_under_the_names_of_their_files(
    empty_package: None, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["GetCustomerAccountsSimple", "DeleteCustomerAccount"])
    simple, delete = capsys.readouterr().out.split("# finicity_async/endpoints/accounts.py\n")
    assert simple.startswith("# finicity_async/models/accounts_simple.py\n")
    assert "# finicity_async/endpoints/accounts_simple.py\n" in simple
    assert "async def get_customer_accounts_simple(session: AsyncSession, customer_id: Id)" in simple
    assert (
        "\n# CHANGELOG.md\n\n- `finicity_async.endpoints.accounts_simple.get_customer_accounts_simple`. TODO.\n"
        in simple
    )
    assert "models" not in delete
    assert ") -> None:\n" in delete


def test_an_unknown_operation_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["GetEverything"])
    assert "invalid choice: 'GetEverything'" in capsys.readouterr().err


def test_a_header_parameter_is_passed_under_its_own_name() -> None:
    (name,) = (one for one in OPERATIONS if "Meta-Data" in parameters_of(OPERATIONS[one], "header"))
    written = draft(name).endpoint
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
def test_vendor_names_are_converted_to_python_spelling(vendors: str, snake: str, pascal: str) -> None:
    assert (snake_case(vendors), pascal_case(vendors)) == (snake, pascal)


def test_a_name_that_rename_cannot_produce_is_explicit(empty_package: None) -> None:
    assert camel_case(snake_case("totalGLDollar")) != "totalGLDollar"
    written = draft("post-institutions-institutionId-oauth-urls").models
    assert 'redirect_uri: str = msgspec.field(name="redirectURI")' in written


def test_an_instant_that_the_document_declares_as_text_goes_out_as_text(empty_package: None) -> None:
    assert "from_date: IsoInstant | None = None" in draft("refreshTransactions").models
    assert "from_date: Instant | None = None" in draft("GenerateConnectUrl").models


def test_structs_of_the_package_are_imported() -> None:
    written = draft("GetCustomerAccounts")
    assert written.models == ""
    assert "from finicity_async.models.accounts import CustomerAccounts\n" in written.endpoint


def test_a_drafted_struct_imports_those_of_the_package_that_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafted_structs, "existing", lambda: {"CustomerAccount": "finicity_async.models.accounts"})
    written = draft("GetCustomerAccounts").models
    assert "from finicity_async.models.accounts import CustomerAccount\n" in written
    assert "class CustomerAccount(" not in written


def test_the_package_contains_no_draft_placeholder() -> None:
    sources = Path(finicity_async.__file__).parent.rglob("*.py")
    assert [str(source) for source in sources if "TODO" in source.read_text(encoding="utf-8")] == []
