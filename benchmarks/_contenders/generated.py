"""
The asyncio client that openapi-generator makes from the vendor's document, made anew in a temporary folder.

Made as documented, with ``-g python --library asyncio``, from the document as the facts in ``tests/vendor`` rebuild it;
the generator is told to make the one operation that is asked, with all the models, so that it takes ten seconds and not
a minute. Its models hold amounts as floats and dates as numbers.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sized
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks._children import TOP
from benchmarks._contenders import APP_KEY, Fetch, Target, Workers
from benchmarks._server import TOKEN

_OPTIONS = """-g python --library asyncio --additional-properties packageName=generated_client
    --openapi-normalizer FILTER=operationId:GetCustomerAccounts
    --global-property apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"""


def missing() -> str | None:
    """Say what the generator lacks here."""
    return "there is no Java" if shutil.which("java") is None else None


def _generate(folder: str) -> None:
    """Make the client and put it where it can be imported."""
    import openapi_generator_cli  # noqa: PLC0415 -- optional

    jar = Path(openapi_generator_cli.__file__).with_name("openapi-generator.jar")
    document = Path(folder) / "document.json"
    printed = [sys.executable, "-m", "tests.vendor.document"]
    document.write_bytes(subprocess.run(printed, cwd=TOP, check=True, capture_output=True).stdout)
    command = ["java", "-jar", str(jar), "generate", "-i", str(document), "-o", folder, *_OPTIONS.split()]
    subprocess.run(command, check=True, capture_output=True)
    sys.path.insert(0, folder)


@asynccontextmanager
async def _api(target: Target) -> AsyncIterator[Any]:
    """Open the client; one of the document's models shadows the Configuration that the package would export."""
    client, configuration, accounts = (
        import_module(f"generated_client.{name}") for name in ("api_client", "configuration", "api.accounts_api")
    )
    keys = {"FinicityAppKey": APP_KEY, "FinicityAppToken": TOKEN}
    options = {"host": target.url, "api_key": keys, "ssl_ca_cert": target.authority}
    configured = configuration.Configuration(**options, connection_pool_maxsize=target.at_once)
    async with client.ApiClient(configured) as api_client:
        yield accounts.AccountsApi(api_client)


@asynccontextmanager
async def opened(target: Target) -> AsyncIterator[Fetch]:
    """Fetch the generated models."""
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(_generate, folder)
        async with _api(target) as api:

            async def one(customer_id: str) -> Sized:
                accounts: Sized = (await api.get_customer_accounts(customer_id)).accounts
                return accounts

            yield Workers(one, target.at_once)
