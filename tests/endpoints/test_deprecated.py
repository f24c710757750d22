"""Operations that the vendor has deprecated say so, in their docstrings and when they are called."""

import asyncio
import contextlib
import inspect
import warnings
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import pytest

from finicity_async import AsyncSession, Sandbox, StatusError, map_customers
from finicity_async.endpoints.webhook_subscription import (
    GET_WEBHOOK_SUBSCRIPTION_BY_ID,
    get_webhook_subscription_by_id,
    iter_webhook_subscriptions,
)
from tests.vendor.document import body_of
from tests.vendor.examples import example
from tests.vendor.rows import Row, rows

DEPRECATED = [row for row in rows() if row.facts.get("deprecated")]


def function_of(row: Row) -> Any:
    return vars(row.module)[row.constant.lower()]


def arguments_of(row: Row) -> dict[str, Any]:
    """Return values for the parameters that a function requires."""
    required = [
        one.name for one in inspect.signature(function_of(row)).parameters.values() if one.default is one.empty
    ][1:]
    schema, kind = body_of(row.facts), row.operation.body_type
    given: dict[str, Any] = {"body": msgspec.convert(example(schema), kind)} if schema and kind else {}
    return {name: given.get(name, "1005061234") for name in required}


def test_a_row_is_deprecated_exactly_where_the_document_says_so() -> None:
    assert [row.constant for row in rows() if row.operation.deprecated] == [row.constant for row in DEPRECATED]
    assert len(DEPRECATED) == 14


@pytest.mark.parametrize("row", DEPRECATED, ids=repr)
def test_the_first_sentence_of_a_deprecated_function_says_so(row: Row) -> None:
    said, _, _ = inspect.cleandoc(function_of(row).__doc__).partition("\n")
    assert said.endswith("; deprecated by the vendor.")


@pytest.mark.parametrize("row", DEPRECATED, ids=repr)
async def test_each_call_of_a_deprecated_operation_warns_once_where_it_is_made(session: AsyncSession, row: Row) -> None:
    for _ in range(2):
        with pytest.warns(DeprecationWarning, match="by the vendor") as caught, contextlib.suppress(StatusError):
            await function_of(row)(session, **arguments_of(row))
        (warning,) = caught
        assert str(warning.message) == f"{row.operation.operation_id} is deprecated by the vendor"
        assert warning.filename == __file__


async def test_other_operations_do_not_warn(session: AsyncSession, recwarn: pytest.WarningsRecorder) -> None:
    row = next(row for row in rows() if row.constant == "GET_AVAILABLE_BALANCE_LIVE")
    with contextlib.suppress(StatusError):
        await function_of(row)(session, **arguments_of(row))
    assert not recwarn.list


async def awaited(session: AsyncSession) -> None:
    await get_webhook_subscription_by_id(session, "1")


async def sent_by_hand(session: AsyncSession) -> None:
    await session.send(GET_WEBHOOK_SUBSCRIPTION_BY_ID.request(subscription_id="1"))


async def mapped_by_a_function(session: AsyncSession) -> None:
    async def get(session: AsyncSession, subscription_id: str) -> object:
        return await get_webhook_subscription_by_id(session, subscription_id)

    assert [outcome.customer_id async for outcome in map_customers(session, get, ["1"])] == ["1"]


async def iterated(session: AsyncSession) -> None:
    assert [one async for one in iter_webhook_subscriptions(session)] == []


async def mapped(session: AsyncSession) -> None:
    outcomes = map_customers(session, get_webhook_subscription_by_id, ["1"])
    assert [outcome.customer_id async for outcome in outcomes] == ["1"]


async def gathered(session: AsyncSession) -> None:
    await asyncio.gather(get_webhook_subscription_by_id(session, "1"))


Program = Callable[[AsyncSession], Coroutine[Any, Any, None]]


def run(program: Program) -> None:
    async def whole() -> None:
        async with Sandbox() as sandbox, AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
            with contextlib.suppress(StatusError):
                await program(session)

    asyncio.run(whole())


def lines_of(function: Callable[..., Any]) -> range:
    lines, first = inspect.getsourcelines(function)
    return range(first, first + len(lines))


@pytest.mark.parametrize("program", [awaited, sent_by_hand, mapped_by_a_function, iterated])
def test_a_warning_names_the_line_that_calls(program: Program) -> None:
    with pytest.warns(DeprecationWarning, match="by the vendor") as caught:
        run(program)
    (warning,) = caught
    assert warning.filename == __file__
    assert warning.lineno in lines_of(program)


@pytest.mark.parametrize("program", [mapped, gathered])
def test_a_warning_in_a_task_of_others_names_the_line_that_runs_the_loop(program: Program) -> None:
    with pytest.warns(DeprecationWarning, match="by the vendor") as caught:
        run(program)
    (warning,) = caught
    assert warning.filename == __file__
    assert warning.lineno in lines_of(run)


async def test_python_shows_a_warning_once_for_each_place(session: AsyncSession) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            assert [one async for one in iter_webhook_subscriptions(session)] == []
        assert [one async for one in iter_webhook_subscriptions(session)] == []
    first, second = caught
    assert first.lineno < second.lineno


async def test_a_warning_that_is_an_error_stops_the_call_before_it_is_sent(
    session: AsyncSession, sandbox: Sandbox
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning, match="getWebhookSubscriptionById is deprecated by the vendor"):
            await get_webhook_subscription_by_id(session, "1")
        (outcome,) = [one async for one in map_customers(session, get_webhook_subscription_by_id, ["1"])]
        assert isinstance(outcome.error, DeprecationWarning)
    assert sandbox.calls() == []
    assert [one async for one in iter_webhook_subscriptions(session)] == []
