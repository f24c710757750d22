"""The figures of one account, drawn once, from which all of its members follow."""

from random import Random
from typing import Any, NamedTuple

from finicity_async.sandbox.data.drawing import DAY, MONTH, cents, chance
from finicity_async.sandbox.data.holdings import Security, make_position


class Bounds(NamedTuple):
    """
    Bound the figures of the accounts of one family.

    ``low`` and ``high`` bound the balance or, where the customer owes, the credit limit or the sum lent; ``terms`` are
    months; ``escrow`` is the share of the sum lent that tax and insurance take in a year; a ``minimum`` is the share of
    the debt that has to be paid each month where no term says how much.
    """

    low: float
    high: float
    terms: tuple[int, ...] = (240,)
    rates: tuple[float, float] = (0, 0)
    owes: bool = False
    escrow: float = 0
    minimum: float = 0
    securities: tuple[Security, ...] = ()


class Ledger(NamedTuple):
    """
    The figures of one account, from which its members follow, so that they agree with each other.

    ``as_of`` is the moment of the last aggregation and ``due`` that of the next payment; ``term`` and ``age`` are
    months; ``interest``, ``principal``, ``escrow`` and ``payment`` are those of one month. ``late`` is the fee for a
    payment that is late, 0 for most.
    """

    rng: Random
    as_of: int
    opened: int
    due: int
    term: int
    age: int
    limit: float
    balance: float
    owed: float
    cash: float
    rate: float
    interest: float
    principal: float
    escrow: float
    payment: float
    late: float
    position: list[dict[str, Any]]


def draw_ledger(rng: Random, bounds: Bounds, now: int) -> Ledger:
    """Draw the figures of one account; its last aggregation lies 1 to 20 hours before ``now``."""
    as_of = now - rng.randint(3_600, 72_000)
    term = rng.choice(bounds.terms)
    age = rng.randint(1, term - 1)
    size = bounds.low * (bounds.high / bounds.low) ** rng.random()
    limit = round(size, -2)
    position = make_position(rng, bounds.securities, size, as_of)
    cash = cents(size * rng.uniform(0, 0.04)) if position else 0.0
    balance = cents(sum(holding["marketValue"] for holding in position) + cash) or cents(size)
    if bounds.owes:
        # The vendor's test bank has shown a debt as a positive balance, so the sign says nothing for certain.
        balance = cents(limit * (1 - age / term) * (1 if chance(rng, 0.05) else -1))
    owed = abs(balance)
    rate = round(rng.uniform(*bounds.rates), 3)
    interest = cents(owed * rate / 1200)
    principal = cents(limit / term)
    escrow = cents(limit * bounds.escrow / 12)
    payment = min(owed, max(25.0, cents(owed * bounds.minimum))) if bounds.minimum else interest + principal + escrow
    return Ledger(
        rng=rng,
        as_of=as_of,
        opened=as_of - age * MONTH,
        due=as_of + rng.randint(2, 28) * DAY,
        term=term,
        age=age,
        limit=limit,
        balance=balance,
        owed=owed,
        cash=cash,
        rate=rate,
        interest=interest,
        principal=principal,
        escrow=escrow,
        payment=cents(payment),
        late=rng.choice((15.0, 25.0, 39.0)) if chance(rng, 0.1) else 0.0,
        position=position,
    )
