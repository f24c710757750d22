"""``fetch`` under SIGKILL, SIGINT and SIGTERM: the files stay whole and can be resumed."""

import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from random import Random

import pytest

from finicity_async.cli.fetching import ALL_FETCHED, SOME_FAILED
from tests.cli.fetch.raw_vendor import (
    ERRORS,
    MISSING,
    OUTPUT,
    Vendor,
    assert_each_once,
    command,
    customers_in,
    fetch,
    files,
    forks,
    line_of,
    needs_signals,
    numbered,
    reply_of,
    unpacked,
    wait_until,
)
from tests.support.servers import Answer, Hang, Later


def main_thread() -> int:
    main = threading.main_thread().ident
    assert main is not None
    return main


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
def test_killed_at_twenty_moments_and_resumed_it_neither_loses_nor_repeats_a_customer(
    output: str, vendor: Vendor
) -> None:
    random = Random(4)
    ids = numbered(2000)
    end = math.inf

    def answer(customer: str) -> Answer:
        if len(vendor.asked) > end:
            return Hang()  # pragma: no cover -- reached where the kill comes late
        response = MISSING if customer.endswith("50") else reply_of(customer)
        return Later(0.003, response)

    vendor.answer = answer
    line = f"fetch ids.txt -o {output} --limit 8 --resume"
    with forks() as (start, exit_code):
        for turn in range(20):
            moment = len(vendor.asked) + (random.randint(1, 60) if turn % 5 else 0)
            end = moment + 30
            pid = start(line)
            wait_until(lambda moment=moment: len(vendor.asked) >= moment)  # type: ignore[misc]  # -- bound for the loop
            time.sleep(random.uniform(0, 0.005))
            os.kill(pid, signal.SIGKILL)
            assert exit_code() == -signal.SIGKILL
        end = math.inf
        start(line)
        assert exit_code() == SOME_FAILED
    assert_each_once(ids, output)
    assert sorted(customers_in(ERRORS)) == sorted(one for one in ids if one.endswith("50"))
    expected = {line_of(one) for one in ids if not one.endswith("50")}
    assert set(unpacked(output).splitlines(keepends=True)) == expected
    assert files() == {"ids.txt", output, ERRORS}


BOTH_SIGNALS = pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])


@needs_signals
@BOTH_SIGNALS
@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
def test_signal_finishes_what_is_in_flight_and_stops(
    name: signal.Signals, output: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    main = main_thread()

    def answer(customer: str) -> Answer:
        if len(vendor.asked) == 10:
            signal.pthread_kill(main, name)
        response = MISSING if customer == "10" else reply_of(customer)
        return Later(0.02, response)

    vendor.answer = answer
    ids = numbered(300)
    assert fetch("--limit", "4", output=output) == 128 + name
    err = capsys.readouterr().err
    assert f"Stopped by {name.name}; --resume goes on." in err
    assert "Traceback" not in err
    assert 10 <= len(vendor.asked) < 300
    assert_each_once(vendor.asked, output)
    vendor.answer = reply_of
    assert fetch("--resume", "--limit", "4", output=output) in {ALL_FETCHED, SOME_FAILED}
    assert Counter(vendor.asked) == Counter(ids)
    assert_each_once(ids, output)


@needs_signals
@pytest.mark.parametrize("names", [(signal.SIGINT, signal.SIGTERM), (signal.SIGTERM, signal.SIGINT)])
@pytest.mark.parametrize("terminal", [False, True])
def test_second_signal_ends_at_once_without_a_traceback(
    *,
    names: tuple[signal.Signals, signal.Signals],
    terminal: bool,
    vendor: Vendor,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    main = main_thread()
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm")

    def answer(customer: str) -> Answer:
        if len(vendor.asked) < 10:
            return reply_of(customer)
        if len(vendor.asked) == 10:
            for name in names:
                signal.pthread_kill(main, name)
        return Hang()

    vendor.answer = answer
    ids = numbered(300)
    assert fetch("--limit", "4") in {128 + name for name in names}
    out, err = capsys.readouterr()
    assert "Stopped" in err
    assert "Traceback" not in out + err
    assert err.count("\x1b[?25l") == err.count("\x1b[?25h") == terminal
    vendor.answer = reply_of
    assert fetch("--resume") == ALL_FETCHED
    assert_each_once(ids)


@needs_signals
@BOTH_SIGNALS
def test_signal_to_a_process_of_its_own_stops_it_with_128_and_the_number(name: signal.Signals, vendor: Vendor) -> None:
    started: list[int] = []

    def answer(customer: str) -> Answer:
        if len(vendor.asked) == 10:
            wait_until(lambda: started)
            os.kill(started[0], name)
        return reply_of(customer)

    vendor.answer = answer
    numbered(2000)
    process = subprocess.Popen(command("ids.txt", "-o", OUTPUT, "--limit", "4"), stderr=subprocess.PIPE, text=True)  # noqa: S603 -- ours
    started.append(process.pid)
    _, err = process.communicate()
    assert process.returncode == 128 + name
    assert "--resume" in err
    assert "Traceback" not in err
    assert_each_once(vendor.asked)
