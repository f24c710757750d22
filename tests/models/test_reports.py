"""What every report has are members, and its contents are one JSON text that its type tells how to read."""

import importlib
import pickle
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from finicity_async.models import Record
from finicity_async.models._reports import ReportAck
from finicity_async.models.bank_statements import StatementReport
from finicity_async.models.income_reports import VOIReport
from finicity_async.models.reports import REPORT_BODIES, Report, report_body

INCOME: dict[str, Any] = {
    "id": "r-voi",
    "customerId": "1005061234",
    "consumerSsn": "9999",
    "type": "voi",
    "status": "success",
    "days": 180,
    "income": [{"averageMonthlyIncomeNet": 1.5}],
    "unheardOf": {"a": 1},
}


def encoded(**changes: object) -> bytes:
    """Return the vendor's JSON of a report."""
    return msgspec.json.encode(INCOME | changes)


@pytest.fixture(params=["in one pass", "with care"])
def report(request: pytest.FixtureRequest) -> Report:
    """A report on income, whose ID of the customer fits at once or only with care."""
    return Report.from_json(encoded(customerId=1005061234 if request.param == "in one pass" else "1005061234.0"))


def test_the_members_of_every_report_stand_beside_its_contents(report: Report) -> None:
    assert isinstance(report, ReportAck)
    assert (report.id, report.status, report.customer_id) == ("r-voi", "success", 1005061234)
    assert isinstance(report.body, VOIReport)
    assert (report.body.days, report.body.income[0].average_monthly_income_net) == (180, Decimal("1.5"))
    assert report.body_json == b'{"days":180,"income":[{"averageMonthlyIncomeNet":1.5}],"unheardOf":{"a":1}}'
    assert report.invalid_values == {}


def test_amounts_are_exact() -> None:
    report = Report.from_json(encoded().replace(b"1.5", b"110475.70"))
    assert isinstance(report.body, VOIReport)
    assert str(report.body.income[0].average_monthly_income_net) == "110475.70"


def test_a_report_survives_json_pickle_and_dict(report: Report) -> None:
    assert Report.from_json(msgspec.json.encode(report)) == report
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301 -- our own bytes
    assert Report.from_dict(report.to_dict()).body == report.body
    assert Report.from_dict({"id": "r", "type": "voi", "body": report.body}).body == report.body
    assert Report.from_dict(INCOME).body == report.body


def test_repr_shows_the_contents_and_no_social_security_number(report: Report) -> None:
    assert "body=VOIReport(" in repr(report)
    assert "9999" not in repr(report)


def test_an_unknown_type_keeps_the_text_of_the_contents_and_everything_else() -> None:
    report = Report.from_json(encoded(type="novel"))
    assert (report.id, report.type, report.body) == ("r-voi", "novel", None)
    assert report.to_dict()["body"]["income"] == [{"averageMonthlyIncomeNet": Decimal("1.5")}]
    assert Report.from_dict(report.to_dict()).body_json == report.body_json
    assert report.invalid_values == {}


def test_contents_that_do_not_fit_are_set_aside_under_the_vendors_paths() -> None:
    report = Report.from_json(encoded(days="many", errors=5))
    assert isinstance(report.body, VOIReport)
    assert (report.body.days, len(report.body.income), report.status) == (None, 1, "success")
    assert report.invalid_values == {"$.days": "many", "$.errors": 5}
    again = Report.from_dict(report.to_dict())
    assert again.invalid_values == report.invalid_values


def test_a_number_of_an_unknown_type_that_is_too_long_for_python_stays_json_text() -> None:
    sent = f"1{'0' * 5000}"
    report = Report.from_json(f'{{"id":"r","type":"novel","sum":1.50,"odd":{sent}}}'.encode())
    assert report.to_dict()["body"] == {"sum": Decimal("1.50"), "odd": sent}
    assert Report.from_dict(report.to_dict()).id == "r"


def test_contents_of_an_unknown_type_that_are_no_object_stay_as_they_came() -> None:
    assert Report.from_json(b'{"id":"r","type":"novel","$body":7}').to_dict()["body"] == 7


@pytest.mark.parametrize("text", [b'{"id":"r","type":"voi","$body":7}', b'{"id":"r","type":"voi","$body":null}'])
def test_a_text_under_our_own_name_that_is_no_object_gives_no_contents(text: bytes) -> None:
    assert Report.from_json(text).body is None


def test_a_report_that_is_being_made_has_no_contents() -> None:
    report = Report.from_json(b'{"id": "r", "status": "inProgress", "type": "statement"}')
    assert (report.body, report.body_json, report.to_dict()["body"]) == (None, b"", None)


def test_a_statement_report_names_the_statement() -> None:
    report = Report.from_json(b'{"id": "r", "status": "success", "type": "statement", "assetId": "a-1"}')
    assert report.body == StatementReport(asset_id="a-1")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (["1", "2"], ("1", "2")),
        ("1 2", ("1", "2")),
        ([1, 2], ("1", "2")),
        (["1", None, {"id": 2}, [3], "4 5"], ("1", "4", "5")),
        (7, ()),
        ({}, ()),
        (None, ()),
    ],
)
def test_the_accounts_of_a_report_come_as_a_list_or_as_one_text(sent: object, read: tuple[str, ...]) -> None:
    report = Report.from_json(encoded(constraints={"accountIds": sent, "fromDate": 1780272000}))
    assert report.constraints is not None
    assert report.constraints.account_ids == read


@pytest.mark.parametrize("sent", [f"1{'0' * 5000}", "[[[7]]]", '{"a":"\\ud800"}'])
def test_an_account_of_a_report_that_cannot_be_read_costs_nothing_else(sent: str) -> None:
    report = Report.from_json(f'{{"id":"r","constraints":{{"reportId":"r-0","accountIds":["1",{sent}]}}}}'.encode())
    assert report.constraints is not None
    assert (report.constraints.account_ids, report.constraints.report_id) == (("1",), "r-0")
    assert report.to_dict()["constraints"]["account_ids"] == ["1"]


def test_every_type_in_the_table_names_a_record() -> None:
    for kind, place in REPORT_BODIES.items():
        module, _, name = place.partition(":")
        found = getattr(importlib.import_module(f"finicity_async.models.{module}"), name)
        assert issubclass(found, Record), kind
        assert report_body(kind) is found
    assert report_body(None) is None
