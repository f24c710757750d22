"""
What the vendor's aggregation status codes mean, and what to do about each of them.

The facts come from the aggregation status codes on docs.finicity.com and from the error pages of Mastercard's
open-finance-us documentation, as of spec 1.42.0; the wording is ours. The set is open: an unknown code is passed
through and never rejected. The vendor's pages contradict each other on 12001, 12003 and 24302 (the page for 12001
shows 12003, the page for 12003 shows 24302), so the rows for these three are our best interpretation.
"""

from dataclasses import dataclass

# The vendor sets 0 after a successful attempt; before the first attempt the member is absent, not 0.
SUCCESS = 0
# The vendor documents two codes for the same state: the account has a refresh running, so a second one is refused.
IN_PROGRESS = frozenset({325, 5006})


@dataclass(frozen=True, slots=True)
class AggregationStatus:
    """
    An aggregation status code explained.

    Attributes:
        code: The vendor's number, for example ``185``; 0 is success.
        meaning: What happened, as a fragment without a final period.
        category: The group of the code, for example ``"credentials"``; ``"unknown"`` if unexplained.
        remedy: What the caller should do, as one sentence.
        fixable: Whether the user can normally repair it through Connect Fix; None if unknown.
        retriable: Whether waiting helps; None if unknown. Not a permission to resend in a loop.
    """

    code: int
    meaning: str
    category: str
    remedy: str
    fixable: bool | None
    retriable: bool | None


def describe_status(code: int | str) -> AggregationStatus:
    """
    Return the meaning of one aggregation status code.

    A code outside the catalogue is not an error: its category is ``"unknown"``, its fixable and retriable are None.

    Args:
        code: The vendor's number, or its digits as text, for example ``185`` or ``"185"``.

    Raises:
        ValueError: The code is not a whole number.
    """
    if isinstance(code, str) and code.isascii() and code.removeprefix("-").isdigit():
        code = int(code)
    if isinstance(code, bool) or not isinstance(code, int):
        message = "an aggregation status code is a whole number, or its digits as text"
        raise ValueError(message)  # noqa: TRY004 -- a caller acts on one error for any bad code
    known = _CATALOGUE.get(code)
    if known is None:
        return AggregationStatus(code, "Not in the catalogue", "unknown", _REMEDIES["report"], None, None)
    return known


_REMEDIES = {
    "none": "Nothing to do.",
    "poll": "Poll the account until the running refresh has ended; do not start another.",
    "wait": "Wait, and read the account again later.",
    "cap": "Wait until the institution's call cap has reset, then read the account again.",
    "outage": "Wait until the connection works again; report the code if the problem persists.",
    "fix": "Send the user through Connect Fix.",
    "login": "Ask the user to sign in to the institution again through Connect.",
    "reconnect": "Ask the user to connect the account again.",
    "consent": "Ask the user to give consent again.",
    "answer": "Ask the user to complete what the institution requires, then read the account again.",
    "resolve": "Ask the user to resolve this with the institution.",
    "present": "Refresh only while the user is present to answer.",
    "verify": "Compare the stored customer, login and account with the vendor's before the next call.",
    "closed": "Stop refreshing this account.",
    "unsupported": "Check whether the institution is supported, and let the user choose another if it is not.",
    "correct": "Correct the request before it is sent again.",
    "correct_login": "Correct the request; if it was correct, ask the user to sign in again through Connect.",
    "report": "Report the code to the vendor's support.",
}

