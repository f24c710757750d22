"""Fan-out on Dask: workers on this loop for the rules, worker processes for what a crash does."""

import asyncio
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client, LocalCluster
from distributed.scheduler import KilledWorker

import finicity_async.errors
from finicity_async import (
    AsyncSession,
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    Outcome,
    RateLimitError,
    RedisTokenStore,
    RefreshTimeoutError,
    Sandbox,
    StatusError,
    TransportError,
    describe_status,
    get_customer_accounts,
    map_customers_distributed,
    refresh_and_wait,
    refresh_customer_accounts,
)
from finicity_async.cli.commands import FAILED, UNUSABLE, run
from finicity_async.cli.fetching import ALL_FETCHED, SOME_FAILED
from finicity_async.integrations.dask.scheduler import ChunkSizes
from finicity_async.integrations.dask.worker import pack, unpack
from finicity_async.sandbox import Latency
from tests.cli.fetch.raw_vendor import wait_until
from tests.support.journals import AllCalls, set_credentials
from tests.support.ledger import Ledger, row
from tests.support.redis_server import RedisServer, needs_redis
from tests.support.servers import RawServer, http

pytestmark = pytest.mark.xdist_group("dask")  # clusters of one machine, one at a time

MANY = 500
FIRST = 1005061234


@pytest.fixture
async def sandbox(journal: AllCalls, no_credentials: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """Return a sandbox that the workers on this loop find through the environment."""
    async with Sandbox(customers=MANY, accounts=1) as sandbox:
        set_credentials(monkeypatch, sandbox)
        yield sandbox


@asynccontextmanager
async def cluster_of(workers: int) -> AsyncIterator[tuple[Any, Client]]:
    quiet = {"silence_logs": 50, "dashboard_address": ":0"}
    async with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=False, protocol="tcp", asynchronous=True, **quiet
        ) as cluster,
        Client(cluster, asynchronous=True) as client,
    ):
        yield cluster, client


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with cluster_of(2) as (_, client):
        yield client


async def count_accounts(session: AsyncSession, customer_id: Any) -> int:
    return len(await get_customer_accounts(session, customer_id))


async def outcomes_of(mapped: Any) -> list[Outcome[Any, Any]]:
    async with mapped as outcomes:
        return [outcome async for outcome in outcomes]


def ids_of(outcomes: list[Outcome[Any, Any]]) -> list[Any]:
    return [outcome.customer_id for outcome in outcomes]


def sessions_on(client: Client) -> int:
    """Return how many sessions are open on the workers of this process."""
    cluster: Any = client.cluster
    workers = cluster.workers.values()
    return sum(name.startswith("finicity-async-") for worker in workers for name in worker.plugins)


# Every customer once


async def test_every_customer_has_one_outcome_and_every_worker_one_session(
    client: Client, sandbox: Sandbox, journal: AllCalls
) -> None:
    outcomes = await outcomes_of(map_customers_distributed(client, count_accounts, iter([*sandbox.customers, 99])))
    assert Counter(ids_of(outcomes)) == Counter([*sandbox.customers, 99])
    (failed,) = (outcome for outcome in outcomes if outcome.error is not None)
    assert isinstance(failed.error, NotFoundError)
    assert (failed.customer_id, failed.error.code, failed.attempts) == (99, "14001", 1)
    assert len([one for one in journal if one.target.endswith("/authentication")]) == 2
    assert sessions_on(client) == 0


@pytest.mark.parametrize("chunk_size", [None, 7])
async def test_ordered_outcomes_come_in_the_order_of_the_customers(
    client: Client, sandbox: Sandbox, chunk_size: int | None
) -> None:
    async def ids() -> AsyncIterator[str]:
        for one in sandbox.customers:
            yield one

    mapped = map_customers_distributed(
        client, count_accounts, ids(), ordered=True, chunk_size=chunk_size, limit=5, session_options={"timeout": 10.0}
    )
    assert ids_of(await outcomes_of(mapped)) == list(sandbox.customers)


