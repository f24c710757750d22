"""The Data Sharing Consent operations: what customers let the partner read, and the end of it."""

from finicity_async.models.data_sharing_consent import DataSharingConsentReceipt, DataSharingConsentReceipts
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GET_DATA_SHARING_CONSENTS_BY_CUSTOMER_ID = Operation(
    "GetDataSharingConsentsByCustomerId",
    "GET",
    "/data-sharing-consents",
    DataSharingConsentReceipts,
    query=("customer_id", "status", "sort_by", "sort_order", "start", "limit", "context"),
    start="page",
)


async def get_data_sharing_consents_by_customer_id(
    session: AsyncSession,
    customer_id: Id,
    *,
    status: str | None = None,
    sort_by: str | None = None,
    sort_order: str | None = None,
    start: int | None = None,
    limit: int | None = None,
    context: str | None = None,
) -> DataSharingConsentReceipts:
    """
    Return one page of the consents that a customer has given.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        status: ``"ACTIVE"`` or ``"INACTIVE"``; None for both.
        sort_by: ``"startDate"`` (when the consent was given), ``"endDate"`` or ``"status"``; None is ``"startDate"``.
        sort_order: ``"Asc"`` or ``"Desc"``; None is ``"Desc"``, the latest first.
        start: Number of the page, from 1; it counts pages and not consents, so keep ``limit`` the same on all of them.
        limit: Most consents on the page, 25 where None and 1000 at most.
        context: ``"partner"``, or ``"crossPartner"`` for data that goes to another partner; None for both.

    Returns:
        The page, whose ``more_available`` says whether another one follows.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: The customer is unknown, or has given no consent (code 10215).

    Source: GET /data-sharing-consents, GetDataSharingConsentsByCustomerId, spec 1.42.0.
    """
    request = GET_DATA_SHARING_CONSENTS_BY_CUSTOMER_ID.request(
        customer_id=GET_DATA_SHARING_CONSENTS_BY_CUSTOMER_ID.id_text("customer_id", customer_id),
        status=status,
        sort_by=sort_by,
        sort_order=sort_order,
        start=start,
        limit=limit,
        context=context,
    )
    return await session.send(request)


GET_DATA_SHARING_CONSENTS_BY_ID = Operation(
    "GetDataSharingConsentsByID", "GET", "/data-sharing-consents/{consent_receipt_id}", DataSharingConsentReceipt
)


async def get_data_sharing_consents_by_id(session: AsyncSession, consent_receipt_id: Id) -> DataSharingConsentReceipt:
    """
    Return one consent.

    Args:
        consent_receipt_id: ID of the consent, for example ``"123e4567-e89b-42d3-a456-556642440000"``.

    Raises:
        NotFoundError: No such consent.

    Source: GET /data-sharing-consents/{consent_receipt_id}, GetDataSharingConsentsByID, spec 1.42.0.
    """
    return await session.send(GET_DATA_SHARING_CONSENTS_BY_ID.request(consent_receipt_id=consent_receipt_id))


REVOKE_DATA_SHARING_CONSENT_BY_ID = Operation(
    "RevokeDataSharingConsentById",
    "DELETE",
    "/data-sharing-consents/{consent_receipt_id}",
    None,
    headers=("Update-By",),
)


async def revoke_data_sharing_consent_by_id(
    session: AsyncSession, consent_receipt_id: Id, *, update_by: str | None = None
) -> None:
    """
    Revoke a consent: no institution in it can be read any more.

    It cannot be undone; the customer connects again and gives a new one. The consent stays and says ``"INACTIVE"``.

    Args:
        consent_receipt_id: ID of the consent, for example ``"123e4567-e89b-42d3-a456-556642440000"``.
        update_by: Who wants it: ``"CUSTOMER"``, or ``"PARTNER"``, for example because the customer is deleted.

    Raises:
        NotFoundError: No such consent.
        TransportError: The response was lost; ``sent`` says whether the consent may be revoked. Read it, and see.

    Source: DELETE /data-sharing-consents/{consent_receipt_id}, RevokeDataSharingConsentById, spec 1.42.0.
    """
    request = REVOKE_DATA_SHARING_CONSENT_BY_ID.request(
        consent_receipt_id=consent_receipt_id, **{"Update-By": update_by}
    )
    await session.send(request)


REVOKE_DATA_SHARING_CONSENT_BY_INSTITUTION_LOGIN_ID = Operation(
    "RevokeDataSharingConsentByInstitutionLoginID",
    "DELETE",
    "/data-sharing-consents/{consent_receipt_id}/institutionLogins/{institution_login_id}",
    None,
    headers=("Update-By",),
)


async def revoke_data_sharing_consent_by_institution_login_id(
    session: AsyncSession, consent_receipt_id: Id, institution_login_id: Id, *, update_by: str | None = None
) -> None:
    """
    Revoke a consent for one institution; the others in it can still be read.

    It cannot be undone; the customer connects again and gives a new one.

    Args:
        consent_receipt_id: ID of the consent, for example ``"123e4567-e89b-42d3-a456-556642440000"``.
        institution_login_id: Vendor ID of the login at the institution, text or number, for example ``"1007302745"``.
        update_by: Who wants it: ``"CUSTOMER"``, or ``"PARTNER"``, for example because the customer is deleted.

    Raises:
        NotFoundError: No such consent, or no such login in it.
        TransportError: The response was lost; ``sent`` says whether it may be revoked. Read the consent, and see.

    Source: DELETE /data-sharing-consents/{consent_receipt_id}/institutionLogins/{institution_login_id},
    RevokeDataSharingConsentByInstitutionLoginID, spec 1.42.0.
    """
    request = REVOKE_DATA_SHARING_CONSENT_BY_INSTITUTION_LOGIN_ID.request(
        consent_receipt_id=consent_receipt_id, institution_login_id=institution_login_id, **{"Update-By": update_by}
    )
    await session.send(request)
