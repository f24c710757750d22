"""The parameters of every function, and the statuses of every row, are those of the vendor's document."""

import inspect
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest

from tests.vendor.document import resolved_facts
from tests.vendor.names import snake_case
from tests.vendor.rows import Row, rows

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str, date),
    "integer": (int, datetime),
    "number": (Decimal,),
    "boolean": (bool,),
    "array": (str,),  # beside a sequence
}
"""Declared type -> types of which a parameter has at least one."""
MFA = "203 asks a question of the user, which no function can answer"
ALSO_200 = "a 200 in place of the declared status carries the same reply"
EMPTY = "the vendor answers an empty list with 204, though the document has no 204"
DELIBERATE = {
    "GET_CUSTOMER_ACCOUNTS": EMPTY,
    "GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION": EMPTY,
    "GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN": EMPTY,
    "GET_CUSTOMERS": EMPTY,
    "GET_ALL_CUSTOMER_TRANSACTIONS": EMPTY,
    "GET_CUSTOMER_ACCOUNT_TRANSACTIONS": EMPTY,
    "GET_ACCOUNT_OWNER": MFA,
    "LOAD_HISTORIC_TRANSACTIONS_FOR_CUSTOMER_ACCOUNT": MFA,
    "GENERATE_FCRA_PAYMENT_SUCCESS_INDICATORS": ALSO_200,
    "GENERATE_PAYMENT_SUCCESS_INDICATORS": ALSO_200,
    "POST_INSTITUTIONS_INSTITUTION_ID_OAUTH_URLS": ALSO_200,
    "POST_INSTITUTIONS_INSTITUTION_ID_LOGIN_FORMS": ALSO_200,
}
"""Rows whose statuses are deliberately others than the declared ones, and why."""
each_row = pytest.mark.parametrize("row", rows(), ids=repr)


def parts(annotation: Any) -> set[Any]:
    return {*get_args(annotation)} or {annotation}


@each_row
def test_every_parameter_has_the_declared_place_and_type(row: Row) -> None:
    parameters = inspect.signature(vars(row.module)[row.constant.lower()]).parameters
    for said in row.facts.get("parameters", ()):
        one = parameters[snake_case(said["name"])]
        kinds = parts(one.annotation)
        assert kinds & {*TYPES[resolved_facts(said["schema"])["type"]]}, one
        is_required = said.get("required", False)
        assert (one.default is one.empty) == is_required == (type(None) not in kinds), one
        assert one.kind == (one.POSITIONAL_OR_KEYWORD if is_required else one.KEYWORD_ONLY), one


@each_row
def test_a_row_takes_the_declared_statuses_for_success(row: Row) -> None:
    declared = {int(status) for status in row.facts["responses"] if status.startswith("2")}
    taken = {*(row.operation.statuses or declared - {203})}
    if row.operation.empty is not None:
        taken.add(204)
    assert (taken != declared) == (row.constant in DELIBERATE), (taken, declared)


def test_every_deliberate_deviation_is_of_a_row() -> None:
    assert {row.constant for row in rows()} >= DELIBERATE.keys()
