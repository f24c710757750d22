"""The Accounts operations: list, read, refresh and delete a customer's accounts."""

from datetime import datetime

from finicity_async._pipeline.call import sends_refresh
from finicity_async.errors import NOT_FOUND_CODES, ConfigurationError, NotFoundError
from finicity_async.models import CustomerAccount, CustomerAccounts
from finicity_async.operation import Id, Operation, Request
from finicity_async.session import AsyncSession

_NO_ACCOUNTS = b'{"accounts": []}'
"""What a 204 to a list stands for (spec of early 2022)."""

GET_CUSTOMER_ACCOUNT = Operation(
    "GetCustomerAccount",
    "GET",
    "/aggregation/v2/customers/{customerId}/accounts/{accountId}",
    CustomerAccount,
    customer="customerId",
)


async def get_customer_account(session: AsyncSession, customer_id: Id, account_id: Id) -> CustomerAccount:
    """
    Return one account of one customer.

    Reads what the vendor holds; the institution is not contacted.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.

    Raises:
        NotFoundError: No such customer, or the customer has no such account.

    Source: GET /aggregation/v2/customers/{customerId}/accounts/{accountId}, GetCustomerAccount, spec 1.42.0.
    """
    return await session.send(GET_CUSTOMER_ACCOUNT.request(customerId=customer_id, accountId=account_id))


GET_CUSTOMER_ACCOUNTS = Operation(
    "GetCustomerAccounts",
    "GET",
    "/aggregation/v1/customers/{customerId}/accounts",
    CustomerAccounts,
    query=("status", "account_type"),
    empty=_NO_ACCOUNTS,
    customer="customerId",
)


async def get_customer_accounts(
    session: AsyncSession, customer_id: Id, *, status: str | None = None, account_type: str | None = None
) -> CustomerAccounts:
    """
    Return every account of one customer.

    Reads what the vendor holds; the institution is not contacted. The vendor refreshes active accounts once a day.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        status: ``"active"`` or ``"pending"``; pending returns both kinds. None leaves it to the vendor: active.
        account_type: ``"ava"``, the accounts for account verification assistance; None leaves it to the vendor.

    Returns:
        The accounts in the vendor's order; empty when there are none.

    Raises:
        NotFoundError: No such customer.

    Source: GET /aggregation/v1/customers/{customerId}/accounts, GetCustomerAccounts, spec 1.42.0.
    """
    return await session.send(
        GET_CUSTOMER_ACCOUNTS.request(customerId=customer_id, status=status, account_type=account_type)
    )


GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION = Operation(
    "GetCustomerAccountsByInstitution",
    "GET",
    "/aggregation/v1/customers/{customerId}/institutions/{institutionId}/accounts",
    CustomerAccounts,
    empty=_NO_ACCOUNTS,
    customer="customerId",
)


async def get_customer_accounts_by_institution(
    session: AsyncSession, customer_id: Id, institution_id: Id
) -> CustomerAccounts:
    """
    Return the active accounts of one customer at one institution.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_id: Vendor ID of the institution, for example ``4222``.

    Returns:
        The accounts in the vendor's order.

    Raises:
        NotFoundError: No such customer, or no account at the institution: the vendor does not answer an empty list.

    Source: GET /aggregation/v1/customers/{customerId}/institutions/{institutionId}/accounts,
    GetCustomerAccountsByInstitution, spec 1.42.0.
    """
    return await session.send(
        GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION.request(customerId=customer_id, institutionId=institution_id)
    )


GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN = Operation(
    "GetCustomerAccountsByInstitutionLogin",
    "GET",
    "/aggregation/v1/customers/{customerId}/institutionLogins/{institutionLoginId}/accounts",
    CustomerAccounts,
    empty=_NO_ACCOUNTS,
    customer="customerId",
)


async def get_customer_accounts_by_institution_login(
    session: AsyncSession, customer_id: Id, institution_login_id: Id
) -> CustomerAccounts:
    """
    Return the accounts that one set of the customer's credentials at an institution reaches.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of the login, ``CustomerAccount.institution_login_id``, for example
            ``1007302745``.

    Returns:
        The accounts in the vendor's order.

    Raises:
        NotFoundError: No such customer or login: the vendor does not answer an empty list.

    Source: GET /aggregation/v1/customers/{customerId}/institutionLogins/{institutionLoginId}/accounts,
    GetCustomerAccountsByInstitutionLogin, spec 1.42.0.
    """
    return await session.send(
        GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN.request(
            customerId=customer_id, institutionLoginId=institution_login_id
        )
    )


