"""A vendor that counts the logins which may have failed, and answers to them of every kind."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.support.logins import BAD_SECRET
from tests.support.servers import EMPTY, Answer, Close, Hang, RawServer, Received, http

RIGHT_SECRET = "right-secret-0001"
MOST_IN_A_ROW = 6
"""Unanswered logins within 30 s with a secret that has worked: two, and then a call that sends four."""

REFUSALS: tuple[Answer, ...] = (
    BAD_SECRET,
    http(403),
    http(404, {"code": 14001}),
    http(401, b"\x0b\x02\x80{}\x03", {"Content-Encoding": "br"}),
    http(401, b"\x1f\x8b", {"Content-Encoding": "gzip"}),
    http(401, {}, {"X-Long": "x" * 9000}),
    Close(http(401, b'{"code":10', {"Content-Length": "60"})),
    http(500, {"code": 24302, "message": "locked"}),
    http(503, {"code": "10001"}),
    http(202, {"code": 185}),
    http(200, {"code": 10001}),
)
UNANSWERED: tuple[Answer, ...] = (
    http(504),
    http(502, "<html>"),
    http(503),
    http(500, {"message": "oops"}),
    http(501),
    http(408, {"code": 10001}),
    http(302, headers={"Location": "https://example.invalid/"}),
    http(200, {}),
    http(200, "<html>"),
    http(204),
    Close(),
    Close(reset=True),
    Close(http(200, b'{"token":', {"Content-Length": "60"})),
    b"HTTP/1.1 401 No\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 401 No\r\nContent Length: 2\r\n\r\n{}",
    b"HTTP/2 401\r\n\r\n",
)
LIMITS: tuple[Answer, ...] = (http(429), http(429, {"code": 24302}, {"Retry-After": "61"}))


@dataclass(slots=True)
class Tally:
    """What the vendor has seen of one secret of one partner."""

    may_have_failed: int = 0
    has_worked: bool = False
    moments: tuple[float, ...] = ()


class CountingServer(RawServer):
    """
    Answer at random, and note each login that comes after three which may have failed.

    Args:
        clock: Seconds of the clock of the sessions.
        hangs: Whether some logins are never answered.
    """

    def __init__(self, clock: Callable[[], float], *, hangs: bool = True) -> None:
        super().__init__()
        self._clock = clock
        self._hangs = hangs
        self.random = Random(0)
        self.clear_answers = 0.3
        self.tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
        self.violations: list[str] = []
        self.total = 0

    def begin(self, seed: int) -> None:
        """Forget everything, and draw the answers from another seed."""
        self.random = Random(seed)
        self.clear_answers = self.random.choice((0.0, 0.1, 0.3, 0.7))
        self.tallies.clear()
        self.calls.clear()
        self.logins.clear()

    async def _answer(self, received: Received, writer: Any) -> bool:
        answer = self._judged(received) if received.method == "POST" else self._call(received)
        self._answers, self._login_answers = [answer], [answer]
        return await super()._answer(received, writer)

    def _call(self, received: Received) -> Answer:
        token = received.headers.get("finicity-app-token", "")
        dead = self.random.random() < 0.15 or token.endswith("dead")
        return http(401, {"code": 10023}) if dead else EMPTY

    def _judged(self, received: Received) -> Answer:
        sent = json.loads(received.body)
        secret = sent["partnerSecret"]
        tally = self.tallies[sent["partnerId"], secret]
        self._check(tally)
        self.total += 1
        drawn = self.random.random()
        if drawn < self.clear_answers and secret == RIGHT_SECRET:
            tally.may_have_failed, tally.has_worked, tally.moments = 0, True, ()
            return http(200, {"token": f"Token{self.total:09}{self.random.choice(('dead', 'good'))}"})
        if drawn > 0.93:
            return self.random.choice(LIMITS)
        tally.may_have_failed += 1
        tally.moments += (self._clock(),)
        if drawn < self.clear_answers:
            return self.random.choice(REFUSALS)
        return Hang() if self._hangs and self.random.random() < 0.01 else self.random.choice(UNANSWERED)

    def _check(self, tally: Tally) -> None:
        lately = [moment for moment in tally.moments if moment > self._clock() - 30]
        is_one_too_many = len(lately) >= MOST_IN_A_ROW if tally.has_worked else tally.may_have_failed >= 3
        self.violations += [f"one login too many: {tally}"] * is_one_too_many
