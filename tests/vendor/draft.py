"""
Draft an operation: ``python -m tests.vendor.draft GetCustomerAccountsSimple``.

Prints the Structs, the row and the function that the vendor's document calls for, in house style. Paste them into the
files named in the output, run ``ruff check --fix`` and ``ruff format``, and replace every TODO. A draft is made once;
from then on the code is maintained by hand. Structs that the package already has are imported.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.vendor.document import Node, body_of, facts, operation_facts, parameters_of, reply_of, resolved_facts
from tests.vendor.drafted_structs import TODO, Structs, annotation
from tests.vendor.names import pascal_case, snake_case

_WIDTH = 120
_JSON = "application/json"
_ERRORS = {
    "400": "BadRequestError",
    "403": "PermissionDeniedError",
    "404": "NotFoundError",
    "409": "ConflictError",
    "429": "RateLimitError",
}
_ID = 'Vendor ID, text or number, for example ``"1005061234"``.'


@dataclass(frozen=True)
class Draft:
    """
    The drafted code of one operation.

    Attributes:
        module: Name of the module in ``endpoints/`` and ``models/``.
        models: Source for ``models/``; empty if the package has every Struct already.
        endpoint: Source for ``endpoints/``.
        change: Line for CHANGELOG.md.
    """

    module: str
    models: str
    endpoint: str
    change: str

    def __str__(self) -> str:
        models = f"# finicity_async/models/{self.module}.py\n\n{self.models}\n\n" if self.models else ""
        endpoint = f"# finicity_async/endpoints/{self.module}.py\n\n{self.endpoint}"
        return f"{models}{endpoint}\n\n# CHANGELOG.md\n\n{self.change}\n"


@dataclass(frozen=True)
class _Argument:
    """
    One parameter of the drafted function.

    Attributes:
        name: Name in Python.
        kind: Annotation.
        text: Description for the docstring.
        sent: The vendor's name.
        needed: True if required.
    """

    name: str
    kind: str
    text: str
    sent: str
    needed: bool

    @property
    def declaration(self) -> str:
        return f"{self.name}: {self.kind}" if self.needed else f"{self.name}: {self.kind} | None = None"

    @property
    def value(self) -> str:
        return f"{self.sent}={self.name}" if self.sent.isidentifier() else f'**{{"{self.sent}": {self.name}}}'


def draft(operation_id: str) -> Draft:
    """Return the draft of an operation."""
    said = operation_facts()[operation_id]
    body, replies = body_of(said), reply_of(said)
    reply = replies.get(_JSON)
    name = pascal_case(operation_id)
    structs = Structs(body, reply, name)
    module = snake_case(said["tag"])
    body_type = annotation(body, f"{name}Body") if body else None
    reply_type = annotation(reply, f"{name}Response") if reply else "bytes" if replies else "None"
    arguments = list(_arguments(said, body_type))
    used = re.findall(r"\w+", f"{body_type} {reply_type}")
    modules = structs.modules(f"finicity_async.models.{module}")
    parts = [
        _imports(arguments, {kind: modules[kind] for kind in used if kind in modules}),
        _row(operation_id, said, body_type, reply_type),
        _function(operation_id, said, arguments, reply_type),
    ]
    change = f"- `finicity_async.endpoints.{module}.{snake_case(operation_id)}`. {TODO}"
    return Draft(module, structs.text(), "\n\n".join(parts) + "\n", change)


def _arguments(said: Node, body_type: str | None) -> Iterator[_Argument]:
    """Yield the required parameters, the body, then the optional parameters."""
    found = [_argument(one) for one in said.get("parameters", ())]
    yield from (one for one in found if one.needed)
    if body_type:
        yield _Argument("body", body_type, TODO, "body", needed=True)
    yield from (one for one in found if not one.needed)


def _argument(parameter: Node) -> _Argument:
    name, schema = parameter["name"], resolved_facts(parameter["schema"])
    kind = {"integer": "int", "number": "Decimal", "boolean": "bool"}.get(schema["type"], "str")
    text = TODO
    if parameter["in"] == "path":
        kind, text = "Id", _ID
    elif schema.get("format") == "int64" and "date" in name.lower():
        kind, text = "datetime | int", f"{TODO} An aware datetime or Unix seconds."
    return _Argument(snake_case(name), kind, text, name, needed=parameter.get("required", False))


def _imports(arguments: Sequence[_Argument], structs: dict[str, str]) -> str:
    kinds = {kind for one in arguments for kind in one.kind.split(" | ")}
    lines = ["from datetime import datetime"] if "datetime" in kinds else []
    lines += ["from decimal import Decimal"] if "Decimal" in kinds else []
    lines += [f"from {module} import {name}" for name, module in structs.items()]
    lines.append(f"from finicity_async.operation import {'Id, ' if 'Id' in kinds else ''}Operation")
    return "\n".join([*lines, "from finicity_async.session import AsyncSession"])


def _row(operation_id: str, said: Node, body_type: str | None, reply_type: str) -> str:
    entries = [f'"{operation_id}"', f'"{said["method"]}"', f'"{said["path"]}"', reply_type]
    for option, place in (("query", "query"), ("headers", "header")):
        names = [f'"{name}"' for name in parameters_of(said, place)]
        entries += [f"{option}=({', '.join(names)}{',' * (len(names) == 1)})"] if names else []
    media = next(iter(reply_of(said)), _JSON)
    entries += [f'accept="{media}"'] if media != _JSON else []
    entries += [f"body_type={body_type}"] if body_type else []
    entries += ["token=False"] if said.get("security") == [{"FinicityAppKey": []}] else []
    return f"{snake_case(operation_id).upper()} = {_call('Operation', entries)}"


def _function(operation_id: str, said: Node, arguments: Sequence[_Argument], reply_type: str) -> str:
    name = snake_case(operation_id)
    optional = [one.declaration for one in arguments if not one.needed]
    declared = ["session: AsyncSession", *(one.declaration for one in arguments if one.needed)]
    head = _call(f"\nasync def {name}", declared + (["*", *optional] if optional else []))
    request = _call(f"{name.upper()}.request", [one.value for one in arguments], indent=4)
    sent = f"await session.send({request})"
    return "\n".join(
        [
            f"{head} -> {reply_type}:",
            *_docstring(operation_id, said, arguments, reply_type),
            f"    {sent}" if reply_type == "None" else f"    return {sent}",
        ]
    )


def _docstring(operation_id: str, said: Node, arguments: Sequence[_Argument], reply_type: str) -> Iterator[str]:
    yield f'    """\n    {TODO}'
    if arguments:
        yield "\n    Args:"
        yield from (f"        {one.name}: {one.text}" for one in arguments)
    if reply_type != "None":
        yield f"\n    Returns:\n        {TODO}"
    if errors := [_ERRORS[status] for status in said["responses"] if status in _ERRORS]:
        yield "\n    Raises:"
        yield from (f"        {error}: {TODO}" for error in errors)
    source = f"    Source: {said['method']} {said['path']},"
    rest = f"{operation_id}, spec {facts('operations')['version']}."
    fits = len(f"{source} {rest}") <= _WIDTH
    yield f"\n{source} {rest}" if fits else f"\n{source}\n    {rest}"
    yield '    """'


def _call(name: str, entries: Sequence[str], indent: int = 0) -> str:
    """Return a call on one line if it fits, else with one argument per line."""
    line = f"{name}({', '.join(entries)})"
    if indent + len(line) <= _WIDTH - 30:
        return line
    pad = "\n" + " " * indent
    return f"{name}(" + "".join(f"{pad}    {entry}," for entry in entries) + f"{pad})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print drafts of the operations given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("operation", nargs="+", choices=list(operation_facts()), metavar="operationId")
    for operation_id in parser.parse_args(arguments).operation:
        print(draft(operation_id))  # noqa: T201 -- a command prints


if __name__ == "__main__":
    main()
