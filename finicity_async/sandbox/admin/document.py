"""The OpenAPI document of the admin interface, made of the table and of the types that its handlers declare."""

from collections.abc import Iterable, Iterator
from inspect import getdoc
from types import NoneType
from typing import Any

import msgspec

from finicity_async._version import __version__
from finicity_async.sandbox.admin import PREFIX
from finicity_async.sandbox.admin.models import Problem
from finicity_async.sandbox.admin.rows import Row

_Object = dict[str, Any]


class _Schemas:
    """
    JSON Schemas of types.

    Attributes:
        components: The schemas that others refer to, by name.
    """

    def __init__(self) -> None:
        self.components: _Object = {}

    def of(self, hint: Any) -> _Object:
        """Return the schema of a type."""
        (schema,), components = msgspec.json.schema_components([hint], ref_template="#/components/schemas/{name}")
        self.components |= components
        return schema

    def content(self, hint: Any) -> _Object:
        """Return the content of a body of a type."""
        return {"application/json": {"schema": self.of(hint)}}


def make_document(rows: Iterable[Row], url: str) -> _Object:
    """
    Return the document.

    Args:
        rows: The table.
        url: Where the sandbox listens.
    """
    schemas = _Schemas()
    paths: _Object = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sandbox of finicity-async", "version": __version__},
        "servers": [{"url": f"{url}{PREFIX}"}],
        "paths": paths,
        "components": {"schemas": schemas.components},
    }


def _operation(row: Row, schemas: _Schemas) -> _Object:
    reply = row.types["return"]
    answer = {"description": "Done"} if reply is NoneType else {"description": "OK", "content": schemas.content(reply)}
    problem = {"description": "Refused", "content": schemas.content(Problem)}
    operation: _Object = {
        "operationId": row.handler.__name__,
        "summary": getdoc(row.handler),
        "tags": [row.tag],
        "parameters": [*_placeholders(row, schemas), *_query(row, schemas)],
        "responses": {str(row.status): answer, "default": problem},
    }
    if "body" in row.types:
        operation["requestBody"] = {"required": True, "content": schemas.content(row.types["body"])}
    return operation


def _placeholders(row: Row, schemas: _Schemas) -> Iterator[_Object]:
    for name in row.placeholders:
        yield {"name": name, "in": "path", "required": True, "schema": schemas.of(row.types[name])}


def _query(row: Row, schemas: _Schemas) -> Iterator[_Object]:
    """Yield the members of the handler's query, which become no schema of their own."""
    for field in msgspec.structs.fields(row.types["query"]) if "query" in row.types else ():
        default = {} if field.default in (None, msgspec.NODEFAULT) else {"default": field.default}
        yield {"name": field.encode_name, "in": "query", "schema": schemas.of(field.type) | default}
