"""What the vendor's answers do that its document does not promise: one bad member never costs its neighbours."""

import copy
import json
import pickle
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest

from finicity_async import describe_status
from finicity_async.models import (
    AccessToken,
    CustomerAccount,
    CustomerAccountDetail,
    CustomerAccountPosition,
    CustomerAccounts,
    PartnerCredentials,
    PartnerCredentialsWithNewSecret,
)
from finicity_async.models._decoding import Unfit
from finicity_async.sandbox.data import ACCOUNT_TYPES, make_account

NEIGHBOUR = '{"id":"9","balance":-0.10,"detail":{"openDate":1607450357},"position":[{"id":1,"units":6.537}]}'
THE_NEIGHBOUR = CustomerAccount(
    id="9",
    balance=Decimal("-0.10"),
    detail=CustomerAccountDetail(open_date=datetime.fromtimestamp(1607450357, UTC)),
    position=(CustomerAccountPosition(id=1, units=Decimal("6.537")),),
)


def decoded(account: str) -> CustomerAccounts:
    """Decode a list of an account, given as JSON, between two neighbours."""
    return CustomerAccounts.from_json(f'{{"accounts":[{NEIGHBOUR},{account},{NEIGHBOUR}]}}'.encode())


def account_with(members: str) -> CustomerAccount:
    """Decode an account with some members, given as JSON, that all fit."""
    before, account, after = decoded(f'{{"id":"1",{members}}}')
    assert (before, after) == (THE_NEIGHBOUR, THE_NEIGHBOUR)
    assert account.invalid_values == {}
    return account


def value_of(members: str, path: str) -> Any:
    """Decode an account with some members and return one attribute of it, by a dotted path."""
    value: Any = account_with(members)
    for name in path.split("."):
        value = value[int(name)] if name.isdigit() else getattr(value, name)
    return value


# Amounts

AMOUNTS = [
    "12345678901234567.89",
    "0.10",
    "-1234.56",
    "-0.00",
    "0",
    "502.27",
    "1e2",
    "1E-8",
    "41.585000000000000000001",
    "99999999999999999999999999999999.99",
]


@pytest.mark.parametrize("text", AMOUNTS)
@pytest.mark.parametrize("quote", ["", '"'], ids=["number", "text"])
@pytest.mark.parametrize(
    ("frame", "path"),
    [
        ('"balance":{}', "balance"),
        ('"detail":{{"availableBalanceAmount":{}}}', "detail.available_balance_amount"),
        ('"detail":{{"interestRate":{}}}', "detail.interest_rate"),
        ('"position":[{{"marketValue":{}}}]', "position.0.market_value"),
        ('"position":[{{"totalGLDollar":{}}}]', "position.0.total_gl_dollar"),
    ],
    ids=["balance", "detail", "rate declared as text", "position", "odd name"],
)
def test_an_amount_is_exact_to_the_last_digit(text: str, quote: str, frame: str, path: str) -> None:
    value = value_of(frame.format(f"{quote}{text}{quote}"), path)
    assert isinstance(value, Decimal)
    assert str(value) == str(Decimal(text))


def test_an_amount_stays_exact_where_a_neighbour_in_the_account_is_broken() -> None:
    _, account, _ = decoded(
        '{"id":"1","balanceDate":"soon","balance":12345678901234567.89,"detail":{"feesBalance":0.10}}'
    )
    assert str(account.balance) == "12345678901234567.89"
    assert account.detail is not None
    assert str(account.detail.fees_balance) == "0.10"


# Dates