async def test_no_customers_are_no_outcomes(client: Client, sandbox: Sandbox, journal: AllCalls) -> None:
    assert await outcomes_of(map_customers_distributed(client, count_accounts, [])) == []
    assert not journal


async def test_the_customers_are_pulled_a_few_chunks_ahead(client: Client, sandbox: Sandbox) -> None:
    pulled = 0

    def ids() -> Iterator[str]:
        nonlocal pulled
        for pulled, one in enumerate(sandbox.customers, 1):  # noqa: B007 -- looked at outside
            yield one

    async with map_customers_distributed(client, count_accounts, ids(), chunk_size=10) as outcomes:
        for _ in range(2):
            await anext(outcomes)
        await asyncio.sleep(0.3)
        assert pulled <= 1 + 6 * 10
        assert len([outcome async for outcome in outcomes]) == MANY - 2


def test_chunks_grow_to_what_a_worker_does_in_a_second_and_a_half() -> None:
    sizes = ChunkSizes(None)
    found = []
    for _ in range(8):
        found.append(sizes.next)
        sizes.learn(sizes.next, sizes.next / 400, 0.05)
    assert found == [1, 4, 16, 64, 256, 600, 600, 600]
    sizes.learn(600, 60.0, 0.05)
    assert sizes.next == 15
    sizes.learn(600, 6.0, 0.2)
    assert sizes.next == 500
    sizes.learn(600, 6.0, 7.0)
    assert sizes.next == 1000
    sizes.learn(2000, 0.0, 0.0)
    assert sizes.next == 2000
    fixed = ChunkSizes(9)
    fixed.learn(1, 1.0, 1.0)
    assert (fixed.next, ChunkSizes(9).next) == (9, 1)


# What ends the map


@pytest.mark.parametrize("ordered", [False, True])
async def test_a_wrong_secret_ends_the_map_after_one_login_however_many_workers(
    client: Client, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, ordered: bool
) -> None:
    monkeypatch.setenv("FINICITY_PARTNER_SECRET", "wrongSecret12")
    with pytest.raises(AuthenticationError) as caught:
        await outcomes_of(map_customers_distributed(client, count_accounts, sandbox.customers, ordered=ordered))
    assert (caught.value.operation, caught.value.code) == ("CreateToken", "10001")
    assert sandbox.failed_logins == 1
    monkeypatch.setenv("FINICITY_PARTNER_SECRET", sandbox.credentials.partner_secret or "")
    assert len(await outcomes_of(map_customers_distributed(client, count_accounts, sandbox.customers))) == MANY


async def test_until_a_login_has_ended_chunks_go_out_one_at_a_time(client: Client, sandbox: Sandbox) -> None:
    """A login that fails without being refused ends nothing, and tells nothing about the secret."""
    at_a_time: dict[str, Any] = {"session_options": {"base_url": "http://127.0.0.1:1", "max_tries": 1}, "chunk_size": 5}
    outcomes = await outcomes_of(map_customers_distributed(client, count_accounts, range(11), **at_a_time))
    assert {type(outcome.error) for outcome in outcomes} == {TransportError}
    assert sorted(ids_of(outcomes)) == list(range(11))


async def test_missing_variables_on_the_workers_end_the_map(client: Client, no_credentials: None) -> None:
    with pytest.raises(ConfigurationError, match="FINICITY_APP_KEY"):
        await outcomes_of(map_customers_distributed(client, count_accounts, [1]))


async def test_what_the_source_raises_comes_after_the_outcomes_before_it(client: Client, sandbox: Sandbox) -> None:
    def ids() -> Iterator[str]:
        yield from list(sandbox.customers)[:50]
        raise KeyError("the cursor broke")

    mapped = map_customers_distributed(client, count_accounts, ids())
    found = {(await anext(mapped)).customer_id for _ in range(50)}
    assert len(found) == 50
    with pytest.raises(KeyError, match="the cursor broke"):
        await anext(mapped)


