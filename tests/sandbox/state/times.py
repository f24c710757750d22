"""Moments and paths that the tests of a sandbox's state share."""

from tests.support.wire import ACCOUNT, ACCOUNTS_V2, CUSTOMER, Wire, accounts_of

NOW = 1_700_000_000.0

ONE_ACCOUNT = f"{ACCOUNTS_V2}/{ACCOUNT}"


async def attempts(wire: Wire, customer_id: str = CUSTOMER) -> list[int]:
    """Return when each active account of a customer was last aggregated."""
    return [one["aggregationAttemptDate"] for one in (await wire("GET", accounts_of(customer_id))).json["accounts"]]
