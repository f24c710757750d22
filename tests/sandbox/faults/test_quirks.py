"""Every quirk: the bytes have the one oddity and no other, and our client loses nothing by it."""

import copy
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from finicity_async import (
    AsyncSession,
    CustomerAccount,
    CustomerAccountDetail,
    CustomerAccountPosition,
    PayloadError,
    get_customer_account,
    get_customer_accounts,
)
from finicity_async.models._decoding import wire_names
from finicity_async.sandbox import QUIRKS, Malformed, Quirk, Sandbox
from tests.support.wire import (
    ACCOUNT,
    ACCOUNTS,
    ACCOUNTS_V2,
    CUSTOMER,
    CUSTOMERS,
    INSTITUTION,
    LOGIN,
    SECOND_CUSTOMER,
    Wire,
)

Members = dict[str, Any]
ALL_TYPES = f"{CUSTOMERS}/{SECOND_CUSTOMER}/accounts?status=pending"
PROMISED = {"id", "number", "name", "type", "status", "balance"}
DATES = """balanceDate aggregationSuccessDate aggregationAttemptDate createdDate lastUpdatedDate lastTransactionDate
    oldestTransactionDate authorizationStartDate authorizationEndDate linkedAccountDate"""
FAR = 8911598400
FAR_DATE = datetime.fromtimestamp(FAR, UTC)


@pytest.fixture
async def odd() -> AsyncIterator[Sandbox]:
    """Yield a sandbox whose second customer has each type, a student loan as a tree, a pending account and a card."""
    async with Sandbox(customers=3, refresh_seconds=0, clock=lambda: 1_700_000_000.0) as sandbox:
        sandbox.add_student_loan(SECOND_CUSTOMER)
        sandbox.add_account(SECOND_CUSTOMER, "savings", status="pending")
        sandbox.add_account(SECOND_CUSTOMER, "creditCard", balance=-1952.71, realAccountNumberLast4="0042")
        yield sandbox


@pytest.fixture
async def wire(odd: Sandbox) -> AsyncIterator[Wire]:
    async with Wire(odd) as wire:
        await wire.log_in()
        yield wire


@pytest.fixture
async def odd_session(odd: Sandbox) -> AsyncIterator[AsyncSession]:
    async with AsyncSession(odd.credentials, base_url=odd.url, max_tries=1) as session:
        yield session


def exact(body: bytes) -> Any:
    """Read JSON with every number as it is written."""
    return json.loads(body, parse_float=Decimal)


def without(*names: str) -> Callable[[Members], Members]:
    return lambda account: {name: value for name, value in account.items() if name not in names}


def plus(**members: Any) -> Callable[[Members], Members]:
    return lambda account: {**account, **members}


def turned(names: str, turn: Callable[[Any], Any]) -> Callable[[Members], Members]:
    return lambda account: {
        name: turn(value) if name in names.split() and value is not None else value for name, value in account.items()
    }


def renamed(**names: str) -> Callable[[Members], Members]:
    return lambda account: {names.get(name, name): value for name, value in account.items()}


def within_detail(change: Callable[[Members], Members]) -> Callable[[Members], Members]:
    return lambda account: account | {"detail": change(account["detail"])} if account.get("detail") else account


def within_position(change: Callable[[Members], Members]) -> Callable[[Members], Members]:
    return lambda account: (
        {**account, "position": [change(one) for one in account["position"]]} if account.get("position") else account
    )


def all_of(*changes: Callable[[Members], Members]) -> Callable[[Members], Members]:
    def change(account: Members) -> Members:
        for one in changes:
            account = one(account)
        return account

    return change


def nulls(model: type[msgspec.Struct]) -> Callable[[Members], Members]:
    return lambda members: {**dict.fromkeys(wire_names(model)), **members}


def twice(account: Members) -> Members:
    rows = account.get("position")
    return {**account, "position": [*rows, rows[0]]} if rows else account


