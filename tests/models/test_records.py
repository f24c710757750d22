"""Records as values: equality, repr, copies, pickles and secrets."""

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from finicity_async.models import (
    AccessToken,
    CustomerAccount,
    CustomerAccountDetail,
    CustomerAccounts,
    PartnerCredentials,
    PartnerCredentialsWithNewSecret,
)

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
