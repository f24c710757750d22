"""
Where the package deliberately differs from the vendor's document, and why.

`tests.vendor.test_deviations` and the tests that use a table fail for a difference that is not here, and for an entry
that no longer differs.
"""

from finicity_async import BadRequestError, ConflictError, NotFoundError, PermissionDeniedError, RateLimitError

_OTHER_TYPES = {
    (
        "DateTimeType",
        "Declared as text, which holds an instant in ISO form; of a page of transactions, Unix seconds.",
    ): """
        App.createdDate App.modifiedDate App.submittedDate ConsentAccessPeriod.endDate
        ConsentAccessPeriod.startDate ConsentStatusDetails.statusDate
        CustomerAuthorizationDetails.authorizationEndDate CustomerAuthorizationDetails.authorizationStartDate
        DataSharingConsentReceipt.createdDate DepositSwitchDetails.createdDate
        DepositSwitchDetails.updatedDate DepositSwitchesSummarySwitches.createdDate
        ExternalDepositSwitchesSummarySwitches.createdDate FinancialInstitution.createdDate
        FinancialInstitution.modifiedDate InstitutionArrangementAccessPeriod.endDate
        InstitutionArrangementAccessPeriod.startDate InstitutionArrangementStatusDetails.statusDate
        InstitutionInfo.createdDate PaySwitchDetails.createdDate PaySwitchDetails.updatedDate
        PaySwitchesSummarySwitches.createdDate Transactions.fromDate Transactions.toDate
    """,
    ("DateTimeType", "Declared as text or as a day, which holds Unix seconds."): """
        CustomerAccountPosition.optionExpireDate PayrollVOIEIncomeRecord.oldestPayStatementAvailable
    """,
    (
        "DateTimeType",
        "Declared as a number of 64 bits, which holds Unix seconds, though its name does not say that it is a date.",
    ): """
        CashFlowMonthlyCashFlowBalanceSummaries.month CashFlowMonthlyCashFlowBalances.month
        CashFlowMonthlyCashFlowCharacteristics.month CashFlowMonthlyCashFlowCharacteristicsSummaries.month
        CashFlowMonthlyCashFlowCreditSummaries.month CashFlowMonthlyCashFlowCredits.month
        CashFlowMonthlyCashFlowDebitSummaries.month CashFlowMonthlycashflowDebits.month ConsumerInfo.dob
        CustomerAccountDetail.convertToRepayment NetMonthly.month PayrollData.dob
    """,
    ("DateTimeType", "Declared as a day; read as midnight UTC, so that each date of a transaction is an instant."): """
        RecurringInFlowTransaction.expectedNextTransactionDate
        RecurringOutFlowTransaction.expectedNextTransactionDate
    """,
    ("DecimalType", "Declared as text or as a whole number, but it is an amount or a rate."): """
        CashFlowCashFlowBalance.sixMonthStandardDeviationOfDailyBalance
        CashFlowCashFlowBalance.twelveMonthStandardDeviationOfDailyBalance
        CashFlowCashFlowBalance.twoMonthStandardDeviationOfDailyBalance
        CashFlowCashFlowBalanceSummary.sixMonthStandardDeviationOfDailyBalance
        CashFlowCashFlowBalanceSummary.twelveMonthStandardDeviationOfDailyBalance
        CashFlowCashFlowBalanceSummary.twoMonthStandardDeviationOfDailyBalance
        CashFlowMonthlyCashFlowBalanceSummaries.standardDeviationOfDailyBalance
        CashFlowMonthlyCashFlowBalances.standardDeviationOfDailyBalance CustomerAccountDetail.interestRate
        Transaction.commissionAmount Transaction.taxesAmount
    """,
    ("IntType", "Declared as text, but it is a count."): """
        CashFlowCashFlowBalance.numberDaysNegativeBalance CashFlowCashFlowBalance.numberOfDaysPositiveBalance
        CashFlowCashFlowBalanceSummary.numberOfDaysNegativeBalance
        CashFlowCashFlowBalanceSummary.numberOfDaysPositiveBalance
        CashFlowMonthlyCashFlowBalanceSummaries.numberOfDaysNegativeBalance
        CashFlowMonthlyCashFlowBalanceSummaries.numberOfDaysPositiveBalance
        CashFlowMonthlyCashFlowBalances.numberOfDaysNegativeBalance
        CashFlowMonthlyCashFlowBalances.numberOfDaysPositiveBalance
        CashFlowMonthlyCashFlowCreditSummaries.estimatedNumberOfLoanDeposits
        CashFlowMonthlyCashFlowCreditSummaries.numberOfCredits
        CashFlowMonthlyCashFlowCreditSummaries.numberOfCreditsLessTransfers
        CashFlowMonthlyCashFlowCredits.estimatedNumberOfLoanDeposits
        CashFlowMonthlyCashFlowCredits.numberOfCredits
        CashFlowMonthlyCashFlowCredits.numberOfCreditsLessTransfers
        CashFlowMonthlyCashFlowDebitSummaries.numberOfDebits
        CashFlowMonthlyCashFlowDebitSummaries.numberOfDebitsLessTransfers
        CashFlowMonthlycashflowDebits.numberOfDebits CashFlowMonthlycashflowDebits.numberOfDebitsLessTransfers
    """,
    ("BoolType", "Declared as text, which is true or false."): """
        Transactions.moreAvailable
    """,
    ("StrType", "Declared as an object or a number, but text in the document's examples, or both."): """
        ErrorMessage.code ReportAccountPosition.securityType
    """,
    ("VarTupleType", "Declared as one text, but a list in the document's examples."): """
        ForesightAnalyticsReportConstraintsOut.accountIds
        ForesightAnalyticsReportFirstThirdPartyConstraintsOut.accountIds
        PaymentRiskInsightsReportConstraintsOut.accountIds
    """,
    ("StructType", "Declared as texts, but meant, and shown in the document's example, as institutions."): """
        VOIEPaystubPayStatement.institutions VOIEPaystubWithStatementPayStatement.institutions
    """,
    ("StructType", "The document lists what it may be and says nowhere which: the type of the report does."): """
        AnalyticsReportAck.constraints AnalyticsReportInstitution.accounts CashFlowReportInstitution.accounts
        PaymentRiskInsightsReportInstitution.accounts PrequalificationReportInstitution.accounts
        TransactionsReportInstitution.accounts VOAReportInstitution.accounts
        VOAWithIncomeReportInstitution.accounts VOETransactionsReportInstitution.accounts
        VOIETXVerifyReportInstitution.accounts VOIReportInstitution.accounts
    """,
}
"""Type of msgspec.inspect and reason -> members that are read as this type, and declared as another."""
OTHER_TYPES = {member: kind for (kind, _), members in _OTHER_TYPES.items() for member in members.split()}
"""Member -> type as which it is read, where that is not the declared one."""

