"""Which types of accounts there are, how large they are, and which members the detail of each may have."""

from typing import NamedTuple

from finicity_async.models import CustomerAccountDetail
from finicity_async.models._decoding import wire_names
from finicity_async.sandbox.data.drawing import Plan, make_plan
from finicity_async.sandbox.data.figures import Bounds
from finicity_async.sandbox.data.holdings import BROKERED, COINS, SECURITIES

# Never left out of a detail that usually has them.
_KEPT = "dateAsOf availableBalanceAmount creditMaxAmount currentBalance weightedInterestRate"


class Family(NamedTuple):
    """What accounts of one family share."""

    bounds: Bounds
    detail: Plan


def _family(bounds: Bounds, usual: str = "", seldom: str = "") -> Family:
    return Family(bounds, make_plan(wire_names(CustomerAccountDetail), usual, seldom, _KEPT))


_DEPOSIT = """dateAsOf availableBalanceAmount openDate periodStartDate periodEndDate periodInterestRate
    periodDepositAmount periodInterestAmount interestYtdAmount interestPriorYtdAmount"""
_CARD = """dateAsOf interestRate creditAvailableAmount creditMaxAmount cashAdvanceAvailableAmount cashAdvanceMaxAmount
    cashAdvanceInterestRate currentBalance paymentMinAmount paymentDueDate previousBalance statementStartDate
    statementEndDate statementPurchaseAmount statementFinanceAmount rewardEarnedBalance lastPaymentAmount
    lastPaymentDate statementCloseBalance"""
_CARD_SELDOM = "cashAdvanceBalance statementCreditAmount pastDueAmount"
_CREDIT_LINE = """dateAsOf interestRate creditAvailableAmount creditMaxAmount currentBalance paymentMinAmount
    paymentDueDate previousBalance lastPaymentAmount lastPaymentDate"""
_CREDIT_LINE_SELDOM = """cashAdvanceAvailableAmount cashAdvanceMaxAmount cashAdvanceBalance cashAdvanceInterestRate
    statementStartDate statementEndDate statementPurchaseAmount statementFinanceAmount statementCreditAmount
    pastDueAmount statementCloseBalance"""
_LOAN = """dateAsOf interestRate lastPaymentAmount termOfMl payoffAmount originalMaturityDate principalBalance
    initialMlAmount initialMlDate nextPayment nextPaymentDate"""
_LOAN_SELDOM = """availableBalanceAmount paymentMinAmount pastDueAmount mlHolderName description lateFeeAmount
    payoffAmountDate interestPeriod lastPaymentDueDate lastPaymentReceiveDate lastPaymentPrincipalAmount
    lastPaymentInterestAmount lastPaymentLastFeeAmount lastPaymentLateCharge ytdPrincipalPaid ytdInterestPaid
    firstPaymentDate loanPaymentFreq recurringPaymentAmount lender endingBalanceAmount loanTermType balloonAmount
    projectedInterest interestPaidLtd interestRateType loanPaymentType statementCloseDate"""
_MORTGAGE = _LOAN + " escrowBalance"
_MORTGAGE_SELDOM = f"""{_LOAN_SELDOM} nextPaymentPrincipalAmount nextPaymentInterestAmount lastPaymentEscrowAmount
    ytdInsurancePaid ytdTaxPaid firstMortgage loanTypeDesc"""
_OTHER_LOAN = _LOAN + " collateral"
_OTHER_LOAN_SELDOM = _LOAN_SELDOM + " paymentsMade paymentsRemaining"
_BROKERAGE = """dateAsOf currentBalance marginAllowed cashAccountAllowed marginBalance shortBalance
    availableCashBalance contribTotalYtd cashBalanceAmount buyPower"""
_WORKPLACE = """dateAsOf currentBalance availableCashBalance vestedBalance empMatchAmount empPretaxContribAmount
    empPretaxContribAmountYtd contribTotalYtd cashBalanceAmount preTaxAmount afterTaxAmount matchAmount
    otherNonvestAmount"""
_WORKPLACE_SELDOM = "profitSharingAmount otherVestAmount currentLoanBalance loanRate"
_PERSONAL = """dateAsOf currentBalance cashAccountAllowed availableCashBalance contribTotalYtd cashBalanceAmount
    preTaxAmount afterTaxAmount rolloverAmount rolloverLtd"""
_STUDENT = """dateAsOf lastPaymentAmount payoffAmount principalBalance nextPayment nextPaymentDate interestBalance
    totalPrincipalPaid totalInterestPaid"""
_STUDENT_SELDOM = """autoPayEnrolled feesBalance loanYtdInterestPaid loanYtdFeesPaid loanYtdPrincipalPaid
    totalAmountPaid"""
_STUDENT_GROUP = """dateAsOf principalBalance nextPayment nextPaymentDate repaymentPlan interestBalance loanStatus
    loanStatusStartDate weightedInterestRate expectedPayoffDate daysDelinquent"""
