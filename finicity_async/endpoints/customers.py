"""The Customers operations: add, find, change and delete the partner's customers."""

import re

from finicity_async.errors import (
    ConfigurationError,
    ConflictError,
    FinicityError,
    PayloadError,
    ServerError,
    StatusError,
    TransportError,
)
from finicity_async.models.customers import (
    CreatedCustomer,
    Customer,
    Customers,
    CustomerUpdate,
    CustomerWithAppData,
    NewCustomer,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

USERNAME_FORM = re.compile(r"[A-Za-z0-9!@.#$%&*_+-]{6,255}")
"""A username that the vendor takes; any other is answered 500 with code 110039."""

ADD_TESTING_CUSTOMER = Operation(
    "AddTestingCustomer", "POST", "/aggregation/v2/customers/testing", CreatedCustomer, body_type=NewCustomer
)


async def add_testing_customer(
    session: AsyncSession,
    username: str,
    *,
    first_name: str | None = None,
    last_name: str | None = None,
    application_id: str | None = None,
    phone: str | None = None,
    email: str | None = None,
) -> CreatedCustomer:
    """
    Add a customer that can connect to the vendor's test institutions and to no other.

    Free of charge. It is sent once: after a lost response, look the username up, or use ``find_or_create_customer``.

    Args:
        username: The partner's own name for the customer, unique for the partner over both types: 6 to 255 letters,
            digits and ``! @ . # $ % & * _ - +``, for example ``"user-7f3a9c"``. An e-mail address is not advised.
        first_name: The person's first name.
        last_name: The person's last name.
        application_id: The registered application to assign the customer to, for partners that have several.
        phone: The person's telephone number.
        email: The person's address.

    Returns:
        The ID, the username and when the customer was added.

    Raises:
        ConfigurationError: The vendor would refuse the username; nothing was sent.
        ConflictError: The username is taken.
        TransportError: The response was lost; ``sent`` says whether the customer may exist.

    Source: POST /aggregation/v2/customers/testing, AddTestingCustomer, spec 1.42.0.
    """
    _check_username(ADD_TESTING_CUSTOMER, username)
    body = NewCustomer(
        username=username,
        first_name=first_name,
        last_name=last_name,
        application_id=application_id,
        phone=phone,
        email=email,
    )
    return await session.send(ADD_TESTING_CUSTOMER.request(body=body))


ADD_CUSTOMER = Operation(
    "AddCustomer", "POST", "/aggregation/v2/customers/active", CreatedCustomer, body_type=NewCustomer
)


async def add_customer(
    session: AsyncSession,
    username: str,
    *,
    first_name: str | None = None,
    last_name: str | None = None,
    application_id: str | None = None,
    phone: str | None = None,
    email: str | None = None,
) -> CreatedCustomer:
    """
    Add an active customer, who owns accounts at real institutions.

    An active customer is billed. It is sent once: after a lost response, look the username up, or use
    ``find_or_create_customer``.

    Args:
        username: The partner's own name for the customer, unique for the partner over both types: 6 to 255 letters,
            digits and ``! @ . # $ % & * _ - +``, for example ``"user-7f3a9c"``. An e-mail address is not advised.
        first_name: The person's first name.
        last_name: The person's last name.
        application_id: The registered application to assign the customer to, for partners that have several.
        phone: The person's telephone number.
        email: The person's address.

    Returns:
        The ID, the username and when the customer was added.

    Raises:
        ConfigurationError: The vendor would refuse the username; nothing was sent.
        AuthenticationError: The partner is on the test plan, which has no active customers.
        ConflictError: The username is taken.
        TransportError: The response was lost; ``sent`` says whether the customer may exist.

    Source: POST /aggregation/v2/customers/active, AddCustomer, spec 1.42.0.
    """
    _check_username(ADD_CUSTOMER, username)
    body = NewCustomer(
        username=username,
        first_name=first_name,
        last_name=last_name,
        application_id=application_id,
        phone=phone,
        email=email,
    )
    return await session.send(ADD_CUSTOMER.request(body=body))


GET_CUSTOMERS = Operation(
    "GetCustomers",
    "GET",
    "/aggregation/v1/customers",
    Customers,
    query=("username", "type", "search", "start", "limit"),
    empty=b'{"customers": []}',
    start="record",
)


async def get_customers(
    session: AsyncSession,
    *,
    username: str | None = None,
    type: str | None = None,  # noqa: A002 -- the vendor's name
    search: str | None = None,
    start: int | None = None,
    limit: int | None = None,
) -> Customers:
    """
    Return one page of the partner's customers.

    Args:
        username: Only the customer with exactly this username, so none or one.
        type: ``"testing"`` or ``"active"``; None for both.
        search: Only customers in whose username or names this text occurs.
        start: Number of the first customer of the page, from 1; it counts customers and not pages.
        limit: Most customers on the page, 25 where None and 1000 at most.

    Returns:
        The page, whose ``more_available`` says whether another one follows; empty when nobody is found.

    Raises:
        BadRequestError: ``type`` is no type, or ``start`` or ``limit`` is below one.

    Source: GET /aggregation/v1/customers, GetCustomers, spec 1.42.0.
    """
    return await session.send(
        GET_CUSTOMERS.request(username=username, type=type, search=search, start=start, limit=limit)
    )


GET_CUSTOMER_WITH_APP_DATA = Operation(
    "GetCustomerWithAppData",
    "GET",
    "/aggregation/v1/customers/{customerId}/application",
    CustomerWithAppData,
    customer="id",
)


async def get_customer_with_app_data(session: AsyncSession, customer_id: Id) -> CustomerWithAppData:
    """
    Return one customer with the registered application that the customer is assigned to.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.

    Raises:
        NotFoundError: No such customer, or the partner or the customer has no application.

    Source: GET /aggregation/v1/customers/{customerId}/application, GetCustomerWithAppData, spec 1.42.0.
    """
    return await session.send(GET_CUSTOMER_WITH_APP_DATA.request(customerId=customer_id))


GET_CUSTOMER = Operation("GetCustomer", "GET", "/aggregation/v1/customers/{customerId}", Customer, customer="id")


async def get_customer(session: AsyncSession, customer_id: Id) -> Customer:
    """
    Return one customer.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.

    Raises:
        NotFoundError: No such customer.

    Source: GET /aggregation/v1/customers/{customerId}, GetCustomer, spec 1.42.0.
    """
    return await session.send(GET_CUSTOMER.request(customerId=customer_id))


MODIFY_CUSTOMER = Operation(
    "ModifyCustomer", "PUT", "/aggregation/v1/customers/{customerId}", None, body_type=CustomerUpdate
)


async def modify_customer(
    session: AsyncSession, customer_id: Id, *, first_name: str | None = None, last_name: str | None = None
) -> None:
    """
    Change a customer's name; nothing else of a customer can be changed.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        first_name: The new first name; None leaves it as it is.
        last_name: The new last name; None leaves it as it is.

    Raises:
        ConfigurationError: Neither name is given; nothing was sent.
        BadRequestError: A name has a character that the vendor does not take.
        PermissionDeniedError: A dispute statement of the consumer is active.
        NotFoundError: No such customer.
        TransportError: The response was lost; ``sent`` says whether the change may have been made.

    Source: PUT /aggregation/v1/customers/{customerId}, ModifyCustomer, spec 1.42.0.
    """
    if first_name is None and last_name is None:
        raise ConfigurationError("ModifyCustomer: give first_name, last_name or both. Nothing was sent.")
    body = CustomerUpdate(first_name=first_name, last_name=last_name)
    await session.send(MODIFY_CUSTOMER.request(customerId=customer_id, body=body))


DELETE_CUSTOMER = Operation("DeleteCustomer", "DELETE", "/aggregation/v1/customers/{customerId}", None)


async def delete_customer(session: AsyncSession, customer_id: Id) -> None:
    """
    Remove a customer with all of the customer's accounts; there is no way back, and the vendor asks no question.

    It is sent once; when the response is lost, read the customer before you repeat the call.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.

    Raises:
        NotFoundError: No such customer.
        TransportError: The response was lost; ``sent`` says whether the customer may be gone.

    Source: DELETE /aggregation/v1/customers/{customerId}, DeleteCustomer, spec 1.42.0.
    """
    await session.send(DELETE_CUSTOMER.request(customerId=customer_id))


async def find_or_create_customer(
    session: AsyncSession,
    username: str,
    *,
    testing: bool,
    first_name: str | None = None,
    last_name: str | None = None,
) -> Customer:
    """
    Return the customer with a username, and add the customer if there is none.

    One look-up and, if need be, one POST. When the POST is answered 409 or its response is lost, the username is looked
    up once more, and there is never a second POST. Usernames are unique, so any number of tasks and processes may call
    this at the same time and get the same customer, and it may be called again after any error.

    Args:
        username: The partner's own name for the customer: 6 to 255 letters, digits and ``! @ . # $ % & * _ - +``, for
            example ``"user-7f3a9c"``.
        testing: True for a customer of test institutions, free of charge; False for an active customer, who is billed.
        first_name: The person's first name, for a customer that is added.
        last_name: The person's last name, for a customer that is added.

    Returns:
        The customer as found; one that was added has the members that are known without another look-up.

    Raises:
        ConfigurationError: The vendor would refuse the username; nothing was sent.
        ConflictError: There is such a customer, and it is of the other type; or the username is taken and cannot be
            found, because it was once used on another plan of the vendor.
        TransportError: The response to the POST was lost, and the customer was not found afterwards.
        ServerError: The same, after a 5xx.
    """
    row = ADD_TESTING_CUSTOMER if testing else ADD_CUSTOMER
    _check_username(row, username)
    if (found := await _find(session, username, testing=testing)) is not None:
        return found
    body = NewCustomer(username=username, first_name=first_name, last_name=last_name)
    try:
        created = await session.send(row.request(body=body))
    except FinicityError as error:
        if not _may_exist(error):
            raise
        if (found := await _find(session, username, testing=testing)) is not None:
            return found
        error.add_note(
            "The username was looked up afterwards and not found. A later call of find_or_create_customer "
            "looks it up first."
        )
        raise
    return Customer(
        id=created.id,
        username=username,
        first_name=first_name,
        last_name=last_name,
        type=_type_of(testing),
        created_date=created.created_date,
    )


async def _find(session: AsyncSession, username: str, *, testing: bool) -> Customer | None:
    """
    Look a username up.

    Raises:
        ConflictError: The customer is of the other type.
    """
    page = await get_customers(session, username=username)
    # Compared here, too: a customer that only resembles the one that was asked for must not be taken for it.
    found = next((one for one in page if one.username == username), None)
    if found is not None and found.type != _type_of(testing):
        raise ConflictError(
            f"find_or_create_customer: the customer with this username is of type {found.type!r}, and "
            f"{_type_of(testing)!r} was asked for. A type cannot be changed: use another username for this customer. "
            "Nothing was created.",
            operation=GET_CUSTOMERS.operation_id,
            status=None,
        )
    return found


def _type_of(testing: bool) -> str:
    return "testing" if testing else "active"


def _may_exist(error: FinicityError) -> bool:
    """Return whether a customer may exist although adding one failed: a duplicate, or an unknown outcome."""
    if isinstance(error, TransportError):
        return error.sent
    is_timeout = isinstance(error, StatusError) and error.status == 408
    return is_timeout or isinstance(error, ConflictError | ServerError | PayloadError)


def _check_username(row: Operation[CreatedCustomer], username: object) -> None:
    if not isinstance(username, str) or not USERNAME_FORM.fullmatch(username):
        raise ConfigurationError(
            f"{row.operation_id}: a username has 6 to 255 letters, digits or ! @ . # $ % & * _ - +. Nothing was sent."
        )
