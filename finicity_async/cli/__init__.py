"""The command ``finicity-async``; its packages come with the extra ``cli``."""

import io
import sys


def main() -> None:
    """Run the command and end the process with its exit code."""
    try:
        from finicity_async.cli.commands import run  # noqa: PLC0415 -- the plain install lacks its packages
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("cyclopts", "platformdirs", "rich"):
            raise
        sys.exit("finicity-async needs its extra: pip install 'finicity-async[cli]'")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # A name that it cannot show is no reason to lose a whole table.
    sys.exit(run(sys.argv[1:]))
