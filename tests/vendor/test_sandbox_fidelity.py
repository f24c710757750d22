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
IDS |= {"consumerId": CONSUMER, "institution_login_id": LOGIN, "routing_number": "000042220"}
IDS["consent_receipt_id"] = "123e4567-e89b-42d3-a456-001005061234"
AUTHENTICATION = frozenset({"CreateToken", "ModifyPartnerSecret"})
WITH_TOKEN = sorted(OPERATIONS - AUTHENTICATION)
NEW_SECRET = "n3wSecret-123456"
SEARCHES = ("GetInstitutions", "GetCertifiedInstitutions", "GetCertifiedInstitutionsWithRSSD")
OF_INSTITUTION = ("GetInstitution", "GetInstitutionBranding")
OF_CUSTOMER = {"customer_id": CUSTOMER}
ODD_CONSENTS: tuple[dict[str, str], ...] = ({"start": "0"}, {"sort_by": "name"}, {"sort_order": "asc"})
OF_CONSENT = (
    "GetDataSharingConsentsByID",
    "RevokeDataSharingConsentById",
    "RevokeDataSharingConsentByInstitutionLoginID",
)
WITHOUT_BRANDING = "200060"
TEST_INSTITUTIONS = 7
NO_CONSENT = "123e4567-e89b-42d3-a456-000000000001"

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
    ("GetCustomerAccountsSimple", "400"),
    ("GetCustomerAccountSimple", "400"),
    ("GetCustomerAccountsByInstitutionLoginSimple", "400"),
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


@pytest.mark.parametrize("operation", SEARCHES)
async def test_every_page_of_institutions_is_as_declared(client: Client, operation: str) -> None:
    queries = [
        {"limit": "1000"},
        {"start": "3", "limit": "700"},
        {"start": "1000"},
        {"search": "finbnak"},
        {"type": "voa", "supportedCountries": "us,CA"},
        {"supportedCountries": "*", "search": "--"},
    ]
    pages = [(await client(operation, query=query)).json for query in queries]
    assert [(page["found"], page["moreAvailable"]) for page in pages[:3]] == [
        (10_000, True),
        (10_000, True),
        (10_000, False),
    ]
    assert len(pages[0]["institutions"]) == 1_000
    assert pages[1]["institutions"][0]["id"] == 200_000 + 10 * (1_400 - TEST_INSTITUTIONS)
    assert pages[2]["institutions"] == []
    assert {one["name"].split()[0] for one in pages[3]["institutions"]} == {"FinBank"}
    assert all(one["voa"] for one in pages[4]["institutions"])
    assert pages[5]["found"] == 10_000


async def test_every_status_of_an_institution_occurs_and_one_that_migrates_says_where_to(client: Client) -> None:
    page = (await client("GetInstitutions", query={"limit": "1000"})).json["institutions"]
    assert {one["status"] for one in page} == {
        "online",
        "offline",
        "maintenance",
        "testing",
        "beta",
        "validated",
        "migrating",
    }
    assert {"newInstitutionId" in one for one in page if one["status"] == "migrating"} == {True}
    assert not any("newInstitutionId" in one for one in page if one["status"] != "migrating")


async def test_institutions_are_searched_by_product_and_country(client: Client) -> None:
    async def count(**query: str) -> int:
        found: int = (await client("GetCertifiedInstitutions", query=query)).json["found"]
        return found

    assert 0 < await count(type="voa,ach") < await count(type="voa") < await count()
    assert await count(supportedCountries="us") + await count(supportedCountries="ca") == await count()


async def test_a_certified_institution_may_have_branches(client: Client) -> None:
    page = (await client("GetCertifiedInstitutionsWithRSSD", query={"limit": "50"})).json["institutions"]
    assert {len(one["childInstitutions"]) for one in page} == {0, 2}


async def test_one_institution_its_branding_and_its_routing_number_are_as_declared(
    client: Client, sandbox: Sandbox
) -> None:
    for institution in ("4222", "200010"):
        ids = {"institutionId": institution, "routing_number": sandbox.institutions.routing_number(institution)}
        one = (await client("GetInstitution", ids)).json["institution"]
        assert (await client("GetInstitutionBranding", ids)).json["branding"] == one["branding"]
        (found,) = (await client("GetInstitutionsByRoutingNumber", ids)).json["institutions"]
        assert (found["id"], found["name"]) == (int(institution), one["name"])


async def test_simple_accounts_are_as_declared(client: Client, sandbox: Sandbox) -> None:
    for ids in all_ids(sandbox)[:20]:
        (at_login,) = [
            one
            for one in (await client("GetCustomerAccountsByInstitutionLoginSimple", ids)).json["accounts"]
            if one["id"] == ids["accountId"]
        ]
        assert (await client("GetCustomerAccountSimple", ids)).json == at_login
        assert "balance" not in at_login
    for operation in ("GetCustomerAccountsSimple", "GetCustomerAccountsByInstitutionSimple"):
        assert len((await client(operation)).json["accounts"]) == 4


