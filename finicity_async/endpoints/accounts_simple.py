"""The Accounts (Simple) operations: accounts without numbers, balances and details, for Data Access Tier ASD."""

from finicity_async.models.accounts_simple import CustomerAccountSimple, CustomerAccountsSimple
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_SIMPLE = Operation(
    "GetCustomerAccountsByInstitutionSimple",
    "GET",
    "/aggregation/v1/customers/{customerId}/institutions/{institutionId}/accounts/simple",
    CustomerAccountsSimple,
    customer="customerId",
)


async def get_customer_accounts_by_institution_simple(
    session: AsyncSession, customer_id: Id, institution_id: Id
) -> CustomerAccountsSimple:
    """
    Return the accounts of one customer at one institution without their numbers, balances, details and positions.

    Reads what the vendor holds; the institution is not contacted.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_id: Vendor ID, text or number, for example ``4222``.

    Returns:
        The accounts in the vendor's order.

    Raises:
        NotFoundError: No such customer, or no account at the institution.

    Source: GET /aggregation/v1/customers/{customerId}/institutions/{institutionId}/accounts/simple,
    GetCustomerAccountsByInstitutionSimple, spec 1.42.0.
    """
    return await session.send(
        GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_SIMPLE.request(customerId=customer_id, institutionId=institution_id)
    )


GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN_SIMPLE = Operation(
    "GetCustomerAccountsByInstitutionLoginSimple",
    "GET",
    "/aggregation/v1/customers/{customerId}/institutionLogins/{institutionLoginId}/accounts/simple",
    CustomerAccountsSimple,
    customer="customerId",
)


async def get_customer_accounts_by_institution_login_simple(
    session: AsyncSession, customer_id: Id, institution_login_id: Id
) -> CustomerAccountsSimple:
    """
    Return the accounts at one login of a customer without their numbers, balances, details and positions.

    Reads what the vendor holds; the institution is not contacted.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of the login, text or number, for example ``"1007302745"``.

    Returns:
        The accounts in the vendor's order.

    Raises:
        NotFoundError: No such customer, or no account at the login.

    Source: GET /aggregation/v1/customers/{customerId}/institutionLogins/{institutionLoginId}/accounts/simple,
    GetCustomerAccountsByInstitutionLoginSimple, spec 1.42.0.
    """
    request = GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN_SIMPLE.request(
        customerId=customer_id, institutionLoginId=institution_login_id
    )
    return await session.send(request)


GET_CUSTOMER_ACCOUNT_SIMPLE = Operation(
    "GetCustomerAccountSimple",
    "GET",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/simple",
    CustomerAccountSimple,
    customer="customerId",
)


async def get_customer_account_simple(session: AsyncSession, customer_id: Id, account_id: Id) -> CustomerAccountSimple:
    """
    Return one account without its number, balance, detail and positions.

    Reads what the vendor holds; the institution is not contacted.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID, text or number, for example ``"5011648377"``.

    Raises:
        NotFoundError: No such customer, or no such account of this customer.

    Source: GET /aggregation/v1/customers/{customerId}/accounts/{accountId}/simple, GetCustomerAccountSimple,
    spec 1.42.0.
    """
    return await session.send(GET_CUSTOMER_ACCOUNT_SIMPLE.request(customerId=customer_id, accountId=account_id))


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
