"""Every response of the sandbox is as the vendor's document declares it; the judge is openapi-core."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue

from finicity_async import Sandbox
from finicity_async.sandbox import RefreshScript
from tests.vendor.document import OPERATIONS, Document, amended, excerpt, operations, resolved

HOST = "https://api.finicity.com"
CUSTOMER, ACCOUNT, LOGIN, INSTITUTION = "1005061234", "5011648377", "1007302745", "4222"
IDS = {"customerId": CUSTOMER, "accountId": ACCOUNT, "institutionLoginId": LOGIN, "institutionId": INSTITUTION}
AUTHENTICATION = frozenset({"CreateToken", "ModifyPartnerSecret"})
WITH_TOKEN = sorted(OPERATIONS - AUTHENTICATION)
BY_LOGIN = ("RefreshCustomerAccountsByInstitutionLogin", "RefreshCustomerAccountsByInstitutionLoginV2")
REFRESHES = ("RefreshCustomerAccounts", "RefreshCustomerAccountsV2", *BY_LOGIN)
NEW_SECRET = "n3wSecret-123456"

# What the vendor answers and the document does not declare, as its guides and public records of live answers have it.
UNDECLARED_STATUSES = {
    "202": REFRESHES,  # failures of the institution: 44000 and 44002
    "500": REFRESHES,  # failures of the institution: any aggregation status code, 325 while a refresh runs
}
UNDECLARED_CODES = {
    ("GetCustomerAccounts", "18017"),  # the document attaches it to the list by login, which has no status
    ("GetCustomerAccountsByInstitution", "38006"),  # live answers
    ("GetCustomerAccount", "38003"),  # the page of this code
    ("DeleteCustomerAccount", "38003"),  # live answers
}
# Declared, and no public source says what brings it about.
NOT_PROVOKED = {
    ("CreateToken", "404"),
    ("GetCustomers", "404"),
    ("GetCustomerAccount", "400"),
    ("GetCustomerAccountsByInstitutionLogin", "400"),
    ("RefreshCustomerAccounts", "400"),
    ("RefreshCustomerAccountsV2", "400"),
    ("RefreshCustomerAccountsByInstitutionLoginV2", "400"),
    ("DeleteCustomerAccount", "400"),
    ("DeleteCustomerAccountsByInstitutionLogin", "400"),
}


# The judge


@dataclass(frozen=True)
class Answer:
    """A response, read to its end."""

    status: int
    body: bytes
    kind: str = "application/json"

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


class Judge:
    """
    Finds what is wrong with a response.

    Args:
        document: The document, amended; the statuses that are known to be undeclared are added to it.
    """

    def __init__(self, document: Document) -> None:
        self._operations = {name: (method, path, said) for name, method, path, said in operations(document)}
        for status, names in UNDECLARED_STATUSES.items():
            for name in names:
                self._operations[name][2]["responses"][status] = self._operations[name][2]["responses"]["400"]
        self._vendor = OpenAPI.from_dict(document, config=Config(additional_properties_default_policy="forbid"))

    def place(self, operation: str) -> tuple[str, str]:
        """Return method and path of an operation."""
        return self._operations[operation][:2]

    def codes(self, operation: str, status: int) -> set[str]:
        """Return the codes that are in the document's examples of an error, as text."""
        return {str(code) for code in self._operations[operation][2]["responses"][str(status)]["x-codes"]}

    def faults(self, operation: str, answer: Answer) -> list[str]:
        """Return what is wrong with the response to an operation: status, content type, body or code."""
        method, path = self.place(operation)
        request = MockRequest(HOST, method, re.sub(r"\{\w+\}", "1", path))
        try:
            self._vendor.validate_response(request, MockResponse(answer.body, answer.status, None, answer.kind))
        except OpenAPIError as error:
            return list(_reasons(error))
        return list(self._faults_of_a_valid_one(operation, answer))

    def _faults_of_a_valid_one(self, operation: str, answer: Answer) -> Iterator[str]:
        if answer.status == 204 and (answer.body or answer.kind):
            yield f"204 with {answer.kind or 'a body'}"
        if answer.status in (400, 401, 404) and answer.kind == "application/json":
            declared = self.codes(operation, answer.status)
            if answer.code not in declared and (operation, answer.code) not in UNDECLARED_CODES:
                yield f"{answer.status} with {answer.code} and not one of {sorted(declared)}"


