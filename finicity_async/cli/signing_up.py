"""``demo --sign-up``: the way of a new user, from nothing to accounts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from rich.console import Console

from finicity_async import (
    AsyncSession,
    ConnectEvent,
    Sandbox,
    WebhookError,
    find_or_create_customer,
    get_customer_accounts,
    read_connect_event,
)
from finicity_async.cli.tables import account_table
from finicity_async.endpoints.connect import generate_connect_url
from finicity_async.models.customers import Customer
from finicity_async.webhooks import SIGNATURE_HEADER, Added, Done

USERNAME = "finicity-async-demo"
"""Always the same, so that repeated demos on the real service leave one customer behind."""
_PATH = "/finicity"


async def show_sign_up(console: Console, session: AsyncSession, sandbox: Sandbox | None) -> None:
    """
    Make a customer and a link. On a sandbox of one's own, play the session, take its events and list the accounts.

    Args:
        console: Where to say what happens.
        session: A session on the service.
        sandbox: The embedded sandbox. None for the real service: its pages wait for somebody with a browser, and its
            events for a public webhook.
    """
    customer = await find_or_create_customer(session, USERNAME, testing=True)
    console.print(f"Customer {customer.id} ({USERNAME})", highlight=False)
    if sandbox is None:
        await _show_link(console, session, customer)
    else:
        await _play(console, session, customer, sandbox)


async def _show_link(console: Console, session: AsyncSession, customer: Customer) -> None:
    url = await generate_connect_url(session, customer.id)
    console.print(
        f"Open this link in a browser and add accounts:\n{url.link}", soft_wrap=True, markup=False, highlight=False
    )
    console.print(f"Then run: finicity-async accounts {customer.id}", highlight=False)


async def _play(console: Console, session: AsyncSession, customer: Customer, sandbox: Sandbox) -> None:
    async with _webhook(console, session.credentials.partner_secret or "") as webhook:
        url = await generate_connect_url(session, customer.id, webhook=webhook)
        console.print(f"Link to Connect, until {url.expires_at:%H:%M} UTC", highlight=False)
        played = await sandbox.connect(url.link)
        console.print(f"The browser comes back with {played.reason!r}", highlight=False)
    found = await get_customer_accounts(session, customer.id)
    console.print(account_table(found, width=console.width))


@asynccontextmanager
async def _webhook(console: Console, secret: str) -> AsyncIterator[str]:
    """Serve a webhook that says what comes, and believes what is signed."""

    async def take(request: web.Request) -> web.Response:
        try:
            event = read_connect_event(await request.read(), request.headers.get(SIGNATURE_HEADER), secret)
        except WebhookError:
            return web.Response(status=401)
        console.print(f"Signed event: {_described(event)}", markup=False, highlight=False)
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post(_PATH, take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{_PATH}"
    finally:
        await runner.cleanup()


def _described(event: ConnectEvent) -> str:
    match event:
        case Added():
            return f"added, {len(event.accounts)} accounts"
        case Done():
            return f"done, {event.reason}"
        case _:
            return event.event_type