async def slow(session: AsyncSession, customer_id: Any) -> None:
    while True:
        await get_customer_accounts(session, customer_id)
        await asyncio.sleep(0.005)


async def fast_at_first(session: AsyncSession, customer_id: Any) -> None:
    await (get_customer_accounts if customer_id == str(FIRST) else slow)(session, customer_id)


@pytest.mark.parametrize("how", ["leave", "break", "cancel"])
async def test_leaving_stops_the_requests_and_closes_the_sessions(
    client: Client, sandbox: Sandbox, journal: AllCalls, how: str
) -> None:
    closed = []

    async def ids() -> AsyncIterator[str]:
        customers = iter(sandbox.customers)
        try:
            while True:
                yield next(customers)
        finally:
            closed.append(True)

    async def consume() -> None:
        async for _ in map_customers_distributed(client, fast_at_first, ids(), limit=3):
            if how == "break":
                break

    async def leave() -> None:
        async with map_customers_distributed(client, fast_at_first, ids(), limit=3) as outcomes:
            await anext(outcomes)
            await until(lambda: len(journal) > 20)

    task = asyncio.create_task(leave() if how == "leave" else consume())
    if how == "cancel":
        await until(lambda: len(journal) > 20)
        task.cancel()
    await asyncio.wait((task,))
    await until(lambda: sessions_on(client) == 0 and closed)
    sent = len(journal)
    await asyncio.sleep(0.05)
    assert len(journal) == sent
    assert len(await outcomes_of(map_customers_distributed(client, count_accounts, list(sandbox.customers)[:9]))) == 9


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 -- what is waited for happens on a worker and sets no event
            await asyncio.sleep(0.005)


async def test_a_map_that_never_began_is_closed_without_a_word_and_begins_nothing(
    client: Client, sandbox: Sandbox, journal: AllCalls
) -> None:
    mapped = map_customers_distributed(client, count_accounts, sandbox.customers)
    await mapped.aclose()
    await mapped.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(mapped)
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("finicity_async: map")]
    assert sessions_on(client) == 0
    assert journal == []
    del mapped
    map_customers_distributed(client, count_accounts, sandbox.customers)


async def test_a_cluster_that_went_away_ends_the_map(sandbox: Sandbox) -> None:
    async with AsyncExitStack() as stack:
        cluster, client = await stack.enter_async_context(cluster_of(1))
        mapped = map_customers_distributed(client, count_accounts, sandbox.customers, chunk_size=1)
        await anext(mapped)
        await client.close()
        await cluster.close()
        with pytest.raises(Exception, match=r"."):
            await outcomes_of(mapped)


# A worker that goes


async def test_a_worker_that_retires_midway_costs_no_customer(sandbox: Sandbox) -> None:
    async with cluster_of(2) as (cluster, client):
        found: Counter[str] = Counter()
        async with map_customers_distributed(client, count_accounts, sandbox.customers, chunk_size=50) as outcomes:
            async for outcome in outcomes:
                found[outcome.customer_id] += outcome.error is None
                if found.total() == 60:
                    await cluster.workers[0].close()
        assert found == Counter(dict.fromkeys(sandbox.customers, 1))