# What the JSON of each account becomes, from what payload_quirks.md says.
ON_THE_WIRE: dict[str, Callable[[Members], Members]] = {
    "no_nickname": without("accountNickname"),
    "no_display_number": without("accountNumberDisplay"),
    "no_currency": without("currency", "number", "institutionLoginId"),
    "no_balance": without("balance", "balanceDate"),
    "never_aggregated": without("aggregationStatusCode", "aggregationSuccessDate", "aggregationAttemptDate"),
    "attempt_without_outcome": without("aggregationStatusCode", "aggregationSuccessDate"),
    "partial_record": lambda account: {name: value for name, value in account.items() if name in PROMISED},
    "nulls": all_of(
        nulls(CustomerAccount),
        lambda account: {**account, "detail": account["detail"] and nulls(CustomerAccountDetail)(account["detail"])},
        lambda account: {
            **account,
            "position": account["position"] and [nulls(CustomerAccountPosition)(one) for one in account["position"]],
        },
    ),
    "number_ids": turned("id customerId institutionId parentAccount", int),
    "text_login": turned("institutionLoginId", str),
    "number_last4": turned("realAccountNumberLast4", int),
    "text_amounts": all_of(
        turned("balance", str),
        within_detail(turned("periodInterestRate interestRate", str)),
        within_position(turned("marketValue", str)),
    ),
    "text_dates": turned(DATES, str),
    "text_status_code": turned("aggregationStatusCode", str),
    "boolean_flags": within_detail(plus(autoPayEnrolled=True, firstMortgage=False)),
    "letter_flags": within_detail(plus(autoPayEnrolled="Y", firstMortgage="N", marginAllowed="T")),
    "text_rates": within_detail(turned("originalInterestRate interestBalance feesBalance weightedInterestRate", str)),
    "unknown_type": plus(type="unknown"),
    "invented_status_code": plus(aggregationStatusCode=146),
    "undeclared_members": all_of(
        plus(financialinstitutionAccountStatus="OPEN"),
        within_detail(
            plus(
                loanMinAmtDue=Decimal("25.0"),
                loanMinAmtDueDate=FAR,
                allowedCheckWriting="ALLOW",
                dailyChange=Decimal("-1.5"),
                margin=0,
            )
        ),
        within_position(
            plus(
                fundName="Index Fund",
                quantity=Decimal("10.5"),
                unitPrice=Decimal("12.34"),
                heldInAccount="10.50000000",
                faceValue=Decimal("0.0"),
            )
        ),
    ),
    "old_names": all_of(
        within_detail(renamed(dateAsOf="postedDate", marginBalance="interestMarginBalance")),
        within_position(renamed(securityId="cusipNo", securityIdType="cusipNoType")),
    ),
    "details_as_list": lambda account: {**without("detail")(account), "details": [account.get("detail", {})]},
    "no_detail": without("detail"),
    "null_detail": plus(detail=None),
    "empty_detail": plus(detail={}),
    "null_position": plus(position=None),
    "empty_position": plus(position=[]),
    "repeated_holding": twice,
    "option_date_in_seconds": within_position(plus(optionExpireDate=1893456000)),
    "zero_dates": plus(lastUpdatedDate=0),
    "far_dates": all_of(plus(authorizationEndDate=FAR), within_detail(plus(maturityDate=FAR))),
    "positive_debt": turned("balance", abs),
    "empty_number": plus(number=""),
    "masked_number": plus(number="x0001"),
}
OF_THE_LIST = {"paging_members", "empty_list_as_204", "no_accounts"}


def detail_changed(**values: Any) -> Callable[[Members], Members]:
    return within_detail(plus(**values))


def position_changed(**values: Any) -> Callable[[Members], Members]:
    return within_position(plus(**values))


def moved(**names: str) -> Callable[[Members], Members]:
    """Read members under other names."""
    return lambda members: members | {new: members[old] for old, new in names.items()} | dict.fromkeys(names)


def without_zeros(account: Members) -> Members:
    last4 = account["real_account_number_last4"]
    return account | {"real_account_number_last4": last4 and str(int(last4))}


