"""
The tables in docs/moving: each method of another client, and the function to call here.

``python -m tests.vendor.moving_table`` writes them into their pages. The methods of the generated client follow from
the document's operations; those of the finicity SDK and their operations are listed in ``sdk_methods.json``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.vendor.document import facts, operation_facts
from tests.vendor.names import snake_case
from tests.vendor.rows import rows

MOVING = Path(__file__).parents[2] / "docs" / "moving"
_NO_FUNCTION = "(not in the document)"


@dataclass(frozen=True)
class Table:
    """
    One table of methods.

    Attributes:
        page: Name of the page in docs/moving.
        group: What the other client calls a group of methods.
        methods: Yields group, method and operationId in the order of the table; None for an operation that is gone.
    """

    page: str
    group: str
    methods: Callable[[], Iterator[tuple[str, str, str | None]]]

    @property
    def head(self) -> str:
        """The lines above the methods."""
        return f"| {self.group} | method | module | function |\n|---|---|---|---|\n"

    def lines(self) -> Iterator[str]:
        """Yield a line for each method."""
        functions = {
            row.operation.operation_id: f"{row.module.__name__.rpartition('.')[2]} | `{row.constant.lower()}`"
            for row in rows()
        }
        for group, method, operation in self.methods():
            function = f" | {_NO_FUNCTION}" if operation is None else functions[operation]
            yield f"| {group} | {method} | {function} |\n"

    def replaced(self, page: str) -> str:
        """Return the text of a page with the table as the rows have it."""
        table = self.head + "".join(self.lines())
        return re.sub(rf"{re.escape(self.head)}(?:\|.*\n)*", lambda _: table, page, count=1)


def api_class(tag: str) -> str:
    """Return the class that openapi-generator makes for a tag: ``AccountsSimpleApi`` for "Accounts (Simple)"."""
    return "".join(word[0].upper() + word[1:] for word in re.findall(r"\w+", tag)) + "Api"


def _generated_methods() -> Iterator[tuple[str, str, str]]:
    for tag, name in sorted((said["tag"], name) for name, said in operation_facts().items()):
        yield api_class(tag), snake_case(name), name


def _sdk_methods() -> Iterator[tuple[str, str, str | None]]:
    for controller, methods in facts("sdk_methods").items():
        for method, operation in methods.items():
            yield controller, method, operation


TABLES = (
    Table("openapi-client.md", "class", _generated_methods),
    Table("finicity-sdk.md", "controller", _sdk_methods),
)


def main() -> None:
    """Write the tables into their pages."""
    for table in TABLES:
        page = MOVING / table.page
        page.write_text(table.replaced(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
