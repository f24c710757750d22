"""A row of the table of the admin interface: a path, and a handler whose signature says what comes in and goes out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import isawaitable
from typing import Any, get_type_hints
from urllib.parse import unquote

import msgspec

from finicity_async.sandbox.admin.control import Control


@dataclass(frozen=True)
class Row:
    """
    One operation of the admin interface.

    Attributes:
        method: HTTP method.
        path: The path after the prefix, with placeholders.
        handler: Carries it out. Its parameters ``query`` and ``body`` are what comes in, the others the placeholders;
            its name is the operationId, its docstring the summary.
        tag: The group in the document.
        status: HTTP status of a success.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    tag: str
    status: int = 200

    @cached_property
    def types(self) -> Mapping[str, Any]:
        """The types of the handler's parameters and of its result."""
        hints = get_type_hints(self.handler, include_extras=True)
        return {name: hint for name, hint in hints.items() if name != "control"}

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names of the placeholders in the path."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))

    def match(self, path: str) -> Mapping[str, str] | None:
        """Return the values of the placeholders when a quoted path fits, None when it does not."""
        found = self._pattern.fullmatch(path)
        return found and {name: unquote(value) for name, value in found.groupdict().items()}

    async def run(self, control: Control, values: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Any:
        """
        Read what came in, and carry it out.

        Args:
            control: The sandbox.
            values: The values of the placeholders.
            query: The parameters of the query.
            body: The body.

        Raises:
            msgspec.MsgspecError: What came in is not of the handler's types.
            ValueError: A value is none that is possible.
            ProblemError: The handler refuses it.
        """
        given: dict[str, Any] = {
            name: msgspec.convert(value, self.types[name], strict=False) for name, value in values.items()
        }
        if "query" in self.types:
            given["query"] = msgspec.convert(query, self.types["query"], strict=False)
        if "body" in self.types:
            given["body"] = msgspec.json.decode(body, type=self.types["body"])
        result = self.handler(control, **given)
        return await result if isawaitable(result) else result