def _reasons(error: OpenAPIError) -> Iterator[str]:
    if not isinstance(error.__cause__, InvalidSchemaValue):
        yield str(error)
        return
    errors: Iterable[Any] = error.__cause__.schema_errors
    yield from (f"{one.json_path}: {one.message}" for one in errors)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(amended(excerpt()))


RECORD = {
    "id": "1",
    "number": "1",
    "accountNumberDisplay": "1",
    "name": "Checking",
    "accountNickname": "Checking 1",
    "type": "checking",
    "status": "active",
    "customerId": "1",
    "institutionId": "1",
    "createdDate": 1,
    "currency": "USD",
    "institutionLoginId": 1,
}


def one_account(**members: object) -> Answer:
    """Return a list of one account with some members changed, or left out where they are None."""
    record = {name: value for name, value in (RECORD | members).items() if value is not None}
    return Answer(200, json.dumps({"accounts": [record]}).encode())


def detail(**members: object) -> Answer:
    return one_account(detail=members)


def position(**members: object) -> Answer:
    return one_account(position=[members])


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (one_account(), []),
        (one_account(id=None), ["$.accounts[0]: 'id' is a required property"]),
        (one_account(accountNickname=None), ["$.accounts[0]: 'accountNickname' is a required property"]),
        (one_account(balance="1.5"), ["$.accounts[0].balance: '1.5' is not of type 'number'"]),
        (one_account(balance=True), ["$.accounts[0].balance: True is not of type 'number'"]),
        (one_account(id=1), ["$.accounts[0].id: 1 is not of type 'string'"]),
        (one_account(createdDate=1.0), ["$.accounts[0].createdDate: 1.0 is not of type 'integer'"]),
        (one_account(createdDate=2**63), ["$.accounts[0].createdDate: 9223372036854775808 is not a 'int64'"]),
        (
            one_account(Balance=1),
            ["$.accounts[0]: Additional properties are not allowed ('Balance' was unexpected)"],
        ),
        (detail(marginAllowed="Y"), ["$.accounts[0].detail.marginAllowed: 'Y' is not of type 'boolean'"]),
        (detail(paymentsMade=2**31), ["$.accounts[0].detail.paymentsMade: 2147483648 is not a 'int32'"]),
        (position(optionExpireDate="2027-01-15"), []),
        (position(optionExpireDate="soon"), ["$.accounts[0].position[0].optionExpireDate: 'soon' is not a 'date'"]),
        (Answer(200, b'{"accounts": {}}'), ["$.accounts: {} is not of type 'array'"]),
        (Answer(200, b""), ["Missing response data"]),
        (Answer(401, b"Invalid", "text/plain"), []),
        (Answer(404, b'{"code": 14001}'), []),
        (Answer(404, b'{"code": 1.5}'), ["$.code: 1.5 is not valid under any of the given schemas"]),
        (Answer(404, b'{"code": "14020"}'), ["404 with 14020 and not one of ['10100', '14001', '38007', '50051']"]),
        (Answer(418, b"{}"), ["Unknown response http status: 418"]),
    ],
)
def test_the_judge_finds_what_is_wrong(judge: Judge, answer: Answer, found: list[str]) -> None:
    assert judge.faults("GetCustomerAccounts", answer) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Answer(204, b"", ""), []),
        (Answer(204, b"", "text/plain"), ["204 with text/plain"]),
        (Answer(204, b"{}", ""), ["204 with a body"]),
    ],
)
def test_the_judge_lets_no_204_have_a_body_or_a_content_type(judge: Judge, answer: Answer, found: list[str]) -> None:
    assert judge.faults("DeleteCustomerAccount", answer) == found


def test_the_judge_refuses_a_content_type_that_is_not_declared_and_a_body_that_is_no_json(judge: Judge) -> None:
    (page,) = judge.faults("GetCustomerAccounts", Answer(401, b"<html>", "text/html"))
    assert "mimetype not found: text/html" in page
    (half,) = judge.faults("GetCustomerAccounts", Answer(200, b'{"accounts": ['))
    assert "Failed to deserialize" in half


