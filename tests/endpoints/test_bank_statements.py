"""The Bank Statements operations: files of bytes that a reader opens, and the list of them."""

import re

import pytest

from finicity_async import AsyncSession, BadRequestError, NotFoundError, PayloadError, Sandbox
from finicity_async.endpoints.bank_statements import (
    generate_statement_report,
    get_asset_by_customer_id,
    get_customer_account_multiple_statement,
    get_customer_account_statement,
)
from finicity_async.endpoints.pay_statements import STORE_CUSTOMER_PAY_STATEMENT, store_customer_pay_statement
from finicity_async.models.bank_statements import StatementData, StatementReportConstraints
from finicity_async.models.connect import ReportCustomField
from finicity_async.models.consumers import ConsumerDetails
from finicity_async.models.pay_statements import PayStatement
from finicity_async.sandbox.data.pdf import make_pdf
from tests.support.servers import RawServer, http, session_on

CUSTOMER, ACCOUNT = 1005061234, 5011648377
NOVEMBER_2026 = 1_795_900_000


def lines_of(pdf: bytes) -> list[str]:
    """Read a PDF file as a reader does, by its table of objects, and return the lines of its page."""
    assert pdf.startswith(b"%PDF-1.")
    found = re.search(rb"startxref\n(\d+)\n%%EOF\n$", pdf)
    assert found
    head, _, rest = pdf[int(found[1]) :].partition(b"\n")
    assert head == b"xref"
    size = int(rest.partition(b"\n")[0].split()[1])
    entries = rest.partition(b"\n")[2][: 20 * size]
    offsets = [int(entries[place : place + 10]) for place in range(20, 20 * size, 20)]
    assert all(pdf[offset:].startswith(b"%d 0 obj\n" % number) for number, offset in enumerate(offsets, 1))
    assert b"/Root 1 0 R" in pdf[int(found[1]) :]
    stream = re.search(rb"/Length (\d+) >>\nstream\n(.*)\nendstream", pdf, re.DOTALL)
    assert stream
    assert int(stream[1]) == len(stream[2])
    return [re.sub(r"\\(.)", r"\1", line.decode("latin-1")) for line in re.findall(rb"\((.*)\) Tj", stream[2])]


def test_a_text_of_any_characters_makes_a_file_that_can_be_read() -> None:
    assert lines_of(make_pdf(["a (b) \\ c", "Zo\u00eb", "\u6f22", ""])) == ["a (b) \\ c", "Zo\u00eb", "?", ""]


async def test_every_statement_is_a_file_of_its_month(session: AsyncSession, sandbox: Sandbox) -> None:
    sandbox.customers[CUSTOMER][str(ACCOUNT)]["oldestTransactionDate"] = 0
    listed = await get_customer_account_multiple_statement(session, CUSTOMER, ACCOUNT, index=range(1, 25))
    assert [one.index for one in listed] == [str(index) for index in range(1, 25)]
    days = {one.description for one in listed}
    assert len(days) == 24
    for index, one in enumerate(listed, 1):
        assert one.id is not None
        pdf = await get_asset_by_customer_id(session, CUSTOMER, one.id)
        assert pdf == await get_customer_account_statement(session, CUSTOMER, ACCOUNT, index=index)
        assert lines_of(pdf)[2] == (one.description or "").replace(" - ", " to ")


async def test_an_account_has_no_statement_of_the_time_before_it_was_opened() -> None:
    async with (
        Sandbox(clock=lambda: NOVEMBER_2026) as sandbox,
        AsyncSession(sandbox.credentials, base_url=sandbox.url) as session,
    ):
        account = sandbox.add_account(CUSTOMER, oldestTransactionDate=NOVEMBER_2026 - 45 * 86_400)
        latest, older = await get_customer_account_multiple_statement(session, CUSTOMER, account["id"], index="1,2")
        assert (latest.description, latest.code) == ("2026-10-01 - 2026-10-31", None)
        assert (older.id, older.code) == (None, "14001")
        assert older.message
        assert await get_customer_account_statement(session, CUSTOMER, account["id"])
        with pytest.raises(NotFoundError):
            await get_customer_account_statement(session, CUSTOMER, account["id"], index=2)


async def test_the_file_of_another_customer_is_not_found(session: AsyncSession) -> None:
    (statement,) = await get_customer_account_multiple_statement(session, CUSTOMER, ACCOUNT)
    assert statement.id is not None
    with pytest.raises(NotFoundError):
        await get_asset_by_customer_id(session, CUSTOMER + 1, statement.id)


async def test_a_pay_statement_is_found_again_by_its_customer_alone(session: AsyncSession, sandbox: Sandbox) -> None:
    every = bytes(range(256)) * 100
    stored = await store_customer_pay_statement(session, CUSTOMER, "lastPayPeriod", every)
    other = await store_customer_pay_statement(session, CUSTOMER, "lastPayPeriod", b"other")
    assert await get_asset_by_customer_id(session, CUSTOMER, stored.asset_id) == every
    assert await get_asset_by_customer_id(session, CUSTOMER, other.asset_id) == b"other"
    with pytest.raises(NotFoundError):
        await get_asset_by_customer_id(session, CUSTOMER + 1, stored.asset_id)
    with pytest.raises(NotFoundError):
        await store_customer_pay_statement(session, 42, "lastPayPeriod", every)


async def test_a_snapshot_holds_the_pay_statements(session: AsyncSession, sandbox: Sandbox) -> None:
    before = sandbox.snapshot()
    stored = await store_customer_pay_statement(session, CUSTOMER, "lastPayPeriod", b"%PDF-1.7")
    after = sandbox.snapshot()
    sandbox.reset(before)
    with pytest.raises(NotFoundError):
        await get_asset_by_customer_id(session, CUSTOMER, stored.asset_id)
    sandbox.reset(after)
    assert await get_asset_by_customer_id(session, CUSTOMER, stored.asset_id) == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("label", "statement", "code"), [("", "JVBE", "10005"), ("a", "", "10005"), ("a", "*", "14020")]
)
async def test_the_sandbox_refuses_what_is_no_pay_statement(
    session: AsyncSession, label: str, statement: str, code: str
) -> None:
    body = PayStatement(label=label, statement=statement)
    with pytest.raises(BadRequestError) as caught:
        await session.send(STORE_CUSTOMER_PAY_STATEMENT.request(customerId=CUSTOMER, body=body))
    assert caught.value.code == code


async def test_an_answer_without_a_file_is_no_statement() -> None:
    async with RawServer(http(204), http(202, b"soon")) as server, session_on(server) as session:
        for _ in range(2):
            with pytest.raises(PayloadError):
                await get_customer_account_statement(session, 1, 2)
        assert {call.headers["accept"] for call in server.calls} == {"application/octet-stream"}


async def test_a_file_of_any_bytes_comes_as_it_is() -> None:
    every = bytes(range(256)) * 100
    async with RawServer(http(200, every)) as server, session_on(server) as session:
        assert await get_asset_by_customer_id(session, 1, "a-1") == every


async def test_a_report_says_what_it_is_made_of_and_shows_no_ssn(session: AsyncSession) -> None:
    field = ReportCustomField(label="loanID", value="1", shown=True)
    body = StatementReportConstraints(
        statement_report_data=StatementData(account_id=ACCOUNT, statement_index=2), report_custom_fields=(field,)
    )
    report = await generate_statement_report(session, CUSTOMER, body)
    assert (report.status, report.constraints, report.consumer_ssn) == ("inProgress", body, "9999")
    assert "9999" not in repr(report) + repr(ConsumerDetails(ssn="9999"))