# What our client makes of it; of the quirks that are not here, the same as without the quirk.
DECODED: dict[str, Callable[[Members], Members]] = {
    "no_nickname": plus(account_nickname=None),
    "no_display_number": plus(account_number_display=None),
    "no_currency": plus(currency=None, number=None, institution_login_id=None),
    "no_balance": plus(balance=None, balance_date=None),
    "never_aggregated": plus(
        aggregation_status_code=None, aggregation_success_date=None, aggregation_attempt_date=None
    ),
    "attempt_without_outcome": plus(aggregation_status_code=None, aggregation_success_date=None),
    "partial_record": lambda account: (
        dict.fromkeys(account) | {"position": []} | {name: account[name] for name in PROMISED}
    ),
    "number_last4": without_zeros,
    "boolean_flags": detail_changed(auto_pay_enrolled="true", first_mortgage="false"),
    "letter_flags": detail_changed(auto_pay_enrolled="Y", first_mortgage="N", margin_allowed=True),
    "unknown_type": plus(type="unknown"),
    "invented_status_code": plus(aggregation_status_code=146),
    "undeclared_members": all_of(
        plus(financialinstitution_account_status="OPEN"),
        detail_changed(
            loan_min_amt_due=Decimal("25.0"),
            loan_min_amt_due_date=FAR_DATE,
            allowed_check_writing="ALLOW",
            daily_change=Decimal("-1.5"),
        ),
        position_changed(
            fund_name="Index Fund",
            quantity=Decimal("10.5"),
            unit_price=Decimal("12.34"),
            held_in_account=Decimal("10.5"),
            face_value=Decimal(0),
        ),
    ),
    "old_names": all_of(
        detail_changed(date_as_of=None),
        within_detail(moved(margin_balance="interest_margin_balance")),
        within_position(moved(security_id="cusip_no", security_id_type="cusip_no_type")),
    ),
    "details_as_list": plus(detail=None),
    "no_detail": plus(detail=None),
    "null_detail": plus(detail=None),
    "empty_detail": plus(detail=CustomerAccountDetail().to_dict()),
    "null_position": plus(position=[]),
    "empty_position": plus(position=[]),
    "repeated_holding": twice,
    "option_date_in_seconds": position_changed(option_expire_date=datetime(2030, 1, 1, tzinfo=UTC)),
    "zero_dates": plus(last_updated_date=None),
    "far_dates": all_of(plus(authorization_end_date=FAR_DATE), detail_changed(maturity_date=FAR_DATE)),
    "positive_debt": turned("balance", abs),
    "empty_number": plus(number=""),
    "masked_number": plus(number="x0001"),
}


def test_every_quirk_is_looked_at_here() -> None:
    assert sorted({*ON_THE_WIRE, *OF_THE_LIST}) == list(QUIRKS)
    assert not DECODED.keys() - ON_THE_WIRE.keys()


@pytest.mark.parametrize("name", sorted(ON_THE_WIRE))
async def test_quirk_changes_what_it_names_on_every_account_and_nothing_else(
    odd: Sandbox, wire: Wire, name: str
) -> None:
    clean = exact((await wire("GET", ALL_TYPES)).body)
    odd.add_fault(Quirk(quirk=name))
    seen = await wire("GET", ALL_TYPES)
    expected = [ON_THE_WIRE[name](copy.deepcopy(account)) for account in clean["accounts"]]
    assert exact(seen.body) == {"accounts": expected}
    assert expected != clean["accounts"], "the quirk shows"
    assert (seen.status, seen.headers["content-type"]) == (200, "application/json")
    odd.clear_faults()
    assert exact((await wire("GET", ALL_TYPES)).body) == clean, "the records are as they were"


