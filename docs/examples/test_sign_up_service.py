"""Tests of sign_up_service.py: the whole way of a user, and what the service answers when the vendor fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sign_up_service import app

from finicity_async import Sandbox
from finicity_async.sandbox import TooManyRequests

CUSTOMER = "1005061234"


@pytest.fixture
def client(finicity_env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Return a client of the service, whose session finds the sandbox by its environment."""
    assert "FINICITY_BASE_URL" in finicity_env
    monkeypatch.setenv("DATABASE", str(tmp_path / "service.db"))
    monkeypatch.setenv("PUBLIC_URL", "https://service.example")
    with TestClient(app) as client:
        yield client


def test_it_shows_the_balances_of_a_customer(client: TestClient, finicity_sandbox: Sandbox) -> None:
    finicity_sandbox.customers[CUSTOMER]["5011648377"]["balance"] = 12.5
    assert client.get(f"/customers/{CUSTOMER}/balances").json()["5011648377"] == "12.5 USD"


def test_an_unknown_customer_is_not_found(client: TestClient) -> None:
    assert client.get("/customers/99/balances").status_code == 404


def test_it_says_when_to_come_again_after_a_limit_of_the_vendor(client: TestClient, finicity_sandbox: Sandbox) -> None:
    finicity_sandbox.add_fault(TooManyRequests(operation="GetCustomerAccounts", retry_after=120))
    answer = client.get(f"/customers/{CUSTOMER}/balances")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "120")


def test_an_event_that_the_vendor_did_not_sign_is_refused(client: TestClient) -> None:
    assert client.post("/finicity", content=b"{}", headers={"x-finicity-signature": "0" * 64}).status_code == 401
