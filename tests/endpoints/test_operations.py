"""The operations are the vendor's: a second table, typed by hand, and each call as it stands on the wire."""

import inspect
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

import pytest

import finicity_async as api
from finicity_async import AsyncSession, ConfigurationError, Credentials, CustomerAccount, CustomerAccounts, Operation
from finicity_async.endpoints import accounts, authentication
from tests.support.servers import EMPTY, WITH_SECRET, WITH_TOKEN, Answer, RawServer, Received, http, session_on

AUTHENTICATION = "/aggregation/v2/partners/authentication"
V1 = "/aggregation/v1/customers/{customerId}"
V2 = "/aggregation/v2/customers/{customerId}"
LOGIN = "/institutionLogins/{institutionLoginId}"

# operationId, method, path, query, body, response: from spec 1.42.0, not from the package.
TABLE: tuple[tuple[str, str, str, tuple[str, ...], str | None, str | None], ...] = (
    ("CreateToken", "POST", AUTHENTICATION, (), "PartnerCredentials", "AccessToken"),
    ("ModifyPartnerSecret", "PUT", AUTHENTICATION, (), "PartnerCredentialsWithNewSecret", None),
    ("GetCustomerAccount", "GET", V2 + "/accounts/{accountId}", (), None, "CustomerAccount"),
    ("GetCustomerAccounts", "GET", V1 + "/accounts", ("status", "account_type"), None, "CustomerAccounts"),
    (
        "GetCustomerAccountsByInstitution",
        "GET",
        V1 + "/institutions/{institutionId}/accounts",
        (),
        None,
        "CustomerAccounts",
    ),
    ("GetCustomerAccountsByInstitutionLogin", "GET", V1 + LOGIN + "/accounts", (), None, "CustomerAccounts"),
    ("RefreshCustomerAccounts", "POST", V1 + "/accounts", (), None, "CustomerAccounts"),
    ("RefreshCustomerAccountsV2", "POST", V2 + "/accounts", (), None, None),
    (
        "RefreshCustomerAccountsByInstitutionLogin",
        "POST",
        V1 + LOGIN + "/accounts",
        ("toDate", "fromDate"),
        None,
        "CustomerAccounts",
    ),
    ("RefreshCustomerAccountsByInstitutionLoginV2", "POST", V2 + LOGIN + "/accounts", (), None, None),
    ("DeleteCustomerAccount", "DELETE", V1 + "/accounts/{accountId}", (), None, None),
    ("DeleteCustomerAccountsByInstitutionLogin", "DELETE", V1 + LOGIN, (), None, None),
)
ROWS: dict[str, Operation[Any]] = {
    row.operation_id: row
    for module in (accounts, authentication)
    for row in vars(module).values()
    if isinstance(row, Operation)
}

ACCOUNT = http(200, {"id": "5011648377", "balance": 401.26})
ACCOUNTS = http(200, {"accounts": [{"id": "5011648377", "balance": 401.26}]})
NOTHING = http(204)


class Case(NamedTuple):
    """A call of one of the ten, what it sends, and an answer to it."""

    operation_id: str
    call: Callable[[AsyncSession], Awaitable[object]]
    method: str
    target: str
    answer: bytes


