"""The invented records: what one account says of itself agrees, in the order of the vendor's document."""

import hashlib
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from finicity_async.models import CustomerAccount, CustomerAccountDetail, CustomerAccountPosition
from finicity_async.sandbox.data import ACCOUNT_TYPES, make_account, make_accounts

NOW = 1_752_580_800
Account = dict[str, Any]


def account(seed: int, kind: str) -> Account:
    return make_account(
        Random(f"{seed}/{kind}"),
        kind,
        account_id="5011648377",
        customer_id="1005061234",
        institution_id="4222",
        institution_login_id=1007302745,
        now=NOW,
    )


def eight(seed: int) -> list[Account]:
    return make_accounts(
        Random(seed),
        customer_id="1005061234",
        first_account_id=5011648377,
        institution_id="4222",
        institution_login_id=1007302745,
        now=NOW,
        count=8,
    )


@pytest.fixture(scope="module")
def accounts() -> list[Account]:
    return [account(seed, kind) for seed in range(40) for kind in ACCOUNT_TYPES]


@pytest.fixture(scope="module")
def positions(accounts: list[Account]) -> list[Account]:
    return [held for record in accounts for held in record.get("position", ())]


def is_in_order(names: list[str], order: tuple[str, ...]) -> bool:
    return names == sorted(names, key=order.index)


def test_members_come_in_the_order_of_the_document(accounts: list[Account], positions: list[Account]) -> None:
    for record in accounts:
        assert is_in_order(list(record), CustomerAccount.__struct_encode_fields__)
        assert is_in_order(list(record["detail"]), CustomerAccountDetail.__struct_encode_fields__)
    for held in positions:
        assert is_in_order(list(held), CustomerAccountPosition.__struct_encode_fields__)


def test_a_detail_has_eight_members_or_more_and_none_of_a_type_that_is_unknown(accounts: list[Account]) -> None:
    assert min(len(record["detail"]) for record in accounts) >= 8
    assert account(1, "imaginary")["detail"] == {}


def test_what_is_sent_differs_from_one_account_of_a_type_to_the_next() -> None:
    for kind in ("checking", "creditCard", "loan", "mortgage", "studentLoan"):
        assert len({tuple(account(seed, kind)["detail"]) for seed in range(40)}) > 10


def test_eight_accounts_are_about_as_large_as_those_of_a_real_institution() -> None:
    sizes = [len(json.dumps(eight(seed), separators=(",", ":"))) for seed in range(200)]
    assert 9_600 < sum(sizes) / len(sizes) < 11_700


PROGRAM = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
from tests.sandbox.test_data import eight
print(hashlib.sha256(json.dumps([eight(seed) for seed in range(20)]).encode()).hexdigest())
"""


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_one_seed_gives_the_same_bytes_in_every_process(hash_seed: str) -> None:
    here = hashlib.sha256(json.dumps([eight(seed) for seed in range(20)]).encode()).hexdigest()
    command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parents[2])]
    there = subprocess.run(  # noqa: S603 -- ours
        command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": hash_seed}
    )
    assert there.stdout.strip() == here


def test_the_parts_of_a_payment_add_up_to_it() -> None:
    parts = ("nextPaymentPrincipalAmount", "nextPaymentInterestAmount")
    checked = 0
    for detail in (account(seed, "mortgage")["detail"] for seed in range(400)):
        if detail.keys() >= {*parts, "nextPayment", "lastPaymentEscrowAmount"}:
            checked += 1
            paid = sum(detail[name] for name in parts) + detail["lastPaymentEscrowAmount"]
            assert paid == pytest.approx(detail["nextPayment"], abs=0.01)
    assert checked


def test_a_cash_advance_is_part_of_the_debt_and_of_its_limit() -> None:
    checked = 0
    for detail in (account(seed, "creditCard")["detail"] for seed in range(80)):
        names = "cashAdvanceMaxAmount", "cashAdvanceAvailableAmount", "cashAdvanceBalance"
        if all(name in detail for name in names):
            checked += 1
            limit, left, drawn = (detail[name] for name in names)
            assert left + drawn == pytest.approx(limit, abs=0.001)
            assert drawn <= abs(detail["currentBalance"])
    assert checked


def test_the_past_is_in_order_and_before_now(accounts: list[Account]) -> None:
    for detail in (record["detail"] for record in accounts):
        chain = ("initialMlDate", "outOfSchoolDate", "convertToRepayment", "dateAsOf", "payoffAmountDate")
        dates = [detail[name] for name in chain if name in detail]
        assert dates == sorted(dates)
        for name in ("firstPaymentDate", "lastPaymentDueDate", "lastPaymentReceiveDate", "statementCloseDate"):
            assert detail.get(name, 0) <= detail["dateAsOf"] < NOW


def test_a_position_is_worth_its_units_times_the_price(positions: list[Account]) -> None:
    for held in positions:
        assert held["marketValue"] == pytest.approx(held["units"] * held["currentPrice"], abs=0.01)
        if "totalGLDollar" in held and "costBasis" in held:
            assert held["costBasis"] + held["totalGLDollar"] == pytest.approx(held["marketValue"], abs=0.01)


def test_only_options_and_funds_have_what_belongs_to_them(positions: list[Account]) -> None:
    whole = {"optionStrikePrice", "optionType", "optionSharesPerContract", "optionExpireDate"}
    for held in positions:
        assert (held.keys() & whole) == (whole if held["securityType"] == "Option" else set())
        assert ("mfType" in held) == (held["securityType"] == "Mutual Fund")


def test_an_option_is_whole_contracts_until_a_friday_and_named_so(positions: list[Account]) -> None:
    options = [held for held in positions if held["securityType"] == "Option"]
    assert {held["optionType"] for held in options} == {"CALL", "PUT"}
    for held in options:
        day = date.fromisoformat(held["optionExpireDate"])
        assert day.weekday() == 4
        assert day > datetime.fromtimestamp(NOW, UTC).date()
        assert held["units"] >= 1
        assert held["units"] % 1 == 0
        assert held["symbol"] == f"AAPL{day:%y%m%d}{held['optionType'][0]}00200000"
