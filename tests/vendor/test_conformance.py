"""Every row of the package, its body and its reply conform to the vendor's OpenAPI document."""

import inspect
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from types import UnionType
from typing import Any, get_args

import msgspec
import pytest

from finicity_async import AsyncSession, Credentials, Request, Sandbox, StatusError
from finicity_async.endpoints import accounts
from finicity_async.models import (
    CustomerAccount,
    CustomerAccountDetail,
    CustomerAccountPosition,
    CustomerAccounts,
    ErrorMessage,
    ErrorWrapper,
    Record,
)
from finicity_async.models._values import IsoInstant
from finicity_async.models.reports import Report
from tests.vendor.comparing import differences, fields_of, fits, structs_of
from tests.vendor.deviations import MEDIA_TYPES
from tests.vendor.document import Node, body_of, operation_facts, parameters_of, reply_of, resolved_facts
from tests.vendor.examples import example
from tests.vendor.names import snake_case
from tests.vendor.rows import Row, by_tag
from tests.vendor.schemas import members_of, required_of

TAGS = by_tag()
JSON = "application/json"
each_tag = pytest.mark.parametrize("tag", TAGS)


def check(found: Iterable[tuple[object, object]]) -> None:
    """Fail if anything was found, with one line per row and problem."""
    lines = [f"{row}: {what}" for row, what in found]
    assert not lines, "\n".join(lines)


def bodies(row: Row) -> list[tuple[Any, Node]]:
    schema = body_of(row.facts)
    return [(row.operation.body_type, schema)] if schema else []


def replies(row: Row) -> list[tuple[Any, Node]]:
    kind = row.operation.reply_type
    if isinstance(kind, UnionType):  # Each part answers a status of its own, in the same order.
        said = [said for status, said in row.facts["responses"].items() if status[0] == "2"]
        return [(part, one[JSON]) for part, one in zip(get_args(kind), said, strict=True)]
    schema = reply_of(row.facts).get(JSON)
    return [(kind, schema)] if schema else []


# Rows


def test_every_operation_has_one_row_and_every_row_is_an_operation() -> None:
    assert "undeclared" not in TAGS
    ids = [row.operation.operation_id for of_tag in TAGS.values() for row in of_tag]
    assert sorted(ids) == sorted(operation_facts())


@each_tag
def test_every_row_is_named_after_its_operation_id(tag: str) -> None:
    check(
        (row, f"{row.operation.operation_id} is called {row.constant}")
        for row in TAGS[tag]
        if row.constant != snake_case(row.operation.operation_id).upper()
    )


@each_tag
def test_each_tag_has_one_module_of_its_own(tag: str) -> None:
    modules = {row.module for row in TAGS[tag]}
    assert len(modules) == 1
    others = {other for other, of_tag in TAGS.items() if modules & {row.module for row in of_tag}}
    assert others == {tag}


@each_tag
def test_every_row_has_the_declared_method_and_path(tag: str) -> None:
    check(
        (row, f"{found}, declared {declared}")
        for row in TAGS[tag]
        if (found := (row.operation.method, row.operation.path))
        != (declared := (row.facts["method"], row.facts["path"]))
    )


@each_tag
def test_every_row_has_the_declared_parameters_in_order(tag: str) -> None:
    for row in TAGS[tag]:
        assert sorted(row.operation.placeholders) == sorted(parameters_of(row.facts, "path")), row
        assert list(row.operation.query) == parameters_of(row.facts, "query"), row
        assert list(row.operation.headers) == parameters_of(row.facts, "header"), row


@each_tag
def test_a_row_whose_query_has_pages_says_what_they_count_and_answers_a_page(tag: str) -> None:
    for row in TAGS[tag]:
        assert (row.operation.start in ("record", "page")) == (row.operation.pages[0] in row.operation.query), row
        if row.operation.start:
            page: Any = row.operation.reply_type
            assert {"found", "more_available", "__iter__"} <= {*dir(page)}, row


@each_tag
def test_every_row_accepts_the_declared_media_type(tag: str) -> None:
    for row in TAGS[tag]:
        declared, accepted = [*reply_of(row.facts)] or [JSON], row.operation.accept
        assert MEDIA_TYPES.get(row.constant) == (None if accepted in declared else accepted), (row, declared)


