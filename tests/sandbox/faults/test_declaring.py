"""Faults as values and in files: what is refused, and what is read back."""

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from finicity_async.sandbox import (
    QUIRKS,
    REFRESH_QUIRKS,
    TRANSACTION_QUIRKS,
    Drip,
    EdgePage,
    ExpiredToken,
    Fault,
    Hang,
    Latency,
    LockedPartner,
    Malformed,
    Quirk,
    RateLimit,
    RefreshQuirk,
    Reset,
    RevokedToken,
    Sandbox,
    Status,
    TooManyRequests,
    TransactionQuirk,
    Truncated,
    VendorError,
    WrongContentType,
)
from finicity_async.sandbox.faults import read_faults


@pytest.mark.parametrize(
    ("kind", "members", "says"),
    [
        (Status, {"status": 199}, r"Status: .*200.*\$\.status"),
        (Status, {"status": 600}, r"Status: .*599.*\$\.status"),
        (Status, {"status": "500"}, r"Status: .*int.*\$\.status"),
        (Status, {"status": 500, "headers": {"a": 1}}, r"Status: .*str.*\$\.headers"),
        (Status, {"status": 500, "headers": {"a": b"text that looks well in base64"}}, r"Status: .*str.*\$\.headers"),
        (Status, {"status": 500, "body": bytearray(b"text")}, r"Status: .*str.*\$\.body"),
        (Status, {"status": 500, "body": Decimal("1.50")}, r"Status: .*str.*\$\.body"),
        (VendorError, {"code": 185, "message": b"text"}, r"VendorError: .*str.*\$\.message"),
        (WrongContentType, {"content_type": b"text"}, r"WrongContentType: .*str.*\$\.content_type"),
        (Status, {"status": 500, "headers": {"a": "b\r\nc: d"}}, "header"),
        (Status, {"status": 500, "headers": {"a\nb": "c"}}, "header"),
        (Status, {"status": 500, "body": "\ud800"}, "body|surrogate"),
        (WrongContentType, {"content_type": "a\r\nb: c"}, "content_type|header"),
        (Latency, {"seconds": -1}, "Latency: .*>= 0"),
        (Latency, {"seconds": math.nan}, "Latency: .*>= 0"),
        (Latency, {"seconds": 1, "distribution": "normal"}, "Latency: .*normal"),
        (Drip, {"seconds": -0.1}, "Drip: .*>= 0"),
        (TooManyRequests, {"retry_after": -1}, "TooManyRequests: .*>= 0"),
        (TooManyRequests, {"retry_after": math.inf}, "TooManyRequests"),
        (TooManyRequests, {"retry_after": 1e300, "as_date": True}, "TooManyRequests"),
        (RateLimit, {"requests_per_second": 0}, "RateLimit: .*> 0"),
        (RateLimit, {"requests_per_second": math.nan}, "RateLimit: .*> 0"),
        (RateLimit, {"requests_per_second": 1, "burst": 0}, "RateLimit: .*>= 1"),
        (Hang, {"first": 0}, "Hang: .*>= 1"),
        (Hang, {"every": True}, "Hang: .*int"),
        (Hang, {"probability": 1.5}, "Hang: .*<= 1"),
        (Hang, {"probability": -0.5}, "Hang: .*>= 0"),
        (Hang, {"customer_id": 1.5}, "Hang: .*int"),
        (Hang, {"operation": "GetEverything"}, "'GetEverything' is none of .*GetCustomerAccounts"),
        (Quirk, {"quirk": "none_such"}, "'none_such' is none of .*zero_dates"),
        (TransactionQuirk, {"quirk": "none_such"}, "'none_such' is none of .*window_by_posted_date"),
        (Reset, {"at": "middle"}, "Reset: .*middle"),
        (LockedPartner, {"operation": "GetCustomers"}, "GetCustomers"),
        (LockedPartner, {"operation": None}, "operation"),
    ],
)
async def test_member_that_does_not_fit_is_refused_when_the_fault_is_declared(
    kind: Any, members: dict[str, Any], says: str
) -> None:
    sandbox = Sandbox(customers=1)
    with pytest.raises(ValueError, match=says):
        sandbox.add_fault(kind(**members))
    assert sandbox.faults == ()


