"""
Invented account records in the vendor's own JSON shape.

Plain dicts, because encoding the models would turn amounts and dates into text. Everything is drawn from the generator
that is passed in, so one seed always gives the same bytes. What a record does not have is left out, never null.
Amounts are US dollars, rates percent per year, dates Unix seconds.
"""

import re
import time
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

__all__ = ["ACCOUNT_TYPES", "make_account", "make_accounts"]

_DAY = 86_400
_MONTH = 30 * _DAY
_TREE = ("studentLoan", "studentLoanGroup", "studentLoanAccount")

# Symbol, name, usual price, security type, asset class, CUSIP.
_Security = tuple[str, str, float, str, str, str | None]
_SECURITIES: tuple[_Security, ...] = (
    ("AAPL", "APPLE INC", 190.0, "Stock", "LARGESTOCK", "037833100"),
    ("MSFT", "MICROSOFT CORP", 400.0, "Stock", "LARGESTOCK", "594918104"),
    ("VXUS", "VANGUARD TOTAL INTL STOCK ETF", 58.0, "ETF", "INTLSTOCK", "921909768"),
    ("BND", "VANGUARD TOTAL BOND MARKET ETF", 72.0, "ETF", "DOMESTICBOND", "921937835"),
    ("VTSAX", "VANGUARD TOTAL STOCK ADMIRAL", 115.0, "Mutual Fund", "LARGESTOCK", "922908728"),
)
_COINS: tuple[_Security, ...] = (
    ("BTC", "Bitcoin", 60_000.0, "Cryptocurrency", "OTHER", None),
    ("ETH", "Ethereum", 3_000.0, "Cryptocurrency", "OTHER", None),
    ("SOL", "Solana", 140.0, "Cryptocurrency", "OTHER", None),
)


class _Family(NamedTuple):
    """
    Hold what accounts of one family have in common.

    ``low`` and ``high`` bound the balance or, where the customer owes, the credit limit or the sum lent; ``terms`` are
    months; ``members`` name the detail in the order of the spec.
    """

    low: float
    high: float
    terms: tuple[int, ...]
    rates: tuple[float, float]
    members: str
    owes: bool = False
    securities: tuple[_Security, ...] = ()


class _Ledger(NamedTuple):
    """
    Hold the figures of one account, from which its members follow, so that they agree with each other.

    ``as_of`` is the moment of the last aggregation; ``term`` and ``age`` are months; ``interest`` and ``principal``
    are those of one month.
    """

    rng: Random
    as_of: int
    opened: int
    term: int
    age: int
    limit: float
    balance: float
    owed: float
    cash: float
    rate: float
    interest: float
    principal: float
    position: list[dict[str, Any]]


_Maker = Callable[[_Ledger], object]


def _cents(value: float) -> float:
    # Adding zero turns -0.0, which would show in the JSON text, into 0.0.
    return round(value, 2) + 0.0


def _chance(rng: Random, share: float) -> bool:
    return rng.random() < share


def _share(low: float, high: float) -> _Maker:
    return lambda led: _cents(led.owed * led.rng.uniform(low, high))


def _amount(low: float, high: float) -> _Maker:
    return lambda led: _cents(led.rng.uniform(low, high))


def _rarely(maker: _Maker) -> _Maker:
    return lambda led: maker(led) if _chance(led.rng, 0.1) else 0.0


def _day(low: int, high: int) -> _Maker:
    """Return a maker of dates so many days after the last aggregation; a negative count lies before it."""
    return lambda led: led.as_of + led.rng.randint(low, high) * _DAY


def _one_of(*values: object) -> _Maker:
    return lambda led: led.rng.choice(values)


def _months_this_year(led: _Ledger) -> int:
    return min(led.age, time.gmtime(led.as_of).tm_mon)


