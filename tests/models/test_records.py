"""Records as values: equality, repr, copies, pickles and secrets."""

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from finicity_async import PayloadError
from finicity_async.models import (
    AccessToken,
    CustomerAccount,
    CustomerAccountDetail,
    CustomerAccountPosition,
    CustomerAccounts,
    PartnerCredentials,
    PartnerCredentialsWithNewSecret,
)
from finicity_async.models.customers import Customer, Customers
from tests.models.examples import FULL as FULL_ACCOUNT
from tests.models.examples import ODD, WIRE
from tests.vendor.names import snake_case

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
    clean = CustomerAccounts.from_json(f'{{"accounts":[{FULL}]}}'.replace('["odd"]', "null").encode())
    assert clean.invalid_values != one.invalid_values
    assert one == clean
    assert hash(one) == hash(clean)
    assert one != CustomerAccounts(accounts=())
    assert one[0] != 1
    assert len({one, other, clean}) == 1


@pytest.mark.parametrize(
    ("member", "other"),
    [('"detail":{"loanRate":1.50}', '"detail":{"loanRate":1.5}'), ('"position":[{}]', '"position":[{},{}]')],
)
def test_details_and_positions_are_compared_by_text(member: str, other: str) -> None:
    one, same, different = (
        CustomerAccount.from_json(f'{{"id":"1",{text}}}'.encode()) for text in (member, member, other)
    )
    assert (one == same, one == different) == (True, False)
    assert hash(one) == hash(same)
    assert len({one, same, different}) == 2


def test_an_amount_is_compared_by_its_value_where_no_text_is_kept() -> None:
    one, other = (CustomerAccountDetail(loan_rate=Decimal(text)) for text in ("1.50", "1.5"))
    assert one == other
    assert hash(one) == hash(other)
    assert one != CustomerAccount(id="1")


def test_records_are_frozen() -> None:
    account = full().accounts[0]
    with pytest.raises(AttributeError):
        account.name = "other"  # type: ignore[misc]  # -- that is what is tested
    with pytest.raises(AttributeError):
        account.invalid_values = {}  # type: ignore[misc]  # -- that is what is tested


def test_the_representation_shows_what_is_set() -> None:
    assert repr(CustomerAccount(id="1", balance=Decimal("0.10"))) == "CustomerAccount(id='1', balance=Decimal('0.10'))"
    assert repr(CustomerAccounts(accounts=())) == "CustomerAccounts(accounts=())"


def test_the_representation_shows_what_was_set_aside_where_it_came() -> None:
    assert repr(full()[0]) == (
        "CustomerAccount(id='1', balance=Decimal('0.10'), balance_date="
        "datetime.datetime(2020, 12, 8, 17, 59, 17, tzinfo=datetime.timezone.utc), detail=CustomerAccountDetail("
        "open_date=datetime.datetime(2020, 12, 8, 17, 59, 17, tzinfo=datetime.timezone.utc)), position=("
        "CustomerAccountPosition(id=1, total_gl_dollar=Decimal('-1.50'), invalid_values={'$.units': 'x'}),), "
        "invalid_values={'$.name': ['odd']})"
    )


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
    other = msgspec.structs.replace(account, name="Savings")
    assert (other.name, other.detail, other.balance) == ("Savings", account.detail, Decimal("0.10"))
    assert msgspec.structs.replace(other, name=None) == account
    with pytest.raises(TypeError, match="detail"):
        msgspec.structs.replace(account, detail=None)


def test_encoding_leaves_out_what_did_not_come_and_comes_back_equal() -> None:
    accounts = full()
    encoded = msgspec.json.encode(accounts)
    members = json.loads(encoded)["accounts"][0]
    assert list(members) == ["$invalid", "id", "balance", "balanceDate", "detail", "position"]
    assert members["$invalid"] == {"$.name": ["odd"]}
    assert members["balance"] == "0.10"
    assert members["balanceDate"] == "2020-12-08T17:59:17Z"
    assert b'"detail":{"openDate":1607450357},"position":[{"id":1,"units":"x","totalGLDollar":-1.50}]' in encoded
    again = CustomerAccounts.from_json(encoded)
    assert again == accounts
    assert again.invalid_values == accounts.invalid_values != {}


def test_records_can_be_constructed_by_keyword_alone() -> None:
    assert CustomerAccount(id="1").invalid_values == {}
    with pytest.raises(TypeError):
        CustomerAccount("1")  # type: ignore[arg-type,call-arg]  # -- that is what is tested
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


# Plain values


