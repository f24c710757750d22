"""The pages of Connect as a browser sees them: forms, redirects, headers; without a browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import aiohttp
import pytest

from finicity_async import AsyncSession, Sandbox, get_customer_accounts
from finicity_async.endpoints.connect import generate_fix_connect_url, generate_lite_connect_url
from finicity_async.sandbox.connecting import pages, rendering
from finicity_async.sandbox.connecting.elements import Markup, element, joined
from finicity_async.sandbox.connecting.institutions import UNREACHABLE
from finicity_async.sandbox.connecting.pages import ConnectPages
from tests.sandbox.connecting.conftest import CUSTOMER, MakeLink

RETURN = "http://localhost:9/connected?tenant=7"
ATTACK = '"><script>alert(1)</script>&amp;'


class Browser:
    """
    Reads pages and sends their forms, as a browser without scripts does.

    Attributes:
        status: Status of the latest page.
        text: Its HTML.
        headers: Its headers.
        url: Its address.
        left_for: Where the latest form has led to outside the sandbox.
    """

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self._http = http
        self._base = base
        self.left_for: str | None = None

    async def open(self, url: str, **headers: str) -> int:
        async with self._http.get(url, headers=headers, allow_redirects=False) as page:
            await self._keep(page)
        return self.status

    async def send(self, **fields: str | list[str]) -> int:
        """Send a form of the page: the address is where the page's forms go, and no field is invented."""
        known = {*re.findall(r'name="(\w+)"', self.text)}
        assert fields.keys() <= known, known
        (action,) = {unescape(one) for one in re.findall(r'action="([^"]*)"', self.text)}
        return await self.post(self._base + action, fields)

    async def post(self, url: str, fields: dict[str, str | list[str]]) -> int:
        pairs = [
            (name, one) for name, value in fields.items() for one in ([value] if isinstance(value, str) else value)
        ]
        async with self._http.post(url, data=aiohttp.FormData(pairs), allow_redirects=False) as page:
            await self._keep(page)
        if self.status != 303:
            return self.status
        target = self.headers["Location"]
        if target.startswith("/"):
            return await self.open(self._base + target)
        self.left_for = target
        return self.status

    async def _keep(self, page: aiohttp.ClientResponse) -> None:
        self.status, self.headers, self.url = page.status, page.headers, str(page.url)
        self.text = await page.text()

    @property
    def title(self) -> str:
        (title,) = re.findall("<h1>(.*?)</h1>", self.text)
        return unescape(title)

    @property
    def alert(self) -> str | None:
        found = re.search(r'role="alert"[^>]*>(.*?)</p>', self.text)
        return found and unescape(found[1])

    @property
    def accounts(self) -> list[str]:
        return re.findall(r'name="account"[^>]*value="(\d+)"', self.text)


@pytest.fixture
async def browser(sandbox: Sandbox) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Browser(http, sandbox.url)


def events_of(sandbox: Sandbox) -> list[str]:
    return [event.event_type for event in sandbox.sent_events[1:]]


async def start(browser: Browser, link: str) -> None:
    assert await browser.open(link) == 200
    assert await browser.send(start="1") == 200


# Ways through the pages


async def test_a_customer_signs_up(
    browser: Browser, sandbox: Sandbox, session: AsyncSession, make_link: MakeLink
) -> None:
    await browser.open(await make_link(redirect_uri=RETURN))
    assert (browser.title, events_of(sandbox)) == ("Connect your accounts", [])
    await browser.send(start="1")
    assert browser.title == "Choose your bank"
    await browser.send(query="profiles", search="1")
    assert 'value="profiles"' in browser.text
    assert "Savings Bank" not in browser.text
    await browser.send(choose="102105")
    assert browser.title == "Sign in to FinBank Profiles - A"
    await browser.send(username="profile_03", password="profile_03", sign_in="1")
    assert (browser.title, len(browser.accounts)) == ("Choose accounts to share", 3)
    chosen = browser.accounts[:2]
    await browser.send(account=chosen, add="1")
    assert browser.left_for == f"{RETURN}&code=200&reason=complete"
    assert events_of(sandbox) == ["started", "institutionSupported", "discovered", "adding", "added", "done"]
    accounts = {one.id: one for one in await get_customer_accounts(session, CUSTOMER)}
    assert {accounts[one].type for one in chosen} == {"checking", "savings"}


