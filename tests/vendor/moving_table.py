"""
The table in docs/moving/openapi-client.md: each method of the generated client, and the function to call here.

``python -m tests.vendor.moving_table`` writes it into the page.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.vendor.document import operation_facts
from tests.vendor.names import snake_case
from tests.vendor.rows import rows

PAGE = Path(__file__).parents[2] / "docs" / "moving" / "openapi-client.md"
HEAD = "| class | method | module | function |\n|---|---|---|---|\n"
_TABLE = re.compile(rf"{re.escape(HEAD)}(?:\|.*\n)*")


def api_class(tag: str) -> str:
    """Return the class that openapi-generator makes for a tag: ``AccountsSimpleApi`` for "Accounts (Simple)"."""
    return "".join(word[0].upper() + word[1:] for word in re.findall(r"\w+", tag)) + "Api"


def lines() -> Iterator[str]:
    """Yield the lines below the head, sorted by class and method."""
    functions = {
        row.operation.operation_id: f"{row.module.__name__.rpartition('.')[2]} | `{row.constant.lower()}`"
        for row in rows()
    }
    for tag, name in sorted((facts["tag"], name) for name, facts in operation_facts().items()):
        yield f"| {api_class(tag)} | {snake_case(name)} | {functions[name]} |\n"


def replaced(page: str) -> str:
    """Return the text of the page with the table as the rows have it."""
    table = HEAD + "".join(lines())
    return _TABLE.sub(lambda _: table, page, count=1)


def main() -> None:
    """Write the table into the page."""
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
