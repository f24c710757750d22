"""A server of the user's that listens to TxPush."""

import json
from typing import Any

from finicity_async import WebhookError, answer_txpush_verification
from tests.support.servers import RawServer, Received, http


def answer(received: Received) -> bytes:
    """Answer the verification with its code, and an event with a 200."""
    if received.method == "POST":
        return http(200)
    try:
        return http(200, answer_txpush_verification(received.target.partition("?")[2]), {"Content-Type": "text/plain"})
    except WebhookError:
        return http(400)


class Listener(RawServer):
    """A `RawServer` that answers as a listener should, unless it is told otherwise."""

    def __init__(self, *answers: Any) -> None:
        super().__init__(*answers, default=answer)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that were posted, in JSON."""
        return [json.loads(one.body)["event"] for one in self.calls if one.method == "POST"]