REFRESH_CUSTOMER_ACCOUNTS = Operation(
    "RefreshCustomerAccounts",
    "POST",
    "/aggregation/v1/customers/{customerId}/accounts",
    CustomerAccounts,
    refresh=True,
    statuses=(200,),
    customer="customerId",
)


@sends_refresh
async def refresh_customer_accounts(session: AsyncSession, customer_id: Id) -> CustomerAccounts:
    """
    Refresh every account of one customer at the institutions, and return the accounts when that is done.

    Costs money, takes up to minutes, and moves ``aggregation_attempt_date``. The vendor forbids automating it: call
    it for an action of the user or an agreed business need. It is sent once; when the response is lost the refresh goes
    on, so read the accounts instead of calling again. The timeout is the session's ``refresh_timeout``: 120 s as the
    vendor recommended for years, while its newer documents say 180 s. Not for Data Access Tiers.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.

    Returns:
        The accounts after the refresh, in the vendor's order.

    Raises:
        NotFoundError: No such customer.
        AggregationError: An institution refused; ``aggregation`` says why and what to do.
        TransportError: The response was lost or timed out; the refresh goes on.
        PayloadError: The vendor answered before the refresh ended.

    Source: POST /aggregation/v1/customers/{customerId}/accounts, RefreshCustomerAccounts, spec 1.42.0.
    """
    return await session.send(REFRESH_CUSTOMER_ACCOUNTS.request(customerId=customer_id))


REFRESH_CUSTOMER_ACCOUNTS_V2 = Operation(
    "RefreshCustomerAccountsV2",
    "POST",
    "/aggregation/v2/customers/{customerId}/accounts",
    None,
    refresh=True,
    customer="customerId",
)


@sends_refresh
async def refresh_customer_accounts_v2(session: AsyncSession, customer_id: Id) -> None:
    """
    Refresh every account of one customer at the institutions, for partners on Data Access Tiers (ASD, AFD, ATD).

    Returns nothing: read the accounts afterwards. Costs money. The vendor forbids automating it. It is sent once;
    when the response is lost the refresh goes on. The timeout is the session's ``refresh_timeout``, 120 s (for version
    1 newer documents of the vendor say 180 s; for this one the vendor names none).

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.

    Raises:
        NotFoundError: No such customer.
        AggregationError: An institution refused; ``aggregation`` says why and what to do.
        TransportError: The response was lost or timed out; the refresh goes on.

    Source: POST /aggregation/v2/customers/{customerId}/accounts, RefreshCustomerAccountsV2, spec 1.42.0.
    """
    await session.send(REFRESH_CUSTOMER_ACCOUNTS_V2.request(customerId=customer_id))


REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN = Operation(
    "RefreshCustomerAccountsByInstitutionLogin",
    "POST",
    "/aggregation/v1/customers/{customerId}/institutionLogins/{institutionLoginId}/accounts",
    CustomerAccounts,
    query=("toDate", "fromDate"),
    refresh=True,
    statuses=(200,),
    customer="customerId",
)


@sends_refresh
async def refresh_customer_accounts_by_institution_login(
    session: AsyncSession,
    customer_id: Id,
    institution_login_id: Id,
    *,
    from_date: datetime | int | None = None,
    to_date: datetime | int | None = None,
) -> CustomerAccounts:
    """
    Refresh the accounts of one login at its institution, and return them when that is done.

    Costs money, takes up to minutes, and moves ``aggregation_attempt_date``. The vendor forbids automating it: call
    it for an action of the user or an agreed business need. It is sent once; when the response is lost the refresh goes
    on, so read the accounts instead of calling again. The timeout is the session's ``refresh_timeout``: 120 s as the
    vendor recommended for years, while its newer documents say 180 s. Not for Data Access Tiers.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of the login, for example ``1007302745``.
        from_date: First moment of the transactions to fetch, an aware datetime or Unix seconds, included.
        to_date: Last moment of the transactions to fetch, later than ``from_date``, included.

    Returns:
        The accounts of the login after the refresh, in the vendor's order.

    Raises:
        NotFoundError: No such customer or login.
        AggregationError: The institution refused; ``aggregation`` says why and what to do.
        TransportError: The response was lost or timed out; the refresh goes on.
        PayloadError: The vendor answered before the refresh ended.

    Source: POST /aggregation/v1/customers/{customerId}/institutionLogins/{institutionLoginId}/accounts,
    RefreshCustomerAccountsByInstitutionLogin, spec 1.42.0.
    """
    request = REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN.request(
        customerId=customer_id, institutionLoginId=institution_login_id, fromDate=from_date, toDate=to_date
    )
    if not (_is_date(from_date) and _is_date(to_date)):
        raise ConfigurationError(
            "RefreshCustomerAccountsByInstitutionLogin: a date is an aware datetime or Unix seconds. Nothing was sent."
        )
    if from_date is not None and to_date is not None and _unix_seconds(to_date) <= _unix_seconds(from_date):
        raise ConfigurationError(
            "RefreshCustomerAccountsByInstitutionLogin: to_date must be later than from_date. Nothing was sent."
        )
    return await session.send(request)