# Detail members by the way they are made. Only due, maturity and payoff dates lie in the future.
_ROWS: tuple[tuple[str, _Maker], ...] = (
    ("dateAsOf", lambda led: led.as_of),
    ("openDate initialMlDate repaymentPlanStartDate", lambda led: led.opened),
    ("maturityDate originalMaturityDate expectedPayoffDate", lambda led: led.opened + led.term * _MONTH),
    ("periodStartDate statementStartDate", _day(-35, -31)),
    ("periodEndDate statementEndDate", _day(-5, -1)),
    ("lastPaymentDate lastPaymentReceiveDate", _day(-28, -6)),
    ("loanStatusStartDate", lambda led: led.as_of - led.rng.randint(1, led.age * 30) * _DAY),
    ("paymentDueDate nextPaymentDate", _day(2, 28)),
    ("currentBalance", lambda led: led.balance),
    ("principalBalance", lambda led: led.owed),
    ("payoffAmount", lambda led: _cents(led.owed + led.interest)),
    ("availableBalanceAmount", _share(0.9, 1.0)),
    ("periodDepositAmount statementPurchaseAmount", _share(0.05, 0.4)),
    ("previousBalance statementCloseBalance", _share(0.7, 1.1)),
    ("periodInterestRate originalInterestRate weightedInterestRate", lambda led: led.rate),
    ("interestRate", lambda led: str(led.rate)),
    ("cashAdvanceInterestRate", lambda led: round(led.rate + 5, 3)),
    ("periodInterestAmount statementFinanceAmount nextPaymentInterestAmount interestBalance", lambda led: led.interest),
    ("nextPaymentPrincipalAmount", lambda led: led.principal),
    ("nextPayment lastPaymentAmount", lambda led: _cents(led.interest + led.principal)),
    ("pastDueAmount", _rarely(lambda led: _cents(led.interest + led.principal))),
    ("interestYtdAmount ytdInterestPaid", lambda led: _cents(led.interest * _months_this_year(led))),
    ("interestPriorYtdAmount", lambda led: _cents(led.interest * min(12, led.age - _months_this_year(led)))),
    ("ytdPrincipalPaid", lambda led: _cents(led.principal * _months_this_year(led))),
    ("creditMaxAmount initialMlAmount", lambda led: led.limit),
    ("creditAvailableAmount totalPrincipalPaid", lambda led: _cents(led.limit - led.owed)),
    ("cashAdvanceMaxAmount", lambda led: _cents(0.2 * led.limit)),
    ("cashAdvanceAvailableAmount", lambda led: _cents(0.2 * (led.limit - led.owed))),
    ("totalInterestPaid", lambda led: _cents(led.interest * led.age)),
    ("totalAmountPaid", lambda led: _cents(led.limit - led.owed + led.interest * led.age)),
    ("paymentMinAmount", lambda led: _cents(max(25.0, 0.02 * led.owed))),
    ("rewardEarnedBalance empMatchAmount empPretaxContribAmount", _amount(0, 600)),
    ("contribTotalYtd empPretaxContribAmountYtd matchAmount escrowBalance ytdTaxPaid", _amount(600, 7_000)),
    ("feesBalance statementCreditAmount", _rarely(_amount(5, 150))),
    ("availableCashBalance cashBalanceAmount", lambda led: led.cash),
    ("buyPower", lambda led: _cents(2 * led.cash)),
    ("marginBalance shortBalance rolloverAmount rolloverLtd profitSharingAmount", _rarely(_share(0.02, 0.2))),
    ("vestedBalance preTaxAmount", lambda led: _cents(0.8 * led.balance)),
    ("otherNonvestAmount afterTaxAmount", lambda led: _cents(led.balance - _cents(0.8 * led.balance))),
    ("marginAllowed cashAccountAllowed", lambda led: _chance(led.rng, 0.5)),
    ("autoPayEnrolled firstMortgage", _one_of("Y", "Y", "N")),
    ("termOfMl", lambda led: str(led.term)),
    ("paymentsMade", lambda led: led.age),
    ("paymentsRemaining", lambda led: led.term - led.age),
    ("remainingTermOfMl", lambda led: float(led.term - led.age)),
    ("daysDelinquent", _one_of(0, 0, 0, 0, 5, 31)),
    ("mlHolderName", _one_of("Robin Example", "Alex Sample", "Sam Specimen")),
    ("collateral", _one_of("2021 sedan", "2019 pickup")),
    ("currentSchool", _one_of("Example State University", "Sample College")),
    ("repaymentPlan", _one_of("Standard", "Graduated", "Extended", "Pay As You Earn")),
    ("loanAwardId", lambda led: str(led.rng.randrange(1_000_000, 10_000_000))),
    ("guarantor owner", _one_of("US Dept of Education", "Sample Guaranty Agency")),
    ("loanStatus", _one_of("Repayment", "Repayment", "Deferment", "Forbearance", "Grace")),
    ("loanTypeDesc", _one_of("Conventional Mortgage", "FHA Mortgage", "VA Mortgage")),
)
_MAKERS = {name: maker for names, maker in _ROWS for name in names.split()}

