"""The TxPush operations: have the vendor post to your server when an account has something new."""

from datetime import datetime
from decimal import Decimal

from finicity_async.models.txpush import (
    CreatedTestTxPushTransaction,
    TestTxPushTransaction,
    TxPushSubscriptionParameters,
    TxPushSubscriptions,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

SUBSCRIBE_TO_TX_PUSH_NOTIFICATIONS = Operation(
    "SubscribeToTxPushNotifications",
    "POST",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/txpush",
    TxPushSubscriptions,
    body_type=TxPushSubscriptionParameters,
)


async def subscribe_to_tx_push_notifications(
    session: AsyncSession, customer_id: Id, account_id: Id, callback_url: str
) -> TxPushSubscriptions:
    """
    Have news of an account posted to your server: new transactions, and changes of the account itself.

    While this call runs, the vendor sends your server a GET that has to be answered with the code in it, see
    `answer_txpush_verification`; `read_txpush_event` reads what is posted later. The events are JSON because the
    session asks for JSON; without that the vendor posts XML. Not for Data Access Tiers. It is sent once; when the
    response is lost, disable the notifications of the account before you repeat the call, or events may come twice.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.
        callback_url: Public URL on port 80 or 443, for example ``"https://example.com/txpush/Wq7xT2"``; only a testing
            account may have http. An unguessable part keeps strangers away.

    Returns:
        Two subscriptions, one for transactions and one for the account, each with a signing key that no text shows.

    Raises:
        BadRequestError: Your server did not answer with the code, or the vendor does not take the URL.
        NotFoundError: No such customer, or the customer has no such account.
        TransportError: The response was lost; ``sent`` says whether there may be subscriptions.

    Source: POST /aggregation/v1/customers/{customerId}/accounts/{accountId}/txpush,
    SubscribeToTxPushNotifications, spec 1.42.0.
    """
    body = TxPushSubscriptionParameters(callback_url=callback_url)
    return await session.send(
        SUBSCRIBE_TO_TX_PUSH_NOTIFICATIONS.request(customerId=customer_id, accountId=account_id, body=body)
    )


DISABLE_TX_PUSH_NOTIFICATIONS = Operation(
    "DisableTxPushNotifications",
    "DELETE",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/txpush",
    None,
)


async def disable_tx_push_notifications(session: AsyncSession, customer_id: Id, account_id: Id) -> None:
    """
    Delete every TxPush subscription of an account.

    It is sent once; when the response is lost, call again: a NotFoundError then says that it was done.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.

    Raises:
        NotFoundError: No such customer or account, or the account has no subscription.
        TransportError: The response was lost; ``sent`` says whether the subscriptions may be gone.

    Source: DELETE /aggregation/v1/customers/{customerId}/accounts/{accountId}/txpush,
    DisableTxPushNotifications, spec 1.42.0.
    """
    await session.send(DISABLE_TX_PUSH_NOTIFICATIONS.request(customerId=customer_id, accountId=account_id))


CREATE_TX_PUSH_TEST_TRANSACTION = Operation(
    "CreateTxPushTestTransaction",
    "POST",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/transactions",
    CreatedTestTxPushTransaction,
    body_type=TestTxPushTransaction,
)


async def create_tx_push_test_transaction(
    session: AsyncSession,
    customer_id: Id,
    account_id: Id,
    *,
    amount: Decimal,
    description: str,
    transaction_date: datetime,
    status: str | None = None,
    posted_date: datetime | None = None,
) -> CreatedTestTxPushTransaction:
    """
    Put a transaction that never happened into the account of a testing customer, to try a TxPush listener.

    The vendor then posts two events to the account's subscriptions: the transaction, and the account with its new
    balance. It is sent once; when the response is lost, read the transactions before you repeat the call.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.
        amount: Amount, for example ``Decimal("-4.25")``; negative out of a deposit account.
        description: What it is for.
        transaction_date: When it happened, an aware datetime.
        status: ``"active"`` or ``"pending"``; None leaves it to the vendor.
        posted_date: When it was posted, an aware datetime.

    Returns:
        The ID of the transaction.

    Raises:
        BadRequestError: The customer is no testing one, or the vendor does not take a value.
        NotFoundError: No such customer, or the customer has no such account.
        TransportError: The response was lost; ``sent`` says whether there may be such a transaction.

    Source: POST /aggregation/v1/customers/{customerId}/accounts/{accountId}/transactions,
    CreateTxPushTestTransaction, spec 1.42.0.
    """
    body = TestTxPushTransaction(
        amount=amount,
        description=description,
        status=status,
        posted_date=posted_date,
        transaction_date=transaction_date,
    )
    return await session.send(
        CREATE_TX_PUSH_TEST_TRANSACTION.request(customerId=customer_id, accountId=account_id, body=body)
    )


DELETE_TX_PUSH_SUBSCRIPTION = Operation(
    "DeleteTxPushSubscription",
    "DELETE",
    "/aggregation/v1/customers/{customerId}/subscriptions/{subscriptionId}",
    None,
    accept="*/*",  # Asked for application/json, the vendor answers 14025, "Not Acceptable", in XML.
)


async def delete_tx_push_subscription(session: AsyncSession, customer_id: Id, subscription_id: Id) -> None:
    """
    Delete one TxPush subscription: the events of its class end, those of the other one go on.

    It is sent once; when the response is lost, call again: a NotFoundError then says that it was done.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        subscription_id: `SubscriptionRecord.id`, for example ``17554874``.

    Raises:
        NotFoundError: No such customer or subscription.
        TransportError: The response was lost; ``sent`` says whether the subscription may be gone.

    Source: DELETE /aggregation/v1/customers/{customerId}/subscriptions/{subscriptionId},
    DeleteTxPushSubscription, spec 1.42.0.
    """
    await session.send(DELETE_TX_PUSH_SUBSCRIPTION.request(customerId=customer_id, subscriptionId=subscription_id))
