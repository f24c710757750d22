"""What the command says of an error: the facts, and advice for somebody at a terminal."""

import pytest

import finicity_async as api
from finicity_async.cli.telling import told
from tests.support.requests import CLASSES, LIST, failure

PYTHON = {"retry_login", "base_url", "proxy=", "max_body", ".body", "send_raw", "session.", "requests_per_second"}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (api.NotFoundError("Gone. Read again."), "Gone. Read again."),
        (api.PayloadError("It is HTML.", advice="See .body."), "It is HTML."),
        (api.TransportError("Lost.", advice="Check base_url."), "Lost. Check the network and FINICITY_BASE_URL."),
        (
            api.UntrustedCertificateError("Not trusted.", advice="Check base_url."),
            "Not trusted. Check FINICITY_BASE_URL and the clock.",
        ),
        (api.FinicityError(), ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_the_advice_about_python_is_replaced(error: api.FinicityError, text: str) -> None:
    assert told(error) == text


@pytest.mark.parametrize(("status", "code"), [case[:2] for case in CLASSES])
def test_no_answer_of_the_vendor_is_told_in_terms_of_python(status: int, code: int | str | None) -> None:
    error = failure(LIST, status, code)
    assert not {word for word in PYTHON if word in told(error)}
    assert str(error).startswith(str(error.args[0]))
    assert str(error).endswith(error.advice)
