"""The validator reports every deviation from the vendor's document and accepts the rest."""

import json

import pytest

from tests.vendor.response_validator import RawResponse, validator

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


def one_account(**members: object) -> RawResponse:
    """Return a list of one account with some members changed, or omitted if None."""
    record = {name: value for name, value in (RECORD | members).items() if value is not None}
    return RawResponse(200, json.dumps({"accounts": [record]}).encode())


def detail(**members: object) -> RawResponse:
    return one_account(detail=members)


def position(**members: object) -> RawResponse:
    return one_account(position=[members])


@pytest.mark.parametrize(
    ("response", "found"),
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
        (RawResponse(200, b'{"accounts": {}}'), ["$.accounts: {} is not of type 'array'"]),
        (RawResponse(200, b""), ["Missing response data"]),
        (RawResponse(401, b"Invalid", "text/plain"), []),
        (RawResponse(404, b'{"code": 14001}'), []),
        (RawResponse(404, b'{"code": 1.5}'), ["$.code: 1.5 is not valid under any of the given schemas"]),
        (
            RawResponse(404, b'{"code": "14020"}'),
            ["404 with 14020 and not one of ['10100', '14001', '38007', '50051']"],
        ),
        (RawResponse(418, b"{}"), ["Unknown response http status: 418"]),
    ],
)
def test_every_deviation_is_reported(response: RawResponse, found: list[str]) -> None:
    assert validator().problems("GetCustomerAccounts", response) == found


@pytest.mark.parametrize(
    ("response", "found"),
    [
        (RawResponse(204, b"", ""), []),
        (RawResponse(204, b"", "text/plain"), ["204 with text/plain"]),
        (RawResponse(204, b"{}", ""), ["204 with a body"]),
    ],
)
def test_a_204_with_a_body_or_a_content_type_is_reported(response: RawResponse, found: list[str]) -> None:
    assert validator().problems("DeleteCustomerAccount", response) == found


def test_an_undeclared_content_type_and_invalid_json_are_reported() -> None:
    (page,) = validator().problems("GetCustomerAccounts", RawResponse(401, b"<html>", "text/html"))
    assert "mimetype not found: text/html" in page
    (half,) = validator().problems("GetCustomerAccounts", RawResponse(200, b'{"accounts": ['))
    assert "Failed to deserialize" in half
