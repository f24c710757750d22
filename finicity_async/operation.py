"""Operations, requests and responses as values: a row is filled, and nothing here does I/O."""

import math
import re
import sys
import warnings
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar, overload
from urllib.parse import urlencode

import msgspec

from finicity_async._encoding import EncodingError, id_of, json_of, outline, text_of
from finicity_async._reply_types import fault_of
from finicity_async._response import Response, http_date
from finicity_async.errors import ConfigurationError

__all__ = ["Id", "Operation", "Request", "Response", "http_date"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Id = str | int
"""An ID of the vendor: ASCII letters, digits, ``-`` and ``_``, or a number that is not negative."""

_ID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[\w.~!$&'()*+,;=:@{}-]*)+", re.ASCII)
_NAME = re.compile(r"[\w!#$&'*+.^`|~-]+", re.ASCII)  # A name that a header can have; stricter than a query needs.
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_HEADER_VALUE = re.compile(r"[ -~]+")
_JSON = "application/json"
_CUSTOMER = ("customerId", "customer_id")
"""A customer, by the spellings that the vendor's paths have."""
_PERSONS = frozenset(
    {
        *_CUSTOMER,
        "business_id",
        "consent_receipt_id",
        "consumerId",
        "external_id",
        "institution_login_id",
        "portfolioId",
    }
)
"""Parameters of which each names a person or a business, by the spellings that the vendor's paths and queries have."""
_MOST_ID = 10**18
Start = Literal["record", "page"]
Subject = Literal["consumer", "business", "customer"]
_NOT_THE_CALLER = ("finicity_async", "asyncio")
_NO_ADVICE: Mapping[str | int, str] = MappingProxyType({})
_REPORT_TYPES: dict[str, tuple[str, ...]] = {}
"""``report_types`` of the rows made so far, by operationId, since an error names its operation and has no row."""


def report_types_of(operation_id: str) -> tuple[str, ...]:
    """Return the types of the report that an operation starts; empty for one that starts none."""
    return _REPORT_TYPES.get(operation_id, ())


class Operation(Generic[T_co]):
    """
    One of the vendor's operations: a row of the OpenAPI document.

    Args:
        operation_id: The vendor's operationId, for example ``"GetCustomerAccounts"``; it labels errors and logs.
        method: HTTP method.
        path: The vendor's path, verbatim, with ``{placeholders}``.
        reply_type: What a response is decoded into: a msgspec Struct (your own too), ``bytes``, or None for no body.
        query: Names of the query parameters, in the order in which they are sent.
        headers: Names of the header parameters, for example ``"X-External-Request-Id"``.
        accept: Media type that is asked for. With ``bytes`` and another type than JSON the reply is a file: JSON or
            HTML in its place, or nothing, is a ``PayloadError``.
        body_type: Type of the body, a msgspec Struct or any type that msgspec encodes; None for no body.
        idempotent: May the call be sent again when its response was lost? None: as GET is, and no other method is. Give
            False for a GET that is billed.
        timeout: Seconds for one send, from the moment when it may start; None for the session's timeout.
        refresh: The call makes the vendor contact the institution: the session's ``refresh_timeout`` applies, and
            ``map_customers`` refuses it.
        token: False for a call that carries the app key alone.
        login: The call is a login, which counts towards the lock of the partner when it fails.
        statuses: The only statuses whose answer is the reply; None for every 2xx but 203, which asks an MFA question.
        empty: The JSON body that a 204 stands for; None where a 204 is no answer.
        customer: Member of the response, or of each record in it, that names the customer, for example
            ``"customerId"``; it is compared with the one that was asked for. None where there is none: then what is
            read of a customer, consumer or business, or answers a body, has a connection of its own, as every DELETE
            has, and every call without a response body.
        max_records: Most JSON objects in a response, nested ones too, which bounds the time and memory it takes.
        advice: What to do about a refusal, where it differs from the usual advice: the vendor's code as text, or an
            HTTP status as a number for every other code -> a sentence that ends the text of the error.
        start: What the first parameter of ``pages`` counts, from 1: ``"record"`` or ``"page"``; the response then is an
            iterable page with ``more_available``. None for an operation that has no pages.
        pages: The query parameters that say where a page begins, and how many records it has at most.
        deprecated: The vendor will end the operation: each call warns with ``DeprecationWarning``, which Python shows
            once for each place. In a task that this library or asyncio makes, the place is the one that runs the loop.
        report_types: Types that the report which the call starts may have, for example ``("voa",)``: what
            ``generate_and_wait`` looks for in the list of reports when the answer is lost. The sandbox makes the first.
        report_subject: Whose record the customer needs before such a report: a ``"consumer"``, a consumer or a
            ``"business"``, or none but the ``"customer"`` itself.

    Raises:
        ConfigurationError: The method, the path or a header is malformed, or the timeout cannot work.
    """

    __slots__ = (
        "_headers",
        "_is_checked",
        "_names",
        "_template",
        "accept",
        "advice",
        "body_type",
        "customer",
        "customer_place",
        "deprecated",
        "empty",
        "headers",
        "idempotent",
        "isolated",
        "login",
        "max_records",
        "method",
        "operation_id",
        "pages",
        "path",
        "placeholders",
        "query",
        "refresh",
        "reply_type",
        "report_subject",
        "report_types",
        "start",
        "statuses",
        "timeout",
        "token",
    )

    @overload
    def __init__(
        self: "Operation[None]",
        operation_id: str,
        method: str,
        path: str,
        reply_type: None,
        *,
        query: Iterable[str] = ...,
        headers: Iterable[str] = ...,
        accept: str = ...,
        body_type: type | None = ...,
        idempotent: bool | None = ...,
        timeout: float | None = ...,
        refresh: bool = ...,
        token: bool = ...,
        login: bool = ...,
        statuses: Iterable[int] | None = ...,
        empty: bytes | None = ...,
        customer: str | None = ...,
        max_records: int = ...,
        advice: Mapping[str | int, str] = ...,
        start: Start | None = ...,
        pages: tuple[str, str] = ...,
        deprecated: bool = ...,
        report_types: Iterable[str] = ...,
        report_subject: Subject = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        operation_id: str,
        method: str,
        path: str,
        reply_type: type[T_co],
        *,
        query: Iterable[str] = ...,
        headers: Iterable[str] = ...,
        accept: str = ...,
        body_type: type | None = ...,
        idempotent: bool | None = ...,
        timeout: float | None = ...,
        refresh: bool = ...,
        token: bool = ...,
        login: bool = ...,
        statuses: Iterable[int] | None = ...,
        empty: bytes | None = ...,
        customer: str | None = ...,
        max_records: int = ...,
        advice: Mapping[str | int, str] = ...,
        start: Start | None = ...,
        pages: tuple[str, str] = ...,
        deprecated: bool = ...,
        report_types: Iterable[str] = ...,
        report_subject: Subject = ...,
    ) -> None: ...
    def __init__(
        self,
        operation_id: str,
        method: str,
        path: str,
        reply_type: type[T_co] | None,
        *,
        query: Iterable[str] = (),
        headers: Iterable[str] = (),
        accept: str = _JSON,
        body_type: type | None = None,
        idempotent: bool | None = None,
        timeout: float | None = None,
        refresh: bool = False,
        token: bool = True,
        login: bool = False,
        statuses: Iterable[int] | None = None,
        empty: bytes | None = None,
        customer: str | None = None,
        max_records: int = 20_000,
        advice: Mapping[str | int, str] = _NO_ADVICE,
        start: Start | None = None,
        pages: tuple[str, str] = ("start", "limit"),
        deprecated: bool = False,
        report_types: Iterable[str] = (),
        report_subject: Subject = "consumer",
    ) -> None:
        if method.upper() not in _METHODS:
            raise ConfigurationError(f"{operation_id}: a method is one of {', '.join(_METHODS)}: {method!r}")
        if not _PATH.fullmatch(path) or set("{}") & set(_PLACEHOLDER.sub("", path)):
            raise ConfigurationError(
                f"{operation_id}: a path starts with '/' and has neither query, quoting, dots alone nor characters "
                f"that a URL has to quote: {path!r}"
            )
        if timeout is not None and not 0 < timeout < math.inf:
            raise ConfigurationError(f"{operation_id}: timeout is a number of seconds above 0")
        self.query: tuple[str, ...] = tuple(query)
        self.headers: tuple[str, ...] = tuple(headers)
        for name in (*self.headers, *self.query):
            if not _NAME.fullmatch(name):
                raise ConfigurationError(f"{operation_id}: no request can carry a parameter with this name: {name!r}")
        if not _HEADER_VALUE.fullmatch(accept):
            raise ConfigurationError(f"{operation_id}: accept is a media type: {accept!r}")
        if start not in (None, "record", "page") or (start and not {*pages} <= {*self.query}):
            raise ConfigurationError(f"{operation_id}: start counts 'record' or 'page', and pages are in the query")
        self.operation_id: str = operation_id
        self.method: str = method.upper()
        self.path: str = path
        self.reply_type: type[T_co] | None = reply_type
        self.accept: str = accept
        self.body_type: type | None = body_type
        self.idempotent: bool = self.method == "GET" if idempotent is None else idempotent
        self.timeout: float | None = timeout
        self.refresh: bool = refresh
        self.token: bool = token
        self.login: bool = login
        self.statuses: tuple[int, ...] | None = None if statuses is None else tuple(statuses)
        self.empty: bytes | None = empty
        self.max_records: int = max_records
        self.advice: Mapping[str | int, str] = advice
        self.start = start
        self.pages: tuple[str, str] = pages
        self.deprecated: bool = deprecated
        self.report_subject: Subject = report_subject
        self.report_types: tuple[str, ...] = tuple(report_types)
        if self.report_types:
            _REPORT_TYPES[operation_id] = self.report_types
        self.placeholders: tuple[str, ...] = tuple(_PLACEHOLDER.findall(path))
        self._is_checked = False
        self.customer: str | None = customer
        self.customer_place: int = self._place_of_customer()
        self.isolated: bool = self._is_isolated()
        self._names = frozenset((*self.placeholders, *self.query, *self.headers))
        self._template = _PLACEHOLDER.sub("%s", path)
        self._headers = self._fixed_headers()

    def __repr__(self) -> str:
        """Show the row's name, method and path."""
        return f"Operation({self.operation_id!r}, {self.method!r}, {self.path!r})"

    def request(self, *, body: object = None, **values: object) -> "Request[T_co]":
        """
        Fill the row with values; nothing is sent.

        Args:
            body: An instance of ``body_type``.
            **values: Placeholders, query and header parameters under the vendor's names, for example
                ``customerId="1005061234"``. IDs are text or numbers; a date is an aware datetime or Unix seconds; a
                list or tuple is joined with commas; None leaves a query or header parameter out.

        Raises:
            ConfigurationError: A value is missing, unknown, or not of the form that the vendor takes; or msgspec
                cannot decode into the row's reply type.
        """
        if not self._is_checked:
            self._check_reply_type(self.reply_type)
            # A deprecated row is checked each time, so that the warning costs the others nothing.
            self._is_checked = not self.deprecated
            if self.deprecated:
                _warn_of(self.operation_id)
        if not self._names.issuperset(values):
            unknown = values.keys() - self._names
            raise self._refusal(
                f"takes no {_listed(unknown)}", f"it takes {_listed((*self.placeholders, *self.query, *self.headers))}"
            )
        sent = tuple([self.id_text(name, values.get(name)) for name in self.placeholders])
        path = self._template % sent
        if self.query and (pairs := self._query_pairs(values)):
            path = f"{path}?{urlencode(pairs, safe=',')}"
            sent += tuple(text for _, text in pairs)
        headers = self._headers
        if self.headers and (given := self._header_pairs(values)):
            headers = {**(headers or {}), **given}
            sent += tuple(given.values())
        return Request(self, path, self._encoded(body), self.reply_type, sent, headers)

    def _check_reply_type(self, reply_type: Any) -> None:
        if (fault := fault_of(reply_type)) is not None:
            name = getattr(reply_type, "__name__", type(reply_type).__name__)
            raise self._refusal(
                f"the reply type {name} cannot be used: {fault}", "give a msgspec Struct or another type of its kind"
            )

    def _place_of_customer(self) -> int:
        """Return where among the placeholders the customer stands, -1 when none is compared."""
        if self.customer is None:
            return -1
        for place, name in enumerate(self.placeholders):
            if name in _CUSTOMER:
                return place
        raise ConfigurationError(f"{self.operation_id}: customer needs {{{_CUSTOMER[0]}}} in the path")

    def _is_isolated(self) -> bool:
        """Return whether another customer's data, or another call's success, could pass for the response to this."""
        if self.method == "DELETE" or self.reply_type is None:  # Every success of such a call looks the same.
            return self.token
        is_about_somebody = not _PERSONS.isdisjoint((*self.placeholders, *self.query)) or self.body_type is not None
        return self.token and self.customer is None and is_about_somebody

    def _fixed_headers(self) -> Mapping[str, str] | None:
        """Return the headers of every request of this row, but for those that the session sends with all."""
        headers = {} if self.accept == _JSON else {"Accept": self.accept}
        if self.body_type is not None:
            headers["Content-Type"] = _JSON
        return headers or None

    def _header_pairs(self, values: Mapping[str, object]) -> dict[str, str]:
        return {name: self._header_text(name, values[name]) for name in self.headers if values.get(name) is not None}

    def _header_text(self, name: str, value: object) -> str:
        text = str.__str__(value) if isinstance(value, str) else ""
        if _HEADER_VALUE.fullmatch(text) and text == text.strip():
            return text
        raise self._refusal(f"{name} is {outline(value)}", "a header is text of printable ASCII")

    def _query_pairs(self, values: Mapping[str, object]) -> list[tuple[str, str]]:
        return [(name, self._query_text(name, values[name])) for name in self.query if values.get(name) is not None]

    def id_text(self, name: str, value: object) -> str:
        """
        Return an ID as text, for example for the body of this operation.

        Args:
            name: The vendor's name of the parameter, for example ``"customerId"``.
            value: Text or a number.

        Raises:
            ConfigurationError: It is no ID.
        """
        if isinstance(value, str) and (found := _ID.fullmatch(value)):
            return found[0]  # The characters that were checked; str() of a subclass may give others.
        if type(value) is int and 0 <= value < _MOST_ID:
            return str(value)
        try:
            return id_of(value)
        except EncodingError:
            what = f"{name} is {outline(value)}"
        raise self._refusal(what, "an ID is a number or text of ASCII letters, digits, '-' and '_'")

    def id_texts(self, name: str, values: Iterable[object]) -> tuple[str, ...]:
        """
        Return a list of IDs as text, for example for the body of this operation.

        Args:
            name: The vendor's name of the parameter, for example ``"accountIds"``.
            values: Texts or numbers; one text alone is refused, because it would be taken apart.

        Raises:
            ConfigurationError: It is no list, or one of its values is no ID.
        """
        return tuple([self.id_text(name, one) for one in self.items(name, values)])

    def items(self, name: str, values: Iterable[T]) -> tuple[T, ...]:
        """
        Return the values of a list, for example for the body of this operation.

        Args:
            name: The vendor's name of the parameter, for example ``"borrowers"``.
            values: The values; one text alone is refused, because it would be taken apart.

        Raises:
            ConfigurationError: It is no list.
        """
        if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
            raise self._refusal(f"{name} is {outline(values)}", 'give a list, for example ["5011648377"]')
        return tuple(values)

    def _query_text(self, name: str, value: object) -> str:
        try:
            return text_of(value)
        except EncodingError as error:
            fault = str(error)
        raise self._refusal(
            f"{name} is {fault}",
            advice="Give text, a number from 0, a bool, an aware datetime for a date (sent as seconds), or a list.",
        )

    def _encoded(self, body: object) -> bytes | None:
        if self.body_type is None and body is None:
            return None
        if self.body_type is None or not _is_instance(body, self.body_type):
            expected = "no body" if self.body_type is None else f"a body of type {self.body_type.__name__}"
            raise self._refusal(f"body is {outline(body)}", f"it takes {expected}")
        try:
            return json_of(body)
        except EncodingError as error:
            fault = str(error)
        raise self._refusal(f"body holds {fault}", advice="Amounts are Decimals, dates are aware datetimes.")

    def _refusal(self, *what: str, advice: str = "") -> ConfigurationError:
        return ConfigurationError(f"{self.operation_id}: {'; '.join(what)}. Nothing was sent.", advice=advice)


def _is_instance(body: object, kind: type) -> bool:
    try:
        return isinstance(body, kind)
    except TypeError:  # a TypedDict or dict[str, object], with which only msgspec can compare
        pass
    try:
        msgspec.convert(body, kind)
    except msgspec.ValidationError:
        return False
    return True


def _warn_of(operation_id: str) -> None:
    """Warn at the innermost line outside this package and asyncio, whose frames a task has above its own."""
    level, frame = 1, sys._getframe()  # noqa: SLF001 -- as `warnings` itself does
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in _NOT_THE_CALLER:
        level, frame = level + 1, frame.f_back
    warnings.warn(f"{operation_id} is deprecated by the vendor", DeprecationWarning, stacklevel=level)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


class Request(msgspec.Struct, Generic[T_co], frozen=True, eq=False, gc=False):
    """
    A filled row, ready to be sent any number of times.

    Attributes:
        operation: The row.
        target: Path and query, quoted.
        body: JSON, or None for no body.
        reply_type: What the response is decoded into.
        sent: The values in target and headers, which no error text may show.
        headers: Headers of this request, or None where those that the session always sends are enough.
    """

    operation: Operation[Any]
    target: str
    body: bytes | None
    reply_type: type[T_co] | None
    sent: tuple[str, ...]
    headers: Mapping[str, str] | None = None

    def into(self, reply_type: type[T]) -> "Request[T]":
        """
        Return the same request with a response type of the caller's, for example a Struct with fewer fields.

        Raises:
            ConfigurationError: msgspec cannot decode into that type.
        """
        self.operation._check_reply_type(reply_type)  # noqa: SLF001 -- the row words the refusal
        return Request(self.operation, self.target, self.body, reply_type, self.sent, self.headers)

    def __repr__(self) -> str:
        """Show the operation; the target holds IDs."""
        return f"Request({self.operation.operation_id})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the same to rich."""
        return [("operation", self.operation)]
