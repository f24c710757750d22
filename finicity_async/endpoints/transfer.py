"""The Transfer operations: what has become of switches that customers made through a link to Connect Transfer."""

from finicity_async.models.transfer import (
    DepositSwitchDetails,
    DepositSwitchesSummary,
    ExternalDepositSwitchesSummary,
    PaySwitchDetails,
    PaySwitchesSummary,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GET_ALL_DEPOSIT_SWITCHES = Operation(
    "getAllDepositSwitches",
    "GET",
    "/transfer/customers/{customer_id}/deposit-switches",
    DepositSwitchesSummary,
    customer="customerId",
)


async def get_all_deposit_switches(session: AsyncSession, customer_id: Id) -> DepositSwitchesSummary:
    """
    Return the deposit switches of a customer: moves of the pay to another account.

    They are made through a link from ``connect.generate_transfer_deposit_switch_url``.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.

    Returns:
        The switches, ten at most; `get_deposit_switch_details` tells more of one.

    Raises:
        NotFoundError: No such customer, or no switch.

    Source: GET /transfer/customers/{customer_id}/deposit-switches, getAllDepositSwitches, spec 1.42.0.
    """
    return await session.send(GET_ALL_DEPOSIT_SWITCHES.request(customer_id=customer_id))


GET_ALL_EXTERNAL_DEPOSIT_SWITCHES = Operation(
    "getAllExternalDepositSwitches",
    "GET",
    "/transfer/externals/{external_id}/deposit-switches",
    ExternalDepositSwitchesSummary,
)


async def get_all_external_deposit_switches(session: AsyncSession, external_id: Id) -> ExternalDepositSwitchesSummary:
    """
    Return the deposit switches under an ID of yours, which the link named: that of an employee or a branch.

    Args:
        external_id: `ExternalTransferDetails.id` of the link, for example ``"b73af28c-0878djs3"``.

    Returns:
        The switches, ten at most.

    Raises:
        NotFoundError: No link with a switch had this ID.

    Source: GET /transfer/externals/{external_id}/deposit-switches, getAllExternalDepositSwitches, spec 1.42.0.
    """
    return await session.send(GET_ALL_EXTERNAL_DEPOSIT_SWITCHES.request(external_id=external_id))


GET_DEPOSIT_SWITCH_DETAILS = Operation(
    "getDepositSwitchDetails",
    "GET",
    "/transfer/customers/{customer_id}/deposit-switches/{switch_id}",
    DepositSwitchDetails,
    customer="customerId",
)


async def get_deposit_switch_details(session: AsyncSession, customer_id: Id, switch_id: Id) -> DepositSwitchDetails:
    """
    Return one deposit switch: who pays, to which accounts, and whether it is done.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        switch_id: `DepositSwitchesSummarySwitches.id`, for example ``"65cb40beec86d3bd0e8664cc"``.

    Raises:
        NotFoundError: No such customer or switch.

    Source: GET /transfer/customers/{customer_id}/deposit-switches/{switch_id}, getDepositSwitchDetails, spec 1.42.0.
    """
    return await session.send(GET_DEPOSIT_SWITCH_DETAILS.request(customer_id=customer_id, switch_id=switch_id))


GET_ALL_PAY_SWITCHES = Operation(
    "getAllPaySwitches",
    "GET",
    "/transfer/customers/{customer_id}/bill-pay-switches",
    PaySwitchesSummary,
    customer="customerId",
)


async def get_all_pay_switches(session: AsyncSession, customer_id: Id) -> PaySwitchesSummary:
    """
    Return the bill pay switches of a customer: bills that are paid with another card or account.

    They are made through a link from ``connect.generate_transfer_bill_pay_switch_url``.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.

    Returns:
        The switches, ten at most; `get_bill_pay_switch_details` tells more of one.

    Raises:
        NotFoundError: No such customer, or no switch.

    Source: GET /transfer/customers/{customer_id}/bill-pay-switches, getAllPaySwitches, spec 1.42.0.
    """
    return await session.send(GET_ALL_PAY_SWITCHES.request(customer_id=customer_id))


GET_BILL_PAY_SWITCH_DETAILS = Operation(
    "getBillPaySwitchDetails",
    "GET",
    "/transfer/customers/{customer_id}/bill-pay-switches/{switch_id}",
    PaySwitchDetails,
    customer="customerId",
)


async def get_bill_pay_switch_details(session: AsyncSession, customer_id: Id, switch_id: Id) -> PaySwitchDetails:
    """
    Return one bill pay switch: who is paid, with what, and whether it is done.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        switch_id: `PaySwitchesSummarySwitches.id`, for example ``"65cb40beec86d3bd0e8664cc"``.

    Raises:
        NotFoundError: No such customer or switch.

    Source: GET /transfer/customers/{customer_id}/bill-pay-switches/{switch_id}, getBillPaySwitchDetails, spec 1.42.0.
    """
    return await session.send(GET_BILL_PAY_SWITCH_DETAILS.request(customer_id=customer_id, switch_id=switch_id))