def _is_date(value: object) -> bool:
    return isinstance(value, datetime | int | None) and not isinstance(value, bool)


def _unix_seconds(date: datetime | int) -> int:
    return int(date.timestamp() // 1) if isinstance(date, datetime) else date


REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN_V2 = Operation(
    "RefreshCustomerAccountsByInstitutionLoginV2",
    "POST",
    "/aggregation/v2/customers/{customerId}/institutionLogins/{institutionLoginId}/accounts",
    None,
    refresh=True,
    customer="customerId",
)


@sends_refresh
async def refresh_customer_accounts_by_institution_login_v2(
    session: AsyncSession, customer_id: Id, institution_login_id: Id
) -> None:
    """
    Refresh the accounts of one login at its institution, for partners on Data Access Tiers (ASD, AFD, ATD).

    Returns nothing: read the accounts afterwards. Costs money. The vendor forbids automating it. It is sent once;
    when the response is lost the refresh goes on. The timeout is the session's ``refresh_timeout``, 120 s (for version
    1 newer documents of the vendor say 180 s; for this one the vendor names none).

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of the login, for example ``1007302745``.

    Raises:
        NotFoundError: No such customer or login.
        AggregationError: The institution refused; ``aggregation`` says why and what to do.
        TransportError: The response was lost or timed out; the refresh goes on.

    Source: POST /aggregation/v2/customers/{customerId}/institutionLogins/{institutionLoginId}/accounts,
    RefreshCustomerAccountsByInstitutionLoginV2, spec 1.42.0.
    """
    await session.send(
        REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN_V2.request(
            customerId=customer_id, institutionLoginId=institution_login_id
        )
    )


DELETE_CUSTOMER_ACCOUNT = Operation(
    "DeleteCustomerAccount",
    "DELETE",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}",
    None,
    customer="customerId",
)


async def delete_customer_account(
    session: AsyncSession, customer_id: Id, account_id: Id, *, missing_ok: bool = False
) -> None:
    """
    Remove one account of one customer from aggregation; there is no way back but connecting it anew.

    It is sent once; when the response is lost, read the account before you repeat the call.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.
        missing_ok: True takes an account, or customer, that the vendor does not know for deleted.

    Raises:
        NotFoundError: No such customer, or the customer has no such account.
        TransportError: The response was lost; ``sent`` says whether the account may be gone.

    Source: DELETE /aggregation/v1/customers/{customerId}/accounts/{accountId}, DeleteCustomerAccount, spec 1.42.0.
    """
    await _delete(session, DELETE_CUSTOMER_ACCOUNT.request(customerId=customer_id, accountId=account_id), missing_ok)


DELETE_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN = Operation(
    "DeleteCustomerAccountsByInstitutionLogin",
    "DELETE",
    "/aggregation/v1/customers/{customerId}/institutionLogins/{institutionLoginId}",
    None,
    customer="customerId",
)


async def delete_customer_accounts_by_institution_login(
    session: AsyncSession, customer_id: Id, institution_login_id: Id, *, missing_ok: bool = False
) -> None:
    """
    Remove every account of one login from aggregation; there is no way back but connecting the login anew.

    It is sent once; when the response is lost, read the accounts before you repeat the call.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of the login, for example ``1007302745``.
        missing_ok: True takes a login, or customer, that the vendor does not know for deleted.

    Raises:
        NotFoundError: No such customer or login.
        TransportError: The response was lost; ``sent`` says whether the accounts may be gone.

    Source: DELETE /aggregation/v1/customers/{customerId}/institutionLogins/{institutionLoginId},
    DeleteCustomerAccountsByInstitutionLogin, spec 1.42.0.
    """
    request = DELETE_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN.request(
        customerId=customer_id, institutionLoginId=institution_login_id
    )
    await _delete(session, request, missing_ok)


async def _delete(session: AsyncSession, request: Request[None], missing_ok: bool) -> None:
    try:
        await session.send(request)
    except NotFoundError as error:
        # A 404 without the vendor's code may come from a wrong base URL: it proves no absence.
        if not missing_ok or error.code not in NOT_FOUND_CODES:
            raise
