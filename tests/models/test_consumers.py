"""Each consumer of records gets the whole record or an error, read before or not; and nothing crashes."""

import copy
import dataclasses
import json
import pickle
import pprint
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from importlib.util import find_spec
from typing import Any

import attrs
import fastapi
import fastapi.testclient
import litestar
import litestar.testing
import msgspec
import pydantic
import pydantic_core
import pytest
import rich.pretty
from fastapi.encoders import jsonable_encoder

from finicity_async.models import (
    CustomerAccount,
    CustomerAccountDetail,
    CustomerAccountPosition,
    CustomerAccounts,
    Record,
)
from tests.models.examples import FULL, ODD, plain

needs_orjson = pytest.mark.skipif(find_spec("orjson") is None, reason="orjson is not installed")


def cases(consumers: Mapping[str, Any]) -> list[Any]:
    """Return the parameters for a test of some consumers, of which orjson may be missing."""
    return [
        pytest.param(consume, id=name, marks=[needs_orjson] if "orjson" in name else [])
        for name, consume in consumers.items()
    ]


def orjson_dumps(value: Any, **options: Any) -> bytes:
    import orjson

    written: bytes = orjson.dumps(value, **options)
    return written


def orjson_fragment(record: Record) -> Any:
    import orjson

    return orjson.Fragment(msgspec.json.encode(record.to_dict()))


BODIES: dict[str, tuple[type[Record], bytes]] = {
    "account": (CustomerAccount, FULL),
    "odd account": (CustomerAccount, ODD),
    "accounts": (CustomerAccounts, b'{"accounts":[%b,%b]}' % (FULL, ODD)),
    "no accounts": (CustomerAccounts, b'{"accounts":[]}'),
    "detail": (CustomerAccountDetail, b'{"openDate":1607450357,"owner":"Ann","loanRate":"x"}'),
    "position": (CustomerAccountPosition, b'{"id":1,"units":1.50}'),
}


def unread(kind: type[Record], body: bytes) -> Record:
    return kind.from_json(body)


def read(kind: type[Record], body: bytes) -> Record:
    """Decode a record and read all of it, in every way."""
    record = kind.from_json(body)
    for consume in (Record.to_dict, repr, hash, msgspec.json.encode, lambda one: one.invalid_values):
        consume(record)
    return record


@pytest.fixture(params=BODIES, ids=str)
def body(request: pytest.FixtureRequest) -> tuple[type[Record], bytes]:
    return BODIES[request.param]


@pytest.fixture(params=[unread, read], ids=["unread", "read"])
def record(request: pytest.FixtureRequest, body: tuple[type[Record], bytes]) -> Record:
    made: Record = request.param(*body)
    return made


def is_whole(found: Any, record: Record) -> bool:
    """Return whether another record is the same in every respect."""
    return (
        type(found) is type(record)
        and found == record
        and hash(found) == hash(record)
        and found.to_dict() == record.to_dict()
        and found.invalid_values == record.invalid_values
        and repr(found) == repr(record)
    )


# Whole


def pickled(protocol: int, record: Record) -> Any:
    return pickle.loads(pickle.dumps(record, protocol))  # noqa: S301 -- our own pickle


def in_a_list(record: Record) -> Any:
    kind: Any = type(record)
    return msgspec.json.decode(msgspec.json.encode([record]), type=list[kind])[0]


