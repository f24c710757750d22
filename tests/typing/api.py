"""Never run: what the type checkers must see of every public call."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, assert_type

import msgspec
from distributed import Client
from fastapi import FastAPI

from finicity_async import (
    AccessToken,
    AggregationStatus,
    AsyncSession,
    AuthenticationError,
    ConnectEvent,
    Credentials,
    CustomerAccount,
    CustomerAccountDetail,
    CustomerAccountPosition,
    CustomerAccounts,
    CustomerMap,
    OpenTelemetryListener,
    Operation,
    RedisPacer,
    RedisTokenStore,
    RefreshBaseline,
    RefreshResult,
    RemovedTransaction,
    Request,
    Response,
    Sandbox,
    SessionStats,
    StatusError,
    TransactionChanges,
    UnverifiedReportEvent,
    UnverifiedTxPushEvent,
    answer_txpush_verification,
    create_token,
    delete_customer_account,
    delete_customer_accounts_by_institution_login,
    describe_status,
    find_or_create_customer,
    generate_and_wait,
    get_customer_account,
    get_customer_accounts,
    get_customer_accounts_by_institution,
    get_customer_accounts_by_institution_login,
    iter_customers,
    iter_institutions,
    iter_transactions,
    map_customers,
    map_customers_distributed,
    modify_partner_secret,
    read_connect_event,
    read_report_event,
    read_txpush_event,
    refresh_baseline,
    refresh_customer_accounts,
    refresh_customer_accounts_by_institution_login,
    refresh_customer_accounts_by_institution_login_v2,
    refresh_customer_accounts_v2,
    refresh_transactions_and_wait,
    sync_transactions,
    wait_for_refresh,
    wait_for_report,
)
from finicity_async.endpoints.account_validation_assistance import (
    get_micro_deposits_details,
    initiate_micro_amount_deposits,
    verify_micro_amount_deposits,
)
from finicity_async.endpoints.accounts_simple import get_customer_account_simple, get_customer_accounts_simple
from finicity_async.endpoints.app_registration import (
    GET_APPLICATIONS,
    get_app_registration_status,
    get_applications,
    get_registered_institutions,
    migrate_institution_login_accounts,
    modify_app_registration,
    register_app,
    set_customer_app_id,
)
from finicity_async.endpoints.balance_analytics import generate_balance_analytics_report
from finicity_async.endpoints.bank_statements import (
    generate_statement_report,
    get_asset_by_customer_id,
    get_customer_account_multiple_statement,
    get_customer_account_statement,
)
from finicity_async.endpoints.businesses_api import (
    add_business_details,
    get_business_by_customer,
    get_business_by_id,
    update_business,
)
from finicity_async.endpoints.cash_flow import generate_cash_flow_business_report, generate_cash_flow_personal_report
from finicity_async.endpoints.cash_flow_analytics import generate_cashflow_analytics_report
from finicity_async.endpoints.connect import (
    generate_connect_url,
    generate_fix_connect_url,
    generate_lite_connect_url,
    generate_transfer_bill_pay_switch_url,
    generate_transfer_deposit_switch_url,
    get_all_experience,
    verify_micro_entry_microdeposit,
)
from finicity_async.endpoints.connect_components import (
    delete_configurations_configuration_id,
    get_configurations,
    get_configurations_configuration_id,
    post_configurations,
    post_institutions_institution_id_login_forms,
    post_institutions_institution_id_oauth_urls,
    post_reconnections,
)
from finicity_async.endpoints.consumer_foresight import (
    generate_foresight_analytics_first_third_party_non_cra_report,
    generate_foresight_analytics_non_cra_report,
    generate_payment_risk_insights_report,
)
from finicity_async.endpoints.consumers import create_consumer, get_consumer, get_consumer_for_customer, modify_consumer
from finicity_async.endpoints.customer_authorization_details import get_customer_authorization_details
from finicity_async.endpoints.customers import (
    add_customer,
    add_testing_customer,
    delete_customer,
    get_customer,
    get_customer_with_app_data,
    get_customers,
    modify_customer,
)
from finicity_async.endpoints.data_sharing_consent import (
    get_data_sharing_consents_by_customer_id,
    get_data_sharing_consents_by_id,
    revoke_data_sharing_consent_by_id,
    revoke_data_sharing_consent_by_institution_login_id,
)
from finicity_async.endpoints.identity import (
    account_matching_score_details,
    get_account_owner,
    get_account_owner_details,
)
from finicity_async.endpoints.institutions import (
    GET_INSTITUTIONS,
    get_certified_institutions,
    get_certified_institutions_with_rssd,
    get_institution,
    get_institution_branding,
    get_institutions,
    get_institutions_by_routing_number,
)
from finicity_async.endpoints.pay_statements import store_customer_pay_statement
from finicity_async.endpoints.payment_enablement_bundle import (
    get_account_details_by_account_id,
    get_account_details_by_institution_login_id,
)
from finicity_async.endpoints.payment_history_report import generate_payment_history_report
from finicity_async.endpoints.payment_success_indicator import (
    generate_fcra_payment_success_indicators,
    generate_payment_success_indicators,
    get_fcra_payment_success_indicator,
    get_fcra_payment_success_indicators,
    get_payment_success_indicator,
    get_payment_success_indicators,
)
from finicity_async.endpoints.payments import (
    get_account_ach_details,
    get_account_payment_instruction_details,
    get_available_balance,
    get_available_balance_live,
    get_loan_payment_details,
)
from finicity_async.endpoints.portfolios import (
    get_portfolio_by_consumer,
    get_portfolio_by_customer,
    get_portfolio_by_path_param_port_folio_id,
)
from finicity_async.endpoints.reports import (
    get_report_by_consumer,
    get_report_by_consumer_pdf,
    get_report_by_customer,
    get_report_by_customer_pdf,
    get_report_by_id,
    get_report_by_id_pdf,
    get_reports_by_consumer_id,
    get_reports_by_customer_id,
    get_reseller_billing_report,
    report_reissue,
    report_reissue_pdf,
)
from finicity_async.endpoints.small_business_credit_analytics import (
    generate_sbca_metrics_report,
    get_location_matches,
)
from finicity_async.endpoints.third_party_access import (
    generate_third_party_access_key,
    revoke_third_party_access_key,
    update_third_party_access_key,
)
from finicity_async.endpoints.transaction_data_enrichment import enrich_transactions
from finicity_async.endpoints.transactions import (
    GET_ALL_CUSTOMER_TRANSACTIONS,
    generate_transactions_report,
    get_all_customer_transactions,
    get_customer_account_transactions,
    get_customer_transaction,
    get_recurring_transactions,
    get_transaction_by_unique_transaction_id,
    get_transaction_refresh_status,
    load_historic_transactions_for_customer_account,
    refresh_transactions,
)
from finicity_async.endpoints.transfer import (
    get_all_deposit_switches,
    get_all_external_deposit_switches,
    get_all_pay_switches,
    get_bill_pay_switch_details,
    get_deposit_switch_details,
)
from finicity_async.endpoints.txpush import (
    create_tx_push_test_transaction,
    delete_tx_push_subscription,
    disable_tx_push_notifications,
    subscribe_to_tx_push_notifications,
)
from finicity_async.endpoints.verify_assets import (
    generate_prequalification_cra_report,
    generate_prequalification_non_cra_report,
    generate_voa_report,
    generate_voa_with_income_report,
)
from finicity_async.endpoints.verify_income_and_employment import (
    generate_pay_statement_report,
    generate_voe_payroll_report,
    generate_voe_transactions_report,
    generate_voi_report,
    generate_voie_paystub_report,
    generate_voie_paystub_with_tx_verify_report,
    refresh_voie_payroll_report,
)
from finicity_async.endpoints.webhook_subscription import (
    change_webhook_subscription_event_status,
    change_webhook_subscription_status,
    create_webhook_subscription,
    delete_webhook_subscription,
    delete_webhook_subscription_event,
    get_webhook_subscription_by_id,
    iter_webhook_subscriptions,
    list_available_webhook_subscription_events,
    list_webhook_subscriptions,
    test_webhook_subscription,
    test_webhook_subscription_based_on_event_id,
    update_webhook_subscription,
    update_webhook_subscription_event,
)
from finicity_async.models import Record
from finicity_async.models.account_validation_assistance import (
    InitiatedMicroDeposit,
    MicroDepositDetails,
    MicroDepositInitiation,
    VerifiedMicroDeposit,
)
from finicity_async.models.accounts_simple import CustomerAccountSimple
from finicity_async.models.analytics import AnalyticsReportAck, AnalyticsReportConstraints
from finicity_async.models.app_registration import (
    App,
    AppFinancialInstitutionStatus,
    Application,
    ApplicationResponse,
    AppStatuses,
    FinancialInstitution,
    InstitutionResponse,
    RegisteredApplication,
)
from finicity_async.models.bank_statements import (
    CustomerAccountMultipleStatement,
    CustomerAccountMultipleStatements,
    StatementReportAck,
    StatementReportConstraints,
)
from finicity_async.models.businesses_api import Business, NewBusiness
from finicity_async.models.cash_flow import CashFlowReportAck, CashFlowReportConstraints
from finicity_async.models.certified_institutions import CertifiedInstitutions, CertifiedInstitutionsWithRssd
from finicity_async.models.connect import ConnectUrl, Experiences
from finicity_async.models.connect_components import (
    Configuration,
    LoginForm,
    MfaChallenges,
    OAuthUrl,
    ServiceAgreement,
)
from finicity_async.models.connect_transfer import (
    BankAccount,
    BillPaySwitchIdentity,
    Card,
    ConnectTransferBillPaySwitchLink,
    ConnectTransferDepositSwitchLink,
)
from finicity_async.models.consumer_foresight import (
    ForesightAnalyticsFirstThirdPartyReportAck,
    ForesightAnalyticsReportAck,
    ForesightAnalyticsReportConstraints,
    ForesightAnalyticsReportFirstThirdPartyConstraints,
    PaymentRiskInsightsReportAck,
    PaymentRiskInsightsReportConstraints,
)
from finicity_async.models.consumers import Birthday, Consumer, ConsumerUpdate, CreatedConsumer, NewConsumer
from finicity_async.models.customer_authorization_details import CustomerAuthorizationDetails
from finicity_async.models.customers import CreatedCustomer, Customer, Customers, CustomerWithAppData
from finicity_async.models.data_sharing_consent import DataSharingConsentReceipt
from finicity_async.models.identity import (
    AccountOwner,
    AccountOwnerDetails,
    AccountOwnerHolders,
    AccountOwnerVerificationMatchingRequest,
    AccountOwnerVerificationMatchResults,
)
from finicity_async.models.institutions import Institution, Institutions, InstitutionsByRoutingNumber
from finicity_async.models.pay_statements import Asset
from finicity_async.models.payment_enablement_bundle import PaymentEnablementBundle, PEBAccountDetails
from finicity_async.models.payment_success_indicator import (
    FcraPaymentSuccessIndicators,
    PaymentSuccessIndicator,
    PaymentSuccessIndicators,
    PaymentSuccessIndicatorsProperties,
)
from finicity_async.models.payments import (
    ACHDetails,
    AvailableBalance,
    LoanPaymentDetails,
    PaymentInstruction,
    PaymentInstructions,
)
from finicity_async.models.portfolios import (
    PortfolioConsumer,
    PortfolioReport,
    PortfolioSummary,
    PortfolioSummaryForSinglePortfolio,
)
from finicity_async.models.reports import Lender, Report, ReportConstraints, ReportSummaries, ReportSummary
from finicity_async.models.small_business_credit_analytics import (
    LocationDetail,
    SBCAMetricsReportConstraints,
    SBCAReport,
)
from finicity_async.models.third_party_access import (
    ThirdPartyAccessKeyData,
    ThirdPartyAccessKeyReceiptData,
    ThirdPartyAccessReceipt,
)
from finicity_async.models.transaction_data_enrichment import (
    EnrichedTransaction,
    EnrichedTransactions,
    TransactionPayload,
)
from finicity_async.models.transactions import (
    RecurringTransactionsDetails,
    Transaction,
    TransactionRefreshInitiated,
    TransactionRefreshStatusDetails,
    Transactions,
    TransactionsReportAck,
    TransactionsReportConstraints,
)
from finicity_async.models.transfer import (
    DepositSwitchDetails,
    DepositSwitchesSummarySwitches,
    ExternalDepositSwitchesSummary,
    PaySwitchesSummary,
)
from finicity_async.models.txpush import CreatedTestTxPushTransaction, SubscriptionRecord, TxPushSubscriptions
from finicity_async.models.verify_assets import (
    PrequalificationReportAck,
    PrequalificationReportConstraints,
    VOAReportAck,
    VOAReportConstraints,
    VOAWithIncomeReportAck,
    VOAWithIncomeReportConstraints,
)
from finicity_async.models.verify_income_and_employment import (
    PayrollReportAck,
    PayrollReportConstraints,
    PayStatementData,
    PayStatementReportAck,
    PayStatementReportConstraints,
    TxVerifyInterview,
    VOETransactionsReportAck,
    VOETransactionsReportConstraints,
    VOIEPaystubReportAck,
    VOIEPaystubWithTXVerifyReportAck,
    VOIEReportConstraints,
    VOIEWithInterviewData,
    VOIEWithStatementData,
    VOIEWithTXVerifyReportConstraints,
    VOIReportAck,
    VOIReportConstraints,
)
from finicity_async.models.webhook_subscription import (
    AvailableEvent,
    EventStatusUpdate,
    Subscription,
    SubscriptionDetail,
    WebhookEvent,
)
from finicity_async.pagination import iter_records
from finicity_async.sandbox import PlayedSession, SentEvent, WebhookReceiver, serve_asgi
from finicity_async.sandbox.made_reports import Reports
from finicity_async.webhooks import Added, UnverifiedAccountsEvent, UnverifiedTransactionsEvent


class Slim(msgspec.Struct):
    """A response type of the user's."""

    id: str