# The client


class Client:
    """
    Sends what it is told, and lets the judge see every response.

    Args:
        http: What it sends with.
        sandbox: Where to.
        judge: Who finds a fault with a response.
    """

    def __init__(self, http: aiohttp.ClientSession, sandbox: Sandbox, judge: Judge) -> None:
        self._http = http
        self._sandbox = sandbox
        self._judge = judge
        self.headers = {"Finicity-App-Key": sandbox.credentials.app_key, "Accept": "application/json"}

    async def __call__(
        self, operation: str, ids: Mapping[str, str] = IDS, *, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Answer:
        method, path = self._judge.place(operation)
        url = self._sandbox.url + path.format_map(ids)
        async with self._http.request(method, url, params=query, json=body, headers=self.headers) as response:
            kind = response.content_type if "Content-Type" in response.headers else ""
            answer = Answer(response.status, await response.read(), kind)
        assert self._judge.faults(operation, answer) == []
        return answer

    async def prove(self, operation: str, **members: Any) -> Answer:
        """Send an operation that proves the partner, with some members changed, or left out where they are None."""
        partner = self._sandbox.credentials
        body = {"partnerId": partner.partner_id, "partnerSecret": partner.partner_secret} | members
        return await self(operation, body={name: value for name, value in body.items() if value is not None})

    async def log_in(self) -> None:
        self.headers["Finicity-App-Token"] = (await self.prove("CreateToken")).json["token"]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


@pytest.fixture
def stranger(http: aiohttp.ClientSession, sandbox: Sandbox, judge: Judge) -> Client:
    """Return a client without a token."""
    return Client(http, sandbox, judge)


@pytest.fixture
async def client(stranger: Client) -> Client:
    await stranger.log_in()
    return stranger


# Successes


def all_ids(sandbox: Sandbox) -> list[dict[str, str]]:
    """Return the IDs of every account, by the names in the paths."""
    return [
        {name: str(account[name]) for name in ("customerId", "institutionId", "institutionLoginId")}
        | {"accountId": str(account["id"])}
        for records in sandbox.customers.values()
        for account in records.values()
    ]


async def test_a_login_and_a_change_of_the_secret_are_answered_as_declared(stranger: Client) -> None:
    await stranger.log_in()
    assert (await stranger.prove("ModifyPartnerSecret", newPartnerSecret=NEW_SECRET)).status == 204
    assert (await stranger.prove("CreateToken")).status == 200


async def test_every_page_of_customers_is_as_declared(client: Client) -> None:
    queries = [None, {"start": "2", "limit": "3"}, {"start": "1000"}, {"limit": "1000"}, {"search": "customer"}]
    for query in queries:
        assert (await client("GetCustomers", query=query)).status == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"type": "testing"}, 10),
        ({"type": "active"}, 0),
        ({"type": ""}, 10),
        ({"username": "customer1005061235"}, 1),
        ({"search": "061236"}, 1),
        ({"search": "nobody"}, 0),
    ],
)
async def test_only_the_customers_that_were_asked_for_are_listed(
    client: Client, query: dict[str, str], found: int
) -> None:
    answer = await client("GetCustomers", query=query)
    assert (answer.json["found"], len(answer.json["customers"])) == (found, found)


async def test_every_account_is_as_declared_alone_and_in_every_list(client: Client, sandbox: Sandbox) -> None:
    every = all_ids(sandbox)
    of_customers = list({ids["customerId"]: ids for ids in every}.values())
    answers = await asyncio.gather(
        *(client("GetCustomerAccount", ids) for ids in every),
        *(
            client("GetCustomerAccounts", ids, query=query)
            for query in (None, {"status": "active"}, {"status": "pending"}, {"account_type": "ava"})
            for ids in of_customers
        ),
        *(client("GetCustomerAccountsByInstitution", ids) for ids in of_customers),
        *(client("GetCustomerAccountsByInstitutionLogin", ids) for ids in of_customers),
    )
    assert {answer.status for answer in answers} == {200}
    alone = [answer.json for answer in answers[: len(every)]]
    assert {account["status"] for account in alone} == {"active", "pending"}
    assert len({account["type"] for account in alone}) == 36