async def test_workers_without_a_session_are_an_error_and_not_a_loop(
    client: Client, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forget(*_: object) -> None:
        pass

    monkeypatch.setattr("finicity_async.integrations.dask.scheduler._register", forget)
    monkeypatch.setattr("finicity_async.integrations.dask.scheduler._MAX_TRIES", 2)
    with pytest.raises(RuntimeError, match="no worker that was asked has the session"):
        await outcomes_of(map_customers_distributed(client, count_accounts, sandbox.customers))


# A function that exits, and a scheduler that dies


async def leave(session: AsyncSession, customer_id: Any) -> int:
    if customer_id == str(FIRST + 1):
        sys.exit("no configuration")
    if customer_id == str(FIRST + 2):
        raise KeyboardInterrupt
    return await count_accounts(session, customer_id)


def leave_at_once(session: AsyncSession, customer_id: Any) -> Any:
    sys.exit(3)


async def test_exit_of_a_function_is_the_error_of_its_customer_and_not_the_end_of_the_worker(
    client: Client, sandbox: Sandbox
) -> None:
    ids = list(sandbox.customers)[:30]
    outcomes = await outcomes_of(map_customers_distributed(client, leave, ids))
    assert Counter(ids_of(outcomes)) == Counter(ids)
    errors = {outcome.customer_id: repr(outcome.error) for outcome in outcomes if outcome.error is not None}
    assert errors == {
        ids[1]: "RuntimeError('SystemExit on a Dask worker: no configuration')",
        ids[2]: "RuntimeError('KeyboardInterrupt on a Dask worker: ')",
    }
    (outcome,) = await outcomes_of(map_customers_distributed(client, leave_at_once, ids[:1]))
    assert str(outcome.error) == "SystemExit on a Dask worker: 3"
    assert sessions_on(client) == 0


def make_no_session() -> AsyncSession:
    sys.exit("no configuration")


@asynccontextmanager
async def with_an_exit_at_the_end() -> AsyncIterator[AsyncSession]:
    async with AsyncSession.from_env() as session:
        yield session
    sys.exit("closed")


async def test_exit_while_a_session_is_made_or_closed_ends_no_worker(client: Client, sandbox: Sandbox) -> None:
    ids = list(sandbox.customers)[:9]
    with pytest.raises(RuntimeError, match="SystemExit on a Dask worker: no configuration"):
        await outcomes_of(map_customers_distributed(client, count_accounts, ids, make_session=make_no_session))
    made_again = map_customers_distributed(client, count_accounts, ids, make_session=with_an_exit_at_the_end)
    assert len(await outcomes_of(made_again)) == 9
    assert len(await outcomes_of(map_customers_distributed(client, count_accounts, ids))) == 9


@contextmanager
def processes() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Give a scheduler, which has a worker, each in a process of its own, and its address."""
    quiet = ("--no-dashboard", "--host", "127.0.0.1")
    python = (sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", *quiet)
    with subprocess.Popen(python, stderr=subprocess.PIPE, text=True) as scheduler:  # noqa: S603 -- ours
        assert scheduler.stderr is not None
        address = next(found[0] for line in scheduler.stderr if (found := re.search(r"tcp://127\.0\.0\.1:\d+", line)))
        drain = threading.Thread(target=scheduler.stderr.read)
        drain.start()
        python = (sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", *quiet)
        with subprocess.Popen(python, stderr=subprocess.DEVNULL) as worker:  # noqa: S603 -- ours
            try:
                yield scheduler, address
            finally:
                worker.kill()
                scheduler.kill()
                drain.join()


def test_scheduler_that_dies_ends_the_command_with_a_message_and_the_rest_is_resumed(
    workplace: None, served: Sandbox, journal: AllCalls, capfd: pytest.CaptureFixture[str]
) -> None:
    served.add_fault(Latency(seconds=0.02))
    customers = list(served.customers)
    write_ids(*customers)
    command = ["fetch", "ids.txt", "-o", "accounts.ndjson"]
    with processes() as (scheduler, address):

        def kill() -> None:
            wait_until(lambda: len(journal.looks) > 2)
            scheduler.kill()

        with Client(address) as client:
            client.wait_for_workers(1)
        killer = threading.Thread(target=kill)
        killer.start()
        assert run([*command, "--limit", "1", "--dask", address]) == FAILED
        killer.join()
    err = capfd.readouterr().err
    assert err.splitlines()[-1].startswith("TransportError: The Dask scheduler, or the connection to it, is gone.")
    assert "Traceback" not in err
    assert run([*command, "--resume"]) == ALL_FETCHED
    lines = Path("accounts.ndjson").read_text().splitlines()
    assert sorted(json.loads(line)["customerId"] for line in lines) == customers


@pytest.mark.parametrize("how", ["leave", "go on"])
async def test_scheduler_that_dies_does_not_hold_up_the_end_of_a_map(sandbox: Sandbox, how: str) -> None:
    with processes() as (scheduler, address):
        async with Client(address, asynchronous=True) as client:
            await client.wait_for_workers(1)
            started = time.monotonic()
            with suppress(TransportError):
                async with map_customers_distributed(client, fast_at_first, sandbox.customers, limit=1) as outcomes:
                    await anext(outcomes)
                    scheduler.kill()
                    if how == "go on":
                        await anext(outcomes)
            assert time.monotonic() - started < 30


# What is refused at once


async def test_what_does_not_fit_is_refused_before_anything_is_sent(
    client: Client, sandbox: Sandbox, journal: AllCalls
) -> None:
    ids = list(sandbox.customers)
    distribute: Any = partial(map_customers_distributed, client)
    for refresh in (refresh_customer_accounts, partial(refresh_and_wait, wait=1.0)):
        with pytest.raises(ConfigurationError, match="forbids automated refreshes"):
            distribute(refresh, ids)
    with pytest.raises(ConfigurationError, match="one text"):
        distribute(count_accounts, "1005061234")
    with pytest.raises(ConfigurationError, match="not both"):
        distribute(count_accounts, ids, session_options={}, make_session=AsyncSession.from_env)
    for wrong in ({"limit": 0}, {"chunk_size": 0}):
        with pytest.raises(ConfigurationError, match="above 0"):
            distribute(count_accounts, ids, **wrong)
    with pytest.raises(ConfigurationError, match="cannot be pickled"):
        distribute(count_accounts, ids, make_session=partial(AsyncSession, sandbox.credentials))
    assert not journal


async def test_a_refresh_that_hides_in_a_function_is_refused_when_it_is_sent(
    client: Client, sandbox: Sandbox, journal: AllCalls
) -> None:
    async def hiding(session: AsyncSession, customer_id: int) -> object:  # pragma: no cover -- a copy of it runs
        return await refresh_customer_accounts(session, customer_id)

    (outcome,) = await outcomes_of(map_customers_distributed(client, hiding, [FIRST]))
    assert isinstance(outcome.error, ConfigurationError)
    assert not journal.refreshes


async def test_a_client_of_another_kind_is_refused() -> None:
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0", silence_logs=50) as cluster,
        Client(cluster) as client,
        pytest.raises(ConfigurationError, match="asynchronous=True"),
    ):
        await outcomes_of(map_customers_distributed(client, count_accounts, [1]))


# What travels


class OddError(Exception):
    """An error that a pickle cannot bring back."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


def outcome_of(value: object = None, error: BaseException | None = None) -> Outcome[Any, Any]:
    return Outcome("1", value, error, 0.5, 1)


def test_what_cannot_travel_is_an_error_of_its_customer_alone() -> None:
    odd = OddError(1, 2)
    found = unpack(pack([outcome_of(7), outcome_of(asyncio.get_event_loop_policy), outcome_of(error=odd)]))
    assert [outcome.value for outcome in found[:2]] == [7, asyncio.get_event_loop_policy]
    assert str(found[2].error) == "OddError: 1 and 2"
    good, bad = unpack(pack([outcome_of(7), outcome_of(threading.Lock())]))
    assert good == outcome_of(7)
    assert isinstance(bad.error, TypeError)
    assert bad.value is None


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError("text"),
        TransportError("text", operation="GetCustomerAccounts", sent=False, retryable=True),
        RateLimitError(
            "text",
            operation="GetCustomerAccounts",
            status=429,
            code="7",
            message="m",
            user_message="u",
            retry_after=3.5,
            body=b"{}",
            aggregation=describe_status(185),
            retryable=True,
        ),
        RefreshTimeoutError("text", result=(1,), baseline=(2,)),
    ],
)
def test_every_error_comes_out_of_a_pickle_as_it_went_in(error: Exception) -> None:
    for cls in {type(error), *(StatusError.__subclasses__() if isinstance(error, StatusError) else ())}:
        one = cls(*error.args)
        one.__dict__.update(error.__dict__)
        back = pickle.loads(pickle.dumps(one))  # noqa: S301 -- ours
        assert (type(back), back.args, back.__dict__) == (cls, one.args, one.__dict__)


