"""The Account Validation Assistance operations: what proves access to an account shows in no text."""

from decimal import Decimal

import pytest

from finicity_async import BadRequestError, TransportError
from finicity_async.endpoints.account_validation_assistance import (
    initiate_micro_amount_deposits,
    verify_micro_amount_deposits,
)
from finicity_async.endpoints.connect import verify_micro_entry_microdeposit
from finicity_async.models.account_validation_assistance import MicroDepositDetails, MicroDepositInitiation, Receiver
from tests.secrecy.secrets import server_with, session_on
from tests.support.servers import Close, http

NUMBER, ROUTING = "000123456789", "123456780"
RECEIVER = Receiver(routing_number=ROUTING, account_number=NUMBER, account_type="personalChecking", name="Bob Smith")
BODY = MicroDepositInitiation(receiver=RECEIVER)
BEGUN = http(200, {"accountId": "5011648377", "status": "Pending"})
WRONG = http(400, {"status": "Failed", "statusDescription": "The amounts differ"})
LINK = http(200, {"link": "https://connect2.finicity.com?signature=1"})


def test_no_text_shows_the_account() -> None:
    details = MicroDepositDetails(status="Pending", routing_number=ROUTING)
    shown = repr([BODY, RECEIVER, details])
    assert [part for part in (NUMBER, ROUTING, "Bob") if part in shown] == []
    assert "Pending" in shown


async def test_deposits_are_sent_once_even_if_the_answer_is_lost() -> None:
    async with server_with(Close(), BEGUN) as server, session_on(server) as session:
        with pytest.raises(TransportError) as caught:
            await initiate_micro_amount_deposits(session, 1, BODY)
        assert len(server.calls) == 1
        assert NUMBER not in str(caught.value)
        assert (await initiate_micro_amount_deposits(session, 1, BODY)).account_id == "5011648377"


async def test_wrong_amounts_are_an_error_with_the_vendors_words() -> None:
    async with server_with(WRONG, http(200, {"status": "Verified"})) as server, session_on(server) as session:
        with pytest.raises(BadRequestError) as caught:
            await verify_micro_amount_deposits(session, 1, 2, [Decimal("0.12"), Decimal("0.10")])
        assert caught.value.body is not None
        assert b"The amounts differ" in caught.value.body
        assert server.calls[0].body == b'{"amounts":[0.12,0.10]}'
        assert (await verify_micro_amount_deposits(session, 1, 2, [Decimal("0.12")])).status == "Verified"


async def test_a_link_names_the_partner_the_customer_and_the_account() -> None:
    async with server_with(LINK) as server, session_on(server) as session:
        found = await verify_micro_entry_microdeposit(session, 1, 5011648377, redirect_uri="https://example.com")
    assert "signature" not in repr(found)
    for part in (b'"partnerId":"2445581234567"', b'"customerId":"1"', b'"accountId":"5011648377"'):
        assert part in server.calls[0].body