async def test_other_seeds_make_other_accounts_that_are_as_declared_as_well(
    http: aiohttp.ClientSession, judge: Judge
) -> None:
    for seed in range(1, 5):
        async with Sandbox(customers=3, accounts=12, seed=seed) as sandbox:
            client = Client(http, sandbox, judge)
            await client.log_in()
            for customer in sandbox.customers:
                answer = await client("GetCustomerAccounts", {"customerId": customer}, query={"status": "pending"})
                assert len(answer.json["accounts"]) >= 12


@pytest.mark.parametrize("operation", REFRESHES)
async def test_every_refresh_of_every_customer_is_answered_as_declared(
    client: Client, sandbox: Sandbox, operation: str
) -> None:
    of_customers = {ids["customerId"]: ids for ids in all_ids(sandbox)}.values()
    answers = await asyncio.gather(*(client(operation, ids) for ids in of_customers))
    assert {answer.status for answer in answers} == {204 if operation.endswith("V2") else 200}


async def test_a_refresh_of_a_span_of_time_is_answered_as_declared(client: Client) -> None:
    answer = await client(BY_LOGIN[0], query={"fromDate": "1700000000", "toDate": "1800000000"})
    assert answer.status == 200


async def test_accounts_are_as_declared_while_a_refresh_runs_and_after_it_failed(
    client: Client, sandbox: Sandbox
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=60, running_code=325, codes={ACCOUNT: 103}, answer="at once"))
    for code in (325, 103):
        answer = await client("RefreshCustomerAccounts") if code == 325 else await client("GetCustomerAccounts")
        (record,) = (one for one in answer.json["accounts"] if one["id"] == ACCOUNT)
        assert record["aggregationStatusCode"] == code
        sandbox.clock.advance(61)


async def test_every_delete_is_answered_as_declared_and_the_next_one_by_404(client: Client) -> None:
    for operation in ("DeleteCustomerAccount", "DeleteCustomerAccountsByInstitutionLogin"):
        assert [(await client(operation)).status for _ in range(2)] == [204, 404]
    assert (await client("GetCustomerAccounts")).json == {"accounts": []}


# Errors


@dataclass(frozen=True)
class Case:
    """
    A call that fails.

    Attributes:
        operation: The operationId.
        status: The status of the answer.
        code: Its code: a number where live answers are known to have one, None for any that is declared.
        ids: What the path has in place of what would be right.
        query: The query.
        body: Members of the body in place of what would be right; None for one that is left out.
    """

    operation: str
    status: int
    code: int | str | None
    ids: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join([self.operation, str(self.status), str(self.code), *(self.ids | self.query | self.body)])


