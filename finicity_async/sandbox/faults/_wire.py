"""Faults of the network and of what comes over it: late, never, cut off, garbled."""

import math
from dataclasses import replace
from typing import Literal

from finicity_async.sandbox.answers import Answer
from finicity_async.sandbox.faults._base import Fault, HeaderValue, Match, Seconds


class Latency(Fault, frozen=True, kw_only=True, tag="latency"):
    """The answer is delayed, on the real clock."""

    seconds: Seconds
    """How long; the mean of ``"uniform"`` and ``"exponential"``, the median of ``"lognormal"``."""
    distribution: Literal["fixed", "uniform", "exponential", "lognormal"] = "fixed"
    """``"uniform"`` is from 0 to twice the mean, ``"lognormal"`` has the long tail of real services (sigma 0.5)."""

    def delay(self, match: Match) -> float:
        """Draw how long this one takes."""
        random = match.random
        match self.distribution:
            case "uniform":
                return random.uniform(0, 2 * self.seconds)
            case "exponential":
                return random.expovariate(1.0) * self.seconds
            case "lognormal":
                return random.lognormvariate(0.0, 0.5) * self.seconds
            case _:
                return self.seconds


class Hang(Fault, frozen=True, kw_only=True, tag="hang"):
    """No answer ever comes, and the connection stays open."""

    def replacement(self, match: Match) -> Answer:
        """Return no answer."""
        return Answer(sent="nothing", ending="hang")


class Reset(Fault, frozen=True, kw_only=True, tag="reset"):
    """The connection is reset, as by a crash."""

    at: Literal["start", "headers", "body"] = "start"
    """Before the first byte of the answer, halfway through its headers, or halfway through its body.

    The request is carried out before the latter two.
    """

    def replacement(self, match: Match) -> Answer | None:
        """Return no answer when the reset comes before it."""
        return Answer(sent="nothing", ending="reset") if self.at == "start" else None

    def alter(self, answer: Answer, match: Match) -> Answer:
        """Cut the answer off."""
        return answer if self.at == "start" else replace(answer, sent=self.at, ending="reset")


class Truncated(Fault, frozen=True, kw_only=True, tag="truncated"):
    """The connection is closed halfway through the body, short of its Content-Length."""

    def alter(self, answer: Answer, match: Match) -> Answer:
        """Cut the answer off."""
        return replace(answer, sent="body", ending="close")


class Malformed(Fault, frozen=True, kw_only=True, tag="malformed"):
    """The answer is whole by its Content-Length, and its JSON breaks off."""

    def alter(self, answer: Answer, match: Match) -> Answer:
        """Keep the first half of the body."""
        return replace(answer, body=answer.body[: len(answer.body) // 2])


class WrongContentType(Fault, frozen=True, kw_only=True, tag="wrong_content_type"):
    """The answer is labelled as something else."""

    content_type: HeaderValue = "text/plain"
    """The label."""

    def alter(self, answer: Answer, match: Match) -> Answer:
        """Change the label."""
        return replace(answer, content_type=self.content_type)


class Drip(Fault, frozen=True, kw_only=True, tag="drip"):
    """The body comes in small pieces."""

    seconds: Seconds = 1.0
    """How long it takes in all, on the real clock."""

    def alter(self, answer: Answer, match: Match) -> Answer:
        """Slow the answer down."""
        return replace(answer, seconds=max(self.seconds, math.ulp(0.0)))
