"""Secrets and IDs in every form, requests that carry them, and a search for them."""

import html
import json
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
import pytest

from finicity_async import AsyncSession, Credentials, FinicityError, Operation, Sandbox, get_customer_accounts
from tests.support.servers import Answer, RawServer, http

APP_KEY = "aPpKeY-4f0c91d7e2"
PARTNER_ID = "2445581234567"
SECRET = "0lD!@#$%&*_-+sEcReT"
NEW_SECRET = "n3W!@#$%&*_-+sEcReT"
TOKEN = "tOkEn+/=7Qz1Wx9YbK"
CUSTOMER, ACCOUNT, LOGIN, INSTITUTION = "1005061234", "5011648377", "1007302745", "102105"
QUERY = "Ava Q. Value/55%"
NAME, NOTE, NUMBER = 'Jörg "Joe" O\'Hara & Söhne', "Note-of-77", "990011223344"
IDS = (CUSTOMER, ACCOUNT, LOGIN, INSTITUTION)
SECRETS = (APP_KEY, PARTNER_ID, SECRET, TOKEN)

CREDENTIALS = Credentials(APP_KEY, PARTNER_ID, SECRET)

TOKEN_REPLY = http(200, {"token": TOKEN})


class Person(msgspec.Struct):
    """A body of a caller's own."""

    name: str
    notes: list[str]
    number: int


PATH = "/v1/customers/{customerId}/accounts/{accountId}/logins/{institutionLoginId}/institutions/{institutionId}"
ASK = Operation("Ask", "GET", PATH, bytes, query=("search",))
TELL = Operation("Tell", "POST", PATH, bytes, query=("search",), body_type=Person)
VALUES = {
    "customerId": CUSTOMER, "accountId": int(ACCOUNT), "institutionLoginId": LOGIN, "institutionId": int(INSTITUTION),
    "search": QUERY,
}  # fmt: skip
ASKED = ASK.request(**VALUES)
TOLD = TELL.request(**VALUES, body=Person(NAME, [NOTE], int(NUMBER)))
IN_ASKED = (*IDS, *SECRETS, QUERY)
IN_TOLD = (*IN_ASKED, NAME, NOTE, NUMBER)
EVERYTHING = (*IN_TOLD, NEW_SECRET)

FORMS: dict[str, Callable[[str], str]] = {
    "as sent": str,
    "upper": str.upper,
    "lower": str.lower,
    "quoted": lambda text: quote(text, safe=""),
    "quoted for a form": quote_plus,
    "quoted in lower case": lambda text: quote_plus(text).lower(),
    "in HTML": html.escape,
    "in JSON": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "in ASCII JSON": lambda text: json.dumps(text)[1:-1],
}


def session_on(server: RawServer | Sandbox, credentials: Credentials = CREDENTIALS, **options: Any) -> AsyncSession:
    defaults: dict[str, Any] = {"base_url": server.url, "random": lambda: 0.0, "max_tries": 2}
    return AsyncSession(credentials, **{**defaults, **options})


def server_with(*answers: Answer, **options: Any) -> RawServer:
    return RawServer(*answers, **{"default_login": TOKEN_REPLY, **options})


async def list_accounts(session: AsyncSession) -> object:
    return await get_customer_accounts(session, CUSTOMER)


async def failure(call: Awaitable[object]) -> FinicityError:
    with pytest.raises(FinicityError) as caught:
        await call
    return caught.value


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that led to it."""
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        one = todo.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += [one.__cause__, one.__context__]


def texts_of(error: BaseException) -> Iterator[str]:
    for one in chain(error):
        yield from (str(one), repr(one), repr(one.args), *getattr(one, "__notes__", ()))
        yield "".join(traceback.format_exception(one))


def shown_in(text: str, hidden: tuple[str, ...] = EVERYTHING) -> list[str]:
    """Return what a text shows of what must not be shown, in any form."""
    folded = text.casefold()
    return sorted({part for part in hidden for form in FORMS.values() if form(part).casefold() in folded})


def assert_tells_nothing(error: BaseException, log: pytest.LogCaptureFixture) -> None:
    for text in (*texts_of(error), *(record.getMessage() for record in log.records), log.text):
        assert shown_in(text) == []
    for line in (str(error), *(record.getMessage() for record in log.records)):
        assert "\n" not in line
        assert line.isprintable()


def echo(hidden: tuple[str, ...], form: Callable[[str], str]) -> str:
    return "You sent " + ", ".join(form(part) for part in hidden) + ". Bye"


def status(number: int, code: object = None) -> bytes:
    return http(number, {"code": code, "message": echo(IN_ASKED, str)})
