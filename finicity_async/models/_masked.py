"""Structs whose values no text shows."""

import msgspec


class Masked(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A body that holds secrets or personal data: ``repr`` shows its type alone, and None is not sent."""

    def __repr__(self) -> str:
        """Show none of the values."""
        return f"{type(self).__name__}(***)"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        """Show none of the values in rich's tracebacks and logs either."""
        return []
