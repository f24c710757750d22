"""The models, the rows and the sandbox agree with the vendor's OpenAPI document, which lies beside this repository."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from finicity_async import AsyncSession, Credentials, Operation, Request, Response, Sandbox, StatusError
from finicity_async.auth import CREATE_TOKEN
from finicity_async.endpoints import accounts, authentication
from finicity_async.models import (
    AccessToken,
    CustomerAccount,
    CustomerAccountDetail,
    CustomerAccountPosition,
    CustomerAccounts,
    Error,
    ErrorMessage,
    Errors,
    ErrorWrapper,
    PartnerCredentials,
)
from finicity_async.models._decoding import Record

DOCUMENT = Path(__file__).parents[2] / "shared" / "spec" / "accounts.json"
Document = dict[str, Any]

# Members whose type is ours: the document calls a rate and a date text, and examples and answers hold numbers.
OUR_CHOICE: dict[tuple[str, str], inspect.Type] = {
    ("CustomerAccountDetail", "interestRate"): inspect.DecimalType(),
    ("CustomerAccountPosition", "optionExpireDate"): inspect.DateTimeType(tz=True),
}
TYPES: dict[str, inspect.Type] = {
    "string": inspect.StrType(),
    "number": inspect.DecimalType(),
    "integer": inspect.IntType(),
    "boolean": inspect.BoolType(),
    "object": inspect.StrType(),  # the code of an error, a number or text: one text form
}
IDS = {"id", "institutionLoginId"}
UNDECLARED = {"accountNickname"}
"""Required by the document, and not among its properties."""


@pytest.fixture(scope="module")
def document() -> Document:
    """Return the part of the vendor's document that is about accounts."""
    if not DOCUMENT.is_file():  # pragma: no cover -- in a clone without it
        pytest.skip("the vendor's document is not beside this repository")
    found: Document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return found


# Models


def fitting_type(schema: str, name: str, kind: str | dict[str, str]) -> inspect.Type | str:
    """Return the type for a member of the document, as `type_of` writes it."""
    if isinstance(kind, dict):
        return f"tuple of {kind['array']}"
    if (schema, name) in OUR_CHOICE:
        return OUR_CHOICE[schema, name]
    if kind == "integer:int64" and name not in IDS:
        return inspect.DateTimeType(tz=True)
    return kind if kind.startswith("#") else TYPES[kind.partition(":")[0]]


def type_of(kind: inspect.Type) -> inspect.Type | str:
    """Return the type of a field, None left aside; records as the document names them."""
    if isinstance(kind, inspect.UnionType):
        (kind,) = (part for part in kind.types if not isinstance(part, inspect.NoneType))
    if isinstance(kind, inspect.VarTupleType):
        return f"tuple of {type_of(kind.item_type)}"
    if isinstance(kind, inspect.StructType):
        return f"#{kind.cls.__name__}"
    return kind


@pytest.mark.parametrize(
    "model",
    [
        CustomerAccounts,
        CustomerAccount,
        CustomerAccountDetail,
        CustomerAccountPosition,
        AccessToken,
        PartnerCredentials,
        ErrorMessage,
        ErrorWrapper,
        Errors,
        Error,
    ],
)
def test_every_member_of_a_schema_is_a_field_in_the_order_of_the_document_with_a_fitting_type(
    document: Document, model: type[msgspec.Struct]
) -> None:
    properties = document["schemas"][model.__name__]["properties"]
    assert model.__struct_encode_fields__ == tuple(properties)
    info = inspect.type_info(model)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        name = field.encode_name
        assert type_of(field.type) == fitting_type(model.__name__, name, properties[name]), name


def test_no_member_of_an_account_but_its_id_must_come() -> None:
    required = {
        model: [field.name for field in msgspec.structs.fields(model) if field.required]
        for model in (CustomerAccount, CustomerAccountDetail, CustomerAccountPosition)
    }
    assert required == {CustomerAccount: ["id"], CustomerAccountDetail: [], CustomerAccountPosition: []}


