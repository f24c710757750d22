"""Interleaved rounds, their statistics, and how they are printed."""

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any, TypeVar

from benchmarks._machine import environment

_Sample = TypeVar("_Sample")
Samples = dict[str, list[float]]


def parser(doc: str | None, *, rounds: int = 15) -> argparse.ArgumentParser:
    """Return a parser with the options of every benchmark; the module's docstring is its help."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--rounds", type=int, default=rounds, help="rounds; each measures every contender once")
    made.add_argument("--seed", type=int, default=0, help="seed of the generated responses")
    made.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return made


def names(text: str) -> list[str]:
    """Split a comma-separated list of names."""
    return [name for name in text.split(",") if name]


def present(contenders: Mapping[str, Any], only: Sequence[str] | None, base: str) -> tuple[list[str], dict[str, str]]:
    """Return the selected contenders that can run here, always with the base, and why the others cannot."""
    if unknown := set(only or ()) - contenders.keys():
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(contenders)}")
    wanted = [name for name in contenders if not only or name in only or name == base]
    reasons = {name: contenders[name].missing() for name in wanted}
    left_out = {name: reason for name, reason in reasons.items() if reason}
    return [name for name in wanted if name not in left_out], left_out


def take_turns(measures: Mapping[str, Callable[[], _Sample]], rounds: int) -> dict[str, list[_Sample]]:
    """Measure A, B, C, then A, B, C again, so that a slow phase of the machine affects all of them."""
    samples: dict[str, list[_Sample]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            samples[name].append(measure())
    return samples


def compared(samples: Samples, base: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """
    Return one row per contender: its median, and the median and quartiles of its ratios to the base.

    Each sample is divided by the base's sample of the same round before the medians are taken.
    """
    rows = []
    for name, values in samples.items():
        ratios = [value / per for value, per in zip(values, samples[base], strict=True)]
        low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
        figures = {"median": median(values), "ratio": median(ratios), "ratio_low": low, "ratio_high": high}
        rows.append({"name": name, "label": labels.get(name, name), **figures})
    return rows


RATIOS = {"label": "", "ratio": "ratio", "ratio_low": "quartile", "ratio_high": "quartile"}
"""The columns of ``compared`` except the median, whose unit only the benchmark knows."""


@dataclass
class Report:
    """
    The results of a benchmark.

    Attributes:
        benchmark: Its name.
        settings: The options that the figures were measured with.
        packages: Further packages whose versions are reported.
        left_out: Contender that could not run -> why.
        tables: Title -> headings by key, and the rows.
    """

    benchmark: str
    settings: Mapping[str, Any]
    packages: Iterable[str] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    tables: dict[str, tuple[dict[str, str], list[dict[str, Any]]]] = field(default_factory=dict)

    def add(self, title: str, headings: dict[str, str], rows: list[dict[str, Any]]) -> None:
        """Add a table; rows may have keys that are not shown as columns."""
        self.tables[title] = (headings, rows)

    def show(self, *, as_json: bool) -> None:
        """Print everything."""
        print(json.dumps(self._plain(), indent=2) if as_json else self._text())

    def _plain(self) -> dict[str, Any]:
        return {
            "benchmark": self.benchmark,
            "environment": environment(self.packages),
            "settings": dict(self.settings),
            "left_out": self.left_out,
            "results": {title: rows for title, (_, rows) in self.tables.items()},
        }

    def _text(self) -> str:
        lines = [f"{name}: {value}" for name, value in environment(self.packages).items()]
        lines += [", ".join(f"{name} {value}" for name, value in self.settings.items())]
        lines += [f"left out: {name} ({reason})" for name, reason in self.left_out.items()]
        for title, (headings, rows) in self.tables.items():
            lines += ["", title, *_aligned(headings, rows)]
        return "\n".join(lines)


def _aligned(headings: dict[str, str], rows: list[dict[str, Any]]) -> list[str]:
    """Return lines with the first column left-aligned and the others right-aligned."""
    cells = [list(headings.values()), *([_cell(row[key]) for key in headings] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [_line(row, widths) for row in cells]


def _line(row: list[str], widths: list[int]) -> str:
    first, *others = (
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 1_000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
