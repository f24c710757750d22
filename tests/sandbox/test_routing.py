"""Which operation a method and path lead to, and what answers a row that has no handler."""

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec
import pytest

from finicity_async import AsyncSession, NotFoundError, Operation
from finicity_async.endpoints import accounts
from finicity_async.sandbox.clock import Clock
from finicity_async.sandbox.faults import InstalledFaults
from finicity_async.sandbox.journal import Journal
from finicity_async.sandbox.routing import OPERATIONS, ROWS, Router
from finicity_async.sandbox.server import Server
from finicity_async.sandbox.state import State
from tests.sandbox.answers.plain_client import CUSTOMER
from tests.vendor.rows import rows


class BriefAccount(msgspec.Struct, rename="camel"):
    id: str
    customer_id: str
    balance: float
    detail: msgspec.Raw | None = None


class BriefAccounts(msgspec.Struct):
    accounts: tuple[BriefAccount, ...]


BRIEF = Operation(
    "BriefAccounts", "GET", "/aggregation/v1/customers/{customerId}/accounts/brief", BriefAccounts, query=("page",)
)
PLACEHOLDER = Operation("OneAccount", "GET", "/aggregation/v1/customers/{customerId}/accounts/{accountId}", bytes)
REMOVE = Operation("Remove", "DELETE", "/aggregation/v1/customers/{customerId}/x.y", None)
ACCEPTED = Operation("Accepted", "POST", "/aggregation/v1/reports", None, statuses=(202,))
EXTRA = (PLACEHOLDER, BRIEF, REMOVE, ACCEPTED)


@pytest.fixture
async def session() -> AsyncIterator[AsyncSession]:
    """Yield a session on a sandbox that has rows of this module, too."""
    state = State(
        customers=2,
        accounts=1,
        seed=0,
        refresh_seconds=0.02,
        clock=Clock(time.time),
        fast=False,
        test_plan=False,
        webhooks_anywhere=False,
        institutions=4,
    )
    router = Router((*ROWS, *EXTRA))
    server = Server(state, InstalledFaults(router), Journal(), router)
    port = await server.start(0)
    async with AsyncSession(state.partner.credentials, base_url=f"http://127.0.0.1:{port}") as session:
        yield session
    await server.stop()


def test_the_sandbox_has_every_row_of_the_package() -> None:
    assert {row.operation.operation_id for row in rows()} == OPERATIONS
    assert len(ROWS) == len(OPERATIONS)


def test_every_row_is_found_by_its_method_and_path() -> None:
    router = Router()
    for row in ROWS:
        values = dict.fromkeys(row.placeholders, "a b")
        found = router.find(row.method, row.path.format(**dict.fromkeys(row.placeholders, "a%20b")))
        assert (found.operation, found.values, found.allowed) == (row, values, ())


@pytest.mark.parametrize("order", [EXTRA, EXTRA[::-1]])
def test_a_literal_path_is_found_before_a_placeholder(order: tuple[Operation[object], ...]) -> None:
    router = Router(order)
    assert router.find("GET", "/aggregation/v1/customers/7/accounts/brief").operation is BRIEF
    assert router.find("GET", "/aggregation/v1/customers/7/accounts/8").operation is PLACEHOLDER


def test_a_path_matches_in_full_and_letter_by_letter() -> None:
    router = Router(EXTRA)
    assert router.find("DELETE", "/aggregation/v1/customers/7/x.y").operation is REMOVE
    assert router.find("DELETE", "/aggregation/v1/customers/7/xzy").operation is None
    assert router.find("DELETE", "/aggregation/v1/customers/7/x.y/").operation is None


def test_another_method_on_a_path_learns_which_ones_it_has() -> None:
    router = Router(EXTRA)
    assert router.find("PUT", "/aggregation/v1/reports").allowed == ("POST",)
    assert router.find("PUT", "/aggregation/v1/nothing").allowed == ()


async def test_a_row_without_a_handler_is_answered_from_its_reply_type(session: AsyncSession) -> None:
    first, again = [await session.send(BRIEF.request(customerId=CUSTOMER)) for _ in range(2)]
    assert [one.customer_id for one in first.accounts] == [CUSTOMER, CUSTOMER]
    assert all(one.id.isdecimal() and one.balance > 0 and one.detail is None for one in first.accounts)
    assert first == again
    assert first != await session.send(BRIEF.request(customerId=int(CUSTOMER) + 1))


async def test_a_row_without_a_handler_answers_no_body_a_file_or_its_own_status(session: AsyncSession) -> None:
    assert (await session.send_raw(REMOVE.request(customerId=CUSTOMER))).status == 204
    assert (await session.send_raw(ACCEPTED.request())).status == 202
    assert (await session.send(PLACEHOLDER.request(customerId=CUSTOMER, accountId=1))).startswith(b"%PDF")


async def test_a_row_without_a_handler_knows_its_customers(session: AsyncSession) -> None:
    with pytest.raises(NotFoundError) as caught:
        await session.send(BRIEF.request(customerId="99"))
    assert caught.value.code == "14001"
    assert await accounts.get_customer_accounts(session, CUSTOMER)


async def test_rows_with_and_without_a_handler_answer_side_by_side(session: AsyncSession) -> None:
    ours, theirs = await asyncio.gather(
        session.send(BRIEF.request(customerId=CUSTOMER)), accounts.get_customer_accounts(session, CUSTOMER)
    )
    assert len(ours.accounts) == 2
    assert theirs