CASES = (
    Case(
        "GetCustomerAccount",
        lambda session: api.get_customer_account(session, "1005061234", "5011648377"),
        "GET",
        "/aggregation/v2/customers/1005061234/accounts/5011648377",
        ACCOUNT,
    ),
    Case(
        "GetCustomerAccounts",
        lambda session: api.get_customer_accounts(session, "1005061234"),
        "GET",
        "/aggregation/v1/customers/1005061234/accounts",
        ACCOUNTS,
    ),
    Case(
        "GetCustomerAccountsByInstitution",
        lambda session: api.get_customer_accounts_by_institution(session, 1005061234, 4222),
        "GET",
        "/aggregation/v1/customers/1005061234/institutions/4222/accounts",
        ACCOUNTS,
    ),
    Case(
        "GetCustomerAccountsByInstitutionLogin",
        lambda session: api.get_customer_accounts_by_institution_login(session, "1005061234", 1007302745),
        "GET",
        "/aggregation/v1/customers/1005061234/institutionLogins/1007302745/accounts",
        ACCOUNTS,
    ),
    Case(
        "RefreshCustomerAccounts",
        lambda session: api.refresh_customer_accounts(session, "1005061234"),
        "POST",
        "/aggregation/v1/customers/1005061234/accounts",
        ACCOUNTS,
    ),
    Case(
        "RefreshCustomerAccountsV2",
        lambda session: api.refresh_customer_accounts_v2(session, "1005061234"),
        "POST",
        "/aggregation/v2/customers/1005061234/accounts",
        NOTHING,
    ),
    Case(
        "RefreshCustomerAccountsByInstitutionLogin",
        lambda session: api.refresh_customer_accounts_by_institution_login(session, "1005061234", "1007302745"),
        "POST",
        "/aggregation/v1/customers/1005061234/institutionLogins/1007302745/accounts",
        ACCOUNTS,
    ),
    Case(
        "RefreshCustomerAccountsByInstitutionLoginV2",
        lambda session: api.refresh_customer_accounts_by_institution_login_v2(session, "1005061234", "1007302745"),
        "POST",
        "/aggregation/v2/customers/1005061234/institutionLogins/1007302745/accounts",
        NOTHING,
    ),
    Case(
        "DeleteCustomerAccount",
        lambda session: api.delete_customer_account(session, "1005061234", "5011648377"),
        "DELETE",
        "/aggregation/v1/customers/1005061234/accounts/5011648377",
        NOTHING,
    ),
    Case(
        "DeleteCustomerAccountsByInstitutionLogin",
        lambda session: api.delete_customer_accounts_by_institution_login(session, "1005061234", "1007302745"),
        "DELETE",
        "/aggregation/v1/customers/1005061234/institutionLogins/1007302745",
        NOTHING,
    ),
)
every_call = pytest.mark.parametrize("case", CASES, ids=[case.operation_id for case in CASES])


@asynccontextmanager
async def connected(
    *answers: Answer, credentials: Credentials = WITH_TOKEN, default: Answer = EMPTY
) -> AsyncIterator[tuple[RawServer, AsyncSession]]:
    """Open a server with scripted answers and a session on it."""
    async with (
        RawServer(*answers, default=default) as server,
        session_on(server, credentials) as session,
    ):
        yield server, session


def own_headers(received: Received) -> dict[str, str]:
    """Return the headers without those that name the host and the client."""
    return {
        name: value for name, value in received.headers.items() if name not in ("host", "user-agent", "accept-encoding")
    }


# The table


def test_the_package_has_a_row_for_each_operation_and_no_other() -> None:
    assert sorted(ROWS) == sorted(operation_id for operation_id, *_ in TABLE)


@pytest.mark.parametrize("expected", TABLE, ids=[operation_id for operation_id, *_ in TABLE])
def test_each_row_says_what_the_vendors_document_says(expected: tuple[object, ...]) -> None:
    row = ROWS[str(expected[0])]
    body, response = (getattr(kind, "__name__", None) for kind in (row.body_type, row.reply_type))
    assert (row.operation_id, row.method, row.path, row.query, body, response) == expected


@pytest.mark.parametrize("operation_id", list(ROWS))
def test_function_and_row_have_the_vendors_name_in_snake_case(operation_id: str) -> None:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation_id).lower()
    assert inspect.iscoroutinefunction(getattr(api, name))
    module = authentication if ROWS[operation_id].path == AUTHENTICATION else accounts
    assert getattr(module, name.upper()) is ROWS[operation_id]


def test_only_the_four_refreshes_have_the_long_timeout() -> None:
    assert {name for name, row in ROWS.items() if row.refresh} == {
        "RefreshCustomerAccounts",
        "RefreshCustomerAccountsV2",
        "RefreshCustomerAccountsByInstitutionLogin",
        "RefreshCustomerAccountsByInstitutionLoginV2",
    }


def test_only_reads_and_the_login_may_be_sent_again() -> None:
    assert {name for name, row in ROWS.items() if row.idempotent} == {
        "CreateToken",
        "GetCustomerAccount",
        "GetCustomerAccounts",
        "GetCustomerAccountsByInstitution",
        "GetCustomerAccountsByInstitutionLogin",
    }


