"""Members that do not fit: reported as invalid, at no cost for their neighbours."""

import json
import re
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from finicity_async.models import CustomerAccount, CustomerAccountDetail, CustomerAccounts
from finicity_async.sandbox.data import ACCOUNT_TYPES, make_account
from tests.models.examples import THE_NEIGHBOUR, WIRE, decoded, fitting, plain
from tests.support.seeds import seeds
from tests.vendor.names import snake_case

MISFITS: dict[str, tuple[str, str, Any]] = {
    "amount NaN": ('"balance":"NaN"', "$.balance", "NaN"),
    "amount -nan": ('"balance":"-nan"', "$.balance", "-nan"),
    "amount signalling NaN": ('"balance":"sNaN12"', "$.balance", "sNaN12"),
    "amount Infinity": ('"balance":"Infinity"', "$.balance", "Infinity"),
    "amount -inf": ('"balance":"-inf"', "$.balance", "-inf"),
    "amount with an absurd exponent": ('"balance":1e400', "$.balance", Decimal("1e400")),
    "amount with an absurd exponent in text": ('"balance":"1E+999999"', "$.balance", "1E+999999"),
    "amount with an absurd small exponent": ('"balance":1e-400', "$.balance", Decimal("1e-400")),
    "amount of zero with an absurd exponent": ('"balance":0e400', "$.balance", Decimal("0e400")),
    "amount of 200 digits": (f'"balance":1{"0" * 200}', "$.balance", 10**200),
    "amount of 5000 digits": (f'"balance":1{"0" * 5000}', "$.balance", "1" + "0" * 5000),
    "amount with an underscore": ('"balance":"1_000.00"', "$.balance", "1_000.00"),
    "amount with an underscore after a tab": ('"balance":"\\t1_000.00"', "$.balance", "\t1_000.00"),
    "amount with an escaped underscore": ('"balance":"1\\u005f000"', "$.balance", "1_000"),
    "amount in arabic digits": ('"balance":"\u0661\u0662"', "$.balance", "\u0661\u0662"),
    "amount with one arabic digit": ('"balance":"12\u0662.5"', "$.balance", "12\u0662.5"),
    "amount in fullwidth digits": ('"balance":"\uff11\uff12"', "$.balance", "\uff11\uff12"),
    "amount in escaped arabic digits": ('"balance":"1\\u0662"', "$.balance", "1\u0662"),
    "amount in digits beyond 16 bits": ('"balance":"\\ud835\\udfcf"', "$.balance", "\U0001d7cf"),
    "amount with a comma": ('"balance":"1,000.00"', "$.balance", "1,000.00"),
    "amount with a currency": ('"balance":"$12"', "$.balance", "$12"),
    "amount empty": ('"balance":""', "$.balance", ""),
    "amount a flag": ('"balance":true', "$.balance", True),
    "amount an object": ('"balance":{"value":1.10}', "$.balance", {"value": Decimal("1.10")}),
    "amount a list": ('"balance":[1.10]', "$.balance", [Decimal("1.10")]),
    "date naive": ('"balanceDate":"2020-12-08T17:59:17"', "$.balanceDate", "2020-12-08T17:59:17"),
    "date in milliseconds": ('"balanceDate":1607450357000', "$.balanceDate", 1607450357000),
    "date in milliseconds in text": ('"balanceDate":"1607450357000"', "$.balanceDate", "1607450357000"),
    "date out of range": ('"balanceDate":253402300800', "$.balanceDate", 253402300800),
    "date far before": ('"balanceDate":-99999999999999', "$.balanceDate", -99999999999999),
    "date with an exponent": ('"balanceDate":1e400', "$.balanceDate", Decimal("1e400")),
    "date a word": ('"balanceDate":"soon"', "$.balanceDate", "soon"),
    "date nan": ('"balanceDate":"nan"', "$.balanceDate", "nan"),
    "date empty": ('"balanceDate":""', "$.balanceDate", ""),
    "date a flag": ('"balanceDate":true', "$.balanceDate", True),
    "day that does not exist": ('"balanceDate":"2022-02-31"', "$.balanceDate", "2022-02-31"),
    "date in arabic digits": ('"balanceDate":"\u0661\u0662"', "$.balanceDate", "\u0661\u0662"),
    "date with an underscore": ('"balanceDate":"1_607"', "$.balanceDate", "1_607"),
    "whole number with a fraction": ('"aggregationStatusCode":1.5', "$.aggregationStatusCode", Decimal("1.5")),
    "whole number a word": ('"aggregationStatusCode":"ok"', "$.aggregationStatusCode", "ok"),
    "whole number a flag": ('"aggregationStatusCode":false', "$.aggregationStatusCode", False),
    "whole number with an underscore": ('"displayPosition":"1_0"', "$.displayPosition", "1_0"),
    "whole number in arabic digits": ('"displayPosition":"\u0663"', "$.displayPosition", "\u0663"),
    "whole number of 5000 digits": (f'"displayPosition":1{"0" * 5000}', "$.displayPosition", "1" + "0" * 5000),
    "flag a word": ('"authorizationExpires":"maybe"', "$.authorizationExpires", "maybe"),
    "flag empty": ('"authorizationExpires":""', "$.authorizationExpires", ""),
    "flag 2": ('"authorizationExpires":2', "$.authorizationExpires", 2),
    "text an object": ('"name":{"en":"x"}', "$.name", {"en": "x"}),
    "text a list": ('"name":["x"]', "$.name", ["x"]),
    "text an empty list": ('"name":[]', "$.name", []),
    "detail a list": ('"detail":[{"openDate":1}]', "$.detail", [{"openDate": 1}]),
    "detail an empty list": ('"detail":[]', "$.detail", []),
    "detail a text": ('"detail":"none"', "$.detail", "none"),
    "detail a number": ('"detail":0', "$.detail", 0),
    "position an object": ('"position":{"id":1}', "$.position", {"id": 1}),
    "position a text": ('"position":""', "$.position", ""),
    "a whole number in the detail": ('"detail":{"paymentsMade":"many"}', "$.detail.paymentsMade", "many"),
    "nested deep, but not too deep": (
        '"name":' + "[" * 50 + "]" * 50,
        "$.name",
        json.loads("[" * 50 + "]" * 50),
    ),
}