async def test_a_customer_with_a_second_factor_signs_up_after_mistakes(
    browser: Browser, sandbox: Sandbox, make_link: MakeLink
) -> None:
    await start(browser, await make_link())
    await browser.send(choose="102105")
    await browser.send(username="tfa_text", password="wrong", sign_in="1")
    assert (browser.alert, events_of(sandbox)[-1]) == ("The username or the password is wrong.", "invalidCredentials")
    await browser.send(username="tfa_text", password="go", sign_in="1")
    assert browser.title == "Enter your code"
    await browser.send(code="1", answer="1")
    assert browser.alert == "The code is wrong."
    await browser.send(code="123456", answer="1")
    await browser.send(add="1")
    assert browser.alert == "Choose one account at least."
    await browser.send(account=browser.accounts, add="1")
    assert browser.title == "You are connected"
    assert "close this window" in browser.text


async def test_a_customer_finds_nothing_and_an_institution_that_fails_and_leaves(
    browser: Browser, sandbox: Sandbox, make_link: MakeLink
) -> None:
    await start(browser, await make_link(redirect_uri="com.example.app://connected"))
    await browser.send(query="no such bank", search="1")
    assert "No bank with" in browser.text
    await browser.send(query="", search="1")
    await browser.send(choose="4003")
    assert "cannot be connected" in (browser.alert or "")
    await browser.send(choose=UNREACHABLE.id)
    await browser.send(username="a", password="b", sign_in="1")
    assert browser.title == "FinBank Unreachable cannot be reached"
    await browser.send(back="1")
    await browser.send(choose=UNREACHABLE.id)
    await browser.send(username="a", password="b", sign_in="1")
    await browser.send(leave="1")
    assert browser.left_for == "com.example.app://connected?code=500&reason=error"
    assert events_of(sandbox) == [
        "started",
        "institutionNotFound",
        "institutionNotSupported",
        *(["institutionSupported", "unableToConnect"] * 2),
        "done",
    ]


async def test_a_customer_leaves_at_once(browser: Browser, sandbox: Sandbox, make_link: MakeLink) -> None:
    await browser.open(await make_link(redirect_uri=RETURN))
    await browser.send(leave="1")
    assert browser.left_for == f"{RETURN}&code=100&reason=exit"
    assert events_of(sandbox) == ["started", "done"]


async def test_a_lite_link_has_no_choice_of_the_institution(
    browser: Browser, session: AsyncSession, sandbox: Sandbox
) -> None:
    await start(browser, (await generate_lite_connect_url(session, CUSTOMER, 101732)).link)
    assert browser.title == "Sign in to FinBank"
    assert "another bank" not in browser.text
    assert re.findall(r"<li[^>]*>([\w ]+)</li>", browser.text) == ["Sign in", "Accounts"]
    await browser.send(leave="1")
    assert browser.title == "You have left"


async def test_a_fix_link_asks_for_no_accounts(browser: Browser, session: AsyncSession, sandbox: Sandbox) -> None:
    sandbox.customers[CUSTOMER]["5011648377"]["aggregationStatusCode"] = 103
    link = (await generate_fix_connect_url(session, CUSTOMER, 1007302745, redirect_uri=RETURN)).link
    await browser.open(link)
    assert browser.title == "Repair your connection"
    await browser.send(start="1")
    assert re.findall(r"<li[^>]*>([\w ]+)</li>", browser.text) == ["Sign in"]
    await browser.send(username="profile_02", password="profile_02", sign_in="1")
    assert browser.left_for == f"{RETURN}&code=200&reason=complete"
    await browser.open(link)
    await browser.send(start="1")
    assert browser.left_for == f"{RETURN}&code=201&reason=error"


async def test_the_page_of_a_session_that_is_over_leads_back(browser: Browser, make_link: MakeLink) -> None:
    await start(browser, await make_link(redirect_uri=RETURN))
    page = browser.url
    await browser.send(leave="1")
    await browser.open(page)
    assert browser.title == "You have left"
    assert f'href="{RETURN}&amp;code=100&amp;reason=exit"' in browser.text


