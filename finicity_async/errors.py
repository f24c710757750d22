"""
The errors of this library, as a tree.

    FinicityError
    +- ConfigurationError (ValueError)    nothing was sent: bad ID, missing key, closed session, other event loop
    +- TransportError                     no HTTP response came
    |  +- RequestTimeoutError (TimeoutError)
    |  +- UntrustedCertificateError       the TLS certificate of the other side is not trusted
    +- StatusError                        the vendor answered with an error
    |  +- BadRequestError                 400, and 202 or 5xx with a code that refuses the request itself
    |  +- AuthenticationError             401, and every refused or unanswered login
    |  +- PermissionDeniedError           403
    |  +- NotFoundError                   404, and codes 14001, 38003, 38006, 38007 under any status
    |  +- ConflictError                   409
    |  +- RateLimitError                  429
    |  +- ServerError                     5xx
    |  +- AggregationError                202 or 5xx with any other numeric code: the institution's answer
    +- PayloadError                       a 2xx whose body is not what was asked for, or is another customer's
    +- RefreshTimeoutError (TimeoutError) accounts were pending when the wait was over; .result, .baseline
    +- ReportFailedError                  the vendor could not make a report; .report, .reasons
    +- ReportTimeoutError (TimeoutError)  a report was not finished when the wait was over; .report_id, .report
    +- WebhookError (ValueError)          an event that is not the vendor's

The text of an error names the operation, the status, the code and what to do. What the caller sent and every secret
stand as ``***`` in it. The attributes hold what the vendor said as it came. What to do in Python stands at the end of
the text and alone in ``advice``, so that a program can give its own users other advice.
"""

import re
from typing import Any

from finicity_async.status_codes import AggregationStatus


class FinicityError(Exception):
    """
    Base of every error that this library raises on purpose.

    Attributes:
        retryable: The same call may safely be made again and may succeed. False where the vendor may have carried
            out a POST, PUT or DELETE whose response was lost.
        advice: What to do in terms of this library, with which the text ends; empty where there is none. The text
            without it is ``args[0]``.
    """

    retryable: bool = False
    advice: str = ""

    def __init__(self, text: str = "", *, advice: str = "") -> None:
        super().__init__(text)
        self.advice = advice

    def __str__(self) -> str:
        """Return the text with the advice."""
        text = super().__str__()
        return f"{text} {self.advice}" if self.advice else text


class ConfigurationError(FinicityError, ValueError):
    """Nothing was sent: an argument, the credentials or the state of the session does not allow the call."""


class TransportError(FinicityError):
    """
    No HTTP response came, or only a part of one.

    Attributes:
        operation: The vendor's operationId, for example ``"GetCustomerAccounts"``.
        sent: False when the request surely never reached the vendor. True when it may have.
    """

    def __init__(
        self, text: str = "", *, operation: str = "", sent: bool = True, retryable: bool = False, advice: str = ""
    ) -> None:
        super().__init__(text, advice=advice)
        self.operation = operation
        self.sent = sent
        self.retryable = retryable


class RequestTimeoutError(TransportError, TimeoutError):
    """The vendor did not answer, or could not be reached, within the timeout."""


class UntrustedCertificateError(TransportError):
    """The TLS certificate of the other side is not trusted: nothing was sent, and sending again would not help."""


class StatusError(FinicityError):
    """
    The vendor answered with an error.

    Attributes:
        operation: The vendor's operationId, for example ``"GetCustomerAccounts"``.
        status: HTTP status; None where an ``AuthenticationError`` ends several logins, the last of which was lost.
        code: The vendor's code as text (the service sends numbers and text); None when the response has none.
        message: The vendor's message as it came; it may echo IDs, so log ``str(error)`` rather than this.
        user_message: What the vendor suggests to show the end user, or None.
        retry_after: Seconds that the vendor asks to wait, counted from the response, or None.
        body: The body as it came, at most the session's cap.
        aggregation: What the code means when it is a known aggregation status code, or None.
    """

    def __init__(
        self,
        text: str = "",
        *,
        operation: str = "",
        status: int | None = 0,
        code: str | None = None,
        message: str | None = None,
        user_message: str | None = None,
        retry_after: float | None = None,
        body: bytes = b"",
        aggregation: AggregationStatus | None = None,
        retryable: bool = False,
        advice: str = "",
    ) -> None:
        super().__init__(text, advice=advice)
        self.operation = operation
        self.status = status
        self.code = code
        self.message = message
        self.user_message = user_message
        self.retry_after = retry_after
        self.body = body
        self.aggregation = aggregation
        self.retryable = retryable


class BadRequestError(StatusError):
    """400, or 202 or 5xx with one of ``REQUEST_CODES``: the vendor refuses the request as it stands."""


