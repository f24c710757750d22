"""
Accounts and transactions of one customer as DataFrames, for a notebook; ``# %%`` begins a cell.

In a notebook, which has an event loop of its own, replace ``asyncio.run(...)`` by ``await ...``.
"""

# %%
import asyncio
from datetime import UTC, datetime, timedelta

import polars as pl

from finicity_async import AsyncSession, get_customer_accounts, iter_transactions

CUSTOMER = "1005061234"


# %%
async def read(days: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the accounts, and the transactions of the last days, of the customer."""
    until = datetime.now(UTC)
    async with AsyncSession.from_env() as session:
        accounts = await get_customer_accounts(session, CUSTOMER)
        rows = [row async for row in iter_transactions(session, CUSTOMER, until - timedelta(days=days), until)]
    # With a schema, amounts stay Decimal and dates keep their zone, even when the first rows lack them.
    return (
        pl.DataFrame(
            [(one.id, one.type, one.balance, one.currency) for one in accounts],
            schema={"account": pl.String, "type": pl.String, "balance": pl.Decimal(18, 2), "currency": pl.String},
            orient="row",
        ),
        pl.DataFrame(
            [(str(row.account_id), row.posted_date, row.amount, row.description) for row in rows],
            schema={
                "account": pl.String,
                "posted": pl.Datetime("us", "UTC"),
                "amount": pl.Decimal(18, 2),
                "description": pl.String,
            },
            orient="row",
        ),
    )


accounts, transactions = asyncio.run(read(days=30))

# %%
# By type of account: money in is positive on deposit accounts, money out on cards and investments.
totals = (
    transactions.join(accounts, on="account")
    .group_by("type")
    .agg(pl.len().alias("transactions"), pl.col("amount").sum())
    .sort("type")
)
print(totals)

# %%
transactions.write_csv("transactions.csv")