COPIES: dict[str, Callable[[Record], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": partial(pickled, protocol) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)},
    "convert": lambda record: msgspec.convert(record, type(record)),
    "replace": msgspec.structs.replace,
    "msgspec": lambda record: type(record).from_json(msgspec.json.encode(record)),
    "msgspec sorted": lambda record: type(record).from_json(msgspec.json.encode(record, order="sorted")),
    "msgspec numbers": lambda record: type(record).from_json(
        msgspec.json.Encoder(decimal_format="number").encode(record)
    ),
    "msgspec in a list": in_a_list,
}


@pytest.mark.parametrize("through", cases(COPIES))
def test_a_copy_is_whole(record: Record, through: Callable[[Record], Any]) -> None:
    assert is_whole(through(record), record)


TEXTS: dict[str, Callable[[Any], str]] = {
    "str": str,
    "format": format,
    "json with str": lambda record: json.loads(json.dumps(record, default=str)),
    "orjson with str": lambda record: json.loads(orjson_dumps(record, default=str)),
    "pprint": lambda record: pprint.pformat(record).removesuffix("\n"),
    "rich on one line": lambda record: rich.pretty.pretty_repr(record, max_width=100_000),
}


@pytest.mark.parametrize("text_of", cases(TEXTS))
def test_a_text_shows_the_whole_record(record: Record, text_of: Callable[[Any], str]) -> None:
    assert text_of(record) == repr(record)


JSON: dict[str, Callable[[Record], Any]] = {
    "json of a dict": lambda record: json.loads(json.dumps(record.to_dict(), default=str)),
    "orjson of a dict": lambda record: json.loads(orjson_dumps(record.to_dict(), default=str)),
    "json with to_dict": lambda record: json.loads(
        json.dumps(record, default=lambda one: one.to_dict() if isinstance(one, Record) else str(one))
    ),
    "orjson with msgspec": lambda record: json.loads(orjson_dumps(record, default=orjson_fragment)),
}


@pytest.mark.parametrize("through", cases(JSON))
def test_plain_values_go_through_any_json(record: Record, through: Callable[[Record], Any]) -> None:
    again = type(record).from_dict(json.loads(json.dumps(through(record))))
    assert again.to_dict().keys() == record.to_dict().keys()
    if not record.invalid_values:
        assert again.to_dict() == record.to_dict()


def test_attributes_match_a_pattern() -> None:
    for made in (unread, read):
        match made(*BODIES["accounts"]):
            case CustomerAccounts(accounts=(CustomerAccount(detail=CustomerAccountDetail(owner="Ann")), odd)):
                assert odd.position[0].id == 1
            case _:  # pragma: no cover -- that is what is tested
                pytest.fail("no match")


class Few(msgspec.Struct):
    """A Struct of a user's own."""

    id: str
    detail: CustomerAccountDetail | None
    position: list[CustomerAccountPosition]


@pytest.mark.parametrize("made", [unread, read])
def test_a_struct_of_ones_own_is_made_of_the_attributes(made: Callable[..., Any]) -> None:
    account = made(*BODIES["account"])
    few = msgspec.convert(account, Few, from_attributes=True)
    assert (few.id, few.detail, tuple(few.position)) == (account.id, account.detail, account.position)


class Kept(pydantic.BaseModel):  # type: ignore[misc]  # -- mypy does not follow pydantic
    """A model with a record for a field."""

    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    record: Record


def test_pydantic_keeps_a_record_whole(record: Record) -> None:
    model = Kept(record=record)
    assert model.model_dump() == {"record": record}
    assert is_whole(model.model_copy(deep=True).record, record)
    with pytest.raises(pydantic_core.PydanticSerializationError, match="unknown type"):
        model.model_dump_json()


def test_pandas_keeps_records_and_makes_columns_of_their_dicts() -> None:
    pd = pytest.importorskip("pandas")
    for made in (unread, read):
        accounts: Any = made(*BODIES["accounts"])
        assert list(pd.DataFrame(accounts)[0]) == list(pd.Series(accounts)) == list(accounts)
        frame = pd.DataFrame([account.to_dict() for account in accounts])
        assert list(frame["balance"]) == [Decimal("0.10"), None]
        assert list(frame["detail"]) == [account.to_dict()["detail"] for account in accounts]


def test_polars_keeps_records_and_makes_columns_of_their_dicts() -> None:
    pl = pytest.importorskip("polars")
    for made in (unread, read):
        accounts: Any = made(*BODIES["accounts"])
        assert list(pl.Series(list(accounts))) == list(accounts)
        frame = pl.DataFrame([account.to_dict() for account in accounts], infer_schema_length=None)
        assert frame["balance"].to_list() == [Decimal("0.10"), None]
        assert frame["detail"].to_list()[0]["owner"] == "Ann"
        assert frame["position"].to_list()[0][0]["units"] == Decimal("1.50")


def test_sqlite_takes_the_json_text() -> None:
    with sqlite3.connect(":memory:") as connection:
        for made in (unread, read):
            account: Any = made(*BODIES["account"])
            texts = account.detail_json.decode(), msgspec.json.encode(account).decode()
            row = connection.execute("SELECT json_extract(?, '$.owner'), json_extract(?, '$.detail.owner')", texts)
            assert row.fetchone() == ("Ann", "Ann")
    connection.close()


# Errors


def in_a_field(record: Record) -> Any:
    return pydantic.create_model("Plain", record=(type(record), ...))


def inserted(record: Any) -> None:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("SELECT ?", (record,))
    finally:
        connection.close()


REFUSED: dict[str, Callable[[Any], Any]] = {
    "json": json.dumps,
    "json with vars": partial(json.dumps, default=vars),
    "json with dict": partial(json.dumps, default=dict),
    "orjson": orjson_dumps,
    "orjson with vars": partial(orjson_dumps, default=vars),
    "orjson with dict": partial(orjson_dumps, default=dict),
    "vars": vars,
    "dict": dict,
    "dataclasses": dataclasses.asdict,
    "attrs": attrs.asdict,
    "FastAPI's encoder": jsonable_encoder,
    "FastAPI's encoder in a dict": lambda record: jsonable_encoder({"record": record}),
    "pydantic without leave": in_a_field,
    "sqlite3": inserted,
}


@pytest.mark.parametrize("consume", cases(REFUSED))
def test_what_knows_nothing_of_records_raises(record: Record, consume: Callable[[Any], Any]) -> None:
    with pytest.raises(
        (TypeError, ValueError, sqlite3.ProgrammingError, pydantic.errors.PydanticSchemaGenerationError)
    ):
        consume(record)


@pytest.mark.parametrize("name", ["account", "odd account", "accounts"])
@pytest.mark.parametrize("made", [unread, read])
def test_to_builtins_refuses_a_kept_text(made: Callable[..., Record], name: str) -> None:
    with pytest.raises(TypeError, match=r"msgspec\.Raw"):
        msgspec.to_builtins(made(*BODIES[name]))


RISKY = """
import dataclasses, pprint, sys
import msgspec, orjson
from fastapi.encoders import jsonable_encoder
from tests.models.test_consumers import BODIES, read, unread

def outcome(consume, value):
    try:
        consume(value)
    except (TypeError, ValueError) as error:
        return type(error).__name__
    return "done"

for kind, body in BODIES.values():
    for made in (unread, read):
        for values in (msgspec.structs.asdict(made(kind, body)), msgspec.structs.astuple(made(kind, body))):
            for consume in (
                lambda values: orjson.dumps(values, default=str),
                orjson.dumps,
                pprint.pformat,
                dataclasses.asdict,
                jsonable_encoder,
                msgspec.json.encode,
            ):
                outcome(consume, values)
        outcome(msgspec.msgpack.encode, made(kind, body))
print("alive")
"""


@needs_orjson
def test_what_msgspec_hands_out_unread_crashes_nothing() -> None:
    """orjson.dumps(msgspec.structs.asdict(account), default=str) once ended the process; asdict is not supported."""
    done = subprocess.run(  # noqa: S603 -- ours
        [sys.executable, "-c", RISKY], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


def test_what_msgspec_hands_out_is_json_text() -> None:
    account = CustomerAccount.from_json(FULL)
    values = msgspec.structs.asdict(account)
    assert bytes(values["_detail"]) == account.detail_json
    assert msgspec.json.encode([values["_detail"]]) == b"[%b]" % account.detail_json


# Services


def fastapi_app(record: Record) -> fastapi.FastAPI:
    app = fastapi.FastAPI()

    @app.get("/record")
    async def bare():  # type: ignore[no-untyped-def]  # noqa: ANN202 -- what is tested
        return record

    @app.get("/encoded")
    async def encoded() -> fastapi.Response:
        return fastapi.Response(msgspec.json.encode(record), media_type="application/json")

    @app.get("/dict")
    async def of_a_dict() -> dict[str, Any]:
        return record.to_dict()

    return app


def test_fastapi_never_answers_with_less_than_the_record(record: Record) -> None:
    with fastapi.testclient.TestClient(fastapi_app(record), raise_server_exceptions=False) as client:
        assert client.get("/record").status_code == 500
        assert is_whole(type(record).from_json(client.get("/encoded").content), record)
        assert client.get("/dict").json().keys() == record.to_dict().keys()


def test_fastapi_refuses_a_record_for_a_return_type(record: Record) -> None:
    app = fastapi.FastAPI()
    with pytest.raises(fastapi.exceptions.FastAPIError, match="response field"):
        app.get("/record", response_model=type(record))(lambda: record)


def test_litestar_answers_with_the_whole_record_and_documents_it(record: Record) -> None:
    async def handler() -> Any:
        return record

    handler.__annotations__["return"] = type(record)
    app = litestar.Litestar([litestar.get("/record")(handler)])
    with litestar.testing.TestClient(app) as client:
        assert is_whole(type(record).from_json(client.get("/record").content), record)
        document = client.get("/schema/openapi.json").json()
    assert document["paths"]["/record"]
    schema = document["components"]["schemas"][type(record).__name__]
    assert schema["properties"].keys() == set(type(record).__struct_encode_fields__)


def test_msgspec_draws_the_schema_of_a_record(record: Record) -> None:
    schema = msgspec.json.schema(type(record))["$defs"][type(record).__name__]
    assert schema["properties"].keys() == set(type(record).__struct_encode_fields__)


def test_a_record_of_its_attributes_alone_is_whole() -> None:
    assert CustomerAccount(id="1").to_dict() == plain()
    assert msgspec.to_builtins(CustomerAccount(id="1")) == {"id": "1"}
