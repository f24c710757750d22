"""
CPU time of ``import finicity_async``, and of the first name imported from it, beside that of its dependencies.

Measured: CPU time of the import statement alone, in a fresh interpreter for each sample, interleaved with
``import aiohttp, msgspec, backoff``, and the modules that ours adds to theirs once it is used. Both are imported
once beforehand, which writes the bytecode to a folder of this run, even where PYTHONDONTWRITEBYTECODE is set.

Not measured: starting the interpreter, and reading the files from disk for the first time.
"""

import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from typing import Any

from benchmarks._children import TOP
from benchmarks._harness import RATIOS, Report, compared, parser, take_turns
from benchmarks._machine import pin

BASE = "dependencies"
STATEMENTS = {
    BASE: "import aiohttp, msgspec, backoff",
    "ours": "import finicity_async",
    "used": "from finicity_async import AsyncSession",
}
_PROGRAM = """
import sys, time
start = time.process_time()
{}
spent = time.process_time() - start
import json
print(json.dumps([spent, sorted(sys.modules)]))
"""


def imported(name: str, bytecode: str) -> tuple[float, list[str]]:
    """Return the CPU seconds of one import, and the modules that are loaded after it."""
    program = _PROGRAM.format(STATEMENTS[name])
    command = [sys.executable, "-X", f"pycache_prefix={bytecode}", "-c", program]
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, check=True, capture_output=True, cwd=TOP, env=environ)
    spent, modules = json.loads(done.stdout)
    return spent, modules


def added(bytecode: str) -> dict[str, Any]:
    """Return the modules that ours adds: how many of our own, and those of others by name."""
    modules = set(imported("used", bytecode)[1]) - set(imported(BASE, bytecode)[1])
    own = {name for name in modules if name.partition(".")[0] == "finicity_async"}
    return {"own": len(own), "others": len(modules - own), "names": sorted(modules - own)}


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__, rounds=31)
    options = arguments.parse_args()
    pinned = pin("client")
    with tempfile.TemporaryDirectory() as bytecode:
        extra = added(bytecode)
        samples = take_turns(
            {name: partial(lambda name: imported(name, bytecode)[0] * 1e3, name) for name in STATEMENTS},
            options.rounds,
        )
    report = Report("imports", {"rounds": options.rounds, "process": pinned})
    report.add("CPU of the import", {"label": "", "median": "CPU ms", **RATIOS}, compared(samples, BASE, STATEMENTS))
    shown = {**extra, "label": ", ".join(extra["names"]) or "none"}
    report.add("Modules that ours adds", {"own": "own", "others": "others", "label": "the others"}, [shown])
    report.show(as_json=options.json)


if __name__ == "__main__":
    main()
