"""The Connect Components operations: customers sign in on the partner's own pages, with the vendor's SDK in them."""

from collections.abc import Iterable

from finicity_async.models.connect_components import (
    Configuration,
    ConfigurationParameters,
    LoginForm,
    LoginFormParameters,
    MfaChallenges,
    OAuthUrl,
    OAuthUrlParameters,
    ServiceAgreement,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

# Making a link or a form twice does no harm, so a lost response is retried.

POST_INSTITUTIONS_INSTITUTION_ID_OAUTH_URLS = Operation(
    "post-institutions-institutionId-oauth-urls",
    "POST",
    "/connect-components/institutions/{institution_id}/oauth-urls",
    OAuthUrl,
    body_type=OAuthUrlParameters,
    idempotent=True,
    statuses=(201, 200),
)


async def post_institutions_institution_id_oauth_urls(
    session: AsyncSession,
    institution_id: Id,
    redirect_uri: str,
    customer_id: Id,
    service_agreement: ServiceAgreement,
    *,
    configuration_id: Id | None = None,
) -> OAuthUrl:
    """
    Make a link to an institution's own sign-in (OAuth), for a customer who adds accounts.

    Args:
        institution_id: Vendor ID of the institution, for example ``170716``.
        redirect_uri: Where the browser is sent after the sign-in, for example ``"https://example.com/connected"``.
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        service_agreement: That the customer has accepted the terms, in which language and when.
        configuration_id: ID of a configuration, `Configuration.id`; None for the usual course.

    Returns:
        The link, a secret that is masked in ``repr``, and the ID of the stream from which the SDK hears what happens.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such institution, customer or configuration.

    Source: POST /connect-components/institutions/{institution_id}/oauth-urls,
    post-institutions-institutionId-oauth-urls, spec 1.42.0.
    """
    row = POST_INSTITUTIONS_INSTITUTION_ID_OAUTH_URLS
    body = OAuthUrlParameters(
        redirect_uri=redirect_uri,
        customer_id=row.id_text("customerId", customer_id),
        configuration_id=None if configuration_id is None else row.id_text("configurationId", configuration_id),
        service_agreement=service_agreement,
    )
    return await session.send(row.request(institution_id=institution_id, body=body))


POST_INSTITUTIONS_INSTITUTION_ID_LOGIN_FORMS = Operation(
    "post-institutions-institutionId-login-forms",
    "POST",
    "/connect-components/institutions/{institution_id}/login-forms",
    LoginForm,
    body_type=LoginFormParameters,
    idempotent=True,
    statuses=(201, 200),
)


async def post_institutions_institution_id_login_forms(
    session: AsyncSession,
    institution_id: Id,
    language: str,
    customer_id: Id,
    service_agreement: ServiceAgreement,
    *,
    configuration_id: Id | None = None,
) -> LoginForm:
    """
    Make a form with which a customer signs in at an institution that has no sign-in of its own for this.

    The SDK shows its fields on your page; what is typed into them goes to the vendor alone.

    Args:
        institution_id: Vendor ID of the institution, for example ``102105``.
        language: ``"en"``, ``"en-us"``, ``"es"``, ``"es-us"``, ``"fr"`` or ``"fr-ca"``.
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        service_agreement: That the customer has accepted the terms, in which language and when.
        configuration_id: ID of a configuration, `Configuration.id`; None for the usual course.

    Returns:
        The fields, and the ID of the stream from which the SDK hears what happens, which is masked in ``repr``.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such institution, customer or configuration.

    Source: POST /connect-components/institutions/{institution_id}/login-forms,
    post-institutions-institutionId-login-forms, spec 1.42.0.
    """
    row = POST_INSTITUTIONS_INSTITUTION_ID_LOGIN_FORMS
    body = LoginFormParameters(
        language=language,
        customer_id=row.id_text("customerId", customer_id),
        configuration_id=None if configuration_id is None else row.id_text("configurationId", configuration_id),
        service_agreement=service_agreement,
    )
    return await session.send(row.request(institution_id=institution_id, body=body))


POST_RECONNECTIONS: Operation[LoginForm | tuple[MfaChallenges, ...]] = Operation(
    "post-reconnections",
    "POST",
    "/connect-components/customers/{customer_id}/institution-login-ids/{institution_login_id}/reconnections",
    LoginForm | tuple[MfaChallenges, ...],  # type: ignore[arg-type]  # -- to a type checker a union is no type
    statuses=(201, 203),
)


async def post_reconnections(
    session: AsyncSession, customer_id: Id, institution_login_id: Id
) -> LoginForm | tuple[MfaChallenges, ...]:
    """
    Begin to repair a login: the customer signs in once more, or answers the institution's questions.

    It is for a connection that was lost, credentials that were changed, or an answer that came too late. The
    institution may be contacted, so it is sent once.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of the login, ``CustomerAccount.institution_login_id``, for example
            ``1007302745``.

    Returns:
        A `LoginForm`, or, where the institution asks first (status 203), a tuple of `MfaChallenges`.

    Raises:
        BadRequestError: No such customer or login, or nothing that could be repaired.
        TransportError: The response was lost; ``sent`` says whether the repair may have begun.

    Source: POST /connect-components/customers/{customer_id}/institution-login-ids/{institution_login_id}/reconnections,
    post-reconnections, spec 1.42.0.
    """
    return await session.send(
        POST_RECONNECTIONS.request(customer_id=customer_id, institution_login_id=institution_login_id)
    )


POST_CONFIGURATIONS = Operation(
    "post-configurations",
    "POST",
    "/connect-components/configurations",
    Configuration,
    body_type=ConfigurationParameters,
)


async def post_configurations(
    session: AsyncSession,
    *,
    filter_accounts: Iterable[str] = (),
    account_classification_type: Iterable[str] = (),
    ao_required: bool | None = None,
) -> Configuration:
    """
    Make a configuration, which changes the course of the logins that name it.

    Args:
        filter_accounts: Activate accounts of these types alone, for example ``["Checking"]``; holds where there is a
            login form.
        account_classification_type: Activate only accounts that are ``"personal"``, ``"business"`` or ``"unknown"``;
            holds where the institution has a sign-in of its own.
        ao_required: True refuses a login, with error 239, whose owner does not share the owner's details; holds where
            the institution has a sign-in of its own. None is no.

    Returns:
        The configuration with its ID.

    Raises:
        BadRequestError: A value does not fit.
        TransportError: The response was lost; look for it in `get_configurations`.

    Source: POST /connect-components/configurations, post-configurations, spec 1.42.0.
    """
    body = ConfigurationParameters(
        filter_accounts=POST_CONFIGURATIONS.items("filterAccounts", filter_accounts),
        account_classification_type=POST_CONFIGURATIONS.items("accountClassificationType", account_classification_type),
        ao_required=ao_required,
    )
    return await session.send(POST_CONFIGURATIONS.request(body=body))


GET_CONFIGURATIONS = Operation(
    "get-configurations", "GET", "/connect-components/configurations", tuple[Configuration, ...]
)


async def get_configurations(session: AsyncSession) -> tuple[Configuration, ...]:
    """
    Return every configuration of the partner.

    Source: GET /connect-components/configurations, get-configurations, spec 1.42.0.
    """
    return await session.send(GET_CONFIGURATIONS.request())


GET_CONFIGURATIONS_CONFIGURATION_ID = Operation(
    "get-configurations-configurationId", "GET", "/connect-components/configurations/{configuration_id}", Configuration
)


async def get_configurations_configuration_id(session: AsyncSession, configuration_id: Id) -> Configuration:
    """
    Return one configuration.

    Args:
        configuration_id: ID of the configuration, for example ``"9082affa-d965-40be-a3ed-a320bb3467ff"``.

    Raises:
        NotFoundError: The partner has no such configuration.

    Source: GET /connect-components/configurations/{configuration_id}, get-configurations-configurationId, spec 1.42.0.
    """
    return await session.send(GET_CONFIGURATIONS_CONFIGURATION_ID.request(configuration_id=configuration_id))


DELETE_CONFIGURATIONS_CONFIGURATION_ID = Operation(
    "delete-configurations-configurationId", "DELETE", "/connect-components/configurations/{configuration_id}", None
)


async def delete_configurations_configuration_id(session: AsyncSession, configuration_id: Id) -> None:
    """
    Delete a configuration.

    Args:
        configuration_id: ID of the configuration, for example ``"9082affa-d965-40be-a3ed-a320bb3467ff"``.

    Raises:
        NotFoundError: The partner has no such configuration.
        TransportError: The response was lost; ``sent`` says whether the configuration may be gone.

    Source: DELETE /connect-components/configurations/{configuration_id},
    delete-configurations-configurationId, spec 1.42.0.
    """
    await session.send(DELETE_CONFIGURATIONS_CONFIGURATION_ID.request(configuration_id=configuration_id))
