"""The catalogue of aggregation status codes says what the vendor's documentation says."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from finicity_async.errors import NOT_FOUND_CODES, REQUEST_CODES
from finicity_async.status_codes import _CATALOGUE, _REMEDIES, _ROWS, IN_PROGRESS, SUCCESS, describe_status
from tests.vendor.document import operation_facts

FACTS = Path(__file__).parent / "status_codes.json"
"""What the vendor's pages say of each code; of its wording no more than a digest."""
CONNECT_FIX = (103, 108, 109, 185, 187, 945, 946, 947, 948)


@pytest.fixture(scope="module")
def facts() -> list[dict[str, Any]]:
    """Return the collected facts, one dict per code."""
    rows: list[dict[str, Any]] = json.loads(FACTS.read_text(encoding="utf-8"))
    return rows


def test_catalogue_holds_exactly_the_documented_codes(facts: list[dict[str, Any]]) -> None:
    """The catalogue holds every documented code and no other."""
    assert sorted(_CATALOGUE) == sorted(row["code"] for row in facts)


def test_category_fixable_and_retriable_are_as_documented(facts: list[dict[str, Any]]) -> None:
    """Every code has the documented category, fixable and retriable."""
    documented = {row["code"]: (row["category"], row["fixable"], row["retriable"]) for row in facts}
    described = {code: describe_status(code) for code in documented}
    assert {
        code: (status.category, status.fixable, status.retriable) for code, status in described.items()
    } == documented


@pytest.mark.parametrize(
    ("documented", "remedies"),
    [
        ("report", {"report"}),
        ("retry_later", {"wait", "cap"}),
        ("re_authenticate", {"login", "reconnect", "correct_login"}),
        ("verify_state", {"verify", "reconnect", "resolve", "unsupported"}),
        ("invalid_input", {"correct", "unsupported"}),
    ],
)
def test_remedy_agrees_with_the_documented_one(
    facts: list[dict[str, Any]], documented: str, remedies: set[str]
) -> None:
    """A code whose remedy the vendor documents gets one of the same kind."""
    codes = [row["code"] for row in facts if row["remedy"] == documented]
    assert codes
    assert {describe_status(code).remedy for code in codes} <= {_REMEDIES[key] for key in remedies}


def test_meanings_are_not_copied(facts: list[dict[str, Any]]) -> None:
    """No meaning repeats the wording of the vendor's pages."""
    digests = {row["code"]: hashlib.sha256(describe_status(row["code"]).meaning.encode()).hexdigest() for row in facts}
    assert [row["code"] for row in facts if digests[row["code"]].startswith(row["meaning_sha256"])] == []


@pytest.mark.parametrize("code", CONNECT_FIX)
def test_connect_fix_codes_are_fixable(code: int) -> None:
    """A code on the vendor's Connect Fix list is fixable and says so in its remedy."""
    status = describe_status(code)
    assert status.fixable is True
    assert "Connect Fix" in status.remedy


def test_no_other_code_is_fixable() -> None:
    """A code off the Connect Fix list is not claimed to be fixable, nor is Connect Fix its remedy."""
    others = [status for code, status in _CATALOGUE.items() if code not in CONNECT_FIX]
    assert [status.code for status in others if status.fixable or "Connect Fix" in status.remedy] == []


def test_every_declared_error_code_is_a_code_of_requests() -> None:
    """A code that the document declares under a 4xx is never read as an institution's; 1000 has both meanings."""
    declared = {
        str(code).strip(",")
        for facts in operation_facts().values()
        for status, codes in facts.get("codes", {}).items()
        if status.startswith("4")
        for code in codes
    }
    assert declared - REQUEST_CODES - NOT_FOUND_CODES == {"1000"}


@pytest.mark.parametrize("code", [0, *IN_PROGRESS, *CONNECT_FIX, 331, 949, 977, 4034, 44000, 44002])
def test_no_answer_of_an_institution_is_a_code_of_requests(code: int) -> None:
    """Codes that the vendor's pages show in answer to calls that reach the institution stay that."""
    assert str(code) not in REQUEST_CODES | NOT_FOUND_CODES


def test_success_needs_nothing() -> None:
    """Code 0 is the only one of the category success."""
    assert [code for code, status in _CATALOGUE.items() if status.category == "success"] == [SUCCESS]


def test_in_progress_is_the_category() -> None:
    """The constant for running refreshes holds exactly the codes of that category."""
    assert {code for code, status in _CATALOGUE.items() if status.category == "in_progress"} == IN_PROGRESS


@pytest.mark.parametrize("text", ["185", "0185"])
def test_text_is_read_as_number(text: str) -> None:
    """Digits as text describe the same status as the number."""
    assert describe_status(text) == describe_status(185)


@pytest.mark.parametrize("code", [30, 146, -1, 10**12, "30", "-1"])
def test_unknown_code_passes_through(code: int | str) -> None:
    """A code that is not in the catalogue is kept, claims nothing and is to be reported."""
    status = describe_status(code)
    assert status.code == int(code)
    assert status.category == "unknown"
    assert status.fixable is None
    assert status.retriable is None
    assert status.meaning
    assert "Report" in status.remedy


@pytest.mark.parametrize("code", ["", "-", "--1", "abc", "18.5", "1e3", " 185", "185\n", "1_000", "+185", "²"])
def test_text_that_is_no_number_is_refused(code: str) -> None:
    """Text that is no whole number raises ValueError."""
    with pytest.raises(ValueError, match="whole number"):
        describe_status(code)


@pytest.mark.parametrize("code", [True, False, 185.0, None])
def test_other_types_are_refused(code: object) -> None:
    """A bool, a float or None raises ValueError, though some of them equal a number."""
    with pytest.raises(ValueError, match="whole number"):
        describe_status(code)  # type: ignore[arg-type]  # -- the refusal is what is tested


def test_refusal_does_not_repeat_the_value() -> None:
    """The error for bad text holds none of it."""
    with pytest.raises(ValueError, match="whole number") as caught:
        describe_status("hunter2")
    assert "hunter2" not in str(caught.value)


def test_no_code_stands_in_two_rows() -> None:
    """A code stands in one row only, and once."""
    codes = [code for row in _ROWS for code in row[-1]]
    assert len(codes) == len(set(codes)) == len(_CATALOGUE)


def test_every_remedy_is_a_sentence_in_use() -> None:
    """Every remedy ends with a period and belongs to some code."""
    assert all(len(remedy) > 1 and remedy.endswith(".") for remedy in _REMEDIES.values())
    assert {status.remedy for status in _CATALOGUE.values()} == set(_REMEDIES.values())


def test_every_meaning_is_a_fragment() -> None:
    """Every meaning starts with a capital and has no final period."""
    meanings = [status.meaning for status in (*_CATALOGUE.values(), describe_status(-1))]
    assert [meaning for meaning in meanings if not meaning[:1].isupper() or meaning.endswith(".")] == []


def test_status_is_frozen_and_slotted() -> None:
    """A status cannot be changed and carries no dict, as all callers share the same one."""
    status = describe_status(185)
    with pytest.raises(dataclasses.FrozenInstanceError):
        status.code = 0  # type: ignore[misc]  # -- the refusal is what is tested
    assert not hasattr(status, "__dict__")
