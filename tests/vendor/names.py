"""The vendor's names in Python spelling."""

import keyword
import re


def snake_case(name: str) -> str:
    """Return a name in snake_case: ``realAccountNumberLast4`` becomes ``real_account_number_last4``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|\W+", "_", name)
    found = spaced.strip("_").lower()
    return f"{found}_" if keyword.iskeyword(found) else found


def camel_case(name: str) -> str:
    """Return what msgspec's ``rename="camel"`` makes of a name in snake_case."""
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


def pascal_case(name: str) -> str:
    """Return a name of the vendor as a class name."""
    return camel_case(f"_{snake_case(name)}")
