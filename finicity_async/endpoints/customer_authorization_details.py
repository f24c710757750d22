"""The Customer Authorization Details operation: how long a customer has authorized the access to an institution."""

from finicity_async.models.customer_authorization_details import CustomerAuthorizationDetails
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GET_CUSTOMER_AUTHORIZATION_DETAILS = Operation(
    "getCustomerAuthorizationDetails",
    "GET",
    "/customers/institution-logins/{institution_login_id}/authorization-details",
    CustomerAuthorizationDetails,
    advice={
        "3003": "No such login, or one without OAuth, for which there are no details.",
        "3004": "The customer authorized the access before the vendor kept such details.",
    },
)


async def get_customer_authorization_details(
    session: AsyncSession, institution_login_id: Id
) -> CustomerAuthorizationDetails:
    """
    Return from when until when a customer has authorized the access to one institution.

    Only logins by OAuth have such details, and of those authorized long ago the vendor may have none. The accounts
    themselves carry the same dates where the institution tells them.

    Args:
        institution_login_id: Vendor ID of the login, text or number, for example ``"1007302745"``.

    Raises:
        NotFoundError: No such login (code 3003, also for one without OAuth), or no details of it (code 3004).

    Source: GET /customers/institution-logins/{institution_login_id}/authorization-details,
    getCustomerAuthorizationDetails, spec 1.42.0.
    """
    return await session.send(GET_CUSTOMER_AUTHORIZATION_DETAILS.request(institution_login_id=institution_login_id))
