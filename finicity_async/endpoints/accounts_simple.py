"""The Accounts (Simple) operations: accounts without numbers, balances and details, for Data Access Tier ASD."""

from finicity_async.models.accounts_simple import CustomerAccountsSimple
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GET_CUSTOMER_ACCOUNTS_SIMPLE = Operation(
    "GetCustomerAccountsSimple",
    "GET",
    "/aggregation/v1/customers/{customerId}/accounts/simple",
    CustomerAccountsSimple,
    customer="customerId",
)


async def get_customer_accounts_simple(session: AsyncSession, customer_id: Id) -> CustomerAccountsSimple:
    """
    Return every account of one customer without its number, balance, detail and positions.

    Reads what the vendor holds; the institution is not contacted.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.

    Returns:
        The accounts in the vendor's order; empty when there are none.

    Raises:
        NotFoundError: No such customer.

    Source: GET /aggregation/v1/customers/{customerId}/accounts/simple, GetCustomerAccountsSimple, spec 1.42.0.
    """
    return await session.send(GET_CUSTOMER_ACCOUNTS_SIMPLE.request(customerId=customer_id))