NO_CUSTOMER, NO_LOGIN, NO_ACCOUNT = {"customerId": "1"}, {"institutionLoginId": "1"}, {"accountId": "1"}
CASES = [
    Case("CreateToken", 400, "10005", body={"partnerId": None}),
    Case("CreateToken", 400, "10005", body={"partnerSecret": None}),
    Case("CreateToken", 401, 10001, body={"partnerId": "1"}),
    Case("CreateToken", 401, 10001, body={"partnerSecret": "NoSuchSecret1"}),
    Case("ModifyPartnerSecret", 400, "10005", body={"partnerSecret": None, "newPartnerSecret": NEW_SECRET}),
    Case("ModifyPartnerSecret", 400, "10005", body={"newPartnerSecret": None}),
    Case("ModifyPartnerSecret", 400, "24437", body={"newPartnerSecret": "short"}),
    Case("ModifyPartnerSecret", 401, 10001, body={"partnerSecret": "x", "newPartnerSecret": NEW_SECRET}),
    Case("GetCustomers", 400, "41003", query={"start": "0"}),
    Case("GetCustomers", 400, "41004", query={"limit": "0"}),
    Case("GetCustomers", 400, "14016", query={"type": "imaginary"}),
    Case("GetCustomerAccounts", 400, "18017", query={"status": "closed"}),
    Case("GetCustomerAccounts", 404, "14001", NO_CUSTOMER),
    Case("GetCustomerAccount", 404, "14001", NO_CUSTOMER),
    Case("GetCustomerAccount", 404, 38003, NO_ACCOUNT),
    # The document says integer for these three.
    Case("GetCustomerAccountsByInstitution", 400, None, {"institutionId": "first"}),
    Case(BY_LOGIN[0], 400, None, query={"fromDate": "yesterday", "toDate": "1800000000"}),
    Case(BY_LOGIN[0], 400, None, query={"fromDate": "1700000000", "toDate": "today"}),
    # The vendor asks for a toDate that is later than fromDate.
    Case(BY_LOGIN[0], 400, None, query={"fromDate": "1800000000", "toDate": "1700000000"}),
    Case("GetCustomerAccountsByInstitution", 404, "14001", NO_CUSTOMER),
    Case("GetCustomerAccountsByInstitution", 404, 38006, {"institutionId": "1"}),
    Case("GetCustomerAccountsByInstitutionLogin", 404, "14001", NO_CUSTOMER),
    Case("GetCustomerAccountsByInstitutionLogin", 404, 38007, NO_LOGIN),
    *(Case(operation, 404, "14001", NO_CUSTOMER) for operation in REFRESHES),
    *(Case(operation, 404, 38007, NO_LOGIN) for operation in BY_LOGIN),
    # Live answers: an unknown customer is not always 14001.
    Case("DeleteCustomerAccount", 404, 38003, NO_ACCOUNT),
    Case("DeleteCustomerAccount", 404, 38003, NO_CUSTOMER),
    Case("DeleteCustomerAccountsByInstitutionLogin", 404, 38007, NO_LOGIN),
    Case("DeleteCustomerAccountsByInstitutionLogin", 404, 38007, NO_CUSTOMER),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_every_error_is_as_declared(client: Client, case: Case) -> None:
    if case.operation in AUTHENTICATION:
        answer = await client.prove(case.operation, **case.body)
    else:
        answer = await client(case.operation, IDS | case.ids, query=case.query)
    assert answer.status == case.status
    code = answer.json["code"]
    assert case.code in (None, code, str(code))


def test_every_status_that_is_declared_is_tried() -> None:
    document = excerpt()
    declared = {(name, status) for name, _, _, said in operations(document) for status in said["responses"]}
    tried = {(case.operation, str(case.status)) for case in CASES}
    everywhere = {(name, status) for name, status in declared if status in ("200", "204", "401")}
    assert declared - tried - everywhere == NOT_PROVOKED


@pytest.mark.parametrize("operation", WITH_TOKEN)
async def test_a_call_that_is_not_authorized_is_answered_by_one_of_the_declared_401(
    client: Client, sandbox: Sandbox, operation: str
) -> None:
    right = client.headers

    async def refused(**changes: str | None) -> Answer:
        headers = right | {name.replace("_", "-"): value for name, value in changes.items()}
        client.headers = {name: value for name, value in headers.items() if value is not None}
        answer = await client(operation)
        assert answer.status == 401
        return answer

    assert (await refused(Finicity_App_Key=None)).code == "10026"
    assert (await refused(Finicity_App_Key="NoSuchKey")).kind == "text/plain"
    assert (await refused(Finicity_App_Token=None)).code == "10024"
    assert (await refused(Finicity_App_Token="NoSuchToken")).code == "10022"
    sandbox.clock.advance(7200)
    assert (await refused()).code == "10023"


@pytest.mark.parametrize("operation", sorted(AUTHENTICATION))
@pytest.mark.parametrize("app_key", [None, "NoSuchKey"])
async def test_a_login_without_a_good_app_key_is_answered_by_one_of_the_declared_401(
    stranger: Client, operation: str, app_key: str | None
) -> None:
    del stranger.headers["Finicity-App-Key"]
    stranger.headers |= {"Finicity-App-Key": app_key} if app_key else {}
    answer = await stranger.prove(operation, newPartnerSecret=NEW_SECRET)
    assert answer.status == 401
    assert app_key or answer.code == "10026"


async def test_a_locked_partner_is_answered_as_declared(stranger: Client) -> None:
    for _ in range(5):
        assert (await stranger.prove("CreateToken", partnerSecret="NoSuchSecret1")).code == "10001"
    answer = await stranger.prove("CreateToken")
    assert (answer.status, answer.code) == (401, "10021")


@pytest.mark.parametrize("operation", REFRESHES)
@pytest.mark.parametrize(("status", "code"), [(500, 103), (500, 977), (202, 44000)])
async def test_a_refresh_that_the_institution_refuses_is_answered_by_its_code(
    client: Client, sandbox: Sandbox, operation: str, status: int, code: int
) -> None:
    sandbox.script_refresh(RefreshScript(answer=status, answer_code=code))
    answer = await client(operation)
    assert (answer.status, answer.json["code"]) == (status, code)


@pytest.mark.parametrize("operation", REFRESHES)
async def test_a_refresh_while_another_one_runs_is_answered_by_325(
    client: Client, sandbox: Sandbox, operation: str
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=60, answer="at once"))
    assert (await client(operation)).status in (200, 204)
    answer = await client(operation)
    assert (answer.status, answer.json["code"]) == (500, 325)


