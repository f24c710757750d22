"""The reference has every public name."""

import importlib.util
import inspect
import pkgutil
import re
from types import ModuleType
from typing import get_type_hints

import pytest

import finicity_async
from finicity_async import endpoints, events, integrations, models, webhooks
from finicity_async.sandbox import Fault, Latency
from tests.support.documents import ROOT
from tests.test_package import OF_AN_EXTRA


def module_of_the_site() -> ModuleType:
    spec = importlib.util.spec_from_file_location("_reference", ROOT / "docs" / "_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DIRECTIVE = re.compile(r"^\.\. (?:auto(?!module)|py:)\w+:: finicity_async\.(\S+)", re.MULTILINE)
DOCUMENTED = [name for _, text in module_of_the_site().pages() for name in DIRECTIVE.findall(text)]
LAST = {name.rpartition(".")[2] for name in DOCUMENTED}


def test_every_name_is_documented_once_at_most() -> None:
    assert sorted(name for name in {*DOCUMENTED} if DOCUMENTED.count(name) > 1) == []


def test_every_name_at_the_top_is_documented_where_it_is_imported_from() -> None:
    assert {*finicity_async.__all__, *OF_AN_EXTRA} - {"__version__"} - {*DOCUMENTED} == set()


def modules_of(*packages: ModuleType) -> list[str]:
    found = [(package, module.name) for package in packages for module in pkgutil.iter_modules(package.__path__)]
    return [f"{package.__name__}.{name}" for package, name in found if not name.startswith("_")]


@pytest.mark.parametrize("name", modules_of(endpoints, models))
def test_every_operation_and_every_record_is_documented(name: str) -> None:
    module = importlib.import_module(name)
    own = {thing for thing, value in vars(module).items() if getattr(value, "__module__", None) == name}
    assert {thing for thing in own if not thing.startswith("_")} - LAST == set()


@pytest.mark.parametrize("name", ["finicity_async.sandbox", "finicity_async.models", *modules_of(integrations)])
def test_every_name_that_a_package_lists_is_documented(name: str) -> None:
    assert {*importlib.import_module(name).__all__} - LAST == set()


@pytest.mark.parametrize(("module", "base"), [(events, events.Event), (webhooks, webhooks.ConnectEvent)])
def test_every_event_is_documented(module: ModuleType, base: type) -> None:
    assert {name for name, kind in vars(module).items() if inspect.isclass(kind) and issubclass(kind, base)} <= LAST


@pytest.mark.parametrize(("kind", "member"), [(Fault, "probability"), (Latency, "seconds")])
def test_msgspec_still_finds_the_bounds_of_faults_after_the_pages_were_made(kind: type, member: str) -> None:
    assert get_type_hints(kind, include_extras=True)[member] != get_type_hints(kind)[member]
