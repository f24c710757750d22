"""Every response of the sandbox conforms to the vendor's document, as openapi-core reads it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from finicity_async import Sandbox
from finicity_async.sandbox import RefreshScript
from tests.vendor.document import OPERATIONS, excerpt, operations
from tests.vendor.response_validator import BY_LOGIN, REFRESHES, RawResponse, validator

CUSTOMER, ACCOUNT, LOGIN, INSTITUTION = "1005061234", "5011648377", "1007302745", "4222"
CONSUMER, SECOND_CUSTOMER = "0bf46322c167b562e6cbed9d40e19a4c", "1005061235"
IDS = {"customerId": CUSTOMER, "accountId": ACCOUNT, "institutionLoginId": LOGIN, "institutionId": INSTITUTION}
IDS["consumerId"] = CONSUMER
AUTHENTICATION = frozenset({"CreateToken", "ModifyPartnerSecret"})
WITH_TOKEN = sorted(OPERATIONS - AUTHENTICATION)
NEW_SECRET = "n3wSecret-123456"

# Declared, but no public source says what causes it.
NOT_PROVOKED = {
    ("CreateToken", "404"),
    ("GetCustomers", "404"),
    ("GetCustomer", "400"),
    ("GetCustomerWithAppData", "400"),
    ("ModifyCustomer", "403"),
    ("ModifyCustomer", "409"),
    ("DeleteCustomer", "400"),
    ("GetConsumerForCustomer", "400"),
    ("GetConsumer", "400"),
    ("ModifyConsumer", "400"),
    ("GetCustomerAccount", "400"),
    ("GetCustomerAccountsByInstitutionLogin", "400"),
    ("RefreshCustomerAccounts", "400"),
    ("RefreshCustomerAccountsV2", "400"),
    ("RefreshCustomerAccountsByInstitutionLoginV2", "400"),
    ("DeleteCustomerAccount", "400"),
    ("DeleteCustomerAccountsByInstitutionLogin", "400"),
}


# The client


class Client:
    """
    A plain HTTP client that validates every response.

    Args:
        http: The aiohttp session.
        sandbox: The sandbox to call.
    """

    def __init__(self, http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
        self._http = http
        self._sandbox = sandbox
        self.headers = {"Finicity-App-Key": sandbox.credentials.app_key, "Accept": "application/json"}

    async def __call__(
        self, operation: str, ids: Mapping[str, str] = IDS, *, query: Mapping[str, str] | None = None, body: Any = None
    ) -> RawResponse:
        method, path = validator().endpoint(operation)
        url = self._sandbox.url + path.format_map(ids)
        async with self._http.request(method, url, params=query, json=body, headers=self.headers) as received:
            content_type = received.content_type if "Content-Type" in received.headers else ""
            response = RawResponse(received.status, await received.read(), content_type)
        assert validator().problems(operation, response) == []
        return response

    async def authenticate(self, operation: str, **members: Any) -> RawResponse:
        """Send an operation that carries the partner's secret, with some members changed, or omitted if None."""
        partner = self._sandbox.credentials
        body = {"partnerId": partner.partner_id, "partnerSecret": partner.partner_secret} | members
        return await self(operation, body={name: value for name, value in body.items() if value is not None})

    async def log_in(self) -> None:
        self.headers["Finicity-App-Token"] = (await self.authenticate("CreateToken")).json["token"]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


@pytest.fixture
def anonymous(http: aiohttp.ClientSession, sandbox: Sandbox) -> Client:
    """Return a client without a token."""
    return Client(http, sandbox)


@pytest.fixture
async def client(anonymous: Client) -> Client:
    await anonymous.log_in()
    return anonymous


# Successes


def all_ids(sandbox: Sandbox) -> list[dict[str, str]]:
    """Return the path values of every account."""
    return [
        {name: str(account[name]) for name in ("customerId", "institutionId", "institutionLoginId")}
        | {"accountId": str(account["id"])}
        for records in sandbox.customers.values()
        for account in records.values()
    ]


async def test_login_and_secret_change_respond_as_declared(anonymous: Client) -> None:
    await anonymous.log_in()
    assert (await anonymous.authenticate("ModifyPartnerSecret", newPartnerSecret=NEW_SECRET)).status == 204
    assert (await anonymous.authenticate("CreateToken")).status == 200


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
async def test_only_matching_customers_are_listed(client: Client, query: dict[str, str], found: int) -> None:
    response = await client("GetCustomers", query=query)
    assert (response.json["found"], len(response.json["customers"])) == (found, found)