@pytest.mark.parametrize("name", sorted(ON_THE_WIRE))
async def test_client_reads_every_account_in_spite_of_the_quirk(
    odd: Sandbox, odd_session: AsyncSession, name: str
) -> None:
    clean = await get_customer_accounts(odd_session, SECOND_CUSTOMER, status="pending")
    odd.add_fault(Quirk(quirk=name))
    seen = await get_customer_accounts(odd_session, SECOND_CUSTOMER, status="pending")
    expected = [DECODED.get(name, plus())(account.to_dict()) for account in clean]
    for got, wanted in zip(seen, expected, strict=True):
        assert got.to_dict() == wanted
        assert dict(got.invalid_values) == {}
    odd.clear_faults()
    assert await get_customer_accounts(odd_session, SECOND_CUSTOMER, status="pending") == clean


@pytest.mark.parametrize("name", sorted(ON_THE_WIRE))
async def test_quirk_shows_on_one_account_as_in_the_list(odd: Sandbox, wire: Wire, name: str) -> None:
    path = f"{ACCOUNTS_V2}/{ACCOUNT}"
    clean = exact((await wire("GET", path)).body)
    odd.add_fault(Quirk(quirk=name))
    assert exact((await wire("GET", path)).body) == ON_THE_WIRE[name](clean)


@pytest.mark.parametrize("name", ["number_ids", "text_amounts", "partial_record"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{CUSTOMERS}/{CUSTOMER}/institutions/{INSTITUTION}/accounts"),
        ("GET", f"{CUSTOMERS}/{CUSTOMER}/institutionLogins/{LOGIN}/accounts"),
        ("POST", ACCOUNTS),
        ("POST", f"{CUSTOMERS}/{CUSTOMER}/institutionLogins/{LOGIN}/accounts"),
    ],
)
async def test_quirk_shows_wherever_accounts_are_answered(
    odd: Sandbox, wire: Wire, method: str, path: str, name: str
) -> None:
    start = odd.snapshot()
    clean = exact((await wire(method, path)).body)["accounts"]
    odd.reset(start)
    odd.add_fault(Quirk(quirk=name))
    assert exact((await wire(method, path)).body)["accounts"] == [ON_THE_WIRE[name](one) for one in clean]


@pytest.mark.parametrize("name", QUIRKS)
async def test_quirk_leaves_answers_without_accounts_alone(odd: Sandbox, wire: Wire, name: str) -> None:
    requests = [
        ("GET", CUSTOMERS),
        ("GET", f"{ACCOUNTS_V2}/1"),
        ("GET", f"{CUSTOMERS}/1/accounts"),
        ("POST", ACCOUNTS_V2),
        ("DELETE", f"{ACCOUNTS}/1"),
    ]
    clean = [await wire(*request) for request in requests]
    odd.reset()
    odd.add_fault(Quirk(quirk=name))
    assert [await wire(*request) for request in requests] == clean


async def test_old_lists_had_the_members_of_a_page(odd: Sandbox, wire: Wire, odd_session: AsyncSession) -> None:
    clean = exact((await wire("GET", ALL_TYPES)).body)
    read = await get_customer_accounts(odd_session, SECOND_CUSTOMER)
    odd.add_fault(Quirk(quirk="paging_members"))
    count = len(clean["accounts"])
    paged = exact((await wire("GET", ALL_TYPES)).body)
    assert paged == {"found": count, "displaying": count, "moreAvailable": False, **clean}
    assert await get_customer_accounts(odd_session, SECOND_CUSTOMER) == read


async def test_empty_list_may_be_a_204(odd: Sandbox, wire: Wire, odd_session: AsyncSession) -> None:
    odd.add_customer("7")
    clean = await wire("GET", ACCOUNTS)
    odd.add_fault(Quirk(quirk="empty_list_as_204"))
    assert await wire("GET", ACCOUNTS) == clean, "a list that is not empty"
    empty = await wire("GET", f"{CUSTOMERS}/7/accounts")
    assert (empty.status, empty.body) == (204, b"")
    assert len(await get_customer_accounts(odd_session, "7")) == 0


async def test_list_may_be_empty_for_no_reason(odd: Sandbox, wire: Wire, odd_session: AsyncSession) -> None:
    odd.add_fault(Quirk(quirk="no_accounts", first=2))
    assert (await wire("GET", ACCOUNTS)).body == b'{"accounts":[]}'
    assert len(await get_customer_accounts(odd_session, CUSTOMER)) == 0
    assert len(await get_customer_accounts(odd_session, CUSTOMER)) == 4


