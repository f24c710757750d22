"""Null, missing and unknown members, whole records, and bodies of every shape."""

import json
from decimal import Decimal

import msgspec
import pytest

from finicity_async import describe_status
from finicity_async.models import CustomerAccount, CustomerAccountDetail, CustomerAccountPosition, CustomerAccounts
from finicity_async.models._decoding import Unfit
from tests.models.examples import WIRE, account_with, decoded, seconds


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
