"""Every function of every tag makes a round trip through the sandbox; a new row needs no test here."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Sized
from datetime import UTC, date, datetime
from decimal import Decimal
from types import ModuleType, UnionType
from typing import Any, get_args, get_origin

import msgspec
import pytest

import finicity_async.endpoints
from finicity_async import AsyncSession, Operation, Sandbox
from finicity_async._pipeline.call import is_refresh
from finicity_async.endpoints.account_validation_assistance import initiate_micro_amount_deposits
from finicity_async.endpoints.businesses_api import add_business_details
from finicity_async.endpoints.connect_components import post_configurations
from finicity_async.endpoints.payment_success_indicator import (
    generate_fcra_payment_success_indicators,
    generate_payment_success_indicators,
)
from finicity_async.endpoints.third_party_access import generate_third_party_access_key
from finicity_async.endpoints.transactions import refresh_transactions
from finicity_async.endpoints.txpush import subscribe_to_tx_push_notifications
from finicity_async.endpoints.webhook_subscription import create_webhook_subscription
from finicity_async.models.account_validation_assistance import MicroDepositInitiation, Receiver
from finicity_async.models.bank_statements import StatementData, StatementReportConstraints
from finicity_async.models.businesses_api import NewAddress, NewBusiness, PhoneNumberFormat
from finicity_async.models.connect import Borrower, EmailOptions
from finicity_async.models.connect_components import ServiceAgreement
from finicity_async.models.connect_transfer import BankAccount, BillPaySwitchIdentity, Card
from finicity_async.models.consumer_foresight import ForesightAnalyticsReportFirstThirdPartyConstraints
from finicity_async.models.payment_success_indicator import (
    PaymentSuccessIndicatorsProperties,
    PaymentSuccessIndicatorsTransaction,
)
from finicity_async.models.third_party_access import (
    ThirdPartyAccessKeyData,
    ThirdPartyAccessPeriod,
    ThirdPartyAccessProduct,
)
from finicity_async.models.transaction_data_enrichment import TransactionPayload
from finicity_async.models.transactions import TransactionsReportConstraints
from finicity_async.models.webhook_subscription import Subscription, WebhookEvent
from finicity_async.sandbox.requests import IncomingRequest
from finicity_async.sandbox.responses import Response
from finicity_async.sandbox.routing import Router
from finicity_async.sandbox.state import State
from tests.support.listeners import Listener
from tests.vendor.document import body_of, operation_facts
from tests.vendor.examples import example
from tests.vendor.names import snake_case
from tests.vendor.response_validator import RawResponse, whole_validator

TAGS = [module.name for module in pkgutil.iter_modules(finicity_async.endpoints.__path__)]
ARGUMENTS = {
    "customer_id": 1005061234,
    "account_id": 5011648377,
    "institution_id": 4222,
    "institution_login_id": 1007302745,
    "routing_number": "000042220",
    "consent_receipt_id": "123e4567-e89b-42d3-a456-001005061234",
    "new_secret": "NewSecret-0002",
    "consumer_id": "0bf46322c167b562e6cbed9d40e19a4c",
    "email": EmailOptions(to="ava@example.com"),
    "borrowers": [Borrower(customer_id="1005061234", consumer_id="0bf46322", type="primary")],
    "experience": "default",
    "app_name": "test app",
    "experience_id": "84fd419a-1add-4bf4-961b-16e8285b3a92",
    "indirect_partner_id": 423456789,
    "username": "user-of-a-test",
    "from_date": 1_700_000_000,
    "to_date": 1_800_000_000,
    "transaction_id": 21284820852,
    "unique_transaction_id": "5011648377-21284820852",
    "subscription_id": 17554874,
    "amount": Decimal("-4.25"),
    "description": "a transaction of a test",
    "transaction_date": datetime(2026, 1, 1, tzinfo=UTC),
    "label": "lastPayPeriod",
    "statement": b"%PDF-1.7",
    "portfolio_id": "e8bc3a5cddee-1-port",
    "settlement_amount": Decimal("10.05"),
    "settle_by_date": date(2026, 12, 1),
    "purpose_code": "1P",
    "redirect_uri": "https://example.com/connected",
    "language": "en",
    "service_agreement": ServiceAgreement(language="en", accepted_date=datetime(2026, 1, 1, tzinfo=UTC)),
    "amounts": [Decimal("0.12"), Decimal("0.15")],
    "pre_app_id": 2581,
    "application_id": "00000000-0000-4000-8000-000000000001",
    "external_id": "b73af28c-0878djs3",
    "switch_id": "65cb40beec86d3bd0e8664cc",
    "user_type": "personal",
    "transactions": [
        TransactionPayload(
            external_customer_id="1",
            external_account_id="2",
            account_type="checking",
            external_transaction_id="3",
            transaction_timestamp="2024-07-26",
            description="COFFEE",
            amount=Decimal("-4.25"),
        )
    ],
    "accounts": [BankAccount(account_number="7526894126", bank_identifier="110000000", type="checking")],
    "cards": [Card(title="A card", number="4242424242424242", expiry="12/27", cvv="123")],
    "identity": BillPaySwitchIdentity(
        first_name="Ava", last_name="Other", zip_code="84401", address="12 Any Street", city="Ogden", state="UT"
    ),
    "single_use_url": True,
    "report_id": "e8bc3a5cddee-voi",
    "partner_id": 2445581234567,
    "start_date": 1_700_000_000,
    "end_date": 1_702_000_000,
    "status": "inactive",
    "asset_id": "e8bc3a5c-ddee-4b26-a272-153ff257e33e-202610-5011648377",
}
"""Required parameter -> what the sandbox knows under this name."""
STATEMENT = StatementReportConstraints(statement_report_data=StatementData(account_id=5011648377))
YEAR = ThirdPartyAccessPeriod(
    type="timeframe", start_time=datetime(2026, 1, 1, tzinfo=UTC), end_time=datetime(2027, 1, 1, tzinfo=UTC)
)
KEY = ThirdPartyAccessKeyData(
    customer_id="1005061234",
    partner_id="2445581234567",
    third_party_partner_id="2445582695152",
    products=(ThirdPartyAccessProduct(product="accountOwner", account_id="5011648377", access_period=YEAR),),
)
PAYMENT = PaymentSuccessIndicatorsProperties(
    transaction=PaymentSuccessIndicatorsTransaction(settle_by_date=date(2026, 12, 1), amount=Decimal("10.05"))
)
BUSINESS = NewBusiness(name="A", personally_liable=True, address=NewAddress(), phone_number=PhoneNumberFormat())
OTHERS: dict[str, dict[str, Any]] = {
    "CreateConsumer": {"customer_id": 1005061235},  # the first customer has a consumer already
    "GenerateForesightAnalyticsFirstThirdPartyNonCraReport": {
        "body": ForesightAnalyticsReportFirstThirdPartyConstraints(external_customer_id="mine-1")
    },
    "GenerateStatementReport": {"body": STATEMENT},
    "GenerateThirdPartyAccessKey": {"body": KEY},
    "UpdateThirdPartyAccessKey": {"body": KEY},
    "GenerateTransactionsReport": {"body": TransactionsReportConstraints()},
    "GetLoanPaymentDetails": {"customer_id": 1005061235, "account_id": 5011648509},  # the second customer has a loan
    "ModifyCustomer": {"first_name": "Ann"},  # one of two optional parameters is needed
    "refreshTransactions": {"account_ids": ["5011648377"]},  # an account or a login is needed
}
"""Operation -> arguments that it takes in place of the usual ones, or beside them."""
OF_ANY_TYPE = {"GetReportById", "GetReportByCustomer", "GetReportByConsumer", "ReportReissue"}
"""Their replies are those of all types of reports at once in the document; tests/vendor checks each type."""


async def of_a_refresh(session: AsyncSession, _: Listener) -> dict[str, Any]:
    started = await refresh_transactions(session, 1005061234, account_ids=[5011648377])
    return {"refresh_id": started.refresh_id}


async def of_a_listener(_: AsyncSession, listener: Listener) -> dict[str, Any]:
    return {"callback_url": listener.url}


async def of_a_subscription(session: AsyncSession, listener: Listener) -> dict[str, Any]:
    await subscribe_to_tx_push_notifications(session, 1005061234, 5011648377, listener.url)
    return {}


async def of_a_configuration(session: AsyncSession, _: Listener) -> dict[str, Any]:
    made = await post_configurations(session, ao_required=True)
    return {"configuration_id": made.id}


async def of_configurations(session: AsyncSession, _: Listener) -> dict[str, Any]:
    await post_configurations(session, ao_required=True)
    return {}


async def of_a_business(session: AsyncSession, _: Listener) -> dict[str, Any]:
    return {"business_id": (await add_business_details(session, 1005061235, BUSINESS)).business_id}


async def of_the_customer_of_a_business(session: AsyncSession, listener: Listener) -> dict[str, Any]:
    await of_a_business(session, listener)
    return {"customer_id": 1005061235}


async def of_a_webhook(session: AsyncSession, _: Listener) -> dict[str, Any]:
    made = await create_webhook_subscription(session, Subscription(events=(WebhookEvent(name="an.event"),)))
    return {"subscription_id": made.subscription_id, "webhook_event_id": made.events[0].webhook_event_id}


async def of_a_key(session: AsyncSession, _: Listener) -> dict[str, Any]:
    (made,) = await generate_third_party_access_key(session, KEY)
    return {"consent_receipt_id": made.receipt and made.receipt.receipt_id}


async def of_deposits(session: AsyncSession, _: Listener) -> dict[str, Any]:
    receiver = Receiver(routing_number="123456780", account_number="0001", account_type="personalChecking", name="Bob")
    made = await initiate_micro_amount_deposits(session, 1005061234, MicroDepositInitiation(receiver=receiver))
    return {"account_id": made.account_id}


async def of_a_payment(session: AsyncSession, _: Listener) -> dict[str, Any]:
    made = await generate_payment_success_indicators(session, 1005061234, 5011648377, PAYMENT)
    return {"pay_request_id": made.pay_request_id}


async def of_a_consumers_payment(session: AsyncSession, _: Listener) -> dict[str, Any]:
    made = await generate_fcra_payment_success_indicators(session, 1005061234, 5011648377, PAYMENT)
    return {"pay_request_id": made.pay_request_id}


async def of_webhooks(session: AsyncSession, listener: Listener) -> dict[str, Any]:
    await of_a_webhook(session, listener)
    return {}


async def of_a_whole_webhook(session: AsyncSession, listener: Listener) -> dict[str, Any]:
    return {"subscription_id": (await of_a_webhook(session, listener))["subscription_id"]}


PREPARED = {
    "listWebhookSubscriptions": of_webhooks,
    "getWebhookSubscriptionById": of_a_whole_webhook,
    "updateWebhookSubscription": of_a_whole_webhook,
    "deleteWebhookSubscription": of_a_whole_webhook,
    "changeWebhookSubscriptionStatus": of_a_whole_webhook,
    "testWebhookSubscription": of_a_whole_webhook,
    "updateWebhookSubscriptionEvent": of_a_webhook,
    "deleteWebhookSubscriptionEvent": of_a_webhook,
    "changeWebhookSubscriptionEventStatus": of_a_webhook,
    "testWebhookSubscriptionBasedOnEventId": of_a_webhook,
    "GetBusinessByCustomer": of_the_customer_of_a_business,
    "UpdateBusiness": of_a_business,
    "GetBusinessById": of_a_business,
    "getTransactionRefreshStatus": of_a_refresh,
    "SubscribeToTxPushNotifications": of_a_listener,
    "DisableTxPushNotifications": of_a_subscription,
    "DeleteTxPushSubscription": of_a_subscription,
    "UpdateThirdPartyAccessKey": of_a_key,
    "RevokeThirdPartyAccessKey": of_a_key,
    "VerifyMicroAmountDeposits": of_deposits,
    "GetMicroDepositsDetails": of_deposits,
    "GetPaymentSuccessIndicators": of_a_payment,
    "GetFcraPaymentSuccessIndicators": of_a_consumers_payment,
    "get-configurations": of_configurations,
    "get-configurations-configurationId": of_a_configuration,
    "delete-configurations-configurationId": of_a_configuration,
}
"""Operation -> function that makes what it needs in the sandbox, and returns arguments."""
LATER = {"VerifyMicroAmountDeposits": 86_400}
"""Operation -> seconds that pass before it is called."""


def arguments_of(row: Operation[Any], function: Any) -> dict[str, Any]:
    """Return a value for each required parameter; a body is an example of its schema."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    found = {one.name: ARGUMENTS.get(one.name) for one in parameters if one.default is one.empty}
    if "body" in found:
        schema = body_of(operation_facts()[row.operation_id]) or {}
        found["body"] = msgspec.convert(example(schema, declared=True), row.body_type, strict=False)
    return found | OTHERS.get(row.operation_id, {})