def seconds(moment: datetime | None) -> float | None:
    """Return the Unix seconds of a moment that is in UTC."""
    if moment is None:
        return None
    assert moment.utcoffset() == timedelta(0)
    return moment.timestamp()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1607450357", 1607450357),
        ('"1607450357"', 1607450357),
        ("0", None),
        ('"0"', None),
        ("0.0", None),
        ("null", None),
        ("1", 1),
        ("-1", -1),
        ("2147483648", 2**31),
        ("8911598400", 8911598400),
        ("253402300799", 253402300799),
        ("1607450357.5", 1607450357.5),
        ('"2020-12-08T17:59:17Z"', 1607450357),
        ('"2020-12-08T17:59:17+00:00"', 1607450357),
        ('"2020-12-08T10:59:17-07:00"', 1607450357),
        ('"2022-02-16"', 1644969600),
    ],
    ids=[
        "seconds",
        "digits in text",
        "0 is no date",
        "0 in text",
        "0.0",
        "null",
        "first second",
        "before 1970",
        "beyond 32 bits",
        "year 2252",
        "last second",
        "fraction",
        "ISO with Z",
        "ISO with an offset",
        "ISO of another zone",
        "day",
    ],
)
@pytest.mark.parametrize(
    ("frame", "path"),
    [
        ('"balanceDate":{}', "balance_date"),
        ('"detail":{{"paymentDueDate":{}}}', "detail.payment_due_date"),
        ('"position":[{{"optionExpireDate":{}}}]', "position.0.option_expire_date"),
    ],
    ids=["account", "detail", "position"],
)
def test_an_instant_is_an_aware_datetime_in_utc(value: str, expected: float | None, frame: str, path: str) -> None:
    assert seconds(value_of(frame.format(value), path)) == expected


def test_a_date_of_0_is_no_date_where_a_neighbour_in_the_account_is_broken() -> None:
    _, account, _ = decoded('{"id":"1","balance":"NaN","lastUpdatedDate":0,"position":[{"currentPriceDate":"0"}]}')
    assert account.last_updated_date is None
    assert account.position == (CustomerAccountPosition(),)


# Flags, texts and whole numbers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("true", True),
        ("false", False),
        ('"T"', True),
        ('"F"', False),
        ('"Y"', True),
        ('"N"', False),
        ('"t"', True),
        ('"f"', False),
        ('"y"', True),
        ('"n"', False),
        ('"true"', True),
        ('"false"', False),
        ("null", None),
    ],
)
@pytest.mark.parametrize(
    ("frame", "path"),
    [
        ('"authorizationExpires":{}', "authorization_expires"),
        ('"detail":{{"marginAllowed":{}}}', "detail.margin_allowed"),
    ],
    ids=["account", "detail"],
)
def test_a_flag_may_come_as_a_letter(value: str, expected: bool | None, frame: str, path: str) -> None:
    assert value_of(frame.format(value), path) is expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("5011648377", "5011648377"),
        ("5", "5"),
        ("0", "0"),
        ("-7", "-7"),
        ("1.50", "1.50"),
        ("1E5", "1E5"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("true", "true"),
        ("false", "false"),
        ('""', ""),
        ('"x0001"', "x0001"),
        ('"Z\\u00fcrich \\ud83d\\ude00"', "Z\u00fcrich \U0001f600"),
    ],
)
@pytest.mark.parametrize(
    ("frame", "path"),
    [
        ('"name":{}', "name"),
        ('"number":{}', "number"),
        ('"customerId":{}', "customer_id"),
        ('"institutionId":{}', "institution_id"),
        ('"parentAccount":{}', "parent_account"),
        ('"realAccountNumberLast4":{}', "real_account_number_last4"),
        ('"detail":{{"autoPayEnrolled":{}}}', "detail.auto_pay_enrolled"),
        ('"detail":{{"firstMortgage":{}}}', "detail.first_mortgage"),
        ('"position":[{{"symbol":{}}}]', "position.0.symbol"),
    ],
)
def test_a_number_or_flag_where_text_is_declared_becomes_its_json_text(
    value: str, text: str, frame: str, path: str
) -> None:
    assert value_of(frame.format(value), path) == text


def test_spaces_around_a_number_are_no_part_of_its_text() -> None:
    assert value_of('"name" : \t5.10\r\n , "number":  7 ', "name") == "5.10"
    assert value_of('"name" : \t5.10\r\n , "number":  7 ', "number") == "7"


@pytest.mark.parametrize(("value", "text"), [("5011648377", "5011648377"), ('"5011648377"', "5011648377")])
def test_the_id_of_an_account_may_be_a_number(value: str, text: str) -> None:
    _, account, _ = decoded(f'{{"id":{value}}}')
    assert account == CustomerAccount(id=text)
    assert account.invalid_values == {}


