"""How many random runs a test makes: few, unless FINICITY_TEST_SEEDS asks for more."""

import os


def seeds(few: int) -> range:
    """
    Return the seeds of a randomized test.

    Args:
        few: How many there are by default, for example ``5``. FINICITY_TEST_SEEDS can only raise it.
    """
    return range(max(few, int(os.environ.get("FINICITY_TEST_SEEDS", "0"))))
