"""The pages for users of another client name each of its methods, and the function that does the same here."""

from pathlib import Path

import pytest

from tests.vendor import moving_table
from tests.vendor.document import operation_facts
from tests.vendor.moving_table import MOVING, TABLES, Table, api_class, main
from tests.vendor.rows import rows

GENERATED, SDK = TABLES
each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.page)


@each_table
def test_the_table_on_the_page_is_the_one_that_the_rows_make(table: Table) -> None:
    """On failure, run ``python -m tests.vendor.moving_table``."""
    page = (MOVING / table.page).read_text(encoding="utf-8")
    assert table.replaced(page) == page
    assert "".join(table.lines()) in page


def test_each_operation_has_one_line_and_each_row_its_function() -> None:
    assert len(list(GENERATED.lines())) == len(operation_facts()) == len(rows())


def test_each_method_of_the_sdk_has_one_line_and_three_have_no_operation() -> None:
    methods = list(SDK.methods())
    assert len({(controller, method) for controller, method, _ in methods}) == len(methods) == 118
    gone = [method for _, method, operation in methods if operation is None]
    assert len(gone) == 3
    assert all("institutions_certification_subscription" in method for method in gone)


def test_every_function_in_the_table_exists() -> None:
    for row in rows():
        assert callable(getattr(row.module, row.constant.lower()))


@pytest.mark.parametrize(
    ("tag", "name"), [("Accounts (Simple)", "AccountsSimpleApi"), ("Businesses API", "BusinessesAPIApi")]
)
def test_a_class_is_named_as_the_generator_names_it(tag: str, name: str) -> None:
    assert api_class(tag) == name


def test_old_tables_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for table in TABLES:
        (tmp_path / table.page).write_text(f"above\n\n{table.head}| old | old | old |\n\nbelow\n")
    monkeypatch.setattr(moving_table, "MOVING", tmp_path)
    main()
    for table in TABLES:
        assert (tmp_path / table.page).read_text() == f"above\n\n{table.head}{''.join(table.lines())}\nbelow\n"