_DEPOSIT = """dateAsOf availableBalanceAmount openDate periodStartDate periodEndDate periodInterestRate
    periodDepositAmount periodInterestAmount interestYtdAmount interestPriorYtdAmount"""
_CARD = """dateAsOf interestRate creditAvailableAmount creditMaxAmount cashAdvanceAvailableAmount cashAdvanceMaxAmount
    cashAdvanceInterestRate currentBalance paymentMinAmount paymentDueDate previousBalance statementStartDate
    statementEndDate statementPurchaseAmount statementFinanceAmount statementCreditAmount rewardEarnedBalance
    lastPaymentAmount lastPaymentDate statementCloseBalance"""
_CREDIT_LINE = """dateAsOf interestRate creditAvailableAmount creditMaxAmount currentBalance paymentMinAmount
    paymentDueDate previousBalance statementFinanceAmount pastDueAmount lastPaymentAmount lastPaymentDate"""
_MORTGAGE = """dateAsOf interestRate lastPaymentAmount termOfMl mlHolderName payoffAmount originalMaturityDate
    principalBalance escrowBalance initialMlAmount initialMlDate nextPaymentPrincipalAmount nextPaymentInterestAmount
    nextPayment nextPaymentDate lastPaymentReceiveDate ytdTaxPaid firstMortgage loanTypeDesc"""
_LOAN = """dateAsOf interestRate pastDueAmount termOfMl mlHolderName payoffAmount originalMaturityDate
    principalBalance initialMlAmount initialMlDate nextPayment nextPaymentDate lastPaymentReceiveDate ytdPrincipalPaid
    ytdInterestPaid collateral paymentsMade paymentsRemaining"""
_BROKERAGE = """dateAsOf currentBalance marginAllowed cashAccountAllowed marginBalance shortBalance
    availableCashBalance contribTotalYtd cashBalanceAmount buyPower"""
_WORKPLACE = """dateAsOf currentBalance availableCashBalance vestedBalance empMatchAmount empPretaxContribAmount
    empPretaxContribAmountYtd contribTotalYtd cashBalanceAmount preTaxAmount afterTaxAmount matchAmount
    profitSharingAmount otherNonvestAmount"""
_PERSONAL = """dateAsOf currentBalance cashAccountAllowed availableCashBalance contribTotalYtd cashBalanceAmount
    preTaxAmount afterTaxAmount rolloverAmount rolloverLtd"""
_STUDENT = """dateAsOf lastPaymentAmount payoffAmount principalBalance nextPayment nextPaymentDate autoPayEnrolled
    interestBalance feesBalance totalPrincipalPaid totalInterestPaid totalAmountPaid"""
_STUDENT_GROUP = """dateAsOf principalBalance nextPayment nextPaymentDate repaymentPlan interestBalance feesBalance
    loanStatus loanStatusStartDate weightedInterestRate repaymentPlanStartDate expectedPayoffDate daysDelinquent"""
_STUDENT_ACCOUNT = """dateAsOf interestRate principalBalance initialMlAmount initialMlDate nextPayment nextPaymentDate
    currentSchool loanAwardId originalInterestRate guarantor owner interestBalance remainingTermOfMl loanStatus
    loanStatusStartDate"""

