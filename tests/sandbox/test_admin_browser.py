"""The page for people in a real browser: headless Chromium, driven by Selenium; run by the nox session browser."""

import asyncio
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from finicity_async import AsyncSession, Sandbox, StatusError, get_customer_accounts
from tests.support.tools import needs

pytestmark = [
    pytest.mark.browser,
    needs("chromium", "apt-get install chromium"),
    needs("chromedriver", "apt-get install chromium-driver"),
]

CUSTOMER = "1005061234"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
LONGEST_WAIT = 60  # seconds, for a loaded machine
TEXT_OF = "return document.querySelector(arguments[0])?.innerText ?? ''"
"""One script, because the page may change between finding an element and reading it."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:  # type: ignore[override, unused-ignore]  # -- in place of the one on this loop
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


class Page:
    """
    The page in the browser.

    Args:
        driver: Selenium's driver.
    """

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def shows(self, selector: str, text: str) -> None:
        """Wait until an element has a text."""
        from selenium.webdriver.support.ui import WebDriverWait

        wait = WebDriverWait(self.driver, LONGEST_WAIT, poll_frequency=0.02)
        wait.until(lambda driver: text in driver.execute_script(TEXT_OF, selector))

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def press(self, selector: str) -> None:
        """Press a button by keyboard."""
        from selenium.webdriver.common.keys import Keys

        self.find(selector).send_keys(Keys.ENTER)

    def fits(self) -> bool:
        # On a phone innerWidth grows with what does not fit; the screen does not.
        return bool(self.driver.execute_script("return document.documentElement.scrollWidth <= screen.width"))


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, chromium: Any, sandbox: Sandbox) -> Iterator[Page]:
    """Yield the page; in the end, the browser must not have complained of anything."""
    chromium.get_log("browser")  # forgets what it had
    width, height = SIZES[request.param]
    metrics = {
        "width": width,
        "height": height,
        "deviceScaleFactor": 1,
        "screenWidth": width,
        "screenHeight": height,
        "mobile": request.param == "phone",
    }
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    chromium.get(f"{sandbox.url}/__sandbox__/?customer={CUSTOMER}")
    page = Page(chromium)
    page.shows("#live", "Live")
    yield page
    assert [entry["message"] for entry in chromium.get_log("browser")] == []
    chromium.get("about:blank")  # asks the sandbox, which ends now, no more


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
    page.driver.get_log("browser")  # The browser notes the status of the refusal.


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
    heights = page.driver.execute_script(
        "return [...document.querySelectorAll('button, select, input:not([type=hidden])')]"
        ".map(one => one.getBoundingClientRect().height)"
    )
    unnamed = page.driver.execute_script(
        "return [...document.querySelectorAll('select, input:not([type=hidden])')]"
        ".filter(one => !one.labels.length).length"
    )
    assert (min(heights) >= 44, unnamed, page.fits()) == (True, 0, True)  # CSS pixels, the size of a finger
