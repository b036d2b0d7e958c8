"""Takes Discord away from a real `ember run` while many people talk with it, and counts what was lost or doubled.

Shared by the tests and the benchmarks, which differ in how often.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle, islice
from pathlib import Path

from tests.promises.many_people import ManyPeople, Process, Scene, many_people


class Disconnect(StrEnum):
    """How the connection is lost; people go on talking meanwhile."""

    RESUMED = "resumed"  #: Discord sends what was missed as soon as the session is taken up again
    INVALIDATED = "invalidated"  #: the session is lost too: what was missed has to be asked for
    RESTARTED = "restarted"  #: the process is killed and started again


@dataclass(frozen=True, slots=True)
class Figures:
    """What some disconnects came to."""

    disconnects: int
    lines: int
    lost: int
    doubled: int
    out_of_order: int


async def disconnect(data: Path, scene: Scene, times: int, kinds: Sequence[Disconnect], **settings: str) -> Figures:
    """Has people talk, and loses the connection so many times meanwhile, of each kind in turn."""
    done = 0
    async with many_people(scene, data, **settings) as (people, process):
        talking = asyncio.create_task(people.talk())
        try:
            for number, kind in enumerate(islice(cycle(kinds), times), start=1):
                await _said(people, scene.people * scene.lines * number // (times + 1), talking)
                await _lose(people, process, kind, talking)
                done += 1
            await talking
        finally:
            talking.cancel()
            await asyncio.wait([talking])
        await people.settled()
        return Figures(done, people.said, len(people.lost), len(people.doubled), len(people.out_of_order))


async def _lose(people: ManyPeople, process: Process, kind: Disconnect, talking: asyncio.Task[None]) -> None:
    """Loses the connection, waits until something was said meanwhile, and until Ember is back."""
    gateway = people.server.gateway
    before = gateway.resumed + gateway.identified
    async with people.server.outage(resumable=kind is Disconnect.RESUMED):
        if kind is Disconnect.RESTARTED:
            await process.kill()
        await _said(people, people.said + 1, talking)
        if kind is Disconnect.RESTARTED:
            await process.start()
    await people.server.wait_for(lambda: gateway.resumed + gateway.identified > before, 60, "Ember's return")


async def _said(people: ManyPeople, lines: int, talking: asyncio.Task[None]) -> None:
    """Waits until so much was said; raises what ended the talk before that."""
    while people.said < lines:
        another = asyncio.create_task(people.another_line.wait())
        await asyncio.wait([another, talking], return_when=asyncio.FIRST_COMPLETED)
        another.cancel()
        if talking.done():
            await talking
            raise AssertionError("everybody had said all they had to say")
