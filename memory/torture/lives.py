"""Processes that remember until they are killed: `python -m memory.torture.lives FOLDER` is their nursery.

It has everything imported, so a life costs milliseconds: a fork that opens the memory and lets sixteen writers
remember, each saying so once the write has returned. For each line of standard input there is one life, killed -9 while
it writes, opens or mends, and one line of what it had said before.
"""

import asyncio
import itertools
import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Coroutine
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

from memory.clock import SystemClock
from memory.open import open_memory
from memory.records import Person, Trust
from memory.tables.memories import Memories, NewMemory
from memory.torture.faults import PERSON, faults_of_copy, place_of

WRITERS: Final = 16
CANARY: Final = "canary"
ANSWER_SECONDS: Final = 60

_READY: Final = b"ready\n"


class Life(Protocol):
    """What a process does: given the data directory, and where to say what was remembered."""

    def __call__(self, folder: Path, mouth: int) -> Coroutine[object, object, None]: ...


def keep_nursery(life: Life) -> None:
    """Brings up a life for each line of standard input, kills it, and says what it said before: `python -m`'s part."""
    folder = Path(sys.argv[1])
    for line in sys.stdin:
        wish = json.loads(line)
        told = _one_life(folder, life, wish["seconds"], from_birth=wish["opening"])
        answer = {"told": told, "faults": faults_of_copy(folder)}
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


def _one_life(folder: Path, life: Life, seconds: float, *, from_birth: bool) -> list[str]:
    """Returns what a process said that it had remembered."""
    ear, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(ear)
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # its logs are no answers
            asyncio.run(life(folder, mouth))
        finally:
            traceback.print_exc()
            os._exit(1)
    os.close(mouth)
    said = bytearray()
    try:
        end = monotonic() + (seconds if from_birth else ANSWER_SECONDS)
        while select.select([ear], [], [], max(0.0, end - monotonic()))[0]:
            chunk = os.read(ear, 65_536)
            if not chunk:
                raise RuntimeError("a process that was to be killed ended by itself")
            if not said and not from_birth:
                end = monotonic() + seconds
            said += chunk
        os.kill(child, signal.SIGKILL)
        while chunk := os.read(ear, 65_536):
            said += chunk
    finally:
        os.close(ear)  # whoever is still alive dies of it
        os.waitpid(child, 0)
    return said.removeprefix(_READY).decode().split("\n")[:-1]  # the last one was cut off, or is empty


async def remember_until_killed(memories: Memories, person: Person, mouth: int) -> None:
    """Remembers, and says so only then; never ends."""
    os.write(mouth, _READY)
    async with asyncio.TaskGroup() as writers:
        for writer in range(WRITERS):
            writers.create_task(_remember(memories, person, mouth, f"{CANARY} of {os.getpid()} by {writer}"))


async def _remember(memories: Memories, person: Person, mouth: int, what: str) -> None:
    for number in itertools.count():
        memory = await memories.add(place_of(person), person.id, NewMemory(f"{what} number {number}", Trust.SAID))
        os.write(mouth, f"{memory.content}\n".encode())


async def _life(folder: Path, mouth: int) -> None:
    async with open_memory(folder, SystemClock(), "a kill test") as store:
        person = await store.people.meet(*PERSON, "EJ")
        await remember_until_killed(store.memories, person, mouth)


if __name__ == "__main__":
    keep_nursery(_life)
