"""The browser in which the pages of the sandbox are tested."""

import pytest

from tests.support.browser import run_chromium

chromium = pytest.fixture(scope="session")(run_chromium)