async def test_every_account_is_as_declared_by_itself_and_in_every_list(client: Client, sandbox: Sandbox) -> None:
    every = all_ids(sandbox)
    of_customers = list({ids["customerId"]: ids for ids in every}.values())
    responses = await asyncio.gather(
        *(client("GetCustomerAccount", ids) for ids in every),
        *(
            client("GetCustomerAccounts", ids, query=query)
            for query in (None, {"status": "active"}, {"status": "pending"}, {"account_type": "ava"})
            for ids in of_customers
        ),
        *(client("GetCustomerAccountsByInstitution", ids) for ids in of_customers),
        *(client("GetCustomerAccountsByInstitutionLogin", ids) for ids in of_customers),
    )
    assert {response.status for response in responses} == {200}
    alone = [response.json for response in responses[: len(every)]]
    assert {account["status"] for account in alone} == {"active", "pending"}
    assert len({account["type"] for account in alone}) == 36


async def test_accounts_of_other_seeds_are_as_declared(http: aiohttp.ClientSession) -> None:
    for seed in range(1, 5):
        async with Sandbox(customers=3, accounts=12, seed=seed) as sandbox:
            client = Client(http, sandbox)
            await client.log_in()
            for customer in sandbox.customers:
                response = await client("GetCustomerAccounts", {"customerId": customer}, query={"status": "pending"})
                assert len(response.json["accounts"]) >= 12


@pytest.mark.parametrize("operation", REFRESHES)
async def test_every_refresh_responds_as_declared(client: Client, sandbox: Sandbox, operation: str) -> None:
    of_customers = {ids["customerId"]: ids for ids in all_ids(sandbox)}.values()
    responses = await asyncio.gather(*(client(operation, ids) for ids in of_customers))
    assert {response.status for response in responses} == {204 if operation.endswith("V2") else 200}


async def test_a_refresh_with_a_date_range_responds_as_declared(client: Client) -> None:
    response = await client(BY_LOGIN[0], query={"fromDate": "1700000000", "toDate": "1800000000"})
    assert response.status == 200


async def test_accounts_are_as_declared_during_a_refresh_and_after_it_failed(client: Client, sandbox: Sandbox) -> None:
    sandbox.script_refresh(RefreshScript(seconds=60, running_code=325, codes={ACCOUNT: 103}, answer="at once"))
    for code in (325, 103):
        response = await client("RefreshCustomerAccounts") if code == 325 else await client("GetCustomerAccounts")
        (record,) = (one for one in response.json["accounts"] if one["id"] == ACCOUNT)
        assert record["aggregationStatusCode"] == code
        sandbox.clock.advance(61)


async def test_every_delete_responds_as_declared_and_a_second_one_with_404(client: Client) -> None:
    for operation in ("DeleteCustomerAccount", "DeleteCustomerAccountsByInstitutionLogin"):
        assert [(await client(operation)).status for _ in range(2)] == [204, 404]
    assert (await client("GetCustomerAccounts")).json == {"accounts": []}


@pytest.mark.parametrize("operation", ["AddTestingCustomer", "AddCustomer"])
async def test_a_customer_is_as_declared_from_its_creation_to_its_end(client: Client, operation: str) -> None:
    whole = {"username": "whole-customer", "firstName": "Ann", "lastName": "Other", "phone": "5550123"}
    whole |= {"email": "ann@example.com", "applicationId": "123456"}
    created = (await client(operation, body=whole)).json
    ids = {"customerId": created["id"]}
    read = (await client("GetCustomer", ids)).json
    assert whole.items() <= read.items()
    assert read["type"] == ("testing" if operation == "AddTestingCustomer" else "active")
    assert read["createdDate"] == str(created["createdDate"])
    assert (await client("GetCustomerWithAppData", ids)).json["applicationId"] == "123456"
    assert (await client("GetCustomers", query={"username": "whole-customer"})).json["customers"][0]["id"] == read["id"]
    assert (await client("ModifyCustomer", ids, body={"lastName": "Newer"})).status == 204
    changed = (await client("GetCustomer", ids)).json
    assert changed == {**read, "lastName": "Newer", "lastModifiedDate": changed["lastModifiedDate"]}
    assert [(await client("DeleteCustomer", ids)).status for _ in range(2)] == [204, 404]


async def test_a_customer_that_was_only_drawn_is_as_declared(client: Client) -> None:
    for operation in ("GetCustomer", "GetCustomerWithAppData"):
        assert (await client(operation)).json["username"] == f"customer{CUSTOMER}"
    assert (await client("ModifyCustomer", body={"firstName": "Ann"})).status == 204
    assert (await client("GetCustomer")).json["firstName"] == "Ann"
    assert (await client("DeleteCustomer")).status == 204
    assert (await client("GetConsumer")).status == 200, "a consumer outlives the customer"