_STUDENT_GROUP_SELDOM = "feesBalance loanStatusEndDate repaymentPlanStartDate repaymentPlanEndDate convertToRepayment"
_STUDENT_ACCOUNT = """dateAsOf interestRate principalBalance initialMlAmount initialMlDate nextPayment nextPaymentDate
    currentSchool loanAwardId originalInterestRate guarantor interestBalance remainingTermOfMl loanStatus"""
_STUDENT_ACCOUNT_SELDOM = """originalSchool owner interestSubsidyType initialInterestRate loanYtdInterestPaid
    loanYtdPrincipalPaid loanStatusStartDate loanStatusEndDate outOfSchoolDate convertToRepayment"""

_LENT = Bounds(4_000, 90_000, (120, 240), (3, 8), owes=True)
# The three student loan rows have the same bounds: a tree is drawn once and written at each level.
_FAMILIES = {
    "deposit": _family(Bounds(40, 40_000, rates=(0.01, 4.5)), _DEPOSIT),
    "certificate": _family(Bounds(1_000, 80_000, (6, 12, 24, 60), (2, 5.2)), _DEPOSIT + " maturityDate"),
    "card": _family(Bounds(800, 25_000, (120,), (14, 29), owes=True, minimum=0.02), _CARD, _CARD_SELDOM),
    "credit line": _family(
        Bounds(5_000, 150_000, (180,), (6, 12), owes=True, minimum=0.02), _CREDIT_LINE, _CREDIT_LINE_SELDOM
    ),
    "mortgage": _family(
        Bounds(90_000, 900_000, (180, 360), (2.5, 7.5), owes=True, escrow=0.015), _MORTGAGE, _MORTGAGE_SELDOM
    ),
    "loan": _family(Bounds(3_000, 60_000, (36, 48, 60, 72), (3, 14), owes=True), _OTHER_LOAN, _OTHER_LOAN_SELDOM),
    "brokerage": _family(Bounds(1_500, 400_000, securities=BROKERED), _BROKERAGE),
    # The rate is that of what the customer has borrowed from the plan.
    "workplace": _family(Bounds(2_000, 500_000, rates=(4, 9.5), securities=SECURITIES), _WORKPLACE, _WORKPLACE_SELDOM),
    "personal": _family(Bounds(1_000, 200_000, securities=SECURITIES), _PERSONAL),
    "savings plan": _family(Bounds(500, 90_000, (200,), securities=SECURITIES), _PERSONAL, "maturityValueAmount"),
    "coins": _family(Bounds(1_000, 60_000, (80,), securities=COINS), _BROKERAGE),
    "student loan": _family(_LENT, _STUDENT, _STUDENT_SELDOM),
    "student group": _family(_LENT, _STUDENT_GROUP, _STUDENT_GROUP_SELDOM),
    "student account": _family(_LENT, _STUDENT_ACCOUNT, _STUDENT_ACCOUNT_SELDOM),
    "other": _family(Bounds(40, 40_000)),
}

# The types of each family and its weight in a draw; the lower student loans come only below a studentLoan.
# Source: schema AccountType, spec 1.42.0. Its text says 529plan and 457plan, and admits that the wire has 529 and 457.
GROUPS: dict[str, tuple[str, int]] = {
    "deposit": ("checking savings moneyMarket", 25),
    "certificate": ("cd", 4),
    "card": ("creditCard", 20),
    "credit line": ("lineOfCredit", 4),
    "brokerage": ("investment brokerageAccount employeeStockPurchasePlan", 10),
    "workplace": ("401k roth401k 403b 457 401a pension profitSharingPlan thriftSavingsPlan", 12),
    "personal": ("ira roth rollover sepIRA simpleIRA keogh ugma utma healthSavingsAccount investmentTaxDeferred", 12),
    "savings plan": ("529 educationSavings variableAnnuity", 3),
    "coins": ("cryptocurrency", 2),
    "mortgage": ("mortgage", 9),
    "loan": ("loan", 10),
    "student loan": ("studentLoan", 6),
    "student group": ("studentLoanGroup", 0),
    "student account": ("studentLoanAccount", 0),
}
_FAMILY_OF = {kind: family for family, (kinds, _) in GROUPS.items() for kind in kinds.split()}
DEPOSITS = frozenset(GROUPS["deposit"][0].split())
ACCOUNT_TYPES: tuple[str, ...] = tuple(_FAMILY_OF)


def family_name(account_type: str) -> str:
    """Return the name of the family of a type, ``"other"`` for a type outside `ACCOUNT_TYPES`."""
    return _FAMILY_OF.get(account_type, "other")


def family_of(account_type: str) -> Family:
    """Return the family of a type; a type outside `ACCOUNT_TYPES` has one with an empty detail."""
    return _FAMILIES[family_name(account_type)]