@pytest.mark.parametrize(("member", "path", "raw"), MISFITS.values(), ids=MISFITS.keys())
def test_a_member_that_does_not_fit_is_set_aside_and_costs_no_neighbour(member: str, path: str, raw: Any) -> None:
    accounts = decoded(f'{{"id":"1","type":"checking",{member},"balance2":1,"currency":"USD"}}')
    detail = CustomerAccountDetail() if path.startswith("$.detail.") else None
    before, account, after = accounts
    assert fitting(account) == plain(type="checking", currency="USD", detail=detail)
    assert (before, after) == (THE_NEIGHBOUR, THE_NEIGHBOUR)
    assert account.invalid_values == {path: raw}
    assert accounts.invalid_values == {f"$.accounts[1]{path[1:]}": raw}
    assert before.invalid_values == after.invalid_values == {}


@pytest.mark.parametrize(
    "member",
    ['"name":"cut off \\ud83d"', '"number":"\\ude00"', '"x":"\\ud83d\\ud83d"', '"detail":{"owner":"\\ud83d!"}'],
)
def test_a_text_that_is_cut_within_an_emoji_costs_no_neighbour(member: str) -> None:
    before, account, after = decoded(f'{{"id":"1","type":"checking",{member},"currency":"USD"}}')
    assert (before, after) == (THE_NEIGHBOUR, THE_NEIGHBOUR)
    assert (account.id, account.type, account.currency) == ("1", "checking", "USD")


def test_a_misfit_in_the_detail_costs_no_other_member_of_it() -> None:
    accounts = decoded('{"id":"1","balance":5,"detail":{"openDate":"soon","feesBalance":"0.10","interestRate":"4_5"}}')
    account = accounts.accounts[1]
    assert fitting(account) == plain(balance=Decimal(5), detail={"feesBalance": Decimal("0.10")})
    assert account.detail is not None
    assert account.detail.invalid_values == {"$.openDate": "soon", "$.interestRate": "4_5"}
    assert account.invalid_values == {"$.detail.openDate": "soon", "$.detail.interestRate": "4_5"}
    assert accounts.invalid_values == {
        "$.accounts[1].detail.openDate": "soon",
        "$.accounts[1].detail.interestRate": "4_5",
    }


def test_rows_of_a_position_are_kept_without_their_bad_members() -> None:
    accounts = decoded('{"id":"1","position":[{"id":1,"units":"x","symbol":"A"},5,null,{"id":"y","units":2},[]]}')
    account = accounts.accounts[1]
    assert fitting(account) == plain(position=[{"id": 1, "symbol": "A"}, {"units": 2}])
    assert account.position[0].invalid_values == {"$.units": "x"}
    assert account.invalid_values == {
        "$.position[0].units": "x",
        "$.position[1]": 5,
        "$.position[2]": None,
        "$.position[3].id": "y",
        "$.position[4]": [],
    }
    assert accounts.invalid_values == {f"$.accounts[1]{path[1:]}": raw for path, raw in account.invalid_values.items()}


@pytest.mark.parametrize(
    ("broken", "raw"),
    [
        ("{}", {}),
        ('{"name":"x","balance":1.10}', {"name": "x", "balance": Decimal("1.10")}),
        ('{"id":null}', {"id": None}),
        ('{"id":[]}', {"id": []}),
        ('{"id":{"a":1}}', {"id": {"a": 1}}),
        ("null", None),
        ("[]", []),
        ("7", 7),
        ('"text"', "text"),
        ("true", True),
    ],
)
def test_an_account_without_an_id_is_set_aside_and_costs_no_neighbour(broken: str, raw: object) -> None:
    accounts = decoded(broken)
    assert accounts.accounts == (THE_NEIGHBOUR, THE_NEIGHBOUR)
    assert accounts.invalid_values == {"$.accounts[1]": raw}


