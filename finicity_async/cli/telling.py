"""How the errors of the library are told on a terminal: what happened, and what to do there."""

from finicity_async.errors import (
    AuthenticationError,
    FinicityError,
    RateLimitError,
    TransportError,
    UntrustedCertificateError,
)

_ADVICE: dict[type[FinicityError], str] = {
    AuthenticationError: "Then run the command again.",
    RateLimitError: "Send fewer requests at a time: fetch has --limit and --rate.",
    UntrustedCertificateError: "Check FINICITY_BASE_URL and the clock.",
    TransportError: "Check the network and FINICITY_BASE_URL.",
}
"""What stands for the advice about the library; an error of another class is told without it."""


def told(error: FinicityError) -> str:
    """Return the text of an error for somebody at a terminal."""
    text = "".join(map(str, error.args[:1]))
    if not error.advice:
        return text
    return " ".join([text, *(advice for kind, advice in _ADVICE.items() if isinstance(error, kind))][:2])
