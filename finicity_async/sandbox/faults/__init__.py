"""What can go wrong with the vendor, declared on a sandbox; in JSON, each has its name under ``"fault"``."""

from finicity_async.sandbox.faults._armed import ArmedFaults, read_faults
from finicity_async.sandbox.faults._base import Fault
from finicity_async.sandbox.faults._quirks import QUIRKS, Quirk
from finicity_async.sandbox.faults._responses import EdgePage, RateLimit, Status, TooManyRequests, VendorError
from finicity_async.sandbox.faults._tokens import ExpiredToken, LockedPartner, RevokedToken
from finicity_async.sandbox.faults._wire import Drip, Hang, Latency, Malformed, Reset, Truncated, WrongContentType

__all__ = [
    "QUIRKS",
    "ArmedFaults",
    "Drip",
    "EdgePage",
    "ExpiredToken",
    "Fault",
    "Hang",
    "Latency",
    "LockedPartner",
    "Malformed",
    "Quirk",
    "RateLimit",
    "Reset",
    "RevokedToken",
    "Status",
    "TooManyRequests",
    "Truncated",
    "VendorError",
    "WrongContentType",
    "read_faults",
]
