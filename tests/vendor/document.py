"""
Access to the facts, and an OpenAPI document rebuilt from them for the tools that read one.

``python -m tests.vendor.document`` prints the rebuilt document as JSON; operationIds limit it to what they need.
"""

import json
import sys
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

Node = dict[str, Any]
Document = Node

_ANSWERED = """GetCustomerAccount GetCustomerAccounts GetCustomerAccountsByInstitution
    GetCustomerAccountsByInstitutionLogin RefreshCustomerAccounts RefreshCustomerAccountsV2
    RefreshCustomerAccountsByInstitutionLogin RefreshCustomerAccountsByInstitutionLoginV2 DeleteCustomerAccount
    DeleteCustomerAccountsByInstitutionLogin CreateToken ModifyPartnerSecret AddTestingCustomer AddCustomer GetCustomers
    GetCustomer GetCustomerWithAppData ModifyCustomer DeleteCustomer CreateConsumer GetConsumerForCustomer GetConsumer
    ModifyConsumer GenerateConnectUrl GenerateLiteConnectUrl GenerateFixConnectUrl SendConnectEmail
    GenerateJointBorrowerConnectUrl SendJointBorrowerConnectEmail
    GetInstitutions GetCertifiedInstitutions GetCertifiedInstitutionsWithRSSD GetInstitution
    GetInstitutionBranding GetInstitutionsByRoutingNumber GetCustomerAccountsSimple GetCustomerAccountSimple
    GetCustomerAccountsByInstitutionSimple GetCustomerAccountsByInstitutionLoginSimple getCustomerAuthorizationDetails
    GetDataSharingConsentsByCustomerId GetDataSharingConsentsByID RevokeDataSharingConsentById
    RevokeDataSharingConsentByInstitutionLoginID"""
OPERATIONS = frozenset(_ANSWERED.split())
"""Operations that the sandbox implements with the vendor's rules; their responses are checked against the document."""


@cache
def facts(name: str) -> Node:
    """
    Return the facts of one file. The result is cached, so do not modify it.

    Args:
        name: ``"operations"`` or ``"schemas"``.
    """
    found: Node = json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    return found


def operation_facts() -> Node:
    """Return the facts of all operations by operationId, in the order of the document."""
    found: Node = facts("operations")["operations"]
    return found


def schema_facts() -> Node:
    """Return the facts of all schemas by name, in the order of the document."""
    found: Node = facts("schemas")["schemas"]
    return found


def resolved_facts(node: Node) -> Node:
    """Follow the references of a node to the facts of a schema."""
    while "$ref" in node:
        node = schema_facts()[node["$ref"]]
    return node


def body_of(facts: Node) -> Node | None:
    """Return the schema of an operation's body; None if it takes no body, or only null."""
    (schema,) = facts["body"]["content"].values() if "body" in facts else (None,)
    return None if schema is None or schema.get("nullable") else schema


def reply_of(facts: Node) -> dict[str, Node]:
    """Return the schemas of an operation's first 2xx response by media type; empty if it has no body."""
    found: dict[str, Node] = next(said for status, said in facts["responses"].items() if status[0] == "2")
    return found


def parameters_of(facts: Node, *places: str, required: bool = False) -> list[str]:
    """Return the names of an operation's parameters by place: ``"path"``, ``"query"`` or ``"header"``."""
    declared = [one for one in facts.get("parameters", ()) if one["in"] in places]
    return [one["name"] for one in declared if one.get("required") or not required]


def document(wanted: Collection[str] | None = None) -> Document:
    """
    Return a new, valid OpenAPI document.

    Args:
        wanted: The operationIds to include, None for all. Schemas that they do not need are left out.
    """
    general = facts("operations")
    paths: Node = {}
    for name, said in operation_facts().items():
        if wanted is None or name in wanted:
            paths.setdefault(said["path"], {})[said["method"].lower()] = _operation(name, said)
    return {
        "openapi": "3.0.3",
        "info": {"title": "Open Finance", "version": general["version"]},
        "security": general["security"],
        "paths": paths,
        "components": {"securitySchemes": general["securitySchemes"], "schemas": _schemas_for(paths)},
    }


def excerpt() -> Document:
    """Return a document with the operations that the sandbox implements."""
    return document(OPERATIONS)