def as_python(raw: object, value: object) -> object:
    """Return what a raw value of an example is in the type of the decoded one."""
    if isinstance(value, Decimal):
        return Decimal(str(raw))
    if isinstance(value, datetime):
        return datetime.fromtimestamp(int(str(raw)), UTC)
    return raw


@pytest.mark.parametrize(
    ("model", "unset"),
    [
        (CustomerAccount, {"aggregationStatusCode", "detail", "position"}),
        (CustomerAccountDetail, set()),
        (CustomerAccountPosition, set()),
    ],
)
def test_the_documents_own_example_decodes_without_misfits_and_exactly(
    document: Document, model: type[Record], unset: set[str]
) -> None:
    example = document["examples"][model.__name__]
    assert set(model.__struct_encode_fields__) - set(example) == unset
    record = model.from_json(json.dumps(example).encode())
    assert record.invalid_values == {}
    for field in msgspec.structs.fields(model):
        if field.encode_name in example:
            value = getattr(record, field.name)
            expected = as_python(example[field.encode_name], value)
            assert (type(value), value, str(value)) == (type(expected), expected, str(expected)), field.encode_name


def test_the_documents_examples_put_together_decode_as_one_list(document: Document) -> None:
    examples = document["examples"]
    record = {
        **examples["CustomerAccount"],
        "aggregationStatusCode": 0,
        "detail": examples["CustomerAccountDetail"],
        "position": [examples["CustomerAccountPosition"]] * 2,
    }
    found = CustomerAccounts.from_json(json.dumps({"accounts": [record] * 2}).encode())
    assert found.invalid_values == {}
    first, second = found
    assert first == second
    assert None not in msgspec.structs.astuple(first)
    assert first.detail is not None
    assert None not in msgspec.structs.astuple(first.detail)
    assert [None in msgspec.structs.astuple(row) for row in first.position] == [False, False]


# Rows


def test_every_operation_of_the_document_has_a_row_that_says_the_same(document: Document) -> None:
    rows: dict[str, Operation[Any]] = {
        row.operation_id: row
        for module in (accounts, authentication)
        for row in vars(module).values()
        if isinstance(row, Operation)
    }
    assert sorted(rows) == sorted(operation["operationId"] for operation in document["operations"])
    for operation in document["operations"]:
        row = rows[operation["operationId"]]
        schema = next(response["schema"] for status, response in operation["responses"].items() if status[0] == "2")
        assert (row.method, row.path) == (operation["method"], operation["path"])
        assert sorted(row.placeholders) == sorted(operation["path_params"])
        assert list(row.query) == [parameter["name"] for parameter in operation["query"]]
        assert (f"#{row.body_type.__name__}" if row.body_type else None) == operation["body"]
        assert (f"#{row.reply_type.__name__}" if row.reply_type else None) == schema
        assert row.token is (operation["tag"] != "Authentication")


# Answers of the sandbox


def faults(value: object, kind: str | dict[str, str], schemas: Document, path: str = "$") -> Iterator[str]:
    """Yield where a JSON value is not what the notation of the document says."""
    if isinstance(kind, dict):
        if not isinstance(value, list):
            yield f"{path}: no list"
            return
        for index, row in enumerate(value):
            yield from faults(row, kind["array"], schemas, f"{path}[{index}]")
    elif kind.startswith("#"):
        yield from _object_faults(value, kind[1:], schemas, path)
    elif not _CHECKS[kind.partition(":")[0]](value):
        yield f"{path}: {type(value).__name__} for {kind}"


def _object_faults(value: object, name: str, schemas: Document, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: no object"
        return
    schema = schemas[name]
    yield from (f"{path}: lacks {member}" for member in schema["required"] if member not in value)
    for member, kind in schema["properties"].items():
        if member in value:
            yield from faults(value[member], kind, schemas, f"{path}.{member}")
    unknown = value.keys() - schema["properties"].keys() - UNDECLARED
    yield from (f"{path}: {member} is not declared" for member in sorted(unknown))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_CHECKS: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and isinstance(value, int),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: True,
}


