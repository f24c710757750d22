"""Every function of every tag makes a round trip through the sandbox; a new row needs no test here."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterable, Sized
from types import ModuleType
from typing import Any, get_origin

import pytest

import finicity_async.endpoints
from finicity_async import AsyncSession, Operation, Sandbox
from finicity_async._pipeline.call import is_refresh
from finicity_async.models.connect import Borrower, EmailOptions

TAGS = [module.name for module in pkgutil.iter_modules(finicity_async.endpoints.__path__)]
ARGUMENTS = {
    "customer_id": 1005061234,
    "account_id": 5011648377,
    "institution_id": 4222,
    "institution_login_id": 1007302745,
    "new_secret": "NewSecret-0002",
    "consumer_id": "0bf46322c167b562e6cbed9d40e19a4c",
    "email": EmailOptions(to="ava@example.com"),
    "borrowers": [Borrower(customer_id="1005061234", consumer_id="0bf46322", type="primary")],
    "experience": "default",
    "app_name": "test app",
    "experience_id": "84fd419a-1add-4bf4-961b-16e8285b3a92",
    "indirect_partner_id": 423456789,
}
"""Required parameter -> what the sandbox knows under this name."""


def operations_of(module: ModuleType) -> list[tuple[Operation[Any], Any]]:
    """Return the rows of a tag, each with its function; a row that only the sandbox uses has none."""
    rows = [row for row in vars(module).values() if isinstance(row, Operation)]
    names = {row: re.sub(r"(?<!^)(?=[A-Z])", "_", row.operation_id).lower() for row in rows}
    return [(row, getattr(module, name)) for row, name in names.items() if hasattr(module, name)]


@pytest.mark.parametrize("tag", TAGS)
async def test_every_function_of_a_tag_makes_a_round_trip(tag: str) -> None:
    for row, function in operations_of(importlib.import_module(f"finicity_async.endpoints.{tag}")):
        parameters = list(inspect.signature(function).parameters.values())[1:]
        required = [ARGUMENTS[one.name] for one in parameters if one.default is one.empty]
        async with (
            Sandbox(refresh_seconds=0.02) as sandbox,
            AsyncSession(sandbox.credentials, base_url=sandbox.url) as session,
        ):
            value: Any = await function(session, *required)
            sandbox.assert_called(row.operation_id)
        assert isinstance(value, get_origin(row.reply_type) or row.reply_type or type(None)), row
        if isinstance(value, Sized) and isinstance(value, Iterable):
            assert len(value) == len(list(value)) > 0, row


@pytest.mark.parametrize("tag", TAGS)
def test_functions_that_send_a_refresh_are_marked_as_such_and_no_others(tag: str) -> None:
    for row, function in operations_of(importlib.import_module(f"finicity_async.endpoints.{tag}")):
        assert is_refresh(function) == row.refresh, row