MEDIA_TYPES = {
    # Mastercard's own test: asked for JSON, the vendor answers that this is not acceptable.
    "DELETE_TX_PUSH_SUBSCRIPTION": "*/*",
}
"""Row -> media type that it accepts, where the document declares another."""

SEVERAL = {
    "GET_REPORT_BY_ID": "Report",
    "GET_REPORT_BY_CUSTOMER": "Report",
    "GET_REPORT_BY_CONSUMER": "Report",
    "REPORT_REISSUE": "Report",
    "GENERATE_SBCA_METRICS_REPORT": "SBCAReport",
}
"""Row -> what reads its response, which the document has as one of several: the type of the report tells of which."""

_STATUSES = {
    (204, "The document of early 2022 had a 204 for an empty list; none is declared today."): """
        GET_CUSTOMER_ACCOUNTS GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN
        GET_CUSTOMERS GET_ALL_CUSTOMER_TRANSACTIONS GET_CUSTOMER_ACCOUNT_TRANSACTIONS
    """,
    (203, "A 203 asks a question of the user, which no function can answer; the row refuses it."): """
        GET_ACCOUNT_OWNER LOAD_HISTORIC_TRANSACTIONS_FOR_CUSTOMER_ACCOUNT
    """,
    (200, "A 200 with the declared body is read, as by every row that names no statuses."): """
        GENERATE_FCRA_PAYMENT_SUCCESS_INDICATORS GENERATE_PAYMENT_SUCCESS_INDICATORS
        POST_INSTITUTIONS_INSTITUTION_ID_OAUTH_URLS POST_INSTITUTIONS_INSTITUTION_ID_LOGIN_FORMS
    """,
}
STATUSES = {row: status for (status, _), named in _STATUSES.items() for row in named.split()}
"""Row -> the one status that it takes and the document does not declare, or the other way round."""