def test_no_class_of_errors_is_left_out_of_the_pickles() -> None:
    for cls in vars(finicity_async.errors).values():
        if isinstance(cls, type) and issubclass(cls, Exception):
            assert type(pickle.loads(pickle.dumps(cls("text")))) is cls  # noqa: S301 -- ours


# Worker processes


async def die_of_poison(session: AsyncSession, customer_id: str) -> int:  # pragma: no cover -- runs on workers
    if customer_id == "poison":
        os._exit(1)
    return await count_accounts(session, customer_id)


@asynccontextmanager
async def with_redis(url: str) -> AsyncIterator[AsyncSession]:  # pragma: no cover -- runs on workers
    session = AsyncSession.from_env()
    async with RedisTokenStore(url, credentials=session.credentials) as store:
        await session.close()
        async with AsyncSession.from_env(token_store=store) as session:
            yield session


@asynccontextmanager
async def worker_processes(failures: int) -> AsyncIterator[Client]:
    with dask.config.set({"distributed.scheduler.allowed-failures": failures}):
        async with (
            LocalCluster(
                n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50, asynchronous=True
            ) as cluster,
            Client(cluster, asynchronous=True) as client,
        ):
            yield client


@needs_redis
async def test_a_worker_killed_midway_costs_no_customer_and_doubles_none(sandbox: Sandbox, journal: AllCalls) -> None:
    async with RedisServer() as redis, worker_processes(failures=3) as client:
        found: Counter[str] = Counter()
        mapped = map_customers_distributed(
            client, count_accounts, sandbox.customers, make_session=partial(with_redis, redis.url), chunk_size=40
        )
        async with mapped as outcomes:
            async for outcome in outcomes:
                found[outcome.customer_id] += outcome.error is None
                if found.total() == 1:
                    pids = await client.run(os.getpid)
                    os.kill(min(pids.values()), signal.SIGKILL)
        assert found == Counter(dict.fromkeys(sandbox.customers, 1))
        assert len([one for one in journal if one.target.endswith("/authentication")]) == 1


