"""The Businesses operations: the business of a customer, for reports on small businesses."""

from finicity_async.models.businesses_api import Business, NewBusiness
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

ADD_BUSINESS_DETAILS = Operation(
    "AddBusinessDetails",
    "POST",
    "/business-services/customers/{customer_id}/businesses",
    Business,
    body_type=NewBusiness,
)


async def add_business_details(session: AsyncSession, customer_id: Id, body: NewBusiness) -> Business:
    """
    Add the business of a customer, who can have one.

    It is sent once; when the response is lost, `get_business_by_customer` says whether it was added.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The business.

    Returns:
        The business with its ID; ``repr`` does not show the tax ID.

    Raises:
        NotFoundError: No such customer.
        ConflictError: The customer has a business.
        TransportError: The response was lost; ``sent`` says whether it may have been added.

    Source: POST /business-services/customers/{customer_id}/businesses, AddBusinessDetails, spec 1.42.0.
    """
    return await session.send(ADD_BUSINESS_DETAILS.request(customer_id=customer_id, body=body))


GET_BUSINESS_BY_CUSTOMER = Operation(
    "GetBusinessByCustomer",
    "GET",
    "/business-services/customers/{customer_id}/businesses",
    tuple[Business, ...],
)


async def get_business_by_customer(session: AsyncSession, customer_id: Id) -> tuple[Business, ...]:
    """
    Return the business of a customer.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.

    Returns:
        A tuple, because the vendor answers with a list, though a customer has one business at most.

    Raises:
        NotFoundError: No such customer, or the customer has no business.

    Source: GET /business-services/customers/{customer_id}/businesses, GetBusinessByCustomer, spec 1.42.0.
    """
    return await session.send(GET_BUSINESS_BY_CUSTOMER.request(customer_id=customer_id))


UPDATE_BUSINESS = Operation(
    "UpdateBusiness",
    "PUT",
    "/business-services/businesses/{business_id}",
    Business,
    body_type=NewBusiness,
)


async def update_business(session: AsyncSession, business_id: Id, body: NewBusiness) -> Business:
    """
    Replace what the vendor knows of a business.

    It is sent once; to repeat it does no harm.

    Args:
        business_id: `Business.business_id`.
        body: The whole business, with what stays the same, too.

    Returns:
        The business as it is now.

    Raises:
        NotFoundError: No such business.
        TransportError: The response was lost; ``sent`` says whether the change may have been made.

    Source: PUT /business-services/businesses/{business_id}, UpdateBusiness, spec 1.42.0.
    """
    return await session.send(UPDATE_BUSINESS.request(business_id=business_id, body=body))


GET_BUSINESS_BY_ID = Operation(
    "GetBusinessById", "GET", "/business-services/businesses/{business_id}", tuple[Business, ...]
)


async def get_business_by_id(session: AsyncSession, business_id: Id) -> tuple[Business, ...]:
    """
    Return one business.

    Args:
        business_id: `Business.business_id`.

    Returns:
        A tuple with one business, because the vendor answers with a list.

    Raises:
        NotFoundError: No such business.

    Source: GET /business-services/businesses/{business_id}, GetBusinessById, spec 1.42.0.
    """
    return await session.send(GET_BUSINESS_BY_ID.request(business_id=business_id))
