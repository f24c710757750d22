"""Records of the sandbox and answers that the tests of its faults share."""

from tests.support.wire import ACCOUNT, ACCOUNTS, ACCOUNTS_V2, Wire

DATE = "Tue, 14 Nov 2023 22:13:20 GMT"

ONE_ACCOUNT = f"{ACCOUNTS_V2}/{ACCOUNT}"
DELETE_ACCOUNT = f"{ACCOUNTS}/{ACCOUNT}"


def whole(status: str, *lines: str, body: bytes = b"") -> bytes:
    """Return an answer as the sandbox writes it: its own headers first, the length last."""
    head = [f"HTTP/1.1 {status}", f"Date: {DATE}", "Server: finicity-sandbox", *lines, f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


async def matched(wire: Wire, path: str, count: int) -> list[int]:
    """Send ``count`` requests and return the places, from 1, of those that a fault answered."""
    return [place for place in range(1, count + 1) if (await wire("GET", path)).status == 418]
