"""Headless Chromium, driven by Selenium, and a page in it."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.tools import needs

BROWSER = [
    pytest.mark.browser,
    needs("chromium", "apt-get install chromium"),
    needs("chromedriver", "apt-get install chromium-driver"),
]
"""Marks of a file whose tests need the browser; the nox session browser runs them."""

DESKTOP, PHONE = (1280, 800), (390, 844)
SCREENS = {"desktop": DESKTOP, "phone": PHONE}
"""Name -> width and height of a screen in CSS pixels."""

FINGER = 44
"""Least height in CSS pixels of what a finger can hit."""

_LONGEST_WAIT = 60  # seconds, for a loaded machine
_ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
_TEXT_OF = """
    if (document.readyState !== "complete") return "";
    return document.querySelector(arguments[0])?.innerText ?? "";
"""
"""One script, because the page may change between finding an element and reading it."""


def run_chromium() -> Iterator[Any]:
    """Yield the driver of a browser, and end it."""
    from selenium import webdriver  # Only the session browser installs it.

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


class Page:
    """
    A page in the browser.

    Args:
        driver: Selenium's driver.
        screen: Width and height of the screen, `DESKTOP` or `PHONE`.
    """

    def __init__(self, driver: Any, screen: tuple[int, int]) -> None:
        self.driver = driver
        width, height = screen
        metrics = {
            "width": width,
            "height": height,
            "deviceScaleFactor": 1,
            "screenWidth": width,
            "screenHeight": height,
            "mobile": screen == PHONE,
        }
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.take_complaints()  # Those of an earlier test.

    def take_complaints(self) -> list[str]:
        """Return what the browser complained of since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def shows(self, selector: str, text: str) -> None:
        """Wait until the page is complete and an element on it has a text."""
        from selenium.webdriver.support.ui import WebDriverWait

        wait = WebDriverWait(self.driver, _LONGEST_WAIT, poll_frequency=0.02)
        wait.until(lambda driver: text in driver.execute_script(_TEXT_OF, selector))

    def has_title(self, title: str) -> None:
        """Wait for the page with a heading."""
        self.shows("h1", title)

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def press(self, selector: str) -> None:
        """Press a button by keyboard."""
        from selenium.webdriver.common.keys import Keys

        self.find(selector).send_keys(Keys.ENTER)

    def type(self, *keys: str) -> None:
        """Type into whatever has the focus."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def fits(self) -> bool:
        """Return whether nothing on the page is wider than the screen."""
        # On a phone innerWidth grows with what does not fit; the screen does not.
        return bool(self.driver.execute_script("return document.documentElement.scrollWidth <= screen.width"))

    def least_height(self, selector: str) -> float:
        """Return the height in CSS pixels of the lowest element that a selector finds."""
        script = "return [...document.querySelectorAll(arguments[0])].map(one => one.getBoundingClientRect().height)"
        return float(min(self.driver.execute_script(script, selector)))