@each_tag
def test_every_row_sends_the_token_exactly_where_declared(tag: str) -> None:
    with_key_alone: list[Node] = [{"FinicityAppKey": []}]
    check(
        (row, f"token={row.operation.token}")
        for row in TAGS[tag]
        if row.operation.token == (row.facts.get("security") == with_key_alone)
    )


@each_tag
def test_every_row_has_the_declared_body_and_reply(tag: str) -> None:
    for row in TAGS[tag]:
        assert (row.operation.body_type is None) == (body_of(row.facts) is None), row
        assert all(fits(kind, schema) for kind, schema in (*bodies(row), *replies(row))), row
        if "application/json" not in reply_of(row.facts):
            assert row.operation.reply_type is (bytes if reply_of(row.facts) else None), row


@each_tag
def test_required_parameters_are_positional_and_optional_ones_keyword_only(tag: str) -> None:
    functions = [(row, vars(row.module).get(row.constant.lower())) for row in TAGS[tag]]
    for row, function in ((row, function) for row, function in functions if function):
        _, *parameters = inspect.signature(function).parameters.values()
        by_position = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
        must = [snake_case(name) for name in parameters_of(row.facts, "path", "query", required=True)]
        assert by_position[: len(must)] == must, row
        optional = {snake_case(name) for name in parameters_of(row.facts, "query")} - set(must)
        assert optional <= {one.name for one in parameters if one.kind is one.KEYWORD_ONLY}, row


# Records


@each_tag
def test_every_member_is_a_field_in_order_with_a_suitable_type(tag: str) -> None:
    check(
        (row, difference)
        for row in TAGS[tag]
        for kind, schema in (*bodies(row), *replies(row))
        for struct, node in structs_of(kind, schema)
        for difference in differences(struct, node)
    )


@pytest.mark.parametrize("model", [ErrorMessage, ErrorWrapper])
def test_every_member_of_an_error_is_a_field_in_order(model: type[Record]) -> None:
    pairs = list(structs_of(model, {"$ref": model.__name__}))
    assert len(pairs) == {ErrorMessage: 1, ErrorWrapper: 3}[model]
    assert [difference for struct, node in pairs for difference in differences(struct, node)] == []


@each_tag
def test_no_reply_requires_a_member_that_the_document_does_not(tag: str) -> None:
    check(
        (row, f"{struct.__name__}.{field.name} is required")
        for row in TAGS[tag]
        for kind, schema in replies(row)
        for struct, node in structs_of(kind, schema)
        for field in fields_of(struct)
        if field.required and field.encode_name not in required_of(node)
    )


def test_only_the_id_of_an_account_is_required() -> None:
    required = {
        model: [field.name for field in msgspec.structs.fields(model) if field.required]
        for model in (CustomerAccount, CustomerAccountDetail, CustomerAccountPosition)
    }
    assert required == {CustomerAccount: ["id"], CustomerAccountDetail: [], CustomerAccountPosition: []}


@each_tag
def test_a_body_requires_the_declared_members_and_omits_unset_ones(tag: str) -> None:
    for row in TAGS[tag]:
        for kind, schema in bodies(row):
            for struct, node in structs_of(kind, schema):
                needed = {field.encode_name for field in fields_of(struct) if field.required}
                assert needed == required_of(node) & members_of(node).keys(), (row, struct)
                assert struct.__struct_config__.omit_defaults or needed == members_of(node).keys(), (row, struct)


@each_tag
def test_an_instant_in_a_body_has_the_declared_form(tag: str) -> None:
    for row in TAGS[tag]:
        for kind, schema in bodies(row):
            for struct, node in structs_of(kind, schema):
                text = {
                    name for name, said in members_of(node).items() if resolved_facts(said).get("format") == "date-time"
                }
                fields = msgspec.structs.fields(struct)
                assert {one.encode_name for one in fields if IsoInstant in (one.type, *get_args(one.type))} == text, row


# Decoding


