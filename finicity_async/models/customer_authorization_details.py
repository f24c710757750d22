"""How long a customer has authorized the access to an institution, on the wire."""

from finicity_async.models._record import Record
from finicity_async.models._values import Instant, NumericId


class CustomerAuthorizationDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    From when until when a customer has authorized the access to an institution (OAuth).

    Source: schema CustomerAuthorizationDetails, spec 1.42.0.
    """

    institution_login_id: NumericId | None = None
    """Vendor ID of the customer's login at the institution; a number here, text in paths."""
    authorization_start_date: Instant | None = None
    """Beginning of the authorization."""
    authorization_end_date: Instant | None = None
    """End of the authorization."""
