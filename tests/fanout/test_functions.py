"""map_customers: which functions it takes, and what refused credentials do to a map."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial, wraps
from itertools import count
from types import MethodType
from typing import Any

import pytest

from finicity_async import (
    AsyncSession,
    AuthenticationError,
    ConfigurationError,
    Credentials,
    CustomerAccounts,
    Sandbox,
    get_customer_accounts,
    map_customers,
    refresh_and_wait,
    refresh_customer_accounts,
    refresh_customer_accounts_by_institution_login,
    refresh_customer_accounts_by_institution_login_v2,
    refresh_customer_accounts_v2,
    refresh_transactions_and_wait,
)
from finicity_async.operation import Id
from tests.fanout.cursors import Cursor, T, both_orders, collect, customer_of, ours, take
from tests.support.servers import EMPTY, WITH_SECRET, RawServer, Received, http, session_on, until

REFRESHES: tuple[Callable[..., Awaitable[Any]], ...] = (
    refresh_customer_accounts,
    refresh_customer_accounts_v2,
    refresh_customer_accounts_by_institution_login,
    refresh_customer_accounts_by_institution_login_v2,
    refresh_and_wait,
)
MARKED = (*REFRESHES, refresh_transactions_and_wait)
each_marked = pytest.mark.parametrize("refresh", MARKED, ids=lambda refresh: str(refresh.__name__))
each_refresh = pytest.mark.parametrize("refresh", REFRESHES, ids=lambda refresh: str(refresh.__name__))


@dataclass
class Fetch:
    """A callable of the user's that has no hash, as a dataclass has none."""

    status: str

    async def __call__(self, session: AsyncSession, customer_id: Id) -> CustomerAccounts:
        return await get_customer_accounts(session, customer_id, status=self.status)

    async def method(self, session: AsyncSession, customer_id: Id) -> CustomerAccounts:
        return await self(session, customer_id)


def logged(function: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    """Wrap a function as a decorator of the user's does."""

    @wraps(function)
    async def wrapper(*args: Any, **options: Any) -> T:
        return await function(*args, **options)

    return wrapper


@pytest.mark.parametrize(
    "function",
    [
        partial(get_customer_accounts, status="pending"),
        lambda session, customer_id: get_customer_accounts(session, customer_id, status="pending"),
        logged(partial(get_customer_accounts, status="pending")),
        Fetch("pending").method,
        Fetch("pending"),
        partial(Fetch("pending")),
    ],
    ids=["partial", "lambda", "decorated", "bound method", "callable without a hash", "partial of the same"],
)
async def test_any_coroutine_function_of_a_session_and_a_customer_is_taken(
    function: Callable[[AsyncSession, int], Awaitable[CustomerAccounts]],
) -> None:
    async with RawServer() as server, session_on(server) as session:
        outcomes = await collect(map_customers(session, function, [1, 2], limit=1))
        assert [outcome.unwrap() for outcome in outcomes] == [CustomerAccounts(accounts=())] * 2
        assert [received.target for received in server.calls] == [
            f"/aggregation/v1/customers/{one}/accounts?status=pending" for one in (1, 2)
        ]


DISGUISES: dict[str, Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[Any]]]] = {
    "itself": lambda refresh: refresh,
    "partial": lambda refresh: partial(refresh, institution_login_id=7),
    "partial of a partial": lambda refresh: partial(partial(refresh, institution_login_id=7), from_date=None),
    "decorated": logged,
    "decorated twice": lambda refresh: logged(logged(refresh)),
    "partial of decorated": lambda refresh: partial(logged(refresh)),
    "decorated partial": lambda refresh: logged(partial(refresh)),
    "bound": lambda refresh: MethodType(refresh, object()),
    "decorated method": lambda refresh: MethodType(logged(refresh), object()),
    "partial of a decorated method": lambda refresh: partial(MethodType(logged(refresh), object())),
}


@each_marked
@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
async def test_a_refresh_is_refused_at_once_however_it_is_wrapped(
    offline: AsyncSession, refresh: Callable[..., Awaitable[Any]], disguise: Callable[..., Any]
) -> None:
    cursor = Cursor(range(3))
    with pytest.raises(ConfigurationError, match="allow_refresh=True"):
        map_customers(offline, disguise(refresh), cursor)
    assert cursor.pulled == 0


def hidden(refresh: Callable[..., Awaitable[T]], form: str) -> Callable[[AsyncSession, int], Awaitable[T]]:
    """Return a function of the user's that refreshes; nobody can tell from outside."""
    by_login = "by_institution" in getattr(refresh, "__name__", "")
    sent = partial(refresh, institution_login_id=7) if by_login else refresh
    if form == "lambda":
        return lambda session, customer_id: sent(session, customer_id=customer_id)

    async def function(session: AsyncSession, customer_id: int) -> T:
        return (await asyncio.gather(sent(session, customer_id)))[0]

    return function if form == "function" else sent


