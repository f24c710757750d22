"""The house itself: imports, names, errors and docs."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import finicity_async
from finicity_async._pipeline.call import Call

PACKAGE = Path(finicity_async.__file__).parent
LAYERS = (
    "_version",
    "status_codes",
    "errors",
    "models",
    "_encoding",
    "_reply_types",
    "_response",
    "operation",
    "auth",
    "events",
    "_options",
    "_closing",
    "_pipeline",
    "session",
    "endpoints",
    "pagination",
    "_dated_pages",
    "pagination_by_date",
    "refresh",
    "reporting",
    "_fanout",
    "fanout",
    "sync",
    "webhooks",
    "integrations",
    "sandbox",
    "pytest_plugin",
    "__init__",
    "cli",
    "__main__",
)
"""The architecture: a module imports only from modules above it in this list, and within its own folder."""


OF_AN_EXTRA = {"OpenTelemetryListener", "RedisPacer", "RedisTokenStore", "map_customers_distributed"}
"""Public names outside ``__all__``: without their extra they cannot be imported."""


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_layers(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "finicity_async":
            found.add((node.module or "").partition(".")[2].partition(".")[0] or "__init__")
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_only_up_the_list(path: Path) -> None:
    layer = layer_of(path)
    above = LAYERS[: LAYERS.index(layer) + (path.parent != PACKAGE)]
    assert imported_layers(path) <= {*above, *(("integrations", "sandbox") if layer == "__init__" else ())}


def modules() -> list[str]:
    return [
        found.name for found in pkgutil.walk_packages([str(PACKAGE)], "finicity_async.") if "__main__" not in found.name
    ]


def test_all_is_sorted_complete_and_importable() -> None:
    assert finicity_async.__all__ == sorted(finicity_async.__all__)
    for name in finicity_async.__all__:
        assert getattr(finicity_async, name) is not None
    public = {
        name for name, value in vars(finicity_async).items() if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public - {"TYPE_CHECKING"} <= set(finicity_async.__all__)


def test_every_name_is_the_one_that_the_type_checkers_read() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    read = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("finicity_async.")
        for alias in node.names
    }
    assert sorted(read.keys() - OF_AN_EXTRA) == finicity_async.__all__
    for name, module in read.items():
        assert getattr(finicity_async, name) is getattr(importlib.import_module(module or ""), name)


def test_every_name_is_listed_before_it_is_used() -> None:
    listed = "print(*{*finicity_async.__all__} - {*dir(finicity_async)}, 'aiohttp' in sys.modules)"
    assert printed_by(f"import finicity_async, sys\n{listed}") == ["False"]


def test_a_star_brings_every_name() -> None:
    code = "from finicity_async import *\nimport finicity_async\nprint(*{*finicity_async.__all__} - {*globals()})"
    assert printed_by(code) == []


def test_a_module_is_an_attribute_of_the_package_without_an_import_of_its_own() -> None:
    assert printed_by("import finicity_async\nprint(finicity_async.errors.__name__)") == ["finicity_async.errors"]


def test_a_name_that_a_test_replaced_stays_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finicity_async, "AsyncSession", None)
    assert not hasattr(finicity_async, "nothing")
    assert finicity_async.AsyncSession is None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = finicity_async.nothing  # type: ignore[attr-defined]  # -- what is tested


def test_every_error_of_the_package_is_public_and_in_the_drawn_tree() -> None:
    drawn = inspect.getdoc(importlib.import_module("finicity_async.errors")) or ""
    for name, value in vars(importlib.import_module("finicity_async.errors")).items():
        if inspect.isclass(value) and issubclass(value, Exception):
            assert name in drawn
            assert name in finicity_async.__all__
            assert issubclass(value, finicity_async.FinicityError)


@pytest.mark.parametrize("name", modules())
def test_every_public_thing_is_documented(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    for thing, value in vars(module).items():
        if thing.startswith("_") or getattr(value, "__module__", None) != name:
            continue
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), thing
    for value in vars(module).values():
        if inspect.isclass(value) and value.__module__ == name and issubclass(value, msgspec.Struct):
            assert value.__struct_config__.frozen or value is Call  # A call changes on its way through the layers.
            assert value.__doc__


@pytest.mark.parametrize("path", sorted((PACKAGE / "models").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_every_field_of_the_models_has_its_meaning_beside_it(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for cls in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for node, following in zip(cls.body, [*cls.body[1:], None], strict=True):
            if isinstance(node, ast.AnnAssign):
                assert isinstance(following, ast.Expr), ast.unparse(node)


def printed_by(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 -- ours
    return done.stdout.split()


def loaded_by(statement: str) -> set[str]:
    return set(printed_by(f"{statement}\nimport sys\nprint(*sys.modules)"))


@pytest.mark.parametrize("module", ["finicity_async", "finicity_async.pytest_plugin"])
def test_importing_the_package_or_its_plugin_loads_nothing_else_of_it(module: str) -> None:
    loaded = {name for name in loaded_by(f"import {module}") if name.startswith("finicity_async")}
    assert loaded == {"finicity_async", "finicity_async._version", module}


def test_the_plugin_loads_no_more_than_pytest_does() -> None:
    assert loaded_by("import finicity_async.pytest_plugin") - loaded_by("import pytest, importlib.metadata") == {
        "finicity_async",
        "finicity_async._version",
        "finicity_async.pytest_plugin",
    }


def test_a_session_is_imported_without_the_sandbox_and_the_command() -> None:
    loaded = loaded_by("from finicity_async import AsyncSession")
    assert not loaded & {
        "finicity_async.sandbox",
        "finicity_async.cli",
        "finicity_async.pytest_plugin",
        "finicity_async.integrations.redis",
        "finicity_async.integrations.dask",
        "finicity_async.integrations.opentelemetry",
        "cyclopts",
        "dask",
        "distributed",
        "opentelemetry",
        "redis",
        "rich",
        "aiohttp.test_utils",
        "pytest",
    }


def test_a_session_is_imported_without_other_functions_and_without_more_of_the_standard_library() -> None:
    added = loaded_by("from finicity_async import AsyncSession") - loaded_by("import aiohttp, msgspec, backoff")
    assert "finicity_async.session" in added
    assert added.isdisjoint({"finicity_async.fanout", "finicity_async.refresh"})
    assert {name for name in added if not name.startswith("finicity_async")} <= {"dataclasses"}


CORE = {"accounts", "account_details", "authentication", "common"}
"""Models that every session needs."""


def test_a_session_is_imported_without_the_structs_of_other_tags() -> None:
    loaded = loaded_by("from finicity_async import AsyncSession")
    for folder in ("endpoints", "models"):
        modules = {path.stem for path in (PACKAGE / folder).glob("[a-z]*.py")} - CORE
        assert {"institutions", "customers", "connect"} <= modules
        assert loaded.isdisjoint(f"finicity_async.{folder}.{module}" for module in modules)


def test_the_structs_of_a_tag_are_made_when_the_tag_is_imported() -> None:
    loaded = loaded_by("from finicity_async.endpoints import data_sharing_consent")
    assert "finicity_async.models.data_sharing_consent" in loaded
    assert "finicity_async.models.institutions" not in loaded


def test_the_sandbox_is_loaded_when_it_is_asked_for() -> None:
    assert "finicity_async.sandbox" in loaded_by("from finicity_async import Sandbox")
