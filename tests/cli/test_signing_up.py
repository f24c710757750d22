"""``demo --sign-up``: from nothing to accounts on a sandbox of its own, and a link for the browser elsewhere."""

import re

import aiohttp
import pytest
from rich.console import Console

from finicity_async import Sandbox
from finicity_async.cli import signing_up
from finicity_async.cli.commands import OK, UNUSABLE, run
from tests.support.journals import AllCalls

pytestmark = pytest.mark.usefixtures("no_credentials")


def test_a_sign_up_goes_from_nothing_to_accounts(journal: AllCalls, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--sign-up"]) == OK
    out, err = capsys.readouterr()
    assert err == ""
    said = [line.split(":", 1)[1].strip() for line in out.splitlines() if line.startswith("Signed event")]
    assert said[0] == "ping"
    assert said[-2:] == ["added, 3 accounts", "done, complete"]
    assert "The browser comes back with 'complete'" in out
    (customer,) = re.findall(r"^Customer (\d+)", out, re.MULTILINE)
    assert len(re.findall(rf"^ {customer} +\d+ ", out, re.MULTILINE)) == 3
    assert [call.operation for call in journal if call.operation and call.operation != "CreateToken"] == [
        "GetCustomers",
        "AddTestingCustomer",
        "GenerateConnectUrl",
        "GetCustomerAccounts",
    ]


def test_elsewhere_it_prints_a_link_and_leaves_one_customer_behind_however_often_it_runs(
    served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert run(["demo", "--sign-up"]) == OK
        out = capsys.readouterr().out
        (customer,) = re.findall(r"^Customer (\d+)", out, re.MULTILINE)
        (link,) = re.findall(r"^http\S+$", out, re.MULTILINE)
        assert link.startswith(served.url)
        assert out.splitlines()[-1] == f"Then run: finicity-async accounts {customer}"
    assert [call.operation for call in journal].count("AddTestingCustomer") == 1
    assert [call.operation for call in journal].count("GenerateConnectUrl") == 2


def test_a_token_alone_is_not_enough_to_make_a_link(
    served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FINICITY_PARTNER_ID")
    assert run(["demo", "--sign-up"]) == UNUSABLE
    assert "FINICITY_PARTNER_ID" in capsys.readouterr().err


async def test_the_webhook_believes_no_event_that_is_not_signed(capsys: pytest.CaptureFixture[str]) -> None:
    async with signing_up._webhook(Console(), "secret") as url, aiohttp.ClientSession() as client:
        forged = {"data": b'{"eventType": "added"}', "headers": {"X-Finicity-Signature": "0" * 64}}
        for options in ({"data": b"{}"}, forged):
            async with client.post(url, **options) as answer:
                assert answer.status == 401
    assert capsys.readouterr().out == ""
