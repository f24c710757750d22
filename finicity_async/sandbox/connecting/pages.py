"""The pages of Connect over HTTP: forms come in as actions of a session, and each answer leads to its page."""

import secrets
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from finicity_async.sandbox.connecting.links import PATH, Link, LinkRefusedError
from finicity_async.sandbox.connecting.playing import Action, RunningSession
from finicity_async.sandbox.connecting.rendering import STYLE_PATH, render_message, render_session, render_welcome
from finicity_async.sandbox.connecting.session import Session
from finicity_async.sandbox.hosts import is_own_host
from finicity_async.sandbox.responses import Response
from finicity_async.sandbox.state import State

_SESSIONS = f"{PATH}/sessions/"
_MOST_SESSIONS = 1000
_LONGEST = 200  # characters of one field, as the forms have it
Form = Mapping[str, list[str]]


class ConnectPages:
    """
    Serves Connect to a browser on this machine.

    Args:
        state: The state of the sandbox.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._sessions: dict[str, RunningSession] = {}

    def clear(self) -> None:
        """Forget every session."""
        self._sessions.clear()

    @staticmethod
    def serves(path: str) -> bool:
        """Return whether a path is one of a page."""
        return path in (PATH, STYLE_PATH) or path.startswith(_SESSIONS)

    async def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        """
        Answer a request for a page.

        Args:
            method: HTTP method.
            target: Quoted path and query.
            headers: Headers, found in any case.
            body: A form.
        """
        if not is_own_host(headers.get("Host", "")):
            return _html(403, render_message("Not here", "The sandbox serves pages to this machine only."))
        path = urlsplit(target).path
        if path == STYLE_PATH:
            return Response(body=_style(), content_type="text/css; charset=utf-8", headers=_headers(None))
        if method not in ("GET", "HEAD", "POST"):
            return _html(405, render_message("No such action", "A page is read or its form is sent."))
        form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True) if method == "POST" else None
        try:
            return await (self._welcome(target, form) if path == PATH else self._session(path, form))
        except LinkRefusedError as error:
            return _html(403, render_message("This link cannot be used", f"{error}."))

    async def _welcome(self, target: str, form: Form | None) -> Response:
        """Show what a link is for; nothing happens until the customer continues, so a preview does no harm."""
        link = self._state.links.open(target)
        if form is None:
            return _html(200, render_welcome(link.purpose, target), link)
        running = RunningSession(self._state, link)
        token = secrets.token_urlsafe(16)
        self._sessions[token] = running
        while len(self._sessions) > _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        await running.do(Session.start)
        if "leave" in form:
            await running.do(Session.leave)
        return self._next(running, f"{_SESSIONS}{token}")

    async def _session(self, path: str, form: Form | None) -> Response:
        running = self._sessions.get(path.removeprefix(_SESSIONS))
        if running is None:
            return _html(404, render_message("No such session", "Open the link again, or make a new one."))
        if form is None:
            return _html(200, render_session(running.session, path, _redirect(running)), running.link)
        for name, make in _ACTIONS.items():
            if name in form:
                await running.do(make(form))
                break
        return self._next(running, path)

    def _next(self, running: RunningSession, path: str) -> Response:
        """Lead the browser to the page of the session, or to the application when it is over."""
        headers = {**_headers(running.link), "Location": _redirect(running) or path}
        return Response(status=303, headers=headers)


def _value(form: Form, name: str) -> str:
    return form.get(name, [""])[0][:_LONGEST]


_ACTIONS: dict[str, Callable[[Form], Action]] = {
    "search": lambda form: lambda session: session.search(_value(form, "query")),
    "choose": lambda form: lambda session: session.choose(_value(form, "choose")),
    "sign_in": lambda form: lambda session: session.sign_in(_value(form, "username"), _value(form, "password")),
    "answer": lambda form: lambda session: session.answer(_value(form, "code")),
    "add": lambda form: lambda session: session.add(form.get("account", [])),
    "back": lambda _form: Session.go_back,
    "leave": lambda _form: Session.leave,
}
"""Name of a button -> the action of the session."""


def _redirect(running: RunningSession) -> str | None:
    """Return where the browser goes in the end, with how the session ended; None before the end, and without a URI."""
    uri, ending = running.link.purpose.redirect_uri, running.session.ending
    if uri is None or ending is None:
        return None
    parts = urlsplit(uri)
    query = urlencode({"code": ending.code, "reason": ending.reason})
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))


def _html(status: int, body: bytes, link: Link | None = None) -> Response:
    return Response(status=status, body=body, content_type="text/html; charset=utf-8", headers=_headers(link))


def _headers(link: Link | None) -> dict[str, str]:
    """Return headers with which a page loads nothing but its style, and sends forms only to where they belong."""
    # A browser that follows a redirect after a form asks for permission of the target, too.
    target = _origin(link.purpose.redirect_uri) if link is not None and link.purpose.redirect_uri else ""
    policy = (
        "default-src 'none'",
        "style-src 'self'",
        "img-src data:",
        f"form-action 'self' {target}".rstrip(),
        "base-uri 'none'",
        "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def _origin(uri: str) -> str:
    """Return what a policy calls the target: the origin of a page, the scheme of an app."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else f"{parts.scheme}:"


@cache
def _style() -> bytes:
    return files("finicity_async.sandbox.connecting").joinpath("page.css").read_bytes()
