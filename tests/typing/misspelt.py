"""Never run: a misspelt name is an error for both type checkers, or they report that the comment is needless."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from finicity_async import get_customer_acounts  # type: ignore[attr-defined]  # noqa: F401 -- what is tested
