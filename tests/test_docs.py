"""The documents say what is there: modules, files, names and links exist, and code blocks compile."""

import ast
import builtins
import importlib.util
import itertools
import keyword
import pydoc
import re
import shlex
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import finicity_async
from tests.test_package import LAYERS

ROOT = Path(__file__).parents[1]
PACKAGE = Path(finicity_async.__file__).parent
ARCHITECTURE = ROOT / "docs" / "architecture.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
VARIABLES = {"session": "AsyncSession", "sandbox": "Sandbox"}
"""What the documents call an object, and its class."""
LANGUAGES = {"json", "python", "sh", "text", "toml"}

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_QUOTED = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_NAME = re.compile(r"([A-Za-z_]\w*(?:\.\w+)*)(?:=[\w.\"]+|\(.*\))?")
_FILE = re.compile(r"[\w.<>*/-]+(?:/|\.(?:py|md|json|toml|yaml|txt))")
_HOUSE = re.compile(r"^( *)([\w<>]+(?:/|\.py))", re.MULTILINE)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=relative)


def prose_of(document: Path) -> str:
    return _BLOCK.sub("", document.read_text())


def blocks_of(document: Path, language: str) -> list[str]:
    return [code for found, code in _BLOCK.findall(document.read_text()) if found == language]


# The house