async def calls(session: AsyncSession, when: datetime) -> None:
    """Call every operation."""
    assert_type(await get_customer_account(session, 1, "2"), CustomerAccount)
    assert_type(await get_customer_accounts(session, 1, status="active", account_type="ava"), CustomerAccounts)
    assert_type(await get_customer_accounts_by_institution(session, 1, 2), CustomerAccounts)
    assert_type(await get_customer_accounts_by_institution_login(session, 1, 2), CustomerAccounts)
    assert_type(await refresh_customer_accounts(session, 1), CustomerAccounts)
    assert_type(await refresh_customer_accounts_v2(session, 1), None)
    refreshed = await refresh_customer_accounts_by_institution_login(session, 1, 2, from_date=when, to_date=1)
    assert_type(refreshed, CustomerAccounts)
    assert_type(await refresh_customer_accounts_by_institution_login_v2(session, 1, 2), None)
    assert_type(await delete_customer_account(session, 1, 2, missing_ok=True), None)
    assert_type(await delete_customer_accounts_by_institution_login(session, 1, 2), None)
    assert_type(await create_token(session), AccessToken)
    assert_type(await modify_partner_secret(session, "new", immediate=False), None)
    assert_type(await find_or_create_customer(session, "user-1", testing=True, first_name="Ann"), Customer)
    assert_type(await add_testing_customer(session, "user-1", first_name="Ann"), CreatedCustomer)
    assert_type(await add_customer(session, "user-1", application_id="7"), CreatedCustomer)
    assert_type(await get_customers(session, username="user-1", type="active", start=1, limit=1000), Customers)
    assert_type((await get_customers(session))[0], Customer)
    assert_type((await get_customers(session))[1:], tuple[Customer, ...])
    assert_type((await get_customer(session, 1)).created_date, datetime | None)
    assert_type(await get_customer_with_app_data(session, 1), CustomerWithAppData)
    assert_type(await modify_customer(session, 1, last_name="Other"), None)
    assert_type(await delete_customer(session, 1), None)
    person = NewConsumer(first_name="Ann", last_name="Other", state="UT", birthday=Birthday(year=1980))
    assert_type(await create_consumer(session, 1, person), CreatedConsumer)
    assert_type(await get_consumer_for_customer(session, 1), Consumer)
    assert_type((await get_consumer(session, "2")).birthday, Birthday | None)
    assert_type(await modify_consumer(session, "2", ConsumerUpdate(city="Ogden")), None)
    assert_type(await generate_connect_url(session, 1, webhook_data={"user": "7"}), ConnectUrl)
    assert_type((await generate_connect_url(session, 1)).expires_at, datetime | None)
    assert_type(await generate_lite_connect_url(session, 1, 2), ConnectUrl)
    assert_type(await generate_fix_connect_url(session, 1, 2), ConnectUrl)
    assert_type(await get_all_experience(session, "test app", product_code=["AO"]), tuple[Experiences, ...])


