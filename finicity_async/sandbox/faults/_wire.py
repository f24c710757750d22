"""Faults of the network and of what comes over it: late, never, cut off, garbled."""

import math
from dataclasses import replace
from typing import Literal

from finicity_async.sandbox.faults._base import Fault, HeaderValue, Match, Seconds
from finicity_async.sandbox.responses import Response


class Latency(Fault, frozen=True, kw_only=True, tag="latency"):
    """The response is delayed, on the real clock."""

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
    """No response ever comes, and the connection stays open."""

    def replacement(self, match: Match) -> Response:
        """Return no response."""
        return Response(sent="nothing", ending="hang")


class Reset(Fault, frozen=True, kw_only=True, tag="reset"):
    """The connection is reset, as by a crash."""

    at: Literal["start", "headers", "body"] = "start"
    """Before the first byte of the response, halfway through its headers, or halfway through its body.

    The request is carried out before the latter two.
    """

    def replacement(self, match: Match) -> Response | None:
        """Return no response when the reset comes before it."""
        return Response(sent="nothing", ending="reset") if self.at == "start" else None

    def alter(self, response: Response, match: Match) -> Response:
        """Cut the response off."""
        return response if self.at == "start" else replace(response, sent=self.at, ending="reset")


class Truncated(Fault, frozen=True, kw_only=True, tag="truncated"):
    """The connection is closed halfway through the body, short of its Content-Length."""

    def alter(self, response: Response, match: Match) -> Response:
        """Cut the response off."""
        return replace(response, sent="body", ending="close")


class Malformed(Fault, frozen=True, kw_only=True, tag="malformed"):
    """The response is whole by its Content-Length, and its JSON breaks off."""

    def alter(self, response: Response, match: Match) -> Response:
        """Keep the first half of the body."""
        return replace(response, body=response.body[: len(response.body) // 2])


class WrongContentType(Fault, frozen=True, kw_only=True, tag="wrong_content_type"):
    """The response is labelled as something else."""

    content_type: HeaderValue = "text/plain"
    """The label."""

    def alter(self, response: Response, match: Match) -> Response:
        """Change the label."""
        return replace(response, content_type=self.content_type)


class Drip(Fault, frozen=True, kw_only=True, tag="drip"):
    """The body comes in small pieces."""

    seconds: Seconds = 1.0
    """How long it takes in all, on the real clock."""

    def alter(self, response: Response, match: Match) -> Response:
        """Slow the response down."""
        return replace(response, seconds=max(self.seconds, math.ulp(0.0)))