# Members

_NAMED = {"creditCard": "Credit Card", "lineOfCredit": "Line Of Credit", "moneyMarket": "MoneyMarket", "cd": "CD"}
_KINDS = {kind: {_NAMED.get(kind, kind.title())} for kind in (*_NAMED, "checking", "savings", "mortgage", "loan")}
_STUDENT_LOANS = ("studentLoan", "studentLoanGroup", "studentLoanAccount")
_KINDS |= {kind: {"Student Loan", "Loan"} for kind in _STUDENT_LOANS}
_ABOVE = dict(itertools.pairwise(reversed(_STUDENT_LOANS)))
Account = dict[str, Any]


def kinds_of(account: Account) -> set[str]:
    """Return what an account is called in the texts of the document."""
    return _KINDS.get(account["type"], {"Investment"})


@pytest.fixture(scope="module")
def customers() -> list[dict[str, Account]]:
    """Return the accounts of the customers of several sandboxes."""
    return [records for seed in range(40) for records in Sandbox(customers=2, seed=seed).customers.values()]


@pytest.fixture(scope="module")
def records(customers: list[dict[str, Account]]) -> list[Account]:
    return [account for records in customers for account in records.values()]


@pytest.fixture(scope="module")
def for_kinds() -> dict[str, list[set[str]]]:
    """Return for which groups of kinds a member of a detail comes; no group is for any kind."""
    document = excerpt()
    members = document["components"]["schemas"]["CustomerAccountDetail"]["properties"]
    return {
        name: [set(group) for group in resolved(document, member).get("x-account-types", ())]
        for name, member in members.items()
    }


def test_a_detail_has_only_members_that_come_for_its_type(
    records: list[Account], for_kinds: dict[str, list[set[str]]]
) -> None:
    for account in records:
        found = {name: set[str]().union(*for_kinds[name]) for name in account.get("detail", ())}
        assert [name for name, kinds in found.items() if kinds and not kinds & kinds_of(account)] == [], account["type"]


def test_every_member_of_a_detail_is_sent_for_some_account_of_each_group_that_it_comes_for(
    records: list[Account], for_kinds: dict[str, list[set[str]]]
) -> None:
    sent: dict[str, set[str]] = {}
    for account in records:
        for name in account.get("detail", ()):
            sent.setdefault(name, {""}).update(kinds_of(account))
    declared = [(name, group) for name, groups in for_kinds.items() for group in groups or [{""}]]
    lacking = [f"{name} ({'/'.join(sorted(group))})" for name, group in declared if not group & sent.get(name, set())]
    assert lacking == [], ", ".join(lacking)


@pytest.mark.parametrize("schema", ["CustomerAccount", "CustomerAccountPosition"])
def test_every_member_of_an_account_and_of_a_position_is_sent_for_some_account(
    records: list[Account], schema: str
) -> None:
    rows = [row for account in records for row in account.get("position", ())]
    sent = {name for one in (records if schema == "CustomerAccount" else rows) for name in one}
    lacking = [name for name in excerpt()["components"]["schemas"][schema]["properties"] if name not in sent]
    assert lacking == [], ", ".join(lacking)


def test_a_group_and_an_account_of_student_loans_name_the_account_one_level_higher(
    customers: list[dict[str, Account]],
) -> None:
    for records in customers:
        for account in records.values():
            parent = records.get(account.get("parentAccount", ""), {})
            assert parent.get("type") == _ABOVE.get(account["type"])