# Category, fixable, retriable, key of the remedy, meaning, codes.
_ROWS: tuple[tuple[str, bool | None, bool | None, str, str, tuple[int, ...]], ...] = (
    ("success", False, False, "none", "Last attempt succeeded", (0,)),
    ("in_progress", None, True, "poll", "Another refresh of the account has not ended yet", (325, 5006)),
    ("credentials", True, False, "fix", "Stored credentials were refused by the institution", (103,)),
    ("credentials", None, False, "login", "Credentials are wrong", (24302, 24303)),
    ("credentials", None, False, "correct", "Username breaks the vendor's rules, or credentials are wrong", (110039,)),
    ("credentials", None, False, "login", "Sign-in failed for an unforeseen reason", (1008,)),
    ("credentials", None, None, "login", "Sign-in failed for an unforeseen reason", (179,)),
    ("credentials", None, True, "wait", "Credentials seem wrong, yet a later attempt may work", (45002,)),
    ("user_action", True, False, "fix", "User has to act on the institution's site first", (108,)),
    ("user_action", True, False, "fix", "Password has to be changed or renewed at the institution", (109,)),
    ("user_action", True, False, "fix", "Institution asked for an MFA answer or passcode and got none", (185,)),
    ("user_action", True, False, "fix", "MFA answer was wrong", (187,)),
    ("user_action", None, False, "present", "Institution wants a passcode at every connection", (931,)),
    ("user_action", None, False, "resolve", "User's language at the institution is not supported", (936,)),
    ("user_action", None, None, "answer", "Account's name, number or type differs from what is stored", (106,)),
    ("user_action", None, None, "answer", "Institution needs more information from the user", (107, 959, 961)),
    ("user_action", None, None, "verify", "Institution needs more information from the user", (38053,)),
    ("user_action", None, None, "answer", "Security question or authorization is still open", (938, 940, 971, 10814)),
    ("user_action", None, None, "answer", "Authorization was left unfinished", (50025,)),
    ("user_action", None, None, "login", "Authorization was left unfinished", (12003,)),
    ("user_action", None, None, "report", "Authorization was left unfinished", (50024,)),
    ("user_action", None, None, "present", "MFA answer came too late (legacy code)", (331,)),
    ("consent", None, None, "consent", "Consent is missing", (2001, 2003, 2006, 2017, 2024, 2026, 2028, 2030)),
    ("consent", None, None, "consent", "Consent is missing", (2031, 2036, 2038, 2039, 12005, 14019)),
    ("oauth_migration", True, False, "fix", "Institution now uses OAuth and wants the user's consent", (945,)),
    ("oauth_migration", True, False, "fix", "OAuth token is absent, has expired or was revoked", (947,)),
    ("oauth_migration", True, False, "fix", "Login has not signed in since the institution uses OAuth", (948,)),
    ("oauth_migration", None, False, "resolve", "Only the user can manage this access, at the institution", (4034,)),
    ("oauth_migration", None, False, "verify", "Login is not open to migration", (20007, 20009)),
    ("account", True, False, "fix", "Account is not among those shared over OAuth", (946,)),
    ("account", False, False, "reconnect", "Login details are gone", (3004,)),
    ("account", None, False, "reconnect", "Login cannot be repaired", (949,)),
    ("account", None, False, "login", "Account has no type", (5030,)),
    ("account", None, False, "closed", "Account is closed", (913,)),
    ("account", None, False, "verify", "Institution no longer offers the account", (914,)),
    ("account", None, False, "verify", "Account exists twice", (169,)),
    ("account", None, False, "verify", "Account is missing or cannot be reached", (952,)),
    ("account", None, False, "verify", "Account number is not known", (20001,)),
    ("account", None, False, "verify", "Institution login does not exist", (3003,)),
    ("account", None, False, "verify", "Account does not belong to the customer", (38003,)),
    ("account", None, False, "verify", "Institution holds no accounts of the customer", (38006,)),
    ("account", None, False, "verify", "Institution login holds no accounts of the customer", (38007,)),
    ("account", None, False, "correct", "ACH details of the account are not available", (38008,)),
    ("account", None, None, "verify", "Account exists twice and differs from what is stored", (168,)),
    ("account", None, None, "verify", "User or account differs from what is stored", (324, 403)),
    ("account", None, None, "verify", "Account is missing", (400,)),
    ("account", None, None, "verify", "Account is missing or cannot be reached", (955,)),
    ("account", None, True, "wait", "Account is out of reach for the moment", (909,)),
    ("institution", None, True, "wait", "Institution's site or the connection to it is not working", (102,)),
    ("institution", None, True, "wait", "Institution or service is interrupted for a while", (1408,)),
    ("institution", None, None, "outage", "Connection to the institution is not working", (101, 104, 105, 911)),
    ("institution", None, None, "outage", "Connection is still under construction", (900, 901, 902, 903, 904)),
    ("institution", None, None, "outage", "Institution is under maintenance", (905, 906, 907)),
    ("institution", None, None, "outage", "Connection to the institution is being repaired", (910,)),
    ("institution", None, None, "outage", "Institution works for some users and not for others", (915, 916)),
    ("institution", None, False, "unsupported", "Institution cannot be aggregated", (920, 921, 922, 923, 924)),
    ("institution", None, False, "unsupported", "Institution cannot be aggregated", (925, 926, 927, 928, 929)),
    ("institution", None, False, "unsupported", "Connection is not supported", (950, 960, 976, 2032)),
    ("institution", None, False, "report", "Connection is not supported", (972,)),
    ("institution", None, False, "login", "Institution denies access to the resource", (973,)),
    ("institution", None, False, "report", "Institution has locked the vendor out", (975,)),
    ("throttled", None, True, "cap", "Institution's call cap for the time window is used up", (44000,)),
    ("throttled", None, True, "cap", "Aggregation pauses because the institution's call cap is used up", (44002,)),
    ("throttled", None, None, "report", "Institution's call cap for the time window is used up", (977,)),
    ("retry_later", None, True, "wait", "Service was not available (legacy code)", (123, 125, 127, 128, 130, 320, 580)),
    ("retry_later", None, None, "wait", "Service was not available (legacy code)", (511,)),
    ("retry_later", None, True, "wait", "Attempt failed for no stated reason", (124,)),
    ("retry_later", None, True, "wait", "Sign-in failed, yet a later attempt may work", (2040,)),
    ("retry_later", None, True, "wait", "Request was refused, yet a later attempt may work", (10027,)),
    ("internal", None, None, "report", "Vendor's system failed", (990, 991, 992, 993, 994, 995, 996, 997, 998)),
    ("internal", None, None, "report", "Vendor's system failed", (1000, 1001, 1002, 1004, 1005, 1009, 1010, 1011)),
    ("internal", None, None, "report", "Vendor's system failed", (1012, 12001, 12008, 12009, 14030, 19000, 20014)),
    ("internal", None, None, "report", "Vendor's system failed; some pages say that waiting helps", (10030,)),
    ("internal", None, None, "report", "Attempt failed for no stated reason", (204, 341)),
    ("request", None, False, "correct", "Request is malformed", (978, 981, 2005, 20002, 20024, 42002)),
    ("request", None, False, "correct_login", "Request is malformed", (10010,)),
    ("request", None, False, "report", "Request is malformed", (10000,)),
    ("request", None, False, "correct_login", "Request lacks a parameter", (10005,)),
    ("request", None, False, "correct", "Request carries wrong API credentials", (10001,)),
    ("request", None, False, "correct", "Request names something that does not exist", (20017,)),
    ("request", None, False, "correct", "Customer ID is not valid", (14023,)),
    ("request", None, False, "correct", "Account type or operation is not allowed here", (14020,)),
    ("request", None, False, "correct", "Input was refused for no stated reason", (1415,)),
    ("request", None, None, "correct", "Request was refused", (6004, 20015, 20020, 20022)),
    ("request", None, None, "report", "Request was refused", (20025,)),
    ("unknown", None, None, "report", "Attempt failed for no stated reason", (171, 194, 197, 307, 417, 500, 525)),
    ("unknown", None, None, "report", "Attempt failed; elsewhere the number means a duplicate consumer", (11000,)),
)

_CATALOGUE = {
    code: AggregationStatus(code, meaning, category, _REMEDIES[advice], fixable, retriable)
    for category, fixable, retriable, advice, meaning, codes in _ROWS
    for code in codes
}