async def test_customers_whose_chunk_kills_its_worker_have_an_error_and_the_others_none(sandbox: Sandbox) -> None:
    async with worker_processes(failures=0) as client:
        ids = [*list(sandbox.customers)[:5], "poison"]
        outcomes = await outcomes_of(map_customers_distributed(client, die_of_poison, ids, chunk_size=1))
    errors = {outcome.customer_id: outcome.error for outcome in outcomes if outcome.error is not None}
    assert len(outcomes) == 6
    assert {type(error) for error in errors.values()} == {KilledWorker}
    assert "poison" in errors


# The command


def write_ids(*ids: str) -> None:
    Path("ids.txt").write_text("".join(f"{one}\n" for one in ids))


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def scheduler(workplace: None, served: Sandbox) -> Iterator[str]:
    """Return the address of a scheduler with two workers in this process."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=":0", silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address


def test_fetch_puts_every_customer_into_one_of_two_files(scheduler: str, served: Sandbox) -> None:
    write_ids(*served.customers, "99")
    command = ["fetch", "ids.txt", "-o", "accounts.ndjson", "--dask", scheduler]
    assert run([*command, "--limit", "4", "--rate", "2000"]) == SOME_FAILED
    lines = Path("accounts.ndjson").read_text().splitlines()
    assert len(lines) == len(served.customers)
    assert all(sum(f'"{one}"' in line[:30] for line in lines) == 1 for one in served.customers)
    assert '"code":"14001"' in Path("accounts.errors.ndjson").read_text()
    write_ids(*served.customers, "99", "98")
    assert run([*command, "--resume"]) == SOME_FAILED
    assert Path("accounts.ndjson").read_text().splitlines() == lines
    write_ids(*served.customers)
    Path("accounts.errors.ndjson").unlink()
    assert run([*command, "--resume"]) == ALL_FETCHED


def test_fetch_reads_transactions_on_a_cluster(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [row(number, second=int(time.time()) - number * 60) for number in range(1_200)]
    ledger = Ledger(texts)
    write_ids("1005061234", "99")
    server = RawServer(default=lambda received: ledger(received) if "/1005061234/" in received.target else http(404))
    with server.served():
        monkeypatch.setenv("FINICITY_BASE_URL", server.url)
        command = ["fetch", "ids.txt", "-o", "out.ndjson", "--transactions", "15", "--dask", scheduler]
        assert run(command) == SOME_FAILED
    (line,) = Path("out.ndjson").read_text().splitlines()
    assert line.startswith('{"customerId":"1005061234","transactions":[' + ",".join(texts[::-1]) + '],"fromDate":')
    assert '"customerId":"99","error":"NotFoundError"' in Path("out.errors.ndjson").read_text()


@pytest.mark.parametrize(("address", "code"), [("tcp://127.0.0.1:1", FAILED), ("nonsense://x", UNUSABLE)])
def test_fetch_says_what_is_wrong_with_an_address(
    workplace: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], address: str, code: int
) -> None:
    monkeypatch.setattr("finicity_async.cli.distributing._CONNECT_SECONDS", 0.2)
    write_ids("1")
    assert run(["fetch", "ids.txt", "-o", "accounts.ndjson", "--dask", address]) == code
    assert address.partition(":")[0] in capsys.readouterr().err


def test_fetch_on_a_cluster_without_workers_does_not_wait_for_ever(
    workplace: None, capsys: pytest.CaptureFixture[str]
) -> None:
    write_ids("1")
    with LocalCluster(n_workers=0, processes=False, dashboard_address=":0", protocol="tcp", silence_logs=50) as cluster:
        assert run(["fetch", "ids.txt", "-o", "accounts.ndjson", "--dask", cluster.scheduler_address]) == UNUSABLE
    assert "has no workers" in capsys.readouterr().err


def test_fetch_without_the_extra_says_what_to_install(
    workplace: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    for name in [
        name for name in sys.modules if name.startswith(("finicity_async.integrations.dask", "finicity_async.cli.dist"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "distributed", None)
    write_ids("1")
    assert run(["fetch", "ids.txt", "-o", "accounts.ndjson", "--dask", "tcp://127.0.0.1:1"]) == UNUSABLE
    assert "pip install 'finicity-async[dask]'" in capsys.readouterr().err


async def count(session: AsyncSession, customer_id: Any) -> int:
    return len(await get_customer_accounts(session, customer_id))


async def count_if_possible(session: AsyncSession, customer_id: Any) -> int:
    try:
        return await count(session, customer_id)
    except AuthenticationError:
        return -1


@pytest.mark.parametrize(("function", "first"), [(count, ["1005061234 "]), (count_if_possible, [])])
async def test_nothing_that_was_sent_says_nothing_about_the_secret_to_the_other_workers(
    sandbox: Sandbox,
    journal: AllCalls,
    monkeypatch: pytest.MonkeyPatch,
    function: Any,
    first: list[str],
) -> None:
    """A bad first ID, or a function that swallows the refusal, cost one login a worker."""
    monkeypatch.setenv("FINICITY_PARTNER_SECRET", "wrongSecret12")
    customers = [*first, *list(sandbox.customers)[:200]]
    async with cluster_of(5) as (_, client):
        with pytest.raises(AuthenticationError):
            await outcomes_of(map_customers_distributed(client, function, customers, chunk_size=2))
    assert sandbox.failed_logins == 1
