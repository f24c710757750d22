"""The commands: what each does, and what an error becomes."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import cyclopts
from rich.console import Console
from rich.prompt import Confirm

from finicity_async import AsyncSession, ConfigurationError, FinicityError
from finicity_async._version import __version__
from finicity_async.cli.completing import Shell, completion_script
from finicity_async.cli.connecting import print_link
from finicity_async.cli.demo import demo
from finicity_async.cli.fetching import FetchOptions, fetch_to_files
from finicity_async.cli.lines import OutputError
from finicity_async.cli.profile_commands import app as profile_app
from finicity_async.cli.profiles import used
from finicity_async.cli.refreshing import QUESTION, RefreshOptions, refresh_with_view
from finicity_async.cli.running import run_command
from finicity_async.cli.serving import declared_faults, serve, served
from finicity_async.cli.showing import accounts, customers, institutions, transactions
from finicity_async.cli.telling import told
from finicity_async.cli.terminal import Form, Positive, Terminal, TerminalOption, VendorId, chosen_form, say
from finicity_async.endpoints.connect import generate_connect_url
from finicity_async.models.connect import ConnectUrl
from finicity_async.sandbox import Fault, Sandbox

OK, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: all went well; the vendor or the network said no; the call or the set-up does not fit; Ctrl-C."""

app: cyclopts.App = cyclopts.App(
    name="finicity-async",
    help="Accounts from the Finicity API (Mastercard Open Finance US).",
    help_epilogue="Credentials: FINICITY_APP_KEY, FINICITY_PARTNER_ID, FINICITY_PARTNER_SECRET, or FINICITY_APP_TOKEN.",
    version=__version__,
    suppress_keyboard_interrupt=False,
)
app.meta.group_parameters = cyclopts.Group("Output", sort_key=1000)
_SERVICE = cyclopts.Group("Service", sort_key=999)
app.meta.suppress_keyboard_interrupt = False
# Help and version are answered by the app below, whose console knows of --no-color.
app.meta.help_flags = app.meta.version_flags = ()
for _command in (demo, accounts, customers, institutions, transactions):
    app.command(_command)

app.command(profile_app)

_Flag = Annotated[bool, cyclopts.Parameter(negative="", show_default=False)]


def run(arguments: Sequence[str]) -> int:
    """Run one command line; an error becomes advice on stderr and an exit code, never a traceback."""
    errors = Console(stderr=True)
    try:
        code = app.meta(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except cyclopts.CycloptsError as error:
        say(errors, str(error))
        return UNUSABLE
    except (KeyboardInterrupt, asyncio.CancelledError):
        say(errors, "Stopped.")
        return INTERRUPTED
    except FinicityError as error:
        say(errors, f"{type(error).__name__}: {told(error)}")
        return UNUSABLE if isinstance(error, ConfigurationError) else FAILED
    except OutputError as error:
        say(errors, str(error))
        return FAILED
    except OSError as error:  # Those of requests are FinicityErrors: stdout takes no table.
        say(errors, f"{error.filename or 'stdout'}: {error.strerror or type(error).__name__}.")
        return FAILED
    return int(code or OK)


@app.meta.default
def _launch(
    *tokens: Annotated[str, cyclopts.Parameter(show=False, allow_leading_hyphen=True)],
    format: Form | None = None,  # noqa: A002 -- the name of the option
    json: _Flag = False,
    csv: _Flag = False,
    quiet: _Flag = False,
    verbose: _Flag = False,
    no_color: _Flag = False,
    profile: Annotated[str | None, cyclopts.Parameter(group=_SERVICE)] = None,
) -> object:
    """
    Run a command with the options that all of them have.

    Args:
        tokens: The command, and what else is for it.
        format: How a result is written; a command says which it can. A table when not given, fetch writes JSON.
        json: The same as --format json.
        csv: The same as --format csv.
        quiet: Results and errors alone, neither progress nor notes.
        verbose: What the library logs, too: logins, retries, pauses.
        no_color: No colors; a pipe gets none anyway, and NO_COLOR=1 in the environment does the same.
        profile: The service and the settings that were saved under a name; FINICITY_PROFILE in the environment does the
            same.
    """
    if quiet and verbose:
        raise ConfigurationError("Say --quiet or --verbose, not both.")
    terminal = Terminal(chosen_form(format, json=json, csv=csv), quiet=quiet, verbose=verbose, no_color=no_color)
    command, bound, ignored = app.parse_args(tokens, exit_on_error=False, print_error=False, console=terminal.stdout)
    name = os.environ.get("FINICITY_PROFILE", "").strip() if profile is None else profile
    with terminal.logged(), used(name if command in _SERVED else "") as terminal.profile:
        return command(*bound.args, **bound.kwargs, **dict.fromkeys(ignored, terminal))


@app.command
def connect(
    customer_id: VendorId,
    /,
    *,
    redirect_uri: str | None = None,
    webhook: str | None = None,
    terminal: TerminalOption,
) -> None:
    """
    Print a link to Connect, where a customer adds accounts.

    The link is a secret that lives two hours: whoever opens it acts for the customer. With --json an object with "link"
    and "expiresAt".

    Args:
        customer_id: The vendor's ID of the customer.
        redirect_uri: Where the browser goes when the session is over.
        webhook: Public URL that events are posted to; it is sent a ping before there is a link.
        terminal: Where to.
    """
    form = terminal.form("connect", "table", "json")
    url = asyncio.run(_link(customer_id, redirect_uri=redirect_uri, webhook=webhook))
    print_link(terminal.stderr, url, as_json=form == "json")


async def _link(customer_id: str, *, redirect_uri: str | None, webhook: str | None) -> ConnectUrl:
    async with AsyncSession.from_env() as session:
        return await generate_connect_url(session, customer_id, redirect_uri=redirect_uri, webhook=webhook)


@app.command
def refresh(
    customer_id: VendorId,
    /,
    *,
    login: VendorId | None = None,
    tiers: bool = False,
    max_age: Annotated[float | None, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=0))] = None,
    wait: Positive = 300.0,
    yes: bool = False,
    resume: str | None = None,
    terminal: TerminalOption,
) -> int:
    """
    Refresh the accounts of one customer at the institutions and wait until every one of them has ended.

    Costs money, and the vendor forbids automating it. Exit code: 0 all succeeded, 3 some failed, 4 still pending.

    Args:
        customer_id: The vendor's ID of the customer.
        login: Only the accounts of this institution login.
        tiers: For partners on Data Access Tiers.
        max_age: Refresh nothing when every account succeeded less than this many seconds ago.
        wait: Seconds to wait; the refresh goes on at the vendor.
        yes: Do not ask.
        resume: Send no refresh; wait for the one whose interrupted command printed this.
        terminal: Where to.
    """
    as_json = terminal.form("refresh", "table", "json") == "json"
    if resume is None and not yes and not _is_allowed(terminal.errors if as_json else terminal.stdout):
        say(terminal.errors, "Nothing was sent.")
        return OK
    # The question comes before the event loop starts, which would hold Ctrl-C back.
    options = RefreshOptions(
        customer_id=customer_id, login=login, tiers=tiers, wait=wait, max_age=max_age, resume=resume, as_json=as_json
    )
    return asyncio.run(refresh_with_view(terminal, options))