async def rows(session: AsyncSession) -> None:
    """Use rows of one's own."""
    slim = Operation("GetSlim", "GET", "/slim/{id}", Slim, query=("a",))
    assert_type(slim, Operation[Slim])
    assert_type(slim.request(id=1), Request[Slim])
    assert_type(await session.send(slim.request(id=1)), Slim)
    assert_type(slim.request(id=1).into(CustomerAccount), Request[CustomerAccount])
    nothing = Operation("Delete", "DELETE", "/slim", None)
    assert_type(nothing, Operation[None])
    assert_type(await session.send(nothing.request()), None)
    assert_type(await session.send(Operation("Raw", "GET", "/raw", bytes).request()), bytes)
    response = await session.send_raw(nothing.request())
    assert_type(response, Response)
    assert_type(response.body, bytes)
    assert_type(response.headers, Mapping[str, str])


def models(account: CustomerAccount, accounts: CustomerAccounts) -> None:
    """Read the models."""
    assert_type(account.id, str)
    assert_type(account.balance, Decimal | None)
    assert_type(account.balance_date, datetime | None)
    assert_type(account.institution_login_id, int | None)
    assert_type(account.detail, CustomerAccountDetail | None)
    assert_type(account.position, tuple[CustomerAccountPosition, ...])
    assert_type(account.detail_json, bytes)
    assert_type(account.to_dict(), dict[str, Any])
    assert_type(CustomerAccount.from_dict({"id": "1", "detail": {}}), CustomerAccount)
    assert_type(CustomerAccounts.from_json(b""), CustomerAccounts)
    assert_type(account.aggregation, AggregationStatus | None)
    assert_type(account.invalid_values, Mapping[str, object])
    assert_type(describe_status(0), AggregationStatus)
    assert_type([one.name for one in accounts], list[str | None])
    assert_type(len(accounts), int)
    assert_type(accounts[0], CustomerAccount)
    assert_type(accounts[:2], tuple[CustomerAccount, ...])