@pytest.mark.parametrize(
    ("members", "path", "number"),
    [
        ('"aggregationStatusCode":"185"', "aggregation_status_code", 185),
        ('"aggregationStatusCode":"0"', "aggregation_status_code", 0),
        ('"aggregationStatusCode":0', "aggregation_status_code", 0),
        ('"aggregationStatusCode":103.0', "aggregation_status_code", 103),
        ('"aggregationStatusCode":-1', "aggregation_status_code", -1),
        ('"institutionLoginId":"1007302745"', "institution_login_id", 1007302745),
        ('"institutionLoginId":1007302745', "institution_login_id", 1007302745),
        ('"displayPosition":"2"', "display_position", 2),
        ('"detail":{"paymentsMade":"14"}', "detail.payments_made", 14),
        ('"position":[{"id":"454678080"}]', "position.0.id", 454678080),
        ('"position":[{"id":9223372036854775807}]', "position.0.id", 2**63 - 1),
    ],
)
def test_a_whole_number_may_come_as_digits_in_text(members: str, path: str, number: int) -> None:
    value = value_of(members, path)
    assert type(value) is int
    assert value == number


# Misfits

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
    assert account == CustomerAccount(id="1", type="checking", currency="USD", detail=detail)
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
    assert account == CustomerAccount(
        id="1", balance=Decimal(5), detail=CustomerAccountDetail(fees_balance=Decimal("0.10"))
    )
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
    assert account.position == (
        CustomerAccountPosition(id=1, symbol="A"),
        CustomerAccountPosition(units=Decimal(2)),
    )
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
    assert accounts == CustomerAccounts(accounts=(THE_NEIGHBOUR, THE_NEIGHBOUR))
    assert accounts.invalid_values == {"$.accounts[1]": raw}


def test_many_broken_accounts_are_each_set_aside_under_their_place() -> None:
    body = b'{"accounts":[{"id":1,"balance":"x"},3,{"id":"2"},{"id":"3","balance":"y"}]}'
    accounts = CustomerAccounts.from_json(body)
    assert [account.id for account in accounts] == ["1", "2", "3"]
    assert accounts.invalid_values == {"$.accounts[0].balance": "x", "$.accounts[1]": 3, "$.accounts[3].balance": "y"}


def test_one_account_alone_is_read_as_tolerantly_as_a_list() -> None:
    account = CustomerAccount.from_json(b'{"id":5,"balance":"NaN","detail":{"openDate":0},"name":"x"}')
    assert account == CustomerAccount(id="5", name="x", detail=CustomerAccountDetail())
    assert account.invalid_values == {"$.balance": "NaN"}


# Null, missing, unknown

WIRE = {cls: cls.__struct_encode_fields__ for cls in (CustomerAccount, CustomerAccountDetail, CustomerAccountPosition)}


@pytest.mark.parametrize("name", [name for name in WIRE[CustomerAccount] if name != "id"])
def test_null_equals_absent_in_an_account(name: str) -> None:
    assert account_with(f'"{name}":null') == CustomerAccount(id="1")


@pytest.mark.parametrize("name", WIRE[CustomerAccountDetail])
def test_null_equals_absent_in_a_detail(name: str) -> None:
    assert account_with(f'"detail":{{"{name}":null}}') == CustomerAccount(id="1", detail=CustomerAccountDetail())


@pytest.mark.parametrize("name", WIRE[CustomerAccountPosition])
def test_null_equals_absent_in_a_position(name: str) -> None:
    assert account_with(f'"position":[{{"{name}":null}}]') == CustomerAccount(
        id="1", position=(CustomerAccountPosition(),)
    )


def test_null_equals_absent_where_a_neighbour_is_broken() -> None:
    nulls = ",".join(f'"{name}":null' for name in WIRE[CustomerAccount][1:] if name != "balance")
    _, account, _ = decoded(f'{{"id":"1",{nulls},"balance":"NaN"}}')
    assert account == CustomerAccount(id="1")
    assert account.invalid_values == {"$.balance": "NaN"}


