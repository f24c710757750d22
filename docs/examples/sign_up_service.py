"""
A service whose users connect their accounts and see their balances, with FastAPI.

    uvicorn sign_up_service:app

It takes FINICITY_APP_KEY, FINICITY_PARTNER_ID and FINICITY_PARTNER_SECRET from the environment, and PUBLIC_URL: where
the vendor and the browsers of the users reach the service.
"""

import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing

from fastapi import BackgroundTasks, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from finicity_async import (
    AsyncSession,
    ConnectEvent,
    FinicityError,
    NotFoundError,
    StatusError,
    WebhookError,
    find_or_create_customer,
    get_customer_accounts,
    read_connect_event,
)
from finicity_async.endpoints.connect import generate_connect_url
from finicity_async.webhooks import Done

TABLES = """
    create table if not exists customers (user primary key, customer unique);
    create table if not exists events (id primary key);
    create table if not exists balances (user, account, balance, currency, primary key (user, account));
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the session and the database when the service starts, and close them when it stops."""
    with closing(sqlite3.connect(os.environ.get("DATABASE", "service.db"))) as app.state.database:
        app.state.database.executescript(TABLES)
        async with AsyncSession.from_env() as app.state.finicity:
            yield


app = FastAPI(lifespan=lifespan)


@app.middleware("http")
async def answer_failures(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Answer what the vendor could not do. The text of an error shows no ID and no secret, so it may be logged."""
    try:
        return await call_next(request)
    except NotFoundError:
        return JSONResponse({"detail": "not found"}, 404)
    except FinicityError as error:
        wait = error.retry_after if isinstance(error, StatusError) else None
        headers = {} if wait is None else {"Retry-After": str(round(wait))}
        return JSONResponse({"detail": str(error)}, 503 if error.retryable else 502, headers)


@app.post("/users/{user}/link")
async def make_link(user: str, request: Request) -> dict[str, str]:
    """Return a link to the vendor's pages, on which the user adds accounts."""
    session, database = request.app.state.finicity, request.app.state.database
    customer = await find_or_create_customer(session, f"user-{user}", testing=True)
    with database:
        database.execute("replace into customers values (?, ?)", [user, customer.id])
    public = os.environ["PUBLIC_URL"]
    url = await generate_connect_url(
        session, customer.id, redirect_uri=f"{public}/done", webhook=f"{public}/finicity", webhook_data={"user": user}
    )
    return {"link": url.link}


@app.post("/finicity", status_code=204)
async def take_event(request: Request, tasks: BackgroundTasks) -> None:
    """Take an event of a Connect session. The signature covers the raw bytes, so nothing may parse them before."""
    body, signature = await request.body(), request.headers.get("x-finicity-signature")
    try:
        event = read_connect_event(body, signature, os.environ["FINICITY_PARTNER_SECRET"])
    except WebhookError:
        raise HTTPException(401) from None
    if isinstance(event, Done):
        tasks.add_task(read_accounts, event, request.app.state.finicity, request.app.state.database)


async def read_accounts(event: ConnectEvent, session: AsyncSession, database: sqlite3.Connection) -> None:
    """Read the accounts after a session; an event is repeated until it is answered, so it may come twice."""
    known = database.execute("select 1 from events where id = ?", [event.event_id]).fetchone()
    if event.customer_id is None or known:
        return
    user = event.webhook_data["user"]
    accounts = await get_customer_accounts(session, event.customer_id)
    rows = [(user, one.id, None if one.balance is None else str(one.balance), one.currency) for one in accounts]
    with database:
        database.execute("insert or ignore into events values (?)", [event.event_id])
        database.executemany("replace into balances values (?, ?, ?, ?)", rows)


@app.get("/users/{user}/balances")
async def stored_balances(user: str, request: Request) -> dict[str, str]:
    """Return the balances as they were at the end of the user's last session."""
    query = "select account, balance || ' ' || currency from balances where user = ?"
    return dict(request.app.state.database.execute(query, [user]).fetchall())


@app.get("/customers/{customer_id}/balances")
async def balances(customer_id: str, request: Request) -> dict[str, str]:
    """Return the balances as the vendor has them now."""
    accounts = await get_customer_accounts(request.app.state.finicity, customer_id)
    return {account.id: f"{account.balance} {account.currency}" for account in accounts}
