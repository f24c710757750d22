"""Profiles: what is saved, who can read it, and that no key goes to another service than its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from finicity_async import Sandbox
from finicity_async.cli.commands import OK, UNUSABLE, run
from finicity_async.cli.profiles import Profile, folder, read_profile, variables
from finicity_async.errors import ConfigurationError
from tests.support.journals import AllCalls

VENDOR = "https://api.finicity.com"
LOCAL = "http://127.0.0.1:8080"
KEYS = {"FINICITY_APP_KEY": "the-app-key", "FINICITY_PARTNER_ID": "271828", "FINICITY_PARTNER_SECRET": "the-secret"}
SECRETS = ("the-app-key", "the-secret", "the-token", "the-password")


@pytest.fixture(autouse=True)
def home(no_credentials: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a home of its own, without profiles."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def given(name: str, text: str, mode: int = 0o600) -> Path:
    """Write the file of a profile as somebody with an editor does."""
    folder().mkdir(parents=True, exist_ok=True)
    file = folder() / f"{name}.toml"
    file.write_text(text)
    file.chmod(mode)
    return file


def set_all(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


# What is saved.


def test_keys_are_not_saved_unless_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_all(monkeypatch, {**KEYS, "FINICITY_PROXY": "http://proxy.example:3128"})
    assert run(["profile", "save", "main", "--rate", "2.5", "--limit", "7", "--format", "csv"]) == OK
    assert (folder() / "main.toml").read_text() == (
        f'base_url = "{VENDOR}"\n'
        'proxy = "http://proxy.example:3128"\n'
        'partner_id = "271828"\n'
        'format = "csv"\n'
        "limit = 7\n"
        "rate = 2.5\n"
    )
    assert capsys.readouterr().err.startswith(f"Saved without keys, for {VENDOR}: ")


def test_keys_that_are_saved_can_be_read_by_nobody_else_and_are_never_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    set_all(monkeypatch, {**KEYS, "FINICITY_PROXY": "http://me:the-password@proxy.example:3128"})
    old = os.umask(0)
    try:
        assert run(["profile", "save", "main", "--with-keys"]) == OK
    finally:
        os.umask(old)
    file = folder() / "main.toml"
    assert (file.stat().st_mode & 0o777, folder().stat().st_mode & 0o777) == (0o600, 0o700)
    assert [one.name for one in folder().iterdir()] == ["main.toml"]
    profile = read_profile("main")
    assert (profile.app_key, profile.partner_secret) == ("the-app-key", "the-secret")
    for command in (["show", "main"], ["show", "main", "--json"], ["list"], ["list", "--json"]):
        assert run(["profile", *command]) == OK
    out, err = capfd.readouterr()
    assert 'app_key = "***"' in out
    assert not any(secret in out + err + repr(profile) for secret in SECRETS)


def test_token_is_saved_as_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {"FINICITY_APP_KEY": "the-app-key", "FINICITY_APP_TOKEN": "the-token"})
    assert run(["profile", "save", "main", "--with-keys"]) == OK
    assert read_profile("main").app_token == "the-token"


def test_keys_that_are_asked_for_and_not_there_save_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "save", "main", "--with-keys"]) == UNUSABLE
    assert "Set FINICITY_APP_KEY" in capsys.readouterr().err
    assert not folder().exists()


def test_partner_and_keys_of_another_service_are_not_saved(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_all(monkeypatch, KEYS)
    assert run(["profile", "save", "box", "--base-url", LOCAL]) == OK
    assert read_profile("box") == Profile(base_url=LOCAL)
    assert run(["profile", "save", "keys", "--base-url", LOCAL, "--with-keys"]) == UNUSABLE
    assert f"The keys in the environment are for {VENDOR}" in capsys.readouterr().err
    assert not (folder() / "keys.toml").exists()


def test_profile_is_replaced_only_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "save", "main", "--base-url", LOCAL]) == OK
    assert run(["profile", "save", "main"]) == UNUSABLE
    assert "--replace" in capsys.readouterr().err
    assert read_profile("main").base_url == LOCAL
    assert run(["profile", "save", "main", "--replace"]) == OK
    assert read_profile("main").base_url == VENDOR


@pytest.mark.parametrize(
    ("options", "environ", "told"),
    [
        (["a b"], {}, "cannot name a profile"),
        (["../up"], {}, "cannot name a profile"),
        (["x", "--base-url", "http://example.com"], {}, "base_url (FINICITY_BASE_URL) must be https"),
        (["x", "--limit", "0"], {}, "for --limit. Must be"),
        (["x", "--rate", "inf"], {}, "for --rate. Must be"),
        (["x"], {"FINICITY_PARTNER_ID": "a b"}, "partner_id (FINICITY_PARTNER_ID) must be text"),
        (["x"], {"FINICITY_PROXY": "socks://p"}, "proxy (FINICITY_PROXY) must look like"),
        (["x"], {"FINICITY_PROXY": "http://me:the-password@p:1"}, "holds a password"),
    ],
)
def test_what_could_not_work_is_not_saved(
    options: list[str],
    environ: dict[str, str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_all(monkeypatch, environ)
    assert run(["profile", "save", *options]) == UNUSABLE
    err = capsys.readouterr().err
    assert told in err
    assert "the-password" not in err
    assert not folder().exists()


def test_disk_that_refuses_is_said_and_leaves_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "config").touch()
    assert run(["profile", "save", "main"]) == UNUSABLE
    assert "main.toml cannot be written: " in capsys.readouterr().err


# What is there.


def test_profiles_are_listed_shown_found_and_removed(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "list"]) == OK
    assert capfd.readouterr().out.startswith("No profiles. Save one")
    given("a", f'base_url = "{LOCAL}"\napp_key = "the-app-key"\napp_token = "the-token"\n')
    given("long", f'base_url = "{VENDOR}/"\n')
    given("odd", "base_url = 1\n")
    (folder() / "not a name.toml").touch()
    assert run(["profile", "list"]) == OK
    lines = capfd.readouterr().out.splitlines()
    assert lines[:2] == [f"a     {LOCAL}  with keys", f"long  {VENDOR}  without keys"]
    assert lines[2].startswith("odd   Profile 'odd' cannot be used: Expected `str`, got `int` - at `$.base_url`")
    assert run(["profile", "list", "--json"]) == OK
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [one["name"] for one in rows] == ["a", "long", "odd"]
    assert rows[2]["error"].startswith("Profile 'odd' cannot be used")
    assert run(["profile", "show", "long"]) == OK
    assert capfd.readouterr().out == f'base_url = "{VENDOR}"\n'
    assert run(["profile", "remove", "odd"]) == OK
    assert run(["profile", "list", "--json"]) == OK
    assert [json.loads(line) for line in capfd.readouterr().out.splitlines()] == [
        {"name": "a", "baseUrl": LOCAL, "keys": True},
        {"name": "long", "baseUrl": VENDOR, "keys": False},
    ]
    assert run(["profile", "path"]) == run(["profile", "path", "a"]) == OK
    assert capfd.readouterr().out.splitlines() == [str(folder()), str(folder() / "a.toml")]


def test_profile_that_cannot_be_removed_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "remove", "none"]) == UNUSABLE
    (folder() / "full.toml").mkdir(parents=True)
    assert run(["profile", "remove", "full"]) == UNUSABLE
    err = capsys.readouterr().err
    assert "There is no profile 'none'." in err
    assert "full.toml cannot be removed: " in err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("base_url\n", "line 1"),
        ('partner_id = "1"\n', "missing required field `base_url`"),
        (f'base_url = "{VENDOR}"\nbase_urll = ""\n', "unknown field `base_urll`"),
        ('base_url = "http://example.com"\n', "base_url (FINICITY_BASE_URL) must be https"),
        (f'base_url = "{VENDOR}"\nformat = "xml"\n', "$.format"),
        (f'base_url = "{VENDOR}"\nlimit = 0\n', "$.limit"),
        (f'base_url = "{VENDOR}"\nrate = inf\n', "rate must be a number of requests"),
        (f'base_url = "{VENDOR}"\napp_key = "the app key"\n', "app_key (FINICITY_APP_KEY) must be text"),
        (f'base_url = "{VENDOR}"\napp_key = "a"\npartner_secret = "s"\n', "give app_key, and partner_id with"),
        (f'base_url = "{VENDOR}"\npartner_id = "a b"\n', "partner_id (FINICITY_PARTNER_ID) must be text"),
    ],
)
def test_file_that_does_not_fit_is_refused_with_its_place(
    text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = given("odd", text)
    assert run(["--profile", "odd", "accounts", "1"]) == UNUSABLE
    err = capsys.readouterr().err
    assert told in err
    assert str(file) in err
    assert "the app key" not in err


def test_profile_that_is_not_there_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["accounts", "1", "--profile", "nope"]) == UNUSABLE
    assert "There is no profile 'nope'. Those that there are: none." in capsys.readouterr().err


def test_keys_that_others_can_read_are_refused_and_other_settings_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    given("open", f'base_url = "{VENDOR}"\n', 0o644)
    assert read_profile("open") == Profile(base_url=VENDOR)
    file = given("keys", f'base_url = "{VENDOR}"\napp_key = "the-app-key"\napp_token = "the-token"\n', 0o640)
    assert run(["accounts", "1", "--profile", "keys"]) == UNUSABLE
    assert f"chmod 600 {file}" in capsys.readouterr().err


def test_file_that_the_guide_shows_is_a_profile() -> None:
    guide = Path(__file__).parents[2] / "docs" / "guides" / "command-line.md"
    given("production", guide.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0])
    assert read_profile("production").limit == 50


# What a profile and the environment make together.

BOX = Profile(base_url=LOCAL, partner_id="1", app_key="a", partner_secret="s")
KEYLESS = Profile(base_url=VENDOR, partner_id="271828", proxy="http://p:1")
TOKEN = Profile(base_url=LOCAL, app_key="a", app_token="t")
ENVIRON = {"FINICITY_APP_KEY": "b", "FINICITY_PARTNER_SECRET": "t"}


@pytest.mark.parametrize(
    ("profile", "environ", "expected"),
    [
        pytest.param(
            BOX, {}, {"BASE_URL": LOCAL, "PARTNER_ID": "1", "APP_KEY": "a", "PARTNER_SECRET": "s"}, id="alone"
        ),
        pytest.param(
            KEYLESS,
            ENVIRON,
            {"BASE_URL": VENDOR, "PROXY": "http://p:1", "PARTNER_ID": "271828", "APP_KEY": "b", "PARTNER_SECRET": "t"},
            id="keys of the environment for the vendor's service",
        ),
        pytest.param(
            BOX,
            {**ENVIRON, "FINICITY_BASE_URL": f"{LOCAL}/", "FINICITY_PROXY": "http://q:1"},
            {"BASE_URL": LOCAL, "PROXY": "http://q:1", "PARTNER_ID": "1", "APP_KEY": "b", "PARTNER_SECRET": "t"},
            id="the environment goes first",
        ),
        pytest.param(
            BOX,
            {"FINICITY_APP_KEY": "b", "FINICITY_BASE_URL": LOCAL},
            {"BASE_URL": LOCAL, "PARTNER_ID": "1", "APP_KEY": "b"},
            id="keys of both are not mixed",
        ),
        pytest.param(
            BOX,
            {"FINICITY_APP_KEY": " ", "FINICITY_BASE_URL": "", "FINICITY_PARTNER_ID": "1"},
            {"BASE_URL": LOCAL, "PARTNER_ID": "1", "APP_KEY": "a", "PARTNER_SECRET": "s"},
            id="blank variables are none",
        ),
    ],
)
def test_what_agrees_is_put_together(profile: Profile, environ: dict[str, str], expected: dict[str, str]) -> None:
    found = variables("x", profile, environ)
    assert found == {f"FINICITY_{name}": value for name, value in expected.items()} | {"FINICITY_PROFILE": "x"}


@pytest.mark.parametrize(
    ("profile", "environ", "told"),
    [
        pytest.param(BOX, ENVIRON, f"are for {VENDOR}", id="keys for the vendor, profile for the sandbox"),
        pytest.param(BOX, {"FINICITY_APP_TOKEN": "t"}, f"are for {VENDOR}", id="token for the vendor"),
        pytest.param(KEYLESS, {**ENVIRON, "FINICITY_BASE_URL": LOCAL}, f"are for {LOCAL}", id="keys for the sandbox"),
        pytest.param(BOX, {"FINICITY_BASE_URL": VENDOR}, f"are for {VENDOR}", id="keys of the profile elsewhere"),
        pytest.param(KEYLESS, {**ENVIRON, "FINICITY_PARTNER_ID": "2"}, "another partner", id="another partner"),
        pytest.param(BOX, {"FINICITY_PARTNER_ID": "2"}, f"are for {VENDOR}", id="a partner of the vendor's service"),
        pytest.param(TOKEN, {"FINICITY_PARTNER_ID": "2"}, f"are for {VENDOR}", id="a partner beside a token"),
        pytest.param(KEYLESS, {}, "has no keys", id="no keys"),
    ],
)
def test_what_disagrees_is_refused(profile: Profile, environ: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigurationError, match="'x'") as caught:
        variables("x", profile, environ)
    assert told in str(caught.value)


# A command with a profile.


@pytest.fixture
def saved(served: Sandbox, journal: AllCalls, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a sandbox that is saved as ``box``, and of which the environment knows nothing."""
    assert run(["profile", "save", "box", "--with-keys", "--json"]) == OK
    for name in served.variables:
        monkeypatch.delenv(name)
    return served