def as_read(raw: Any, value: object) -> object:
    """Convert a raw example value to the type of the decoded one."""
    if isinstance(value, Decimal):
        return Decimal(str(raw))
    if isinstance(value, datetime):
        text = str(raw)
        return (
            datetime.fromtimestamp(int(text), UTC)
            if text.isdigit()
            else datetime.fromisoformat(text).replace(tzinfo=UTC)
        )
    if isinstance(value, date):
        return date.fromisoformat(raw)
    if isinstance(value, bool):
        return raw in (True, "true")
    if isinstance(value, int):
        return int(raw) if isinstance(raw, str) else raw
    return str(raw) if isinstance(value, str) else raw


def decoded(kind: Any, raw: Any) -> Any:
    body = json.dumps(raw).encode()
    return kind.from_json(body) if hasattr(kind, "from_json") else msgspec.json.decode(body, type=kind, strict=False)


def misread(raw: Any, value: Any, path: str = "$") -> list[str]:
    """Return the JSON paths at which a decoded value differs from the example in type, value or text."""
    if isinstance(value, Report):  # The contents are beside the other members on the wire.
        contents = json.loads(value.body_json)
        assert all(raw.pop(name) == content for name, content in contents.items())
    if isinstance(value, msgspec.Struct):
        fields = {snake_case(name): name for name in raw}
        return [
            bad for field, name in fields.items() for bad in misread(raw[name], getattr(value, field), f"{path}.{name}")
        ]
    if isinstance(value, tuple):
        raw = raw.split() if isinstance(raw, str) else raw  # IDs of accounts come as one text, too.
        assert len(raw) == len(value), path
        return [bad for index, row in enumerate(raw) for bad in misread(row, value[index], f"{path}[{index}]")]
    expected = as_read(raw, value)
    return [] if (type(value), value, str(value)) == (type(expected), expected, str(expected)) else [path]


@each_tag
def test_a_reply_with_every_member_decodes_exactly(tag: str) -> None:
    for row in TAGS[tag]:
        for kind, schema in replies(row):
            raw = example(schema)
            record = decoded(kind, raw)
            assert getattr(record, "invalid_values", {}) == {}, row
            assert misread(raw, record) == [], row


def test_the_exactness_check_finds_wrong_values() -> None:
    raw = example({"$ref": "CustomerAccounts"})
    record = CustomerAccounts.from_json(json.dumps(raw).encode())
    raw["accounts"][0]["balance"] = 7
    raw["accounts"][0]["position"][0]["symbol"] = "other"
    assert misread(raw, record) == ["$.accounts[0].balance", "$.accounts[0].position[0].symbol"]


# Errors of the sandbox, through a session


async def test_a_session_raises_the_declared_error_codes(sandbox: Sandbox, session: AsyncSession) -> None:
    customer, account = next((customer, next(iter(ids))) for customer, ids in sandbox.customers.items())
    at_login = {"customerId": customer, "institutionLoginId": 1}
    refresh = accounts.REFRESH_CUSTOMER_ACCOUNTS_V2.request(customerId=customer)
    await session.send_raw(refresh)
    expected: dict[Request[Any], tuple[int, str]] = {
        refresh: (500, "325"),
        accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=1): (404, "14001"),
        accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=customer, status="closed"): (400, "18017"),
        accounts.GET_CUSTOMER_ACCOUNT.request(customerId=customer, accountId=1): (404, "38003"),
        accounts.GET_CUSTOMER_ACCOUNT.request(customerId=1, accountId=account): (404, "14001"),
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
        assert (caught.value.status, caught.value.code) == outcome, request


@pytest.mark.parametrize(
    ("secret", "token", "code"), [("NoSuchSecret1", None, "10001"), (None, "NoSuchToken1", "10022")]
)
async def test_a_wrong_secret_and_a_wrong_token_raise_their_declared_codes(
    sandbox: Sandbox, secret: str | None, token: str | None, code: str
) -> None:
    partner = sandbox.credentials
    credentials = Credentials(partner.app_key, secret and partner.partner_id, secret, app_token=token)
    async with AsyncSession(credentials, base_url=sandbox.url) as session:
        with pytest.raises(StatusError) as caught:
            await session.send_raw(accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=1005061234))
    assert (caught.value.status, caught.value.code) == (401, code)