@pytest.mark.parametrize("body", [FULL_ACCOUNT, ODD], ids=["fitting", "odd"])
def test_a_dict_has_every_attribute_in_plain_values(body: bytes) -> None:
    account = CustomerAccount.from_json(body)
    values = account.to_dict()
    invalid_values = values.pop("invalid_values", {})
    assert invalid_values == account.invalid_values
    assert list(values) == [snake_case(name) for name in WIRE[CustomerAccount]]
    detail, position = values["detail"], values["position"]
    assert account.detail is not None
    for record, found in ((account.detail, detail), *zip(account.position, position, strict=True)):
        assert found.pop("invalid_values", {}) == record.invalid_values
        assert found == {snake_case(name): getattr(record, snake_case(name)) for name in WIRE[type(record)]}
    others = {name: getattr(account, name) for name in values.keys() - {"detail", "position"}}
    assert others == {name: values[name] for name in others}


def test_a_list_of_accounts_is_a_dict_of_dicts() -> None:
    accounts = full()
    assert accounts.to_dict() == {"accounts": [accounts[0].to_dict()], "invalid_values": accounts.invalid_values}


@pytest.mark.parametrize("body", [FULL_ACCOUNT, ODD], ids=["fitting", "odd"])
def test_a_record_is_built_of_its_dict_again(body: bytes) -> None:
    accounts = CustomerAccounts.from_json(b'{"accounts":[3,%b,{}]}' % body)
    again = CustomerAccounts.from_dict(accounts.to_dict())
    assert again.to_dict() == accounts.to_dict()
    assert again.invalid_values == accounts.invalid_values


def test_a_record_is_built_of_the_names_of_either_side() -> None:
    when = datetime(2020, 12, 8, 17, 59, 17, 500_000, tzinfo=UTC)
    values = {
        "id": 7,
        "balanceDate": 1607450357.5,
        "balance": Decimal("0.10"),
        "number": None,
        "unknown": [{"detail": None}],
        "detail": {"openDate": 1607450357, "interest_rate": Decimal("4.50")},
        "position": [{"totalGLDollar": 1.5}, {"option_expire_date": "2027-01-15"}],
    }
    of_attributes = {
        "id": "7",
        "balance_date": when,
        "balance": 0.10,
        "detail": CustomerAccountDetail(open_date=when.replace(microsecond=0), interest_rate=Decimal("4.50")),
        "position": (
            CustomerAccountPosition(total_gl_dollar=Decimal("1.5")),
            {"optionExpireDate": datetime(2027, 1, 15, tzinfo=UTC)},
        ),
    }
    account, other = CustomerAccount.from_dict(values), CustomerAccount.from_dict(of_attributes)
    assert account.balance_date == when
    assert account.to_dict() == other.to_dict() | {"balance": Decimal("0.10")}
    assert account.invalid_values == {}


def test_a_built_record_is_what_the_vendor_would_send() -> None:
    when = datetime.fromtimestamp(1607450357, UTC)
    account = CustomerAccount.from_dict({"id": "1", "detail": {"open_date": when, "loan_rate": Decimal("1.50")}})
    assert account == CustomerAccount.from_json(b'{"id":"1","detail":{"openDate":1607450357,"loanRate":1.50}}')


def test_a_record_that_cannot_be_built_is_an_error() -> None:
    with pytest.raises(PayloadError, match=r"at \$\.id\."):
        CustomerAccount.from_dict({"name": "x"})
    with pytest.raises(TypeError, match="object"):
        CustomerAccount.from_dict({"id": "1", "name": object()})
    for members in ({"balance": Decimal("NaN")}, {"balance": Decimal("-Infinity")}, {"name": "\ud800"}):
        with pytest.raises(PayloadError):
            CustomerAccount.from_dict({"id": "1", **members})
    naive = CustomerAccount.from_dict({"id": "1", "balance_date": datetime(2020, 1, 1)})  # noqa: DTZ001 -- refused
    assert naive.invalid_values == {"$.balanceDate": "2020-01-01T00:00:00"}


def test_the_json_text_stays_within_reach() -> None:
    account = CustomerAccount.from_json(b'{"id":"1","detail":{ "x":1.50 },"position":[ ]}')
    assert (account.detail_json, account.position_json) == (b'{ "x":1.50 }', b"[ ]")
    none = CustomerAccount.from_json(b'{"id":"1","detail":null}')
    assert (none.detail_json, none.position_json) == (b"", b"")


def test_a_customer_of_a_page_is_found_by_its_place() -> None:
    page = Customers.from_json(b'{"found":2,"customers":[{"id":1},{"id":2}]}')
    assert (page[0].id, page[-1].id, page[1:]) == ("1", "2", (Customer(id="2"),))
    assert page.to_dict()["customers"][0]["id"] == "1"
