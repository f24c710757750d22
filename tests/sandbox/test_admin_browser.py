"""The page for people in a real browser; run by the nox session browser."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from finicity_async import AsyncSession, Sandbox, StatusError, get_customer_accounts
from tests.support.browser import BROWSER, FINGER, SCREENS, Page

pytestmark = BROWSER

CUSTOMER = "1005061234"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:  # type: ignore[override, unused-ignore]  # -- in place of the one on this loop
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=SCREENS)
def page(request: pytest.FixtureRequest, chromium: Any, sandbox: Sandbox) -> Iterator[Page]:
    """Yield the page; in the end, the browser must not have complained of anything."""
    page = Page(chromium, SCREENS[request.param])
    chromium.get(f"{sandbox.url}/__sandbox__/?customer={CUSTOMER}")
    page.shows("#live", "Live")
    yield page
    assert page.take_complaints() == []
    chromium.get("about:blank")  # stops the requests of the page, because the sandbox ends now


async def read_accounts(sandbox: Sandbox) -> None:
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
        await get_customer_accounts(session, CUSTOMER)


def test_a_fault_is_switched_on_seen_in_the_journal_and_removed(page: Page, sandbox: Sandbox) -> None:
    page.shows("#calls", "No request yet.")
    page.find("#field-fault").send_keys("Half of the body")
    page.find("#field-first").send_keys("1")
    page.press("[value=add_fault]")
    page.shows("#installed", "truncated")
    assert [fault.name for fault in sandbox.faults] == ["truncated"]
    asyncio.run(read_accounts(sandbox))  # the first request, the login, is hit and sent again
    page.shows("#calls", "GetCustomerAccounts")
    page.shows("#calls", "fault 1 (truncated)")
    page.press("[value=remove_fault]")
    page.shows("#installed", "No fault")
    assert sandbox.faults == ()
    assert page.fits()


def test_what_is_refused_is_shown_with_its_reason(page: Page, sandbox: Sandbox) -> None:
    with pytest.raises(StatusError):
        asyncio.run(_read_unknown(sandbox))
    page.shows("#calls", "14001 Customer not found")
    page.find("#field-seconds").send_keys("1e18")
    page.press("#clock > form button")
    page.shows("[role=alert]", "cannot be moved")
    page.take_complaints()  # The browser notes the status of the refusal.


async def _read_unknown(sandbox: Sandbox) -> None:
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
        await get_customer_accounts(session, "7")


def test_a_day_passes_an_account_is_added_and_a_reset_undoes_it(page: Page, sandbox: Sandbox) -> None:
    page.press("#clock .controls form:nth-of-type(2) button")
    page.shows("#now", "86,400 seconds ahead")
    page.find("#field-type").send_keys("savings")
    before = len(sandbox.customers[CUSTOMER])
    page.press("[value=add_account]")
    page.shows(f"#accounts tbody tr:nth-child({before + 1})", "savings")
    assert len(sandbox.customers[CUSTOMER]) == before + 1
    page.find("#field-name").send_keys("later")
    page.press("[value=take_snapshot]")
    page.shows("#taken", "later")
    page.press("#snapshots > form:last-of-type button")
    page.shows("#now", ", 0 seconds ahead")
    assert len(sandbox.customers[CUSTOMER]) == before
    page.press("#reset-snapshot-later")
    page.shows("#now", "86,400 seconds ahead")


def test_the_focus_stays_when_a_part_is_replaced(page: Page, sandbox: Sandbox) -> None:
    page.press("[value=add_fault]")
    page.shows("#installed", "status")
    page.driver.execute_script("document.querySelector('[value=remove_fault]').focus()")
    asyncio.run(_hit(sandbox))
    page.shows("#installed td:nth-child(3)", "1")
    assert page.driver.execute_script("return document.activeElement.id") == "remove_fault-fault-1"


async def _hit(sandbox: Sandbox) -> None:
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url, max_tries=1) as session:
        with pytest.raises(StatusError):
            await get_customer_accounts(session, CUSTOMER)


def test_every_button_and_field_can_be_hit_and_has_a_name(page: Page) -> None:
    height = page.least_height("button, select, input:not([type=hidden])")
    unnamed = page.driver.execute_script(
        "return [...document.querySelectorAll('select, input:not([type=hidden])')]"
        ".filter(one => !one.labels.length).length"
    )
    assert (height >= FINGER, unnamed, page.fits()) == (True, 0, True)
