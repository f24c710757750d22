"""The Consumers operations: the people that the vendor's reports are about."""

from finicity_async.errors import ConfigurationError
from finicity_async.models.consumers import Consumer, ConsumerUpdate, CreatedConsumer, NewConsumer
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

CREATE_CONSUMER = Operation(
    "CreateConsumer",
    "POST",
    "/decisioning/v1/customers/{customerId}/consumer",
    CreatedConsumer,
    body_type=NewConsumer,
    customer="customerId",
)


async def create_consumer(session: AsyncSession, customer_id: Id, body: NewConsumer) -> CreatedConsumer:
    """
    Create the consumer of a customer, the person that reports are about; each customer has one at most.

    Needed before the reports for which consumer reporting law applies. A consumer outlives the customer. It is sent
    once; when the response is lost, read the consumer of the customer before you repeat the call.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: Name and state, ``ssn`` or ``birthday``, ``phone`` or ``email``. No text shows any of it.

    Returns:
        The consumer's ID and when it was created.

    Raises:
        ConfigurationError: Neither ``ssn`` nor ``birthday``, or neither ``phone`` nor ``email``; nothing was sent.
        BadRequestError: The vendor does not take a value.
        NotFoundError: No such customer.
        ConflictError: The customer has a consumer already.
        TransportError: The response was lost; ``sent`` says whether the consumer may exist.

    Source: POST /decisioning/v1/customers/{customerId}/consumer, CreateConsumer, spec 1.42.0.
    """
    request = CREATE_CONSUMER.request(customerId=customer_id, body=body)
    if (body.ssn is None and body.birthday is None) or (body.phone is None and body.email is None):
        raise ConfigurationError(
            "CreateConsumer: the vendor wants ssn or birthday, and phone or email. Nothing was sent."
        )
    return await session.send(request)


GET_CONSUMER_FOR_CUSTOMER = Operation(
    "GetConsumerForCustomer",
    "GET",
    "/decisioning/v1/customers/{customerId}/consumer",
    Consumer,
    customer="customerId",
)


async def get_consumer_for_customer(session: AsyncSession, customer_id: Id) -> Consumer:
    """
    Return the consumer of a customer.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.

    Returns:
        The consumer, with the last four digits of the SSN alone.

    Raises:
        NotFoundError: No such customer, or the customer has no consumer.

    Source: GET /decisioning/v1/customers/{customerId}/consumer, GetConsumerForCustomer, spec 1.42.0.
    """
    return await session.send(GET_CONSUMER_FOR_CUSTOMER.request(customerId=customer_id))


GET_CONSUMER = Operation("GetConsumer", "GET", "/decisioning/v1/consumers/{consumerId}", Consumer)


async def get_consumer(session: AsyncSession, consumer_id: Id) -> Consumer:
    """
    Return one consumer, also when the customer is gone.

    Args:
        consumer_id: Vendor ID of the consumer, for example ``"0bf46322c167b562e6cbed9d40e19a4c"``.

    Returns:
        The consumer, with the last four digits of the SSN alone.

    Raises:
        NotFoundError: No such consumer.

    Source: GET /decisioning/v1/consumers/{consumerId}, GetConsumer, spec 1.42.0.
    """
    return await session.send(GET_CONSUMER.request(consumerId=consumer_id))


MODIFY_CONSUMER = Operation(
    "ModifyConsumer", "PUT", "/decisioning/v1/consumers/{consumerId}", None, body_type=ConsumerUpdate
)


async def modify_consumer(session: AsyncSession, consumer_id: Id, body: ConsumerUpdate) -> None:
    """
    Change some members of a consumer.

    It is sent once; when the response is lost, read the consumer before you repeat the call.

    Args:
        consumer_id: Vendor ID of the consumer, for example ``"0bf46322c167b562e6cbed9d40e19a4c"``.
        body: The members to change; None leaves one as it is. No text shows any of it.

    Raises:
        BadRequestError: The vendor does not take a value.
        NotFoundError: No such consumer.
        TransportError: The response was lost; ``sent`` says whether the change may have been made.

    Source: PUT /decisioning/v1/consumers/{consumerId}, ModifyConsumer, spec 1.42.0.
    """
    await session.send(MODIFY_CONSUMER.request(consumerId=consumer_id, body=body))