@pytest.mark.parametrize(
    ("name", "positional", "keywords"),
    [
        ("get_customer_account", ("customer_id", "account_id"), {}),
        ("get_customer_accounts", ("customer_id",), {"status": None, "account_type": None}),
        ("get_customer_accounts_by_institution", ("customer_id", "institution_id"), {}),
        ("get_customer_accounts_by_institution_login", ("customer_id", "institution_login_id"), {}),
        ("refresh_customer_accounts", ("customer_id",), {}),
        ("refresh_customer_accounts_v2", ("customer_id",), {}),
        (
            "refresh_customer_accounts_by_institution_login",
            ("customer_id", "institution_login_id"),
            {"from_date": None, "to_date": None},
        ),
        ("refresh_customer_accounts_by_institution_login_v2", ("customer_id", "institution_login_id"), {}),
        ("delete_customer_account", ("customer_id", "account_id"), {"missing_ok": False}),
        (
            "delete_customer_accounts_by_institution_login",
            ("customer_id", "institution_login_id"),
            {"missing_ok": False},
        ),
        ("create_token", (), {}),
        ("modify_partner_secret", ("new_secret",), {"immediate": True}),
    ],
)
def test_signatures_are_as_promised(name: str, positional: tuple[str, ...], keywords: dict[str, Any]) -> None:
    parameters = inspect.signature(getattr(api, name)).parameters.values()
    assert [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD] == ["session", *positional]
    assert {one.name: one.default for one in parameters if one.kind is one.KEYWORD_ONLY} == keywords
    assert all(one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY) for one in parameters)


# The ten on the wire


@every_call
async def test_each_call_sends_one_request_with_exactly_these_headers(case: Case) -> None:
    async with connected(case.answer) as (server, session):
        await case.call(session)
    (received,) = server.calls
    assert (received.method, received.target, received.body) == (case.method, case.target, b"")
    assert own_headers(received) == {
        "accept": "application/json",
        "finicity-app-key": "test-app-key",
        "finicity-app-token": "test-app-token",
        **({"content-length": "0"} if case.method != "GET" else {}),
    }
    assert server.logins == []


@every_call
async def test_each_call_returns_what_its_row_promises(case: Case) -> None:
    async with connected(case.answer) as (_, session):
        value = await case.call(session)
    kind = ROWS[case.operation_id].reply_type
    if kind is None:
        assert value is None
    elif kind is CustomerAccounts:
        assert isinstance(value, CustomerAccounts)
        assert [account.id for account in value] == ["5011648377"]
    else:
        assert isinstance(value, CustomerAccount)
        assert value.id == "5011648377"


async def test_query_values_are_sent_in_the_order_of_the_document() -> None:
    async with connected() as (server, session):
        await api.get_customer_accounts(session, 1, account_type="ava", status="pending")
    assert server.calls[0].target == "/aggregation/v1/customers/1/accounts?status=pending&account_type=ava"


@pytest.mark.parametrize(
    ("status", "account_type", "query"),
    [(None, None, ""), ("active", None, "?status=active"), (None, "ava", "?account_type=ava"), ("", None, "?status=")],
)
async def test_none_is_not_sent(status: str | None, account_type: str | None, query: str) -> None:
    async with connected() as (server, session):
        await api.get_customer_accounts(session, 1, status=status, account_type=account_type)
    assert server.calls[0].target == f"/aggregation/v1/customers/1/accounts{query}"


# Dates

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
NOON_SECONDS = 1714564800
EAST = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    "value",
    [NOON, NOON.astimezone(EAST), NOON_SECONDS, NOON.replace(microsecond=999_999)],
    ids=["UTC", "other zone", "seconds", "cut to the second"],
)
async def test_dates_are_sent_as_unix_seconds(value: datetime | int) -> None:
    async with connected() as (server, session):
        await api.refresh_customer_accounts_by_institution_login(session, 1, 2, from_date=value)
    assert server.calls[0].target == f"/aggregation/v1/customers/1/institutionLogins/2/accounts?fromDate={NOON_SECONDS}"