async def test_a_consumer_is_as_declared_from_its_creation_to_its_change(client: Client) -> None:
    ids = {"customerId": SECOND_CUSTOMER}
    created = (await client("CreateConsumer", ids, body=PERSON)).json
    ids["consumerId"] = created["id"]
    read = (await client("GetConsumer", ids)).json
    assert read == (await client("GetConsumerForCustomer", ids)).json
    assert (read["ssn"], read["customerId"]) == ("1234", int(SECOND_CUSTOMER)), "the first five digits are not kept"
    assert (await client("ModifyConsumer", ids, body={"city": "Ogden"})).status == 204
    assert (await client("GetConsumer", ids)).json == {**read, "city": "Ogden"}


async def test_an_active_customer_on_the_test_plan_is_refused_as_declared(http: aiohttp.ClientSession) -> None:
    async with Sandbox(test_plan=True) as sandbox:
        client = Client(http, sandbox)
        await client.log_in()
        assert (await client("AddCustomer", body=BODIES["AddCustomer"])).status == 401
        assert (await client("AddTestingCustomer", body=BODIES["AddTestingCustomer"])).status == 201


# Errors


@dataclass(frozen=True)
class Case:
    """
    A call that fails.

    Attributes:
        operation: The operationId.
        status: The status of the response.
        code: Its code: a number where live responses are known to have one, None for any that is declared.
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
NO_CONSUMER, NO_CONSUMER_YET = {"consumerId": "1"}, {"customerId": SECOND_CUSTOMER}
PERSON = {"firstName": "Ann", "lastName": "Other", "state": "UT", "ssn": "999-99-1234", "email": "ann@example.com"}
PARTNER, EMAIL = {"partnerId": "2445581234567"}, {"to": "ann@example.com", "signature": ["Ann", "Acme"]}
FOR_CUSTOMER: dict[str, Any] = {**PARTNER, "customerId": CUSTOMER}
BORROWER = {"customerId": CUSTOMER, "consumerId": "1", "type": "primary"}
FOR_BORROWERS: dict[str, Any] = {**PARTNER, "borrowers": [BORROWER]}
BODIES: dict[str, dict[str, Any]] = {
    "AddTestingCustomer": {"username": "user-of-a-test"},
    "AddCustomer": {"username": "user-of-a-test"},
    "ModifyCustomer": {"firstName": "Ann"},
    "CreateConsumer": PERSON,
    "ModifyConsumer": {"suffix": "Jr."},
    "GenerateConnectUrl": FOR_CUSTOMER,
    "GenerateLiteConnectUrl": {**FOR_CUSTOMER, "institutionId": 102105},
    "GenerateFixConnectUrl": {**FOR_CUSTOMER, "institutionLoginId": LOGIN},
    "SendConnectEmail": {**FOR_CUSTOMER, "consumerId": "1", "email": EMAIL},
    "GenerateJointBorrowerConnectUrl": FOR_BORROWERS,
    "SendJointBorrowerConnectEmail": {**FOR_BORROWERS, "email": EMAIL, "experience": "default"},
}
"""Bodies that the vendor takes."""
CONNECT = tuple(name for name in BODIES if name.endswith(("ConnectUrl", "ConnectEmail")))
ADDS = ("AddTestingCustomer", "AddCustomer")
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
    *(Case(operation, 400, "10005", body={"username": None}) for operation in ADDS),
    *(Case(operation, 400, "45003", body={"firstName": "A|n"}) for operation in ADDS),
    *(Case(operation, 409, "110002", body={"username": f"customer{CUSTOMER}"}) for operation in ADDS),
    # The vendor's pages: 500, though 400 is declared.
    *(Case(operation, 500, 110039, body={"username": "short"}) for operation in ADDS),
    *(Case(operation, 500, 110039, body={"username": 1234567}) for operation in ADDS),
    Case("GetCustomer", 404, "14001", NO_CUSTOMER),
    Case("GetCustomerWithAppData", 404, "14001", NO_CUSTOMER),
    Case("ModifyCustomer", 400, "10025", body={"firstName": None}),
    Case("ModifyCustomer", 400, "45003", body={"lastName": 5}),
    Case("ModifyCustomer", 404, "14001", NO_CUSTOMER),
    Case("DeleteCustomer", 404, "14001", NO_CUSTOMER),
    *(Case("CreateConsumer", 400, "10005", NO_CONSUMER_YET, body={name: None}) for name in PERSON),
    Case("CreateConsumer", 404, "14001", NO_CUSTOMER),
    Case("CreateConsumer", 409, "11000"),
    Case("GetConsumerForCustomer", 404, "10100", NO_CONSUMER_YET),
    Case("GetConsumerForCustomer", 404, "14001", NO_CUSTOMER),
    Case("GetConsumer", 404, "10100", NO_CONSUMER),
    Case("ModifyConsumer", 404, "10100", NO_CONSUMER),
    *(Case(operation, 400, "10010", body={"partnerId": "1"}) for operation in CONNECT),
    *(Case(operation, 400, "10010", body={"customerId": "1"}) for operation in CONNECT if "Joint" not in operation),
    Case("GenerateFixConnectUrl", 404, "38007", body={"institutionLoginId": "1"}),
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
    # Live responses: an unknown customer is not always 14001.
    Case("DeleteCustomerAccount", 404, 38003, NO_ACCOUNT),
    Case("DeleteCustomerAccount", 404, 38003, NO_CUSTOMER),
    Case("DeleteCustomerAccountsByInstitutionLogin", 404, 38007, NO_LOGIN),
    Case("DeleteCustomerAccountsByInstitutionLogin", 404, 38007, NO_CUSTOMER),
]


@pytest.mark.parametrize("operation", CONNECT)
async def test_every_link_to_connect_is_as_declared(client: Client, operation: str) -> None:
    response = await client(operation, body=BODIES[operation])
    assert (response.status, response.json["link"][:7]) == (200, "http://")


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_every_error_is_as_declared(client: Client, case: Case) -> None:
    if case.operation in AUTHENTICATION:
        response = await client.authenticate(case.operation, **case.body)
    else:
        members = BODIES.get(case.operation, {}) | case.body
        body = {name: value for name, value in members.items() if value is not None} if members else None
        response = await client(case.operation, IDS | case.ids, query=case.query, body=body)
    assert response.status == case.status
    code = response.json["code"]
    assert case.code in (None, code, str(code))


def test_every_declared_status_is_covered() -> None:
    document = excerpt()
    declared = {(name, status) for name, _, _, said in operations(document) for status in said["responses"]}
    tried = {(case.operation, str(case.status)) for case in CASES}
    everywhere = {(name, status) for name, status in declared if status in ("200", "201", "204", "401")}
    assert declared - tried - everywhere == NOT_PROVOKED


@pytest.mark.parametrize("operation", WITH_TOKEN)
async def test_every_kind_of_unauthorized_call_gets_a_declared_401(
    client: Client, sandbox: Sandbox, operation: str
) -> None:
    right = client.headers

    async def refused(**changes: str | None) -> RawResponse:
        headers = right | {name.replace("_", "-"): value for name, value in changes.items()}
        client.headers = {name: value for name, value in headers.items() if value is not None}
        response = await client(operation)
        assert response.status == 401
        return response

    assert (await refused(Finicity_App_Key=None)).code == "10026"
    assert (await refused(Finicity_App_Key="NoSuchKey")).content_type == "text/plain"
    assert (await refused(Finicity_App_Token=None)).code == "10024"
    assert (await refused(Finicity_App_Token="NoSuchToken")).code == "10022"
    sandbox.clock.advance(7200)
    assert (await refused()).code == "10023"


@pytest.mark.parametrize("operation", sorted(AUTHENTICATION))
@pytest.mark.parametrize("app_key", [None, "NoSuchKey"])
async def test_a_login_without_a_valid_app_key_gets_a_declared_401(
    anonymous: Client, operation: str, app_key: str | None
) -> None:
    del anonymous.headers["Finicity-App-Key"]
    anonymous.headers |= {"Finicity-App-Key": app_key} if app_key else {}
    response = await anonymous.authenticate(operation, newPartnerSecret=NEW_SECRET)
    assert response.status == 401
    assert app_key or response.code == "10026"


async def test_a_locked_partner_gets_the_declared_error(anonymous: Client) -> None:
    for _ in range(5):
        assert (await anonymous.authenticate("CreateToken", partnerSecret="NoSuchSecret1")).code == "10001"
    response = await anonymous.authenticate("CreateToken")
    assert (response.status, response.code) == (401, "10021")


@pytest.mark.parametrize("operation", REFRESHES)
@pytest.mark.parametrize(("status", "code"), [(500, 103), (500, 977), (202, 44000)])
async def test_a_refresh_that_the_institution_refuses_returns_its_code(
    client: Client, sandbox: Sandbox, operation: str, status: int, code: int
) -> None:
    sandbox.script_refresh(RefreshScript(answer=status, answer_code=code))
    response = await client(operation)
    assert (response.status, response.json["code"]) == (status, code)


@pytest.mark.parametrize("operation", REFRESHES)
async def test_a_refresh_during_another_one_returns_325(client: Client, sandbox: Sandbox, operation: str) -> None:
    sandbox.script_refresh(RefreshScript(seconds=60, answer="at once"))
    assert (await client(operation)).status in (200, 204)
    response = await client(operation)
    assert (response.status, response.json["code"]) == (500, 325)
