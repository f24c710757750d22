"""What stands in a row beside path and query: headers, Accept, statuses, the meaning of a 204."""

import msgspec
import pytest

from finicity_async import ConfigurationError, CustomerAccounts, Operation, PayloadError
from finicity_async._pipeline.responding import read_response
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from finicity_async.operation import Response
from tests.support.servers import RawServer, http, session_on

MODIFY = Operation(
    "Modify", "PUT", "/aggregation/v1/things/{thingId}", None, headers=("Update-By", "Meta-Data"), body_type=dict
)


class Ids(msgspec.Struct, frozen=True):
    accounts: tuple[dict[str, str], ...]


def test_header_parameters_are_sent_under_the_names_of_the_vendor() -> None:
    request = MODIFY.request(thingId=1, body={"a": 1}, **{"Update-By": "Jane Doe"})
    assert request.headers == {"Content-Type": "application/json", "Update-By": "Jane Doe"}
    assert "Jane Doe" in request.sent


def test_a_header_parameter_that_is_none_is_left_out() -> None:
    assert MODIFY.request(thingId=1, body={}, **{"Update-By": None}).headers == {"Content-Type": "application/json"}


@pytest.mark.parametrize("value", ["", " a", "a\r\nHost: b", "\u00e9", 7])
def test_a_header_that_cannot_be_sent_is_refused_and_not_shown(value: object) -> None:
    with pytest.raises(ConfigurationError, match=r"Modify: Update-By is .*Nothing was sent") as caught:
        MODIFY.request(thingId=1, body={}, **{"Update-By": value})
    assert "Host" not in str(caught.value)


def test_a_request_without_headers_of_its_own_has_none() -> None:
    assert GET_CUSTOMER_ACCOUNTS.request(customerId=1).headers is None


def test_another_accept_goes_with_every_request_of_the_row() -> None:
    pdf = Operation("Pdf", "GET", "/reports/{reportId}", bytes, accept="application/pdf", headers=("Meta-Data",))
    assert pdf.request(reportId=1).headers == {"Accept": "application/pdf"}
    assert pdf.request(reportId=1, **{"Meta-Data": "x"}).headers == {"Accept": "application/pdf", "Meta-Data": "x"}
    assert pdf.request(reportId=1).into(bytes).headers == {"Accept": "application/pdf"}


@pytest.mark.parametrize("method", ["", "GET /", "G\r\nET", "\u0130"])
def test_a_method_that_is_none_is_refused_when_the_row_is_made(method: str) -> None:
    with pytest.raises(ConfigurationError, match="method"):
        Operation("Odd", method, "/a", bytes)


def test_a_204_stands_for_what_the_row_says_whatever_it_is_read_into() -> None:
    request = GET_CUSTOMER_ACCOUNTS.request(customerId=1)
    assert read_response(request, Response(204, {}, b"")) == CustomerAccounts(accounts=())
    assert read_response(request.into(Ids), Response(204, {}, b"")) == Ids(())


def test_a_status_that_the_row_does_not_take_is_a_payload_error() -> None:
    only_201 = Operation("Make", "POST", "/a", bytes, statuses=(201,)).request()
    assert read_response(only_201, Response(201, {}, b"x")) == b"x"
    with pytest.raises(PayloadError, match="answered 200, but that is before its end"):
        read_response(only_201, Response(200, {}, b"x"))


def test_a_203_is_an_answer_where_the_row_says_so_and_a_question_elsewhere() -> None:
    reconnection = Operation("Reconnect", "POST", "/a", bytes, statuses=(203,)).request()
    assert read_response(reconnection, Response(203, {}, b"{}")) == b"{}"
    with pytest.raises(PayloadError, match="MFA"):
        read_response(Operation("Owner", "GET", "/a", bytes).request(), Response(203, {}, b"{}"))


async def test_headers_and_accept_reach_the_server() -> None:
    operation = Operation("Theirs", "GET", "/theirs", bytes, accept="text/csv", headers=("Meta-Data",))
    async with RawServer(default=http(200, "a,b")) as server, session_on(server) as session:
        assert await session.send(operation.request(**{"Meta-Data": "x"})) == b"a,b"
        assert (server.calls[0].headers["accept"], server.calls[0].headers["meta-data"]) == ("text/csv", "x")
        await session.send(Operation("Plain", "GET", "/plain", bytes).request())
        assert server.calls[1].headers["accept"] == "application/json"
        assert "meta-data" not in server.calls[1].headers
