"""The App Registration operations: applications that institutions have to know before customers sign in (OAuth)."""

from datetime import datetime

from finicity_async.models import CustomerAccounts
from finicity_async.models.app_registration import (
    Application,
    ApplicationResponse,
    AppStatuses,
    InstitutionResponse,
    RegisteredApplication,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

REGISTER_APP = Operation(
    "RegisterApp",
    "POST",
    "/aggregation/v1/partners/applications",
    RegisteredApplication,
    body_type=Application,
)


async def register_app(session: AsyncSession, body: Application) -> RegisteredApplication:
    """
    Register an application with the institutions whose customers sign in on their own pages (OAuth).

    The vendor approves it by hand, then each institution takes its time; `get_applications` and
    `get_registered_institutions` say how far they are. It is sent once; when the response is lost, look the name up
    with `get_applications` before you repeat the call, or there may be two registrations.

    Args:
        body: The application, its owner and its logo.

    Returns:
        The ID of the registration, which is not that of the application, and its status, ``"P"`` at first.

    Raises:
        BadRequestError: A value does not fit.
        TransportError: The response was lost; ``sent`` says whether it may be registered.

    Source: POST /aggregation/v1/partners/applications, RegisterApp, spec 1.42.0.
    """
    return await session.send(REGISTER_APP.request(body=body))


MODIFY_APP_REGISTRATION = Operation(
    "ModifyAppRegistration",
    "PUT",
    "/aggregation/v1/partners/applications/{preAppId}",
    RegisteredApplication,
    body_type=Application,
)


async def modify_app_registration(session: AsyncSession, pre_app_id: Id, body: Application) -> RegisteredApplication:
    """
    Replace everything that an application was registered with; it then waits for approval again.

    It is sent once; to repeat it does no harm.

    Args:
        pre_app_id: `RegisteredApplication.pre_app_id`, for example ``2581``.
        body: The whole application, with what stays the same, too.

    Returns:
        The ID of the registration and its status.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such registration.
        TransportError: The response was lost; ``sent`` says whether the change may have been made.

    Source: PUT /aggregation/v1/partners/applications/{preAppId}, ModifyAppRegistration, spec 1.42.0.
    """
    return await session.send(MODIFY_APP_REGISTRATION.request(preAppId=pre_app_id, body=body))


GET_APP_REGISTRATION_STATUS = Operation(
    "GetAppRegistrationStatus",
    "GET",
    "/aggregation/v2/partners/applications",
    AppStatuses,
    query=("preAppId", "applicationId", "status", "appName", "submittedDate", "modifiedDate", "page", "pageSize"),
    start="page",
    pages=("page", "pageSize"),
    deprecated=True,
)


async def get_app_registration_status(
    session: AsyncSession,
    *,
    pre_app_id: Id | None = None,
    application_id: Id | None = None,
    status: str | None = None,
    app_name: str | None = None,
    submitted_date: datetime | int | None = None,
    modified_date: datetime | int | None = None,
    page: int | None = None,
    page_size: int | None = None,
) -> AppStatuses:
    """
    Return one page of the partner's registrations; deprecated by the vendor.

    The vendor announced its end for May 2026: use `get_applications`, and `get_registered_institutions` for the
    institutions. ``iter_records(session, GET_APP_REGISTRATION_STATUS, key=attrgetter("pre_app_id"))`` reads all pages.

    Args:
        pre_app_id: Only this registration, for example ``2581``.
        application_id: Only the registration of this application.
        status: Only those with this status, for example ``"A"``.
        app_name: Only those of the application with this name.
        submitted_date: Only those that were handed in at this time, an aware datetime or Unix seconds.
        modified_date: Only those that last changed at this time, an aware datetime or Unix seconds.
        page: Number of the page, from 1; keep ``page_size`` the same on all of them.
        page_size: Most registrations on the page, 1 where None.

    Returns:
        The page, whose ``total_pages`` says how many there are.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: The partner has no such registration (code 50051).

    Source: GET /aggregation/v2/partners/applications, GetAppRegistrationStatus, spec 1.42.0.
    """
    request = GET_APP_REGISTRATION_STATUS.request(
        preAppId=pre_app_id,
        applicationId=application_id,
        status=status,
        appName=app_name,
        submittedDate=submitted_date,
        modifiedDate=modified_date,
        page=page,
        pageSize=page_size,
    )
    return await session.send(request)


GET_APPLICATIONS = Operation(
    "getApplications",
    "GET",
    "/applications",
    ApplicationResponse,
    query=("start", "limit", "pre_app_id", "application_id", "name", "status"),
    start="page",
)


async def get_applications(
    session: AsyncSession,
    *,
    start: int | None = None,
    limit: int | None = None,
    pre_app_id: Id | None = None,
    application_id: Id | None = None,
    name: str | None = None,
    status: str | None = None,
) -> ApplicationResponse:
    """
    Return one page of the partner's registrations and how far the vendor is with each.

    ``iter_records(session, GET_APPLICATIONS, key=attrgetter("pre_app_id"))`` reads all pages.

    Args:
        start: Number of the page, from 1; it counts pages, so keep ``limit`` the same on all of them.
        limit: Most registrations on the page, 50 where None and 100 at most.
        pre_app_id: Only this registration, for example ``2581``.
        application_id: Only the registration of this application.
        name: Only those of the application with this name.
        status: Only those with this status, for example ``"A"``; `App.status` lists them.

    Returns:
        The page, whose ``more_available`` says whether another one follows.

    Raises:
        BadRequestError: A value does not fit.

    Source: GET /applications, getApplications, spec 1.42.0.
    """
    request = GET_APPLICATIONS.request(
        start=start, limit=limit, pre_app_id=pre_app_id, application_id=application_id, name=name, status=status
    )
    return await session.send(request)


GET_REGISTERED_INSTITUTIONS = Operation(
    "getRegisteredInstitutions",
    "GET",
    "/applications/{application_id}/institutions",
    InstitutionResponse,
    query=("start", "limit", "institution_id"),
    start="page",
)


async def get_registered_institutions(
    session: AsyncSession,
    application_id: Id,
    *,
    start: int | None = None,
    limit: int | None = None,
    institution_id: Id | None = None,
) -> InstitutionResponse:
    """
    Return one page of the institutions that register an application, and whether each has done so.

    ``iter_records(session, GET_REGISTERED_INSTITUTIONS, key=attrgetter("institution_id"), application_id=...)`` reads
    all pages.

    Args:
        application_id: Vendor ID of an approved application, for example
            ``"00278431-b712-4f30-a044-b611f25e533d"``.
        start: Number of the page, from 1; it counts pages, so keep ``limit`` the same on all of them.
        limit: Most institutions on the page, 25 where None and 1000 at most.
        institution_id: Only this institution, for example ``102224``.

    Returns:
        The page, whose ``more_available`` says whether another one follows.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such application, or it is not registered with that institution.

    Source: GET /applications/{application_id}/institutions, getRegisteredInstitutions, spec 1.42.0.
    """
    request = GET_REGISTERED_INSTITUTIONS.request(
        application_id=application_id, start=start, limit=limit, institution_id=institution_id
    )
    return await session.send(request)


SET_CUSTOMER_APP_ID = Operation(
    "SetCustomerAppID",
    "PUT",
    "/aggregation/v1/customers/{customerId}/applications/{applicationId}",
    None,
)


async def set_customer_app_id(session: AsyncSession, customer_id: Id, application_id: Id) -> None:
    """
    Assign a customer to one of the partner's applications, for a partner that has several.

    It cannot be changed once it is set, not even by this call. It is sent once; to repeat it does no harm.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        application_id: Vendor ID of an approved application, for example
            ``"00278431-b712-4f30-a044-b611f25e533d"``.

    Raises:
        NotFoundError: No such customer, or no such application (code 50051).
        TransportError: The response was lost; ``sent`` says whether it may be set. `get_customer` tells.

    Source: PUT /aggregation/v1/customers/{customerId}/applications/{applicationId}, SetCustomerAppID, spec 1.42.0.
    """
    await session.send(SET_CUSTOMER_APP_ID.request(customerId=customer_id, applicationId=application_id))


MIGRATE_INSTITUTION_LOGIN_ACCOUNTS = Operation(
    "MigrateInstitutionLoginAccounts",
    "PUT",
    "/aggregation/v2/customers/{customerId}/institutionLogins/{institutionLoginId}/migration",
    CustomerAccounts,
    customer="customerId",
)


async def migrate_institution_login_accounts(
    session: AsyncSession, customer_id: Id, institution_login_id: Id
) -> CustomerAccounts:
    """
    Move the accounts at one login from the old connection of their institution to its new one (OAuth).

    It cannot be undone, and the accounts may come back with another ``institution_login_id``: keep the one that they
    say. The vendor knows which institution replaces which. It is sent once; when the response is lost, read the
    accounts of the customer to see where they are.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of the old login, ``CustomerAccount.institution_login_id``, for example
            ``1007302745``.

    Returns:
        The accounts at that login, in the vendor's order.

    Raises:
        NotFoundError: No such customer, or the customer has no such login.
        TransportError: The response was lost; ``sent`` says whether the accounts may have moved.

    Source: PUT /aggregation/v2/customers/{customerId}/institutionLogins/{institutionLoginId}/migration,
    MigrateInstitutionLoginAccounts, spec 1.42.0.
    """
    return await session.send(
        MIGRATE_INSTITUTION_LOGIN_ACCOUNTS.request(customerId=customer_id, institutionLoginId=institution_login_id)
    )