@pytest.mark.parametrize("thing", ["hang", {"fault": "hang"}, Hang, None, [Hang()]], ids=repr)
async def test_what_is_no_fault_is_refused_when_it_is_declared(thing: Any) -> None:
    sandbox = Sandbox(customers=1)
    with pytest.raises((TypeError, ValueError)):
        sandbox.add_fault(thing)
    assert sandbox.faults == ()


async def test_when_one_of_several_faults_is_refused_none_is_declared() -> None:
    sandbox = Sandbox(customers=1)
    with pytest.raises(ValueError, match="Latency"):
        sandbox.add_fault(Hang(), Latency(seconds=-1))
    assert sandbox.faults == ()


def test_fault_is_a_value_that_shows_what_was_declared_and_no_more() -> None:
    fault: Any = Status(status=503, first=2)
    assert repr(fault) == "Status(first=2, status=503)"
    assert (repr(Hang()), Hang()) == ("Hang()", Hang())
    with pytest.raises(AttributeError):
        fault.first = 3


EVERY_FAULT: list[Fault] = [
    Status(status=503, body={"a": 1}, headers={"b": "c"}, first=2),
    Status(status=500, body="text", every=3),
    VendorError(code="INVALID", status=409, message="No"),
    VendorError(code=185, probability=0.25),
    EdgePage(status=403, customer_id=7),
    TooManyRequests(retry_after=None),
    TooManyRequests(retry_after=1.5, as_date=True, customer_id="7"),
    RateLimit(requests_per_second=2.5, burst=4, retry_after=False),
    ExpiredToken(operation="GetCustomers"),
    RevokedToken(),
    LockedPartner(),
    LockedPartner(operation="ModifyPartnerSecret"),
    Latency(seconds=1, distribution="lognormal"),
    Hang(carried_out=True),
    Reset(at="headers"),
    Truncated(),
    Malformed(),
    WrongContentType(content_type="text/xml"),
    Drip(seconds=0.5),
    *(Quirk(quirk=name) for name in QUIRKS),
    *(TransactionQuirk(quirk=name) for name in TRANSACTION_QUIRKS),
    *(RefreshQuirk(quirk=name) for name in REFRESH_QUIRKS),
]


def test_every_kind_of_fault_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_bytes(msgspec.json.encode(EVERY_FAULT))
    read = read_faults(path)
    assert read == EVERY_FAULT
    sandbox = Sandbox(customers=1)
    sandbox.add_fault(*read)
    assert list(sandbox.faults) == EVERY_FAULT


def test_fault_in_a_file_needs_its_name_and_what_has_no_default(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('[{"fault": "hang"}, {"fault": "reset", "at": "body"}, {"fault": "latency", "seconds": 2}]')
    assert read_faults(path) == [Hang(), Reset(at="body"), Latency(seconds=2)]
    path.write_text("[]")
    assert read_faults(path) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "truncated"),
        (b"[", "truncated"),
        (b"{}", "array"),
        (b'{"fault": "hang"}', "array"),
        (b"[1]", r"\$\[0\]"),
        (b'[{"fault": "hang"}, {}]', r"fault.*\$\[1\]"),
        (b'[{"fault": "bang"}]', r"bang.*\$\[0\]"),
        (b'[{"fault": "hang", "fisrt": 1}]', r"fisrt.*\$\[0\]"),
        (b'[{"fault": "status"}]', r"status.*\$\[0\]"),
        (b'[{"fault": "status", "status": 600}]', r"\$\[0\]\.status"),
        (b'[{"fault": "hang", "first": 0}]', r"\$\[0\]\.first"),
        (b'[{"fault": "hang", "operation": "getCustomers"}]', r"getCustomers.*\$\[0\]"),
        (b'[{"fault": "quirk", "quirk": "none"}]', r"none.*\$\[0\]"),
        (b'[{"fault": "hang", "customer_id": "\xff"}]', ""),
        (b"[" * 100_000, ""),
    ],
)
def test_file_that_holds_something_else_is_refused_with_its_name_and_the_place(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "faults.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"faults.json: .*{says}"):
        read_faults(path)


def test_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_faults(tmp_path / "none.json")
    with pytest.raises(IsADirectoryError):
        read_faults(tmp_path)
