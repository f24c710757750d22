"""Details and positions are kept as JSON text, and decoded in one pass where it fits, with care where it does not."""

import gc
import inspect
import json
import sys
import threading
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Annotated, Any, TypeVar

import msgspec
import pytest

from finicity_async import PayloadError
from finicity_async.models import (
    CustomerAccount,
    CustomerAccountDetail,
    CustomerAccountPosition,
    CustomerAccounts,
    Record,
    _decoding,
)
from finicity_async.models._decoding import JsonText, read_many, wire_names
from finicity_async.models._values import Instant, ShapeError, repaired
from finicity_async.sandbox.data import ACCOUNT_TYPES, make_account
from tests.models.examples import FULL, ODD

T = TypeVar("T")
Carefully = Callable[[Callable[[], T]], T]


@pytest.fixture
def carefully(monkeypatch: pytest.MonkeyPatch) -> Carefully[Any]:
    """Return what calls a function while everything is read member by member."""

    def no_pass(cls: type[Record], text: bytes) -> Any:
        raise ShapeError

    def call(function: Callable[[], Any]) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(_decoding, "decode_in_one_pass", no_pass)
            patch.setattr(_decoding, "rows_in_one_pass", no_pass)
            return function()

    return call


@pytest.fixture
def not_carefully(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make the slow pass fail the test."""
    monkeypatch.setattr(_decoding, "_read_record", None)
    monkeypatch.setattr(_decoding, "_read_rows", None)
    return monkeypatch


def whole(account: CustomerAccount) -> tuple[Any, ...]:
    """Return all that can be read of an account, with the text of every amount and instant."""
    return account.to_dict(), repr(account), list(account.invalid_values.items())


# Reading


def test_a_detail_and_a_position_are_decoded_at_each_reading() -> None:
    account = CustomerAccount.from_json(FULL)
    detail, position = account.detail, account.position
    assert type(detail) is CustomerAccountDetail
    assert detail == account.detail
    assert detail is not account.detail
    assert {type(row) for row in position} == {CustomerAccountPosition}
    assert position == account.position
    assert position[0].total_gl_dollar == Decimal("-1.5")


def test_the_members_of_a_detail_match_a_pattern() -> None:
    match CustomerAccount.from_json(FULL):
        case CustomerAccount(id="1", detail=CustomerAccountDetail(owner="Ann"), position=(_, second)):
            assert second.symbol == "DAL"
        case _:  # pragma: no cover -- that is what is tested
            pytest.fail("no match")


@pytest.mark.parametrize("space", ["", " ", "\n\t"])
@pytest.mark.parametrize("given", ["{}", '{"detail":null,"position":null}'])
@pytest.mark.usefixtures("not_carefully")
def test_null_and_nothing_stay_in_the_fast_pass(space: str, given: str) -> None:
    members = {"id": "1", **json.loads(given)}
    body = json.dumps(members, separators=(f"{space},", f":{space}")).encode()
    for account in (CustomerAccount.from_json(body), *CustomerAccounts.from_json(b'{"accounts":[%b]}' % body)):
        assert account == CustomerAccount(id="1")
        assert msgspec.json.encode(account) == b'{"id":"1"}'


def test_a_bad_member_in_a_detail_costs_the_response_no_slow_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"accounts":[%b,%b]}' % (ODD.replace(b'["odd"]', b'"odd"'), FULL)
    with monkeypatch.context() as patch:
        patch.setattr(_decoding, "_read_record", None)
        odd, _ = CustomerAccounts.from_json(body)
    assert odd.detail == CustomerAccountDetail(fees_balance=Decimal(5))


@pytest.mark.parametrize(
    ("members", "detail", "invalid_values"),
    [
        (b'"detail":{"owner":"caf\xe9"}', CustomerAccountDetail(owner="caf\ufffd"), {}),
        (b'"detail":{"loanRate":"NaN"}', CustomerAccountDetail(), {"$.detail.loanRate": "NaN"}),
        (b'"detail":{"loanRate":0e400}', CustomerAccountDetail(), {"$.detail.loanRate": Decimal("0e400")}),
        (b'"detail":{"loanRate":"1_0"}', CustomerAccountDetail(), {"$.detail.loanRate": "1_0"}),
        (b'"detail":{"openDate":0,"owner":"x"}', CustomerAccountDetail(owner="x"), {}),
        (
            b'"detail":{"openDate":"2020-12-08T10:59:17-07:00"}',
            CustomerAccountDetail(open_date=datetime(2020, 12, 8, 17, 59, 17, tzinfo=UTC)),
            {},
        ),
        (b'"detail":[1]', None, {"$.detail": [1]}),
        (b'"detail":"none"', None, {"$.detail": "none"}),
    ],
)
def test_a_detail_is_read_as_tolerantly_later(
    members: bytes, detail: CustomerAccountDetail | None, invalid_values: dict[str, object]
) -> None:
    account = CustomerAccount.from_json(b'{"id":"1",%b}' % members)
    assert account.detail == detail
    assert account.invalid_values == invalid_values
    if account.detail and account.detail.open_date:
        assert account.detail.open_date.utcoffset() == timedelta(0)
        assert account.detail.open_date.tzinfo is UTC


@pytest.mark.parametrize("token", ["nul", "tru", "01", "1.", "-", "{1:2}", "[1,]", '"\\x"', '"\\ud800"', "+1", "'x'"])
def test_what_is_no_json_within_a_detail_is_noticed_at_once(token: str, carefully: Carefully[Any]) -> None:
    """The text of a member is skipped, and skipping reads every token."""
    body = f'{{"id":"1","detail":{{"owner":{token}}}}}'.encode()
    try:
        expected = carefully(lambda: whole(CustomerAccount.from_json(body)))
    except PayloadError:
        with pytest.raises(PayloadError):
            CustomerAccount.from_json(body)
    else:
        assert whole(CustomerAccount.from_json(body)) == expected


OPTION = '{"id":1,"description":"optionExpireDate:2027-01-15","optionExpireDate":"%s","units":2}'


@pytest.mark.parametrize("day", ["2027-01-15", "1970-01-02", "9999-12-31"])
def test_rows_with_a_day_for_a_date_are_read_at_once(
    day: str, carefully: Carefully[Any], request: pytest.FixtureRequest
) -> None:
    body = b'{"id":"1","position":[%b,{"optionExpireDate" :\n"2027-01-16"},{}]}' % (OPTION % day).encode()
    account = CustomerAccount.from_json(body)
    expected = carefully(lambda: account.position)
    request.getfixturevalue("not_carefully")
    assert account.position == expected
    assert account.invalid_values == {}


@pytest.mark.parametrize("day", ["1970-01-01", "2027-02-30", "0000-01-01", "2027-1-15", "2027-01-15T00:00:00", "x", ""])
def test_rows_with_a_day_that_is_none_are_read_one_by_one(day: str, carefully: Carefully[Any]) -> None:
    option = (OPTION % day).replace("optionExpireDate:", '\\"optionExpireDate\\":\\"2027-01-15\\"')
    body = b'{"id":"1","position":[%b,{"optionExpireDate":"2027-01-16"}]}' % option.encode()
    account = CustomerAccount.from_json(body)
    assert whole(account) == carefully(lambda: whole(account))


class Note(Record, frozen=True, kw_only=True, rename="camel"):
    """A record without dates and amounts."""

    text: str | None = None


class Stamp(Record, frozen=True, kw_only=True, rename="camel"):
    """A record with one of each that needs care."""

    at: Instant | None = None
    fee: Decimal | None = None


class Stamped(Record, frozen=True, kw_only=True, rename="camel"):
    """A record that holds another one."""

    stamp: Stamp


class Open(Stamp, frozen=True, kw_only=True, tag="open"):
    """One kind of two."""


class Closed(Stamp, frozen=True, kw_only=True, tag="closed"):
    """The other kind."""


class Notes(Record, frozen=True, kw_only=True, rename="camel"):
    """A record with records in every shape: one, several, several as text, of two kinds; and with plain values."""

    _notes: Annotated[JsonText, tuple[Note, ...]] = msgspec.field(default=msgspec.UNSET, name="notes")
    stamp: Stamp | None = None
    stamped: tuple[Stamped, ...] = ()
    either: tuple[Open | Closed, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[Note, ...]:
        return read_many(Note, self._notes)


def test_rows_need_no_dates_and_amounts() -> None:
    assert Notes.from_json(b'{"notes":[{"text":"x"},{}]}').notes == (Note(text="x"), Note())
    odd = Notes.from_json(b'{"notes":[{"text":["x"],"":"2027-01-15"},{"text":1}]}')
    assert odd.notes == (Note(), Note(text="1"))
    assert odd.invalid_values == {"$.notes[0].text": ["x"]}


def test_records_within_records_are_read_with_the_same_care() -> None:
    zero, far = b'{"at":0,"fee":1}', b'{"at":"2020-12-08T10:59:17-07:00"}'
    notes = Notes.from_json(
        b'{"stamp":%b,"stamped":[{"stamp":%b},{"stamp":%b}],"either":[{"type":"open","at":0},{"type":"closed","at":1}],'
        b'"tags":["x"]}' % (far, zero, far)
    )
    when = datetime(2020, 12, 8, 17, 59, 17, tzinfo=UTC)
    assert notes.stamp == Stamp(at=when)
    assert notes.stamped == (Stamped(stamp=Stamp(fee=Decimal(1))), Stamped(stamp=Stamp(at=when)))
    assert notes.either == (Open(), Closed(at=datetime.fromtimestamp(1, UTC)))
    assert notes.tags == ("x",)
    assert notes.invalid_values == {}
    assert Notes.from_dict(notes.to_dict() | {"either": []}).stamped == notes.stamped


@pytest.mark.parametrize("fee", ['"NaN"', "1e400"])
def test_what_does_not_fit_in_records_within_records_has_its_path(fee: str) -> None:
    odd = f'{{"at":"soon","fee":{fee}}}'
    notes = Notes.from_json(f'{{"stamp":{odd},"stamped":[{{}},{{"stamp":{{}}}},{{"stamp":{odd}}}]}}'.encode())
    assert notes.stamped == (Stamped(stamp=Stamp()), Stamped(stamp=Stamp()))
    value: Any = json.loads(fee, parse_float=Decimal)
    assert notes.invalid_values == {
        "$.stamp.at": "soon",
        "$.stamp.fee": value,
        "$.stamped[0]": {},
        "$.stamped[2].stamp.at": "soon",
        "$.stamped[2].stamp.fee": value,
    }


@pytest.mark.parametrize("body", ['{"stamp":{"fee":"NaN"}}', '{"stamped":[{"stamp":{"fee":"NaN"}}]}'])
def test_an_amount_that_is_not_plausible_is_found_in_records_within_records(body: str) -> None:
    notes = Notes.from_json(body.encode())
    assert [stamp.fee for stamp in (notes.stamp, *(one.stamp for one in notes.stamped)) if stamp] == [None]
    assert list(notes.invalid_values.values()) == ["NaN"]


def test_reading_at_the_end_of_the_stack_raises_nothing() -> None:
    depth = 400
    deep = b'{"owner":"caf\\ud83d","x":%b1%b}' % (b"[" * depth, b"]" * depth)
    account = CustomerAccount.from_json(b'{"id":"1","detail":%b}' % deep)

    def at_depth(left: int) -> CustomerAccountDetail | None:
        return at_depth(left - 1) if left else account.detail

    frames = len(inspect.stack(0))
    detail = at_depth(sys.getrecursionlimit() - frames - depth + 100)
    # From Python 3.12 on C code has a stack of its own, in which it can go deeper.
    assert detail in (None, CustomerAccountDetail(owner="caf\ufffd"))


# Invalid values


def test_invalid_values_are_found_at_any_depth_and_in_what_was_not_read() -> None:
    accounts = CustomerAccounts.from_json(b'{"accounts":[%b,%b]}' % (FULL, ODD))
    assert accounts.invalid_values == {
        "$.accounts[1].name": ["odd"],
        "$.accounts[1].detail.openDate": "soon",
        "$.accounts[1].position[0].units": "x",
        "$.accounts[1].position[1]": 5,
        "$.accounts[1].position[2].id": "y",
    }
    assert accounts[0].invalid_values == {}


@pytest.mark.parametrize(("text", "value"), [("[1]", [1]), ('"none"', "none"), ("7", 7), ('"\\ud83d"', "\ufffd")])
@pytest.mark.parametrize("name", ["detail", "position"])
def test_a_text_that_is_no_record_is_an_invalid_value(name: str, text: str, value: object) -> None:
    account = CustomerAccount.from_json(f'{{"id":"1","{name}":{text}}}'.encode())
    assert (account.detail, account.position) == (None, ())
    path = f"$.{name}[0]" if name == "position" and isinstance(value, list) else f"$.{name}"
    assert account.invalid_values == {path: 1 if path.endswith("]") else value}
    assert account.to_dict()["invalid_values"] == account.invalid_values


def test_another_record_takes_over_what_was_set_aside() -> None:
    other = msgspec.structs.replace(CustomerAccount.from_json(ODD), type="x")
    assert other.invalid_values == CustomerAccount.from_json(ODD).invalid_values != {}


# Memory and threads


def test_a_record_that_is_kept_does_not_keep_the_response() -> None:
    tracemalloc.start()
    try:
        body = b'{"accounts":[%b,%b,{"id":"2","x":"%b"}]}' % (FULL, ODD, b"x" * 1_000_000)
        for text in (body, body.replace(b'["odd"]', b'"odd"')):
            fitting_account, odd, _ = CustomerAccounts.from_json(text)
            del text
        del body
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 200_000
    finally:
        tracemalloc.stop()
    assert fitting_account.invalid_values == {}
    assert odd.invalid_values != {}


def test_threads_that_read_at_the_same_time_see_the_same() -> None:
    accounts = CustomerAccounts.from_json(b'{"accounts":[%b]}' % b",".join([FULL, ODD] * 100))
    wanted = [whole(account) for account in accounts], msgspec.json.encode(accounts)
    found: list[Any] = []

    def read() -> None:
        found.append(([whole(account) for account in accounts], msgspec.json.encode(accounts)))

    threads = [threading.Thread(target=read) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert found == [wanted] * 4


# Random responses against the slow pass

VALUES: tuple[Any, ...] = (
    None, 0, -0.0, 1, 1.5, 1607450357, -1, 10**18, 10**200, True, "", "x", "0", "1_0", "1.50", "NaN", "-inf",
    "2020-12-08T10:59:17-07:00", "1970-01-01T00:00:00Z", "2022-02-16", "T", "n", "\u0661", "caf\u00e9", [], {},
    ["x"], {"a": None}, [None], [[]], [{}], 1e-300, 1e300,
)  # fmt: skip


def mutated(rng: Random, value: Any) -> Any:
    """Replace some random members at random depths."""
    if rng.random() < 0.01:
        return rng.choice(VALUES)
    if isinstance(value, dict):
        return {name: mutated(rng, inner) for name, inner in value.items()}
    return [mutated(rng, inner) for inner in value] if isinstance(value, list) else value


def body_of(seed: int) -> bytes:
    """Make a response of three accounts with some odd members, in one of the ways to write JSON, and some bad bytes."""
    rng = Random(seed)
    ids: dict[str, Any] = {"customer_id": "1", "institution_id": "2", "institution_login_id": 3, "now": 1_700_000_000}
    accounts = [make_account(rng, rng.choice(ACCOUNT_TYPES), account_id=f"{n}", **ids) for n in range(3)]
    separators = rng.choice([(",", ":"), (", ", ": "), (" ,\n", "\t:  ")])
    text = json.dumps({"accounts": mutated(rng, accounts)}, separators=separators, ensure_ascii=rng.random() < 0.5)
    body = text.encode()
    if rng.random() < 0.2:
        place = rng.choice([place for place, byte in enumerate(body) if chr(byte).isalpha()])
        body = body[:place] + b"\xe9" + body[place + 1 :]
    return body


def outcome(body: bytes) -> tuple[Any, ...]:
    """Return all that is made of a body."""
    try:
        accounts = CustomerAccounts.from_json(body)
    except PayloadError as error:
        return ("error", str(error))
    each = [whole(account) for account in accounts]
    return accounts, list(accounts.invalid_values.items()), each, msgspec.json.encode(accounts)


@pytest.mark.parametrize("hundred", range(4))
def test_a_random_response_is_read_as_it_is_member_by_member(hundred: int, carefully: Carefully[Any]) -> None:
    for seed in range(hundred * 100, hundred * 100 + 100):
        body = body_of(seed)
        assert outcome(body) == carefully(partial(outcome, body)), seed


def test_a_repair_leaves_sound_text_alone() -> None:
    assert repaired(FULL) == FULL
    assert wire_names(Note) == ("text",)
