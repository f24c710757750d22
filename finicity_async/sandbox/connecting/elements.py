"""HTML from Python: every text is escaped, so what somebody typed is never markup."""

from html import escape

_VOID = frozenset({"br", "input", "link", "meta"})


class Markup(str):
    """HTML that goes into a page as it is."""

    __slots__ = ()


def element(tag: str, /, *children: str | None, **attributes: str | bool | None) -> Markup:
    """
    Return an element.

    Args:
        tag: Its name, for example ``"p"``.
        *children: What is in it: `Markup` as it is, any other text escaped, None left out.
        **attributes: ``class_`` is ``class``, ``aria_label`` is ``aria-label``; True has no value, False and None are
            left out.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _VOID:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{joined(*children)}</{tag}>")


def joined(*children: str | None) -> Markup:
    """Return elements and texts one after the other."""
    return Markup("".join(one if isinstance(one, Markup) else escape(one) for one in children if one is not None))