async def test_both_dates_are_sent_under_the_vendors_names() -> None:
    async with connected() as (server, session):
        await api.refresh_customer_accounts_by_institution_login(
            session, 1, 2, from_date=NOON, to_date=NOON_SECONDS + 1
        )
    assert server.calls[0].target.partition("?")[2] == f"toDate={NOON_SECONDS + 1}&fromDate={NOON_SECONDS}"


@pytest.mark.parametrize(
    ("from_date", "to_date"),
    [
        (NOON.replace(tzinfo=None), None),
        (None, NOON.replace(tzinfo=None)),
        (NOON, NOON),
        (NOON_SECONDS, NOON),
        (NOON, NOON_SECONDS - 1),
        (NOON, NOON.astimezone(EAST)),
        (NOON_SECONDS * 1000, None),
        (None, NOON_SECONDS * 1000),
        (float(NOON_SECONDS), None),
        (NOON.date(), None),
        (True, None),
        (None, "2026-11-21"),
    ],
    ids=[
        "naive from_date",
        "naive to_date",
        "same moment",
        "same moment as seconds",
        "to_date earlier",
        "same moment in another zone",
        "from_date in milliseconds",
        "to_date in milliseconds",
        "float",
        "date without time",
        "bool",
        "text",
    ],
)
async def test_dates_that_do_not_fit_are_refused_and_nothing_is_sent(from_date: Any, to_date: Any) -> None:
    async with connected() as (server, session):
        with pytest.raises(ConfigurationError, match="Nothing was sent"):
            await api.refresh_customer_accounts_by_institution_login(
                session, 1, 2, from_date=from_date, to_date=to_date
            )
        assert server.calls == []
        await api.get_customer_accounts(session, 1)


async def test_to_date_later_within_the_same_second_is_refused_for_the_wire_has_whole_seconds() -> None:
    async with connected() as (server, session):
        with pytest.raises(ConfigurationError):
            await api.refresh_customer_accounts_by_institution_login(
                session, 1, 2, from_date=NOON, to_date=NOON + timedelta(milliseconds=800)
            )
        assert server.calls == []


# Deleting

Delete = Callable[..., Awaitable[None]]
both_deletes = pytest.mark.parametrize(
    "delete", [api.delete_customer_account, api.delete_customer_accounts_by_institution_login]
)


@both_deletes
@pytest.mark.parametrize("code", [38003, 38007, 14001, "14001"])
async def test_missing_ok_takes_what_the_vendor_does_not_know_for_deleted(delete: Delete, code: int | str) -> None:
    async with connected(http(404, {"code": code, "message": "not found"})) as (server, session):
        await delete(session, 1, 2, missing_ok=True)
    assert len(server.calls) == 1


@both_deletes
async def test_without_missing_ok_a_delete_of_what_is_missing_raises(delete: Delete) -> None:
    async with connected(http(404, {"code": 38003}), NOTHING) as (server, session):
        with pytest.raises(api.NotFoundError) as caught:
            await delete(session, 1, 2)
        assert caught.value.code == "38003"
        await delete(session, 1, 2)
    assert len(server.calls) == 2


@both_deletes
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (http(404), api.NotFoundError),
        (http(404, "<html>no such page</html>"), api.NotFoundError),
        (http(404, {"code": 10005}), api.NotFoundError),
        (http(400, {"code": "10005"}), api.BadRequestError),
        (http(401, {"code": 10024}), api.AuthenticationError),
        (http(503), api.ServerError),
    ],
    ids=["404 without a body", "404 of an edge", "404 with another code", "400", "401", "503"],
)
async def test_missing_ok_hides_no_other_error(delete: Delete, answer: bytes, error: type[Exception]) -> None:
    async with connected(answer, NOTHING) as (server, session):
        with pytest.raises(error):
            await delete(session, 1, 2, missing_ok=True)
        assert len(server.calls) == 1
        await delete(session, 1, 2, missing_ok=True)


# Token and secret