@pytest.mark.parametrize("null", ['"null"', '"NULL"', '"\\u006eull"'])
@pytest.mark.parametrize(
    "frame", ['"balance":{}', '"balanceDate":{}', '"displayPosition":{}', '"detail":{}', '"position":{}']
)
def test_a_text_that_says_null_is_null_where_no_text_belongs(frame: str, null: str) -> None:
    assert account_with(frame.format(null)) == CustomerAccount(id="1")
    _, account, _ = decoded(f'{{"id":1,"name":{null},{frame.format(null)}}}')  # a number for an ID is read with care
    assert account == CustomerAccount(id="1", name=json.loads(null))
    assert account.invalid_values == {}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ('"x":1', CustomerAccount(id="1")),
        ('"accountNickname":"Fun","financialinstitutionAccountStatus":"OPEN"', CustomerAccount(id="1")),
        ('"details":[{"openDate":1}]', CustomerAccount(id="1")),
        ('"found":1,"displaying":1,"moreAvailable":"false"', CustomerAccount(id="1")),
        (
            '"detail":{"allowedCheckWriting":"ALLOW","loanMinAmtDueDate":8911598400,"postedDate":"soon"}',
            CustomerAccount(id="1", detail=CustomerAccountDetail()),
        ),
        (
            '"position":[{"fundName":"F","quantity":3,"heldInAccount":"0.00000000","cusipNo":1,"memo":[{}]}]',
            CustomerAccount(id="1", position=(CustomerAccountPosition(),)),
        ),
        ('"invalid_values":{"$.x":1}', CustomerAccount(id="1")),
        ('"":1,"ID":[],"balance_date":"soon"', CustomerAccount(id="1")),
    ],
)
def test_members_that_nobody_declares_are_ignored(members: str, expected: CustomerAccount) -> None:
    assert account_with(members) == expected


def test_members_beside_the_list_are_ignored() -> None:
    body = b'{"found":1,"displaying":1,"moreAvailable":"false","accounts":[{"id":"1"}],"next":{}}'
    accounts = CustomerAccounts.from_json(body)
    assert accounts == CustomerAccounts(accounts=(CustomerAccount(id="1"),))
    assert accounts.invalid_values == {}


def test_the_order_of_the_members_does_not_matter() -> None:
    account = CustomerAccount.from_json(b'{"linkedAccountDate":1,"name":"x","id":"1"}')
    assert account == CustomerAccount.from_json(b'{"id":"1","name":"x","linkedAccountDate":1}')


@pytest.mark.parametrize(
    ("members", "detail", "position"),
    [
        ('"name":"x"', None, ()),
        ('"name":"x","detail":null,"position":null', None, ()),
        ('"name":"x","detail":{},"position":[]', CustomerAccountDetail(), ()),
        ('"name":"x","position":[{}]', None, (CustomerAccountPosition(),)),
    ],
)
def test_detail_and_position_may_be_missing_null_or_empty(
    members: str, detail: CustomerAccountDetail | None, position: tuple[CustomerAccountPosition, ...]
) -> None:
    assert account_with(members) == CustomerAccount(id="1", name="x", detail=detail, position=position)


# Whole records


def test_an_account_with_an_id_alone_is_an_account() -> None:
    account = CustomerAccount.from_json(b'{"id":"5011648377"}')
    values = msgspec.structs.asdict(account)
    assert values.pop("id") == "5011648377"
    assert values.pop("position") == ()
    assert set(values.values()) == {None}


def test_a_pending_account_has_few_members() -> None:
    members = '"number":"xx0004","name":"(none given)","type":"unknown","status":"pending","balance":0.00'
    assert account_with(members) == CustomerAccount(
        id="1", number="xx0004", name="(none given)", type="unknown", status="pending", balance=Decimal("0.00")
    )


def test_an_attempt_may_be_known_without_its_outcome() -> None:
    account = account_with('"aggregationAttemptDate":1607450357')
    assert seconds(account.aggregation_attempt_date) == 1607450357
    assert account.aggregation_success_date is None
    assert account.aggregation is None


@pytest.mark.parametrize(("name", "value"), [("type", "529plan"), ("status", "frozen"), ("marketSegment", "galactic")])
def test_words_that_are_in_no_list_pass(name: str, value: str) -> None:
    assert value in msgspec.structs.astuple(account_with(f'"{name}":"{value}"'))


def test_the_same_security_may_be_held_twice() -> None:
    account = account_with('"position":[{"id":1,"symbol":"DAL"},{"id":1,"symbol":"DAL"}]')
    assert account.position == (CustomerAccountPosition(id=1, symbol="DAL"),) * 2


def test_a_student_loan_names_the_record_above() -> None:
    accounts = CustomerAccounts.from_json(
        b'{"accounts":[{"id":"1","type":"studentLoan"},'
        b'{"id":2,"type":"studentLoanGroup","parentAccount":1,"detail":{"weightedInterestRate":"4.5"}},'
        b'{"id":"3","type":"studentLoanAccount","parentAccount":"2"}]}'
    )
    assert [account.parent_account for account in accounts] == [None, "1", "2"]
    assert accounts.invalid_values == {}


