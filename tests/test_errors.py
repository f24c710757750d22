"""Errors as values: copied, pickled, and caught as what Python calls them."""

import copy
import pickle
from collections.abc import Callable

import pytest

import finicity_async as api
from tests.support.requests import CLASSES, LIST, failure

ERRORS: list[api.FinicityError] = [
    api.ConfigurationError("text"),
    api.TransportError("text", operation="One", sent=False, retryable=True),
    api.RequestTimeoutError("text", operation="One", sent=True, retryable=False),
    api.PayloadError("text", operation="One", status=200, body=b"\xff"),
    api.RefreshTimeoutError("text", result=("some", "result"), baseline={"5011648377": 1}),
    api.ReportFailedError("text", report=("some", "report"), reasons=("no data",)),
    api.ReportTimeoutError("text", report_id="r-1", report=("some", "report")),
    *(failure(LIST, status, code, {"Retry-After": "7"}) for status, code, _ in CLASSES),
    failure(LIST, 500, 38003),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{type(error).__name__} {getattr(error, 'status', '')}")
@pytest.mark.parametrize(
    "twin",
    [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))],  # noqa: S301 -- our own
    ids=["copy", "deepcopy", "pickle"],
)
def test_errors_are_copied_and_pickled_with_their_attributes(
    error: api.FinicityError, twin: Callable[[api.FinicityError], api.FinicityError]
) -> None:
    other = twin(error)
    assert type(other) is type(error)
    assert (str(other), other.args) == (str(error), error.args)
    assert vars(other) == vars(error)
    assert other.retryable == error.retryable


@pytest.mark.parametrize(
    ("kind", "also"),
    [
        (api.ConfigurationError, ValueError),
        (api.RequestTimeoutError, TimeoutError),
        (api.NotFoundError, api.StatusError),
    ],
)
def test_errors_can_be_caught_as_what_python_calls_them(kind: type[Exception], also: type[Exception]) -> None:
    assert issubclass(kind, also)
    assert issubclass(kind, api.FinicityError)