def test_many_broken_accounts_are_each_set_aside_under_their_place() -> None:
    body = b'{"accounts":[{"id":1,"balance":"x"},3,{"id":"2"},{"id":"3","balance":"y"}]}'
    accounts = CustomerAccounts.from_json(body)
    assert [account.id for account in accounts] == ["1", "2", "3"]
    assert accounts.invalid_values == {"$.accounts[0].balance": "x", "$.accounts[1]": 3, "$.accounts[3].balance": "y"}


def test_one_account_alone_is_read_as_tolerantly_as_a_list() -> None:
    account = CustomerAccount.from_json(b'{"id":5,"balance":"NaN","detail":{"openDate":0},"name":"x"}')
    assert fitting(account) == plain(id="5", name="x", detail={})
    assert account.invalid_values == {"$.balance": "NaN"}


def broken_at(rng: Random, record: dict[str, Any]) -> tuple[list[str | int], object]:
    """Break one random member at a random depth, in place; return its path and the value that does not fit."""
    path: list[str | int] = []
    while True:
        name = rng.choice([name for name in record if name in WIRE_NAMES and (path or name != "id")])
        path.append(name)
        value = record[name]
        if isinstance(value, dict) and value and rng.random() < 0.9:
            record = value
        elif isinstance(value, list) and value and rng.random() < 0.9:
            path.append(rng.randrange(len(value)))
            record = value[int(path[-1])]
        else:
            odd: list[Any] = [] if isinstance(value, dict) else [{"odd": [1, None]}]
            odd += [] if isinstance(value, list) else [["odd"]]
            odd += [] if isinstance(value, str) else ["odd"]
            record[name] = rng.choice(odd)
            return path, record[name]


WIRE_NAMES = {name for names in WIRE.values() for name in names}


def without(values: Any, path: list[str | int]) -> Any:
    """Return plain values without the member at a path."""
    name, *rest = path
    if isinstance(name, int):
        return [without(row, rest) if index == name else row for index, row in enumerate(values)]
    name = snake_case(name)
    if rest:
        return values | {name: without(values[name], rest)}
    return values | {name: [] if name == "position" else None}


def random_account(seed: int) -> dict[str, Any]:
    """Make an account of a random type."""
    rng = Random(seed)
    return make_account(
        rng,
        rng.choice(ACCOUNT_TYPES),
        account_id=str(seed),
        customer_id="1005061234",
        institution_id="4222",
        institution_login_id=1007302745,
        now=1_700_000_000,
        status="pending" if seed % 20 == 0 else "active",
    )


def test_breaking_one_random_member_changes_no_other() -> None:
    depths = set()
    for seed in seeds(100):
        record, neighbour = random_account(seed), random_account(seed + 1000)
        whole = CustomerAccounts.from_json(json.dumps({"accounts": [record, neighbour]}).encode())
        assert whole.invalid_values == {}
        path, odd = broken_at(Random(seed), record)
        account, other = CustomerAccounts.from_json(json.dumps({"accounts": [record, neighbour]}).encode())
        place = re.sub(r"\.(\d+)\b", r"[\1]", "".join(f".{part}" for part in path))
        assert fitting(account) == without(whole[0].to_dict(), path), place
        assert account != whole[0], place
        assert other == whole[1], place
        assert account.invalid_values == {f"${place}": odd}
        assert other.invalid_values == {}
        depths.add(len(path))
    assert depths >= {1, 2, 3}


@pytest.mark.parametrize("length", [1, 300_000])
def test_a_row_with_an_odd_member_is_read_alike_whether_it_is_long_or_short(length: int) -> None:
    name = "x" * length
    row = {"id": "1", "name": name, "balance": "1_0", "currency": "USD", "detail": {"interestRate": "4.5"}}
    (account,) = CustomerAccounts.from_json(json.dumps({"accounts": [row]}).encode())
    assert (account.id, account.name, account.balance, account.currency) == ("1", name, None, "USD")
    assert account.detail is not None
    assert account.detail.interest_rate == Decimal("4.5")
    assert account.invalid_values == {"$.balance": "1_0"}


def test_a_long_row_without_an_id_is_set_aside_and_its_neighbor_is_not() -> None:
    rows = [{"name": "x" * 300_000}, {"id": "2"}]
    found = CustomerAccounts.from_json(json.dumps({"accounts": rows}).encode())
    assert [account.id for account in found] == ["2"]
    assert found.invalid_values == {"$.accounts[0]": rows[0]}
