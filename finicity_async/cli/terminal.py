"""What the options that every command has make of the terminal: which form, how much is said, in colour or not."""

import logging
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import cyclopts
from rich.console import Console

from finicity_async.errors import ConfigurationError

if TYPE_CHECKING:
    from finicity_async.cli.profiles import Profile

Form = Literal["table", "json", "csv"]

_LOG = "finicity_async"
_ID = re.compile(r"[A-Za-z0-9_-]+")


class Terminal:
    """
    Stdout and stderr as the options of the command line ask for them.

    Args:
        form: What ``--format`` says, or None.
        quiet: Neither progress nor notes.
        verbose: The log of the library, too.
        no_color: No colors, though it is a terminal.

    Attributes:
        chosen: The form that was asked for, or None.
        profile: The profile in use, whose form is taken where none was asked for.
        stdout: For results.
        stderr: For progress and notes; prints nothing when quiet.
        errors: Stderr, quiet or not.
        quiet: As given.
        verbose: As given.
    """

    def __init__(
        self, form: Form | None = None, *, quiet: bool = False, verbose: bool = False, no_color: bool = False
    ) -> None:
        self.chosen = form
        self.profile: Profile | None = None
        self.quiet = quiet
        self.verbose = verbose
        color = True if no_color else None  # None: rich asks NO_COLOR.
        self.stdout: Console = Console(no_color=color)
        self.stderr: Console = Console(stderr=True, no_color=color, quiet=quiet)
        self.errors: Console = Console(stderr=True, no_color=color)

    def form(self, command: str, *possible: Form) -> Form:
        """
        Return the form of a command's result: where ``--format`` says nothing that of the profile, or the first one.

        Raises:
            ConfigurationError: The command has no such form.
        """
        usual = self.profile.format if self.profile else None
        form = self.chosen or (usual if usual in possible else possible[0])
        if form not in possible:
            raise ConfigurationError(f"{command} gives {' or '.join(possible)}, not {form}.")
        return form

    def note(self, text: str) -> None:
        """Print a remark on stdout, below the table that it is about, unless quiet."""
        if not self.quiet:
            say(self.stdout, text)

    @contextmanager
    def logged(self) -> Iterator[None]:
        """Print the log of the library on stderr: warnings, with ``--verbose`` retries and logins, too."""
        log, handler = logging.getLogger(_LOG), _LogLines(self)
        level = log.level
        log.addHandler(handler)
        if self.verbose:
            log.setLevel(logging.INFO)
        try:
            yield
        finally:
            log.setLevel(level)
            log.removeHandler(handler)


def say(console: Console, text: str) -> None:
    """Print a sentence: between words a terminal breaks it, a pipe gets one line."""
    console.print(text, markup=False, highlight=False, soft_wrap=not console.is_terminal)


class _LogLines(logging.Handler):
    """The log as lines on stderr, above a progress bar where one is shown."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self._console = terminal.stderr
        # A refused login is logged as an error, and then ends the command, which tells it in its own words.
        self.addFilter(lambda record: record.levelno < logging.ERROR)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        self._console.print(self.format(record), markup=False, highlight=False, soft_wrap=True)


def chosen_form(form: Form | None, *, json: bool, csv: bool) -> Form | None:
    """
    Return the form that ``--format`` and its short forms ask for, None when they are not given.

    Raises:
        ConfigurationError: They contradict each other.
    """
    short: tuple[Form, ...] = tuple(
        one for one, is_given in zip(get_args(Form)[1:], (json, csv), strict=True) if is_given
    )
    if len({*short, *filter(None, (form,))}) > 1:
        said = [f"--{one}" for one in short] + ([f"--format {form}"] if form else [])
        raise ConfigurationError(f"Say {' or '.join(said)}, not both.")
    return form or (short[0] if short else None)


def _check_positive(_: object, value: float | None) -> None:
    if value is not None and not 0 < value < math.inf:
        raise ValueError("Must be a number above 0.")


Positive = Annotated[float, cyclopts.Parameter(validator=_check_positive)]
"""A number above 0, for an option."""

AtLeastOne = Annotated[int, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=1))]
"""A count, for an option."""


def _check_id(_: object, value: str | None) -> None:
    if value is not None and not _ID.fullmatch(value):
        raise ValueError("An ID has ASCII letters, digits, - and _ only. Nothing was sent.")


VendorId = Annotated[str, cyclopts.Parameter(validator=_check_id)]
"""An ID of the vendor's, checked where the name of its option is known."""

TerminalOption = Annotated[Terminal, cyclopts.Parameter(parse=False)]
"""A parameter through which a command gets the terminal; it is no option of its own."""
