"""The institutions of a sandbox, as a test edits them."""

import pytest

from finicity_async import Sandbox
from finicity_async.sandbox.directory import Institutions


def test_the_same_seed_draws_the_same_institutions_and_another_one_others() -> None:
    first, same, other = Institutions(0, 50), Institutions(0, 50), Institutions(1, 50)
    assert list(first) == list(same) == list(other)
    assert [first[one] for one in first] == [same[one] for one in same]
    assert [first[one]["name"] for one in first] != [other[one]["name"] for one in other]


def test_there_are_as_many_as_were_asked_for_the_test_institutions_first() -> None:
    assert [len(Institutions(0, count)) for count in (0, 3, 7, 1_000)] == [0, 3, 7, 1_000]
    assert repr(Institutions(0, 3)) == "<3 institutions>"
    with pytest.raises(ValueError, match="There cannot be -1 institutions"):
        Sandbox(institutions=-1)


def test_one_that_is_added_stands_at_the_place_of_its_id() -> None:
    institutions = Institutions(0, 10)
    institutions[200_005] = {"name": "New"}
    assert list(institutions)[-4:] == ["200000", "200005", "200010", "200020"]
    assert (institutions["200005"]["name"], institutions["200005"]["id"]) == ("New", 200_005)
    assert institutions["200005"]["currency"] == "USD", "what is not given is drawn"
    institutions["200005"] = {"name": "Newer"}
    assert (len(institutions), institutions["200005"]["name"]) == (11, "Newer")
    assert list(institutions.find("newer")) == [200_005]


def test_one_that_is_removed_is_gone() -> None:
    institutions = Institutions(0, 10)
    del institutions["4222"]
    assert "4222" not in institutions
    assert (len(institutions), institutions.get("4222")) == (9, None)
    with pytest.raises(KeyError):
        del institutions["4222"]


@pytest.mark.parametrize("odd", ["", "one", "-1", "04222", "\u0664", "1" * 30])
def test_what_is_no_id_is_not_there(odd: str) -> None:
    assert odd not in Institutions(0, 10)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("finbank", True),
        ("FinBank Profiles", True),
        ("finbnak", True),
        ("bank fin", True),
        ("fnk", False),
        ("--", True),
    ],
)
def test_a_search_takes_words_in_any_order_and_an_error_in_typing(search: str, found: bool) -> None:
    assert (102_105 in Institutions(0, 7).find(search)) == found


def test_a_reset_brings_the_institutions_back() -> None:
    sandbox = Sandbox(institutions=10)
    del sandbox.institutions["4222"]
    sandbox.institutions["102105"]["name"] = "Edited"
    snapshot = sandbox.snapshot()
    sandbox.reset()
    assert (len(sandbox.institutions), sandbox.institutions["102105"]["name"]) == (10, "FinBank Profiles - A")
    sandbox.reset(snapshot)
    assert (len(sandbox.institutions), sandbox.institutions["102105"]["name"]) == (9, "Edited")
