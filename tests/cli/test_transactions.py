"""The command ``transactions``, run in this process on a server that follows the vendor's document."""

import csv
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from finicity_async.cli.commands import FAILED, OK, UNUSABLE, run
from tests.support.ledger import NOON, Ledger, row
from tests.support.servers import RawServer, http

CUSTOMER = "1005061234"
PERIOD = ["--from", "2025-11-01", "--to", "2025-11-30"]

ROWS = [
    row(1, amount="12345678901234567.890"),
    row(2, amount="0.1", second=NOON + 86_400),
    row(3, amount="-1e3", account=6, second=NOON + 2 * 86_400),
    row(4, status="pending", second=NOON + 2 * 86_400),
]


@pytest.fixture
def ledger(no_credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """Return the transactions of a server that the command finds through the environment."""
    ledger = Ledger(ROWS)
    server = RawServer(default=ledger)
    with server.served():
        monkeypatch.setenv("FINICITY_APP_KEY", "test-app-key")
        monkeypatch.setenv("FINICITY_APP_TOKEN", "test-app-token")
        monkeypatch.setenv("FINICITY_BASE_URL", server.url)
        yield ledger


def seconds(text: str) -> str:
    return str(int(datetime.fromisoformat(text).timestamp()))


def test_transactions_shows_the_newest_first_in_a_table_that_fits_80_columns(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["transactions", CUSTOMER, *PERIOD]) == OK
    out, err = capsys.readouterr()
    assert err == ""
    assert max(map(len, out.splitlines())) <= 80
    shown = [line.split() for line in out.splitlines() if "Payee" in line]
    assert shown == [
        ["2025-11-30", "6", "Payee", "3", "-1,000.00", "active"],
        ["2025-11-29", "5011648377", "Payee", "2", "0.10", "active"],
        ["2025-11-28", "5011648377", "Payee", "1", "12,345,678,901,234,567.890", "active"],
    ]
    assert "--json" not in out
    assert ledger.asked == [
        {
            "fromDate": seconds("2025-11-01T00:00:00Z"),
            "toDate": seconds("2025-11-30T23:59:59Z"),
            "limit": "100",
            "sort": "desc",
            "includePending": "false",
        }
    ]


def test_transactions_says_how_many_there_are_where_the_table_does_not_show_all(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["transactions", CUSTOMER, *PERIOD, "--limit", "2"]) == OK
    out = capsys.readouterr().out
    assert out.count("active") == 2
    assert "The newest 2 of 3 transactions. --json and --csv write all of the period." in out


def test_transactions_of_one_account_with_the_pending_ones(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["transactions", CUSTOMER, *PERIOD, "--account", "5011648377", "--pending"]) == OK
    out = capsys.readouterr().out
    assert [line.split()[3] for line in out.splitlines() if "Payee" in line] == ["4", "2", "1"]


def test_transactions_shows_ids_and_categories_where_there_is_room(
    ledger: Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    ledger.fill(
        row(77, categorization={"category": "ATM Fee"}, memo="No. 4", currencySymbol="EUR"),
        row(78, amount="null", transactionDate=0, postedDate=0),
    )
    assert run(["transactions", CUSTOMER, *PERIOD]) == OK
    out = capsys.readouterr().out
    shown = [line.split() for line in out.splitlines() if "Payee" in line]
    assert [
        "2025-11-28",
        "5011648377",
        "77",
        "Payee",
        "77",
        "No.",
        "4",
        "ATM",
        "Fee",
        "-77.10",
        "EUR",
        "active",
    ] in shown
    assert ["5011648377", "78", "Payee", "78", "active"] in shown


@pytest.mark.parametrize("width", ["80", "140"])
def test_transactions_shows_a_description_as_it_is_but_for_what_a_terminal_would_obey(
    width: str, ledger: Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    ledger.fill(row(1, description="[bold]a\x1b[2J\r\n:smile:", memo="\u202eb\x9b", accountId=None))
    assert run(["transactions", CUSTOMER, *PERIOD]) == OK
    out = capsys.readouterr().out
    assert "[bold]a\ufffd[2J\ufffd\ufffd:smile: \ufffdb\ufffd" in out
    assert not {"\x1b", "\x9b", "\u202e"} & set(out)


def test_transactions_shows_what_was_set_aside(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.fill(row(1, amount='"n/a"'))
    assert run(["transactions", CUSTOMER, *PERIOD]) == OK
    assert "Set aside: $.transactions[0].amount = 'n/a'" in capsys.readouterr().out


def test_transactions_json_is_every_transaction_on_a_line_oldest_first_and_to_the_digit(
    ledger: Ledger, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["transactions", CUSTOMER, *PERIOD, "--json"]) == OK
    lines = capfd.readouterr().out.splitlines()
    rows = [json.loads(line, parse_float=Decimal) for line in lines]
    assert [one["id"] for one in rows] == [1, 2, 3]
    assert '"amount":12345678901234567.890,' in lines[0]
    assert [one["amount"] for one in rows] == [Decimal("12345678901234567.890"), Decimal("0.1"), Decimal("-1e3")]
    assert (rows[0]["accountId"], rows[0]["transactionDate"]) == (5011648377, "2025-11-28T12:00:00Z")


def test_transactions_csv_has_a_heading_and_amounts_to_the_digit(
    ledger: Ledger, capfd: pytest.CaptureFixture[str]
) -> None:
    ledger.fill(*ROWS, row(5, second=NOON + 3 * 86_400, description='A, "B"\nC'))
    assert run(["transactions", CUSTOMER, "--from", "2025-11-01", "--to", "2025-12-31", "--csv", "--pending"]) == OK
    rows = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))
    assert [one["amount"] for one in rows] == ["12345678901234567.890", "0.1", "-1000", "-4.10", "-5.10"]
    assert (rows[4]["id"], rows[4]["description"], rows[4]["memo"]) == ("5", 'A, "B"\nC', "")
    assert (rows[0]["transaction_date"], rows[3]["status"]) == ("2025-11-28T12:00:00+00:00", "pending")


def test_transactions_csv_says_how_many_rows_lack_a_value_that_json_has(
    ledger: Ledger, capfd: pytest.CaptureFixture[str]
) -> None:
    ledger.fill(row(1, amount='"1_000"'), row(2))
    assert run(["transactions", CUSTOMER, *PERIOD, "--csv"]) == OK
    out, err = capfd.readouterr()
    assert [one["amount"] for one in csv.DictReader(io.StringIO(out))] == ["", "-2.10"]
    assert "value cannot be read: 1. See --json." in " ".join(err.split())
    assert run(["transactions", CUSTOMER, *PERIOD, "--json"]) == OK
    out, err = capfd.readouterr()
    assert '"1_000"' in out
    assert err == ""


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_all_pages_are_written_although_rows_share_a_second(
    form: str, ledger: Ledger, capfd: pytest.CaptureFixture[str]
) -> None:
    ledger.fill(*(row(number, second=NOON + number // 7) for number in range(2_345)))
    assert run(["transactions", CUSTOMER, *PERIOD, form]) == OK
    lines = capfd.readouterr().out.splitlines()
    assert len(set(lines)) == len(lines) == 2_345 + (form == "--csv")
    assert len(ledger.asked) == 3


def test_the_first_line_is_written_before_the_last_page_is_there(ledger: Ledger) -> None:
    ledger.fill(*(row(number, second=NOON + number) for number in range(1_500)))
    has_line = threading.Event()
    in_time: list[bool] = []
    ledger.wait = lambda: in_time.append(len(ledger.asked) < 2 or has_line.wait(60))
    command = [sys.executable, "-m", "finicity_async", "transactions", CUSTOMER, *PERIOD, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 -- ours
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["id"] == 0
        has_line.set()
        assert len(process.stdout.readlines()) == 1_499
    assert in_time == [True, True]


def test_a_reader_that_has_gone_ends_the_list_with_1_and_a_message(ledger: Ledger) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-m", "finicity_async", "transactions", CUSTOMER, *PERIOD, "--json"]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 -- ours
    os.close(theirs)
    assert done.returncode == FAILED
    assert done.stderr.startswith("stdout: Broken pipe")
    assert len(done.stderr.splitlines()) == 1


PERIODS: dict[str, tuple[list[str], str, str]] = {
    "days": (["--from", "2025-11-01", "--to", "2025-11-01"], "2025-11-01T00:00:00Z", "2025-11-01T23:59:59Z"),
    "instants": (
        ["--from", "2025-11-01T08:30:00-05:00", "--to", "2025-11-02T00:00:00Z"],
        "2025-11-01T13:30:00Z",
        "2025-11-02T00:00:00Z",
    ),
    "only an end": (["--to", "2025-11-30"], "2025-10-31T00:00:00Z", "2025-11-30T23:59:59Z"),
    "an end elsewhere": (["--to", "2025-11-30T20:00:00-05:00"], "2025-11-01T00:00:00Z", "2025-12-01T01:00:00Z"),
}


@pytest.mark.parametrize(("options", "first", "last"), PERIODS.values(), ids=PERIODS)
def test_a_day_is_one_of_utc_and_an_instant_has_its_zone(
    options: list[str], first: str, last: str, ledger: Ledger
) -> None:
    assert run(["transactions", CUSTOMER, *options]) == OK
    (asked,) = ledger.asked
    assert (asked["fromDate"], asked["toDate"]) == (seconds(first), seconds(last))


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_without_a_period_it_is_the_last_30_days(form: list[str], ledger: Ledger) -> None:
    before = datetime.now(UTC)
    assert run(["transactions", CUSTOMER, *form]) == OK
    (asked,) = ledger.asked
    assert int(before.timestamp()) <= int(asked["toDate"]) <= datetime.now(UTC).timestamp()
    first = datetime.fromtimestamp(int(asked["fromDate"]), UTC)
    assert timedelta(30) <= datetime.fromtimestamp(int(asked["toDate"]), UTC) - first < timedelta(31)
    assert f"{first:%H:%M:%S}" == "00:00:00"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "CUSTOMER_ID"),
        ([CUSTOMER, "--json", "--csv"], "not both"),
        ([CUSTOMER, "--limit", "0"], "--limit"),
        ([CUSTOMER, "--limit", "1001"], "--limit"),
        ([CUSTOMER, "--from", "yesterday"], "--from yesterday: give a day in UTC"),
        ([CUSTOMER, "--to", "2025-11-31"], "--to 2025-11-31: give a day in UTC"),
        ([CUSTOMER, "--from", "2025-11-01T08:30:00"], "an instant with its zone"),
        ([CUSTOMER, "--from", "2025-11-02", "--to", "2025-11-01"], "--from is after --to"),
        ([CUSTOMER, "--to", "0001-01-15"], "30 days before 0001-01-15 is before 1970"),
        ([CUSTOMER, "--from", "1969-12-31"], "--from 1969-12-31 is before 1970"),
        ([CUSTOMER, "--limit", "5", "--json"], "--limit is for the table"),
        ([CUSTOMER, "--limit", "5", "--csv"], "--limit is for the table"),
        (["..", "--json"], "for CUSTOMER_ID. An ID has"),
        ([CUSTOMER, "--account", ".."], "for --account. An ID has"),
        ([CUSTOMER, "--to", "9999-12-31T23:59:59-14:00"], "in UTC that is outside of the years 1 to 9999"),
    ],
)
def test_transactions_with_arguments_that_do_not_fit_ends_with_2(
    arguments: list[str], told: str, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["transactions", *arguments]) == UNUSABLE
    out, err = capsys.readouterr()
    assert told in " ".join(err.split())
    assert "Traceback" not in out + err
    assert ledger.asked == []


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"], ["--account", "5"], ["--account", "5", "--json"]])
def test_an_error_of_the_vendor_ends_the_command_with_1(
    form: list[str], ledger: Ledger, capfd: pytest.CaptureFixture[str]
) -> None:
    ledger.refusal = http(404, {"code": 14001, "message": "Customer not found"})
    assert run(["transactions", CUSTOMER, *form]) == FAILED
    operation = "GetCustomerAccountTransactions" if "--account" in form else "GetAllCustomerTransactions"
    err = capfd.readouterr().err
    assert err.startswith(f"NotFoundError: {operation} was answered 404 (code 14001)")
    assert CUSTOMER not in err