async def transactions(session: AsyncSession, when: datetime) -> None:
    """Read and refresh transactions."""
    page = await get_all_customer_transactions(session, 1, when, 1, start=1, limit=1000, sort="asc")
    assert_type(page, Transactions)
    assert_type((page[0], page[:2], len(page)), tuple[Transaction, tuple[Transaction, ...], int])
    assert_type((page[0].id, page[0].amount, page[0].posted_date), tuple[int, Decimal | None, datetime | None])
    assert_type(
        await get_customer_account_transactions(session, 1, 2, when, when, show_daily_balance=True), Transactions
    )
    assert_type(await get_customer_transaction(session, 1, 2), Transaction)
    assert_type(await get_transaction_by_unique_transaction_id(session, 1, "2-3"), Transaction)
    assert_type(await load_historic_transactions_for_customer_account(session, 1, 2), None)
    assert_type(await get_recurring_transactions(session, 1, account_ids=[2, "3"]), RecurringTransactionsDetails)
    refreshed = await refresh_transactions_and_wait(session, 1, account_ids=["2", 3], mode="historic", wait=600)
    assert_type(refreshed, RefreshResult)
    assert_type((refreshed.succeeded, refreshed.baseline), tuple[tuple[CustomerAccount, ...], RefreshBaseline | None])
    assert_type(await refresh_baseline(session, 1, account_ids=["2", 3]), RefreshBaseline)
    resumed = await wait_for_refresh(session, 1, RefreshBaseline({"2": when}, "a-b", selected=True))
    assert_type(resumed, RefreshResult)
    started = await refresh_transactions(session, 1, account_ids=["2"], mode="custom", from_date=when)
    assert_type(started, TransactionRefreshInitiated)
    assert_type(await get_transaction_refresh_status(session, 1, "a-b"), TransactionRefreshStatusDetails)
    body = TransactionsReportConstraints(account_ids="1 2")
    assert_type(await generate_transactions_report(session, 1, body, from_date=when), TransactionsReportAck)
    pages = iter_records(session, GET_ALL_CUSTOMER_TRANSACTIONS, customerId=1, fromDate=when, toDate=when)
    assert_type([one.amount async for one in pages], list[Decimal | None])


async def syncing(session: AsyncSession, stored: dict[str, Any]) -> None:
    """Keep a copy of the transactions."""
    changes = await sync_transactions(session, 1)
    assert_type(changes, TransactionChanges)
    assert_type(await sync_transactions(session, 1, changes.bookmark), TransactionChanges)
    assert_type(await sync_transactions(session, 1, b"{}"), TransactionChanges)
    assert_type(await sync_transactions(session, 1, stored), TransactionChanges)
    assert_type(changes.added + changes.changed + changes.pending, tuple[Transaction, ...])
    assert_type(changes.removed, tuple[RemovedTransaction, ...])
    removed = changes.removed[0]
    assert_type((removed.account_id, removed.id, removed.transaction), tuple[int, int, Transaction | None])
    assert_type((changes.accounts, changes.vanished), tuple[tuple[CustomerAccount, ...], tuple[str, ...]])
    assert_type(changes.complete_until, datetime | None)
    assert_type(map_customers(session, sync_transactions, [1]), CustomerMap[int, TransactionChanges])