@pytest.mark.parametrize("name", sorted(OF_THE_LIST))
async def test_quirk_of_a_list_leaves_one_account_alone(
    odd: Sandbox, wire: Wire, odd_session: AsyncSession, name: str
) -> None:
    path = f"{ACCOUNTS_V2}/{ACCOUNT}"
    clean = await wire("GET", path)
    odd.add_fault(Quirk(quirk=name))
    assert await wire("GET", path) == clean
    assert (await get_customer_account(odd_session, CUSTOMER, ACCOUNT)).id == ACCOUNT


async def test_quirk_keeps_every_digit_of_the_amounts(odd: Sandbox, wire: Wire) -> None:
    record = odd.customers[CUSTOMER][ACCOUNT]
    record["balance"] = Decimal("12345678901234567.89")
    record["detail"] = {"currentBalance": Decimal("1.10"), "feesBalance": Decimal("-12345678901234567.89")}
    odd.add_fault(Quirk(quirk="no_nickname"))
    body = (await wire("GET", f"{ACCOUNTS_V2}/{ACCOUNT}")).body
    assert b'"balance":12345678901234567.89,' in body
    assert b'"detail":{"currentBalance":1.10,"feesBalance":-12345678901234567.89}' in body
    for name, shown in (
        ("positive_debt", b'"balance":12345678901234567.89,'),
        ("text_amounts", b'"balance":"12345678901234567.89",'),
        ("text_rates", b'"feesBalance":"-12345678901234567.89"'),
    ):
        odd.clear_faults()
        odd.add_fault(Quirk(quirk=name))
        assert shown in (await wire("GET", f"{ACCOUNTS_V2}/{ACCOUNT}")).body


@pytest.mark.parametrize("name", QUIRKS)
async def test_record_with_nothing_but_its_id_takes_every_quirk(odd: Sandbox, wire: Wire, name: str) -> None:
    odd.customers[CUSTOMER] = {
        "1": {"id": "1", "status": "active"},
        "2": {"id": "two", "status": "active", "detail": None, "position": None, "balance": None},
        "3": {"id": "3", "status": "active", "detail": {}, "position": [], "balance": "12.50"},
    }
    odd.add_fault(Quirk(quirk=name))
    seen = await wire("GET", ACCOUNTS)
    assert (seen.status, seen.headers["server"]) == (200, "finicity-sandbox")


async def test_all_quirks_at_once_leave_every_account_readable(
    odd: Sandbox, wire: Wire, odd_session: AsyncSession
) -> None:
    odd.add_fault(*(Quirk(quirk=name) for name in sorted(ON_THE_WIRE)))
    seen = await get_customer_accounts(odd_session, SECOND_CUSTOMER, status="pending")
    assert len(seen) == len(odd.customers[SECOND_CUSTOMER])
    assert {one.invalid_values == {} for one in seen} == {True}
    assert len((await wire("GET", ALL_TYPES)).json["accounts"]) == len(seen)


async def test_quirk_before_malformed_json_costs_the_client_one_answer(odd: Sandbox, odd_session: AsyncSession) -> None:
    odd.add_fault(Quirk(quirk="nulls", first=1), Malformed(first=1))
    with pytest.raises(PayloadError):
        await get_customer_accounts(odd_session, CUSTOMER)
    assert len(await get_customer_accounts(odd_session, CUSTOMER)) == 4


async def test_quirk_for_one_customer_and_some_answers_leaves_the_others_alone(odd: Sandbox, wire: Wire) -> None:
    odd.add_fault(Quirk(quirk="no_balance", customer_id=CUSTOMER, every=2))
    paths = [ACCOUNTS, ACCOUNTS, f"{CUSTOMERS}/{SECOND_CUSTOMER}/accounts", ACCOUNTS, ACCOUNTS]
    assert [b'"balance"' in (await wire("GET", path)).body for path in paths] == [True, False, True, True, False]
