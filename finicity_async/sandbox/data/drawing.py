"""What every part of a record is drawn with: chances, rounded amounts, and the choice of the members that are sent."""

from random import Random
from typing import NamedTuple

DAY = 86_400
MONTH = 30 * DAY
_SELDOM = 0.25
_LEFT_OUT = 4
_AT_LEAST = 8


class Plan(NamedTuple):
    """
    Which members a kind of record may have.

    ``members`` are in the order of the spec, each with whether it is seldom sent; up to ``spare`` of the others that
    are ``optional`` are left out of a record.
    """

    members: tuple[tuple[str, bool], ...]
    optional: tuple[str, ...]
    spare: int


def cents(value: float) -> float:
    """Round an amount; adding zero turns -0.0, which would show in the JSON text, into 0.0."""
    return round(value, 2) + 0.0


def chance(rng: Random, share: float) -> bool:
    """Return True with this probability."""
    return rng.random() < share


def make_plan(order: tuple[str, ...], usual: str, seldom: str, kept: str) -> Plan:
    """Sort the usual and the seldom members into the order of the spec; eight or more usual ones are always sent."""
    rare = seldom.split()
    names = sorted({*usual.split(), *rare}, key=order.index)
    optional = tuple(name for name in names if name not in {*rare, *kept.split()})
    spare = max(0, min(_LEFT_OUT, len(names) - len(rare) - _AT_LEAST, len(optional)))
    return Plan(tuple((name, name in rare) for name in names), optional, spare)


def draw_members(rng: Random, plan: Plan) -> list[str]:
    """Draw the members of one record, in the order of the spec, as institutions differ in what they send."""
    left_out = rng.sample(plan.optional, rng.randint(0, plan.spare))
    draw = rng.random
    return [name for name, rare in plan.members if (draw() < _SELDOM if rare else name not in left_out)]
