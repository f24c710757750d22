"""A Redis of the test's own, on a free port, which it may stop, kill and let hang."""

import asyncio
import contextlib
import random
import shutil
import signal
import socket
import subprocess
from types import TracebackType
from typing import Self

from redis.asyncio import Redis

from tests.support.tools import needs

BINARY = shutil.which("redis-server")
needs_redis = needs("redis-server", "apt-get install redis-server")


def free_port() -> int:
    """Return a port below those that a system gives to clients, so that no test running beside takes it meanwhile."""
    while True:
        with socket.socket() as listener, contextlib.suppress(OSError):
            port = random.randrange(20_000, 32_000)
            listener.bind(("127.0.0.1", port))
            return port


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

    def go_on(self) -> None:
        """Let it answer again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

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
