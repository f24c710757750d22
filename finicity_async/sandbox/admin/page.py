"""The page for people over HTTP: a form is carried out by the handlers of the JSON interface."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from urllib.parse import parse_qsl, urlsplit

import msgspec

from finicity_async.sandbox.admin import PREFIX
from finicity_async.sandbox.admin.control import Control, ProblemError
from finicity_async.sandbox.admin.forms import Form, carry_out
from finicity_async.sandbox.admin.rendering import STYLE_PATH, render_page
from finicity_async.sandbox.connecting.elements import Markup
from finicity_async.sandbox.responses import Response

_PATHS = (PREFIX, f"{PREFIX}/", STYLE_PATH)
_HTML = "text/html; charset=utf-8"


class AdminPage:
    """
    Serves the page to a browser on this machine.

    Args:
        control: The sandbox.
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    @staticmethod
    def serves(path: str) -> bool:
        """Return whether a path is the page or its style."""
        return path in _PATHS

    async def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        """
        Answer a request, whose host and origin have been checked.

        Args:
            method: HTTP method.
            target: Quoted path and query.
            headers: Headers, found in any case.
            body: A form.

        Raises:
            ProblemError: It is refused.
        """
        parts = urlsplit(target)
        if method not in ("GET", "HEAD", "POST"):
            raise ProblemError(405, f"{parts.path} has GET and POST, and no {method}")
        if parts.path == STYLE_PATH:
            return Response(body=_file("page.css"), content_type="text/css; charset=utf-8", headers=_headers())
        if parts.path == PREFIX:
            return Response(status=308, headers={**_headers(), "Location": f"{PREFIX}/"})
        if method != "POST":
            return self._show(200, parts.query)
        _check_form(headers)
        return await self._act(parts.query, dict(parse_qsl(body.decode("utf-8", "replace"))))

    async def _act(self, query: str, form: Form) -> Response:
        """Carry out a form, and lead the browser to the page, so that a reload does not repeat it."""
        try:
            section = await carry_out(self._control, form)
        except ProblemError as error:
            return self._show(error.status, query, str(error))
        except (msgspec.MsgspecError, ValueError) as error:
            return self._show(400, query, str(error))
        location = f"{PREFIX}/{f'?{query}' if query else ''}#{section}"
        return Response(status=303, headers={**_headers(), "Location": location})

    def _show(self, status: int, query: str, problem: str | None = None) -> Response:
        customer_id = dict(parse_qsl(query)).get("customer")
        html = render_page(self._control, customer_id, problem, Markup(_file("page.js").decode()))
        return Response(status=status, body=html, content_type=_HTML, headers=_headers())


def _check_form(headers: Mapping[str, str]) -> None:
    """
    Check that a form comes from the page itself.

    A browser names the origin of every form that it posts. The JSON interface does without, for clients that are no
    browsers; a page elsewhere cannot send it JSON.
    """
    if "Origin" not in headers:
        raise ProblemError(403, "A form has to come from the page, and Origin is missing")
    if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise ProblemError(415, "The page takes a form, and Content-Type has to be application/x-www-form-urlencoded")


@cache
def _headers() -> dict[str, str]:
    """Return headers with which the page loads nothing from elsewhere, and runs no script but its own."""
    digest = b64encode(sha256(_file("page.js")).digest()).decode()
    policy = (
        "default-src 'none'",
        f"script-src 'sha256-{digest}'",
        "style-src 'self'",
        "img-src data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",  # With no-referrer, a browser calls the origin of a form null.
        "X-Content-Type-Options": "nosniff",
    }


@cache
def _file(name: str) -> bytes:
    return files("finicity_async.sandbox.admin").joinpath(name).read_bytes()
