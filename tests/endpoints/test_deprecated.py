"""Operations that the vendor has deprecated say so, in their docstrings and when they are called."""

import contextlib
import inspect
from typing import Any

import msgspec
import pytest

from finicity_async import AsyncSession, StatusError
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