# The three student loan rows have the same bounds: a tree is drawn once and written at each level.
_FAMILIES: dict[str, _Family] = {
    "deposit": _Family(40, 40_000, (240,), (0.01, 4.5), _DEPOSIT),
    "certificate": _Family(1_000, 80_000, (6, 12, 24, 60), (2, 5.2), _DEPOSIT + " maturityDate"),
    "card": _Family(800, 25_000, (120,), (14, 29), _CARD, owes=True),
    "credit line": _Family(5_000, 150_000, (180,), (6, 12), _CREDIT_LINE, owes=True),
    "mortgage": _Family(90_000, 900_000, (180, 360), (2.5, 7.5), _MORTGAGE, owes=True),
    "loan": _Family(3_000, 60_000, (36, 48, 60, 72), (3, 14), _LOAN, owes=True),
    "brokerage": _Family(1_500, 400_000, (240,), (0, 0), _BROKERAGE, securities=_SECURITIES),
    "workplace": _Family(2_000, 500_000, (240,), (0, 0), _WORKPLACE, securities=_SECURITIES),
    "personal": _Family(1_000, 200_000, (240,), (0, 0), _PERSONAL, securities=_SECURITIES),
    "savings plan": _Family(500, 90_000, (200,), (0, 0), _PERSONAL, securities=_SECURITIES),
    "coins": _Family(1_000, 60_000, (80,), (0, 0), _BROKERAGE, securities=_COINS),
    "student loan": _Family(4_000, 90_000, (120, 240), (3, 8), _STUDENT, owes=True),
    "student group": _Family(4_000, 90_000, (120, 240), (3, 8), _STUDENT_GROUP, owes=True),
    "student account": _Family(4_000, 90_000, (120, 240), (3, 8), _STUDENT_ACCOUNT, owes=True),
    "other": _Family(40, 40_000, (240,), (0, 0), ""),
}

