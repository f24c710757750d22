"""The documentation as a site: pages in Markdown, and a reference from the docstrings. Nothing is fetched for it."""

import builtins
import inspect
import re
import sys
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.napoleon import Config, GoogleDocstring
from sphinx.util.nodes import make_refnode

from finicity_async import __version__
from finicity_async.models import Record
from finicity_async.sandbox import Snapshot

sys.path.insert(0, str(Path(__file__).parent))
import _reference

project = "finicity_async"
author = "The finicity_async developers"
release = version = __version__

extensions = ["cyclopts.ext.sphinx", "myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["examples"]
myst_enable_extensions = ["colon_fence"]  # a fence of colons is no block of code to the tests
myst_heading_anchors = 4
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!finicity_async\.).*"),  # of Python and other packages, whose lists of names would have to be fetched
    ("py:.*", r"finicity_async\.(.*\.)?_.*"),  # private
    ("py:.*", r"finicity_async\..*\.[A-Z](_co)?"),  # a type variable
    ("py:class", r"finicity_async\.integrations\..*\.RedisBacked"),  # a base that is not public
]
highlight_language = "text"
smartquotes = False  # they would turn the two hyphens of an option into a dash

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # the value of a default may be the environment of who builds the site
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 80
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"finicity_async {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_copy_source = False

_PAGES = {
    "CHANGELOG": "changes",
    "CONTRIBUTING": "contributing",
    "README": "index",
    "SECURITY": "security",
    "SIZING": "sizing",
}
"""Documents outside this folder, and the page that the site has for each."""

_BOUND = re.compile(r"(?:typing\.)?Annotated\[([\w. |]+), [^\]]+\]")

_NAME = re.compile(r"(?:await )?([A-Za-z_][\w.]*)(?:\(.*\))?")
_CLASSES = {"session": "AsyncSession", "sandbox": "Sandbox"}
"""What the pages call an object, and its class."""

_PARTS = {"attribute": 2, "method": 2, "module": 9, "property": 2}
"""How many parts of a name the pages say: of a member its class and itself, of a module all."""


def _lead_to_pages(_: Sphinx, document: nodes.document) -> None:
    """Let links out of this folder, which readers of the repository follow, lead to pages of the site."""
    for link in document.findall(pending_xref):
        name = PurePosixPath(link["reftarget"].removesuffix(".md")).name
        if link["reftype"] == "myst" and name in _PAGES:
            link.attributes = {"reftargetid": None, **link.attributes, "refdomain": "doc", "reftarget": _PAGES[name]}


def _leave_builtins(_: Sphinx, document: nodes.document) -> None:
    """Take the reference from names such as ``type``, for which Sphinx would find a member of that name."""
    for name in [*document.findall(pending_xref)]:
        if name["refdomain"] == "py" and name["reftarget"] in dir(builtins):
            name.replace_self(name.children)


def _set_dashes(_: Sphinx, document: nodes.document) -> None:
    """Set the dash between a parameter and its text, which Sphinx leaves to the smart quotes."""
    for text in [*document.findall(lambda node: isinstance(node, nodes.Text) and node == " -- ")]:
        text.parent.replace(text, nodes.Text(" \N{EN DASH} "))


class _Docstring(GoogleDocstring):
    def _consume_returns_section(self, preprocess_types: bool = False) -> list[tuple[str, str, list[str]]]:  # noqa: ARG002, FBT002 -- a method of Sphinx
        """Take what is returned as a sentence: the text before its first colon is no type."""
        return [("", "", self._dedent(self._consume_to_next_section()))]


def _read_sections(app: Sphinx, what: str, *told: Any) -> None:
    """Read the sections of a docstring; that of an attribute has none, and its first colon says no type."""
    name, value, options, lines = told
    if what == "module":  # A drawing, such as the tree of the errors, stays as it is.
        lines[:] = re.sub(r"\.\n\n(?=    )", "::\n\n", "\n".join(lines)).splitlines()
    if what not in ("attribute", "data", "property"):
        lines[:] = _Docstring(lines, Config(), app, what, name, value, options).lines()


def _shorten_signature(*told: Any) -> tuple[str, str | None] | None:
    """Show no signature of what only the library makes, and no bounds that msgspec checks."""
    *_, value, _options, signature, returned = told
    if inspect.isclass(value) and issubclass(value, Record | Snapshot):
        return "", None
    return _BOUND.sub(r"\1", signature) if signature else signature, returned


def _keep_public_bases(_: Sphinx, _name: str, value: type, _options: object, bases: list[object]) -> None:
    bases[:] = _reference.public_bases(value)


def _link_names(app: Sphinx, document: nodes.document, page: str) -> None:
    """Let a name in backticks lead to the reference, on all pages."""
    targets = _targets(app.env)
    for literal in [*document.findall(nodes.literal)]:
        name = _NAME.fullmatch(literal.astext())
        target = targets.get(_with_class(name[1])) if name else None
        if target is not None and not isinstance(literal.parent, nodes.reference | nodes.title):
            literal.replace_self(make_refnode(app.builder, page, *target, literal.deepcopy()))


def _with_class(name: str) -> str:
    first, dot, rest = name.partition(".")
    return f"{_CLASSES.get(first, first)}.{rest}" if dot else name


def _targets(env: BuildEnvironment) -> dict[str, tuple[str, str] | None]:
    """Return the page and the anchor of each name of the reference, and None for a name that two things have."""
    if not hasattr(env, "finicity_targets"):
        targets: dict[str, tuple[str, str] | None] = {}
        for path, entry in env.domains.python_domain.objects.items():
            parts = _PARTS.get(entry.objtype, 1)
            target = (entry.docname, entry.node_id)
            for name in {path, ".".join(path.split(".")[-parts:])}:
                targets[name] = target if targets.get(name, target) == target else None
        env.finicity_targets = targets
    return env.finicity_targets


def setup(app: Sphinx) -> None:
    """Connect what the site adds to Sphinx."""
    _reference.write(Path(app.srcdir) / "reference")
    app.connect("doctree-read", _lead_to_pages)
    app.connect("doctree-read", _leave_builtins)
    app.connect("doctree-read", _set_dashes)
    app.connect("doctree-resolved", _link_names)
    app.connect("autodoc-process-bases", _keep_public_bases)
    app.connect("autodoc-process-docstring", _read_sections)
    app.connect("autodoc-process-signature", _shorten_signature)
