"""One timer for many deadlines: who ends, in which order, and what is left behind."""

import asyncio

from finicity_async._pipeline.wire import Deadlines
from tests.support.servers import until


class Noted:
    """Something with a deadline, which notes that it has passed."""

    def __init__(self, name: str, ended: list[str]) -> None:
        self._name = name
        self._ended = ended

    def expire(self) -> None:
        self._ended.append(self._name)


async def test_deadlines_of_the_same_length_that_pass_together_can_all_be_lifted_afterwards() -> None:
    ended: list[str] = []
    deadlines = Deadlines(asyncio.get_running_loop())
    both = [Noted("first", ended), Noted("second", ended)]
    for one in both:
        deadlines.set(one, 0.001)
    await until(lambda: len(ended) == 2)
    for one in both:
        deadlines.cancel(one, 0.001)
    assert ended == ["first", "second"]
    assert not deadlines._by_timeout


async def test_a_shorter_deadline_that_is_set_later_passes_first_and_the_longer_one_still_does() -> None:
    ended: list[str] = []
    deadlines = Deadlines(asyncio.get_running_loop())
    deadlines.set(Noted("long", ended), 0.03)
    deadlines.set(Noted("short", ended), 0.001)
    await until(lambda: len(ended) == 2)
    assert ended == ["short", "long"]


async def test_a_deadline_that_was_lifted_or_closed_does_not_pass() -> None:
    ended: list[str] = []
    deadlines = Deadlines(asyncio.get_running_loop())
    lifted, other = Noted("lifted", ended), Noted("other", ended)
    deadlines.set(lifted, 0.001)
    deadlines.set(other, 0.001)
    deadlines.cancel(lifted, 0.001)
    await until(lambda: ended)
    assert ended == ["other"]
    deadlines.set(Noted("closed", ended), 0.005)
    deadlines.close()
    await asyncio.sleep(0.01)
    assert ended == ["other"]