def test_command_goes_where_its_profile_says_and_takes_its_form(
    saved: Sandbox, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(os.environ)
    assert run(["--profile", "box", "accounts", "1005061234"]) == OK
    assert len(json.loads(capfd.readouterr().out)["accounts"]) == 4
    assert dict(os.environ) == before
    monkeypatch.setenv("FINICITY_PROFILE", "box")
    assert run(["accounts", "1005061234", "--format", "table"]) == OK
    assert "5011648377" in capfd.readouterr().out


def test_form_of_a_profile_that_a_command_has_not_is_left_out(
    saved: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    file = folder() / "box.toml"
    file.write_text(file.read_text().replace('"json"', '"csv"'))
    assert run(["connect", "1005061234", "--profile", "box"]) == OK
    assert capfd.readouterr().out.startswith("http://127.0.0.1:")


def test_demo_with_a_profile_talks_to_its_service(saved: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--customers", "1", "--profile", "box", "--format", "table"]) == OK
    assert f"Service: {saved.url}" in capsys.readouterr().out


def test_option_goes_before_the_variable_and_an_empty_one_is_no_profile(
    saved: Sandbox, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINICITY_PROFILE", "nope")
    assert run(["accounts", "1005061234", "--profile", "box", "--csv"]) == OK
    assert run(["accounts", "1005061234", "--profile", ""]) == UNUSABLE
    assert "Set FINICITY_APP_KEY" in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["accounts", "--help"], ["profile", "list"]])
def test_commands_that_send_nothing_ask_for_no_profile(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINICITY_PROFILE", "nope")
    assert run(arguments) == OK


def test_fetch_takes_limit_and_rate_of_the_profile_where_they_are_not_given(
    saved: Sandbox, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    Path("ids.txt").write_text("1005061234\n")
    file = folder() / "box.toml"
    file.write_text(file.read_text() + "limit = 2\nrate = 1000.0\n")
    profile = read_profile("box")
    assert (profile.limit, profile.rate) == (2, 1000.0)
    assert run(["fetch", "ids.txt", "-o", "a.ndjson", "--profile", "box"]) == OK
    assert run(["fetch", "ids.txt", "-o", "b.ndjson", "--profile", "box", "--limit", "0"]) == UNUSABLE


def test_fetch_on_a_cluster_refuses_a_profile(saved: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fetch", "-", "-o", "-", "--dask", "tcp://127.0.0.1:1", "--profile", "box"]) == UNUSABLE
    assert "--dask: the workers have FINICITY_* variables of their own" in capsys.readouterr().err


def test_a_fresh_process_finds_the_profile(saved: Sandbox) -> None:
    command = [sys.executable, "-m", "finicity_async", "customers", "--csv", "--profile", "box"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 -- ours
    assert done.stdout.splitlines()[1].startswith("1005061234,")