ERRORS = {BadRequestError: 400, PermissionDeniedError: 403, NotFoundError: 404, ConflictError: 409, RateLimitError: 429}
"""Errors that a docstring names -> the status that the document then declares."""

RAISED = {
    # The vendor has no such customer; its document leaves the 404 out here alone among the operations on one.
    ("MODIFY_CUSTOMER", 404),
}
"""Row and status of an error that the function names, and the document does not declare."""

NOT_RAISED = {
    # A list of everything, or a fixed path: there is nothing that could be unknown.
    ("GET_CUSTOMERS", 404),
    ("LIST_WEBHOOK_SUBSCRIPTIONS", 404),
    ("LIST_AVAILABLE_WEBHOOK_SUBSCRIPTION_EVENTS", 404),
    ("ENRICH_TRANSACTIONS", 404),
    # A wrong secret or an unknown partner is an AuthenticationError, whatever its status.
    ("CREATE_TOKEN", 404),
}
"""Row and status that the document declares, of an error that the function does not name."""

_OTHER_PARAMETERS = {
    ("str, int", "Only a number is declared, but it has leading zeros, or is an ID, which text holds as well."): """
        GET_INSTITUTIONS_BY_ROUTING_NUMBER.routing_number
    """,
    ("str, Sequence", "Declared as text of several values with commas between them."): """
        GET_CERTIFIED_INSTITUTIONS.type GET_CERTIFIED_INSTITUTIONS.supportedCountries
        GET_CERTIFIED_INSTITUTIONS_WITH_RSSD.type GET_CERTIFIED_INSTITUTIONS_WITH_RSSD.supportedCountries
        GET_INSTITUTIONS.supportedCountries
    """,
    ("str, Iterable", "Declared as text of several values with commas between them."): """
        GET_ACCOUNT_DETAILS_BY_INSTITUTION_LOGIN_ID.include GET_ACCOUNT_DETAILS_BY_ACCOUNT_ID.include
    """,
    ("int, str, Sequence", "Declared as text of several numbers with commas between them."): """
        GET_CUSTOMER_ACCOUNT_MULTIPLE_STATEMENT.index
    """,
}
OTHER_PARAMETERS = {
    name: frozenset(kinds.split(", ")) for (kinds, _), named in _OTHER_PARAMETERS.items() for name in named.split()
}
"""Row and parameter -> names of the types that it takes, where they are not those of its declaration."""

BEYOND = {
    # A deletion whose response was lost is repeated, and then finds nothing.
    "DELETE_CUSTOMER_ACCOUNT": {"missing_ok"},
    "DELETE_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN": {"missing_ok"},
    # The member newPartnerSecret; the other two are those of the session's credentials.
    "MODIFY_PARTNER_SECRET": {"new_secret"},
}
"""Row -> parameters of its function that are neither declared nor members of its body."""

_REQUIRED = """
    AccessToken.token Asset.assetId BrandingWrapper.branding ConnectEmailUrl.link ConnectUrl.link
    CustomerAccounts.accounts Customers.customers DataSharingConsentReceipt.consentReceiptId
    FcraPaymentSuccessIndicators.payRequestId InstitutionWrapper.institution LoginForm.elements
    PaymentSuccessIndicators.payRequestId RegisteredApplication.preAppId
"""
REQUIRED = {*_REQUIRED.split()}
"""
Members without which a response is of no use: beside these, the ``id`` of a record, and the records of a list.

Every other one may be missing, though the document requires some 500 more: real responses leave out such ones, and a
member that nobody uses must not make a response unreadable.
"""
NOT_REQUIRED = {
    # A part of another record, whose own ID is enough to use it.
    "AvailableBalance.id",
    "DataScope.id",
}
"""The ``id`` of a record that may be missing, though the document requires it."""
