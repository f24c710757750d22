"""A Redis of the test's own, on a free port, which it may stop, kill and let hang."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from types import TracebackType
from typing import Self

import pytest
from redis.asyncio import Redis

BINARY = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(
    BINARY is None and os.environ.get("CI") != "true",  # in CI its absence is an error, not a reason to skip
    reason="needs redis-server (apt-get install redis-server)",
)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class RedisServer:
    """A ``redis-server`` that keeps nothing on disk."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        assert BINARY is not None, "redis-server is not installed"
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self._process = subprocess.Popen((BINARY, *options), stdout=subprocess.DEVNULL)  # noqa: ASYNC220, S603 -- ours
        async with asyncio.timeout(10):
            while not self._listens():  # noqa: ASYNC110 -- a server of others sets no event
                await asyncio.sleep(0.005)

    def _listens(self) -> bool:
        with socket.socket() as caller:
            return caller.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """End it as a crash does; doing it twice is fine."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """Let it take what is sent and answer nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def client(self) -> Redis:
        """Return a client to look with; the test closes it."""
        return Redis.from_url(self.url)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()
