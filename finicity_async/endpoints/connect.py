"""The Connect operations: links to the pages where a customer adds accounts, and how these pages look."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from finicity_async.errors import ConfigurationError
from finicity_async.models.connect import (
    Borrower,
    ConnectEmailParameters,
    ConnectEmailUrl,
    ConnectJointBorrowerEmailParameters,
    ConnectJointBorrowerParameters,
    ConnectParameters,
    ConnectUrl,
    ConsumerInfo,
    CreateExperience,
    EmailOptions,
    Experiences,
    FixConnectParameters,
    IndirectPartnerRequest,
    LiteConnectParameters,
    MicroEntryVerifyRequestParameter,
    ReportCustomField,
)
from finicity_async.models.connect_components import ServiceAgreement
from finicity_async.models.connect_transfer import (
    BankAccount,
    BillPaySwitchIdentity,
    Card,
    ConnectGenerateTransferBillPaySwitchParameters,
    ConnectTransferBillPaySwitchLink,
    ConnectTransferDepositSwitchLink,
    ExternalTransferDetails,
    TransferDepositSwitchParameters,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

_OF_WEBHOOKS = "A webhook must answer the vendor's ping with a 2xx while the link is made."
_REFUSED = (
    "The vendor does not know the customer, or refuses another value; its message says which. The partner ID is that "
    "of the session's credentials."
)
_ADVICE: dict[str | int, str] = {"10010": f"{_REFUSED} {_OF_WEBHOOKS}", 400: _OF_WEBHOOKS}
_FIX_ADVICE = {
    **_ADVICE,
    "38007": "The customer has no account at this login. Take institution_login_id from an account of this customer, "
    "read now: it changes when accounts move to another institution.",
}

# Making a link twice does no harm, so a lost response is retried.

GENERATE_CONNECT_URL = Operation(
    "GenerateConnectUrl",
    "POST",
    "/connect/v2/generate",
    ConnectUrl,
    body_type=ConnectParameters,
    idempotent=True,
    advice=_ADVICE,
)


async def generate_connect_url(
    session: AsyncSession,
    customer_id: Id,
    *,
    consumer_id: Id | None = None,
    redirect_uri: str | None = None,
    webhook: str | None = None,
    webhook_content_type: str | None = None,
    webhook_data: dict[str, Any] | None = None,
    webhook_headers: dict[str, Any] | None = None,
    experience: str | None = None,
    language: str | None = None,
    single_use_url: bool | None = None,
    institution_settings: dict[str, Any] | None = None,
    optional_consumer_info: ConsumerInfo | None = None,
    from_date: datetime | None = None,
    report_custom_fields: Iterable[ReportCustomField] = (),
    is_hosted_in_mobile_app: bool | None = None,
    is_web_view: bool | None = None,
) -> ConnectUrl:
    """
    Make a link to Connect, where a customer adds accounts.

    Open it in the customer's browser, and read the accounts when the event ``done`` arrives or the browser is back:
    neither proves that any were added. The link lives two hours (`ConnectUrl.expires_at`) and is a secret: whoever has
    it acts for the customer, so send it over https only and keep it out of logs. Making it is free; the accounts of an
    active customer are billed.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        consumer_id: The customer's consumer record; for an experience that ends in a report.
        redirect_uri: Where the browser is sent after the session, for example ``"https://example.com/connected"``.
            Required unless the pages are embedded in an iframe.
        webhook: Public URL that events are posted to, for example ``"https://example.com/finicity"``;
            ``finicity_async.webhooks`` reads them. The vendor pings it while it makes the link, and refuses the call
            unless the ping is answered with a 2xx.
        webhook_content_type: Media type of the events; None is ``"application/json"``, the only one that
            ``finicity_async.webhooks`` reads.
        webhook_data: Members that come back in every event, for example ``{"user": "7"}``.
        webhook_headers: Headers that come with every event, for example ``{"X-Tenant": "7"}``.
        experience: ID of an experience, from `get_all_experience` or the vendor, or ``"default"`` for the partner's
            own; it says how the pages look and which reports follow. None is plain Connect: no branding and no report.
        language: ``"es"`` or ``"fr"``; None is English.
        single_use_url: True expires the link after the first successful session; overrides the experience.
        institution_settings: Which institutions are shown, in the vendor's form; None for all.
        optional_consumer_info: Pre-fills the payroll search: social security number and day of birth.
        from_date: Start of the transactions in a report, an aware datetime.
        report_custom_fields: Your own fields in a report, five at most.
        is_hosted_in_mobile_app: True if a mobile app hosts the pages without the vendor's SDK.
        is_web_view: True if a mobile app shows the pages in a web view; requires ``redirect_uri``.

    Returns:
        The link, masked in ``repr``.

    Raises:
        BadRequestError: An unknown customer, a value that does not fit, or a webhook that does not answer.
        ConfigurationError: The session has no partner ID, or an argument cannot be sent.

    Source: POST /connect/v2/generate, GenerateConnectUrl, spec 1.42.0.
    """
    body = ConnectParameters(
        language=language,
        partner_id=_partner_id(GENERATE_CONNECT_URL, session),
        customer_id=GENERATE_CONNECT_URL.id_text("customerId", customer_id),
        consumer_id=None if consumer_id is None else GENERATE_CONNECT_URL.id_text("consumerId", consumer_id),
        redirect_uri=redirect_uri,
        webhook=webhook,
        webhook_content_type=webhook_content_type,
        webhook_data=webhook_data,
        webhook_headers=webhook_headers,
        experience=experience,
        single_use_url=single_use_url,
        institution_settings=institution_settings,
        optional_consumer_info=optional_consumer_info,
        from_date=from_date,
        report_custom_fields=GENERATE_CONNECT_URL.items("reportCustomFields", report_custom_fields),
        is_hosted_in_mobile_app=is_hosted_in_mobile_app,
        is_web_view=is_web_view,
    )
    return await session.send(GENERATE_CONNECT_URL.request(body=body))


GENERATE_LITE_CONNECT_URL = Operation(
    "GenerateLiteConnectUrl",
    "POST",
    "/connect/v2/generate/lite",
    ConnectUrl,
    body_type=LiteConnectParameters,
    idempotent=True,
    advice=_ADVICE,
)


async def generate_lite_connect_url(
    session: AsyncSession,
    customer_id: Id,
    institution_id: Id,
    *,
    redirect_uri: str | None = None,
    webhook: str | None = None,
    webhook_content_type: str | None = None,
    webhook_data: dict[str, Any] | None = None,
    webhook_headers: dict[str, Any] | None = None,
    experience: str | None = None,
    language: str | None = None,
    single_use_url: bool | None = None,
    is_hosted_in_mobile_app: bool | None = None,
    is_web_view: bool | None = None,
) -> ConnectUrl:
    """
    Make a link to Connect for one institution: sign-in alone, without a search and without management of accounts.

    For an application that has a list of institutions of its own. The link lives two hours (`ConnectUrl.expires_at`)
    and is a secret, as that of `generate_connect_url` is. The keyword arguments are those of `generate_connect_url`.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_id: Vendor ID of the institution, for example ``102105``.

    Returns:
        The link, masked in ``repr``.

    Raises:
        BadRequestError: An unknown customer, a value that does not fit, or a webhook that does not answer.
        ConfigurationError: The session has no partner ID, or an argument cannot be sent.

    Source: POST /connect/v2/generate/lite, GenerateLiteConnectUrl, spec 1.42.0.
    """
    body = LiteConnectParameters(
        language=language,
        partner_id=_partner_id(GENERATE_LITE_CONNECT_URL, session),
        customer_id=GENERATE_LITE_CONNECT_URL.id_text("customerId", customer_id),
        institution_id=_number(GENERATE_LITE_CONNECT_URL, "institutionId", institution_id),
        redirect_uri=redirect_uri,
        webhook=webhook,
        webhook_content_type=webhook_content_type,
        webhook_data=webhook_data,
        webhook_headers=webhook_headers,
        experience=experience,
        single_use_url=single_use_url,
        is_hosted_in_mobile_app=is_hosted_in_mobile_app,
        is_web_view=is_web_view,
    )
    return await session.send(GENERATE_LITE_CONNECT_URL.request(body=body))


GENERATE_FIX_CONNECT_URL = Operation(
    "GenerateFixConnectUrl",
    "POST",
    "/connect/v2/generate/fix",
    ConnectUrl,
    body_type=FixConnectParameters,
    idempotent=True,
    advice=_FIX_ADVICE,
)


async def generate_fix_connect_url(
    session: AsyncSession,
    customer_id: Id,
    institution_login_id: Id,
    *,
    redirect_uri: str | None = None,
    webhook: str | None = None,
    webhook_content_type: str | None = None,
    webhook_data: dict[str, Any] | None = None,
    webhook_headers: dict[str, Any] | None = None,
    experience: str | None = None,
    language: str | None = None,
    single_use_url: bool | None = None,
    is_hosted_in_mobile_app: bool | None = None,
    is_web_view: bool | None = None,
) -> ConnectUrl:
    """
    Make a link to Connect where a customer repairs a login: new credentials, or an answer to a security question.

    Whether that helps is said by ``CustomerAccount.aggregation.fixable``. The link lives two hours
    (`ConnectUrl.expires_at`) and is a secret, as that of `generate_connect_url` is. Where nothing is to be repaired,
    the browser comes back at once with reason ``error`` and code 201. The keyword arguments are those of
    `generate_connect_url`.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of the login, ``CustomerAccount.institution_login_id``, for example
            ``1007302745``.

    Returns:
        The link, masked in ``repr``.

    Raises:
        BadRequestError: An unknown customer, a value that does not fit, or a webhook that does not answer.
        NotFoundError: The customer has no such login.
        ConfigurationError: The session has no partner ID, or an argument cannot be sent.

    Source: POST /connect/v2/generate/fix, GenerateFixConnectUrl, spec 1.42.0.
    """
    body = FixConnectParameters(
        language=language,
        partner_id=_partner_id(GENERATE_FIX_CONNECT_URL, session),
        customer_id=GENERATE_FIX_CONNECT_URL.id_text("customerId", customer_id),
        institution_login_id=GENERATE_FIX_CONNECT_URL.id_text("institutionLoginId", institution_login_id),
        redirect_uri=redirect_uri,
        webhook=webhook,
        webhook_content_type=webhook_content_type,
        webhook_data=webhook_data,
        webhook_headers=webhook_headers,
        experience=experience,
        single_use_url=single_use_url,
        is_hosted_in_mobile_app=is_hosted_in_mobile_app,
        is_web_view=is_web_view,
    )
    return await session.send(GENERATE_FIX_CONNECT_URL.request(body=body))


SEND_CONNECT_EMAIL = Operation(
    "SendConnectEmail",
    "POST",
    "/connect/v2/send/email",
    ConnectEmailUrl,
    body_type=ConnectEmailParameters,
    advice=_ADVICE,
)


async def send_connect_email(
    session: AsyncSession,
    customer_id: Id,
    consumer_id: Id,
    email: EmailOptions,
    *,
    redirect_uri: str | None = None,
    webhook: str | None = None,
    webhook_content_type: str | None = None,
    webhook_data: dict[str, Any] | None = None,
    webhook_headers: dict[str, Any] | None = None,
    experience: str | None = None,
    language: str | None = None,
    single_use_url: bool | None = None,
    institution_settings: dict[str, Any] | None = None,
    from_date: datetime | None = None,
    report_custom_fields: Iterable[ReportCustomField] = (),
    optional_consumer_info: ConsumerInfo | None = None,
) -> ConnectEmailUrl:
    """
    Make a link to Connect and have the vendor send it to the customer by email.

    The message goes out at once, and the call is never sent again: when the response is lost, it may be on its way. The
    link, which lives two hours, is returned as well, and is a secret. The keyword arguments are those of
    `generate_connect_url`.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        consumer_id: The customer's consumer record, for example ``"0bf46322c167b562e6cbed9d40e19a4c"``.
        email: Who gets the message and what it says; only ``to`` is needed.

    Returns:
        The link, masked in ``repr``.

    Raises:
        BadRequestError: An unknown customer, a value that does not fit, or a webhook that does not answer.
        ConfigurationError: The session has no partner ID, or an argument cannot be sent.

    Source: POST /connect/v2/send/email, SendConnectEmail, spec 1.42.0.
    """
    body = ConnectEmailParameters(
        language=language,
        partner_id=_partner_id(SEND_CONNECT_EMAIL, session),
        customer_id=SEND_CONNECT_EMAIL.id_text("customerId", customer_id),
        consumer_id=SEND_CONNECT_EMAIL.id_text("consumerId", consumer_id),
        email=email,
        redirect_uri=redirect_uri,
        webhook=webhook,
        webhook_content_type=webhook_content_type,
        webhook_data=webhook_data,
        webhook_headers=webhook_headers,
        experience=experience,
        single_use_url=single_use_url,
        institution_settings=institution_settings,
        from_date=from_date,
        report_custom_fields=SEND_CONNECT_EMAIL.items("reportCustomFields", report_custom_fields),
        optional_consumer_info=optional_consumer_info,
    )
    return await session.send(SEND_CONNECT_EMAIL.request(body=body))


GENERATE_JOINT_BORROWER_CONNECT_URL = Operation(
    "GenerateJointBorrowerConnectUrl",
    "POST",
    "/connect/v2/generate/jointBorrower",
    ConnectUrl,
    body_type=ConnectJointBorrowerParameters,
    idempotent=True,
    advice=_ADVICE,
)


async def generate_joint_borrower_connect_url(
    session: AsyncSession,
    borrowers: Iterable[Borrower],
    *,
    redirect_uri: str | None = None,
    webhook: str | None = None,
    webhook_content_type: str | None = None,
    webhook_data: dict[str, Any] | None = None,
    webhook_headers: dict[str, Any] | None = None,
    experience: str | None = None,
    language: str | None = None,
    single_use_url: bool | None = None,
    institution_settings: dict[str, Any] | None = None,
    from_date: datetime | None = None,
    report_custom_fields: Iterable[ReportCustomField] = (),
) -> ConnectUrl:
    """
    Make a link to Connect where two borrowers add their accounts in one session, for a report on both.

    Each of them is a customer with a consumer record. The link lives two hours (`ConnectUrl.expires_at`) and is a
    secret, as that of `generate_connect_url` is. The keyword arguments are those of `generate_connect_url`.

    Args:
        borrowers: Two of them, one of type ``"primary"`` and one of type ``"jointBorrower"``.

    Returns:
        The link, masked in ``repr``.

    Raises:
        BadRequestError: An unknown customer, a value that does not fit, or a webhook that does not answer.
        ConfigurationError: The session has no partner ID, or an argument cannot be sent.

    Source: POST /connect/v2/generate/jointBorrower, GenerateJointBorrowerConnectUrl, spec 1.42.0.
    """
    body = ConnectJointBorrowerParameters(
        language=language,
        partner_id=_partner_id(GENERATE_JOINT_BORROWER_CONNECT_URL, session),
        borrowers=GENERATE_JOINT_BORROWER_CONNECT_URL.items("borrowers", borrowers),
        redirect_uri=redirect_uri,
        webhook=webhook,
        webhook_content_type=webhook_content_type,
        webhook_data=webhook_data,
        webhook_headers=webhook_headers,
        experience=experience,
        single_use_url=single_use_url,
        institution_settings=institution_settings,
        from_date=from_date,
        report_custom_fields=GENERATE_JOINT_BORROWER_CONNECT_URL.items("reportCustomFields", report_custom_fields),
    )
    return await session.send(GENERATE_JOINT_BORROWER_CONNECT_URL.request(body=body))


SEND_JOINT_BORROWER_CONNECT_EMAIL = Operation(
    "SendJointBorrowerConnectEmail",
    "POST",
    "/connect/v2/send/email/jointBorrower",
    ConnectEmailUrl,
    body_type=ConnectJointBorrowerEmailParameters,
    advice=_ADVICE,
)


async def send_joint_borrower_connect_email(
    session: AsyncSession,
    borrowers: Iterable[Borrower],
    email: EmailOptions,
    experience: str,
    *,
    redirect_uri: str | None = None,
    webhook: str | None = None,
    webhook_content_type: str | None = None,
    webhook_data: dict[str, Any] | None = None,
    webhook_headers: dict[str, Any] | None = None,
    language: str | None = None,
    single_use_url: bool | None = None,
    institution_settings: dict[str, Any] | None = None,
    from_date: datetime | None = None,
    report_custom_fields: Iterable[ReportCustomField] = (),
) -> ConnectEmailUrl:
    """
    Make a link to Connect for two borrowers and have the vendor send it by email.

    The message goes out at once, and the call is never sent again: when the response is lost, it may be on its way. The
    link, which lives two hours, is returned as well, and is a secret. The keyword arguments are those of
    `generate_connect_url`.

    Args:
        borrowers: Two of them, one of type ``"primary"`` and one of type ``"jointBorrower"``.
        email: Who gets the message and what it says; only ``to`` is needed.
        experience: ID of an experience, from `get_all_experience` or the vendor, or ``"default"`` for the partner's
            own; it says how the pages look and which reports follow.

    Returns:
        The link, masked in ``repr``.

    Raises:
        BadRequestError: An unknown customer, a value that does not fit, or a webhook that does not answer.
        ConfigurationError: The session has no partner ID, or an argument cannot be sent.

    Source: POST /connect/v2/send/email/jointBorrower, SendJointBorrowerConnectEmail, spec 1.42.0.
    """
    body = ConnectJointBorrowerEmailParameters(
        language=language,
        partner_id=_partner_id(SEND_JOINT_BORROWER_CONNECT_EMAIL, session),
        borrowers=SEND_JOINT_BORROWER_CONNECT_EMAIL.items("borrowers", borrowers),
        email=email,
        experience=experience,
        redirect_uri=redirect_uri,
        webhook=webhook,
        webhook_content_type=webhook_content_type,
        webhook_data=webhook_data,
        webhook_headers=webhook_headers,
        single_use_url=single_use_url,
        institution_settings=institution_settings,
        from_date=from_date,
        report_custom_fields=SEND_JOINT_BORROWER_CONNECT_EMAIL.items("reportCustomFields", report_custom_fields),
    )
    return await session.send(SEND_JOINT_BORROWER_CONNECT_EMAIL.request(body=body))


VERIFY_MICRO_ENTRY_MICRODEPOSIT = Operation(
    "VerifyMicroEntryMicrodeposit",
    "POST",
    "/connect/v2/generate/microentry/verify",
    ConnectUrl,
    body_type=MicroEntryVerifyRequestParameter,
    idempotent=True,
    advice=_ADVICE,
)


async def verify_micro_entry_microdeposit(
    session: AsyncSession,
    customer_id: Id,
    account_id: Id,
    *,
    redirect_uri: str | None = None,
    webhook: str | None = None,
    webhook_content_type: str | None = None,
    webhook_data: dict[str, Any] | None = None,
    webhook_headers: dict[str, Any] | None = None,
    experience: str | None = None,
) -> ConnectUrl:
    """
    Make a link to Connect, where a customer enters the amounts of two micro deposits.

    The deposits are sent by `finicity_async.endpoints.account_validation_assistance.initiate_micro_amount_deposits`.
    The link lives two hours (`ConnectUrl.expires_at`) and is a secret, as that of `generate_connect_url` is. The
    keyword arguments are those of `generate_connect_url`.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account that the deposits went to, for example ``"5011648377"``.

    Returns:
        The link, masked in ``repr``.

    Raises:
        BadRequestError: An unknown customer, a value that does not fit, or a webhook that does not answer.
        ConfigurationError: The session has no partner ID, or an argument cannot be sent.

    Source: POST /connect/v2/generate/microentry/verify, VerifyMicroEntryMicrodeposit, spec 1.42.0.
    """
    body = MicroEntryVerifyRequestParameter(
        partner_id=_partner_id(VERIFY_MICRO_ENTRY_MICRODEPOSIT, session),
        customer_id=VERIFY_MICRO_ENTRY_MICRODEPOSIT.id_text("customerId", customer_id),
        redirect_uri=redirect_uri,
        webhook=webhook,
        webhook_content_type=webhook_content_type,
        webhook_data=webhook_data,
        webhook_headers=webhook_headers,
        experience=experience,
        account_id=VERIFY_MICRO_ENTRY_MICRODEPOSIT.id_text("accountId", account_id),
    )
    return await session.send(VERIFY_MICRO_ENTRY_MICRODEPOSIT.request(body=body))


GENERATE_TRANSFER_DEPOSIT_SWITCH_URL = Operation(
    "GenerateTransferDepositSwitchUrl",
    "POST",
    "/connect/generate/transfer/deposit-switch",
    ConnectTransferDepositSwitchLink,
    body_type=TransferDepositSwitchParameters,
    idempotent=True,
    advice=_ADVICE,
)


async def generate_transfer_deposit_switch_url(
    session: AsyncSession,
    customer_id: Id,
    accounts: Iterable[BankAccount],
    *,
    service_agreement: ServiceAgreement | None = None,
    external: ExternalTransferDetails | None = None,
    redirect_uri: str | None = None,
    webhook: str | None = None,
    webhook_content_type: str | None = None,
    webhook_data: dict[str, Any] | None = None,
    webhook_headers: dict[str, Any] | None = None,
    experience: str | None = None,
    language: str | None = None,
) -> ConnectTransferDepositSwitchLink:
    """
    Make a link to Connect Transfer, where a customer has pay go to another account.

    `finicity_async.endpoints.transfer` reads what has become of it. The link expires (``expires_at``) and is a secret,
    as that of `generate_connect_url` is; the other keyword arguments are those of `generate_connect_url`, of which the
    vendor has deprecated the four of the webhook here.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        accounts: The accounts that the pay may go to, one or more.
        service_agreement: Which terms the customer has accepted, and when.
        external: An ID of yours, of an employee or a branch, under which `get_all_external_deposit_switches` finds the
            switch.

    Returns:
        The link, masked in ``repr``.

    Raises:
        BadRequestError: An unknown customer, or a value that does not fit.
        ConfigurationError: The session has no partner ID, or an argument cannot be sent.

    Source: POST /connect/generate/transfer/deposit-switch, GenerateTransferDepositSwitchUrl, spec 1.42.0.
    """
    body = TransferDepositSwitchParameters(
        service_agreement=service_agreement,
        external=external,
        accounts=GENERATE_TRANSFER_DEPOSIT_SWITCH_URL.items("accounts", accounts),
        partner_id=_partner_id(GENERATE_TRANSFER_DEPOSIT_SWITCH_URL, session),
        customer_id=GENERATE_TRANSFER_DEPOSIT_SWITCH_URL.id_text("customerId", customer_id),
        language=language,
        webhook=webhook,
        webhook_content_type=webhook_content_type,
        webhook_data=webhook_data,
        webhook_headers=webhook_headers,
        redirect_uri=redirect_uri,
        experience=experience,
    )
    return await session.send(GENERATE_TRANSFER_DEPOSIT_SWITCH_URL.request(body=body))


GENERATE_TRANSFER_BILL_PAY_SWITCH_URL = Operation(
    "GenerateTransferBillPaySwitchUrl",
    "POST",
    "/connect/generate/transfer/bill-pay-switch",
    ConnectTransferBillPaySwitchLink,
    body_type=ConnectGenerateTransferBillPaySwitchParameters,
    idempotent=True,
    advice={"10010": _REFUSED},
)


async def generate_transfer_bill_pay_switch_url(
    session: AsyncSession,
    customer_id: Id,
    cards: Iterable[Card],
    identity: BillPaySwitchIdentity,
    *,
    single_use_url: bool,
    accounts: Iterable[BankAccount] = (),
    service_agreement: ServiceAgreement | None = None,
    redirect_uri: str | None = None,
    experience: str | None = None,
    language: str | None = None,
) -> ConnectTransferBillPaySwitchLink:
    """
    Make a link to Connect Transfer, where a customer has bills paid with another card or account.

    `finicity_async.endpoints.transfer` reads what has become of it. The link expires (``expires_at``) and is a secret,
    as that of `generate_connect_url` is; the other keyword arguments are those of `generate_connect_url`.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        cards: The cards that bills may be paid with, one or more.
        identity: Who pays.
        single_use_url: True expires the link after the first successful session.
        accounts: The accounts that bills may be paid from.
        service_agreement: Which terms the customer has accepted, and when.

    Returns:
        The link, masked in ``repr``.

    Raises:
        BadRequestError: An unknown customer, or a value that does not fit.
        ConfigurationError: The session has no partner ID, or an argument cannot be sent.

    Source: POST /connect/generate/transfer/bill-pay-switch, GenerateTransferBillPaySwitchUrl, spec 1.42.0.
    """
    body = ConnectGenerateTransferBillPaySwitchParameters(
        service_agreement=service_agreement,
        accounts=GENERATE_TRANSFER_BILL_PAY_SWITCH_URL.items("accounts", accounts),
        partner_id=_partner_id(GENERATE_TRANSFER_BILL_PAY_SWITCH_URL, session),
        customer_id=GENERATE_TRANSFER_BILL_PAY_SWITCH_URL.id_text("customerId", customer_id),
        experience=experience,
        language=language,
        single_use_url=single_use_url,
        redirect_uri=redirect_uri,
        cards=GENERATE_TRANSFER_BILL_PAY_SWITCH_URL.items("cards", cards),
        identity=identity,
    )
    return await session.send(GENERATE_TRANSFER_BILL_PAY_SWITCH_URL.request(body=body))


GET_ALL_EXPERIENCE = Operation(
    "GetAllExperience",
    "GET",
    "/connect/experiences",
    tuple[Experiences, ...],
    query=("productCode", "appName"),
)


async def get_all_experience(
    session: AsyncSession, app_name: str, *, product_code: str | Sequence[str] | None = None
) -> tuple[Experiences, ...]:
    """
    Return the experiences of one of the partner's applications.

    Args:
        app_name: Name under which the application is registered, for example ``"test app"``.
        product_code: Only those that use these products, for example ``"AO"`` or ``["AO", "VOA"]``.

    Returns:
        The experiences; the ``id`` of one is what ``experience`` takes elsewhere.

    Raises:
        NotFoundError: No such application.

    Source: GET /connect/experiences, GetAllExperience, spec 1.42.0.
    """
    return await session.send(GET_ALL_EXPERIENCE.request(appName=app_name, productCode=product_code))


CREATE_CONNECT_EXPERIENCE = Operation(
    "CreateConnectExperience",
    "POST",
    "/connect/experiences/{experience_id}/duplicate",
    CreateExperience,
    body_type=IndirectPartnerRequest,
)


async def create_connect_experience(
    session: AsyncSession, experience_id: Id, indirect_partner_id: Id
) -> CreateExperience:
    """
    Copy an experience for a partner who works through this one.

    Args:
        experience_id: The experience to copy, a UUID, for example ``"84fd419a-1add-4bf4-961b-16e8285b3a92"``.
        indirect_partner_id: Vendor ID of the other partner, a number, for example ``423456789``.

    Returns:
        The ID of the copy.

    Raises:
        BadRequestError: One of them is unknown to the vendor.

    Source: POST /connect/experiences/{experience_id}/duplicate, CreateConnectExperience, spec 1.42.0.
    """
    body = IndirectPartnerRequest(
        indirect_partner_id=_number(CREATE_CONNECT_EXPERIENCE, "indirectPartnerId", indirect_partner_id)
    )
    return await session.send(CREATE_CONNECT_EXPERIENCE.request(experience_id=experience_id, body=body))


def _partner_id(row: Operation[Any], session: AsyncSession) -> str:
    partner_id = session.credentials.partner_id
    if partner_id is None:
        raise ConfigurationError(
            f"{row.operation_id}: the session's credentials have no partner_id, which the vendor wants in the body; "
            "give Credentials one beside the app_token. Nothing was sent."
        )
    return partner_id


def _number(row: Operation[Any], name: str, value: Id) -> int:
    text = row.id_text(name, value)
    if not text.isdecimal():
        raise ConfigurationError(f"{row.operation_id}: {name} has to be a number. Nothing was sent.")
    return int(text)
