"""Details and positions are decoded on first use, and nothing but the time and the memory shows it."""

import copy
import gc
import inspect
import json
import pickle
import sys
import threading
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import msgspec
import pytest

from finicity_async.models import CustomerAccount, CustomerAccountDetail, CustomerAccountPosition, CustomerAccounts
from finicity_async.models import _unread as unread
from finicity_async.models._decoding import Record, Unfit, mended
from finicity_async.models._unread import LateRecord, Unread, decoded_on_first_use
from finicity_async.sandbox.data import ACCOUNT_TYPES, make_account

FITTING = (
    b'{"id":"1","balance":0.10,"balanceDate":1607450357,"detail":{"openDate":1607450357,"owner":"Ann",'
    b'"feesBalance":0,"interestRate":"4.5"},"position":[{"id":1,"units":1.50,"totalGLDollar":-1.5},{"symbol":"DAL"}]}'
)
ODD = (
    b'{"id":"1","detail":{"openDate":"soon","feesBalance":5},'
    b'"position":[{"id":1,"units":"x"},{"id":"y"}],"displayPosition":2}'
)


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Record], bytes], Any]:
    """Return a reader that reads everything at once, member by member."""

    def no_pass(cls: type[Record], body: bytes) -> Any:
        raise Unfit

    def read(cls: type[Record], body: bytes) -> Any:
        with monkeypatch.context() as patch:
            for kind in (Record, LateRecord, CustomerAccounts):
                patch.setattr(kind, "_in_one_pass", classmethod(no_pass))
            return cls.from_json(body)

    return read


def slot(account: CustomerAccount, name: str) -> Any:
    """Return what lies in a slot, which no attribute shows."""
    return msgspec.structs.asdict(account)[name]


def is_unread(account: CustomerAccount) -> tuple[bool, bool]:
    """Return whether the detail and the position are unread."""
    position = slot(account, "position")
    return issubclass(type(slot(account, "detail")), Unread), issubclass(type(position[0]), Unread)


def account_of(body: bytes) -> CustomerAccount:
    """Decode an account of which nothing late has been read."""
    account = CustomerAccount.from_json(body)
    assert is_unread(account) == (True, True)
    return account


def read_account_of(body: bytes) -> CustomerAccount:
    """Decode an account of which everything has been read."""
    account = account_of(body)
    assert account.detail is not None
    assert account.position
    assert is_unread(account) == (False, False)
    return account


# Reading


def test_each_member_is_read_when_it_is_asked_for_and_stays() -> None:
    account = account_of(FITTING)
    detail = account.detail
    assert is_unread(account) == (False, True)
    assert type(detail) is CustomerAccountDetail
    assert account.detail is detail
    position = account.position
    assert {type(row) for row in position} == {CustomerAccountPosition}
    assert account.position is position
    assert position[0].total_gl_dollar == Decimal("-1.5")


def test_an_account_is_of_its_public_type_before_and_after() -> None:
    account = account_of(FITTING)
    assert type(account) is CustomerAccount
    match account:
        case CustomerAccount(id="1", detail=CustomerAccountDetail(owner="Ann")):
            assert is_unread(account) == (False, True)
        case _:  # pragma: no cover -- that is what is tested
            pytest.fail("no match")


def test_the_type_shows_its_fields_as_they_are_declared() -> None:
    fields = {field.name: field for field in msgspec.structs.fields(CustomerAccount)}
    assert fields["detail"].type == CustomerAccountDetail | None
    assert fields["position"].type == tuple[CustomerAccountPosition, ...]
    assert fields["position"].default == ()
    assert type(CustomerAccount.detail).__name__ == "member_descriptor"