async def institutions(session: AsyncSession) -> None:
    """Read institutions."""
    page = await get_institutions(session, search="finbank", supported_countries=["us"])
    assert_type(page, Institutions)
    assert_type([one.name for one in page], list[str | None])
    assert_type((page[0], page[:2], len(page)), tuple[Institution, tuple[Institution, ...], int])
    assert_type((await get_institution(session, 4222)).institution.id, int)
    assert_type((await get_institution_branding(session, 4222)).branding.logo, str | None)
    assert_type(await get_certified_institutions(session, type=["voa"]), CertifiedInstitutions)
    assert_type(await get_certified_institutions_with_rssd(session), CertifiedInstitutionsWithRssd)
    assert_type(await get_institutions_by_routing_number(session, "124302914"), InstitutionsByRoutingNumber)
    assert_type(iter_institutions(session, search="finbank"), AsyncIterator[Institution])
    assert_type([one.id async for one in iter_institutions(session)], list[int])
    assert_type(
        iter_transactions(session, 1, datetime.now(UTC), 1_767_268_800, account_id="2", include_pending=True),
        AsyncIterator[Transaction],
    )
    ids = (one.id async for one in iter_customers(session, type="testing"))
    assert_type(map_customers(session, get_customer_accounts, ids), CustomerMap[str, CustomerAccounts])
    assert_type([one.name async for one in iter_records(session, GET_INSTITUTIONS)], list[str | None])


async def consents(session: AsyncSession) -> None:
    """Read what customers have authorized."""
    assert_type(await get_customer_authorization_details(session, 1), CustomerAuthorizationDetails)
    page = await get_data_sharing_consents_by_customer_id(session, 1)
    assert_type([one.created_date for one in page], list[datetime | None])
    assert_type(await get_data_sharing_consents_by_id(session, "1"), DataSharingConsentReceipt)
    assert_type(await revoke_data_sharing_consent_by_id(session, "1", update_by="CUSTOMER"), None)
    assert_type(await revoke_data_sharing_consent_by_institution_login_id(session, "1", 2), None)
    assert_type((await get_customer_accounts_simple(session, 1))[0], CustomerAccountSimple)
    assert_type(await get_customer_account_simple(session, 1, 2), CustomerAccountSimple)


async def owners_and_payments(session: AsyncSession, person: AccountOwnerVerificationMatchingRequest) -> None:
    """Read who owns an account, and how money moves."""
    assert_type(await get_account_owner(session, 1, 2), AccountOwner)
    owners = await get_account_owner_details(session, 1, 2, with_insights=True, meta_data="program=OBAO")
    assert_type(owners, AccountOwnerHolders)
    assert_type(owners[0], AccountOwnerDetails)
    matched = await account_matching_score_details(session, 1, 2, person, insights=True)
    assert_type(matched, AccountOwnerVerificationMatchResults)
    assert_type(await get_loan_payment_details(session, 1, 2), LoanPaymentDetails)
    assert_type(await get_account_ach_details(session, 1, 2), ACHDetails)
    assert_type(await get_available_balance_live(session, 1, 2, balance_cache_interval=0), AvailableBalance)
    assert_type((await get_available_balance(session, 1, 2)).available_balance, Decimal | None)
    instructions = await get_account_payment_instruction_details(session, 1, 2)
    assert_type(instructions, PaymentInstructions)
    assert_type(list(instructions), list[PaymentInstruction])


async def payment_success(session: AsyncSession, body: PaymentSuccessIndicatorsProperties, day: date) -> None:
    """Judge whether a payment will succeed."""
    made = await generate_fcra_payment_success_indicators(session, 1, 2, body, purpose="3F")
    assert_type(made, PaymentSuccessIndicators)
    fcra = await get_fcra_payment_success_indicators(session, 1, 2, made.pay_request_id, include_reasons=True)
    assert_type(fcra, FcraPaymentSuccessIndicators)
    assert_type(await generate_payment_success_indicators(session, 1, 2, body), PaymentSuccessIndicators)
    assert_type(await get_payment_success_indicators(session, 1, 2, "3"), PaymentSuccessIndicators)
    assert_type(await get_fcra_payment_success_indicator(session, 1, 2, Decimal(1), day, "1P"), PaymentSuccessIndicator)
    assert_type(await get_payment_success_indicator(session, 1, 2, Decimal(1), day), PaymentSuccessIndicator)


async def micro_deposits(session: AsyncSession, body: MicroDepositInitiation) -> None:
    """Prove access to an account."""
    assert_type(await initiate_micro_amount_deposits(session, 1, body), InitiatedMicroDeposit)
    assert_type(await verify_micro_amount_deposits(session, 1, 2, [Decimal("0.12")]), VerifiedMicroDeposit)
    assert_type(await get_micro_deposits_details(session, 1, 2), MicroDepositDetails)
    assert_type(await verify_micro_entry_microdeposit(session, 1, 2, experience="default"), ConnectUrl)


async def bundles(session: AsyncSession) -> None:
    """Read several parts of accounts at once."""
    bundle = await get_account_details_by_institution_login_id(session, 1, 2, include=["balanceDetails"])
    assert_type(bundle, PaymentEnablementBundle)
    assert_type(bundle[0], PEBAccountDetails)
    one = await get_account_details_by_account_id(session, 1, 2, include="balanceDetails", balance_cache_interval=5)
    assert_type(one, PaymentEnablementBundle)


async def enrichment(session: AsyncSession, body: TransactionPayload) -> None:
    """Categorize transactions from elsewhere."""
    enriched = await enrich_transactions(session, [body])
    assert_type(enriched, EnrichedTransactions)
    assert_type(enriched[0], EnrichedTransaction)


