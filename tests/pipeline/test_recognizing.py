"""What an error says of a body that is no JSON, and bodies in another charset."""

from typing import Any

import msgspec
import pytest

from finicity_async import CustomerAccounts, PayloadError, get_customer_accounts
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from tests.support.servers import RawServer, http, session_on

ACCOUNT = '{"accounts":[{"id":"1","name":"José"}]}'


class Name(msgspec.Struct):
    """One account of a user who needs its name alone."""

    name: str


class Slim(msgspec.Struct):
    """The accounts of that user."""

    accounts: list[Name]


LOOKS = {
    "it is HTML": [b"<!DOCTYPE html><title>Sorry</title>", b"\xef\xbb\xbf\r\n<HTML>"],
    "it is XML": [b"<?xml version='1.0'?><accounts/>"],
    "it is a script, as JSONP is": [b'callback({"accounts":[]});', b'/**/cb.x({"accounts":[]})'],
    "it is UTF-16": [ACCOUNT.encode("utf-16")],
    "it is UTF-16 or UTF-32": [ACCOUNT.encode("utf-16-le"), ACCOUNT.encode("utf-32-be")],
    "it holds NaN or Infinity, which JSON does not have": [
        b'{"accounts":[{"id":"1","balance":NaN}]}',
        b'{"accounts":[{"id":"1","balance": -Infinity}]}',
    ],
    "it is cut off": [b'{"accounts":[{"id":"1"', b'{"accounts":[{"id":"1","name":"Inf'],
    "it is not JSON": [b"Secret 1", b"{'accounts':[]}", b'{"accounts":[]} {}'],
    "it is a PDF": [b"%PDF-1.7 ..."],
    "it is gzip, compressed twice or without a Content-Encoding": [b"\x1f\x8b\x08\x00"],
    "it does not fit at $": [b"[]", b"null", b'"text"'],
    "it does not fit at $.accounts": [b"{}", b'{"accounts":5}'],
}


@pytest.mark.parametrize(
    ("what", "body"), [(what, body) for what, bodies in LOOKS.items() for body in bodies], ids=repr
)
async def test_a_body_that_is_not_what_was_asked_for_is_called_what_it_looks_like(what: str, body: bytes) -> None:
    async with RawServer(http(200, body)) as server, session_on(server) as session:
        with pytest.raises(PayloadError) as caught:
            await get_customer_accounts(session, 1)
    assert f"the body is no CustomerAccounts: {what}. See" in str(caught.value)
    assert "Secret" not in str(caught.value)


@pytest.mark.parametrize(
    "charset", ["ISO-8859-1", "latin1", '"windows-1252"', "iso-8859-15", "utf-16", "UTF-8", "x-none"]
)
@pytest.mark.parametrize("kind", [CustomerAccounts, Slim])
async def test_a_body_is_read_in_the_charset_that_its_content_type_names(charset: str, kind: Any) -> None:
    text = ACCOUNT.encode(charset.strip('"')) if charset != "x-none" else ACCOUNT.encode()
    answer = http(200, text, headers={"Content-Type": f"application/json; charset={charset}"})
    async with RawServer(answer) as server, session_on(server) as session:
        accounts = await session.send(GET_CUSTOMER_ACCOUNTS.request(customerId=1).into(kind))
    assert accounts.accounts[0].name == "José"


@pytest.mark.parametrize("charset", ["punycode", "x-none", "base64", "unicode_escape", "idna", "\x7f", ""])
async def test_a_charset_that_is_none_of_the_usual_ones_is_not_tried(charset: str) -> None:
    answer = http(200, ACCOUNT.encode("latin1"), headers={"Content-Type": f"application/json; charset={charset}"})
    async with RawServer(answer) as server, session_on(server) as session:
        assert (await get_customer_accounts(session, 1))[0].name == "Jos\ufffd"
