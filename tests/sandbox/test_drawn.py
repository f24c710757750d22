"""Answers drawn from a reply type: every kind of member in the wire's form, the same for the same seed."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Any, Literal

import msgspec

from finicity_async.models import CustomerAccounts
from finicity_async.models.analytics_metrics import TransactionalPeriod
from finicity_async.models.common import ErrorWrapper
from finicity_async.models.customers import Customers
from finicity_async.models.identity import DeviceScores
from finicity_async.models.transfer import DepositSwitchDetails
from finicity_async.sandbox.drawn import draw
from finicity_async.sandbox.responses import json_response

NOW = 1_700_000_000


class Colour(Enum):
    RED = "red"


class Inner(msgspec.Struct, rename="camel"):
    display_name: str
    owner: "Inner | None"
    parent: "Inner | None" = None
    children: tuple["Inner", ...] = ()


class Tagged(msgspec.Struct, rename="camel", tag="card", tag_field="kind"):
    last_four: str


class Required(msgspec.Struct):
    detail: msgspec.Raw


class Everything(msgspec.Struct, rename="camel", kw_only=True):
    customer_id: str
    institution_login_id: int
    account_id: str
    nick_name: str | None = None
    count: int
    amount: Decimal
    rate: float
    open: bool
    created_date: datetime
    birthday: date
    choice: Literal["a", "b"]
    colour: Colour
    inner: Inner
    either: Inner | bytes | None = None
    tagged: Tagged
    rows: tuple[Inner, ...]
    texts: list[str]
    pair: tuple[str, int]
    anything: Any
    names: dict[str, Any]
    nothing: None = None
    blob: bytes | None = None
    detail: msgspec.Raw | None = None
    position: msgspec.Raw = msgspec.Raw()
    odd: str = msgspec.field(name="ODD_name")


def drawn(reply_type: Any = Everything, seed: int = 0, **values: str) -> Any:
    return draw(reply_type, Random(seed), values, NOW)


def decoded(value: Any, reply_type: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value), type=reply_type, strict=False)


def test_every_kind_of_member_has_a_value_that_its_type_accepts() -> None:
    record = decoded(drawn(), Everything)
    assert record.open in (True, False)
    assert record.choice in ("a", "b")
    assert record.colour is Colour.RED
    assert record.amount == Decimal(str(drawn()["amount"]))
    assert isinstance(record.either, Inner)
    assert record.nick_name.startswith("nickName ")
    assert len(record.rows) == len(record.texts) == 2
    assert record.names == {}
    assert record.tagged.last_four


def test_members_have_the_names_of_the_wire_and_none_is_missing() -> None:
    left_out = {"position", "detail", "blob"}
    assert drawn().keys() == {field.encode_name for field in msgspec.structs.fields(Everything)} - left_out
    assert drawn()["tagged"].keys() == {"kind", "lastFour"}


def test_what_cannot_be_drawn_is_left_out_and_null_where_it_is_required() -> None:
    assert not {"position", "detail", "blob"} & drawn().keys()
    assert drawn(Required) == {"detail": None}
    assert drawn(msgspec.Raw) is None


def test_a_record_within_a_record_of_its_own_type_ends() -> None:
    inner = drawn()["inner"]
    assert inner.keys() == {"displayName", "owner", "children"}
    assert (inner["owner"], inner["children"]) == (None, [])


def test_ids_of_the_path_go_to_the_members_of_the_same_name() -> None:
    record = drawn(customerId="42", institutionLoginId="007")
    assert (record["customerId"], record["institutionLoginId"]) == ("42", 7)


def test_an_id_that_does_not_fit_a_number_is_drawn() -> None:
    assert isinstance(drawn(institutionLoginId="a-b")["institutionLoginId"], int)


def test_an_id_that_the_path_does_not_name_is_digits() -> None:
    assert drawn()["accountId"].isdecimal()


def test_dates_lie_in_the_year_before() -> None:
    record = decoded(drawn(), Everything)
    day = datetime.fromtimestamp(NOW, UTC)
    assert 0 < (day - record.created_date).days < 366
    assert 0 < (day.date() - record.birthday).days < 366


def test_a_date_that_the_vendor_declares_as_text_is_text() -> None:
    assert isinstance(drawn()["createdDate"], int)
    switch = drawn(DepositSwitchDetails)
    assert datetime.fromisoformat(switch["createdDate"]).tzinfo == UTC
    assert DepositSwitchDetails.from_dict(switch).created_date == datetime.fromisoformat(switch["createdDate"])
    assert date.fromisoformat(drawn(TransactionalPeriod)["startDate"]) < datetime.fromtimestamp(NOW, UTC).date()


def test_the_bounds_of_our_structs_are_not_those_of_a_struct_of_the_same_name() -> None:
    ours, own = DeviceScores, msgspec.defstruct("DeviceScores", [("deviceRiskFactor", int)])
    assert 1 <= drawn(ours)["deviceRiskFactor"] <= 5 < drawn(own)["deviceRiskFactor"]


def test_the_same_seed_draws_the_same_and_another_one_differs() -> None:
    assert drawn(seed=1) == drawn(seed=1) != drawn(seed=2)


def test_a_page_is_the_last_one_and_counts_its_rows() -> None:
    page = drawn(Customers)
    assert (page["found"], page["displaying"], page["moreAvailable"]) == (2, 2, False)
    assert len(page["customers"]) == 2


def test_the_records_of_the_package_are_read_whole() -> None:
    for model in (CustomerAccounts, Customers, ErrorWrapper):
        record = model.from_json(json_response(drawn(model)).body)
        assert not record.invalid_values