async def test_create_token_sends_the_partner_and_no_token() -> None:
    async with connected(credentials=WITH_SECRET) as (server, session):
        token = await api.create_token(session)
    (login,) = server.logins
    assert (login.method, login.target, server.calls) == ("POST", AUTHENTICATION, [])
    assert json.loads(login.body) == {"partnerId": "test-partner-id", "partnerSecret": "test-partner-secret"}
    assert own_headers(login) == {
        "accept": "application/json",
        "content-length": str(len(login.body)),
        "content-type": "application/json",
        "finicity-app-key": "test-app-key",
    }
    assert token.token == "RawServerToken0000001"


async def test_create_token_leaves_the_sessions_own_token_alone() -> None:
    first, second = http(200, {"token": "FirstToken1"}), http(200, {"token": "SecondToken2"})
    async with (
        RawServer(logins=(first, second)) as server,
        session_on(server, WITH_SECRET) as session,
    ):
        await api.get_customer_accounts(session, 1)
        token = await api.create_token(session)
        await api.get_customer_accounts(session, 1)
    assert token.token == "SecondToken2"
    assert [call.headers["finicity-app-token"] for call in server.calls] == ["FirstToken1", "FirstToken1"]


async def test_create_token_needs_a_partner_secret() -> None:
    async with connected() as (server, session):
        with pytest.raises(ConfigurationError):
            await api.create_token(session)
        assert server.logins == []
        await api.get_customer_accounts(session, 1)


@pytest.mark.parametrize("immediate", [True, False])
async def test_modify_partner_secret_sends_both_secrets_and_no_token(immediate: bool) -> None:
    async with connected(NOTHING, credentials=WITH_SECRET) as (server, session):
        await api.modify_partner_secret(session, "NewSecret!0002", immediate=immediate)
    (received,) = server.calls
    assert (received.method, received.target, server.logins) == ("PUT", AUTHENTICATION, [])
    assert json.loads(received.body) == {
        "partnerId": "test-partner-id",
        "partnerSecret": "test-partner-secret",
        "newPartnerSecret": "NewSecret!0002",
        "immediate": immediate,
    }
    assert own_headers(received) == {
        "accept": "application/json",
        "content-length": str(len(received.body)),
        "content-type": "application/json",
        "finicity-app-key": "test-app-key",
    }


async def test_after_a_change_of_the_secret_the_session_logs_in_with_the_new_one() -> None:
    async with connected(NOTHING, credentials=WITH_SECRET) as (server, session):
        await api.modify_partner_secret(session, "NewSecret!0002")
        await api.get_customer_accounts(session, 1)
    assert json.loads(server.calls[0].body)["immediate"] is True
    assert json.loads(server.logins[0].body)["partnerSecret"] == "NewSecret!0002"


async def test_after_a_refused_change_of_the_secret_the_session_keeps_the_old_one() -> None:
    async with connected(http(400, {"code": "24437", "message": "policy"}), credentials=WITH_SECRET) as (
        server,
        session,
    ):
        with pytest.raises(api.BadRequestError):
            await api.modify_partner_secret(session, "NewSecret!0002")
        await api.get_customer_accounts(session, 1)
    assert json.loads(server.logins[0].body)["partnerSecret"] == "test-partner-secret"


@pytest.mark.parametrize(
    "new_secret",
    [
        "",
        "Short1",
        "OnlyLetters!",
        "123456789012",
        "Space in it 12",
        "Unallowed^Char1",
        "Ends1InANewline\n",
        "a1" * 128,
    ],
)
async def test_a_new_secret_against_the_vendors_rules_is_refused_and_not_shown(new_secret: str) -> None:
    async with connected(NOTHING, credentials=WITH_SECRET) as (server, session):
        with pytest.raises(ConfigurationError) as caught:
            await api.modify_partner_secret(session, new_secret)
        assert not new_secret or new_secret not in str(caught.value)
        assert (server.calls, server.logins) == ([], [])
        await api.modify_partner_secret(session, "a1" * 6)


async def test_a_session_without_a_partner_secret_cannot_change_it() -> None:
    async with connected() as (server, session):
        with pytest.raises(ConfigurationError, match="partner_secret"):
            await api.modify_partner_secret(session, "NewSecret!0002")
        assert server.calls == []
        await api.get_customer_accounts(session, 1)
