"""The path of one call: each layer once, none climbed back to."""

import asyncio
import itertools
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import finicity_async
from finicity_async import AsyncSession, Sandbox, get_customer_accounts

PACKAGE = Path(finicity_async.__file__).parent
LAYERS = ["session", "retrying", "authorizing", "limiting", "transport", "responding"]


async def functions_of_a_warm_get(session: AsyncSession) -> list[Path]:
    """Return the files of our functions, each function at its first call, in the task of the caller."""
    await get_customer_accounts(session, 1005061234)
    task = asyncio.current_task()
    called: dict[Any, Path] = {}

    def note(frame: FrameType, event: str, _: Any) -> None:  # pragma: no cover -- a profile function is not traced
        path = Path(frame.f_code.co_filename)
        is_ours = path.is_relative_to(PACKAGE) and not path.is_relative_to(PACKAGE / "sandbox")
        if event == "call" and is_ours and asyncio.current_task() is task:
            called.setdefault(frame.f_code, path)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        await get_customer_accounts(session, 1005061234)
    finally:
        sys.setprofile(before)
    return list(called.values())


async def test_a_warm_get_enters_each_layer_once_and_climbs_back_to_none(sandbox: Sandbox) -> None:
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
        path = await functions_of_a_warm_get(session)
    files = [file for file, _ in itertools.groupby(path)]
    names = [file.stem for file in files]
    assert [name for name in names if name in LAYERS] == LAYERS
    assert len(files) - 1 <= 14, names
