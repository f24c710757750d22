"""``find_or_create_customer``: one customer for a username, whatever races and gets lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from finicity_async import (
    AsyncSession,
    AuthenticationError,
    ConflictError,
    FinicityError,
    PayloadError,
    RateLimitError,
    RequestTimeoutError,
    Sandbox,
    ServerError,
    StatusError,
    TransportError,
    find_or_create_customer,
)
from finicity_async.endpoints.customers import add_customer, add_testing_customer, get_customer
from finicity_async.models.customers import Customer
from finicity_async.sandbox import Fault, Hang, Malformed, Reset, Status, Truncated
from tests.support.seeds import seeds
from tests.support.servers import Answer, Close, RawServer, Received, http, session_on

NAME = "user-7f3a9c"
POSTS = ("AddTestingCustomer", "AddCustomer")
NOBODY = http(200, {"found": 0, "customers": []})
LOST: dict[str, tuple[Fault, type[FinicityError]]] = {
    "reset": (Reset(operation="AddTestingCustomer", carried_out=True), TransportError),
    "no answer": (Hang(operation="AddTestingCustomer", carried_out=True), RequestTimeoutError),
    "cut off": (Truncated(operation="AddTestingCustomer"), TransportError),
    "malformed": (Malformed(operation="AddTestingCustomer"), PayloadError),
    "408": (Status(status=408, operation="AddTestingCustomer", carried_out=True), StatusError),
    "500": (Status(status=500, operation="AddTestingCustomer", carried_out=True), ServerError),
    "503": (Status(status=503, operation="AddTestingCustomer", carried_out=True), ServerError),
}
"""Ways to lose the answer to a POST that was carried out, and what the POST alone would raise."""
each_loss = pytest.mark.parametrize(("fault", "error"), LOST.values(), ids=LOST)


def outcomes(sandbox: Sandbox) -> Counter[int | None]:
    """Count the POSTs by status; None for one whose answer was lost."""
    return Counter(call.status for operation in POSTS for call in sandbox.calls(operation))


def created(sandbox: Sandbox) -> int:
    return len(sandbox.customers) - 10


def patient(session: AsyncSession, fault: Fault) -> AsyncSession:
    """Return a view that waits no longer for an answer that never comes than for one on a loaded machine."""
    return session.with_options(timeout=1.0) if isinstance(fault, Hang) else session


@pytest.mark.parametrize(("testing", "kind"), [(True, "testing"), (False, "active")])
async def test_a_customer_that_is_missing_is_added_and_then_found(
    session: AsyncSession, sandbox: Sandbox, testing: bool, kind: str
) -> None:
    added = await find_or_create_customer(session, NAME, testing=testing, first_name="Ann", last_name="Other")
    assert (added.username, added.type, added.first_name, added.last_name) == (NAME, kind, "Ann", "Other")
    assert added == await get_customer(session, added.id)
    assert added == await find_or_create_customer(session, NAME, testing=testing)
    assert outcomes(sandbox) == {201: 1}
    assert len(sandbox.calls("GetCustomers")) == 2


@pytest.mark.parametrize("sessions", [1, 20])
async def test_racing_tasks_get_one_customer(sandbox: Sandbox, sessions: int) -> None:
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(AsyncSession(sandbox.credentials, base_url=sandbox.url))
            for _ in range(sessions)
        ]
        found = await asyncio.gather(
            *(find_or_create_customer(opened[index % sessions], NAME, testing=True) for index in range(20))
        )
    assert len({one.id for one in found}) == 1
    statuses = outcomes(sandbox)
    assert (created(sandbox), statuses[201], statuses.keys() <= {201, 409}) == (1, 1, True)


@each_loss
async def test_a_lost_answer_is_looked_up_and_never_posted_again(
    sandbox: Sandbox, session: AsyncSession, fault: Fault, error: type[FinicityError]
) -> None:
    sandbox.add_fault(fault)
    view = patient(session, fault)
    found = await find_or_create_customer(view, NAME, testing=True)
    assert (created(sandbox), len(sandbox.calls("AddTestingCustomer"))) == (1, 1)
    with pytest.raises(error):
        await add_testing_customer(view, "another-user")
    sandbox.clear_faults()
    assert found == await get_customer(session, found.id)


@pytest.mark.parametrize("fault", [fault for fault, _ in LOST.values()], ids=LOST)
async def test_racing_tasks_whose_answers_are_all_lost_get_one_customer(
    sandbox: Sandbox, session: AsyncSession, fault: Fault
) -> None:
    sandbox.add_fault(fault)
    view = patient(session, fault)
    found = await asyncio.gather(*(find_or_create_customer(view, NAME, testing=True) for _ in range(20)))
    assert len({one.id for one in found}) == 1
    assert created(sandbox) == 1
    assert len(sandbox.calls("AddTestingCustomer")) <= 20, "one for each task at most"


@pytest.mark.parametrize("seed", seeds(4))
async def test_whatever_fails_at_random_there_is_one_customer_at_most(seed: int) -> None:
    async with Sandbox(seed=seed) as sandbox, AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
        sandbox.add_fault(
            Reset(operation="AddTestingCustomer", carried_out=True, probability=0.4),
            Reset(operation="AddTestingCustomer", probability=0.4),
            Status(status=503, operation="AddTestingCustomer", probability=0.4),
        )
        calls = (find_or_create_customer(session, NAME, testing=True) for _ in range(20))
        found = await asyncio.gather(*calls, return_exceptions=True)
        ids = {one.id for one in found if isinstance(one, Customer)}
        assert len(ids) == created(sandbox) <= 1
        assert all(isinstance(one, Customer | TransportError | ServerError) for one in found)
        sandbox.clear_faults()
        assert (await find_or_create_customer(session, NAME, testing=True)).id in ids or not ids


@pytest.mark.parametrize("lost", [Close(), Close(reset=True), http(503), http(408), http(201, b"{")])
async def test_an_answer_lost_for_good_raises_what_the_post_did_and_says_what_is_known(lost: Answer) -> None:
    async with RawServer(NOBODY, lost, NOBODY) as server, session_on(server) as session:
        with pytest.raises(FinicityError) as caught:
            await find_or_create_customer(session, NAME, testing=True)
        assert getattr(caught.value, "operation", "") == "AddTestingCustomer"
        (note,) = caught.value.__notes__
        assert "not found" in note
        assert NAME not in f"{caught.value}{note}"
        assert [call.method for call in server.calls] == ["GET", "POST", "GET"]


async def test_after_an_answer_lost_for_good_a_later_call_adds_the_customer(
    sandbox: Sandbox, session: AsyncSession
) -> None:
    sandbox.add_fault(Reset(operation="AddCustomer", first=1))
    with pytest.raises(TransportError):
        await find_or_create_customer(session, NAME, testing=False)
    assert created(sandbox) == 0
    found = await find_or_create_customer(session, NAME, testing=False)
    assert (created(sandbox), found.type) == (1, "active")


async def test_a_username_that_is_taken_and_not_found_is_a_conflict_after_one_post() -> None:
    taken = http(409, {"code": "110002", "message": "taken"})
    async with RawServer(NOBODY, taken, NOBODY) as server, session_on(server) as session:
        with pytest.raises(ConflictError) as caught:
            await find_or_create_customer(session, NAME, testing=True)
        assert (caught.value.status, caught.value.code) == (409, "110002")
        assert [call.method for call in server.calls] == ["GET", "POST", "GET"]


REFUSED: list[tuple[Answer, type[FinicityError]]] = [
    (http(400, {"code": "45003"}), StatusError),
    (http(500, {"code": 110039}), StatusError),
    (http(401, {"code": 10021}), AuthenticationError),
    (http(429, headers={"Retry-After": "900"}), RateLimitError),
]


@pytest.mark.parametrize(("answer", "error"), REFUSED)
async def test_a_post_that_was_refused_is_not_looked_up(answer: Answer, error: type[FinicityError]) -> None:
    async with RawServer(NOBODY, answer, default=NOBODY) as server, session_on(server) as session:
        with pytest.raises(error) as caught:
            await find_or_create_customer(session, NAME, testing=True)
        assert not hasattr(caught.value, "__notes__")
        assert [call.method for call in server.calls] == ["GET", "POST"]


async def test_a_post_that_was_never_sent_is_not_looked_up() -> None:
    def last(_: Received) -> bytes:
        server._server.close()
        return http(200, {"customers": []}, {"Connection": "close"})

    server = RawServer(last)
    async with server, session_on(server, max_tries=1) as session:
        with pytest.raises(TransportError) as caught:
            await find_or_create_customer(session, NAME, testing=True)
        assert (caught.value.operation, caught.value.sent) == ("AddTestingCustomer", False)
        assert not hasattr(caught.value, "__notes__")


async def test_on_the_test_plan_an_active_customer_is_refused() -> None:
    async with (
        Sandbox(test_plan=True) as sandbox,
        AsyncSession(sandbox.credentials, base_url=sandbox.url) as session,
    ):
        with pytest.raises(AuthenticationError):
            await find_or_create_customer(session, NAME, testing=False)
        assert (await find_or_create_customer(session, NAME, testing=True)).type == "testing"


@pytest.mark.parametrize(("add", "testing"), [(add_testing_customer, False), (add_customer, True)])
async def test_a_customer_of_the_other_type_is_a_conflict_and_nothing_is_created(
    sandbox: Sandbox, session: AsyncSession, add: Callable[..., Awaitable[object]], testing: bool
) -> None:
    await add(session, NAME)
    with pytest.raises(ConflictError, match="use another username") as caught:
        await find_or_create_customer(session, NAME, testing=testing)
    assert NAME not in str(caught.value)
    assert (caught.value.status, caught.value.retryable) == (None, False)
    assert outcomes(sandbox) == {201: 1}
    assert (await find_or_create_customer(session, NAME, testing=not testing)).username == NAME


async def test_a_customer_of_the_other_type_that_comes_first_is_a_conflict_too() -> None:
    other = http(200, {"customers": [{"id": "7", "username": NAME, "type": "active"}]})
    async with RawServer(NOBODY, http(409, {"code": "110002"}), other) as server, session_on(server) as session:
        with pytest.raises(ConflictError, match="of type 'active'"):
            await find_or_create_customer(session, NAME, testing=True)
        assert len(server.calls) == 3


async def test_a_customer_that_only_resembles_the_one_asked_for_is_not_taken_for_it() -> None:
    like = http(200, {"customers": [{"id": "7", "username": NAME.upper(), "type": "testing"}]})
    async with RawServer(like, http(201, {"id": "8", "username": NAME})) as server, session_on(server) as session:
        assert (await find_or_create_customer(session, NAME, testing=True)).id == "8"
        assert server.calls[0].target.endswith(f"?username={NAME}")
