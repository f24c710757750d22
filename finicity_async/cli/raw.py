"""What ``fetch`` asks for each customer: the accounts in the vendor's own bytes. Workers need no other file of it."""

from collections.abc import AsyncIterator, Callable

import msgspec

from finicity_async import AsyncSession, CustomerMap, PayloadError
from finicity_async._pipeline.responding import read_response
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from finicity_async.models._values import repaired

Start = Callable[[AsyncIterator[str]], CustomerMap[str, bytes]]
"""Starts the map over customers, in this process or on a cluster."""


class _AccountList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of accounts whose bytes are kept as they came."""

    accounts: list[msgspec.Raw]


async def fetch_raw_accounts(session: AsyncSession, customer_id: str) -> bytes:
    """
    Return the JSON array of a customer's accounts on one line, every account in the vendor's own bytes.

    Raises:
        PayloadError: The response holds no list of accounts.
    """
    request = GET_CUSTOMER_ACCOUNTS.request(customerId=customer_id)
    response = await session.send_raw(request)
    if response.status == 204:
        return b"[]"
    try:
        accounts = read_response(request.into(_AccountList), response).accounts
    except PayloadError:
        accounts = read_response(
            request.into(_AccountList), msgspec.structs.replace(response, body=repaired(response.body))
        ).accounts
    array = b"[" + b",".join(map(bytes, accounts)) + b"]"
    if b"\n" in array or b"\r" in array:
        array = msgspec.json.format(array, indent=-1)
    return array if _is_utf8(array) else array.decode("utf-8", "replace").encode()


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