async def test_a_form_that_comes_twice_counts_once(browser: Browser, sandbox: Sandbox, make_link: MakeLink) -> None:
    await start(browser, await make_link())
    page = browser.url
    await asyncio.gather(*(browser.post(page, {"choose": "102105"}) for _ in range(5)))
    await browser.post(page, {"nothing": "1"})
    assert browser.title == "Sign in to FinBank Profiles - A"
    assert events_of(sandbox) == ["started", "institutionSupported"]


# Refusals


async def test_a_link_that_ended_is_refused_with_a_page(
    browser: Browser, sandbox: Sandbox, make_link: MakeLink
) -> None:
    link = await make_link()
    await start(browser, link)
    sandbox.clock.advance(7200)
    assert await browser.send(leave="1") == 403
    assert "expired" in browser.text
    assert await browser.open(link) == 403
    assert await browser.open(f"{sandbox.url}/connect") == 403
    assert events_of(sandbox) == ["started"]


async def test_a_used_link_is_refused_in_a_session_that_runs(
    browser: Browser, sandbox: Sandbox, make_link: MakeLink
) -> None:
    link = await make_link(single_use_url=True)
    await start(browser, link)
    await sandbox.connect(link)
    assert await browser.send(leave="1") == 403
    assert "one success" in browser.text


async def test_an_unknown_session_and_another_method_are_refused(browser: Browser, sandbox: Sandbox) -> None:
    assert await browser.open(f"{sandbox.url}/connect/sessions/unknown") == 404
    async with aiohttp.ClientSession() as http, http.delete(f"{sandbox.url}/connect") as answer:
        assert answer.status == 405
    assert sandbox.calls() == []


async def test_sessions_end_with_a_reset_and_the_oldest_with_too_many(
    browser: Browser, sandbox: Sandbox, make_link: MakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_MOST_SESSIONS", 2)
    link, seen = await make_link(), []
    for _ in range(3):
        await start(browser, link)
        seen.append(browser.url)
    assert [await browser.open(url) for url in seen] == [404, 200, 200]
    sandbox.reset()
    assert [await browser.open(url) for url in seen] == [404, 404, 404]


@pytest.mark.parametrize("host", ["bank.example.com", "127.0.0.1.example.com", "192.0.2.1:80", "[", ""])
async def test_a_foreign_host_is_refused(browser: Browser, make_link: MakeLink, host: str) -> None:
    assert await browser.open(await make_link(), Host=host) == 403
    assert "this machine only" in browser.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "[::1]:80"])
async def test_every_name_of_this_machine_is_its_host(browser: Browser, make_link: MakeLink, host: str) -> None:
    assert await browser.open(await make_link(), Host=host) == 200


async def test_a_garbled_form_ends_nothing(sandbox: Sandbox, browser: Browser, make_link: MakeLink) -> None:
    reader, writer = await asyncio.open_connection(*urlsplit(sandbox.url).netloc.split(":"))
    writer.write(b"POST /connect HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n")
    assert b" 400 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert await browser.open(await make_link()) == 200


# Safety


async def test_what_somebody_typed_is_escaped(browser: Browser, make_link: MakeLink) -> None:
    await start(browser, await make_link())
    await browser.send(query=ATTACK, search="1")
    assert "<script" not in browser.text
    assert unescape(browser.text).count(ATTACK) == 2


async def test_a_long_list_of_banks_says_that_there_are_more(
    browser: Browser, make_link: MakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "_MOST_INSTITUTIONS", 2)
    await start(browser, await make_link())
    assert browser.text.count('name="choose"') == 2
    assert "There are more" in browser.text


async def test_the_test_institutions_come_first_and_others_are_found(
    browser: Browser, sandbox: Sandbox, make_link: MakeLink
) -> None:
    sandbox.institutions["1"] = {"name": "Aardvark Bank"}
    await start(browser, await make_link())
    assert browser.text.index("FinBank Profiles - A") < browser.text.index("Aardvark Bank")
    await browser.send(query="aardvark", search="1")
    assert re.findall(r'name="choose" value="(\d+)"', browser.text) == ["1"]


