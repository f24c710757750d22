"""The Authentication operations: a token, and a new partner secret."""

import re

from finicity_async.auth import CREATE_TOKEN
from finicity_async.errors import ConfigurationError
from finicity_async.models import AccessToken, PartnerCredentialsWithNewSecret
from finicity_async.operation import Operation
from finicity_async.session import AsyncSession

MODIFY_PARTNER_SECRET = Operation(
    "ModifyPartnerSecret",
    "PUT",
    "/aggregation/v2/partners/authentication",
    None,
    body_type=PartnerCredentialsWithNewSecret,
    token=False,
)

PARTNER_SECRET_FORM = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9!@#$%&*_+-]{12,255}")


async def create_token(session: AsyncSession) -> AccessToken:
    """
    Log in and return a token; the session goes on with its own.

    A session logs in by itself, so this is for handing a token to another program. A token lives two hours. The
    vendor locks a partner after five failed logins: a refusal is remembered until ``AsyncSession.retry_login``, and no
    second login is sent.

    Returns:
        The token, masked in ``repr``.

    Raises:
        AuthenticationError: This login was refused, or an earlier one of this session; then nothing was sent.
        ConfigurationError: The session has an ``app_token`` alone.

    Source: POST /aggregation/v2/partners/authentication, CreateToken, spec 1.42.0.
    """
    return await session.login()


async def modify_partner_secret(session: AsyncSession, new_secret: str, *, immediate: bool = True) -> None:
    """
    Change the partner secret; the session goes on with the new one.

    Every other program that logs in with the old secret has to learn the new one, at once where ``immediate`` is
    True. When the response is lost, it is not known which secret is valid: log in with one of them by hand, once.

    Args:
        new_secret: 12 to 255 characters: letters, digits and ``! @ # $ % & * _ - +``, at least one letter and one
            digit.
        immediate: False keeps the old secret valid for 30 days.

    Raises:
        ConfigurationError: The new secret breaks the rules above, or the session has no partner secret.
        AuthenticationError: The present secret is refused.
        TransportError: The response was lost; ``sent`` says whether the change may have been made.

    Source: PUT /aggregation/v2/partners/authentication, ModifyPartnerSecret, spec 1.42.0.
    """
    credentials = session.credentials
    if credentials.partner_id is None or credentials.partner_secret is None:
        raise ConfigurationError(
            "ModifyPartnerSecret: the session has no partner_id and partner_secret. Nothing was sent."
        )
    if not isinstance(new_secret, str) or not PARTNER_SECRET_FORM.fullmatch(new_secret):  # type: ignore[redundant-expr]  # -- of a caller without types
        raise ConfigurationError(
            "ModifyPartnerSecret: a secret has 12 to 255 letters, digits or ! @ # $ % & * _ - +, a letter and a digit "
            "among them. Nothing was sent."
        )
    body = PartnerCredentialsWithNewSecret(
        partner_id=credentials.partner_id,
        partner_secret=credentials.partner_secret,
        new_partner_secret=new_secret,
        immediate=immediate,
    )
    await session.send(MODIFY_PARTNER_SECRET.request(body=body))
    session.use_secret(new_secret)


__all__ = ["CREATE_TOKEN", "MODIFY_PARTNER_SECRET", "create_token", "modify_partner_secret"]
