"""The page for users of the generated client names each of its methods, and the function that does the same here."""

from pathlib import Path

import pytest

from tests.vendor import moving_table
from tests.vendor.document import operation_facts
from tests.vendor.moving_table import PAGE, api_class, lines, main, replaced
from tests.vendor.rows import rows


def test_the_table_on_the_page_is_the_one_that_the_rows_make() -> None:
    """On failure, run ``python -m tests.vendor.moving_table``."""
    page = PAGE.read_text(encoding="utf-8")
    assert replaced(page) == page
    assert "".join(lines()) in page


def test_each_operation_has_one_line_and_each_row_its_function() -> None:
    assert len(list(lines())) == len(operation_facts()) == len(rows())


def test_every_function_in_the_table_exists() -> None:
    for row in rows():
        assert callable(getattr(row.module, row.constant.lower()))


@pytest.mark.parametrize(
    ("tag", "name"), [("Accounts (Simple)", "AccountsSimpleApi"), ("Businesses API", "BusinessesAPIApi")]
)
def test_a_class_is_named_as_the_generator_names_it(tag: str, name: str) -> None:
    assert api_class(tag) == name


def test_an_old_table_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"above\n\n{moving_table.HEAD}| old | old | old |\n\nbelow\n")
    monkeypatch.setattr(moving_table, "PAGE", page)
    main()
    assert page.read_text() == f"above\n\n{moving_table.HEAD}{''.join(lines())}\nbelow\n"
