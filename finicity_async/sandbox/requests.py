"""A request as the sandbox sees it, and the errors with which the vendor refuses one."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from finicity_async.operation import Operation
from finicity_async.sandbox.responses import Response, error_response
from finicity_async.sandbox.state import State

# Status and message for each code. The account services send their codes as numbers, the gateway in front as text.
ERRORS: dict[int | str, tuple[int, str]] = {
    10001: (401, "Invalid partner id or partner secret"),
    10005: (404, "Customer does not have the specified account"),
    10008: (404, "Data not found"),
    10021: (401, "Partner is not authorized"),
    "3001": (404, "Application not found"),
    "3002": (404, "The application is not registered with the institution"),
    "3003": (404, "Institution login not found"),
    "3004": (404, "Details of the institution login not found"),
    "3005": (400, "Start is invalid"),
    "3006": (400, "Limit is invalid"),
    "3007": (400, "Institution ID is invalid"),
    "10002": (404, "Customer ID was not found"),
    "10003": (404, "Business not found"),
    "10005": (400, "A required parameter is missing"),
    "10022": (401, "Invalid token in Finicity-App-Token header"),
    "10023": (401, "Expired token in Finicity-App-Token header"),
    "10024": (401, "Missing Finicity-App-Token header"),
    "10026": (401, "Missing Finicity-App-Key header"),
    "10010": (400, "The customer does not exist, or does not have the account"),
    "10025": (400, "There is nothing to update"),
    10100: (400, "A parameter is invalid"),
    "10100": (404, "Consumer not found"),
    "10215": (404, "Consent receipt not found"),
    "11000": (409, "The customer has one already"),
    "12017": (404, "No owners of the account were found"),
    "10405": (403, "An active security freeze exists"),
    "13002": (404, "Asset not found"),
    "14001": (404, "Customer not found"),
    "14006": (404, "Institution not found"),
    "14016": (400, "Customer type is invalid"),
    "14020": (400, "Bad request"),
    "15001": (400, "A required member is missing or blank"),
    "18001": (409, "Another report of the customer is in progress"),
    "18017": (400, "Status must be active or pending"),
    "3000003": (400, "The amounts are no list of amounts"),
    "3100001": (400, "The account is there already"),
    "3200002": (400, "The deposits have not arrived, or are verified already"),
    "3200003": (400, "Too many attempts to verify the deposits"),
    "3200004": (400, "The amounts differ from those that were deposited"),
    "24437": (400, "New partner secret does not meet the password policy"),
    24553: (404, "Transaction not found"),
    41002: (400, "The date range is invalid"),
    "41003": (400, "Start must be at least one"),
    "41004": (400, "Limit must be at least one"),
    "45003": (400, "A name has a character that is not allowed"),
    "50051": (404, "The partner has no such application"),
    "60007": (404, "The account has no active subscription"),
    "110002": (409, "The username is taken"),
    110039: (500, "The username does not meet the policy"),
    325: (500, "A refresh is already running for this account"),
    38003: (404, "Customer does not have the specified account"),
    38006: (404, "Customer has no accounts at the specified institution"),
    38007: (404, "Customer has no accounts for the specified institution login"),
    "38007": (404, "Customer has no accounts for the specified institution login"),  # from Connect
}


class RefusalError(Exception):
    """The vendor answers with an error."""

    def __init__(self, code: int | str) -> None:
        super().__init__(code)
        self.code = code

    def answer(self) -> Response:
        """Return the response for the code."""
        status, message = ERRORS[self.code]
        return error_response(self.code, message, status)


@dataclass(frozen=True, slots=True)
class Route:
    """
    Where a method and path lead.

    Attributes:
        operation: The operation, None when the vendor has none there.
        values: The placeholders of the path, unquoted.
        allowed: Without an operation, the methods that the path has.
    """

    operation: Operation[Any] | None
    values: Mapping[str, str]
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """
    One request, parsed.

    Attributes:
        route: Where its method and path lead.
        method: HTTP method.
        query: Query parameters.
        headers: Headers, found in any case.
        body: The body.
        quirks: The oddities that the handler has to give its response, each with what it draws from.
    """

    route: Route
    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    quirks: dict[str, Random] = field(default_factory=dict)

    @property
    def operation(self) -> Operation[Any] | None:
        """The operation, None when the vendor has none there."""
        return self.route.operation

    @property
    def values(self) -> Mapping[str, str]:
        """The placeholders of the path."""
        return self.route.values

    @property
    def customer_id(self) -> str | None:
        """The customer in the path."""
        return self.route.values.get("customerId") or self.route.values.get("customer_id")

    def members(self) -> dict[str, Any]:
        """
        Return the members of a JSON object in the body, without those that are null.

        Raises:
            RefusalError: The body is none.
        """
        try:
            body = msgspec.json.decode(self.body, type=dict[str, Any])
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise RefusalError("10005") from None
        return {name: value for name, value in body.items() if value is not None}


Handler = Callable[[State, IncomingRequest], Awaitable[Response]]
"""Carries out one operation on the state of the sandbox."""
