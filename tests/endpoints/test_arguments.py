"""Every argument of every operation: one of a wrong type is refused before anything is sent."""

import inspect
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from random import Random
from typing import Annotated, Any, Literal, get_args

import msgspec
import pytest

from finicity_async import ConfigurationError, Credentials, Operation
from finicity_async.endpoints.account_validation_assistance import verify_micro_amount_deposits
from finicity_async.endpoints.connect_components import post_configurations
from finicity_async.endpoints.payment_success_indicator import (
    get_fcra_payment_success_indicator,
    get_payment_success_indicator,
)
from finicity_async.models._values import Instant, IsoInstant
from finicity_async.sandbox.drawn import draw
from tests.endpoints.test_round_trips import arguments_of
from tests.support.servers import RawServer, http, session_on
from tests.vendor.rows import Row, rows

CREDENTIALS = Credentials("test-app-key", partner_id="2445581234567", partner_secret="0lD-sEcReT-1")
OF_THE_FUNCTION = frozenset({"missing_ok"})
"""Parameters that are not sent."""
MADE_BEFORE = dict.fromkeys(("refresh_id", "callback_url", "configuration_id", "business_id", "webhook_event_id"), "a1")
each_row = pytest.mark.parametrize("row", rows(), ids=repr)
each_row_with_a_body = pytest.mark.parametrize("row", [row for row in rows() if row.operation.body_type], ids=repr)
ignoring_deprecation = pytest.mark.filterwarnings("ignore:.* is deprecated by the vendor:DeprecationWarning")


def function_of(row: Row) -> Any:
    return vars(row.module)[row.constant.lower()]


@ignoring_deprecation
@each_row
async def test_an_argument_of_no_declared_type_is_refused_before_anything_is_sent(row: Row) -> None:
    function = function_of(row)
    usual = arguments_of(row.operation, function)
    usual |= {name: MADE_BEFORE[name] for name in usual if name in MADE_BEFORE}
    names = [name for name in inspect.signature(function).parameters if name not in OF_THE_FUNCTION]
    async with RawServer(default=http(200)) as server, session_on(server, CREDENTIALS) as session:
        for name in names[1:]:
            with pytest.raises(ConfigurationError, match=row.operation.operation_id):
                await function(session, **{**usual, name: object()})
        assert (server.calls, server.logins) == ([], [])


# Bodies


def drawn(row: Row) -> Any:
    return msgspec.convert(
        draw(row.operation.body_type, Random(0), {}, 1_700_000_000), row.operation.body_type, strict=False
    )


def variants(value: Any, part: Any) -> Iterator[tuple[str, Any]]:
    """Yield the body once for each member in it, with another value for that member; and where that is."""
    for field in msgspec.structs.fields(value):
        if field.name.startswith("_") or Any in (field.type, *get_args(field.type)):
            continue
        yield field.encode_name, msgspec.structs.replace(value, **{field.name: part})
        inner = getattr(value, field.name)
        if isinstance(inner, msgspec.Struct):
            for path, replaced in variants(inner, part):
                yield f"{field.encode_name}.{path}", msgspec.structs.replace(value, **{field.name: replaced})
        elif isinstance(inner, tuple) and inner and isinstance(inner[0], msgspec.Struct):
            for path, replaced in variants(inner[0], part):
                rest = (replaced, *inner[1:])
                yield f"{field.encode_name}[0].{path}", msgspec.structs.replace(value, **{field.name: rest})


@ignoring_deprecation
@each_row_with_a_body
def test_every_member_of_a_body_with_a_wrong_type_is_named_and_refused(row: Row) -> None:
    values = dict.fromkeys(row.operation.placeholders, 1)
    count = 0
    for path, body in variants(drawn(row), 0.1 + 0.2):
        with pytest.raises(ConfigurationError) as caught:
            row.operation.request(body=body, **values)
        assert "body holds float instead of" in str(caught.value)
        assert f" in {path}. Nothing was sent." in str(caught.value)
        count += 1
    assert count > 0
    assert row.operation.request(body=drawn(row), **values).body


class Part(msgspec.Struct, frozen=True):
    """A part of a body, with types of all kinds."""

    amounts: tuple[Decimal, ...] = ()
    day: date | None = None
    iso: IsoInstant | None = None
    seconds: Instant | None = None
    pair: tuple[str, int] = ("a", 1)
    share: float = 1.0
    strange: Annotated[dict[str, int], ["has no hash"]] = msgspec.field(default_factory=dict)
    judged_by_nobody: Literal[1, 2] = 1
    again: "tuple[Part, ...]" = ()


NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
ROW = Operation("AddPart", "POST", "/parts", None, body_type=Part)
A: Any = Part


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (A(amounts=(Decimal("0.12"), 0.1 + 0.2)), r"float instead of Decimal in amounts\[1\]\."),
        (A(amounts=(True,)), r"bool instead of Decimal in amounts\[0\]\."),
        (A(amounts=("0.12",)), r"str instead of Decimal in amounts\[0\]\."),
        (A(amounts=None), r"NoneType instead of tuple in amounts\."),
        (A(amounts="12"), r"str instead of tuple in amounts\."),
        (A(day=NOON), r"datetime instead of date in day\."),
        (A(iso=1_700_000_000), r"int instead of datetime in iso\."),
        (A(seconds="2024-05-01"), r"str instead of datetime in seconds\."),
        (A(share=None), r"NoneType instead of float in share\."),
        (A(strange=[1]), r"list instead of dict in strange\."),
        (A(again=(Part(), Part(day=A(share=2.0)))), r"Part instead of date in again\[1\].day\."),
    ],
    ids=str,
)
def test_a_value_of_a_wrong_type_in_a_body_is_named_by_its_place_and_not_shown(part: Part, what: str) -> None:
    with pytest.raises(ConfigurationError, match=f"AddPart: body holds {what} Nothing was sent. Amounts are"):
        ROW.request(body=part)


@pytest.mark.parametrize(
    "part",
    [
        A(amounts=[1, Decimal("0.10")]),
        A(day="2024-05-01"),
        A(day=date(2024, 5, 1)),
        A(iso="2024-05-01T12:00:00Z", seconds=1_714_564_800),
        A(pair=["b", 2], share=1),
        A(share=Decimal("0.5")),
        A(judged_by_nobody=3),
    ],
    ids=str,
)
def test_a_value_that_goes_out_in_the_same_form_is_taken(part: Part) -> None:
    assert ROW.request(body=part).body


def test_a_body_within_itself_is_refused() -> None:
    parts: list[Part] = []
    parts.append(A(again=parts))
    with pytest.raises(ConfigurationError, match="body holds something that cannot be written as JSON"):
        ROW.request(body=parts[0])


# Arguments that become part of something


@pytest.mark.parametrize("amounts", [[0.1 + 0.2, 0.15], "0.12", 12, None], ids=str)
async def test_amounts_to_verify_are_decimals_in_a_list(amounts: Any) -> None:
    """The vendor counts the attempts."""
    async with RawServer(default=http(200)) as server, session_on(server, CREDENTIALS) as session:
        with pytest.raises(ConfigurationError, match="Nothing was sent"):
            await verify_micro_amount_deposits(session, 1, 2, amounts)
        assert (server.calls, server.logins) == ([], [])


async def test_a_text_is_not_taken_apart_into_a_list_of_letters() -> None:
    async with RawServer(default=http(200)) as server, session_on(server, CREDENTIALS) as session:
        with pytest.raises(ConfigurationError, match=r"filterAccounts is a text of 8 characters.*give a list"):
            await post_configurations(session, filter_accounts="checking")
        assert (server.calls, server.logins) == ([], [])


@pytest.mark.parametrize("amount", [10.05, "10.05", True, None, Decimal("NaN")], ids=str)
async def test_an_amount_to_debit_is_a_decimal(amount: Any) -> None:
    async with RawServer(default=http(200)) as server, session_on(server, CREDENTIALS) as session:
        for call in (get_payment_success_indicator, partial(get_fcra_payment_success_indicator, purpose_code="1P")):
            with pytest.raises(ConfigurationError, match="settlementAmount is"):
                await call(session, 1, 2, amount, date(2026, 12, 1))
        assert (server.calls, server.logins) == ([], [])


@pytest.mark.parametrize("day", [NOON, "2026-12-01", 1_700_000_000, None], ids=str)
async def test_the_day_of_a_debit_is_a_date_without_a_time(day: Any) -> None:
    async with RawServer(default=http(200)) as server, session_on(server, CREDENTIALS) as session:
        with pytest.raises(ConfigurationError, match=r"settleByDate is .*; give a date without a time"):
            await get_payment_success_indicator(session, 1, 2, Decimal("10.05"), day)
        assert (server.calls, server.logins) == ([], [])