async def components(session: AsyncSession, agreement: ServiceAgreement) -> None:
    """Let customers sign in on pages of the partner's."""
    linked = await post_institutions_institution_id_oauth_urls(session, 1, "https://example.com", 2, agreement)
    assert_type(linked, OAuthUrl)
    form = await post_institutions_institution_id_login_forms(session, 1, "en", 2, agreement, configuration_id="3")
    assert_type(form, LoginForm)
    assert_type(await post_reconnections(session, 1, 2), LoginForm | tuple[MfaChallenges, ...])
    assert_type(await post_configurations(session, filter_accounts=["Checking"], ao_required=True), Configuration)
    assert_type(await get_configurations(session), tuple[Configuration, ...])
    assert_type(await get_configurations_configuration_id(session, "3"), Configuration)
    assert_type(await delete_configurations_configuration_id(session, "3"), None)


async def statements(session: AsyncSession, body: StatementReportConstraints) -> None:
    """Read statements."""
    assert_type(await get_customer_account_statement(session, 1, 2, index=3), bytes)
    listed = await get_customer_account_multiple_statement(session, 1, 2, index=[1, 2])
    assert_type(listed, CustomerAccountMultipleStatements)
    assert_type(listed[0], CustomerAccountMultipleStatement)
    assert_type(await get_asset_by_customer_id(session, 1, "3"), bytes)
    assert_type(
        await generate_statement_report(session, 1, body, callback_url="https://example.com"), StatementReportAck
    )


async def income(session: AsyncSession, payroll: PayrollReportConstraints) -> None:
    """Have reports made on income and employment."""
    stored = await store_customer_pay_statement(session, 1, "lastPayPeriod", b"%PDF-1.7")
    assert_type(stored, Asset)
    assert_type(await generate_voi_report(session, 1, VOIReportConstraints(account_ids="2 3")), VOIReportAck)
    assert_type(await generate_voe_payroll_report(session, 1, payroll), PayrollReportAck)
    assert_type(await refresh_voie_payroll_report(session, 1, payroll), PayrollReportAck)
    employment = await generate_voe_transactions_report(session, 1, VOETransactionsReportConstraints())
    assert_type(employment, VOETransactionsReportAck)
    read = PayStatementReportConstraints(paystatement_report=PayStatementData(asset_ids=(stored.asset_id,)))
    assert_type(await generate_pay_statement_report(session, 1, read), PayStatementReportAck)
    paystub = VOIEReportConstraints(voie_with_statement_data=VOIEWithStatementData(asset_ids=(stored.asset_id,)))
    assert_type(await generate_voie_paystub_report(session, 1, paystub), VOIEPaystubReportAck)
    matched = VOIEWithInterviewData(tx_verify_interview=(TxVerifyInterview(asset_id=stored.asset_id),))
    verified = await generate_voie_paystub_with_tx_verify_report(
        session,
        1,
        VOIEWithTXVerifyReportConstraints(voie_with_interview_data=matched),
        callback_url="https://example.com",
    )
    assert_type(verified, VOIEPaystubWithTXVerifyReportAck)


async def reports(session: AsyncSession) -> None:
    """Read reports, as records and as files, and list them."""
    lender = Lender(purpose="99")
    report = await get_report_by_customer(session, 1, "r-voi", on_behalf_of="A bank", purpose="99")
    assert_type((report, report.body, report.body_json), tuple[Report, Record | None, bytes])
    assert_type(report.constraints, ReportConstraints | None)
    assert_type(await get_report_by_consumer(session, "c", "r-voi", purpose="99"), Report)
    assert_type(await get_report_by_id(session, "r-voi", lender), Report)
    assert_type(await report_reissue(session, "r-voi", lender), Report)
    assert_type(await get_report_by_customer_pdf(session, 1, "r-voi"), bytes)
    assert_type(await get_report_by_consumer_pdf(session, "c", "r-voi"), bytes)
    assert_type(await get_report_by_id_pdf(session, "r-voi", lender), bytes)
    assert_type(await report_reissue_pdf(session, "r-voi", lender), bytes)
    assert_type(await wait_for_report(session, 1, "r-voi", purpose="99", wait=60.0, on_progress=print), Report)
    income = partial(generate_voi_report, body=VOIReportConstraints())
    assert_type(await generate_and_wait(session, 1, income, on_behalf_of="A bank"), Report)
    assert_type((await get_reports_by_customer_id(session, 1))[0], ReportSummary)
    assert_type(await get_reports_by_consumer_id(session, "c"), ReportSummaries)


async def reports_on_assets(session: AsyncSession, when: datetime) -> None:
    """Start reports on assets and cash flow, and read portfolios."""
    url = "https://example.com/reports"
    voa = await generate_voa_report(session, 1, VOAReportConstraints(from_date=when), callback_url=url)
    assert_type(voa, VOAReportAck)
    income = VOAWithIncomeReportConstraints(income_from_date=when, income_stream_confidence_minimum=50)
    assert_type(await generate_voa_with_income_report(session, 1, income), VOAWithIncomeReportAck)
    short = PrequalificationReportConstraints(account_ids="2 3", show_nsf=True)
    assert_type(await generate_prequalification_cra_report(session, 1, short), PrequalificationReportAck)
    assert_type(await generate_prequalification_non_cra_report(session, 1, short), PrequalificationReportAck)
    flow = CashFlowReportConstraints(from_date=when)
    assert_type(await generate_cash_flow_business_report(session, 1, flow), CashFlowReportAck)
    assert_type(await generate_cash_flow_personal_report(session, 1, flow, callback_url=url), CashFlowReportAck)
    portfolio = await get_portfolio_by_customer(session, 1, "2-port")
    assert_type((portfolio, portfolio[0]), tuple[PortfolioSummary, PortfolioReport])
    assert_type((await get_portfolio_by_consumer(session, "1", "2-port")).consumer, PortfolioConsumer | None)
    single = await get_portfolio_by_path_param_port_folio_id(session, "2-port")
    assert_type((single, single.consumer), tuple[PortfolioSummaryForSinglePortfolio, Consumer | None])