def operations_of(module: ModuleType) -> list[tuple[Operation[Any], Any]]:
    """Return the rows of a tag, each with its function."""
    rows = [row for row in vars(module).values() if isinstance(row, Operation)]
    return [(row, getattr(module, snake_case(row.operation_id))) for row in rows]


def classes_of(reply_type: Any) -> tuple[type, ...]:
    """Return the classes of which a reply may be."""
    members = get_args(reply_type) if isinstance(reply_type, UnionType) else (reply_type,)
    return tuple(get_origin(member) or member or type(None) for member in members)


@pytest.fixture
def problems(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return how the replies of the sandbox deviate from the vendor's document, as they come."""
    answer = Router.answer
    found: list[str] = []

    async def checked(self: Router, state: State, request: IncomingRequest) -> Response:
        response = await answer(self, state, request)
        assert request.operation is not None
        name = request.operation.operation_id
        if response.status < 300 and name not in OF_ANY_TYPE:
            reply = RawResponse(response.status, response.body, response.content_type or "")
            found.extend(f"{name} {problem}" for problem in whole_validator().problems(name, reply))
        return response

    monkeypatch.setattr(Router, "answer", checked)
    return found


@pytest.mark.parametrize("tag", TAGS)
async def test_every_function_of_a_tag_makes_a_round_trip_with_valid_replies(tag: str, problems: list[str]) -> None:
    for row, function in operations_of(importlib.import_module(f"finicity_async.endpoints.{tag}")):
        async with (
            Listener() as listener,
            Sandbox(refresh_seconds=0.02) as sandbox,
            AsyncSession(sandbox.credentials, base_url=sandbox.url) as session,
        ):
            prepare = PREPARED.get(row.operation_id)
            prepared = {} if prepare is None else await prepare(session, listener)
            sandbox.clock.advance(LATER.get(row.operation_id, 0))
            value: Any = await function(session, **arguments_of(row, function) | prepared)
            sandbox.assert_called(row.operation_id)
        assert isinstance(value, classes_of(row.reply_type)), row
        if isinstance(value, Sized) and isinstance(value, Iterable):
            assert len(value) == len(list(value)) > 0, row
    assert problems == []


@pytest.mark.parametrize("tag", TAGS)
def test_functions_that_send_a_refresh_are_marked_as_such_and_no_others(tag: str) -> None:
    for row, function in operations_of(importlib.import_module(f"finicity_async.endpoints.{tag}")):
        assert is_refresh(function) == row.refresh, row
