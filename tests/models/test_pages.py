"""A page is read as exactly as each of its rows would be alone, although it is checked as a whole."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from random import Random

import msgspec
import pytest

from finicity_async.models.transactions import Transaction, Transactions
from tests.support.seeds import seeds

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DATES = [
    *("1780315200", "1780315200", "1780315200", "0", "null", "1780315200.5", "1e300", "true"),
    *('"1780315200"', '"0"', '"soon"', '"2026-06-01T12:00:00Z"', '"2026-06-01T17:30:00+05:30"', '"2026-06-01"'),
    '"1970-01-01T00:00:00Z"',
]
AMOUNTS = [
    *("1.50", "-0.00", "0", "1e2", '"1.50"', "null"),
    *("1e300", "0E+200", '"NaN"', '"-Infinity"', '"1_0"', '""', "[]", "true"),
]
CATEGORIZATIONS = (
    "null",
    "{}",
    "5",
    '{"category":"ATM Fee","$invalid":{"$.city":[1]}}',
    '{"category":7}',
    *[f'{{"entityStandardizationConfidenceScore":{amount}}}' for amount in AMOUNTS],
)
TEXTS = ('"CAF\u00c9"', '"A_1"', r'"A\u0042"', r'"\"1\""', "7", '"1_0"', "null")


def row_of(random: Random, number: int, rarely: float) -> str:
    """Return a transaction in JSON of which each member is unusual with a probability."""

    def one_of(values: Sequence[str]) -> str:
        return random.choice(values) if random.random() < rarely else values[0]

    members = {
        "id": str(number),
        "amount": one_of(AMOUNTS),
        "description": one_of(TEXTS),
        "postedDate": one_of(DATES),
        "createdDate": one_of(DATES),
        "categorization": one_of(CATEGORIZATIONS),
        "feeAmount": one_of(AMOUNTS),
    }
    return "{" + ",".join(f'"{name}":{value}' for name, value in members.items()) + "}"


@pytest.mark.parametrize("seed", seeds(60))
def test_a_page_is_read_as_its_rows_are_one_by_one(seed: int) -> None:
    random = Random(seed)
    texts = [row_of(random, number, random.choice((0.02, 0.2, 0.9))) for number in range(random.randrange(1, 40))]
    page = Transactions.from_json(f'{{"transactions":[{",".join(texts)}]}}'.encode())
    rows = [Transaction.from_json(text.encode()) for text in texts]
    assert [(repr(one), one.invalid_values) for one in page] == [(repr(one), one.invalid_values) for one in rows]
    again = msgspec.json.decode(msgspec.json.encode(page), type=Transactions, strict=False)
    assert (again, again.invalid_values) == (page, page.invalid_values)


def test_a_date_that_is_none_and_a_zone_cost_their_row_nothing_else() -> None:
    dates = '"postedDate":0,"createdDate":"2026-06-01T17:30:00+05:30","effectiveDate":1780315200'
    page = Transactions.from_json(f'{{"transactions":[{{"id":1,{dates},"amount":1.50}},{{"id":2}}]}}'.encode())
    assert repr(page[0]) == repr(Transaction(id=1, amount=Decimal("1.50"), created_date=NOON, effective_date=NOON))
    assert page.invalid_values == {}


PARTS = ("1", "0", "_", ".", "-", "+", "e", " ", "\t", "\u0663", "\u00a0", "\u00e9", "11111111111111111111111111111111")
PLAIN = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


def written(random: Random, text: str) -> str:
    """Return a text in JSON with some of its characters escaped."""
    return "".join(f"\\u{ord(one):04x}" if random.random() < 0.2 or one < " " else one for one in text)


def amount_in(text: str) -> Decimal | None:
    """Return the amount that a text stands for, None when an account cannot hold it."""
    if PLAIN.fullmatch(text):
        with suppress(InvalidOperation):  # The exponent is beyond what Decimal has.
            amount = Decimal(text.strip())
            return amount if abs(amount.adjusted()) < 100 else None
    return None


@pytest.mark.parametrize("seed", seeds(60))
def test_a_text_is_an_amount_only_if_it_is_a_number_in_plain_digits(seed: int) -> None:
    random = Random(seed)
    for _ in range(40):
        text = "".join(random.choices(PARTS, (8, 8, 3, 3, 1, 1, 2, 1, 1, 1, 1, 1, 1), k=random.randrange(1, 9)))
        members = f'"description":"{written(random, text)}","amount":"{written(random, text)}"'
        (row,) = Transactions.from_json(f'{{"transactions":[{{"id":1,{members}}}]}}'.encode())
        amount = amount_in(text)
        assert (row.description, row.amount) == (text, amount), members
        assert row.invalid_values == ({} if amount is not None else {"$.amount": text}), members


@pytest.mark.parametrize("end", ["", " x"])
@pytest.mark.parametrize("part", ["1_", "_", "\\u0031", "\\t_", "\u0663"])
def test_a_long_text_takes_no_longer_than_its_length(part: str, end: str) -> None:
    written_text = f'"{part * 200_000}{end}"'
    (row,) = Transactions.from_json(f'{{"transactions":[{{"id":1,"description":{written_text}}}]}}'.encode())
    assert row.description == json.loads(written_text)


@pytest.mark.parametrize("before", range(8))
def test_a_character_at_the_seam_of_two_parts_is_read_whole(before: int) -> None:
    text = "x" * (4_096 - 60 + before) + "\u2019\u00e9\U0001f600" + "x" * 5_000
    body = f'{{"transactions":[{{"id":1,"description":"{text}"}},{{"id":2,"amount":"\u0661"}}]}}'
    page = Transactions.from_json(body.encode())
    assert (page[0].description, page[1].invalid_values) == (text, {"$.amount": "\u0661"})
    cut = body.encode().replace("\u2019".encode(), b"\xe2\x80")
    assert Transactions.from_json(cut)[0].description == text.replace("\u2019", "\ufffd")
