"""
A value that does not fit costs a report nothing but itself, wherever in the contents it is.

``FINICITY_TEST_SEEDS=200 python -m pytest -n0 tests/vendor/test_broken_report_bodies.py`` tries more places.
"""

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import pytest

from finicity_async.models import Record
from finicity_async.models.reports import REPORT_BODIES, Report, report_body
from tests.support.seeds import seeds
from tests.vendor import test_analytics_reports, test_report_bodies

KINDS = {body: kind for kind in REPORT_BODIES if (body := report_body(kind))}
"""Struct of contents -> one type of report that has it."""
BROKEN: list[Any] = [
    None, "", "null", "text", "\ud800", "\u0661\u0662", "1_000", "NaN", "1e999", "-0", "x" * 2000,
    True, 0, -1, 1.5, 10**30, 2**53 + 1, str(2**64), 99_999_999_999_999, "2024-02-31", "2024-01-01T00:00:00",
    [], {}, [None], [[]], [{}], [7], {"a": [1]},
]  # fmt: skip
Place = tuple[str | int, ...]


def contents_of(body: type[Record]) -> Any:
    """Return contents with every declared member."""
    tests: Any = test_report_bodies if body in test_report_bodies.BODIES else test_analytics_reports
    return tests.raw_body(body)


def places_in(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the place of every value within a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*place, key)
        yield from places_in(one, (*place, key))


def with_value(contents: Any, place: Place, value: object) -> Any:
    """Return a copy of contents with another value at a place."""
    changed = inner = copy.deepcopy(contents)
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return changed


def lost_at(contents: Any, place: Place) -> str:
    """Return the JSON path of what a broken value costs: a list of plain values is set aside as a whole."""
    value = contents
    for key in place:
        value = value[key]
    if isinstance(place[-1], int) and not isinstance(value, dict):
        place = place[:-1]
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)


@pytest.mark.parametrize(("body", "kind"), KINDS.items(), ids=KINDS.values())
def test_a_broken_value_costs_nothing_else_and_survives_every_way_of_storing_a_report(
    body: type[Record], kind: str
) -> None:
    contents = contents_of(body)
    places = list(places_in(contents))
    for seed in seeds(12):
        random = Random(seed)
        place, value = random.choice(places), random.choice(BROKEN)
        report = Report.from_json(
            json.dumps({"id": "r-1", "type": kind, **with_value(contents, place, value)}).encode()
        )
        invalid = report.invalid_values
        assert all(path.startswith(lost_at(contents, place)) for path in invalid), (place, value, invalid)
        for again in (Report.from_json(msgspec.json.encode(report)), Report.from_dict(report.to_dict())):
            assert (again.body, again.invalid_values) == (report.body, invalid), (place, value)
        assert body.from_json(msgspec.json.encode(report.body)) == report.body, (place, value)


@pytest.mark.parametrize(("body", "kind"), KINDS.items(), ids=KINDS.values())
def test_contents_of_nulls_are_the_same_as_none(body: type[Record], kind: str) -> None:
    report = Report.from_json(json.dumps({"id": "r-1", "type": kind, **dict.fromkeys(contents_of(body))}).encode())
    assert (report.body, report.invalid_values) == (body(), {})
