"""Pay statements on the wire: the file that is stored, and the ID that it gets."""

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record


class PayStatement(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What storing a pay statement sends; ``repr`` shows none of it.

    Source: schema PayStatement, spec 1.42.0.
    """

    label: str
    """Which pay period the statement is for."""
    statement: str
    """The file in Base64."""


class Asset(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A file that the vendor has stored.

    Source: schema Asset, spec 1.42.0.
    """

    asset_id: str
    """ID of the file, with which a report is made of it."""