def amended(document: Document) -> Document:
    """Correct the errors of a document that make strict clients reject what the vendor sends."""
    schemas = document["components"]["schemas"]
    # Declared as an object, but every example is a number or a string.
    for name in {"ErrorMessage", "ConsentErrorMessage"} & schemas.keys():
        schemas[name]["properties"]["code"] = {"oneOf": [{"type": "integer"}, {"type": "string"}]}
    # Required, but not among the properties.
    for name in {"DataSharingConsentReceipt"} & schemas.keys():
        schemas[name]["properties"]["partnerId"] = {"type": "string"}
    for name in {"AvailableEvent", "FieldError"} & schemas.keys():
        schemas[name]["required"] = [one for one in schemas[name]["required"] if one in schemas[name]["properties"]]
    # Declared as texts, but institutions with accounts in the examples.
    for name in {"PayStatementForVoie"} & schemas.keys():
        schemas[name]["properties"]["institutions"]["items"] = {"type": "object"}
    # Required in another spelling than among the properties.
    for name in {"AccountOwnerDetails", "AccountOwnerVerificationMatchingDetails"} & schemas.keys():
        others = [one for one in schemas[name]["required"] if one != "nameClassificationConfidenceScore"]
        schemas[name]["required"] = [*others, "nameClassificationconfidencescore"]
    # Amounts with decimal places, declared as whole numbers.
    for name in {"Transaction"} & schemas.keys():
        for amount in ("commissionAmount", "taxesAmount", "unitQuantity"):
            schemas[name]["properties"][amount] = {"type": "number"}
    # Bounds at the limits of a double, which openapi-generator reads as infinite and cannot write.
    for name in {"TransactionPayload", "EnrichedTransaction"} & schemas.keys():
        for amount in ("amount", "transactionFee"):
            schemas[name]["properties"][amount] = {"type": "number", "format": "double"}
    schemas["CustomerAccount"]["properties"]["accountNickname"] = {"type": "string"}
    return document


def operations(document: Document) -> Iterator[tuple[str, str, str, Node]]:
    """Yield operationId, method, path and definition of each operation."""
    for path, item in document["paths"].items():
        for method, said in item.items():
            yield said["operationId"], method, path, said


def resolved(document: Document, node: Node) -> Node:
    """Follow the reference of a node within a document."""
    if "$ref" not in node:
        return node
    found: Node = document["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    return found


def _operation(name: str, said: Node) -> Node:
    codes = said.get("codes", {})
    found: Node = {"operationId": name, "tags": [said["tag"]]}
    found |= {member: said[member] for member in ("deprecated", "security") if member in said}
    if "parameters" in said:
        found["parameters"] = [one | {"schema": document_schema(one["schema"])} for one in said["parameters"]]
    if "body" in said:
        found["requestBody"] = {"required": said["body"]["required"], "content": _content(said["body"]["content"])}
    found["responses"] = {
        status: {"description": "", "x-codes": codes.get(status, [])}
        | ({"content": _content(content)} if content else {})
        for status, content in said["responses"].items()
    }
    return found


def _content(said: Node) -> Node:
    return {media: {"schema": document_schema(schema)} for media, schema in said.items()}


def document_schema(node: Any) -> Any:
    """Copy a schema, with its references spelled as in a document."""
    if isinstance(node, list):
        return [document_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": f"#/components/schemas/{node['$ref']}"}
    return {name: document_schema(one) for name, one in node.items()}


def _schemas_for(paths: Node) -> Node:
    """Return the schemas that operations need, in the order of the document."""
    schemas = {name: document_schema(said) for name, said in schema_facts().items()}
    needed: set[str] = set()
    left = list(_references(paths))
    while left:
        name = left.pop()
        if name not in needed:
            needed.add(name)
            left += _references(schemas[name])
    return {name: schema for name, schema in schemas.items() if name in needed}


def _references(node: Any) -> Iterator[str]:
    """Yield the names of the schemas that a part of a document refers to."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rpartition("/")[2]
        node = list(node.values())
    for one in node if isinstance(node, list) else ():
        yield from _references(one)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a document with the operations given on the command line, or with all."""
    wanted = sys.argv[1:] if arguments is None else arguments
    print(json.dumps(document(wanted or None)))  # noqa: T201 -- a command prints


if __name__ == "__main__":
    main()
