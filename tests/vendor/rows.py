"""The package's operation rows, each paired with the facts of its operation."""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import finicity_async.endpoints
from finicity_async import Operation
from tests.vendor.document import Node, operation_facts


@dataclass(frozen=True, repr=False)
class Row:
    """
    One row of the package.

    Attributes:
        constant: Name of the row in its module.
        module: The module under ``finicity_async.endpoints``.
        operation: The row itself.
        facts: What the vendor's document declares; empty for an operation that it does not have.
    """

    constant: str
    module: ModuleType
    operation: Operation[Any]
    facts: Node

    def __repr__(self) -> str:
        return f"{self.module.__name__.rpartition('.')[2]}.{self.constant}"


@cache
def rows() -> tuple[Row, ...]:
    """Return every row of the package, module by module, in source order."""
    package = finicity_async.endpoints
    modules = [
        importlib.import_module(f"{package.__name__}.{one.name}") for one in pkgutil.iter_modules(package.__path__)
    ]
    return tuple(
        Row(constant, module, operation, operation_facts().get(operation.operation_id, {}))
        for module in modules
        for constant, operation in vars(module).items()
        if isinstance(operation, Operation)
    )


def by_tag() -> dict[str, list[Row]]:
    """Group the rows by tag; a row that the document does not have gets the tag "undeclared"."""
    found: dict[str, list[Row]] = {}
    for row in rows():
        found.setdefault(row.facts.get("tag", "undeclared"), []).append(row)
    return found
