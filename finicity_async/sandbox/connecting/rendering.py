"""What a page of Connect shows at each step of a session: plain HTML with forms, and no script."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from finicity_async.sandbox.connecting.elements import Markup, element, joined
from finicity_async.sandbox.connecting.institutions import (
    PROFILES,
    SECOND_FACTOR_PROFILE,
    Institution,
    Profile,
)
from finicity_async.sandbox.connecting.links import Purpose
from finicity_async.sandbox.connecting.session import COMPLETE, NOTHING_TO_FIX, Session, Step
from finicity_async.sandbox.refreshes import Account

STYLE_PATH = "/connect/page.css"
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='4' fill='%230f5f5c'/%3E%3C/svg%3E"
)
_MOST_INSTITUTIONS = 10
_PROBLEM = "problem"
_ACRONYMS = frozenset({"cd", "ira", "ugma", "utma"})
_Attributes = dict[str, str | bool | None]
_INVENTED = "This is a sandbox: every bank, person and amount is invented, and no bank is asked."


def render_welcome(purpose: Purpose, action: str) -> bytes:
    """
    Return the page that a link opens.

    Args:
        purpose: What the link is for.
        action: Where the form goes.
    """
    is_fix = purpose.kind == "fix"
    title = "Repair your connection" if is_fix else "Connect your accounts"
    told = (
        "Sign in once more, and your accounts stay up to date."
        if is_fix
        else "Choose your bank, sign in, and say which accounts you want to share."
    )
    body = joined(
        element("h1", title),
        element("p", told, class_="lead"),
        element("p", _INVENTED, class_="note"),
        _form(action, element("div", _button("Continue", "start"), _quiet("Leave", "leave"), class_="actions")),
    )
    return _page(title, body)


def render_message(title: str, text: str) -> bytes:
    """Return a page without a form: a refusal, or an end."""
    return _page(title, joined(element("h1", title), element("p", text, class_="lead")))


def render_session(session: Session, action: str, redirect: str | None) -> bytes:
    """
    Return the page of a session.

    Args:
        session: The session.
        action: Where its forms go.
        redirect: Where the browser goes when it is over, None for nowhere.
    """
    title, content = _STEPS[session.step](session, action) if session.step is not Step.OVER else _end(session, redirect)
    alert = element("p", session.problem, class_="alert", role="alert", id=_PROBLEM) if session.problem else None
    head = joined(_progress(session), element("h1", title), alert)
    return _page(title, joined(head, content))


def _search(session: Session, action: str) -> tuple[str, Markup]:
    found = session.found(_MOST_INSTITUTIONS + 1)
    shown = [element("li", _choice(one)) for one in found[:_MOST_INSTITUTIONS]]
    more = "There are more. Search for a name to see them." if len(found) > len(shown) else None
    search = element(
        "div",
        element("label", "Name of your bank", for_="query"),
        element(
            "div",
            _input("query", type="search", value=session.query, autocomplete="off", autofocus=True),
            _button("Search", "search", class_="secondary"),
            class_="row",
        ),
        class_="field",
    )
    nothing = f"No bank with “{session.query}” in its name. Search for another name."
    listed = (
        _form(action, element("ul", *shown, class_="choices", aria_label="Banks"))
        if shown
        else element("p", nothing, role="status", class_="empty")
    )
    hint = element("p", more, class_="remark") if more else None
    return "Choose your bank", joined(_form(action, search), listed, hint, _leave(action))


def _choice(institution: Institution) -> Markup:
    remark = None
    if not institution.answers:
        remark = "fails at sign-in"
    elif not institution.supported:
        remark = "not supported"
    return element(
        "button",
        element("span", institution.name[:1], class_="avatar", aria_hidden="true"),
        element("span", institution.name, class_="name"),
        element("span", remark, class_="remark") if remark else None,
        type="submit",
        name="choose",
        value=institution.id,
    )


def _sign_in(session: Session, action: str) -> tuple[str, Markup]:
    problem = _PROBLEM if session.problem else None
    form = _form(
        action,
        _field("Username", "username", autofocus=True, aria_describedby=problem),
        _field("Password", "password", type="password", aria_describedby=problem),
        element("div", _button("Sign in", "sign_in"), class_="actions"),
    )
    return f"Sign in to {_name(session)}", joined(form, _test_profiles(), _back(session, action), _leave(action))


def _test_profiles() -> Markup:
    rows = [element("tr", *(element("td", text) for text in _described(one))) for one in PROFILES]
    head = element("tr", *(element("th", text, scope="col") for text in ("Username", "Password", "Has")))
    return element(
        "details",
        element("summary", "Test profiles"),
        element("div", element("table", element("thead", head), element("tbody", *rows)), class_="scroll"),
    )


def _described(profile: Profile) -> tuple[str, str, str]:
    has = ", ".join(map(_in_words, profile.account_types))
    return profile.username, profile.password, f"{has}; asks for a code" if profile.code else has


def _second_factor(session: Session, action: str) -> tuple[str, Markup]:
    hint = f"{_name(session)} wants to be sure that it is you. In the sandbox the code is {SECOND_FACTOR_PROFILE.code}."
    form = _form(
        action,
        element("p", hint, class_="lead", id="hint"),
        _field("Code", "code", inputmode="numeric", autofocus=True, aria_describedby="hint"),
        element("div", _button("Confirm", "answer"), class_="actions"),
    )
    return "Enter your code", joined(form, _back(session, action), _leave(action))


def _accounts(session: Session, action: str) -> tuple[str, Markup]:
    form = _form(
        action,
        element(
            "fieldset",
            element("legend", f"At {_name(session)}"),
            *(_account(one) for one in session.accounts),
        ),
        element("div", _button("Share these accounts", "add"), class_="actions"),
    )
    return "Choose accounts to share", joined(form, _leave(action))


def _account(account: Account) -> Markup:
    kind = f"{_in_words(str(account['type']))} •••• {account.get('accountNumberDisplay', '')}"
    return element(
        "label",
        _input("account", id=None, type="checkbox", value=account["id"], checked=True),
        element(
            "span",
            element("span", str(account.get("name", "")), class_="name"),
            element("span", kind, class_="remark"),
            class_="text",
        ),
        element("span", _amount(account.get("balance")), class_="amount"),
        class_="account",
    )


def _unreachable(session: Session, action: str) -> tuple[str, Markup]:
    text = "The bank does not answer at the moment. Try again later, or choose another bank."
    return f"{_name(session)} cannot be reached", joined(
        element("p", text, class_="lead"), _back(session, action), _leave(action)
    )


_STEPS = {
    Step.SEARCH: _search,
    Step.SIGN_IN: _sign_in,
    Step.SECOND_FACTOR: _second_factor,
    Step.ACCOUNTS: _accounts,
    Step.UNREACHABLE: _unreachable,
}


def _end(session: Session, redirect: str | None) -> tuple[str, Markup]:
    names = [element("li", str(one.get("name", ""))) for one in session.added]
    onward = (
        element("p", element("a", "Return to the application", href=redirect, class_="button"))
        if redirect
        else element("p", "You can close this window.", class_="lead")
    )
    return _ENDINGS.get(session.ending, "You have left"), joined(
        element("ul", *names, class_="added") if names else None, onward
    )


_ENDINGS: Mapping[Any, str] = {COMPLETE: "You are connected", NOTHING_TO_FIX: "There is nothing to repair"}


# Parts


def _page(title: str, body: Markup) -> bytes:
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{title} - Connect in the sandbox"),
        element("link", rel="icon", href=ICON),
        element("link", rel="stylesheet", href=STYLE_PATH),
    )
    banner = element(
        "header", element("span", "Connect", class_="brand"), element("span", "Sandbox", class_="pill"), class_="banner"
    )
    footer = element("footer", "finicity-async sandbox")
    html = element("html", head, element("body", banner, element("main", body), footer), lang="en")
    return f"<!DOCTYPE html>\n{html}\n".encode()


def _progress(session: Session) -> Markup:
    parts = ["Bank", "Sign in", "Accounts"][0 if session.can_search else 1 : 2 if session.purpose.kind == "fix" else 3]
    here = {Step.SEARCH: "Bank", Step.ACCOUNTS: "Accounts", Step.OVER: None}.get(session.step, "Sign in")
    done = len(parts) if here is None else parts.index(here)
    items = [
        element("li", one, class_="done" if place < done else None, aria_current="step" if place == done else None)
        for place, one in enumerate(parts)
    ]
    return element("nav", element("ol", *items), aria_label="Steps", class_="progress")


def _form(action: str, *children: str | None) -> Markup:
    return element("form", *children, method="post", action=action)


def _button(text: str, name: str, *, class_: str = "primary") -> Markup:
    return element("button", text, type="submit", name=name, value="1", class_=class_)


def _quiet(text: str, name: str) -> Markup:
    return _button(text, name, class_="quiet")


def _leave(action: str) -> Markup:
    return _form(action, element("div", _quiet("Leave without connecting", "leave"), class_="leave"))


def _back(session: Session, action: str) -> Markup | None:
    if not session.can_search:
        return None
    return _form(action, element("div", _button("Choose another bank", "back", class_="secondary"), class_="back"))


def _field(label: str, name: str, **attributes: str | bool | None) -> Markup:
    usual: _Attributes = {"type": "text", "autocomplete": "off", "autocapitalize": "none", "required": True}
    return element("div", element("label", label, for_=name), _input(name, **{**usual, **attributes}), class_="field")


def _input(name: str, **attributes: str | bool | None) -> Markup:
    usual: _Attributes = {"id": name, "name": name, "maxlength": "200"}
    return element("input", **{**usual, **attributes})


def _name(session: Session) -> str:
    return session.institution.name if session.institution is not None else "your bank"


def _in_words(account_type: str) -> str:
    words = "".join(f" {one.lower()}" if one.isupper() else one for one in account_type)
    return account_type.upper() if account_type in _ACRONYMS else words.capitalize()


def _amount(balance: Any) -> str:
    return f"${balance:,.2f}" if isinstance(balance, int | float | Decimal) else ""