def listed_paths() -> list[Path]:
    """Return the files and folders that the house lists, relative to the package."""
    house = blocks_of(ARCHITECTURE, "text")[0]
    paths: list[Path] = []
    folders: list[str] = []
    for indent, name in _HOUSE.findall(house):
        folders[len(indent) // 2 :] = [name]
        paths.append(Path(*folders[1:]))
    return paths


def test_the_house_lists_exactly_the_modules_of_the_package() -> None:
    """On failure, correct the list under "The house" in docs/architecture.md."""
    listed = set(listed_paths()) - {Path()}
    tags = {path.name for path in PACKAGE.glob("endpoints/*.py")} - {"__init__.py"}
    by_tag = {path.with_name(tag) for path in listed if path.name == "<tag>.py" for tag in tags}
    modules = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")}
    modules = {path.parent if path.name == "__init__.py" and len(path.parts) > 1 else path for path in modules}
    expected = {path for path in listed if path.name != "<tag>.py"} | (by_tag & modules)
    assert sorted(map(str, modules - expected)) == []
    assert sorted(map(str, expected - modules)) == []


def test_the_house_is_listed_in_the_order_in_which_imports_point() -> None:
    top = [path for path in listed_paths() if len(path.parts) == 1]
    assert tuple(path.name.removesuffix(".py") for path in top) == LAYERS


# Links and names


def anchors_of(document: Path) -> set[str]:
    """Return the anchors that the usual renderers give to the headings of a document."""
    headings = _HEADING.findall(_BLOCK.sub("", document.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(link: str, document: Path) -> bool:
    """Return whether a link names a file or a heading that is there; addresses are not judged."""
    name, _, anchor = link.partition("#")
    target = (document.parent / name).resolve() if name else document
    is_address = link.startswith(("https://", "http://"))
    return is_address or (target.exists() and (not anchor or anchor in anchors_of(target)))


@each_document
def test_every_link_leads_to_a_file_or_a_heading(document: Path) -> None:
    assert [link for link in _LINK.findall(prose_of(document)) if not leads_somewhere(link, document)] == []


@each_document
def test_every_address_is_of_https(document: Path) -> None:
    addresses = [urlsplit(link) for link in _LINK.findall(prose_of(document)) if "://" in link]
    assert [
        one.geturl() for one in addresses if one.scheme != "https" or not one.hostname or "." not in one.hostname
    ] == []


@pytest.mark.parametrize("link", ["nothing.md", "#nothing", "../README.md#nothing"])
def test_a_link_that_leads_nowhere_is_found(link: str) -> None:
    assert not leads_somewhere(link, ARCHITECTURE)


@cache
def names() -> frozenset[str]:
    """Return every name that the code of the project uses as its own: ``f``, ``C``, ``C.member``, ``option``."""
    found = {*dir(builtins), *keyword.kwlist}
    folders = ("benchmarks", "tests/support", "tests/vendor")
    checks = [ROOT / "noxfile.py", *(path for folder in folders for path in ROOT.glob(f"{folder}/*.py"))]
    for path in [*PACKAGE.rglob("*.py"), *checks]:
        found |= {path.stem, path.parent.name}
        for node in ast.walk(ast.parse(path.read_text())):
            found |= names_in(node)
            if isinstance(node, ast.ClassDef):
                found |= {f"{node.name}.{name}" for member in ast.walk(node) for name in names_in(member)}
    return frozenset(found)


def names_in(node: ast.AST) -> set[str]:
    """Return the name that a node of the syntax tree defines, imports or passes; a word in quotes counts too."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.arg(arg=str(name)) | ast.keyword(arg=str(name)):
            return {name}
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            return {name}
        case ast.alias(name=name) | ast.Constant(value=str(name)):
            return {name}
        case _:
            return set()


def is_file(name: str, document: Path) -> bool:
    """Return whether a path with ``<...>`` or ``*`` in it fits a file or folder of the project or the package."""
    pattern = re.sub(r"<\w+>", "*", name).rstrip("/")
    return any(any(folder.glob(pattern)) for folder in (ROOT, PACKAGE, document.parent))


def is_known(text: str, document: Path) -> bool:
    """Return whether what stands in backticks exists; what is neither file nor name, a command say, is not judged."""
    if _FILE.fullmatch(text):
        return text.startswith("/") or is_file(text, document)
    found = _NAME.fullmatch(text)
    if found is None:
        return True
    first, *others = found[1].split(".")
    name = f"{VARIABLES[first]}.{others[0]}" if first in VARIABLES and others else found[1]
    return name in names() or pydoc.locate(name) is not None


@each_document
def test_every_file_and_name_in_backticks_exists(document: Path) -> None:
    assert [text for text in _QUOTED.findall(prose_of(document)) if not is_known(text, document)] == []


@pytest.mark.parametrize(
    "text", ["endpoints/nothing.py", "AsyncSession.nothing", "session.nothing", "nothing_at_all()", "nothing_else=True"]
)
def test_a_name_that_does_not_exist_is_found(text: str) -> None:
    assert not is_known(text, ARCHITECTURE)


# Code


@each_document
def test_every_block_of_code_compiles(document: Path) -> None:
    for code in blocks_of(document, "python"):
        compile(code, relative(document), "exec", flags=ast.PyCF_ONLY_AST)
    for code in blocks_of(document, "toml"):
        tomllib.loads(code)
    for code in blocks_of(document, "sh"):
        subprocess.run(["sh", "-n", "-c", code], check=True)  # noqa: S603, S607 -- read, not run


@each_document
def test_every_block_says_its_language(document: Path) -> None:
    assert {language for language, _ in _BLOCK.findall(document.read_text())} <= LANGUAGES


def commands_of(document: Path) -> list[list[str]]:
    """Return the words of each command in the blocks of a document."""
    lines = [line for code in blocks_of(document, "sh") for line in code.splitlines()]
    return [shlex.split(command) for line in lines for command in line.split("&&")]


def what_is_missing(words: list[str]) -> list[str]:
    """Return what a command names and the project does not have: a module, a session of nox, a file of the tests."""
    sessions = {
        node.name for node in ast.parse((ROOT / "noxfile.py").read_text()).body if isinstance(node, ast.FunctionDef)
    }
    missing = [word for word in words if word.startswith("tests/") and not (ROOT / word).exists()]
    if words[:2] == ["python", "-m"] and importlib.util.find_spec(words[2]) is None:
        missing.append(words[2])
    if words[:2] == ["nox", "-s"]:
        named = itertools.takewhile(lambda word: word != "--", words[2:])
        missing += [word for word in named if word.partition("-")[0] not in sessions]
    return missing


@each_document
def test_every_command_names_what_is_there(document: Path) -> None:
    assert [missing for words in commands_of(document) for missing in what_is_missing(words)] == []


@pytest.mark.parametrize(
    "command", ["nox -s nothing-3.13 -- -k x", "python -m nothing", "python -m pytest tests/nothing"]
)
def test_a_command_that_names_what_is_not_there_is_found(command: str) -> None:
    assert len(what_is_missing(command.split())) == 1
