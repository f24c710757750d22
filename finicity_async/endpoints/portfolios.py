"""The Portfolios operations: which reports of each type the vendor made last."""

from finicity_async.models.portfolios import (
    PortfolioSummary,
    PortfolioSummaryForSinglePortfolio,
    PortfolioWithConsumerSummary,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GET_PORTFOLIO_BY_CUSTOMER = Operation(
    "GetPortfolioByCustomer",
    "GET",
    "/decisioning/v1/customers/{customerId}/portfolios/{portfolioId}",
    PortfolioSummary,
)


async def get_portfolio_by_customer(session: AsyncSession, customer_id: Id, portfolio_id: Id) -> PortfolioSummary:
    """
    Return the latest report of each type in a portfolio of a customer.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        portfolio_id: ID of the portfolio, from a report in it, for example ``"dyr6qvqwhzxg-6-port"``; without the
            number of a version, ``-6-``, it is the latest.

    Returns:
        The reports without their contents; read them by their ``id``.

    Raises:
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such customer, or the customer has no such portfolio.

    Source: GET /decisioning/v1/customers/{customerId}/portfolios/{portfolioId}, GetPortfolioByCustomer, spec 1.42.0.
    """
    return await session.send(GET_PORTFOLIO_BY_CUSTOMER.request(customerId=customer_id, portfolioId=portfolio_id))


GET_PORTFOLIO_BY_CONSUMER = Operation(
    "GetPortfolioByConsumer",
    "GET",
    "/decisioning/v1/consumers/{consumerId}/portfolios/{portfolioId}",
    PortfolioWithConsumerSummary,
)


async def get_portfolio_by_consumer(
    session: AsyncSession, consumer_id: Id, portfolio_id: Id
) -> PortfolioWithConsumerSummary:
    """
    Return the latest report of each type in a portfolio of a consumer, and who the consumer is.

    Args:
        consumer_id: Vendor ID of the consumer, for example ``"0bf46322c167b562e6cbed9d40e19a4c"``.
        portfolio_id: ID of the portfolio, from a report in it, for example ``"dyr6qvqwhzxg-6-port"``; without the
            number of a version, ``-6-``, it is the latest.

    Returns:
        The reports without their contents, and the consumer; ``repr`` shows neither the ``ssn`` nor the ``birthday``.

    Raises:
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such consumer, or the consumer has no such portfolio.

    Source: GET /decisioning/v1/consumers/{consumerId}/portfolios/{portfolioId}, GetPortfolioByConsumer, spec 1.42.0.
    """
    return await session.send(GET_PORTFOLIO_BY_CONSUMER.request(consumerId=consumer_id, portfolioId=portfolio_id))


GET_PORTFOLIO_BY_PATH_PARAM_PORT_FOLIO_ID = Operation(
    "GetPortfolioByPathParamPortFolioID",
    "GET",
    "/decisioning/v1/portfolios/{portfolioId}",
    PortfolioSummaryForSinglePortfolio,
    empty=b'{"reports": []}',
)


async def get_portfolio_by_path_param_port_folio_id(
    session: AsyncSession, portfolio_id: Id
) -> PortfolioSummaryForSinglePortfolio:
    """
    Return a portfolio by its ID alone, and whose it is.

    Args:
        portfolio_id: ID of the portfolio, from a report in it, for example ``"dyr6qvqwhzxg-6-port"``.

    Returns:
        The reports without their contents, and the consumer; neither where no report in it is for Fannie Mae.

    Raises:
        PermissionDeniedError: The portfolio is not yours to read.
        NotFoundError: No such portfolio.

    Source: GET /decisioning/v1/portfolios/{portfolioId}, GetPortfolioByPathParamPortFolioID, spec 1.42.0.
    """
    return await session.send(GET_PORTFOLIO_BY_PATH_PARAM_PORT_FOLIO_ID.request(portfolioId=portfolio_id))
