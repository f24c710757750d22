"""Events of TxPush, which nobody can verify, and the code with which a listener proves itself."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from multidict import MultiDict

from finicity_async import UnverifiedTxPushEvent, WebhookError, answer_txpush_verification, read_txpush_event
from finicity_async.webhooks import UnverifiedAccountsEvent, UnverifiedTransactionsEvent
from tests.test_webhooks import shown_by

NAME = "txpush_verification_code"
CODE = "5cSpPaq8R0Kz"
TRANSACTION = {
    "id": 21284820852,
    "amount": -828.90,
    "accountId": 5011648377,
    "status": "active",
    "postedDate": 1607450357,
}


def pushed(class_: Any, type_: Any, records: Any) -> UnverifiedTxPushEvent:
    return read_txpush_event(json.dumps({"event": {"class": class_, "type": type_, "records": records}}).encode())


# Events


def test_transactions_are_records_with_exact_amounts() -> None:
    event = pushed("transaction", "created", [TRANSACTION])
    assert isinstance(event, UnverifiedTransactionsEvent)
    (record,) = event.records
    assert (event.class_, event.type) == ("transaction", "created")
    assert (record.id, record.account_id, record.amount) == (21284820852, 5011648377, Decimal("-828.9"))
    assert record.posted_date == datetime(2020, 12, 8, 17, 59, 17, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["created", "modified", "deleted", "currentState", "somethingNew"])
def test_accounts_are_records_whatever_became_of_them(kind: str) -> None:
    event = pushed("account", kind, [{"id": "5011648377", "balance": "0.10"}])
    assert isinstance(event, UnverifiedAccountsEvent)
    assert (event.type, event.records[0].id, event.records[0].balance) == (kind, "5011648377", Decimal("0.10"))


@pytest.mark.parametrize(("class_", "wrong"), [("transaction", {"id": "one"}), ("account", 7)])
def test_a_record_that_does_not_fit_costs_neither_the_others_nor_the_event(class_: str, wrong: Any) -> None:
    event = pushed(class_, "created", [{"id": 1}, wrong, {"id": 2, "status": {}}])
    assert [int(one.id) for one in event.records] == [1, 2]
    assert event.records[1].invalid_values == {"$.status": {}}


def test_an_unknown_class_passes_with_its_records_as_they_came() -> None:
    event = pushed("holding", "created", [{"price": 0.10}, 7])
    assert type(event) is UnverifiedTxPushEvent
    assert (event.class_, event.records) == ("holding", ({"price": Decimal("0.10")}, 7))


@pytest.mark.parametrize("class_", ["transaction", "account", "holding"])
@pytest.mark.parametrize("records", [None, {}, "text", 7, []])
def test_an_event_without_a_list_of_records_has_none(class_: str, records: Any) -> None:
    assert pushed(class_, "created", records).records == ()


@pytest.mark.parametrize("class_", ["transaction", "account", "holding"])
def test_an_event_without_the_member_records_has_none(class_: str) -> None:
    body = json.dumps({"event": {"class": class_, "type": "deleted"}}).encode()
    assert read_txpush_event(body).records == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<event><class>transaction</class></event>",
        b"null",
        b"[]",
        b"{}",
        b'{"event": "secret-7"}',
        b'{"event": {"class": "transaction"}}',
        b'{"event": {"type": "created", "records": ["secret-7"]}}',
        b'{"event": {"class": "", "type": "created"}}',
        b'{"event": {"class": ["secret-7"], "type": "created"}}',
        b'{"event":' * 50_000,
    ],
)
def test_what_is_no_event_of_txpush_is_refused_and_not_shown(body: bytes) -> None:
    with pytest.raises(WebhookError, match="no event of TxPush in JSON") as caught:
        read_txpush_event(body)
    assert "secret-7" not in shown_by(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize("body", ["{}", {}, bytearray(b"{}"), None])
def test_a_body_that_is_no_bytes_is_refused(body: Any) -> None:
    with pytest.raises(TypeError, match="raw bytes that came"):
        read_txpush_event(body)


def test_bytes_that_are_no_text_do_not_cost_the_event() -> None:
    event = read_txpush_event(
        b'{"event": {"class": "account", "type": "created", "records": [{"id": "1", "name": "\xff"}]}}'
    )
    assert event.records[0].name == "\ufffd"


def test_events_are_compared_and_hashed_and_show_no_record() -> None:
    first, second = (pushed("transaction", "created", [TRANSACTION]) for _ in range(2))
    assert first == second
    assert len({first, second, pushed("transaction", "deleted", [])}) == 2
    assert "828" not in repr(first)
    assert "Unverified" in repr(first)


# Verification


@pytest.mark.parametrize(
    "query",
    [
        f"{NAME}={CODE}",
        f"?{NAME}={CODE}",
        f"a=1&{NAME}={CODE}&b=",
        {NAME: CODE},
        {NAME: [CODE]},
        {NAME: (CODE,), "other": 1},
        MultiDict({NAME: CODE}),
    ],
    ids=str,
)
def test_the_code_of_a_query_is_the_answer(query: Any) -> None:
    assert answer_txpush_verification(query) == CODE


@pytest.mark.parametrize("code", ["7", "a" * 512, "d0b3-4f_c.~", "aGVsbG8+/w=="])
def test_a_code_of_plain_characters_is_sent_back(code: str) -> None:
    assert answer_txpush_verification({NAME: code}) == code
    assert answer_txpush_verification(f"{NAME}={code}") == code


@pytest.mark.parametrize(
    "code",
    [
        "",
        " ",
        "a b",
        "<script>alert(1)</script>",
        "a\r\nSet-Cookie: b",
        "a\n",
        '"a"',
        "a&amp;",
        "a\0",
        "\u00e9",
        "\uff17",
        "a" * 513,
        7,
        None,
        [],
        [CODE, CODE],
        [CODE, "other"],
        {CODE: CODE},
    ],
    ids=repr,
)
def test_whatever_else_is_in_the_place_of_a_code_is_neither_sent_back_nor_shown(code: Any) -> None:
    with pytest.raises(WebhookError, match="that can be sent back") as caught:
        answer_txpush_verification({NAME: code})
    assert CODE not in shown_by(caught.value)
    assert "script" not in shown_by(caught.value)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        NAME,
        f"{NAME}=",
        "other=1",
        f"{NAME}={CODE}&{NAME}=2",
        f"{NAME}=%3Cb%3E",
        f"{NAME}=%0D%0Aa",
        f"{NAME}=%zz",
    ],
)
def test_a_query_without_one_plain_code_is_refused(query: str) -> None:
    with pytest.raises(WebhookError) as caught:
        answer_txpush_verification(query)
    assert CODE not in shown_by(caught.value)


@pytest.mark.parametrize("query", [None, 7, f"{NAME}={CODE}".encode(), [(NAME, CODE)]])
def test_a_query_that_is_neither_text_nor_a_mapping_is_refused(query: Any) -> None:
    with pytest.raises(TypeError, match="text or a mapping"):
        answer_txpush_verification(query)
