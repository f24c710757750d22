"""The pages of Connect in a real browser; run by the nox session browser."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from finicity_async import AsyncSession, Sandbox, get_customer_accounts
from finicity_async.endpoints.connect import generate_connect_url
from finicity_async.webhooks import ConnectEvent, read_connect_event
from tests.support.browser import BROWSER, FINGER, SCREENS, Page

pytestmark = BROWSER

CUSTOMER = "1005061234"


class Service(ThreadingHTTPServer):
    """
    The user's service: it verifies the events that come, and has a page to come back to.

    Attributes:
        events: The events.
        visits: The paths of the pages that were asked for.
    """

    def __init__(self, secret: str) -> None:
        self.events: list[ConnectEvent] = []
        self.visits: list[str] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.events.append(read_connect_event(body, self.headers["X-Finicity-Signature"], secret))
                self._answer(b"")

            def do_GET(self) -> None:
                service.visits.append(self.path)
                self._answer(b"<!DOCTYPE html><title>Back</title><h1>Welcome back</h1>")

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as in the base class
                """Stay silent."""

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        # Another host name than the sandbox's, so that it is another site for the browser.
        return f"http://localhost:{self.server_address[1]}"

    @property
    def types(self) -> list[str]:
        return [event.event_type for event in self.events]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:  # type: ignore[override, unused-ignore]  # -- in place of the one on this loop
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def service(sandbox: Sandbox) -> Iterator[Service]:
    with Service(sandbox.credentials.partner_secret or "") as service:
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        yield service
        service.shutdown()
        thread.join()


@pytest.fixture(params=SCREENS)
def page(request: pytest.FixtureRequest, chromium: Any, sandbox: Sandbox, service: Service) -> Iterator[Page]:
    """Yield the page that a link opens; in the end, the browser must not have complained of anything."""
    page = Page(chromium, SCREENS[request.param])
    chromium.get(asyncio.run(make_link(sandbox, service)))
    page.has_title("Connect your accounts")
    assert chromium.execute_script("return getComputedStyle(document.body).margin") == "0px"  # the style was loaded
    yield page
    assert page.take_complaints() == []


def sign_in(page: Page, username: str, password: str) -> None:
    from selenium.webdriver.common.keys import Keys

    page.type(username, Keys.TAB, password, Keys.ENTER)


async def make_link(sandbox: Sandbox, service: Service) -> str:
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
        options = {"webhook": f"{service.url}/finicity", "redirect_uri": f"{service.url}/connected"}
        return (await generate_connect_url(session, CUSTOMER, **options)).link  # type: ignore[arg-type]  # -- texts


async def account_types(sandbox: Sandbox) -> list[str]:
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
        accounts = await get_customer_accounts(session, CUSTOMER)
        return [account.type or "" for account in accounts if account.institution_id == "102105"]


def test_a_customer_signs_up_by_keyboard_alone(page: Page, sandbox: Sandbox, service: Service) -> None:
    from selenium.webdriver.common.keys import Keys

    page.type(Keys.TAB, Keys.ENTER)
    page.has_title("Choose your bank")
    page.type("profiles - a", Keys.ENTER)
    page.shows(".choices", "FinBank Profiles - A")
    page.type(Keys.TAB, Keys.TAB, Keys.ENTER)
    page.has_title("Sign in to FinBank Profiles - A")
    sign_in(page, "profile_03", "profile_03")
    page.has_title("Choose accounts to share")
    page.type(Keys.TAB, Keys.TAB, Keys.SPACE, Keys.ENTER)  # without the second account
    page.has_title("Welcome back")
    assert service.visits[0] == "/connected?code=200&reason=complete"
    assert service.types[1:] == ["started", "institutionSupported", "discovered", "adding", "added", "done"]
    assert asyncio.run(account_types(sandbox)) == ["checking", "creditCard"]


def test_a_customer_cancels(page: Page, sandbox: Sandbox, service: Service) -> None:
    page.click("[name=start]")
    page.has_title("Choose your bank")
    page.click("[name=choose]")
    page.has_title("Sign in to")
    page.click("[name=leave]")
    page.has_title("Welcome back")
    assert service.visits[0] == "/connected?code=100&reason=exit"
    assert service.types[1:] == ["started", "institutionSupported", "done"]
    assert asyncio.run(account_types(sandbox)) == []


def test_a_customer_signs_up_with_a_second_factor(page: Page, sandbox: Sandbox, service: Service) -> None:
    from selenium.webdriver.common.keys import Keys

    page.click("[name=start]")
    page.has_title("Choose your bank")
    page.click("[name=choose]")
    page.has_title("Sign in to")
    sign_in(page, "tfa_text", "wrong")
    page.shows("[role=alert]", "wrong")
    sign_in(page, "tfa_text", "go")
    page.has_title("Enter your code")
    page.type("123456", Keys.ENTER)
    page.has_title("Choose accounts to share")
    page.click("[name=add]")
    page.has_title("Welcome back")
    assert "invalidCredentials" in service.types
    assert service.types[-2:] == ["added", "done"]
    assert asyncio.run(account_types(sandbox)) == ["checking", "savings"]


def test_an_institution_fails(page: Page, service: Service) -> None:
    page.click("[name=start]")
    page.has_title("Choose your bank")
    page.type("unreachable")
    page.click("[name=search]")
    page.shows(".choices li:last-child", "FinBank Unreachable")
    page.click("[name=choose]")
    page.has_title("Sign in to FinBank Unreachable")
    sign_in(page, "profile_03", "profile_03")
    page.has_title("FinBank Unreachable cannot be reached")
    page.click("[name=leave]")
    page.has_title("Welcome back")
    assert service.visits[0] == "/connected?code=500&reason=error"
    assert service.types[1:] == ["started", "institutionSupported", "unableToConnect", "done"]


def test_every_page_fits_and_every_button_can_be_hit(page: Page) -> None:
    steps = {
        "Connect your accounts": "[name=start]",
        "Choose your bank": "[name=choose]",
        "Sign in to": "summary",
    }
    for title, selector in steps.items():
        page.has_title(title)
        assert page.fits()
        assert page.least_height("button") >= FINGER
        page.click(selector)
    assert page.fits()
