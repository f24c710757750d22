"""
Decode every example of the vendor's document: ``python -m tests.vendor.document_examples openbanking-us-1.42.0.yaml``.

The examples stay with the document, so this is a command. It prints how many examples decode, and each that does not,
and fails if one of them is not in `WITH_REASON`.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml

from finicity_async import FinicityError
from tests.vendor.make_facts import METHODS, Node
from tests.vendor.rows import rows

_OBJECT = "an object in place of the declared list"
_NUMBER = "a number in place of the declared text"
WITH_REASON: dict[str, str] = {
    "ConsumerWithSsnAndPhone": "lacks a member that the schema requires",
    "GenerateForesightAnalyticsNonCraReportRequestExample": _NUMBER,
    "PayStatementReportExample": _OBJECT,
    "PaymentEnablementBundleResponseWithError": "a date without a zone",
    "PrequalificationCRAReportExample": _OBJECT,
    "VOAReportExample": _OBJECT,
    "VOAWithIncomeReportExample": _OBJECT,
    "VOIEPayrollReportExample": _OBJECT,
    "VOIEPaystubReportExample": _OBJECT,
    "VOIEPaystubWithTXVerifyReportExample": _OBJECT,
    "VOIEWithStatementReportExample": "the members of a pay statement beside the list of them",
    "VOIReportExample": _OBJECT,
}
"""Name of an example -> why it does not decode."""


class Example(NamedTuple):
    """An example of a reply or a body: the operation, its name, the type it is read into, and its value."""

    operation_id: str
    name: str
    kind: Any
    value: Any


def examples_of(document: Node) -> Iterator[Example]:
    """Yield every example of a JSON body and of a JSON reply, in the order of the document."""
    types = {row.operation.operation_id: row.operation for row in rows()}
    for item in document["paths"].values():
        for said in (item[method] for method in METHODS if method in item):
            operation = types[said["operationId"]]
            contents = [(operation.body_type, said.get("requestBody", {}))]
            contents += [(operation.reply_type, one) for status, one in said["responses"].items() if status[0] == "2"]
            for kind, content in contents:
                media = _resolved(document, content).get("content", {}).get("application/json", {})
                for name, one in media.get("examples", {}).items():
                    yield Example(operation.operation_id, name, kind, _resolved(document, one)["value"])


def problems_of(example: Example) -> list[str]:
    """Return why an example does not decode, or which of its amounts changes."""
    body = json.dumps(example.value, default=str).encode()
    try:
        if not hasattr(example.kind, "from_json"):
            msgspec.json.decode(body, type=example.kind, strict=False)
            return []
        record = example.kind.from_json(body)
    except (FinicityError, msgspec.MsgspecError) as error:
        return [str(error)]
    found = [f"{path} does not fit" for path in record.invalid_values]
    return found + [
        f"{number} is not among its values" for number in _numbers(example.value) - _numbers(record.to_dict())
    ]


def _numbers(value: Any) -> set[Decimal]:
    """Return the fractions in a value, to the digit."""
    if isinstance(value, float | Decimal):
        return {Decimal(str(value)).normalize()}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return {number for one in inner for number in _numbers(one)}


def _resolved(document: Node, node: Node) -> Node:
    while "$ref" in node:
        _, _, section, name = node["$ref"].split("/")
        node = document["components"][section][name]
    return node


def main(arguments: Sequence[str] | None = None) -> int:
    """Decode the examples of the document given on the command line; return 1 if one fails without a reason."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document", type=Path, help="the vendor's OpenAPI document, YAML")
    document = yaml.load(parser.parse_args(arguments).document.read_bytes(), Loader=yaml.CSafeLoader)
    examples = list(examples_of(document))
    failed = [(one, problems) for one in examples if (problems := problems_of(one))]
    for one, problems in failed:
        print(f"{one.operation_id} {one.name}: {'; '.join(problems)} ({WITH_REASON.get(one.name, 'no reason')})")  # noqa: T201 -- a command prints
    print(f"{len(examples) - len(failed)} of {len(examples)} examples decode exactly")  # noqa: T201 -- a command prints
    return int(any(one.name not in WITH_REASON for one, _ in failed))


if __name__ == "__main__":
    raise SystemExit(main())
