"""A small service on the library: balances of a customer, and a refresh that the user asks for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from finicity_async import (
    AggregationError,
    AsyncSession,
    NotFoundError,
    RateLimitError,
    RefreshResult,
    get_customer_accounts,
    refresh_and_wait,
)

MFA_REQUIRED = 185


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncSession.from_env() as app.state.finicity:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/customers/{customer_id}/balances")
async def balances(customer_id: str, request: Request) -> dict[str, str]:
    return await balances_of(request.app.state.finicity, customer_id)


@app.post("/customers/{customer_id}/refresh", response_model=None)
async def refresh(customer_id: str, request: Request) -> JSONResponse | dict[str, list[str]]:
    result = await refresh_and_wait(request.app.state.finicity, customer_id, wait=30)
    if remedies := user_actions(result):
        return JSONResponse(remedies, status_code=409)
    return {"refreshed": [account.id for account in result.succeeded]}


async def balances_of(session: AsyncSession, customer_id: str) -> dict[str, str]:
    accounts = await get_customer_accounts(session, customer_id)
    return {account.id: f"{account.balance} {account.currency}" for account in accounts}


def user_actions(result: RefreshResult) -> dict[str, str]:
    """Return what the user has to do for each account whose institution asks for a second factor."""
    return {
        account.id: account.aggregation.remedy
        for account in result.failed
        if account.aggregation is not None and account.aggregation.code == MFA_REQUIRED
    }


@app.exception_handler(NotFoundError)
async def not_found(request: Request, error: NotFoundError) -> JSONResponse:
    return JSONResponse({"error": "There is no such customer."}, status_code=404)


@app.exception_handler(AggregationError)
async def refused(request: Request, error: AggregationError) -> JSONResponse:
    known = error.aggregation
    wants_the_user = known is not None and known.code == MFA_REQUIRED
    remedy = known.remedy if known is not None else "Ask again later."
    return JSONResponse({"error": remedy}, status_code=409 if wants_the_user else 502)


@app.exception_handler(RateLimitError)
async def rate_limited(request: Request, error: RateLimitError) -> JSONResponse:
    headers = {"Retry-After": f"{error.retry_after or 60:.0f}"}
    return JSONResponse({"error": "Too many requests."}, status_code=503, headers=headers)