@pytest.mark.parametrize("space", ["", " ", "\n\t"])
@pytest.mark.parametrize("given", ["{}", '{"detail":null,"position":null}', '{"position":[]}'])
def test_null_and_nothing_stay_in_the_fast_pass(space: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finicity_async.models._decoding._read_record", None)
    members = {"id": "1", **json.loads(given)}
    body = json.dumps(members, separators=(f"{space},", f":{space}")).encode()
    account = CustomerAccount.from_json(body)
    assert account == CustomerAccount(id="1")
    assert msgspec.structs.astuple(account) == msgspec.structs.astuple(CustomerAccount(id="1"))


def test_a_bad_member_in_a_detail_costs_the_reply_no_slow_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"accounts":[%b,%b]}' % (ODD, FITTING)
    with monkeypatch.context() as patch:
        patch.setattr("finicity_async.models._decoding._read_record", None)
        odd, fitting = CustomerAccounts.from_json(body)
    assert is_unread(odd) == is_unread(fitting) == (True, True)
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
def test_what_is_no_json_within_a_detail_is_noticed_at_once(
    token: str, slowly: Callable[[type[Record], bytes], Any]
) -> None:
    """The text of a member is skipped, and skipping reads every token."""
    body = f'{{"id":"1","detail":{{"owner":{token}}}}}'.encode()
    try:
        expected = slowly(CustomerAccount, body)
    except Unfit:
        with pytest.raises(Unfit):
            CustomerAccount.from_json(body)
    else:
        account = CustomerAccount.from_json(body)
        assert (account, account.invalid_values) == (expected, expected.invalid_values)


OPTION = '{"id":1,"description":"\\"optionExpireDate\\":\\"2027-01-15\\"","optionExpireDate":"%s","units":2}'


