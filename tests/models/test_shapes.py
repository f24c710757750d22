"""Null, missing and unknown members, whole records, and bodies of every shape."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from finicity_async import PayloadError, describe_status
from finicity_async.models import (
    CustomerAccount,
    CustomerAccountDetail,
    CustomerAccountPosition,
    CustomerAccounts,
    Record,
)
from tests.models.examples import WIRE, account_with, decoded, fitting, plain, seconds
from tests.vendor.names import snake_case


@pytest.mark.parametrize("name", [name for name in WIRE[CustomerAccount] if name != "id"])
def test_null_equals_absent_in_an_account(name: str) -> None:
    assert account_with(f'"{name}":null') == CustomerAccount(id="1")


@pytest.mark.parametrize("name", WIRE[CustomerAccountDetail])
def test_null_equals_absent_in_a_detail(name: str) -> None:
    assert account_with(f'"detail":{{"{name}":null}}').detail == CustomerAccountDetail()


@pytest.mark.parametrize("name", WIRE[CustomerAccountPosition])
def test_null_equals_absent_in_a_position(name: str) -> None:
    assert account_with(f'"position":[{{"{name}":null}}]').position == (CustomerAccountPosition(),)


def test_null_equals_absent_where_a_neighbour_is_broken() -> None:
    nulls = ",".join(f'"{name}":null' for name in WIRE[CustomerAccount][1:] if name != "balance")
    _, account, _ = decoded(f'{{"id":"1",{nulls},"balance":"NaN"}}')
    assert fitting(account) == plain()
    assert account.invalid_values == {"$.balance": "NaN"}


@pytest.mark.parametrize("null", ['"null"', '"NULL"', '"\\u006eull"'])
@pytest.mark.parametrize(
    "frame", ['"balance":{}', '"balanceDate":{}', '"displayPosition":{}', '"detail":{}', '"position":{}']
)
def test_a_text_that_says_null_is_null_where_no_text_belongs(frame: str, null: str) -> None:
    assert account_with(frame.format(null)).to_dict() == plain()
    _, account, _ = decoded(f'{{"id":1,"name":{null},{frame.format(null)}}}')  # a number for an ID is read with care
    assert account.to_dict() == plain(name=json.loads(null))
    assert account.invalid_values == {}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ('"x":1', {}),
        ('"details":[{"openDate":1}]', {}),
        ('"found":1,"displaying":1,"moreAvailable":"false"', {}),
        ('"detail":{"margin":1,"employerYearToDate":2,"postedDate":"soon"}', {"detail": {}}),
        ('"position":[{"enterpriseSymbol":"E","cashAccount":[{}]}]', {"position": [{}]}),
        ('"invalid_values":{"$.x":1}', {}),
        ('"$invalid":5', {}),
        ('"":1,"ID":[],"balance_date":"soon","_detail":{}', {}),
    ],
)
def test_members_that_no_model_has_are_ignored(members: str, expected: dict[str, Any]) -> None:
    assert account_with(members).to_dict() == plain(**expected)


UNDECLARED: dict[type[Record], dict[str, Any]] = {
    CustomerAccount: {
        "financialinstitutionAccountStatus": "OPEN",
        "accountNickname": "Fun",
        "displayName": "Fun 1234",
    },
    CustomerAccountDetail: {
        "loanMinAmtDue": Decimal("25.0"),
        "loanMinAmtDueDate": datetime.fromtimestamp(8911598400, UTC),
        "loanPaymentAmount": Decimal("1.10"),
        "loanNextPaymentDate": datetime.fromtimestamp(1607450357, UTC),
        "locPrincipalBalance": Decimal("20010.0"),
        "originationDate": datetime.fromtimestamp(1607450357, UTC),
        "endDate": datetime.fromtimestamp(1607450357, UTC),
        "maturityAmount": Decimal("1.10"),
        "interestMarginBalance": Decimal("1.10"),
        "rolloverContributionAmount": Decimal("1.10"),
        "allowedCheckWriting": "ALLOW",
        "allowedOptionTrade": "ALLOW",
        "dailyChange": Decimal("-1.5"),
        "percentageChange": Decimal("0.25"),
    },
    CustomerAccountPosition: {
        "cusipNo": "037833100",
        "cusipNoType": "CUSIP",
        "fundName": "Index Fund",
        "quantity": Decimal("10.5"),
        "unitPrice": Decimal("12.34"),
        "unitType": "SHARES",
        "type": "MUTUALFUND",
        "securitySubType": "x",
        "faceValue": Decimal("0.0"),
        "averageCost": Decimal("1.10"),
        "rate": Decimal("4.5"),
        "originalPurchaseDate": datetime.fromtimestamp(1607450357, UTC),
        "expirationDate": datetime.fromtimestamp(1607450357, UTC),
        "heldInAccount": Decimal("10.50000000"),
        "localPrice": Decimal("1.10"),
        "localMarketValue": Decimal("1.10"),
        "holdingId": "7",
        "memo": "x",
    },
}
"""What public payloads carry and the document does not declare."""


@pytest.mark.parametrize("model", UNDECLARED)
@pytest.mark.parametrize("quote", ["", '"'], ids=["number", "text"])
def test_members_that_real_responses_carry_undeclared_are_read(model: type[Record], quote: str) -> None:
    """Amounts and dates may come as text, too."""

    def written(value: Any) -> str:
        text = f"{value.timestamp():.0f}" if isinstance(value, datetime) else str(value)
        return json.dumps(value) if isinstance(value, str) else f"{quote}{text}{quote}"

    members = ",".join(f'"{name}":{written(value)}' for name, value in UNDECLARED[model].items())
    record = model.from_json(f'{{"id":"1",{members}}}'.encode())
    found = {name: getattr(record, snake_case(name)) for name in UNDECLARED[model]}
    assert (found, str(found)) == (UNDECLARED[model], str(UNDECLARED[model]))
    assert record.invalid_values == {}


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
    account = account_with(members)
    assert (account.name, account.detail, account.position) == ("x", detail, position)


def test_an_account_with_an_id_alone_is_an_account() -> None:
    account = CustomerAccount.from_json(b'{"id":"5011648377"}')
    values = account.to_dict()
    assert values.pop("id") == "5011648377"
    assert values.pop("position") == []
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
    assert value in account_with(f'"{name}":"{value}"').to_dict().values()


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


def test_a_list_is_iterable_sized_and_indexed() -> None:
    accounts = CustomerAccounts.from_json(b'{"accounts":[{"id":"1"},{"id":"2"}]}')
    assert [account.id for account in accounts] == ["1", "2"]
    assert tuple(accounts) == accounts.accounts
    assert len(accounts) == 2
    assert accounts
    assert (accounts[0].id, accounts[-1].id) == ("1", "2")
    assert accounts[:1] == accounts.accounts[:1]
    assert accounts[1] in accounts
    with pytest.raises(IndexError):
        _ = accounts[2]


@pytest.mark.parametrize("body", [b'{"accounts":[]}', b' {"accounts" : [ ] }\r\n'])
def test_an_empty_list_is_false(body: bytes) -> None:
    accounts = CustomerAccounts.from_json(body)
    assert accounts == CustomerAccounts(accounts=())
    assert len(accounts) == 0
    assert not accounts


class CountedAccounts(CustomerAccounts, frozen=True, kw_only=True, rename="camel"):
    """A list that wants one member more."""

    found: int


class MarginAccount(CustomerAccount, frozen=True, kw_only=True, rename="camel"):
    """An account that wants one member more."""

    account_margin: str | None = None


class MarginAccounts(CustomerAccounts, frozen=True, kw_only=True, rename="camel"):
    """A list of such accounts."""

    accounts: tuple[MarginAccount, ...]


@pytest.mark.parametrize("account_id", ['"1"', "1"], ids=["in one pass", "with care"])
def test_a_subclass_of_the_list_has_all_its_members(account_id: str) -> None:
    body = f'{{"found":1,"accounts":[{{"id":{account_id},"accountMargin":"Fun","detail":{{"owner":"Ann"}}}}]}}'.encode()
    counted, own = CountedAccounts.from_json(body), MarginAccounts.from_json(body)
    assert counted.found == 1
    assert [one.account_margin for one in own.accounts] == ["Fun"]
    for accounts in (counted, own):
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
        (b'{"accounts":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}", "$"),
        (b'{"accounts":[{"id":"1","x":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}]}", "$"),
        ('{"accounts":[]}'.encode("utf-16"), "$"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_a_body_that_is_no_list_of_accounts_is_an_error_with_the_path(body: bytes, path: str) -> None:
    with pytest.raises(PayloadError) as caught:
        CustomerAccounts.from_json(body)
    assert str(caught.value) == f"The body is no CustomerAccounts: it does not fit at {path}."
    assert caught.value.body == body
    assert caught.value.__context__ is None


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
    assert [(one.id, one.name, one.balance) for one in accounts] == [("1", "\ufffd", None), ("2", None, None)]
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