async def analytics(session: AsyncSession, constraints: SBCAMetricsReportConstraints) -> None:
    """Start reports of analytics, and have one made of a merchant's sales."""
    body, url = AnalyticsReportConstraints(account_ids="2 3"), "https://example.com/reports"
    assert_type(await generate_balance_analytics_report(session, 1, "personal", body), AnalyticsReportAck)
    flow = await generate_cashflow_analytics_report(session, 1, "business", body, callback_url=url)
    assert_type(flow, AnalyticsReportAck)
    assert_type(await generate_payment_history_report(session, 1, body, callback_url=url), AnalyticsReportAck)
    risk = PaymentRiskInsightsReportConstraints()
    assert_type(await generate_payment_risk_insights_report(session, 1, "personal", risk), PaymentRiskInsightsReportAck)
    foresight = ForesightAnalyticsReportConstraints()
    assert_type(
        await generate_foresight_analytics_non_cra_report(session, 1, "personal", foresight),
        ForesightAnalyticsReportAck,
    )
    assert_type(
        await generate_foresight_analytics_first_third_party_non_cra_report(
            session, "personal", ForesightAnalyticsReportFirstThirdPartyConstraints(external_customer_id="c-7")
        ),
        ForesightAnalyticsFirstThirdPartyReportAck,
    )
    assert_type((await get_location_matches(session, merchant_name="Artisan Emporium"))[0], LocationDetail)
    assert_type(await generate_sbca_metrics_report(session, 1, constraints), SBCAReport)


async def subscriptions(session: AsyncSession, when: datetime) -> None:
    """Subscribe to TxPush."""
    made = await subscribe_to_tx_push_notifications(session, 1, 2, "https://example.com/txpush")
    assert_type(made, TxPushSubscriptions)
    assert_type(made[0], SubscriptionRecord)
    assert_type(await disable_tx_push_notifications(session, 1, 2), None)
    assert_type(await delete_tx_push_subscription(session, 1, 3), None)
    created = await create_tx_push_test_transaction(
        session, 1, 2, amount=Decimal(1), description="test", transaction_date=when, status="pending"
    )
    assert_type(created, CreatedTestTxPushTransaction)


async def applications(session: AsyncSession, body: Application, when: datetime) -> None:
    """Register applications."""
    assert_type(await register_app(session, body), RegisteredApplication)
    assert_type((await modify_app_registration(session, 2581, body)).pre_app_id, int)
    statuses = await get_app_registration_status(session, pre_app_id=2581, submitted_date=when, page=1, page_size=20)
    assert_type(statuses, AppStatuses)
    assert_type(statuses[0].institution_details, tuple[AppFinancialInstitutionStatus, ...])
    assert_type(await get_applications(session, start=1, limit=100, name="app", status="A"), ApplicationResponse)
    assert_type([one async for one in iter_records(session, GET_APPLICATIONS, key=str, limit=100)], list[App])
    registered = await get_registered_institutions(session, "1-2", institution_id=4222)
    assert_type(registered, InstitutionResponse)
    assert_type(registered[0], FinancialInstitution)
    assert_type(await set_customer_app_id(session, 1, "1-2"), None)
    assert_type(await migrate_institution_login_accounts(session, 1, 2), CustomerAccounts)


async def third_parties(session: AsyncSession, body: ThirdPartyAccessKeyData) -> None:
    """Give a third party access."""
    made = await generate_third_party_access_key(session, body)
    assert_type(made, ThirdPartyAccessKeyReceiptData)
    assert_type(made[0].receipt, ThirdPartyAccessReceipt | None)
    assert_type(await update_third_party_access_key(session, "cr_1", body), ThirdPartyAccessKeyReceiptData)
    assert_type(await revoke_third_party_access_key(session, "cr_1"), None)


async def businesses(session: AsyncSession, body: NewBusiness) -> None:
    """Add and read the business of a customer."""
    assert_type(await add_business_details(session, 1, body), Business)
    assert_type(await get_business_by_customer(session, 1), tuple[Business, ...])
    assert_type(await update_business(session, "b-1", body), Business)
    assert_type(await get_business_by_id(session, "b-1"), tuple[Business, ...])


async def switches(session: AsyncSession, account: BankAccount, card: Card, person: BillPaySwitchIdentity) -> None:
    """Have customers switch deposits and bills, and read what has become of it."""
    link = await generate_transfer_deposit_switch_url(session, 1, [account])
    assert_type(link, ConnectTransferDepositSwitchLink)
    assert_type(link.link, str | None)
    paying = await generate_transfer_bill_pay_switch_url(session, 1, [card], person, single_use_url=True)
    assert_type(paying, ConnectTransferBillPaySwitchLink)
    assert_type(paying.expires_at, datetime | None)
    assert_type((await get_all_deposit_switches(session, 1))[0], DepositSwitchesSummarySwitches)
    assert_type(await get_all_external_deposit_switches(session, "e-1"), ExternalDepositSwitchesSummary)
    switch = await get_deposit_switch_details(session, 1, "s1")
    assert_type(switch, DepositSwitchDetails)
    assert_type(switch.distributions[0].allocated_value, Decimal | None)
    assert_type(await get_all_pay_switches(session, 1), PaySwitchesSummary)
    assert_type((await get_bill_pay_switch_details(session, 1, "s1")).updated_date, datetime | None)


