"""Start and end of a sandbox; the same seed gives the same bytes."""

import asyncio
import threading

import pytest

from finicity_async import AsyncSession, get_customer_accounts, refresh_customer_accounts
from finicity_async.sandbox import (
    Drip,
    EdgePage,
    ExpiredToken,
    Hang,
    Latency,
    Malformed,
    Quirk,
    RateLimit,
    Reset,
    RevokedToken,
    Sandbox,
    Status,
    TooManyRequests,
    Truncated,
    VendorError,
    WrongContentType,
)
from tests.sandbox.state.times import NOW, ONE_ACCOUNT
from tests.support.held import until
from tests.support.wire import (
    ACCOUNT,
    ACCOUNTS,
    CUSTOMER,
    CUSTOMERS,
    INSTITUTION,
    Seen,
    Wire,
    accounts_of,
    get_once,
    token_of,
)


def test_sandbox_runs_on_a_thread_of_its_own() -> None:
    before = threading.active_count()
    with Sandbox(customers=2, refresh_seconds=0.01) as sandbox:
        assert threading.active_count() == before + 1

        async def use() -> int:
            async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
                await refresh_customer_accounts(session, CUSTOMER)
                return len(await get_customer_accounts(session, CUSTOMER))

        assert asyncio.run(use()) == 4
        sandbox.add_account(CUSTOMER)
        assert asyncio.run(use()) == 5
        sandbox.assert_called("CreateToken", times=2)
    assert threading.active_count() == before
    with sandbox:
        assert asyncio.run(use()) == 5


def test_sandbox_on_a_thread_ends_with_a_request_that_hangs() -> None:
    async def hang() -> None:
        async with Wire(sandbox, await token_of(sandbox)) as wire:
            await wire.send(wire.request("GET", ACCOUNTS))
            await until(lambda: sandbox.calls("GetCustomerAccounts"))

    for fault in (Hang(), Latency(seconds=60), Drip(seconds=60)):
        with Sandbox(customers=1) as sandbox:
            sandbox.add_fault(fault)
            asyncio.run(hang())


async def test_port_in_use_is_an_error_and_leaves_nothing_behind(still: Sandbox) -> None:
    port = int(still.url.rpartition(":")[2])
    before = threading.active_count()
    with pytest.raises(OSError, match="in use"), Sandbox(port=port):
        raise AssertionError  # pragma: no cover -- it does not start
    assert threading.active_count() == before
    with pytest.raises(OSError, match="in use"):
        await Sandbox(port=port).__aenter__()
    assert (await get_once(still, "")).code == "10024"


async def test_one_sandbox_can_run_again_with_what_it_knew() -> None:
    sandbox = Sandbox(customers=1)
    async with sandbox:
        token = await token_of(sandbox)
        sandbox.customers[CUSTOMER][ACCOUNT]["balance"] = 77
    async with sandbox, Wire(sandbox, token) as wire:
        assert (await wire("GET", ONE_ACCOUNT)).json["balance"] == 77


async def test_sandbox_stops_to_listen_though_its_stop_is_cancelled_while_a_request_hangs() -> None:
    sandbox = Sandbox()
    sandbox.add_fault(Hang())
    await sandbox.__aenter__()
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
        call = asyncio.create_task(get_customer_accounts(session, CUSTOMER))
        await until(sandbox.calls)
        stopping = asyncio.create_task(sandbox.__aexit__(None, None, None))
        for _ in range(2):
            await asyncio.sleep(0)
            stopping.cancel()
        await asyncio.wait((stopping,))
        call.cancel()
        await asyncio.wait((call,))
    async with asyncio.timeout(5):
        while not await is_refused(sandbox.url):  # noqa: ASYNC110 -- the other side sets no event
            await asyncio.sleep(0.001)  # pragma: no cover -- where the sandbox is slower than this test


async def is_refused(url: str) -> bool:
    """Return whether nothing listens there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
    except ConnectionRefusedError:
        return True
    writer.close()  # pragma: no cover -- as above
    return False  # pragma: no cover -- as above


async def test_sandbox_that_runs_refuses_to_be_started_a_second_time() -> None:
    sandbox = Sandbox(customers=1)
    async with sandbox:
        url = sandbox.url
        with pytest.raises(RuntimeError, match="runs"):
            await sandbox.__aenter__()
        with pytest.raises(RuntimeError, match="runs"):
            sandbox.__enter__()
        assert sandbox.url == url
        assert (await get_once(sandbox, "")).code == "10024"
    with pytest.raises(ConnectionRefusedError):
        await get_once(sandbox, "")


async def script(seed: int) -> list[tuple[bytes, str]]:
    """Run a hundred requests against faults of every kind; return what came over the wire."""
    came: list[tuple[bytes, str]] = []
    async with Sandbox(customers=6, seed=seed, refresh_seconds=0, clock=lambda: NOW) as sandbox:
        sandbox.add_fault(
            Latency(seconds=0.001, distribution="lognormal", probability=0.5),
            ExpiredToken(customer_id=1005061238, first=1),
            RevokedToken(customer_id=1005061239, first=1),
            Reset(probability=0.1),
            Reset(at="headers", probability=0.1),
            Reset(at="body", probability=0.1),
            Truncated(probability=0.1),
            Quirk(quirk="nulls", probability=0.3),
            Quirk(quirk="text_amounts", every=3),
            Malformed(probability=0.1),
            WrongContentType(probability=0.2),
            Drip(seconds=0.001, probability=0.1),
            VendorError(code=185, probability=0.1, carried_out=True),
            EdgePage(probability=0.05),
            TooManyRequests(as_date=True, probability=0.05),
            Status(status=503, body={"a": 1}, every=11),
            RateLimit(requests_per_second=1, burst=3, operation="GetCustomers"),
            Status(status=502, operation="CreateToken", first=1),
        )
        for turn in range(100):
            customer = 1005061234 + turn % 6
            async with Wire(sandbox) as wire:
                came.append(_bytes(await wire.log_in()))
                method, path = [
                    ("GET", accounts_of(str(customer))),
                    ("GET", f"/aggregation/v2/customers/{customer}/accounts/{5011648377 + 100 * (turn % 6)}"),
                    ("POST", accounts_of(str(customer))),
                    ("GET", f"{CUSTOMERS}/{customer}/institutions/{INSTITUTION}/accounts"),
                    ("GET", CUSTOMERS),
                ][turn % 5]
                came.append(_bytes(await wire(method, path)))
        came.append((str([(call.operation, call.status, call.faults) for call in sandbox.calls()]).encode(), ""))
    return came


def _bytes(seen: Seen) -> tuple[bytes, str]:
    return seen.raw, seen.end


async def test_same_seed_gives_the_same_run_byte_for_byte_and_another_seed_another() -> None:
    first, again, other = [await script(seed) for seed in (4, 4, 5)]
    assert first == again
    assert first[-1] != other[-1], "other faults match"
    assert first[:-1] != other[:-1]
    ends = {end for _, end in first}
    assert ends >= {"whole", "closed", "reset"}


async def test_run_after_a_reset_is_the_same_run_again(still: Sandbox) -> None:
    runs = []
    for _ in range(2):
        still.reset()
        still.add_fault(Status(status=418, probability=0.5))
        async with Wire(still) as wire:
            runs.append([await wire.log_in(), *[await wire("GET", ACCOUNTS) for _ in range(20)]])
    assert runs[0] == runs[1]
