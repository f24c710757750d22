"""The details of one account: the members that depend on its type."""

from decimal import Decimal

from finicity_async.models._record import Record
from finicity_async.models._values import Instant


class CustomerAccountDetail(Record, frozen=True, kw_only=True, rename="camel", gc=False):
    """
    What the institution tells of one account beyond its balance; which members come depends on the account type.

    Amounts are in the account's currency, rates in percent per year; both are exact. Instants are UTC. A member that
    the institution does not give is None. The end of each line names the account types for which the vendor lists
    the member: deposit accounts are ``checking``, ``savings``, ``cd`` and ``moneyMarket``. Where it
    says "undeclared", real responses carry a member that the vendor's document does not have; its meaning is a guess
    from its name.

    Source: schema CustomerAccountDetail, spec 1.42.0.
    """

    date_as_of: Instant | None = None
    """Latest day for which the details below hold. All account types."""
    available_balance_amount: Decimal | None = None
    """Balance less pending transactions, as a rule. Deposit accounts, loans and mortgages."""
    open_date: Instant | None = None
    """Opening of the account. Deposit accounts."""
    period_start_date: Instant | None = None
    """Beginning of the current period. Deposit accounts."""
    period_end_date: Instant | None = None
    """End of the current period. The vendor names no account type."""
    period_interest_rate: Decimal | None = None
    """Annual yield (APY) in the current period, percent; may arrive as text. Deposit accounts."""
    period_deposit_amount: Decimal | None = None
    """Sum of the deposits in the current period. Deposit accounts."""
    period_interest_amount: Decimal | None = None
    """Interest of the current period so far. Deposit accounts."""
    interest_ytd_amount: Decimal | None = None
    """Interest since the beginning of the year. Deposit accounts."""
    interest_prior_ytd_amount: Decimal | None = None
    """Interest of the year before. Deposit accounts."""
    maturity_date: Instant | None = None
    """When the deposit falls due. Deposit accounts."""
    interest_rate: Decimal | None = None
    """Rate now, percent, sent as text. Credit cards and lines of credit, loans and mortgages."""
    credit_available_amount: Decimal | None = None
    """Credit left, as a rule the limit less the current balance. Credit cards and lines of credit."""
    credit_max_amount: Decimal | None = None
    """Credit limit. Credit cards and lines of credit."""
    cash_advance_available_amount: Decimal | None = None
    """Cash advance left. Credit cards and lines of credit."""
    cash_advance_max_amount: Decimal | None = None
    """Limit for cash advances. Credit cards and lines of credit."""
    cash_advance_balance: Decimal | None = None
    """Cash advance drawn. Credit cards and lines of credit."""
    cash_advance_interest_rate: Decimal | None = None
    """Rate on a cash advance, percent. Credit cards and lines of credit."""
    current_balance: Decimal | None = None
    """Balance now. Credit cards and lines of credit, investments."""
    payment_min_amount: Decimal | None = None
    """Least amount to pay. Credit cards and lines of credit, loans and mortgages."""
    payment_due_date: Instant | None = None
    """When the next payment is due. Credit cards and lines of credit; loans have ``next_payment_date``."""
    previous_balance: Decimal | None = None
    """Previous balance on the last statement. Credit cards and lines of credit."""
    statement_start_date: Instant | None = None
    """Beginning of the statement period. Credit cards and lines of credit."""
    statement_end_date: Instant | None = None
    """End of the statement period. Credit cards and lines of credit."""
    statement_purchase_amount: Decimal | None = None
    """Purchases on the statement. Credit cards and lines of credit."""
    statement_finance_amount: Decimal | None = None
    """Finance charges on the statement. Credit cards and lines of credit."""
    statement_credit_amount: Decimal | None = None
    """Credits on the statement. Credit cards and lines of credit."""
    reward_earned_balance: Decimal | None = None
    """Rewards earned; the vendor states no unit. Credit cards and lines of credit."""
    past_due_amount: Decimal | None = None
    """Amount overdue. Credit cards and lines of credit, loans and mortgages."""
    last_payment_amount: Decimal | None = None
    """Amount of the latest payment. Credit cards and lines of credit, loans and mortgages."""
    last_payment_date: Instant | None = None
    """Day of the latest payment. Credit cards and lines of credit; loans have ``last_payment_receive_date``."""
    statement_close_balance: Decimal | None = None
    """Closing balance of the statement. Credit cards and lines of credit."""
    loc_principal_balance: Decimal | None = None
    """Principal still owed on a line of credit; undeclared."""
    term_of_ml: str | None = None
    """Whole term, months as text. Loans and mortgages."""
    ml_holder_name: str | None = None
    """Name of the holder. Loans and mortgages."""
    description: str | None = None
    """What the loan is, in the institution's words. Loans and mortgages."""
    late_fee_amount: Decimal | None = None
    """Fee for late payment. Loans and mortgages."""
    payoff_amount: Decimal | None = None
    """Amount that would settle the loan in full. Loans and mortgages."""
    payoff_amount_date: Instant | None = None
    """Day of the payment that settles the loan. Loans and mortgages."""
    original_maturity_date: Instant | None = None
    """When the loan was to end as first agreed. Loans and mortgages."""
    principal_balance: Decimal | None = None
    """Principal still owed. Loans and mortgages."""
    escrow_balance: Decimal | None = None
    """Amount held in escrow. Loans and mortgages."""
    interest_period: str | None = None
    """How often interest is charged, for example ``"monthly"``. Loans and mortgages."""
    initial_ml_amount: Decimal | None = None
    """Amount lent at first. Loans and mortgages."""
    initial_ml_date: Instant | None = None
    """Day the loan began. Loans and mortgages."""
    next_payment_principal_amount: Decimal | None = None
    """Principal part of the next payment. Loans and mortgages."""
    next_payment_interest_amount: Decimal | None = None
    """Interest part of the next payment. Loans and mortgages."""
    next_payment: Decimal | None = None
    """Least amount of the next payment. Loans and mortgages."""
    next_payment_date: Instant | None = None
    """When the next payment is due. Loans and mortgages."""
    last_payment_due_date: Instant | None = None
    """When the latest payment was due. Loans and mortgages."""
    last_payment_receive_date: Instant | None = None
    """When the latest payment was received. Loans and mortgages."""
    last_payment_principal_amount: Decimal | None = None
    """Principal part of the latest payment. Loans and mortgages."""
    last_payment_interest_amount: Decimal | None = None
    """Interest part of the latest payment. Loans and mortgages."""
    last_payment_escrow_amount: Decimal | None = None
    """Escrow part of the latest payment. Loans and mortgages."""
    last_payment_last_fee_amount: Decimal | None = None
    """Latest fee in the latest payment. Loans and mortgages."""
    last_payment_late_charge: Decimal | None = None
    """Late charge in the latest payment. Loans and mortgages."""
    ytd_principal_paid: Decimal | None = None
    """Principal paid since the beginning of the year. Loans and mortgages."""
    ytd_interest_paid: Decimal | None = None
    """Interest paid since the beginning of the year. Loans and mortgages."""
    ytd_insurance_paid: Decimal | None = None
    """Insurance paid since the beginning of the year. Loans and mortgages."""
    ytd_tax_paid: Decimal | None = None
    """Tax paid since the beginning of the year. Loans and mortgages."""
    auto_pay_enrolled: str | None = None
    """Whether payments are automatic: ``"T"`` or ``"F"``, ``"Y"`` or ``"N"``. Loans and mortgages."""
    margin_allowed: bool | None = None
    """Whether margin trading is allowed. The vendor names no account type."""
    cash_account_allowed: bool | None = None
    """Whether a cash account is allowed. The vendor names no account type."""
    collateral: str | None = None
    """What secures the loan. Loans and mortgages."""
    current_school: str | None = None
    """School the borrower attends. Loans and mortgages."""
    first_payment_date: Instant | None = None
    """When the first payment was due. Loans and mortgages."""
    first_mortgage: str | None = None
    """Whether this is a first mortgage: ``"Y"`` or ``"N"``. Loans and mortgages."""
    loan_payment_freq: str | None = None
    """How often payments are due, for example ``"monthly"``. Loans and mortgages."""
    original_school: str | None = None
    """School the borrower attended first. Loans and mortgages."""
    recurring_payment_amount: Decimal | None = None
    """Amount of each regular payment. Loans and mortgages."""
    lender: str | None = None
    """Who owns the loan. Loans and mortgages."""
    ending_balance_amount: Decimal | None = None
    """Balance at the end. Loans and mortgages."""
    loan_term_type: str | None = None
    """Kind of term, for example ``"fixed"``. Loans and mortgages."""
    payments_made: int | None = None
    """How many payments were made. Loans and mortgages."""
    balloon_amount: Decimal | None = None
    """Amount of the balloon payment. Loans and mortgages."""
    projected_interest: Decimal | None = None
    """Interest expected on the loan. Loans and mortgages."""
    interest_paid_ltd: Decimal | None = None
    """Interest paid over the life of the loan so far. Loans and mortgages."""
    interest_rate_type: str | None = None
    """Kind of rate, for example ``"variable"``. Loans and mortgages."""
    loan_payment_type: str | None = None
    """What the payments cover, for example the principal. Loans and mortgages."""
    repayment_plan: str | None = None
    """Plan by which a student loan is repaid, for example ``"Graduated"``. Loans and mortgages."""
    payments_remaining: int | None = None
    """How many payments are left. Loans and mortgages."""
    loan_min_amt_due: Decimal | None = None
    """Least amount due on the loan; undeclared."""
    loan_min_amt_due_date: Instant | None = None
    """When that amount is due; may lie centuries ahead; undeclared."""
    margin_balance: Decimal | None = None
    """By its name the margin balance; the vendor says interest earned less interest paid. Investments."""
    short_balance: Decimal | None = None
    """Total of the short positions. Investments."""
    available_cash_balance: Decimal | None = None
    """Cash that can be withdrawn. Investments."""
    maturity_value_amount: Decimal | None = None
    """Amount paid out at maturity. Investments."""
    vested_balance: Decimal | None = None
    """Vested part of the balance. Investments."""
    emp_match_amount: Decimal | None = None
    """Contributions that the employer matched. Investments."""
    emp_pretax_contrib_amount: Decimal | None = None
    """Contribution before tax; the vendor says the employer's. Investments."""
    emp_pretax_contrib_amount_ytd: Decimal | None = None
    """The same since the beginning of the year. Investments."""
    contrib_total_ytd: Decimal | None = None
    """All contributions since the beginning of the year. Investments."""
    cash_balance_amount: Decimal | None = None
    """Cash in the account. Investments."""
    pre_tax_amount: Decimal | None = None
    """Part of the balance that was paid in before tax. Investments."""
    after_tax_amount: Decimal | None = None
    """Part of the balance that was paid in after tax. Investments."""
    match_amount: Decimal | None = None
    """Matched amount. Investments."""
    profit_sharing_amount: Decimal | None = None
    """Part of the balance from profit sharing. Investments."""
    rollover_amount: Decimal | None = None
    """Part of the balance that came by rollover. Investments."""
    other_vest_amount: Decimal | None = None
    """Further vested amounts. Investments."""
    other_nonvest_amount: Decimal | None = None
    """Further amounts not vested. Investments."""
    current_loan_balance: Decimal | None = None
    """What is owed now on the account's loan. Investments."""
    loan_rate: Decimal | None = None
    """Rate of that loan, percent. Investments."""
    buy_power: Decimal | None = None
    """Amount with which securities can be bought. Investments."""
    rollover_ltd: Decimal | None = None
    """Amount rolled over during the life of the account. Investments."""
    loan_award_id: str | None = None
    """Number that identifies the loan with the federal government. Student loans."""
    original_interest_rate: Decimal | None = None
    """Rate when the loan was paid out (APY), percent. Student loans."""
    guarantor: str | None = None
    """Who stands in for a borrower that does not pay. Student loans."""
    owner: str | None = None
    """Who owns the loan. Student loans."""
    interest_subsidy_type: str | None = None
    """Whether the interest is subsidized, in the institution's words. Student loans."""
    interest_balance: Decimal | None = None
    """Interest still owed. Student loans."""
    remaining_term_of_ml: Decimal | None = None
    """Months until the loan ends. Student loans."""
    initial_interest_rate: Decimal | None = None
    """Rate at the beginning, percent; the vendor's example looks like an amount. Student loans."""
    fees_balance: Decimal | None = None
    """Fees still owed. Student loans."""
    loan_ytd_interest_paid: Decimal | None = None
    """Interest paid since the beginning of the year. Student loans."""
    loan_ytd_fees_paid: Decimal | None = None
    """Fees paid since the beginning of the year. Student loans."""
    loan_ytd_principal_paid: Decimal | None = None
    """Principal paid since the beginning of the year. Student loans."""
    loan_status: str | None = None
    """Phase of repayment, for example ``"In School"``, ``"Grace"`` or ``"Deferment"``. Student loans."""
    loan_status_start_date: Instant | None = None
    """Beginning of that phase. Student loans."""
    loan_status_end_date: Instant | None = None
    """End of that phase. Student loans."""
    weighted_interest_rate: Decimal | None = None
    """Weighted rate over the loans of a group (APY), percent; on the group's record. Student loans."""
    repayment_plan_start_date: Instant | None = None
    """Beginning of the repayment plan. Student loans."""
    repayment_plan_end_date: Instant | None = None
    """End of the repayment plan. Student loans."""
    expected_payoff_date: Instant | None = None
    """When the loan should be paid off. Student loans."""
    out_of_school_date: Instant | None = None
    """When the borrower left school or fell below half-time attendance. Student loans."""
    convert_to_repayment: Instant | None = None
    """When repayment begins. Student loans."""
    days_delinquent: int | None = None
    """Days by which a payment is late. Student loans."""
    total_principal_paid: Decimal | None = None
    """Principal paid so far. Loans and mortgages, student loans."""
    total_interest_paid: Decimal | None = None
    """Interest paid so far. Loans and mortgages, student loans."""
    total_amount_paid: Decimal | None = None
    """Everything paid so far. Student loans."""
    statement_close_date: Instant | None = None
    """When the statement closed. Loans and mortgages."""
    loan_type_desc: str | None = None
    """Kind of mortgage or loan, for example ``"Conventional 30-Year Mortgage"``. Loans and mortgages."""
    loan_payment_amount: Decimal | None = None
    """Amount of a payment on the account's loan; undeclared."""
    loan_next_payment_date: Instant | None = None
    """When the next payment on that loan is due; undeclared."""
    origination_date: Instant | None = None
    """When the loan was made; undeclared."""
    end_date: Instant | None = None
    """When the loan or deposit ends; undeclared."""
    maturity_amount: Decimal | None = None
    """Amount paid out at maturity; undeclared, unlike ``maturity_value_amount``."""
    interest_margin_balance: Decimal | None = None
    """Earlier name of ``margin_balance``; undeclared today."""
    rollover_contribution_amount: Decimal | None = None
    """Contribution by rollover; undeclared."""
    allowed_check_writing: str | None = None
    """Whether checks can be written, for example ``"ALLOW"``; undeclared."""
    allowed_option_trade: str | None = None
    """Whether options can be traded, for example ``"ALLOW"``; undeclared."""
    daily_change: Decimal | None = None
    """Change of the value against the day before, as an amount; undeclared."""
    percentage_change: Decimal | None = None
    """Change of the value, percent; undeclared."""