@pytest.mark.parametrize(
    ("value", "kind", "found"),
    [
        ("x", "string", []),
        (None, "string", ["$: NoneType for string"]),
        (1, "string", ["$: int for string"]),
        (1, "number", []),
        (1.5, "number:float", []),
        ("1.5", "number", ["$: str for number"]),
        (True, "number", ["$: bool for number"]),
        (1, "integer:int64", []),
        (1.0, "integer", ["$: float for integer"]),
        (True, "integer", ["$: bool for integer"]),
        (1, "boolean", ["$: int for boolean"]),
        ({}, {"array": "#Error"}, ["$: no list"]),
        ([{"Recoverable": "no"}, []], {"array": "#Error"}, ["$[0].Recoverable: str for boolean", "$[1]: no object"]),
        ({"code": 7}, "#ErrorMessage", []),
        ({"code": "7"}, "#ErrorMessage", []),
        ({"message": "x"}, "#ErrorMessage", ["$: lacks code"]),
        ({"code": 1, "Code": 2}, "#ErrorMessage", ["$: Code is not declared"]),
    ],
)
def test_the_checker_finds_what_is_wrong(
    document: Document, value: object, kind: str | dict[str, str], found: list[str]
) -> None:
    assert list(faults(value, kind, document["schemas"])) == found


def check(response: Response, schema: str, document: Document) -> None:
    """Assert that a response holds what the document says."""
    assert list(faults(json.loads(response.body), schema, document["schemas"])) == []


Ids = list[tuple[str, dict[str, Any]]]


def ids_of(sandbox: Sandbox) -> Ids:
    """Return each customer's ID with its first account."""
    return [(customer, next(iter(records.values()))) for customer, records in sandbox.customers.items()]


async def test_every_list_of_the_sandbox_is_as_the_document_says(
    document: Document, sandbox: Sandbox, session: AsyncSession
) -> None:
    requests: list[Request[CustomerAccounts]] = []
    for customer, first in ids_of(sandbox):
        login, institution = first["institutionLoginId"], first["institutionId"]
        requests += [
            accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=customer),
            accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=customer, status="pending"),
            accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=customer, status="active"),
            accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=customer, account_type="ava"),
            accounts.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION.request(customerId=customer, institutionId=institution),
            accounts.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN.request(customerId=customer, institutionLoginId=login),
        ]
    responses = await asyncio.gather(*(session.send_raw(request) for request in requests))
    assert {response.status for response in responses} == {200}
    for response in responses:
        check(response, "#CustomerAccounts", document)


async def test_every_account_of_the_sandbox_is_as_the_document_says(
    document: Document, sandbox: Sandbox, session: AsyncSession
) -> None:
    responses = await asyncio.gather(
        *(
            session.send_raw(accounts.GET_CUSTOMER_ACCOUNT.request(customerId=customer, accountId=account))
            for customer, records in sandbox.customers.items()
            for account in records
        )
    )
    for response in responses:
        check(response, "#CustomerAccount", document)
    kinds = {json.loads(response.body)["type"] for response in responses}
    assert {"checking", "creditCard", "investment", "mortgage", "studentLoan"} <= kinds


async def test_every_refresh_of_the_sandbox_is_answered_as_the_document_says(
    document: Document, sandbox: Sandbox, session: AsyncSession
) -> None:
    async def refresh(customer: str, login: int) -> None:
        ids = {"customerId": customer, "institutionLoginId": login}
        everything = accounts.REFRESH_CUSTOMER_ACCOUNTS.request(customerId=customer)
        by_login = accounts.REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN.request(**ids, fromDate=1, toDate=2)
        for request in (everything, by_login):
            check(await session.send_raw(request), "#CustomerAccounts", document)
        response = await session.send_raw(accounts.REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN_V2.request(**ids))
        assert (response.status, response.body) == (204, b"")

    await asyncio.gather(*(refresh(customer, first["institutionLoginId"]) for customer, first in ids_of(sandbox)))


