"""The list of deviations from the vendor's document is complete, and each entry deviates today."""

from collections.abc import Iterator
from functools import cache

import msgspec

from finicity_async.models import ErrorMessage, Record
from finicity_async.models._rows import Rows, _field_of
from finicity_async.models.analytics_reports import AnalyticsReportsAccount
from finicity_async.models.reports import REPORT_BODIES, report_body
from tests.vendor import deviations
from tests.vendor.comparing import fields_of, read_otherwise, structs_of, undeclared
from tests.vendor.deviations import NOT_REQUIRED, OTHER_TYPES, REQUIRED
from tests.vendor.document import Node, body_of, reply_of, resolved_facts
from tests.vendor.rows import rows
from tests.vendor.schemas import required_of
from tests.vendor.test_report_bodies import ACCOUNTS

Pairs = list[tuple[type[msgspec.Struct], Node]]


@cache
def sent() -> Pairs:
    """Return each Struct of a request's body with its schema."""
    declared = [(row.operation.body_type, body_of(row.facts)) for row in rows()]
    return [pair for kind, schema in declared if schema for pair in structs_of(kind, schema)]


@cache
def read() -> Pairs:
    """Return each Struct of a response's body with its schema."""
    declared = [(row.operation.reply_type, reply_of(row.facts).get("application/json")) for row in rows()]
    return [pair for kind, schema in declared if schema for pair in structs_of(kind, schema)]


def in_reports() -> Iterator[tuple[type[msgspec.Struct], Node]]:
    """Yield each Struct that the document has, but only the type of a report leads to, and that of an error."""
    bodies = {body for kind in REPORT_BODIES if (body := report_body(kind))}
    models: set[type[Record]] = {*bodies, *ACCOUNTS.values(), AnalyticsReportsAccount, ErrorMessage}
    for model in models:
        yield from structs_of(model, {"$ref": model.__name__})


def test_every_member_that_is_read_as_another_type_is_listed() -> None:
    pairs = [*sent(), *read(), *in_reports()]
    assert dict(found for struct, node in pairs for found in read_otherwise(struct, node)) == OTHER_TYPES


def test_a_field_whose_docstring_calls_it_undeclared_is_so_somewhere() -> None:
    pairs = [*sent(), *read(), *in_reports()]
    said = {name for struct, node in pairs for name, _ in undeclared(struct, node)}
    true = {name for struct, node in pairs for name, is_true in undeclared(struct, node) if is_true}
    assert said == true


def test_a_response_requires_its_ids_and_lists_and_what_is_listed() -> None:
    models = {struct for struct, _ in sent()}
    pairs = [(struct, node) for struct, node in read() if struct not in models]
    fields = [(struct, node, field) for struct, node in pairs for field in fields_of(struct)]
    required = {f"{struct.__name__}.{field.encode_name}" for struct, _, field in fields if field.required}
    usual = {
        f"{struct.__name__}.{field.encode_name}"
        for struct, node, field in fields
        if field.encode_name == "id" or (issubclass(struct, Rows) and field.name == _field_of(struct))
        if field.encode_name in required_of(node)
    }
    assert required - usual == REQUIRED
    assert usual - required == NOT_REQUIRED


def test_a_reply_of_one_of_several_types_is_listed() -> None:
    replies = [(row, resolved_facts(reply_of(row.facts).get("application/json", {}))) for row in rows()]
    several = {row.constant: row.operation.reply_type for row, said in replies if {"anyOf", "oneOf"} & said.keys()}
    assert {name: getattr(kind, "__name__", "") for name, kind in several.items()} == deviations.SEVERAL


def test_every_entry_names_a_row_that_exists() -> None:
    constants = {row.constant for row in rows()}
    named = {
        *deviations.MEDIA_TYPES,
        *deviations.STATUSES,
        *deviations.BEYOND,
        *(row for row, _ in deviations.RAISED | deviations.NOT_RAISED),
    }
    assert named <= constants
    parameters = {f"{row.constant}.{said['name']}" for row in rows() for said in row.facts.get("parameters", ())}
    assert deviations.OTHER_PARAMETERS.keys() <= parameters
