"""The service as its callers see it: the app runs on the sandbox that the environment names."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from service import app

from finicity_async import Sandbox
from finicity_async.sandbox import RefreshScript, TooManyRequests, VendorError


@pytest.fixture
def client(finicity_env: dict[str, str]) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def test_balances_are_told_with_their_currency(client: TestClient, finicity_sandbox: Sandbox) -> None:
    finicity_sandbox.customers["1005061234"]["5011648377"]["balance"] = 12.5
    assert client.get("/customers/1005061234/balances").json()["5011648377"] == "12.5 USD"


def test_a_refresh_that_wants_a_second_factor_says_what_the_user_has_to_do(
    client: TestClient, finicity_sandbox: Sandbox
) -> None:
    finicity_sandbox.script_refresh(RefreshScript(seconds=0.0, codes={"5011648378": 185}), "1005061234")
    response = client.post("/customers/1005061234/refresh")
    assert response.status_code == 409
    assert "Connect Fix" in response.json()["5011648378"]


def test_a_rate_limit_is_passed_on_with_its_wait(client: TestClient, finicity_sandbox: Sandbox) -> None:
    finicity_sandbox.add_fault(TooManyRequests(operation="GetCustomerAccounts", first=1, retry_after=120.0))
    response = client.get("/customers/1005061234/balances")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "120")
    assert len(finicity_sandbox.calls("GetCustomerAccounts")) > 0


def test_a_refresh_names_the_accounts_that_it_reached(client: TestClient, finicity_sandbox: Sandbox) -> None:
    finicity_sandbox.script_refresh(RefreshScript(seconds=0.0), "1005061236")
    response = client.post("/customers/1005061236/refresh")
    assert response.json()["refreshed"] == list(finicity_sandbox.customers["1005061236"])


def test_a_customer_that_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get("/customers/99/balances").status_code == 404


@pytest.mark.parametrize(("code", "status"), [(185, 409), (103, 502)])
def test_only_an_institution_that_wants_the_user_is_a_conflict(
    client: TestClient, finicity_sandbox: Sandbox, code: int, status: int
) -> None:
    finicity_sandbox.add_fault(VendorError(code=code, operation="GetCustomerAccounts", first=1))
    assert client.get("/customers/1005061234/balances").status_code == status
