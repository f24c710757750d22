"""The command ``connect``, on a sandbox and on a raw server, which another thread serves."""

import json
from collections.abc import Iterator

import pytest

from finicity_async import Sandbox
from finicity_async.cli.commands import FAILED, OK, UNUSABLE, run
from tests.support.journals import AllCalls
from tests.support.servers import RawServer, http

pytestmark = pytest.mark.usefixtures("no_credentials")

LINK = "https://connect2.finicity.com?signature=5e0f1d9c0ab7&timestamp=1648050761908&ttl=1648057961908"


@pytest.fixture
def vendor(no_credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    """Return a server that makes the link above, and that the command finds through the environment."""
    vendor = RawServer(default=http(200, {"link": LINK}))
    with vendor.served():
        variables = {"APP_KEY": "key", "PARTNER_ID": "partner", "PARTNER_SECRET": "secret", "BASE_URL": vendor.url}
        for name, value in variables.items():
            monkeypatch.setenv(f"FINICITY_{name}", value)
        yield vendor


def test_connect_prints_the_link_alone_on_stdout_and_on_stderr_how_long_it_lives(
    vendor: RawServer, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["connect", "1005061234"]) == OK
    assert capfd.readouterr() == (f"{LINK}\n", "The link lives until 2022-03-23 17:52 UTC, and is a secret.\n")
    assert json.loads(vendor.calls[0].body) == {"partnerId": "partner", "customerId": "1005061234"}


def test_connect_json_holds_the_link_and_its_end(vendor: RawServer, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["connect", "1005061234", "--json"]) == OK
    assert json.loads(capfd.readouterr().out) == {"link": LINK, "expiresAt": "2022-03-23T17:52:41.908000+00:00"}


def test_connect_prints_a_link_that_does_not_say_how_long_it_lives(
    vendor: RawServer, capfd: pytest.CaptureFixture[str]
) -> None:
    vendor._default = http(200, {"link": "https://example.com/a"})
    assert run(["connect", "1"]) == OK
    assert capfd.readouterr() == ("https://example.com/a\n", "")
    assert run(["connect", "1", "--json"]) == OK
    assert json.loads(capfd.readouterr().out) == {"link": "https://example.com/a", "expiresAt": None}


def test_connect_tells_the_vendor_where_the_browser_and_the_events_go(vendor: RawServer) -> None:
    page, hook = "https://example.com/connected", "https://example.com/finicity"
    assert run(["connect", "1", "--redirect-uri", page, "--webhook", hook]) == OK
    sent = json.loads(vendor.calls[0].body)
    assert (sent["redirectUri"], sent["webhook"]) == (page, hook)


def test_connect_works_on_the_sandbox(served: Sandbox, journal: AllCalls, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["connect", "1005061234"]) == OK
    out, err = capfd.readouterr()
    assert len(out.splitlines()) == 1
    assert out.startswith(served.url)
    assert err.startswith("The link lives until 20")
    assert [call.operation for call in journal] == ["CreateToken", "GenerateConnectUrl"]


def test_a_refused_link_becomes_advice_without_the_id(vendor: RawServer, capfd: pytest.CaptureFixture[str]) -> None:
    vendor._default = http(400, {"code": "10010", "message": "Customer 1005061234 does not exist"})
    assert run(["connect", "1005061234"]) == FAILED
    out, err = capfd.readouterr()
    assert out == ""
    assert "does not know the customer" in err
    assert "1005061234" not in err


def test_without_a_partner_id_connect_sends_nothing(
    vendor: RawServer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINICITY_APP_TOKEN", "token")
    monkeypatch.delenv("FINICITY_PARTNER_ID")
    assert run(["connect", "1"]) == UNUSABLE
    assert "partner_id" in capfd.readouterr().err
    assert vendor.calls == vendor.logins == []
