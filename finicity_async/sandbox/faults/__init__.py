"""What can go wrong with the vendor, declared on a sandbox; in JSON, each has its name under ``"fault"``."""

from finicity_async.sandbox.faults._base import Fault
from finicity_async.sandbox.faults._installed import InstalledFault, InstalledFaults, read_faults
from finicity_async.sandbox.faults._quirks import QUIRKS, Quirk
from finicity_async.sandbox.faults._refresh_quirks import REFRESH_QUIRKS, RefreshQuirk
from finicity_async.sandbox.faults._responses import EdgePage, RateLimit, Status, TooManyRequests, VendorError
from finicity_async.sandbox.faults._tokens import ExpiredToken, LockedPartner, RevokedToken
from finicity_async.sandbox.faults._transaction_quirks import TRANSACTION_QUIRKS, TransactionQuirk
from finicity_async.sandbox.faults._wire import Drip, Hang, Latency, Malformed, Reset, Truncated, WrongContentType

__all__ = [
    "QUIRKS",
    "REFRESH_QUIRKS",
    "TRANSACTION_QUIRKS",
    "Drip",
    "EdgePage",
    "ExpiredToken",
    "Fault",
    "Hang",
    "InstalledFault",
    "InstalledFaults",
    "Latency",
    "LockedPartner",
    "Malformed",
    "Quirk",
    "RateLimit",
    "RefreshQuirk",
    "Reset",
    "RevokedToken",
    "Status",
    "TooManyRequests",
    "TransactionQuirk",
    "Truncated",
    "VendorError",
    "WrongContentType",
    "read_faults",
]