async def reseller_billing(session: AsyncSession, when: datetime) -> None:
    """Read what is billed."""
    page = await get_reseller_billing_report(session, 1, when, 1_702_000_000, page=0, view_testing_reports=True)
    assert_type(page[0].customer_id, int | None)


async def webhook_subscriptions(session: AsyncSession, body: Subscription, event: WebhookEvent) -> None:
    """Subscribe to events of the vendor."""
    assert_type(await create_webhook_subscription(session, body), SubscriptionDetail)
    assert_type((await list_webhook_subscriptions(session, offset=1, limit=9))[0], SubscriptionDetail)
    assert_type([one async for one in iter_webhook_subscriptions(session)], list[SubscriptionDetail])
    assert_type(await get_webhook_subscription_by_id(session, "s"), SubscriptionDetail)
    assert_type(await update_webhook_subscription(session, "s", body), SubscriptionDetail)
    assert_type(await delete_webhook_subscription(session, "s"), None)
    assert_type(await update_webhook_subscription_event(session, "s", "e", event), WebhookEvent)
    assert_type(await delete_webhook_subscription_event(session, "s", "e"), None)
    assert_type(await change_webhook_subscription_event_status(session, "s", "e", "inactive"), EventStatusUpdate)
    assert_type((await list_available_webhook_subscription_events(session))[0], AvailableEvent)
    assert_type(await change_webhook_subscription_status(session, "s", "active"), EventStatusUpdate)
    assert_type(await test_webhook_subscription(session, "s", x_external_request_id="r"), None)
    assert_type(await test_webhook_subscription_based_on_event_id(session, "s", "e"), None)


def events(body: bytes, header: str | None) -> None:
    """Read events."""
    event = read_connect_event(body, header, "secret", "old secret")
    assert_type(event, ConnectEvent)
    assert_type(event.event_id, str | None)
    if isinstance(event, Added):
        assert_type(event.accounts, tuple[CustomerAccount, ...])
    assert_type(read_report_event(body), UnverifiedReportEvent)
    pushed = read_txpush_event(body)
    assert_type(pushed, UnverifiedTxPushEvent)
    assert_type(pushed.class_, str)
    if isinstance(pushed, UnverifiedTransactionsEvent):
        assert_type(pushed.records, tuple[Transaction, ...])
    if isinstance(pushed, UnverifiedAccountsEvent):
        assert_type(pushed.records, tuple[CustomerAccount, ...])
    assert_type(answer_txpush_verification({"txpush_verification_code": "1"}), str)
    assert_type(answer_txpush_verification("txpush_verification_code=1"), str)


def errors(error: StatusError) -> None:
    """Read an error."""
    assert_type(error.operation, str)
    assert_type(error.status, int | None)
    assert_type(error.code, str | None)
    assert_type(error.aggregation, AggregationStatus | None)
    assert_type(error.retryable, bool)
    assert_type(error.advice, str)


def telemetry(partner: Credentials) -> None:
    """Export spans and metrics."""
    listener = OpenTelemetryListener()
    assert_type(listener.observe(AsyncSession(partner, on_event=listener)), AsyncSession)
    assert_type(AsyncSession(partner).stats.token_age, float | None)


async def many_processes(client: Client, partner: Credentials) -> None:
    """Share a token and a pace, and fan out on a cluster."""
    async with (
        RedisTokenStore("redis://127.0.0.1", credentials=partner) as store,
        RedisPacer("redis://127.0.0.1", credentials=partner, requests_per_second=100) as pacer,
    ):
        assert_type(AsyncSession(partner, token_store=store, pacer=pacer), AsyncSession)
    mapped = map_customers_distributed(client, get_customer_accounts, ["1005061234"])
    assert_type(mapped, CustomerMap[str, CustomerAccounts])


async def sessions() -> None:
    """Open sessions."""
    async with Sandbox() as sandbox, AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
        assert_type(sandbox.url, str)
        assert_type(sandbox.credentials, Credentials)
        played = await sandbox.connect("link", outcome="mfa", institution=102105, accounts=["checking"])
        assert_type(played, PlayedSession)
        assert_type(played.events, tuple[SentEvent, ...])
        assert_type(played.events[0].accepted, bool)
        assert_type(sandbox.sent_events, tuple[SentEvent, ...])
        assert_type(await sandbox.push_changes(), tuple[SentEvent, ...])
        with WebhookReceiver(lambda: "secret") as receiver:
            assert_type(receiver.url, str)
            assert_type(receiver.status, int)
            assert_type(receiver.events, tuple[ConnectEvent | UnverifiedTxPushEvent | UnverifiedReportEvent, ...])
        async with serve_asgi(FastAPI()) as url:
            assert_type(url, str)
        rows = [{"amount": Decimal("-4.25"), "status": "pending"}]
        assert_type(sandbox.add_transactions("1", 2, rows), list[dict[str, Any]])
        assert_type(sandbox.transactions("1", 2), list[dict[str, Any]])
        sandbox.remove_transactions("1", 2, [3])
        assert_type(sandbox.reports, Reports)
        assert_type(sandbox.reports.seconds, float)
        assert_type(sandbox.reports.reasons, dict[str, tuple[str, ...]])
        assert_type(sandbox.reports.frozen, set[str])
        assert_type(session, AsyncSession)
        assert_type(session.stats, SessionStats)
        assert_type(session.retry_login(), None)
        assert_type(session.login_refusal, AuthenticationError | None)
        assert_type(AsyncSession.from_env(timeout=5.0), AsyncSession)
