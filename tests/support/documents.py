"""The blocks of code in the README and the pages of the site, and what each of them is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BELOW = re.compile(rf"\n*{_BLOCK.pattern}", _BLOCK.flags)
ENDLESS = ("finicity-async sandbox", "--dask")
"""What commands have that serve until they are stopped, or need a cluster, so that no test runs them."""

ENDING = " -- printenv"
"""A command that ends by itself, and its sandbox with it."""


class Block(NamedTuple):
    """A block of code, with what stands right below it."""

    page: str
    line: int
    language: str
    code: str
    below: str
    """The language of the next block, or nothing when there is text between the two."""
    output: str
    """The next block, with the same exception."""

    @property
    def place(self) -> str:
        """The page and the line of the block."""
        return f"{self.page}:{self.line}"

    @property
    def kind(self) -> str:
        """Which test runs the block; "unknown" for Python that none would run."""
        is_command = self.language == "sh" and self.code.startswith("finicity-async ")
        kinds = {
            "suite": self.language == "python" and self.below == "toml" and "def test_" in self.code,
            "program": self.language == "python" and self.below == "text",
            "service": self.language == "python" and not self.below and "\napp = " in self.code,
            "unknown": self.language == "python",
            "endless command": is_command and any(text in self.code for text in ENDLESS) and ENDING not in self.code,
            "command": is_command,
        }
        return next((kind for kind, is_it in kinds.items() if is_it), "other")


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page from top to bottom."""
    text, name = page.read_text(encoding="utf-8"), page.relative_to(ROOT).as_posix()
    for match in _BLOCK.finditer(text):
        below = _BELOW.match(text, match.end())
        line = text.count("\n", 0, match.start()) + 1
        yield Block(name, line, *match.groups(), *(below.groups() if below else ("", "")))


BLOCKS = [block for page in PAGES for block in blocks_of(page)]


def service_of(page: str, framework: str) -> str:
    """Return the one service on a page that imports a framework. It is up to the caller to run it."""
    (code,) = (
        one.code for one in BLOCKS if (one.page, one.kind) == (page, "service") and f"from {framework}" in one.code
    )
    return code
