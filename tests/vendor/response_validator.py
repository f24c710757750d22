"""Validation of the sandbox's responses against the vendor's document, by openapi-core."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue

from tests.vendor.document import OPERATIONS, Document, Node, amended, document, excerpt, operations

HOST = "https://api.finicity.com"
BY_LOGIN = ("RefreshCustomerAccountsByInstitutionLogin", "RefreshCustomerAccountsByInstitutionLoginV2")
REFRESHES = ("RefreshCustomerAccounts", "RefreshCustomerAccountsV2", *BY_LOGIN)

CONSENTS = tuple(sorted(one for one in OPERATIONS if "DataSharingConsent" in one))

# Sent by the vendor but undeclared. Sources: the vendor's guides and public recordings of live responses.
UNDECLARED_STATUSES = {
    "202": REFRESHES,  # institution failures: 44000 and 44002
    # institution failures: any aggregation status code, 325 while a refresh runs; 110039 for a username
    "500": (*REFRESHES, "AddTestingCustomer", "AddCustomer"),
    "404": ("ModifyCustomer",),  # an unknown customer
}
UNDECLARED_CODES = {
    ("GetCustomerAccounts", "18017"),  # declared for the list by login instead, which has no status parameter
    ("GetCustomerAccountsByInstitution", "38006"),  # live responses
    ("GetCustomerAccount", "38003"),  # the vendor's page on this code
    ("GetCustomerAccountsByInstitutionSimple", "38006"),  # as for the whole accounts, and so is the next one
    ("GetCustomerAccountSimple", "38003"),
    # The document's example of an unknown institution, which it gives with other operations.
    *((one, "14006") for one in ("GetInstitution", "GetInstitutionBranding", "GetInstitutionsByRoutingNumber")),
    # As for every other operation.
    *((one, code) for one in CONSENTS for code in ("10023", "10024")),
    ("DeleteCustomerAccount", "38003"),  # live responses
    # As for the account itself.
    ("GetAccountOwner", "38003"),
    ("GetLoanPaymentDetails", "38003"),
    ("GetAccountACHDetails", "38003"),
    ("GetAccountPaymentInstructionDetails", "38003"),
    ("GetAvailableBalance", "38003"),
    ("GetCustomerAccountStatement", "38003"),
    ("SubscribeToTxPushNotifications", "38003"),
    ("DisableTxPushNotifications", "38003"),
    ("CreateTxPushTestTransaction", "38003"),
    # Mastercard's own test, for an account without subscriptions.
    ("DisableTxPushNotifications", "60007"),
    ("DeleteTxPushSubscription", "60007"),
    ("GetCustomerAccountMultipleStatement", "38003"),
    ("GetAvailableBalanceLive", "38003"),
    ("GetCustomerAccountTransactions", "38003"),
    ("LoadHistoricTransactionsForCustomerAccount", "38003"),
    # The vendor's page on this code.
    *((one, "24553") for one in ("GetCustomerTransaction", "GetTransactionByUniqueTransactionId")),
    ("DeleteCustomer", "14001"),  # live responses
    ("ModifyCustomer", "14001"),  # as for the other operations on a customer
    ("AddCustomer", "10021"),  # live responses are a 401; the code is ours
}


@dataclass(frozen=True)
class RawResponse:
    """A response with its whole body."""

    status: int
    body: bytes
    content_type: str = "application/json"

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


class ResponseValidator:
    """
    Reports how a response deviates from the document.

    Args:
        document: The amended document; known undeclared statuses are added to it.
    """

    def __init__(self, document: Document) -> None:
        document = _in_one_piece(document, document["components"]["schemas"])
        self._operations = {name: (method, path, said) for name, method, path, said in operations(document)}
        for status, names in UNDECLARED_STATUSES.items():
            for name in self._operations.keys() & names:
                self._operations[name][2]["responses"][status] = self._operations[name][2]["responses"]["400"]
        self._vendor = OpenAPI.from_dict(document, config=Config(additional_properties_default_policy="forbid"))

    def endpoint(self, operation: str) -> tuple[str, str]:
        """Return method and path of an operation."""
        return self._operations[operation][:2]

    def codes(self, operation: str, status: int) -> set[str]:
        """Return the declared codes of an error as text."""
        return {str(code) for code in self._operations[operation][2]["responses"][str(status)]["x-codes"]}

    def problems(self, operation: str, response: RawResponse) -> list[str]:
        """Return what is wrong with status, content type, body or code of a response."""
        method, path = self.endpoint(operation)
        request = MockRequest(HOST, method, re.sub(r"\{\w+\}", "1", path))
        try:
            self._vendor.validate_response(
                request, MockResponse(response.body, response.status, None, response.content_type)
            )
        except OpenAPIError as error:
            return list(_reasons(error))
        return list(self._problems_beyond_the_schema(operation, response))

    def _problems_beyond_the_schema(self, operation: str, response: RawResponse) -> Iterator[str]:
        if response.status == 204 and (response.body or response.content_type):
            yield f"204 with {response.content_type or 'a body'}"
        if response.status in (400, 401, 404) and response.content_type == "application/json":
            declared = self.codes(operation, response.status)
            if response.code not in declared and (operation, response.code) not in UNDECLARED_CODES:
                yield f"{response.status} with {response.code} and not one of {sorted(declared)}"


def _in_one_piece(node: Any, schemas: Node) -> Any:
    """Merge the parts of each ``allOf``: where no other members are allowed, each part would forbid the others'."""
    if isinstance(node, list):
        return [_in_one_piece(one, schemas) for one in node]
    if not isinstance(node, dict):
        return node
    found = {name: _in_one_piece(one, schemas) for name, one in node.items()}
    for part in found.pop("allOf", ()):
        whole = _in_one_piece(schemas[part["$ref"].rpartition("/")[2]], schemas) if "$ref" in part else part
        found["properties"] = {**found.get("properties", {}), **whole.get("properties", {})}
        if required := {*found.get("required", ()), *whole.get("required", ())}:
            found["required"] = sorted(required)
    return found


def _reasons(error: OpenAPIError) -> Iterator[str]:
    if not isinstance(error.__cause__, InvalidSchemaValue):
        yield str(error)
        return
    errors: Iterable[Any] = error.__cause__.schema_errors
    yield from (f"{one.json_path}: {one.message}" for one in errors)


@cache
def whole_validator() -> ResponseValidator:
    """Return the validator of all operations."""
    return ResponseValidator(amended(document()))


@cache
def validator() -> ResponseValidator:
    """Return the validator of the operations that the sandbox implements; making one takes a while."""
    return ResponseValidator(amended(excerpt()))
