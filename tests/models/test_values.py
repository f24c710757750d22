"""Amounts, dates, flags and texts: exact values from whatever JSON the vendor sends."""

import json
from decimal import Decimal
from typing import Any

import pytest

from finicity_async import PayloadError
from finicity_async.models import CustomerAccount, CustomerAccountPosition, CustomerAccounts
from finicity_async.models.transactions import RecurringOutFlowTransaction
from tests.models.examples import NEIGHBOUR, THE_NEIGHBOUR, account_with, decoded, seconds


def value_of(members: str, path: str) -> Any:
    """Decode an account with some members and return one attribute of it, by a dotted path."""
    value: Any = account_with(members)
    for name in path.split("."):
        value = value[int(name)] if name.isdigit() else getattr(value, name)
    return value


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
    "value", ['""', '"5011648377.0"', "5011648377.0", "5.011648377e9", '"../9"', '"1 2"', '"\u0661"', "true", "-1.5"]
)
def test_an_account_with_an_id_that_cannot_be_one_is_set_aside(value: str) -> None:
    accounts = CustomerAccounts.from_json(f'{{"accounts":[{NEIGHBOUR},{{"id":{value}}}]}}'.encode())
    assert list(accounts) == [THE_NEIGHBOUR]
    assert list(accounts.invalid_values) == ["$.accounts[1]"]
    with pytest.raises(PayloadError, match=r"\$\.id"):
        CustomerAccount.from_json(f'{{"id":{value}}}'.encode())


@pytest.mark.parametrize("text", ["5011648377", "a-B_9", "0"])
def test_an_id_of_letters_digits_hyphen_and_underscore_is_taken(text: str) -> None:
    assert decoded(f'{{"id":"{text}"}}')[1].id == text


@pytest.mark.parametrize(
    "value", ["1e300", "9007199254740993e0", "1.5", '"1.5"', '"12a"', '"1_0"', '""', "[1]", "1e16"]
)
def test_a_whole_number_that_is_none_or_would_be_rounded_is_set_aside(value: str) -> None:
    _, account, _ = decoded(f'{{"id":"1","institutionLoginId":{value}}}')
    assert account.institution_login_id is None
    assert list(account.invalid_values) == ["$.institutionLoginId"]


@pytest.mark.parametrize(
    ("members", "path", "number"),
    [
        ('"institutionLoginId":9007199254740993.0', "institution_login_id", 2**53 + 1),
        ('"institutionLoginId":"9007199254740993.0"', "institution_login_id", 2**53 + 1),
        ('"institutionLoginId":-1.00', "institution_login_id", -1),
        ('"institutionLoginId":123456789012345678901234567890', "institution_login_id", 123456789012345678901234567890),
        ('"position":[{"id":9007199254740993.0}]', "position.0.id", 2**53 + 1),
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


# Lists of plain values


def recurring(categories: str, ids: str) -> RecurringOutFlowTransaction:
    body = f'{{"transactionCategories":{categories},"transactionIds":{ids}}}'
    return RecurringOutFlowTransaction.from_json(body.encode())


def test_a_list_of_texts_takes_what_a_text_takes_and_leaves_null_out() -> None:
    found = recurring('["ATM Fee",7,true]', '[1,null,"2"]')
    assert found.transaction_categories == ("ATM Fee", "7", "true")
    assert (found.transaction_ids, found.invalid_values) == (("1", "2"), {})


def test_a_list_of_texts_may_be_long() -> None:
    assert recurring("[]", str([*range(1000)])).transaction_ids == tuple(map(str, range(1000)))


@pytest.mark.parametrize("ids", ['["1",["2"]]', '{"1":2}', '"1"', "[[]]"])
def test_a_list_of_which_something_is_no_text_is_set_aside_whole(ids: str) -> None:
    found = recurring("[7]", ids)
    assert (found.transaction_categories, found.transaction_ids) == (("7",), ())
    assert found.invalid_values == {"$.transactionIds": json.loads(ids)}
