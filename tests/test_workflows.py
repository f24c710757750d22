"""The workflows of CI call sessions that noxfile.py has, with the shells that the tests need."""

import ast
import itertools
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
SESSIONS = {
    node.name for node in ast.parse((ROOT / "noxfile.py").read_text()).body if isinstance(node, ast.FunctionDef)
}

_NOX = re.compile(r"^nox (?:--report \S+ )?-s (.+)$", re.MULTILINE)
_MATRIX = re.compile(r"\$\{\{ matrix\.(\w+) \}\}")


def sessions_of(workflow: Path) -> set[str]:
    """Return the names of the sessions that the jobs of a workflow run, each value of a matrix put in."""
    found: set[str] = set()
    for job in yaml.safe_load(workflow.read_text())["jobs"].values():
        matrix = job.get("strategy", {}).get("matrix", {})
        for names in itertools.chain(*(_NOX.findall(step.get("run", "")) for step in job["steps"])):
            found |= set(put_in(names, matrix).split())
    return found


def put_in(names: str, matrix: dict[str, list[str]]) -> str:
    """Return the names with each value of the matrix in place of the expression for it."""
    expression = _MATRIX.search(names)
    if expression is None:
        return names
    return " ".join(names.replace(expression[0], value) for value in matrix[expression[1]])


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.stem)
def test_every_session_of_a_workflow_exists(workflow: Path) -> None:
    assert {name.partition("-")[0] for name in sessions_of(workflow)} - SESSIONS == set()


def test_every_python_of_the_classifiers_has_a_job() -> None:
    tested = {name.partition("-")[2] for name in sessions_of(ROOT / ".github" / "workflows" / "ci.yml")}
    declared = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert set(declared) - tested == {"3.13"}  # which the session cover runs
