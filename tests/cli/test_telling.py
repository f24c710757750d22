"""What the command says of an error: the facts, and advice for somebody at a terminal."""

import pytest

import finicity_async as api
from finicity_async import Sandbox
from finicity_async.cli.commands import UNUSABLE, run
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


CUSTOMER = "1005061234"


@pytest.mark.parametrize("value", ["a b", "", "1/2", "\u0661"])
@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["accounts", "{}"], "CUSTOMER_ID"),
        (["transactions", "{}"], "CUSTOMER_ID"),
        (["transactions", CUSTOMER, "--account", "{}"], "--account"),
        (["connect", "{}"], "CUSTOMER_ID"),
        (["refresh", "{}", "--yes"], "CUSTOMER_ID"),
        (["refresh", CUSTOMER, "--yes", "--login", "{}"], "--login"),
    ],
    ids=lambda value: "-".join(value[::2]) if isinstance(value, list) else "",
)
def test_what_is_no_id_is_refused_by_the_name_of_its_option(
    arguments: list[str], option: str, value: str, served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([one.format(value) for one in arguments]) == UNUSABLE
    text = " ".join(capsys.readouterr().err.split())
    assert (
        f'Invalid value "{value}" for {option}. An ID has ASCII letters, digits, - and _ only. Nothing was sent.'
        in text
    )
    served.assert_called("CreateToken", times=0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["accounts", CUSTOMER, "--status", "\udcff"],
        ["customers", "--search", "\udcff"],
        ["institutions", "\udcff"],
        ["connect", CUSTOMER, "--webhook", "\udcff"],
        ["transactions", CUSTOMER, "--to", "9999-12-31T23:59:59-14:00"],
        ["transactions", CUSTOMER, "--from", "0001-01-01T00:00:00+14:00"],
        ["refresh", CUSTOMER, "--resume", '{"5":null}'],
    ],
    ids=lambda value: "-".join(value[::2]).encode("ascii", "replace").decode(),
)
def test_no_argument_is_refused_in_terms_of_python(
    arguments: list[str], served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == UNUSABLE
    text = capsys.readouterr().err
    assert text.startswith("ConfigurationError: ")
    assert not {word for word in (*PYTHON, "aware", "bool", "Decimal", "baseline", "Traceback") if word in text}
