"""No representation shows a secret."""

import dataclasses
import pickle
import pprint
from collections.abc import Callable

import pytest

from finicity_async import AccessToken, AsyncSession, Response, Sandbox, create_token
from finicity_async.auth import CREATE_TOKEN, Token
from finicity_async.endpoints.authentication import MODIFY_PARTNER_SECRET
from finicity_async.endpoints.connect import GENERATE_CONNECT_URL
from finicity_async.models.authentication import PartnerCredentials, PartnerCredentialsWithNewSecret
from finicity_async.models.connect import (
    Borrower,
    ConnectEmailUrl,
    ConnectParameters,
    ConnectUrl,
    ConsumerInfo,
    EmailOptions,
)
from finicity_async.models.connect_transfer import BankAccount, Card, ConnectTransferDepositSwitchLink
from finicity_async.models.third_party_access import ThirdPartyAccessKeyReceiptData, ThirdPartyAccessProvenance
from finicity_async.models.transfer import DepositSwitchDetails, PaySwitchDetails
from tests.secrecy.secrets import (
    ASK,
    ASKED,
    CREDENTIALS,
    CUSTOMER,
    NEW_SECRET,
    NUMBER,
    PARTNER_ID,
    SECRET,
    TOKEN,
    TOLD,
    list_accounts,
    session_on,
    shown_in,
)

LINK = f"https://connect2.finicity.com?customerId={CUSTOMER}&partnerId={PARTNER_ID}&signature={TOKEN}"

pytestmark = pytest.mark.usefixtures("no_task_is_left")


def credential_values() -> list[object]:
    login = PartnerCredentials(partner_id=PARTNER_ID, partner_secret=SECRET)
    change = PartnerCredentialsWithNewSecret(
        partner_id=PARTNER_ID, partner_secret=SECRET, new_partner_secret=NEW_SECRET
    )
    consumer = ConsumerInfo(ssn=NUMBER)
    body = ConnectParameters(
        partner_id=PARTNER_ID,
        customer_id=CUSTOMER,
        webhook_headers={"Authorization": SECRET},
        optional_consumer_info=consumer,
    )
    session = AsyncSession(dataclasses.replace(CREDENTIALS, app_token=TOKEN))
    return [
        session.credentials,
        session,
        session.stats,
        session._tokens,
        AccessToken(token=TOKEN),
        Token(TOKEN, 0.0),
        ConnectUrl(link=LINK),
        ConnectEmailUrl(link=LINK, email_config=EmailOptions(to="ava@example.com")),
        ConnectTransferDepositSwitchLink(link=LINK),
        DepositSwitchDetails.from_dict({"distributions": [{"bank_identifier": NUMBER}]}),
        PaySwitchDetails.from_dict({"payment_methods": [{"bank_identifier": NUMBER}]}),
        BankAccount(account_number=NUMBER, bank_identifier=NUMBER, type="checking"),
        Card(title="A card", number=NUMBER, expiry="12/27", cvv=NUMBER),
        ThirdPartyAccessKeyReceiptData.from_dict(
            {"data": [{"receipt": {"receipt_id": SECRET}, "proof": {"signature": TOKEN}}]}
        ),
        ThirdPartyAccessKeyReceiptData.from_dict({"data": [{"receipt": SECRET}]}),
        ThirdPartyAccessProvenance(client_fingerprint=TOKEN, ip_address=NUMBER, token=SECRET),
        Borrower(customer_id=CUSTOMER, consumer_id="c1", type="primary", optional_consumer_info=consumer),
        body,
        GENERATE_CONNECT_URL,
        GENERATE_CONNECT_URL.request(body=body),
        login,
        change,
        CREATE_TOKEN,
        MODIFY_PARTNER_SECRET,
        CREATE_TOKEN.request(body=login),
        MODIFY_PARTNER_SECRET.request(body=change),
        ASK,
        ASKED,
        TOLD,
        Response(200, {"Finicity-App-Token": TOKEN, "X-Id": CUSTOMER}, f'{{"token": "{TOKEN}"}}'.encode()),
    ]


VALUES_WITH_SECRETS = credential_values()


@pytest.mark.parametrize("value", VALUES_WITH_SECRETS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("show", [repr, str, "{}".format, pprint.pformat, ascii])
def test_repr_shows_no_secret(show: Callable[[object], str], value: object) -> None:
    assert shown_in(show(value)) == []
    assert shown_in(show([value])) == []


@pytest.mark.parametrize("value", VALUES_WITH_SECRETS, ids=lambda value: type(value).__name__)
def test_rich_shows_no_secret(value: object) -> None:
    """The command line brings rich along, which asks a Struct for its fields and not for its repr."""
    pretty = pytest.importorskip("rich.pretty")
    assert shown_in(pretty.pretty_repr(value)) == []


async def test_repr_of_objects_in_use_shows_no_secret() -> None:
    async with Sandbox(customers=1) as sandbox, session_on(sandbox, sandbox.credentials) as session:
        token = (await create_token(session)).token
        await list_accounts(session)
        text = repr([sandbox, sandbox.credentials, session, session.stats, session._tokens, session._tokens._current])
        assert not [part for part in (*sandbox.credentials.secrets(), token, CUSTOMER) if part in text]


@pytest.mark.parametrize(
    "secret",
    [
        AccessToken(token=TOKEN),
        ConnectUrl(link=LINK),
        ConnectTransferDepositSwitchLink(link=LINK),
        PartnerCredentials(partner_id="2445581234567", partner_secret="0lD-sEcReT-1"),
        Token(TOKEN, 0.0),
    ],
    ids=lambda secret: type(secret).__name__,
)
def test_secret_is_not_to_be_pickled(secret: object) -> None:
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(secret)