async def test_a_refresh_of_version_2_and_both_deletes_are_answered_by_204_and_nothing(
    sandbox: Sandbox, session: AsyncSession
) -> None:
    ids = ids_of(sandbox)
    requests: list[Request[None]] = [
        request
        for customer, first in ids
        for request in (
            accounts.REFRESH_CUSTOMER_ACCOUNTS_V2.request(customerId=customer),
            accounts.DELETE_CUSTOMER_ACCOUNT.request(customerId=customer, accountId=first["id"]),
            accounts.DELETE_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN.request(
                customerId=customer, institutionLoginId=first["institutionLoginId"]
            ),
        )
    ]
    responses = [await session.send_raw(request) for request in requests]
    assert len(responses) == 3 * len(ids)
    assert {(response.status, response.body) for response in responses} == {(204, b"")}


async def test_the_token_of_the_sandbox_is_as_the_document_says(
    document: Document, sandbox: Sandbox, session: AsyncSession
) -> None:
    partner = sandbox.credentials
    body = PartnerCredentials(partner_id=partner.partner_id or "", partner_secret=partner.partner_secret or "")
    check(await session.send_raw(CREATE_TOKEN.request(body=body)), "#AccessToken", document)


async def test_every_error_of_the_sandbox_is_as_the_document_says(
    document: Document, sandbox: Sandbox, session: AsyncSession
) -> None:
    customer, first = ids_of(sandbox)[0]
    at_login = {"customerId": customer, "institutionLoginId": 1}
    refresh = accounts.REFRESH_CUSTOMER_ACCOUNTS_V2.request(customerId=customer)
    await session.send_raw(refresh)
    expected: dict[Request[Any], tuple[int, str]] = {
        refresh: (500, "325"),
        accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=1): (404, "14001"),
        accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=customer, status="closed"): (400, "18017"),
        accounts.GET_CUSTOMER_ACCOUNT.request(customerId=customer, accountId=1): (404, "38003"),
        accounts.GET_CUSTOMER_ACCOUNT.request(customerId=1, accountId=first["id"]): (404, "14001"),
        accounts.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION.request(customerId=customer, institutionId=1): (404, "38006"),
        accounts.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN.request(**at_login): (404, "38007"),
        accounts.REFRESH_CUSTOMER_ACCOUNTS.request(customerId=1): (404, "14001"),
        accounts.REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN.request(**at_login): (404, "38007"),
        accounts.DELETE_CUSTOMER_ACCOUNT.request(customerId=customer, accountId=1): (404, "38003"),
        accounts.DELETE_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN.request(**at_login): (404, "38007"),
    }
    for request, outcome in expected.items():
        with pytest.raises(StatusError) as caught:
            await session.send_raw(request)
        error = caught.value
        assert (error.status, error.code) == outcome, request
        assert list(faults(json.loads(error.body), "#ErrorMessage", document["schemas"])) == []


async def test_a_wrong_secret_and_a_wrong_token_are_answered_as_the_document_says(
    document: Document, sandbox: Sandbox
) -> None:
    partner = sandbox.credentials
    wrong = [
        (Credentials(partner.app_key, partner.partner_id, "NoSuchSecret1"), "10001"),
        (Credentials(partner.app_key, app_token="NoSuchToken1"), "10022"),
    ]
    for credentials, code in wrong:
        async with AsyncSession(credentials, base_url=sandbox.url) as session:
            with pytest.raises(StatusError) as caught:
                await session.send_raw(accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=1005061234))
        assert (caught.value.status, caught.value.code) == (401, code)
        assert list(faults(json.loads(caught.value.body), "#ErrorMessage", document["schemas"])) == []
