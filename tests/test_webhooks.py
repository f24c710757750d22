"""Events of the vendor's: which are believed, and what is read from them."""

import ast
import hashlib
import hmac
import inspect
import json
import traceback
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from finicity_async import (
    ConfigurationError,
    ConnectEvent,
    FinicityError,
    UnverifiedReportEvent,
    WebhookError,
    read_connect_event,
    read_report_event,
    webhooks,
)
from finicity_async.webhooks import AccountsDeleted, Added, Done, Ping

SECRET = "s3cret-of-the-partner"
OLD = "s3cret-before-it"
EVENT_ID = "1688829092668-518e7b2cd7948bcdb968c433"
ADDED = (
    b'{"customerId":"1005061234","eventType":"added","eventId":"1688829092668-518e7b2cd7948bcdb968c433","payload":'
    b'{"institutionId":"102105","accounts":[{"id":"6055993964","number":"202020","name":"IRA","balance":7030.10,'
    b'"type":"ira","status":"active","customerId":"1005061234","lastUpdatedDate":0,"institutionLoginId":6026370998}],'
    b'"oauth":true}}'
)
"""As they were captured: compact JSON, with members that `GetCustomerAccounts` has and others missing."""


def sign(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def read(event: object, **options: Any) -> ConnectEvent:
    """Read an event that the vendor has signed."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return read_connect_event(body, sign(body), SECRET, **options)


def shown_by(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error.__dict__) + repr(error.args)


# Signatures

RIGHT = sign(ADDED)
WRONG: Mapping[str, str | None] = {
    "changed at the start": ("0" if RIGHT[0] != "0" else "1") + RIGHT[1:],
    "changed at the end": RIGHT[:-1] + ("0" if RIGHT[-1] != "0" else "1"),
    "truncated": RIGHT[:-1],
    "too long": RIGHT + "0",
    "upper case": RIGHT.upper(),
    "with blanks": f" {RIGHT} ",
    "with a name": f"sha256={RIGHT}",
    "with another secret": sign(ADDED, "another"),
    "of another body": sign(ADDED + b" "),
    "with SHA-1": hmac.new(SECRET.encode(), ADDED, hashlib.sha1).hexdigest(),
    "in Base64": "nFztzSqmk6uiGuAXf5G2AoF1oxZsjk3V-kFGyMWVfg==",
    "empty": "",
    "missing": None,
    "not ASCII": "\u00e9" * 64,
    "full-width digits": "\uff10" * 64,
    "half a surrogate pair": "\udc80" * 64,
    "a NUL": "\0" * 64,
    "very long": "0" * 1_000_000,
}


def test_an_event_with_the_right_signature_is_read() -> None:
    event = read_connect_event(ADDED, RIGHT, SECRET)
    assert isinstance(event, Added)
    assert (event.event_type, event.event_id, event.customer_id) == ("added", EVENT_ID, "1005061234")


@pytest.mark.parametrize("signature", WRONG.values(), ids=WRONG)
def test_an_event_with_any_other_signature_is_refused(signature: str | None) -> None:
    with pytest.raises(WebhookError, match=r"not the vendor's") as caught:
        read_connect_event(ADDED, signature, SECRET, OLD)
    assert "6055993964" not in shown_by(caught.value)
    assert read_connect_event(ADDED, RIGHT, SECRET, OLD).event_id == EVENT_ID


@pytest.mark.parametrize("place", [0, 1, len(ADDED) // 2, len(ADDED) - 1])
def test_one_changed_byte_is_enough_to_refuse_an_event(place: int) -> None:
    changed = bytearray(ADDED)
    changed[place] ^= 1
    with pytest.raises(WebhookError):
        read_connect_event(bytes(changed), RIGHT, SECRET)


def test_the_signature_is_over_the_bytes_and_not_over_what_they_mean() -> None:
    body = json.dumps(json.loads(ADDED)).encode()
    with pytest.raises(WebhookError):
        read_connect_event(body, RIGHT, SECRET)


@pytest.mark.parametrize("secrets", [(SECRET,), (OLD, SECRET), (SECRET, OLD), ("a", "b", SECRET)])
def test_any_of_several_secrets_will_do_after_a_rotation(secrets: tuple[str, ...]) -> None:
    assert read_connect_event(ADDED, RIGHT, *secrets).event_id == EVENT_ID


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_a_body_of_any_size_is_verified(size: int) -> None:
    body = json.dumps({"eventType": "started", "payload": {"text": "x" * size}}).encode()
    event = read(body)
    assert len(event.payload["text"]) == size
    with pytest.raises(WebhookError):
        read_connect_event(body[:-1] + b" }", sign(body), SECRET)


@pytest.mark.parametrize("secret", ["", None, b"s3cret-of-the-partner"])
@pytest.mark.parametrize("others", [(), (SECRET,)])
def test_a_missing_secret_is_refused_because_anybody_could_sign_with_an_empty_one(
    secret: Any, others: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigurationError, match="partner secret is missing"):
        read_connect_event(ADDED, sign(ADDED, ""), secret, *others)
    with pytest.raises(ConfigurationError, match="partner secret is missing"):
        read_connect_event(ADDED, RIGHT, SECRET, *others, secret)


@pytest.mark.parametrize("body", [ADDED.decode(), json.loads(ADDED), bytearray(ADDED), memoryview(ADDED), None])
def test_a_body_that_is_no_bytes_is_refused_with_the_reason(body: Any) -> None:
    with pytest.raises(TypeError, match=r"raw bytes that came.*cannot be turned back"):
        read_connect_event(body, RIGHT, SECRET)
    with pytest.raises(TypeError, match="raw bytes that came"):
        read_report_event(body)


@pytest.mark.parametrize("signature", [RIGHT, WRONG["changed at the start"], WRONG["truncated"], None])
def test_every_secret_is_compared_in_constant_time_whatever_the_others_gave(
    monkeypatch: pytest.MonkeyPatch, signature: str | None
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(given: bytes, expected: bytes) -> bool:
        compared.append((given, expected))
        return compare_digest(given, expected)

    compare_digest = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", compare)
    secrets = (SECRET, OLD, "third")
    with pytest.raises(WebhookError) if signature != RIGHT else nullcontext():
        read_connect_event(ADDED, signature, *secrets)
    assert compared == [((signature or "").encode(), sign(ADDED, secret).encode()) for secret in secrets]


@pytest.mark.parametrize("verdict", [True, False])
def test_the_comparison_in_constant_time_alone_decides(monkeypatch: pytest.MonkeyPatch, verdict: bool) -> None:
    monkeypatch.setattr(hmac, "compare_digest", lambda given, expected: verdict)
    if verdict:
        assert read_connect_event(ADDED, "no signature at all", SECRET).event_id == EVENT_ID
    else:
        with pytest.raises(WebhookError):
            read_connect_event(ADDED, RIGHT, SECRET)


def test_no_signature_is_compared_in_any_other_way() -> None:
    tree = ast.parse(inspect.getsource(webhooks.read_connect_event))
    compared = {name.id for node in ast.walk(tree) if isinstance(node, ast.Compare) for name in ast.walk(node)
                if isinstance(name, ast.Name)}  # fmt: skip
    assert not compared & {"signature", "given", "secret", "secrets"}


def test_the_error_is_one_of_the_library_and_a_value_error() -> None:
    assert issubclass(WebhookError, FinicityError)
    assert issubclass(WebhookError, ValueError)
    assert WebhookError.retryable is False


# Events


def test_added_accounts_are_records_with_exact_amounts() -> None:
    event = read(ADDED)
    assert isinstance(event, Added)
    (account,) = event.accounts
    assert (account.id, account.balance, account.last_updated_date) == ("6055993964", Decimal("7030.10"), None)
    assert str(account.balance) == "7030.10"
    assert event.institution_id == "102105"
    assert event.payload["oauth"] is True
    assert event.payload["accounts"][0]["balance"] == Decimal("7030.10")


def test_a_member_of_an_account_that_does_not_fit_costs_neither_account_nor_event() -> None:
    event = read({"eventType": "added", "payload": {"accounts": [{"id": "1", "balance": "?"}, 7, {"id": "2"}]}})
    assert isinstance(event, Added)
    assert [account.id for account in event.accounts] == ["1", "2"]
    assert event.accounts[0].invalid_values == {"$.balance": "?"}


@pytest.mark.parametrize("payload", [None, {}, [], "text", {"accounts": None}, {"accounts": {}}])
def test_an_event_without_accounts_has_none(payload: object) -> None:
    for event_type, member in (("added", "accounts"), ("accountsDeleted", "account_ids")):
        event = read({"eventType": event_type, "eventId": "e", "payload": payload})
        assert getattr(event, member) == ()
        assert event.payload == payload


def test_a_ping_names_neither_a_customer_nor_itself() -> None:
    event = read({"eventType": "ping", "payload": {}})
    assert event == Ping(event_type="ping", payload={})
    assert (event.event_id, event.customer_id) == (None, None)


def test_accounts_that_were_deleted_are_named_by_their_ids() -> None:
    event = read({"eventType": "accountsDeleted", "payload": {"accounts": ["7077265539", 7], "institutionId": 101732}})
    assert isinstance(event, AccountsDeleted)
    assert event.account_ids == ("7077265539", "7")
    assert event.institution_id == "101732"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, None),
        ({"reason": "cancel"}, "cancel"),
        ({"eventTrigger": "exit", "reason": "cancel"}, "exit"),
        ({"payload": {"reason": "timeout"}}, "timeout"),
        ({"reason": {}}, None),
        ({"reason": ""}, None),
    ],
)
def test_a_session_that_is_over_keeps_why(members: dict[str, object], reason: str | None) -> None:
    event = read({"eventType": "done", "eventId": "e", "customerId": 7, **members})
    assert isinstance(event, Done)
    assert (event.reason, event.customer_id) == (reason, "7")


@pytest.mark.parametrize("event_type", ["started", "unableToConnect", "somethingNew", "ADDED"])
def test_an_event_of_an_unknown_type_passes_as_it_is(event_type: str) -> None:
    event = read({"eventType": event_type, "eventId": "e", "payload": {"institutionId": "1", "code": 103}})
    assert type(event) is ConnectEvent
    assert (event.event_type, event.payload) == (event_type, {"institutionId": "1", "code": 103})


def test_reports_come_as_a_list() -> None:
    event = read({"eventType": "done", "payload": [{"id": "r1", "type": "voa"}]})
    assert event.payload == [{"id": "r1", "type": "voa"}]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"user": "7"}, {"user": "7"}),
        ('{"user": "7", "score": 0.10}', {"user": "7", "score": Decimal("0.10")}),
        ("no JSON", {}),
        ("[1]", {}),
        ([1], {}),
        (None, {}),
        ("\u00e9", {}),
    ],
)
def test_webhook_data_comes_as_an_object_or_as_text_that_holds_one(value: object, expected: object) -> None:
    assert read({"eventType": "started", "webhookData": value}).webhook_data == expected


@pytest.mark.parametrize(
    "value",
    [1688829092, 1688829092000, "1688829092", "1688829092000", "2023-07-08T15:11:32Z", "2023-07-08T17:11:32+02:00"],
)
def test_an_instant_comes_as_seconds_as_milliseconds_or_as_iso_text(value: object) -> None:
    event = read({"eventType": "started", "eventTimestamp": value})
    assert event.event_timestamp == datetime(2023, 7, 8, 15, 11, 32, tzinfo=UTC)
    assert event.event_timestamp.tzinfo is UTC


def test_milliseconds_are_kept() -> None:
    event = read({"eventType": "started", "eventTimestamp": 1688829092668})
    assert event.event_timestamp == datetime(2023, 7, 8, 15, 11, 32, 668000, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, 0, "", "soon", "2023-07-08T15:11:32", 10**18, 1e300, -7, {}, []])
def test_what_is_no_instant_is_none(value: object) -> None:
    assert read({"eventType": "started", "eventTimestamp": value}).event_timestamp is None


@pytest.mark.parametrize(
    "body", [b"", b"<event/>", b"null", b"[]", b"{}", b'{"eventType": {}}', b'{"eventType": ""}', b"[" * 100_000]
)
def test_a_signed_body_that_is_no_event_is_refused_and_not_shown(body: bytes) -> None:
    with pytest.raises(WebhookError, match="no event in JSON") as caught:
        read(body)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_bytes_that_are_no_text_do_not_cost_the_event() -> None:
    assert read(b'{"eventType": "started", "payload": "\xff"}').payload == "\ufffd"


def test_events_are_compared_and_hashed_and_show_no_payload() -> None:
    first, second = read(ADDED), read(ADDED)
    assert first == second
    assert len({first, second, read({"eventType": "ping"})}) == 2
    assert "oauth" not in repr(first)


# Reports


def test_an_event_of_a_report_says_that_nobody_signed_it() -> None:
    event = read_report_event(
        b'{"eventName":"done","id":"ft81ayiv0i3i","consumerId":"5159","type":"voa","status":"success","customerId":1463546}'
    )
    assert isinstance(event, UnverifiedReportEvent)
    assert (event.event_name, event.id, event.status, event.type) == ("done", "ft81ayiv0i3i", "success", "voa")
    assert (event.customer_id, event.consumer_id, event.portfolio_id) == ("1463546", "5159", None)


@pytest.mark.parametrize("body", [b"", b"<event/>", b"[]", b"{}", b'{"eventName": null, "id": "ft81ayiv0i3i"}'])
def test_what_is_no_event_of_a_report_is_refused_and_not_shown(body: bytes) -> None:
    with pytest.raises(WebhookError, match=r"no event of a report") as caught:
        read_report_event(body)
    assert "ft81" not in shown_by(caught.value)
    assert caught.value.__context__ is None
