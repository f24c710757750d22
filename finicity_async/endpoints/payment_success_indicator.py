"""The Payment Success Indicator operations: how likely an ACH debit is to be returned."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from finicity_async._encoding import outline
from finicity_async.errors import ConfigurationError
from finicity_async.models.payment_success_indicator import (
    FcraPaymentSuccessIndicators,
    PaymentSuccessIndicator,
    PaymentSuccessIndicators,
    PaymentSuccessIndicatorsProperties,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GENERATE_FCRA_PAYMENT_SUCCESS_INDICATORS = Operation(
    "GenerateFcraPaymentSuccessIndicators",
    "POST",
    "/payments/customers/{customerId}/accounts/{accountId}/fcra-payment-success-indicators",
    PaymentSuccessIndicators,
    query=("purpose",),
    body_type=PaymentSuccessIndicatorsProperties,
    statuses=(202, 200),
    customer="customerId",
)


async def generate_fcra_payment_success_indicators(
    session: AsyncSession,
    customer_id: Id,
    account_id: Id,
    body: PaymentSuccessIndicatorsProperties,
    *,
    purpose: str | None = None,
) -> PaymentSuccessIndicators:
    """
    Have the risk of a payment judged, as a consumer report under the FCRA.

    Billed; sent once. The scores come later: read them with `get_fcra_payment_success_indicators`.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account that is to be debited, for example ``"5011648377"``.
        body: The payment and who makes it.
        purpose: Code of the permissible purpose, for example ``"3F"``. The vendor requires it for consumer reports,
            and checks it from 2026-08-11 on.

    Returns:
        The request as it begins, with its ID and the status ``"IN PROGRESS"``.

    Raises:
        BadRequestError: The vendor does not take a value.
        PermissionDeniedError: The partner may not have this product, or the consumer has frozen the reports.
        NotFoundError: No such customer, or the customer has no such account.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: POST /payments/customers/{customerId}/accounts/{accountId}/fcra-payment-success-indicators,
    GenerateFcraPaymentSuccessIndicators, spec 1.42.0.
    """
    return await session.send(
        GENERATE_FCRA_PAYMENT_SUCCESS_INDICATORS.request(
            customerId=customer_id, accountId=account_id, purpose=purpose, body=body
        )
    )


GET_FCRA_PAYMENT_SUCCESS_INDICATORS = Operation(
    "GetFcraPaymentSuccessIndicators",
    "GET",
    "/payments/customers/{customerId}/accounts/{accountId}/fcra-payment-success-indicators/{payRequestId}",
    FcraPaymentSuccessIndicators,
    query=("include_reasons",),
    customer="customerId",
)


async def get_fcra_payment_success_indicators(
    session: AsyncSession, customer_id: Id, account_id: Id, pay_request_id: Id, *, include_reasons: bool | None = None
) -> FcraPaymentSuccessIndicators:
    """
    Return the scores that `generate_fcra_payment_success_indicators` asked for, or that they are in progress.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.
        pay_request_id: ID of the request, `PaymentSuccessIndicators.pay_request_id`.
        include_reasons: True to get what each score is made of.

    Returns:
        The scores once ``status`` is ``"SUCCESS"``; with ``"FAILURE"``, the errors.

    Raises:
        NotFoundError: No such customer, account or request.

    Source: GET /payments/customers/{customerId}/accounts/{accountId}/fcra-payment-success-indicators/{payRequestId},
    GetFcraPaymentSuccessIndicators, spec 1.42.0.
    """
    return await session.send(
        GET_FCRA_PAYMENT_SUCCESS_INDICATORS.request(
            customerId=customer_id, accountId=account_id, payRequestId=pay_request_id, include_reasons=include_reasons
        )
    )


GENERATE_PAYMENT_SUCCESS_INDICATORS = Operation(
    "GeneratePaymentSuccessIndicators",
    "POST",
    "/payments/customers/{customerId}/accounts/{accountId}/payment-success-indicators",
    PaymentSuccessIndicators,
    body_type=PaymentSuccessIndicatorsProperties,
    statuses=(202, 200),
    customer="customerId",
)


async def generate_payment_success_indicators(
    session: AsyncSession, customer_id: Id, account_id: Id, body: PaymentSuccessIndicatorsProperties
) -> PaymentSuccessIndicators:
    """
    Have the risk of a payment judged, for purposes outside the FCRA.

    Billed; sent once. The scores come later: read them with `get_payment_success_indicators`.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account that is to be debited, for example ``"5011648377"``.
        body: The payment and who makes it.

    Returns:
        The request as it begins, with its ID and the status ``"IN PROGRESS"``.

    Raises:
        BadRequestError: The vendor does not take a value.
        PermissionDeniedError: The partner may not have this product.
        NotFoundError: No such customer, or the customer has no such account.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: POST /payments/customers/{customerId}/accounts/{accountId}/payment-success-indicators,
    GeneratePaymentSuccessIndicators, spec 1.42.0.
    """
    return await session.send(
        GENERATE_PAYMENT_SUCCESS_INDICATORS.request(customerId=customer_id, accountId=account_id, body=body)
    )


GET_PAYMENT_SUCCESS_INDICATORS = Operation(
    "GetPaymentSuccessIndicators",
    "GET",
    "/payments/customers/{customerId}/accounts/{accountId}/payment-success-indicators/{payRequestId}",
    PaymentSuccessIndicators,
    query=("include_reasons",),
    customer="customerId",
)


async def get_payment_success_indicators(
    session: AsyncSession, customer_id: Id, account_id: Id, pay_request_id: Id, *, include_reasons: bool | None = None
) -> PaymentSuccessIndicators:
    """
    Return the scores that `generate_payment_success_indicators` asked for, or that they are in progress.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.
        pay_request_id: ID of the request, `PaymentSuccessIndicators.pay_request_id`.
        include_reasons: True to get what each score is made of.

    Returns:
        The scores once ``status`` is ``"SUCCESS"``; with ``"FAILURE"``, the errors.

    Raises:
        NotFoundError: No such customer, account or request.

    Source: GET /payments/customers/{customerId}/accounts/{accountId}/payment-success-indicators/{payRequestId},
    GetPaymentSuccessIndicators, spec 1.42.0.
    """
    return await session.send(
        GET_PAYMENT_SUCCESS_INDICATORS.request(
            customerId=customer_id, accountId=account_id, payRequestId=pay_request_id, include_reasons=include_reasons
        )
    )


GET_FCRA_PAYMENT_SUCCESS_INDICATOR = Operation(
    "GetFCRAPaymentSuccessIndicator",
    "GET",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/payments/paymentIndicator/fcra",
    PaymentSuccessIndicator,
    query=("settlementAmount", "settleByDate", "purposeCode"),
    idempotent=False,
    customer="customerId",
)


async def get_fcra_payment_success_indicator(  # noqa: PLR0917 -- the document requires all of them
    session: AsyncSession,
    customer_id: Id,
    account_id: Id,
    settlement_amount: Decimal,
    settle_by_date: date,
    purpose_code: str,
) -> PaymentSuccessIndicator:
    """
    Return the risk that an account lacks the money for a payment, as a consumer report under the FCRA.

    The vendor calls it legacy: `generate_fcra_payment_success_indicators` also judges whether the payment is
    authorized. Each success is billed, so it is sent once, though it is a GET.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account that is to be debited, for example ``"5011648377"``.
        settlement_amount: Amount of the payment in US dollars, for example ``Decimal("10.05")``.
        settle_by_date: Day on which the money is to arrive. It decides how many days are judged, 3 to 10.
        purpose_code: Code of the permissible purpose: ``"1P"``, to decide whether a means of payment is accepted.

    Returns:
        A score for each day; or none, and ``code`` and ``message`` say why.

    Raises:
        BadRequestError: A value does not fit, or the account has no transactions or is not active.
        NotFoundError: No such customer, or the customer has no such account.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v1/customers/{customerId}/accounts/{accountId}/payments/paymentIndicator/fcra,
    GetFCRAPaymentSuccessIndicator, spec 1.42.0.
    """
    return await session.send(
        GET_FCRA_PAYMENT_SUCCESS_INDICATOR.request(
            customerId=customer_id,
            accountId=account_id,
            **_payment(GET_FCRA_PAYMENT_SUCCESS_INDICATOR, settlement_amount, settle_by_date),
            purposeCode=purpose_code,
        )
    )


GET_PAYMENT_SUCCESS_INDICATOR = Operation(
    "GetPaymentSuccessIndicator",
    "GET",
    "/aggregation/v2/customers/{customerId}/accounts/{accountId}/payments/paymentIndicator",
    PaymentSuccessIndicator,
    query=("settlementAmount", "settleByDate"),
    idempotent=False,
    customer="customerId",
)


async def get_payment_success_indicator(
    session: AsyncSession, customer_id: Id, account_id: Id, settlement_amount: Decimal, settle_by_date: date
) -> PaymentSuccessIndicator:
    """
    Return the risk that an account lacks the money for a payment, for purposes outside the FCRA.

    The vendor calls it legacy: `generate_payment_success_indicators` also judges whether the payment is authorized.
    Each success is billed, so it is sent once, though it is a GET.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account that is to be debited, for example ``"5011648377"``.
        settlement_amount: Amount of the payment in US dollars, for example ``Decimal("10.05")``.
        settle_by_date: Day on which the money is to arrive. It decides how many days are judged, 3 to 10.

    Returns:
        A score for each day; or none, and ``code`` and ``message`` say why.

    Raises:
        BadRequestError: A value does not fit, or the account has no transactions or is not active.
        NotFoundError: No such customer, or the customer has no such account.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v2/customers/{customerId}/accounts/{accountId}/payments/paymentIndicator,
    GetPaymentSuccessIndicator, spec 1.42.0.
    """
    return await session.send(
        GET_PAYMENT_SUCCESS_INDICATOR.request(
            customerId=customer_id,
            accountId=account_id,
            **_payment(GET_PAYMENT_SUCCESS_INDICATOR, settlement_amount, settle_by_date),
        )
    )


def _payment(row: Operation[Any], amount: object, day: object) -> dict[str, object]:
    """Return the parameters that say what is to be debited, and by when."""
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int):
        raise ConfigurationError(
            f'{row.operation_id}: settlementAmount is {outline(amount)}; give a Decimal, for example Decimal("10.05"). '
            "Nothing was sent."
        )
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ConfigurationError(
            f"{row.operation_id}: settleByDate is {outline(day)}; give a date without a time. Nothing was sent."
        )
    return {"settlementAmount": amount, "settleByDate": day.isoformat()}
