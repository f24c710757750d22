"""What tests need that a machine may lack. Where CI is ``true``, a lack is a failure and never a reason to skip."""

import os
import shutil

import pytest

IN_CI = os.environ.get("CI") == "true"


def needs(tool: str, installed_by: str) -> pytest.MarkDecorator:
    """
    Return a mark that skips a test on a machine without a program.

    Args:
        tool: The program, for example ``"redis-server"``.
        installed_by: How to get it, for example ``"apt-get install redis-server"``.
    """
    lacking = shutil.which(tool) is None
    return pytest.mark.skipif(lacking and not IN_CI, reason=f"{tool} is not installed ({installed_by})")
