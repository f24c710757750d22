"""The Institutions operations: find the institutions that customers can connect, and what is known of them."""

from collections.abc import Sequence

from finicity_async.models.certified_institutions import CertifiedInstitutions, CertifiedInstitutionsWithRssd
from finicity_async.models.institutions import (
    BrandingWrapper,
    Institutions,
    InstitutionsByRoutingNumber,
    InstitutionWrapper,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

_MOST_OBJECTS = 100_000
"""JSON objects on a page: a thousand institutions of five objects each, or with the branches of each as well."""

GET_CERTIFIED_INSTITUTIONS_WITH_RSSD = Operation(
    "GetCertifiedInstitutionsWithRSSD",
    "GET",
    "/institution/v2/certifiedInstitutions/rssd",
    CertifiedInstitutionsWithRssd,
    query=("search", "start", "limit", "type", "supportedCountries"),
    start="page",
    max_records=_MOST_OBJECTS,
)


async def get_certified_institutions_with_rssd(
    session: AsyncSession,
    *,
    search: str | None = None,
    start: int | None = None,
    limit: int | None = None,
    type: str | Sequence[str] | None = None,  # noqa: A002 -- the vendor's name
    supported_countries: str | Sequence[str] | None = None,
) -> CertifiedInstitutionsWithRssd:
    """
    Return one page of institutions with their certifications and their identifiers at the Federal Reserve (RSSD).

    Free of charge.

    Args:
        search: A name, for example ``"finbank"``; it need not fit exactly.
        start: Number of the page, from 1; it counts pages, so keep ``limit`` the same on all of them.
        limit: Most institutions on the page, 25 where None and 1000 at most.
        type: Only those certified for these products, for example ``"voa"`` or ``["voa", "ach"]``.
        supported_countries: Countries that are served, in two letters, for example ``"us"`` or ``["us", "ca"]``; None
            for all.

    Returns:
        The page, whose ``more_available`` says whether another one follows; empty when nothing is found.

    Raises:
        BadRequestError: A value does not fit.

    Source: GET /institution/v2/certifiedInstitutions/rssd, GetCertifiedInstitutionsWithRSSD, spec 1.42.0.
    """
    request = GET_CERTIFIED_INSTITUTIONS_WITH_RSSD.request(
        search=search, start=start, limit=limit, type=type, supportedCountries=supported_countries
    )
    return await session.send(request)


GET_INSTITUTIONS = Operation(
    "GetInstitutions",
    "GET",
    "/institution/v2/institutions",
    Institutions,
    query=("search", "start", "limit", "type", "supportedCountries"),
    start="page",
    max_records=_MOST_OBJECTS,
)


async def get_institutions(
    session: AsyncSession,
    *,
    search: str | None = None,
    start: int | None = None,
    limit: int | None = None,
    type: str | None = None,  # noqa: A002 -- the vendor's name
    supported_countries: str | Sequence[str] | None = None,
) -> Institutions:
    """
    Return one page of the institutions that customers can connect; ``iter_institutions`` reads all pages.

    Free of charge.

    Args:
        search: A name, for example ``"finbank"``; it need not fit exactly.
        start: Number of the page, from 1; it counts pages, so keep ``limit`` the same on all of them.
        limit: Most institutions on the page, 25 where None and 1000 at most.
        type: Only those certified for this product, for example ``"voa"``.
        supported_countries: Countries that are served, in two letters, for example ``"us"`` or ``["us", "ca"]``; None
            for all.

    Returns:
        The page, whose ``more_available`` says whether another one follows; empty when nothing is found.

    Raises:
        BadRequestError: A value does not fit.

    Source: GET /institution/v2/institutions, GetInstitutions, spec 1.42.0.
    """
    request = GET_INSTITUTIONS.request(
        search=search, start=start, limit=limit, type=type, supportedCountries=supported_countries
    )
    return await session.send(request)


GET_CERTIFIED_INSTITUTIONS = Operation(
    "GetCertifiedInstitutions",
    "GET",
    "/institution/v2/certifiedInstitutions",
    CertifiedInstitutions,
    query=("search", "start", "limit", "type", "supportedCountries"),
    start="page",
    max_records=_MOST_OBJECTS,
)


async def get_certified_institutions(
    session: AsyncSession,
    *,
    search: str | None = None,
    start: int | None = None,
    limit: int | None = None,
    type: str | Sequence[str] | None = None,  # noqa: A002 -- the vendor's name
    supported_countries: str | Sequence[str] | None = None,
) -> CertifiedInstitutions:
    """
    Return one page of institutions with their certifications.

    Free of charge.

    Args:
        search: A name, for example ``"finbank"``; it need not fit exactly.
        start: Number of the page, from 1; it counts pages, so keep ``limit`` the same on all of them.
        limit: Most institutions on the page, 25 where None and 1000 at most.
        type: Only those certified for these products, for example ``"voa"`` or ``["voa", "ach"]``.
        supported_countries: Countries that are served, in two letters, for example ``"us"`` or ``["us", "ca"]``; None
            for all.

    Returns:
        The page, whose ``more_available`` says whether another one follows; empty when nothing is found.

    Raises:
        BadRequestError: A value does not fit.

    Source: GET /institution/v2/certifiedInstitutions, GetCertifiedInstitutions, spec 1.42.0.
    """
    request = GET_CERTIFIED_INSTITUTIONS.request(
        search=search, start=start, limit=limit, type=type, supportedCountries=supported_countries
    )
    return await session.send(request)


GET_INSTITUTION = Operation("GetInstitution", "GET", "/institution/v2/institutions/{institutionId}", InstitutionWrapper)


async def get_institution(session: AsyncSession, institution_id: Id) -> InstitutionWrapper:
    """
    Return one institution.

    Free of charge. One whose status is ``"migrating"`` gives way to the one in ``new_institution_id``.

    Args:
        institution_id: Vendor ID, text or number, for example ``4222``.

    Returns:
        A record whose only member is ``institution``.

    Raises:
        NotFoundError: No such institution.

    Source: GET /institution/v2/institutions/{institutionId}, GetInstitution, spec 1.42.0.
    """
    return await session.send(GET_INSTITUTION.request(institutionId=institution_id))


GET_INSTITUTION_BRANDING = Operation(
    "GetInstitutionBranding", "GET", "/institution/v2/institutions/{institutionId}/branding", BrandingWrapper
)


async def get_institution_branding(session: AsyncSession, institution_id: Id) -> BrandingWrapper:
    """
    Return the logos and the color of one institution.

    Free of charge. The logos are links to SVG files, which can be resized.

    Args:
        institution_id: Vendor ID, text or number, for example ``4222``.

    Returns:
        A record whose only member is ``branding``.

    Raises:
        NotFoundError: No such institution, or one without branding.

    Source: GET /institution/v2/institutions/{institutionId}/branding, GetInstitutionBranding, spec 1.42.0.
    """
    return await session.send(GET_INSTITUTION_BRANDING.request(institutionId=institution_id))


GET_INSTITUTIONS_BY_ROUTING_NUMBER = Operation(
    "GetInstitutionsByRoutingNumber",
    "GET",
    "/institution/v1/institutions/routingNumber/{routing_number}",
    InstitutionsByRoutingNumber,
)


async def get_institutions_by_routing_number(session: AsyncSession, routing_number: Id) -> InstitutionsByRoutingNumber:
    """
    Return the institutions that a routing number belongs to.

    Free of charge. Not every kind of institution has a routing number.

    Args:
        routing_number: Nine digits, for example ``"847392234"``; as text, because a number has no leading zeros.

    Raises:
        BadRequestError: It does not have nine digits.
        NotFoundError: No institution has it.

    Source: GET /institution/v1/institutions/routingNumber/{routing_number}, GetInstitutionsByRoutingNumber,
    spec 1.42.0.
    """
    return await session.send(GET_INSTITUTIONS_BY_ROUTING_NUMBER.request(routing_number=routing_number))
