"""The machine and this process: cores, versions, resident memory."""

import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

OURS = ("finicity-async", "aiohttp", "msgspec", "yarl", "multidict", "backoff")


def pin(role: str) -> str:
    """
    Pin this process to one core, where the system supports that and has at least two.

    Args:
        role: ``"server"`` or ``"client"``; the two never share a core.

    Returns:
        What was done, as text for the report.
    """
    if not hasattr(os, "sched_setaffinity"):
        return f"not pinned: {platform.system()} has no sched_setaffinity"
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return "not pinned: only one core"
    core = cores[-1] if role == "server" else cores[0]
    os.sched_setaffinity(0, {core})
    return f"pinned to core {core}"


def environment(packages: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions, the processor and the system that the figures were measured on."""
    found = {"python": f"{platform.python_implementation()} {platform.python_version()}", "cpu": _cpu()}
    found["system"] = f"{platform.system()} {platform.release()}, {os.cpu_count()} cores"
    return found | {name: _version(name) for name in (*OURS, *packages)}


def resident_bytes() -> int | None:
    """Return the resident memory of this process; None on systems without /proc."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return None
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
