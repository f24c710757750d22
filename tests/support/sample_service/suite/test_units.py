"""The parts of the service, on a session of the plugin's."""

import pytest
from service import balances_of, user_actions

from finicity_async import AsyncSession, NotFoundError, Sandbox, refresh_and_wait
from finicity_async.sandbox import RefreshScript

pytestmark = pytest.mark.asyncio


async def test_the_balances_of_a_customer_are_those_of_the_active_accounts(finicity_session: AsyncSession) -> None:
    balances = await balances_of(finicity_session, "1005061237")
    assert len(balances) == 4
    assert all(balance.endswith(" USD") for balance in balances.values())


async def test_a_customer_that_is_not_there_is_an_error(finicity_session: AsyncSession) -> None:
    with pytest.raises(NotFoundError):
        await balances_of(finicity_session, "99")


async def test_a_refusal_that_is_not_for_the_user_asks_nothing_of_the_user(
    finicity_session: AsyncSession, finicity_sandbox: Sandbox
) -> None:
    first, second = list(finicity_sandbox.customers["1005061238"])[:2]
    finicity_sandbox.script_refresh(RefreshScript(seconds=0.0, codes={first: 185, second: 103}), "1005061238")
    assert list(user_actions(await refresh_and_wait(finicity_session, "1005061238"))) == [first]