@pytest.mark.parametrize("code", [0, 103, 185, 325, 7654321])
def test_aggregation_explains_the_status_code(code: int) -> None:
    assert account_with(f'"aggregationStatusCode":{code}').aggregation == describe_status(code)


@pytest.mark.parametrize("members", ['"name":"x"', '"aggregationStatusCode":null'])
def test_aggregation_is_none_before_the_first_attempt(members: str) -> None:
    assert account_with(members).aggregation is None


def test_a_list_is_iterable_and_sized() -> None:
    accounts = CustomerAccounts.from_json(b'{"accounts":[{"id":"1"},{"id":"2"}]}')
    assert [account.id for account in accounts] == ["1", "2"]
    assert tuple(accounts) == accounts.accounts
    assert len(accounts) == 2
    assert accounts


@pytest.mark.parametrize("body", [b'{"accounts":[]}', b' {"accounts" : [ ] }\r\n'])
def test_an_empty_list_is_false(body: bytes) -> None:
    accounts = CustomerAccounts.from_json(body)
    assert accounts == CustomerAccounts(accounts=())
    assert len(accounts) == 0
    assert not accounts


# Bodies


class CountedAccounts(CustomerAccounts, frozen=True, kw_only=True, rename="camel"):
    """A list that wants one member more."""

    found: int


class NicknamedAccount(CustomerAccount, frozen=True, kw_only=True, rename="camel"):
    """An account that wants one member more."""

    account_nickname: str | None = None


class NicknamedAccounts(CustomerAccounts, frozen=True, kw_only=True, rename="camel"):
    """A list of such accounts."""

    accounts: tuple[NicknamedAccount, ...]


