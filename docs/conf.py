"""The documentation as a site: pages in Markdown, and a reference from the docstrings. Nothing is fetched for it."""

from pathlib import PurePosixPath

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

from finicity_async import __version__

project = "finicity_async"
author = "The finicity_async developers"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["examples"]
myst_enable_extensions = ["colon_fence"]  # a fence of colons is no block of code to the tests
myst_heading_anchors = 4
nitpicky = True

html_theme = "furo"
html_title = f"finicity_async {release}"
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


def _lead_to_pages(_: Sphinx, document: nodes.document) -> None:
    """Let links out of this folder, which readers of the repository follow, lead to pages of the site."""
    for link in document.findall(pending_xref):
        name = PurePosixPath(link["reftarget"].removesuffix(".md")).name
        if link["reftype"] == "myst" and name in _PAGES:
            link.attributes = {"reftargetid": None, **link.attributes, "refdomain": "doc", "reftarget": _PAGES[name]}


def setup(app: Sphinx) -> None:
    """Connect what the site adds to Sphinx."""
    app.connect("doctree-read", _lead_to_pages)