@pytest.mark.parametrize("day", ["2027-01-15", "1970-01-02", "9999-12-31"])
def test_rows_with_a_day_for_a_date_are_read_at_once(
    day: str, slowly: Callable[[type[Record], bytes], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b'{"id":"1","position":[%b,{"optionExpireDate" :\n"2027-01-16"},{}]}' % (OPTION % day).encode()
    expected = slowly(CustomerAccount, body)
    account = CustomerAccount.from_json(body)
    monkeypatch.setattr(unread, "_read", None)
    assert account.position == expected.position
    assert account.invalid_values == {}


@pytest.mark.parametrize("day", ["1970-01-01", "2027-02-30", "0000-01-01", "2027-1-15", "2027-01-15T00:00:00", "x", ""])
def test_rows_with_a_day_that_is_none_are_read_one_by_one(
    day: str, slowly: Callable[[type[Record], bytes], Any]
) -> None:
    body = b'{"id":"1","position":[%b,{"optionExpireDate":"2027-01-16"}]}' % (OPTION % day).encode()
    account, expected = CustomerAccount.from_json(body), slowly(CustomerAccount, body)
    assert account.position == expected.position
    assert account.invalid_values == expected.invalid_values


class Note(Record, frozen=True, kw_only=True, rename="camel"):
    """A record without dates and amounts."""

    text: str | None = None


@decoded_on_first_use(notes=Note)
class Notes(LateRecord, frozen=True, kw_only=True, rename="camel"):
    """A record with rows that have no dates and amounts, as it has none itself."""

    notes: tuple[Note, ...] = ()


def test_rows_need_no_dates_and_amounts() -> None:
    assert Notes.from_json(b'{"notes":[{"text":"x"},{}]}').notes == (Note(text="x"), Note())
    odd = Notes.from_json(b'{"notes":[{"text":["x"],"":"2027-01-15"},{"text":1}]}')
    assert odd.notes == (Note(), Note(text="1"))
    assert odd.invalid_values == {"$.notes[0].text": ["x"]}


def test_reading_at_the_end_of_the_stack_raises_nothing() -> None:
    depth = 400
    deep = b'{"owner":"caf\xe9","x":%b1%b}' % (b"[" * depth, b"]" * depth)
    account = CustomerAccount.from_json(b'{"id":"1","detail":%b}' % deep)

    def at_depth(left: int) -> CustomerAccountDetail | None:
        return at_depth(left - 1) if left else account.detail

    frames = len(inspect.stack(0))
    detail = at_depth(sys.getrecursionlimit() - frames - depth + 100)
    # From Python 3.12 on C code has a stack of its own, in which there is room.
    at_the_end = (CustomerAccountDetail(), ["$.detail"])
    assert (detail, list(account.invalid_values)) in (at_the_end, (CustomerAccountDetail(owner="caf\ufffd"), []))


# Misfits


def test_misfits_read_all_that_is_unread() -> None:
    accounts = CustomerAccounts.from_json(b'{"accounts":[%b,%b]}' % (FITTING, ODD))
    fitting, odd = accounts
    assert is_unread(odd) == (True, True)
    assert list(accounts.invalid_values) == [
        "$.accounts[1].detail.openDate",
        "$.accounts[1].position[0].units",
        "$.accounts[1].position[1].id",
    ]
    assert is_unread(odd) == is_unread(fitting) == (False, False)
    assert accounts.invalid_values is accounts.invalid_values


@pytest.mark.parametrize("names", [("detail", "position"), ("position", "detail"), ()])
def test_misfits_stand_in_the_order_of_the_members_however_they_were_read(names: tuple[str, ...]) -> None:
    account = account_of(ODD)
    for name in names:
        getattr(account, name)
    assert list(account.invalid_values) == ["$.detail.openDate", "$.position[0].units", "$.position[1].id"]
    assert account.invalid_values == {"$.detail.openDate": "soon", "$.position[0].units": "x", "$.position[1].id": "y"}


def test_another_record_does_not_take_over_the_invalid_values() -> None:
    for account in (account_of(ODD), read_account_of(ODD)):
        other = msgspec.structs.replace(account, name="x")
        assert other.invalid_values == {}
        assert other.detail is not None
        assert other.detail.invalid_values == {"$.openDate": "soon"}
        assert other.position == account.position


# As if it were all there


def pickled(protocol: int, value: Any) -> Any:
    """Pickle and unpickle."""
    return pickle.loads(pickle.dumps(value, protocol))  # noqa: S301 -- our own pickle


LOOKS: dict[str, Callable[[CustomerAccount], Any]] = {
    "hash": hash,
    "repr": repr,
    "rich repr": lambda account: list(account.__rich_repr__()),
    "repr of a tuple": lambda account: repr(msgspec.structs.astuple(account)),
    "hash of a tuple": lambda account: hash(msgspec.structs.astuple(account)),
    "text of a detail in a dict": lambda account: str(slot(account, "detail")),
    "copy": copy.copy,
    "copy of a tuple": lambda account: copy.deepcopy(msgspec.structs.astuple(account)),
    "copy of a detail in a dict": lambda account: copy.copy(slot(account, "detail")),
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": partial(pickled, protocol) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)},
    "pickle of a dict": lambda account: pickled(5, msgspec.structs.asdict(account)),
    "replace": lambda account: msgspec.structs.replace(account, name="other"),
    "replace the detail": lambda account: msgspec.structs.replace(account, detail=None),
    "constructor": lambda account: CustomerAccount(**msgspec.structs.asdict(account)),
    "astuple": msgspec.structs.astuple,
    "asdict": msgspec.structs.asdict,
    "an attribute in a dict": lambda account: slot(account, "detail").interest_rate,
    "invalid_values in a dict": lambda account: slot(account, "position")[0].invalid_values,
    "to_builtins": msgspec.to_builtins,
    "to_builtins sorted": lambda account: list(msgspec.to_builtins(account, order="sorted")["detail"].items()),
    "to_builtins with amounts": lambda account: msgspec.to_builtins(account, builtin_types=(Decimal, datetime)),
    "to_builtins of a dict": lambda account: msgspec.to_builtins(msgspec.structs.asdict(account)),
    "json": msgspec.json.encode,
    "json sorted": lambda account: msgspec.json.encode(account, order="sorted"),
    "json of a list": lambda account: msgspec.json.encode(CustomerAccounts(accounts=(account,))),
    "json with numbers": lambda account: msgspec.json.Encoder(decimal_format="number").encode(account),
    "msgpack": msgspec.msgpack.encode,
    "convert": lambda account: msgspec.convert(account, CustomerAccount),
    "convert from attributes": lambda account: msgspec.convert(account, Few, from_attributes=True),
}


class Few(msgspec.Struct):
    """A Struct of a user's own."""

    id: str
    detail: CustomerAccountDetail | None
    position: list[CustomerAccountPosition]


@pytest.mark.parametrize("body", [FITTING, ODD], ids=["fitting", "odd"])
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_an_account_looks_the_same_before_and_after_reading_and_when_all_was_read_at_once(
    look: Callable[[CustomerAccount], Any], body: bytes, slowly: Callable[[type[Record], bytes], Any]
) -> None:
    expected = look(slowly(CustomerAccount, body))
    for account in (account_of(body), read_account_of(body)):
        found = look(account)
        assert found == expected
        assert expected == found
        assert not found != expected  # noqa: SIM202 -- both operators are asked
        assert getattr(found, "invalid_values", None) == getattr(expected, "invalid_values", None)


def test_equality_holds_whatever_was_read() -> None:
    accounts = [account_of(FITTING), read_account_of(FITTING), account_of(FITTING)]
    assert all(one == other for one in accounts for other in accounts)
    assert account_of(FITTING) != account_of(ODD)
    assert account_of(FITTING) != 1
    assert len({*map(account_of, [FITTING, FITTING, ODD])}) == 2


def test_what_a_dict_hands_out_unread_passes_for_a_record() -> None:
    values = msgspec.structs.asdict(account_of(FITTING))
    detail: Any = values["detail"]
    other = slot(account_of(FITTING), "detail")
    assert detail == other
    assert detail != slot(account_of(ODD), "detail")
    assert detail.owner == "Ann"
    with pytest.raises(AttributeError):
        _ = detail.no_such_member
    assert isinstance(detail, CustomerAccountDetail)


def test_msgspec_may_still_set_a_member_by_force() -> None:
    account = account_of(FITTING)
    msgspec.structs.force_setattr(account, "detail", None)
    assert account.detail is None
    assert slot(account, "detail") is None
    with pytest.raises(AttributeError):
        account.detail = None  # type: ignore[misc]  # -- that is what is tested


def test_an_account_of_a_users_own_type_is_read_at_once() -> None:
    class Mine(CustomerAccount, frozen=True, kw_only=True, rename="camel"):
        nickname: str | None = None

    mine = Mine.from_json(FITTING[:-1] + b',"nickname":"x"}')
    assert mine.nickname == "x"
    assert mine.detail == account_of(FITTING).detail
    assert mine.invalid_values == {}
    for members, path in (
        (b'"detail":{"loanRate":"NaN"}', "$.detail.loanRate"),
        (b'"position":[{"units":"NaN"}]', "$.position[0].units"),
    ):
        assert Mine.from_json(b'{"id":"1",%b}' % members).invalid_values == {path: "NaN"}


# Memory and threads


def test_a_record_that_is_kept_does_not_keep_the_reply() -> None:
    tracemalloc.start()
    try:
        body = b'{"accounts":[%b,{"id":"2","x":"%b"}]}' % (FITTING, b"x" * 1_000_000)
        account = CustomerAccounts.from_json(body).accounts[0]
        del body
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 200_000
    finally:
        tracemalloc.stop()
    assert is_unread(account) == (True, True)
    assert account.invalid_values == {}


def test_threads_that_read_at_the_same_time_see_the_same() -> None:
    accounts = CustomerAccounts.from_json(b'{"accounts":[%b]}' % b",".join([FITTING, ODD] * 100))
    expected = CustomerAccounts.from_json(b'{"accounts":[%b]}' % b",".join([FITTING, ODD] * 100))
    encoded = msgspec.json.encode(expected)
    found: list[Any] = []

    def read() -> None:
        found.append([(account.detail, account.position, dict(account.invalid_values)) for account in accounts])

    def encode() -> None:
        found.append(msgspec.json.encode(accounts))

    threads = [threading.Thread(target=target) for target in (read, encode) * 4]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    wanted = [(account.detail, account.position, dict(account.invalid_values)) for account in expected]
    assert [one for one in found if isinstance(one, list)] == [wanted] * 4
    assert [one for one in found if isinstance(one, bytes)] == [encoded] * 4


# Random responses against the slow reader

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


def outcome(read: Callable[[type[Record], bytes], Any], body: bytes) -> tuple[Any, ...]:
    """Return all that a reader makes of a body, with the text of every amount and instant."""
    try:
        accounts = read(CustomerAccounts, body)
    except Unfit as error:
        return ("unfit", error.path)
    each = [(account, list(account.invalid_values.items()), account.detail, account.position) for account in accounts]
    return accounts, repr(accounts), list(accounts.invalid_values.items()), each


@pytest.mark.parametrize("hundred", range(4))
def test_a_random_reply_is_read_as_it_is_member_by_member(
    hundred: int, slowly: Callable[[type[Record], bytes], Any]
) -> None:
    for seed in range(hundred * 100, hundred * 100 + 100):
        body = body_of(seed)
        assert outcome(lambda cls, body: cls.from_json(body), body) == outcome(slowly, body), seed


def test_text_and_record_are_read_once_for_a_row_of_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    detail = slot(account_of(FITTING), "detail")
    assert detail.owner == "Ann"
    monkeypatch.setattr(unread, "_read", None)
    assert detail.open_date == datetime.fromtimestamp(1607450357, UTC)
    assert mended(detail) == bytes(detail)