def _is_allowed(console: Console) -> bool:
    if not sys.stdin.isatty():
        raise ConfigurationError("A refresh costs money: say --yes where nobody can be asked. Nothing was sent.")
    try:
        return Confirm.ask(QUESTION, console=console, default=False)
    except EOFError:
        return False


@app.command
def fetch(
    ids: Annotated[Path, cyclopts.Parameter(allow_leading_hyphen=True)],
    /,
    *,
    options: FetchOptions,
    terminal: TerminalOption,
) -> int:
    """
    Fetch the accounts or transactions of many customers, one line of JSON for each.

    A line of the output is {"customerId": ..., "accounts": [...]} with the vendor's own bytes inside; with
    --transactions {"customerId": ..., "transactions": [...], "fromDate": ..., "toDate": ...}, oldest first. Every
    customer ends in exactly one of the two files. Killed at any moment and called again with --resume, it neither loses
    nor repeats a customer. Exit code: 0 all fetched, 3 some failed. Memory: some 120 bytes for each ID, and the
    customers that are being fetched.

    Args:
        ids: A file with an ID on each line, a CSV with --column, or - for stdin.
        options: Files, limits and where to go on.
        terminal: Where progress goes.
    """
    terminal.form("fetch", "json")
    if terminal.profile is not None:
        options = options.completed(terminal.profile)
    return fetch_to_files(terminal, str(ids), options)


@app.command
def sandbox(
    *command: str,
    port: Annotated[int, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=0, lte=65_535))] = 0,
    customers: Annotated[int, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=0))] = 10,
    seed: int = 0,
    latency: Annotated[float, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=0))] = 0.0,
    rate_limit: Positive | None = None,
    faults: Path | None = None,
    webhooks_anywhere: bool = False,
    terminal: TerminalOption,
) -> int:
    """
    Serve a local Finicity on 127.0.0.1 for clients in any language, until Ctrl-C.

    The four lines on stdout are the FINICITY_* variables that reach it. With "-- COMMAND" it runs that command with
    these variables set, and ends with it and with its exit code.

    Args:
        command: After --, a command and its arguments.
        port: Where to listen, 0 for a free port.
        customers: How many customers there are, from 1005061234 on.
        seed: What records, secrets and faults are drawn from.
        latency: Seconds that every answer takes.
        rate_limit: Requests a second, beyond which the answer is 429.
        faults: A JSON file with a list of faults, for example [{"fault": "status", "status": 503, "every": 10}].
        webhooks_anywhere: Send events of Connect to other machines, too.
        terminal: Where notes go.
    """
    terminal.form("sandbox", "table")
    made = Sandbox(customers=customers, seed=seed, port=port, fast=True, webhooks_anywhere=webhooks_anywhere)
    return asyncio.run(_serve(terminal, command, made, declared_faults(latency, rate_limit, faults)))


async def _serve(terminal: Terminal, command: Sequence[str], sandbox: Sandbox, faults: list[Fault]) -> int:
    if not command:
        await serve(terminal.stderr, sandbox, faults)
        return OK
    async with served(sandbox, faults):
        return await run_command(terminal.errors, command, sandbox.variables)


@app.command(name="help")
def show_help(*command: str, terminal: TerminalOption) -> None:
    """
    Show what a command does and its options.

    Args:
        command: The command; without it, a list of all.
        terminal: Where to.
    """
    if unknown := app.parse_commands(command)[2]:
        raise ConfigurationError(f"There is no command {unknown[0]!r}: finicity-async help lists them.")
    app([*command, "--help"], console=terminal.stdout, exit_on_error=False, result_action="return_value")


@app.command
def completion(shell: Shell, /) -> None:
    """
    Print a script that completes commands, options and file names in a shell.

    For bash and zsh: eval "$(finicity-async completion bash)" in ~/.bashrc, or with zsh in ~/.zshrc after compinit. For
    fish: finicity-async completion fish > ~/.config/fish/completions/finicity-async.fish

    Args:
        shell: The shell.
    """
    print(completion_script(app, shell))


_SERVED = (demo, accounts, customers, institutions, transactions, connect, refresh, fetch)
"""The commands that talk to a service, for which a profile is."""
