"""Masking comes before cutting, and takes time in proportion to what is shown."""

import gzip

import pytest

from finicity_async import BadRequestError
from finicity_async._pipeline.redaction import masked
from tests.secrecy.secrets import ASKED, SECRET, failure, server_with, session_on, shown_in
from tests.support.servers import http


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("shift", range(1, len(SECRET)))
async def test_a_secret_across_byte_65_536_is_not_shown_in_part(shift: int, packed: bool) -> None:
    """Blanks before it would bring it into the part of the message that is shown."""
    body = b" " * (65_536 - shift) + SECRET.encode() + b" and more"
    answer = http(400, gzip.compress(body) if packed else body, {"Content-Encoding": "gzip"} if packed else {})
    async with server_with(answer) as server, session_on(server) as session:
        error = await failure(session.send(ASKED))
        assert isinstance(error, BadRequestError)
        assert SECRET[:4] not in str(error)
        assert await session.send(ASKED)


@pytest.mark.parametrize("cut", range(4, len(SECRET)))
async def test_a_secret_at_the_end_of_a_body_that_is_cut_off_is_not_shown_in_part(cut: int) -> None:
    words = "You sent, after some words that do not matter here, "
    server = server_with(http(400, f"{words}{SECRET}"))
    async with server, session_on(server, max_body=len(words) + cut) as session:
        error = await failure(session.send(ASKED))
        assert f"{words}***." in str(error)
        assert await session.send(ASKED)


@pytest.mark.parametrize("before", [0, 280, 299, 300, 4_080, 4_095, 4_096, 5_000])
def test_a_secret_is_masked_wherever_the_text_is_cut(before: int) -> None:
    for filling in ("a", " ", "a "):
        text = masked((filling * before)[:before] + SECRET + "b" * 10_000, [SECRET])
        assert shown_in(text, (SECRET[:4], SECRET[-4:])) == []
        assert len(text) <= 303


def test_secrets_that_overlap_are_both_masked_whole() -> None:
    assert masked("1 12345678 9", ["12", "2345678"]) == "1 *** 9"
    assert masked("abcabc", ["abca", "cabc"]) == "***"


def test_a_text_that_is_shown_whole_is_not_marked_as_cut() -> None:
    assert masked("a" * 300, []) == "a" * 300
    assert masked("a" * 301, []) == "a" * 300 + "..."
    assert masked(" " * 10_000, []) == "..."
    assert masked(" " * 4_090 + SECRET, [SECRET]) == "***"


def test_case_does_not_count_and_every_character_keeps_its_place() -> None:
    assert masked("straße STRASSE Grüße GRÜSSE " + SECRET.swapcase(), [SECRET, "grüße"]) == (
        "straße STRASSE *** GRÜSSE ***"
    )


LONG: dict[str, tuple[str, list[str], str]] = {
    "a long text": ("x" * 60_000_000, [SECRET, "xxxxxxxy"], "x" * 300 + "..."),
    "many hidden texts": ("1" * 65_536, [f"{number:010}" for number in range(10_000)], "1" * 300 + "..."),
    "hidden texts that are everywhere": ("1" * 65_536, ["1" * length for length in range(1, 2_000)], "***..."),
    "a long hidden text": ("ß" * 65_536, ["ß" * 30_000], "***..."),
}


@pytest.mark.parametrize("name", LONG)
def test_masking_ends_soon_whatever_is_masked_in_whatever(name: str) -> None:
    """In time that grows with the square of a size, some of these would take hours."""
    text, hidden, shown = LONG[name]
    assert masked(text, hidden) == shown