async def test_a_name_in_a_record_is_escaped(browser: Browser, sandbox: Sandbox, make_link: MakeLink) -> None:
    await start(browser, await make_link())
    await browser.send(choose="102105")
    await browser.send(username="profile_02", password="profile_02", sign_in="1")
    sandbox.customers[CUSTOMER][browser.accounts[0]].update(name=ATTACK, balance=None)
    await browser.open(browser.url)
    assert "<script" not in browser.text
    assert ATTACK in unescape(browser.text)


@pytest.mark.parametrize(
    ("uri", "target"),
    [(None, ""), (RETURN, " http://localhost:9"), ("com.example.app://x/y", " com.example.app:")],
)
async def test_a_page_loads_nothing_but_its_style_and_stays_in_no_cache(
    browser: Browser, make_link: MakeLink, uri: str | None, target: str
) -> None:
    await browser.open(await make_link(redirect_uri=uri))
    policy = browser.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "style-src 'self'", "base-uri 'none'", f"form-action 'self'{target}"} <= {*policy}
    assert browser.headers["Cache-Control"] == "no-store"
    assert browser.headers["Referrer-Policy"] == "no-referrer"
    assert browser.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in browser.headers


async def test_the_style_comes_from_the_package(browser: Browser, sandbox: Sandbox, make_link: MakeLink) -> None:
    await browser.open(await make_link())
    (style,) = re.findall(r'rel="stylesheet" href="([^"]+)"', browser.text)
    assert await browser.open(sandbox.url + style) == 200
    assert browser.headers["Content-Type"] == "text/css; charset=utf-8"
    assert not re.search(r"url\(|@import", browser.text)


class Outline(HTMLParser):
    """Collects what a screen reader needs: labels, what they are for, headings, and elements that were not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.labelled: set[str | None] = set()
        self.inputs: list[dict[str, str | None]] = []
        self.headings = 0
        self.ids: list[str | None] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.headings += tag == "h1"
        self.ids += [given["id"]] if "id" in given else []
        if tag == "label":
            self.labelled.add(given.get("for"))
        if tag == "input":
            self.inputs.append({**given, "in_label": "label" if "label" in self.open else None})
        if tag not in ("input", "link", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_every_page_has_one_heading_and_a_label_for_every_field(browser: Browser, make_link: MakeLink) -> None:
    await browser.open(await make_link())
    seen = [browser.text]
    for fields in (
        {"start": "1"},
        {"choose": "102105"},
        {"username": "x", "password": "y", "sign_in": "1"},
        {"username": "tfa_text", "password": "go", "sign_in": "1"},
        {"code": "123456", "answer": "1"},
    ):
        await browser.send(**fields)
        seen.append(browser.text)
    await browser.send(account=browser.accounts, add="1")
    for html in (*seen, browser.text):
        outline = Outline(html)
        assert (outline.headings, outline.open) == (1, [])
        assert len(set(outline.ids)) == len(outline.ids)
        for one in outline.inputs:
            assert one["in_label"] or one.get("id") in outline.labelled, one
        assert '<html lang="en">' in html
        assert "<script" not in html


# Parts


def test_elements_escape_texts_and_attributes_and_keep_markup() -> None:
    inner = element("b", "a < b")
    assert inner == "<b>a &lt; b</b>"
    assert element("p", inner, None, ' "&"', class_="x", title='"', hidden=True, lang=None, dir=False) == (
        '<p class="x" title="&quot;" hidden><b>a &lt; b</b> &quot;&amp;&quot;</p>'
    )
    assert element("input", aria_label="Name") == '<input aria-label="Name">'
    assert isinstance(joined("<", inner), Markup)


@pytest.mark.parametrize(
    ("path", "is_page"),
    [
        ("/connect", True),
        ("/connect/sessions/x", True),
        ("/connect/v2/generate", False),
        ("/connect/experiences", False),
    ],
)
def test_the_paths_of_the_interface_are_no_pages(path: str, is_page: bool) -> None:
    assert ConnectPages.serves(path) == is_page