class AuthenticationError(StatusError):
    """
    401, or no further login is sent with these credentials.

    The vendor locks a partner after five failed logins. So a refused login is final until
    ``AsyncSession.retry_login``: any 4xx but 408 and 429, and any vendor code under another status. The same holds
    after three logins without a clear answer, unless one has succeeded before.
    """


class PermissionDeniedError(StatusError):
    """403: the caller's place or contract does not allow the call."""


class NotFoundError(StatusError):
    """404, or a code that says that the customer, account, institution or login does not exist for this partner."""


class ConflictError(StatusError):
    """409: the call contradicts what exists."""


class RateLimitError(StatusError):
    """429: too many requests, and waiting for longer than the session waits on its own would be needed."""


class ServerError(StatusError):
    """5xx without a numeric vendor code: the service or an edge in front of it failed."""


class AggregationError(StatusError):
    """
    202 or 5xx with a numeric code that is no code of requests: the institution, not the service, said no.

    ``aggregation`` says what the code means and what to do. Never sent again by the library.
    """


class PayloadError(FinicityError):
    """
    A 2xx whose body is not what was asked for, or is another customer's.

    The text holds the JSON path, never a value.

    Attributes:
        operation: The vendor's operationId.
        status: HTTP status.
        body: The body as it came, empty when it was over the session's cap or another customer's.
    """

    def __init__(
        self,
        text: str = "",
        *,
        operation: str = "",
        status: int = 0,
        body: bytes = b"",
        retryable: bool = False,
        advice: str = "",
    ) -> None:
        super().__init__(text, advice=advice)
        self.operation = operation
        self.status = status
        self.body = body
        self.retryable = retryable


class RefreshTimeoutError(FinicityError, TimeoutError):
    """
    Accounts were pending when the wait for a refresh was over; the refresh goes on at the vendor.

    Attributes:
        result: The RefreshResult so far.
        baseline: The RefreshBaseline with which ``wait_for_refresh`` goes on, here or in another process.
    """

    def __init__(self, text: str = "", *, result: Any = None, baseline: Any = None, advice: str = "") -> None:
        super().__init__(text, advice=advice)
        self.result = result
        self.baseline = baseline


class ReportFailedError(FinicityError):
    """
    The vendor could not make a report.

    Attributes:
        report: The Report, with the status ``"failure"``.
        reasons: Why, in the vendor's words, which may name accounts; log ``str(error)`` rather than this.
    """

    def __init__(self, text: str = "", *, report: Any = None, reasons: tuple[str, ...] = (), advice: str = "") -> None:
        super().__init__(text, advice=advice)
        self.report = report
        self.reasons = reasons


class ReportTimeoutError(FinicityError, TimeoutError):
    """
    A report was not finished when the wait for it was over; the vendor goes on with it.

    Attributes:
        report_id: The ID with which ``wait_for_report`` goes on, here or in another process.
        report: The Report as it was read last, None when it was not.
    """

    def __init__(self, text: str = "", *, report_id: str = "", report: Any = None, advice: str = "") -> None:
        super().__init__(text, advice=advice)
        self.report_id = report_id
        self.report = report


class WebhookError(FinicityError, ValueError):
    """An event that the vendor did not sign, or that cannot be read; the text shows nothing of it."""


NOT_FOUND_CODES = frozenset({"14001", "38003", "38006", "38007"})
"""Customer, account, institution or login unknown to the vendor, whatever the HTTP status (vendor's official tests)."""

_OF_REQUESTS = """
    1003 1618 1643 3001 3002 3003 3004 3005 3006 3007 3008 3009 4004 4041 10000 10001 10002 10003 10005 10006 10007
    10008 10009 10010 10013 10020 10021 10022 10023 10024 10025 10026 10027 10030 10100 10106 10215 10405 10406 11000
    12017 12019 12022 12401 13002 14003 14006 14016 14020 14023 14025 15001 18001 18017 20000 20024 20400 24302 24437
    24553 38008 41002 41003 41004 45003 50016 50051 50052 60007 60013 110002 110039 3000000 3000001 3000003 3100001
    3200001 3200002 3200003 3200004 3300001
"""
REQUEST_CODES = frozenset(_OF_REQUESTS.split())
"""
Codes with which a service refuses the request itself, under any HTTP status.

Some of them are aggregation status codes as well, and ``describe_status`` explains what they mean on an account. In an
answer they are about the call: a bad username is a 500 with 110039. Sources: the errors that spec 1.42.0 declares, and
the vendor's official tests.
"""

_VENDOR_NUMBER = re.compile(r"[0-9]{1,7}")


def is_vendor_number(code: str | None) -> bool:
    """Return whether a code is one of the vendor's numbers: seven digits at most, a longer one may be an ID."""
    return code is not None and _VENDOR_NUMBER.fullmatch(code) is not None
