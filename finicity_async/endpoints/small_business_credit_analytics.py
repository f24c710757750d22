"""The Small Business Credit Analytics operations: find a merchant's location, and make a report on its sales."""

from finicity_async.models.small_business_credit_analytics import (
    LocationMatches,
    SBCAMetricsReportConstraints,
    SBCAReport,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GET_LOCATION_MATCHES = Operation(
    "GetLocationMatches",
    "GET",
    "/decisioning/sbca/location-matches",
    LocationMatches,
    query=("idType", "idValue", "merchantName", "streetAddress", "city", "stateProvinceRegion", "postalCode"),
)


async def get_location_matches(
    session: AsyncSession,
    *,
    id_type: str | None = None,
    id_value: str | None = None,
    merchant_name: str | None = None,
    street_address: str | None = None,
    city: str | None = None,
    state_province_region: str | None = None,
    postal_code: str | None = None,
) -> LocationMatches:
    """
    Return the locations, three at most, that resemble a merchant best.

    Search either by ``id_type`` and ``id_value`` or by name and address; the vendor refuses both together.

    Args:
        id_type: Kind of the ID, for example ``"MERCHANT_ID"``.
        id_value: The ID, for example ``"106241230D01"``.
        merchant_name: Name of the merchant, for example ``"Artisan Emporium"``.
        street_address: Street and number, for example ``"123 Main St"``.
        city: City of the address: letters, digits, blanks, single quotes and commas.
        state_province_region: State of the address, for example ``"UT"``.
        postal_code: ZIP code of the address, for example ``"84123"``.

    Returns:
        The locations, the best match first.

    Raises:
        BadRequestError: A parameter is missing, does not fit, or belongs to the other kind of search.
        NotFoundError: No location resembles the merchant.

    Source: GET /decisioning/sbca/location-matches, GetLocationMatches, spec 1.42.0.
    """
    request = GET_LOCATION_MATCHES.request(
        idType=id_type,
        idValue=id_value,
        merchantName=merchant_name,
        streetAddress=street_address,
        city=city,
        stateProvinceRegion=state_province_region,
        postalCode=postal_code,
    )
    return await session.send(request)


GENERATE_SBCA_METRICS_REPORT = Operation(
    "GenerateSBCAMetricsReport",
    "POST",
    "/decisioning/customers/{customerId}/sbca",
    SBCAReport,
    body_type=SBCAMetricsReportConstraints,
    customer="customerId",
)


async def generate_sbca_metrics_report(
    session: AsyncSession, customer_id: Id, body: SBCAMetricsReportConstraints
) -> SBCAReport:
    """
    Make a report on the sales of a merchant's location, or on those of others to compare with, and return it.

    Unlike other reports it is complete in the response. The vendor's document does not say whether it is billed. It is
    sent once; when the response is lost, look at the customer's reports before you repeat the call.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: Which metrics of which location, which business, and that the merchant has agreed.

    Returns:
        The report with its metrics; ``status`` may be ``"failure"``.

    Raises:
        BadRequestError: A value does not fit, for example a location that is no UUID.
        NotFoundError: No such customer or location.
        TransportError: The response was lost; ``sent`` says whether the report may have been made.

    Source: POST /decisioning/customers/{customerId}/sbca, GenerateSBCAMetricsReport, spec 1.42.0.
    """
    return await session.send(GENERATE_SBCA_METRICS_REPORT.request(customerId=customer_id, body=body))