@each_refresh
@pytest.mark.parametrize("form", ["lambda", "function"])
async def test_a_refresh_that_hides_in_a_function_is_refused_when_it_is_sent(
    refresh: Callable[..., Awaitable[Any]], form: str
) -> None:
    async with RawServer() as server, session_on(server, WITH_SECRET) as session:
        outcomes = await collect(map_customers(session, hidden(refresh, form), [1, 2], limit=1))
        assert [type(outcome.error) for outcome in outcomes] == [ConfigurationError] * 2
        assert "allow_refresh=True" in str(outcomes[0].error)
        baselines_read = 2 if refresh is refresh_and_wait else 0
        assert [received.method for received in server.calls] == ["GET"] * baselines_read
        assert len(server.logins) == (1 if baselines_read else 0)
        await get_customer_accounts(session, 1)


@each_refresh
@pytest.mark.parametrize("form", ["itself", "lambda", "function"])
async def test_allow_refresh_lets_each_customer_be_refreshed_once(
    refresh: Callable[..., Awaitable[Any]], form: str
) -> None:
    def answer(received: Received) -> bytes:
        return http(204) if "/v2/" in received.target else EMPTY

    async with RawServer(default=answer) as server, session_on(server) as session:
        outcomes = await collect(map_customers(session, hidden(refresh, form), [1, 2], allow_refresh=True))
        assert [outcome.error for outcome in outcomes] == [None, None]
        posts = sorted(customer_of(received) for received in server.calls if received.method == "POST")
        assert posts == ["1", "2"]


async def test_a_refresh_in_the_body_of_the_loop_is_the_callers_own_affair(
    session: AsyncSession, sandbox: Sandbox
) -> None:
    async for outcome in map_customers(session, get_customer_accounts, list(sandbox.customers)[:2]):
        assert len(await refresh_customer_accounts(session, outcome.customer_id)) == len(outcome.unwrap())


@both_orders
async def test_a_refused_login_ends_the_map_at_once_with_one_login(ordered: bool) -> None:
    refusal = http(401, {"code": 10001, "message": "Invalid partner id or partner secret"})
    cursor = Cursor(count())
    async with RawServer(default_login=refusal) as server, session_on(server, WITH_SECRET) as session:
        with pytest.raises(AuthenticationError):
            await collect(map_customers(session, get_customer_accounts, cursor, limit=5, ordered=ordered))
        assert (len(server.logins), len(server.calls)) == (1, 0)
        assert cursor.pulled < 10
        assert not ours()
        session.use_secret("another-secret")
        server._default_login = http(200, {"token": "AnotherToken"})
        await get_customer_accounts(session, 1)


@both_orders
async def test_a_secret_that_is_refused_later_ends_the_map_after_the_outcomes_before(ordered: bool) -> None:
    """The token dies after ten calls, and the login that should replace it is refused."""
    expired = http(401, {"code": 10023, "message": "Expired"})
    server = RawServer(*[EMPTY] * 10, default=expired, logins=(http(200, {"token": "First"}),), default_login=http(403))
    taken: list[int] = []
    async with server, session_on(server, WITH_SECRET) as session:
        with pytest.raises(AuthenticationError):
            await take(map_customers(session, get_customer_accounts, count(), limit=3, ordered=ordered), taken)
        assert sorted(taken) == list(range(10))
        assert (len(server.logins), session.stats.logins) == (2, 2)
        await until(lambda: not ours())


@both_orders
async def test_an_app_token_that_is_refused_ends_the_map_at_once(ordered: bool) -> None:
    cursor = Cursor(count())
    refusal = http(401, {"code": 10022, "message": "Invalid token"})
    async with RawServer(default=refusal) as server, session_on(server, max_connections=5) as session:
        with pytest.raises(AuthenticationError):
            await collect(map_customers(session, get_customer_accounts, cursor, ordered=ordered))
        assert (len(server.logins), cursor.pulled < 10, len(server.calls) < 10) == (0, True, True)
        assert not ours()
        server._default = EMPTY
        await get_customer_accounts(session, 1)


async def test_after_refused_credentials_a_map_gives_nothing_more(sandbox: Sandbox) -> None:
    old = sandbox.credentials
    wrong = Credentials(old.app_key, old.partner_id, "wrong-secret")
    async with AsyncSession(wrong, base_url=sandbox.url) as session:
        outcomes = map_customers(session, get_customer_accounts, count())
        for _ in range(3):
            with pytest.raises((AuthenticationError, StopAsyncIteration)):
                await anext(outcomes)
        assert (sandbox.failed_logins, session.stats.logins) == (1, 1)


async def test_a_401_for_one_customer_is_an_outcome_where_a_login_can_replace_the_token() -> None:
    server = RawServer(http(401, {"code": 999, "message": "Not for this customer"}))
    async with server, session_on(server, WITH_SECRET) as session:
        outcomes = await collect(map_customers(session, get_customer_accounts, range(3), limit=1))
        assert [type(outcome.error) for outcome in outcomes] == [AuthenticationError, type(None), type(None)]