@pytest.mark.parametrize("account_id", ['"1"', "1"], ids=["in one pass", "with care"])
def test_a_subclass_of_the_list_has_all_its_members(account_id: str) -> None:
    body = (
        f'{{"found":1,"accounts":[{{"id":{account_id},"accountNickname":"Fun","detail":{{"owner":"Ann"}}}}]}}'.encode()
    )
    counted, nicknamed = CountedAccounts.from_json(body), NicknamedAccounts.from_json(body)
    assert counted.found == 1
    assert [one.account_nickname for one in nicknamed.accounts] == ["Fun"]
    for accounts in (counted, nicknamed):
        assert [one.detail for one in accounts] == [CustomerAccountDetail(owner="Ann")]
        assert accounts.invalid_values == {}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", "$"),
        (b" ", "$"),
        (b"null", "$"),
        (b"7", "$"),
        (b'"accounts"', "$"),
        (b"[]", "$"),
        (b'[{"id":"1"}]', "$"),
        (b"<html></html>", "$"),
        (b'{"accounts":[{"id":"1"}', "$"),
        (b'{"accounts":[{"id":"1"}]} {}', "$"),
        (b"{'accounts':[]}", "$"),
        (b'{"accounts":[NaN]}', "$"),
        (b"{}", "$.accounts"),
        (b'{"code":38003}', "$.accounts"),
        (b'{"accounts":null}', "$.accounts"),
        (b'{"accounts":{}}', "$.accounts"),
        (b'{"accounts":"none"}', "$.accounts"),
        (b"[" * 100_000, "$"),
        (b'{"a":' * 100_000, "$"),
        (b'{"accounts":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "$"),
        (b'{"accounts":[{"id":"1","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}", "$"),
        ('{"accounts":[]}'.encode("utf-16"), "$"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_a_body_that_is_no_list_of_accounts_is_unfit(body: bytes, path: str) -> None:
    with pytest.raises(Unfit) as caught:
        CustomerAccounts.from_json(body)
    assert caught.value.path == path


def test_a_byte_order_mark_is_skipped() -> None:
    accounts = CustomerAccounts.from_json(b'\xef\xbb\xbf{"accounts":[{"id":"1","name":"x"}]}')
    assert accounts == CustomerAccounts(accounts=(CustomerAccount(id="1", name="x"),))
    assert accounts.invalid_values == {}


def test_bad_utf_8_is_read_with_replacement() -> None:
    accounts = CustomerAccounts.from_json(b'{"accounts":[{"id":"1","name":"caf\xe9 noir","balance":0.10},{"id":"2"}]}')
    assert accounts == CustomerAccounts(
        accounts=(CustomerAccount(id="1", name="caf\ufffd noir", balance=Decimal("0.10")), CustomerAccount(id="2"))
    )
    assert accounts.invalid_values == {}


def test_bad_utf_8_and_a_misfit_together_cost_no_neighbour() -> None:
    accounts = CustomerAccounts.from_json(
        b'\xef\xbb\xbf{"accounts":[{"id":"1","name":"\xff","balance":"1_0"},{"id":2}]}'
    )
    assert accounts == CustomerAccounts(accounts=(CustomerAccount(id="1", name="\ufffd"), CustomerAccount(id="2")))
    assert accounts.invalid_values == {"$.accounts[0].balance": "1_0"}


def test_a_long_text_of_foreign_digits_does_not_hold_up_the_event_loop() -> None:
    """A search that looks back for each digit would take hours for this one."""
    body = f'{{"accounts":[{{"id":"1","name":"{chr(0x663) * 1_000_000} euros"}}]}}'.encode()
    assert CustomerAccounts.from_json(body).invalid_values == {}


@pytest.mark.parametrize(
    ("member", "path"),
    [
        ('"detail":{"loanRate":"NaN","owner":"Ann"}', "$.detail.loanRate"),
        ('"detail":{"loanRate":1e400,"owner":"Ann"}', "$.detail.loanRate"),
        ('"position":[{"units":"-Infinity","symbol":"DAL"}]', "$.position[0].units"),
    ],
)
def test_an_amount_that_no_account_can_hold_is_found_in_details_and_positions_too(member: str, path: str) -> None:
    account = CustomerAccount.from_json(f'{{"id":"1",{member}}}'.encode())
    assert list(account.invalid_values) == [path]
    assert account.position or account.detail == CustomerAccountDetail(owner="Ann")


# Structs as values

FULL = (
    '{"id":"1","balance":0.10,"balanceDate":1607450357,"detail":{"openDate":1607450357},'
    '"position":[{"id":1,"units":"x","totalGLDollar":-1.50}],"name":["odd"]}'
)


def full() -> CustomerAccounts:
    """Decode a list with invalid_values at two depths."""
    return CustomerAccounts.from_json(f'{{"accounts":[{FULL}]}}'.encode())


def test_equality_and_hash_look_at_the_fields_alone() -> None:
    one, other = full(), full()
    assert one == other
    assert hash(one) == hash(other)
    clean = CustomerAccounts.from_json(
        f'{{"accounts":[{FULL}]}}'.replace('"x"', "null").replace('["odd"]', "null").encode()
    )
    assert clean.invalid_values == {}
    assert one.invalid_values != {}
    assert one == clean
    assert hash(one) == hash(clean)
    assert one != CustomerAccounts(accounts=())
    assert len({one, other, clean}) == 1


def test_records_are_frozen() -> None:
    account = full().accounts[0]
    with pytest.raises(AttributeError):
        account.name = "other"  # type: ignore[misc]  # -- that is what is tested
    with pytest.raises(AttributeError):
        account.invalid_values = {}  # type: ignore[misc]  # -- that is what is tested


def test_the_representation_shows_what_is_set() -> None:
    assert repr(CustomerAccount(id="1", balance=Decimal("0.10"))) == "CustomerAccount(id='1', balance=Decimal('0.10'))"
    assert repr(CustomerAccounts(accounts=())) == "CustomerAccounts(accounts=())"
    assert "invalid_values" not in repr(full())


def pickled(value: CustomerAccounts) -> CustomerAccounts:
    """Pickle and unpickle."""
    found: CustomerAccounts = pickle.loads(pickle.dumps(value))  # noqa: S301 -- our own pickle
    return found


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, pickled], ids=["copy", "deepcopy", "pickle"])
def test_misfits_stay_through_a_copy_and_a_pickle(twin: Callable[[CustomerAccounts], CustomerAccounts]) -> None:
    accounts = full()
    other = twin(accounts)
    assert other is not accounts
    assert other == accounts
    assert (
        other.invalid_values
        == accounts.invalid_values
        == {
            "$.accounts[0].position[0].units": "x",
            "$.accounts[0].name": ["odd"],
        }
    )
    assert other.accounts[0].invalid_values == {"$.position[0].units": "x", "$.name": ["odd"]}
    assert other.accounts[0].position[0].invalid_values == {"$.units": "x"}
    assert other.accounts[0].detail == CustomerAccountDetail(open_date=datetime.fromtimestamp(1607450357, UTC))


def test_a_copy_does_not_share_its_invalid_values() -> None:
    accounts = full()
    assert (
        copy.deepcopy(accounts).invalid_values["$.accounts[0].name"]
        is not accounts.invalid_values["$.accounts[0].name"]
    )


def test_replace_gives_a_record_with_another_value() -> None:
    account = full().accounts[0]
    other = msgspec.structs.replace(account, name="Savings", detail=None)
    assert (other.name, other.detail, other.balance) == ("Savings", None, Decimal("0.10"))
    assert msgspec.structs.replace(other, name=None, detail=account.detail) == account


def test_encoding_leaves_the_misfits_out_and_comes_back_equal() -> None:
    accounts = full()
    encoded = msgspec.json.encode(accounts)
    members = json.loads(encoded)["accounts"][0]
    assert tuple(members) == CustomerAccount.__struct_encode_fields__
    assert members["balance"] == "0.10"
    assert members["balanceDate"] == "2020-12-08T17:59:17Z"
    assert members["name"] is None
    assert members["position"][0]["totalGLDollar"] == "-1.50"
    again = CustomerAccounts.from_json(encoded)
    assert again == accounts
    assert again.invalid_values == {}


def test_records_can_be_constructed_by_keyword_alone() -> None:
    assert CustomerAccount(id="1").invalid_values == {}
    with pytest.raises(TypeError):
        CustomerAccount("1")  # type: ignore[call-arg]  # -- that is what is tested
    with pytest.raises(TypeError, match="id"):
        CustomerAccount()  # type: ignore[call-arg]  # -- that is what is tested


@pytest.mark.parametrize(
    "secretive",
    [
        AccessToken(token="TopSecret1"),
        PartnerCredentials(partner_id="TopSecret2", partner_secret="TopSecret1"),
        PartnerCredentialsWithNewSecret(
            partner_id="TopSecret2", partner_secret="TopSecret1", new_partner_secret="TopSecret3"
        ),
    ],
)
def test_tokens_and_secrets_are_masked_in_every_representation(secretive: msgspec.Struct) -> None:
    for text in (repr(secretive), str(secretive), f"{secretive!r:>10}", repr([secretive])):
        assert "TopSecret" not in text
        assert type(secretive).__name__ in text
    assert b"TopSecret1" in msgspec.json.encode(secretive)


def test_a_new_secret_leaves_immediate_to_the_vendor_when_it_is_not_given() -> None:
    body = PartnerCredentialsWithNewSecret(partner_id="p", partner_secret="old", new_partner_secret="new")
    assert json.loads(msgspec.json.encode(body)) == {
        "partnerId": "p",
        "partnerSecret": "old",
        "newPartnerSecret": "new",
    }


# Random accounts, each with one member broken


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


def without(record: Any, path: list[str | int]) -> Any:
    """Return a decoded record without the member at a path."""
    name, *rest = path
    field = next(field for field in msgspec.structs.fields(record) if field.encode_name == name)
    value = getattr(record, field.name)
    if not rest:
        value = field.default
    elif isinstance(rest[0], int):
        row = rest[0]
        value = (*value[:row], without(value[row], rest[1:]), *value[row + 1 :])
    else:
        value = without(value, rest)
    return msgspec.structs.replace(record, **{field.name: value})


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
    for seed in range(300):
        record, neighbour = random_account(seed), random_account(seed + 1000)
        whole = CustomerAccounts.from_json(json.dumps({"accounts": [record, neighbour]}).encode())
        assert whole.invalid_values == {}
        path, odd = broken_at(Random(seed), record)
        account, other = CustomerAccounts.from_json(json.dumps({"accounts": [record, neighbour]}).encode())
        place = re.sub(r"\.(\d+)\b", r"[\1]", "".join(f".{part}" for part in path))
        assert account == without(whole.accounts[0], path), place
        assert account != whole.accounts[0], place
        assert other == whole.accounts[1], place
        assert account.invalid_values == {f"${place}": odd}
        assert other.invalid_values == {}
        depths.add(len(path))
    assert depths >= {1, 2, 3}
