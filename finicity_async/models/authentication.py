"""Token and partner secret on the wire."""

from typing import NoReturn

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record


class AccessToken(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A token for the header ``Finicity-App-Token``; it lives two hours from the login.

    Source: schema AccessToken, spec 1.42.0.
    """

    token: str
    """The token itself: a secret, masked in ``repr``."""

    def __reduce_ex__(self, _: object) -> NoReturn:
        """Refuse to be pickled: a pickle would carry the token in the clear."""
        raise TypeError("An AccessToken is a secret and cannot be pickled; hand over .token where that is meant")

    def __repr__(self) -> str:
        """Show nothing of the token."""
        return "AccessToken(token='***')"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        """Show nothing of the token in rich's tracebacks and logs either."""
        return [("token", "***")]


class PartnerCredentials(Masked, frozen=True, kw_only=True, rename="camel"):
    """
    What a login sends.

    Source: schema PartnerCredentials, spec 1.42.0.
    """

    partner_id: str
    """The partner's ID."""
    partner_secret: str
    """The partner's secret, masked in ``repr``."""

    def __reduce_ex__(self, _: object) -> NoReturn:
        """Refuse to be pickled: a pickle would carry the secret in the clear."""
        raise TypeError(f"{type(self).__name__} holds secrets and cannot be pickled")


class PartnerCredentialsWithNewSecret(
    PartnerCredentials, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """
    What a change of the partner secret sends.

    Source: schema PartnerCredentialsWithNewSecret, spec 1.42.0.
    """

    new_partner_secret: str
    """The secret that is to replace the present one, masked in ``repr``."""
    immediate: bool | None = None
    """False keeps the present secret valid for 30 days; the vendor's default is an immediate switch."""
