"""How each member of a detail is made."""

import time
from collections.abc import Callable

from finicity_async.sandbox.data.drawing import DAY, MONTH, cents, chance
from finicity_async.sandbox.data.figures import Ledger

_Maker = Callable[[Ledger], object]


def _share(low: float, high: float) -> _Maker:
    return lambda led: cents(led.owed * led.rng.uniform(low, high))


def _amount(low: float, high: float) -> _Maker:
    return lambda led: cents(led.rng.uniform(low, high))


def _rarely(maker: _Maker) -> _Maker:
    return lambda led: maker(led) if chance(led.rng, 0.1) else 0.0


def _day(low: int, high: int) -> _Maker:
    """Return a maker of dates so many days after the last aggregation; a negative count lies before it."""
    return lambda led: led.as_of + led.rng.randint(low, high) * DAY


def _one_of(*values: object) -> _Maker:
    return lambda led: led.rng.choice(values)


def _months_this_year(led: Ledger) -> int:
    return min(led.age, time.gmtime(led.as_of).tm_mon)


def _received(led: Ledger) -> int:
    """Return when the last payment came: on its day or before, or the day after when there was a fee for that."""
    days = 1 if led.late else -led.rng.randint(0, 2)
    return led.due - MONTH + days * DAY


# Detail members by the way they are made.
_DATES: tuple[tuple[str, _Maker], ...] = (
    ("dateAsOf", lambda led: led.as_of),
    ("openDate initialMlDate outOfSchoolDate", lambda led: led.opened),
    ("firstPaymentDate", lambda led: led.opened + MONTH),
    ("repaymentPlanStartDate convertToRepayment", lambda led: min(led.as_of, led.opened + 6 * MONTH)),
    ("periodStartDate statementStartDate", _day(-35, -31)),
    ("periodEndDate statementEndDate statementCloseDate", _day(-5, -1)),
    ("lastPaymentDueDate", lambda led: led.due - MONTH),
    ("lastPaymentDate lastPaymentReceiveDate", _received),
    ("loanStatusStartDate", lambda led: led.as_of - led.rng.randint(1, led.age * 30) * DAY),
    # Only these lie in the future.
    ("paymentDueDate nextPaymentDate", lambda led: led.due),
    ("loanStatusEndDate", lambda led: led.as_of + led.rng.randint(1, (led.term - led.age) * 30) * DAY),
    (
        "maturityDate originalMaturityDate expectedPayoffDate payoffAmountDate repaymentPlanEndDate",
        lambda led: led.opened + led.term * MONTH,
    ),
)
_BALANCES: tuple[tuple[str, _Maker], ...] = (
    ("currentBalance", lambda led: led.balance),
    ("principalBalance endingBalanceAmount", lambda led: led.owed),
    ("payoffAmount", lambda led: cents(led.owed + led.interest + led.late)),
    ("availableBalanceAmount", _share(0.9, 1.0)),
    ("periodDepositAmount statementPurchaseAmount", _share(0.05, 0.4)),
    ("previousBalance statementCloseBalance", _share(0.7, 1.1)),
    ("creditMaxAmount initialMlAmount", lambda led: led.limit),
    ("creditAvailableAmount totalPrincipalPaid", lambda led: cents(led.limit - led.owed)),
    ("cashAdvanceMaxAmount", lambda led: cents(0.2 * led.limit)),
    ("cashAdvanceAvailableAmount", lambda led: cents(0.2 * (led.limit - led.owed))),
    ("cashAdvanceBalance", lambda led: cents(0.2 * led.owed)),
    ("escrowBalance", lambda led: cents(led.escrow * led.rng.randint(1, 11))),
    ("statementCreditAmount", _rarely(_amount(5, 150))),
    ("availableCashBalance cashBalanceAmount", lambda led: led.cash),
    ("buyPower", lambda led: cents(2 * led.cash)),
    ("marginBalance shortBalance rolloverAmount rolloverLtd profitSharingAmount", _rarely(_share(0.02, 0.2))),
    ("vestedBalance preTaxAmount", lambda led: cents(0.8 * led.balance)),
    ("otherVestAmount", lambda led: cents(0.1 * led.balance)),
    ("otherNonvestAmount afterTaxAmount", lambda led: cents(led.balance - cents(0.8 * led.balance))),
    ("currentLoanBalance", _share(0.02, 0.3)),
    ("maturityValueAmount", _share(1.05, 1.6)),
    ("rewardEarnedBalance empMatchAmount empPretaxContribAmount", _amount(0, 600)),
    ("contribTotalYtd empPretaxContribAmountYtd matchAmount", _amount(600, 7_000)),
)
_PAYMENTS: tuple[tuple[str, _Maker], ...] = (
    ("periodInterestRate originalInterestRate weightedInterestRate", lambda led: led.rate),
    ("initialInterestRate loanRate", lambda led: led.rate),
    ("interestRate", lambda led: str(led.rate)),
    ("cashAdvanceInterestRate", lambda led: round(led.rate + 5, 3)),
    ("periodInterestAmount statementFinanceAmount interestBalance", lambda led: led.interest),
    ("nextPaymentInterestAmount lastPaymentInterestAmount", lambda led: led.interest),
    ("nextPaymentPrincipalAmount lastPaymentPrincipalAmount", lambda led: led.principal),
    ("lastPaymentEscrowAmount", lambda led: led.escrow),
    ("nextPayment recurringPaymentAmount paymentMinAmount", lambda led: led.payment),
    ("lastPaymentAmount", lambda led: cents(led.payment + led.late)),
    ("lateFeeAmount lastPaymentLateCharge lastPaymentLastFeeAmount", lambda led: led.late),
    ("feesBalance loanYtdFeesPaid", lambda led: led.late),
    ("pastDueAmount", lambda led: led.payment if led.late else 0.0),
    ("daysDelinquent", lambda led: led.rng.choice((5, 31)) if led.late else 0),
    ("balloonAmount", _rarely(_share(0.1, 0.3))),
    ("interestYtdAmount ytdInterestPaid loanYtdInterestPaid", lambda led: cents(led.interest * _months_this_year(led))),
    ("interestPriorYtdAmount", lambda led: cents(led.interest * min(12, led.age - _months_this_year(led)))),
    ("ytdPrincipalPaid loanYtdPrincipalPaid", lambda led: cents(led.principal * _months_this_year(led))),
    ("ytdTaxPaid", lambda led: cents(0.7 * led.escrow * _months_this_year(led))),
    ("ytdInsurancePaid", lambda led: cents(0.3 * led.escrow * _months_this_year(led))),
    ("totalInterestPaid interestPaidLtd", lambda led: cents(led.interest * led.age)),
    ("totalAmountPaid", lambda led: cents(led.limit - led.owed + led.interest * led.age)),
    # The debt falls by the same sum each month, and the interest with it.
    ("projectedInterest", lambda led: cents(led.interest * (led.term - led.age + 1) / 2)),
    ("paymentsMade", lambda led: led.age),
    ("paymentsRemaining", lambda led: led.term - led.age),
    ("remainingTermOfMl", lambda led: float(led.term - led.age)),
    ("termOfMl", lambda led: str(led.term)),
)
_WORDS: tuple[tuple[str, _Maker], ...] = (
    ("marginAllowed cashAccountAllowed", lambda led: chance(led.rng, 0.5)),
    ("autoPayEnrolled firstMortgage", _one_of("Y", "Y", "N")),
    ("mlHolderName", _one_of("Robin Example", "Alex Sample", "Sam Specimen")),
    ("description", lambda led: f"{led.term // 12}-year loan"),
    ("lender", _one_of("Example Savings Bank", "Sample Credit Union")),
    ("interestPeriod loanPaymentFreq", lambda _: "monthly"),
    ("loanTermType", lambda _: "fixed"),
    ("interestRateType", _one_of("fixed", "fixed", "variable")),
    ("loanPaymentType", lambda _: "principal and interest"),
    ("collateral", _one_of("2021 sedan", "2019 pickup")),
    ("currentSchool originalSchool", _one_of("Example State University", "Sample College")),
    ("repaymentPlan", _one_of("Standard", "Graduated", "Extended", "Pay As You Earn")),
    ("loanAwardId", lambda led: str(led.rng.randrange(1_000_000, 10_000_000))),
    ("guarantor owner", _one_of("US Dept of Education", "Sample Guaranty Agency")),
    ("interestSubsidyType", _one_of("Subsidized", "Unsubsidized")),
    ("loanStatus", _one_of("Repayment", "Repayment", "Deferment", "Forbearance", "Grace")),
    ("loanTypeDesc", _one_of("Conventional Mortgage", "FHA Mortgage", "VA Mortgage")),
)
MAKERS = {name: maker for names, maker in _DATES + _BALANCES + _PAYMENTS + _WORDS for name in names.split()}