# The types of each family and its weight in a draw; the lower student loans come only below a studentLoan.
# Source: schema AccountType, spec 1.42.0. Its text says 529plan and 457plan, and admits that the wire has 529 and 457.
_GROUPS: dict[str, tuple[str, int]] = {
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
_WEIGHTS = [weight for _, weight in _GROUPS.values()]
_FAMILY_OF = {kind: family for family, (kinds, _) in _GROUPS.items() for kind in kinds.split()}
ACCOUNT_TYPES: tuple[str, ...] = tuple(_FAMILY_OF)

_AGGREGATED = ("balanceDate", "aggregationSuccessDate", "aggregationAttemptDate", "lastUpdatedDate")
# Never left out of a detail that has them.
_KEPT = frozenset({"dateAsOf", "availableBalanceAmount", "creditMaxAmount", "currentBalance", "weightedInterestRate"})

_BRANDS = ("Everyday", "Premier", "Classic", "Select", "Super")
_ACRONYMS = frozenset({"cd", "ira", "ugma", "utma"})

# The spec requires accountNickname without declaring it; it stands where the required list has it.
_ORDER = """id number accountNumberDisplay realAccountNumberLast4 name accountNickname balance type
    aggregationStatusCode status customerId institutionId balanceDate aggregationSuccessDate aggregationAttemptDate
    createdDate lastUpdatedDate marketSegment currency lastTransactionDate oldestTransactionDate institutionLoginId
    authorizationStartDate authorizationEndDate authorizationExpires detail position displayPosition parentAccount
    linkedAccountDate"""
_PENDING_ORDER = """id number accountNumberDisplay name accountNickname balance type status customerId institutionId
    createdDate currency institutionLoginId"""


def _make_holding(rng: Random, number: int, security: _Security, target: float, as_of: int) -> dict[str, Any]:
    symbol, name, usual_price, kind, asset_class, cusip = security
    price = round(usual_price * rng.uniform(0.8, 1.25), 2)
    units = round(target / price, 4)
    value = _cents(units * price)
    cost = _cents(value / rng.uniform(0.7, 1.9))
    percent = _cents(rng.uniform(-2.5, 2.5))
    holding = {
        "id": number,
        "description": name,
        "symbol": symbol,
        "units": units,
        "currentPrice": price,
        "securityName": name,
        "marketValue": value,
        "changePercent": percent,
        "costBasis": cost,
        "status": "A",
        "currentPriceDate": as_of,
        "securityType": kind,
        "posType": "Long",
        "totalGLDollar": _cents(value - cost),
        "totalGLPercent": _cents(100 * (value - cost) / cost),
        "assetClass": asset_class,
    }
    if cusip:
        holding |= {"securityId": cusip, "securityIdType": "CUSIP"}
    return holding | {"costBasisPerShare": round(cost / units, 4), "securityCurrency": "USD", "todayGLPercent": percent}


def _make_position(rng: Random, securities: tuple[_Security, ...], total: float, as_of: int) -> list[dict[str, Any]]:
    """Make two to five different holdings worth about ``total`` together, or none without securities."""
    if not securities:
        return []
    weights = [rng.uniform(0.5, 1.5) for _ in range(rng.randint(2, len(securities)))]
    targets = [total * weight / sum(weights) for weight in weights]
    chosen = zip(rng.sample(securities, len(weights)), targets, strict=True)
    return [_make_holding(rng, number, *pair, as_of) for number, pair in enumerate(chosen, start=1)]


def _draw_ledger(rng: Random, account_type: str, now: int) -> _Ledger:
    """Draw the figures of one account; its last aggregation lies 1 to 20 hours before ``now``."""
    family = _FAMILIES[_FAMILY_OF.get(account_type, "other")]
    as_of = now - rng.randint(3_600, 72_000)
    term = rng.choice(family.terms)
    age = rng.randint(1, term - 1)
    size = family.low * (family.high / family.low) ** rng.random()
    limit = round(size, -2)
    position = _make_position(rng, family.securities, size, as_of)
    cash = _cents(size * rng.uniform(0, 0.04)) if position else 0.0
    balance = _cents(sum(holding["marketValue"] for holding in position) + cash) or _cents(size)
    if family.owes:
        # The vendor's test bank has shown a debt as a positive balance, so the sign says nothing for certain.
        balance = _cents(limit * (1 - age / term) * (1 if _chance(rng, 0.05) else -1))
    owed = abs(balance)
    rate = round(rng.uniform(*family.rates), 3)
    interest = _cents(owed * rate / 1200)
    opened = as_of - age * _MONTH
    principal = _cents(limit / term)
    return _Ledger(rng, as_of, opened, term, age, limit, balance, owed, cash, rate, interest, principal, position)


def _make_detail(ledger: _Ledger, names: list[str]) -> dict[str, Any]:
    """Make a detail that lacks up to four of its family's members but has at least eight, as institutions differ."""
    spare = max(0, min(4, len(names) - 8))
    left_out = set(ledger.rng.sample(names, ledger.rng.randint(0, spare))) - _KEPT
    return {name: _MAKERS[name](ledger) for name in names if name not in left_out}


def _make_dates(ledger: _Ledger) -> dict[str, Any]:
    """Make the dates of a record: opened, linked, last transaction, last aggregation, in this order."""
    linked = ledger.as_of - ledger.rng.randint(2, min(ledger.age * 30, 900)) * _DAY
    oldest = max(ledger.opened, linked - 180 * _DAY)
    last = max(oldest, ledger.as_of - ledger.rng.randint(0, 6 * _DAY))
    dates = {"createdDate": linked, "linkedAccountDate": linked}
    dates |= {"oldestTransactionDate": oldest, "lastTransactionDate": last}
    dates |= dict.fromkeys(_AGGREGATED, ledger.as_of)
    if _chance(ledger.rng, 0.4):
        expires = _chance(ledger.rng, 0.7)
        dates |= {"authorizationStartDate": linked, "authorizationExpires": expires}
        dates |= {"authorizationEndDate": ledger.as_of + ledger.rng.randint(30, 365) * _DAY} if expires else {}
    return dates


def _make_labels(rng: Random, account_type: str) -> dict[str, Any]:
    number = str(rng.randrange(10**8, 10**10))
    last4 = number[-4:]
    words = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", account_type)
    name = f"{rng.choice(_BRANDS)} {words.upper() if account_type in _ACRONYMS else words.title()}"
    labels = {"name": name, "accountNickname": f"{name} {last4}", "currency": "USD"}
    if _FAMILY_OF.get(account_type) == "deposit":
        labels["realAccountNumberLast4"] = last4
    return labels | {
        "number": f"xxxx{last4}" if _chance(rng, 0.2) else number,
        "accountNumberDisplay": last4,
        "marketSegment": "business" if _chance(rng, 0.05) else "personal",
    }


def _make_record(ledger: _Ledger, given: dict[str, Any]) -> dict[str, Any]:
    """Make the whole record around the members that are given, in the order of the wire."""
    family = _FAMILIES[_FAMILY_OF.get(given["type"], "other")]
    members = given | _make_labels(ledger.rng, given["type"]) | _make_dates(ledger)
    members |= {"balance": ledger.balance, "aggregationStatusCode": 0, "position": ledger.position or None}
    members["detail"] = _make_detail(ledger, family.members.split())
    order = _PENDING_ORDER if given["status"] == "pending" else _ORDER
    return {key: members[key] for key in order.split() if members.get(key) is not None}


def make_account(
    rng: Random,
    account_type: str,
    *,
    account_id: str,
    customer_id: str,
    institution_id: str,
    institution_login_id: int,
    now: int,
    display_position: int = 1,
    status: str = "active",
    parent_account: str | None = None,
) -> dict[str, Any]:
    """
    Make one account record, ready for `json.dumps`.

    A type outside `ACCOUNT_TYPES` gives an empty detail. Only due, maturity, payoff and authorization end dates lie
    after ``now``, in Unix seconds. The status ``"pending"`` gives the short record of an account that was found but
    never activated, without ``parent_account``, the ID of the student loan one level up.
    """
    given = {
        "id": account_id,
        "type": account_type,
        "status": status,
        "customerId": customer_id,
        "institutionId": institution_id,
        "institutionLoginId": institution_login_id,
        "displayPosition": display_position,
        "parentAccount": parent_account,
    }
    return _make_record(_draw_ledger(rng, account_type, now), given)


def _pick_types(rng: Random, count: int) -> list[tuple[str, ...]]:
    """Choose the types of ``count`` accounts, as groups: a student loan tree, or one account alone."""
    first: list[tuple[str, ...]] = [("checking",), ("savings",), ("creditCard",)]
    groups = first[:count]
    room = count - len(groups)
    while room > 0:
        kinds, _ = rng.choices(list(_GROUPS.values()), _WEIGHTS)[0]
        kind = rng.choice(kinds.split())
        groups.append(_TREE if kind == _TREE[0] and room >= len(_TREE) else (kind,))
        room -= len(groups[-1])
    return groups


def make_accounts(
    rng: Random,
    *,
    customer_id: str,
    first_account_id: int,
    institution_id: str,
    institution_login_id: int,
    now: int,
    count: int,
) -> list[dict[str, Any]]:
    """
    Make the active accounts of one login: checking, savings, a credit card, then a weighted draw.

    Returns:
        The records by ID, from ``first_account_id`` on. A student loan is followed by its group and its account, which
        show the same balance; it stands alone when fewer than three places are left.
    """
    login = {"customerId": customer_id, "institutionId": institution_id, "institutionLoginId": institution_login_id}
    accounts: list[dict[str, Any]] = []
    for kinds in _pick_types(rng, count):
        ledger = _draw_ledger(rng, kinds[0], now)
        parent = None
        for place, kind in enumerate(kinds, start=len(accounts)):
            given = {"id": str(first_account_id + place), "type": kind, "status": "active", **login}
            accounts.append(_make_record(ledger, {**given, "displayPosition": place + 1, "parentAccount": parent}))
            parent = given["id"]
    return accounts