async def test_a_consent_is_as_declared_until_it_is_revoked(client: Client, sandbox: Sandbox) -> None:
    (consent,) = (await client("GetDataSharingConsentsByCustomerId", query=OF_CUSTOMER)).json["consents"]
    assert consent == (await client("GetDataSharingConsentsByID")).json
    assert consent["statusDetails"]["status"] == "ACTIVE"
    sandbox.clock.advance(60)
    assert [(await client(operation)).status for operation in OF_CONSENT[1:]] == [204, 204]
    revoked = (await client("GetDataSharingConsentsByID")).json
    assert revoked["statusDetails"]["status"] == "INACTIVE"
    assert revoked["institutions"][0]["statusDetails"]["status"] == "REVOKED"
    for status, count in (("ACTIVE", 0), ("INACTIVE", 1), ("", 1)):
        query = OF_CUSTOMER | {"status": status, "sort_by": "status", "sort_order": "Asc", "context": "partner"}
        assert (await client("GetDataSharingConsentsByCustomerId", query=query)).json["found"] == count


async def test_one_login_of_a_consent_can_be_revoked_and_a_year_ends_the_others(
    client: Client, sandbox: Sandbox
) -> None:
    sandbox.add_account(CUSTOMER, institutionLoginId=7, institutionId="101732")
    client.headers["Update-By"] = "CUSTOMER"
    assert (await client("RevokeDataSharingConsentByInstitutionLoginID")).status == 204
    consent = (await client("GetDataSharingConsentsByID")).json
    first, second = consent["institutions"]
    assert (first["statusDetails"]["status"], first["lastUpdatedBy"]) == ("REVOKED", "CUSTOMER")
    assert (second["statusDetails"]["status"], second["institutionLoginId"]) == ("ACTIVE", "7")
    assert consent["statusDetails"]["status"] == "ACTIVE"
    sandbox.clock.advance(400 * 86_400)
    await client.log_in()
    consent = (await client("GetDataSharingConsentsByID")).json
    assert [one["statusDetails"]["status"] for one in consent["institutions"]] == ["REVOKED", "EXPIRED"]
    assert consent["statusDetails"]["status"] == "INACTIVE"


async def test_an_authorization_is_as_declared_where_its_dates_are_known(client: Client, sandbox: Sandbox) -> None:
    read = (await client("getCustomerAuthorizationDetails")).json
    assert read["institutionLoginId"] == int(LOGIN)
    for account in sandbox.customers[CUSTOMER].values():
        account.pop("authorizationEndDate", None)
    response = await client("getCustomerAuthorizationDetails")
    assert (response.status, response.json["code"]) == (404, "3004")


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
    *(Case(operation, 400, "14020", query={"start": "0"}) for operation in SEARCHES),
    *(Case(operation, 400, "14020", query={"limit": "many"}) for operation in SEARCHES),
    *(Case(operation, 400, "14020", query={"type": "loans"}) for operation in SEARCHES),
    Case("GetInstitutions", 400, "14020", query={"type": "voa,voi"}),
    *(Case(operation, 400, "14020", query={"supportedCountries": "usa"}) for operation in SEARCHES),
    *(Case(operation, 400, "14020", {"institutionId": "first"}) for operation in OF_INSTITUTION),
    *(Case(operation, 404, "14006", {"institutionId": "1"}) for operation in OF_INSTITUTION),
    Case("GetInstitutionBranding", 404, "14006", {"institutionId": WITHOUT_BRANDING}),
    Case("GetInstitutionsByRoutingNumber", 400, "14020", {"routing_number": "12345678"}),
    Case("GetInstitutionsByRoutingNumber", 404, "14006", {"routing_number": "000042221"}),
    Case("GetInstitutionsByRoutingNumber", 404, "14006", {"routing_number": "999999992"}),
    Case("GetCustomerAccountsSimple", 404, "14001", NO_CUSTOMER),
    Case("GetCustomerAccountSimple", 404, 38003, NO_ACCOUNT),
    Case("GetCustomerAccountsByInstitutionSimple", 400, None, {"institutionId": "first"}),
    Case("GetCustomerAccountsByInstitutionSimple", 404, 38006, {"institutionId": "1"}),
    Case("GetCustomerAccountsByInstitutionLoginSimple", 404, 38007, NO_LOGIN),
    Case("getCustomerAuthorizationDetails", 404, "3003", {"institution_login_id": "1"}),
    Case("getCustomerAuthorizationDetails", 404, "3003", {"institution_login_id": "mine"}),
    Case("GetDataSharingConsentsByCustomerId", 400, "14020"),
    *(Case("GetDataSharingConsentsByCustomerId", 400, "14020", query=OF_CUSTOMER | odd) for odd in ODD_CONSENTS),
    Case("GetDataSharingConsentsByCustomerId", 404, "10215", query={"customer_id": "1"}),
    *(Case(operation, 404, "10215", {"consent_receipt_id": "1"}) for operation in OF_CONSENT),
    *(Case(operation, 404, "10215", {"consent_receipt_id": NO_CONSENT}) for operation in OF_CONSENT),
    Case("RevokeDataSharingConsentByInstitutionLoginID", 404, "10215", {"institution_login_id": "1"}),
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
    in_json = "DataSharingConsent" in operation
    wrong_key = await refused(Finicity_App_Key="NoSuchKey")
    assert wrong_key.content_type == ("application/json" if in_json else "text/plain")
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
