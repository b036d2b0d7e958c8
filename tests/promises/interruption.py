"""Interrupts real `ember run` processes, fed through a pipe, and counts what was lost or doubled.

Shared by the tests and the benchmarks, which differ in how often.
"""

import asyncio
import os
import random
import signal
import sqlite3
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from tests.servers.openai import Body, OpenAIServer, Reply

ACKNOWLEDGED = "I'll remember that: canary{} "
LONGEST_END_SECONDS = 10.0
LINES = 200  #: more than a process answers before it is interrupted
MOMENTS = (0.3, 2.5)  #: seconds; before that the interpreter itself is still starting
ANSWERING = (0.0, 0.5)  #: seconds, after the first answer


@dataclass(slots=True)
class Figures:
    """What some interruptions came to."""

    times: int = 0
    acknowledged: int = 0  #: memories, or lines that were stored
    lost: int = 0
    doubled: int = 0
    bad_ends: list[str] = field(default_factory=list)  #: another status than 0, or too slow
    longest_end_seconds: float = 0.0


def environment(data: Path, **more: str) -> dict[str, str]:
    """Returns the environment of a process with its data directory, and no embedding model to be opened each time."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "DATA_DIR": str(data), "LOG_LEVEL": "ERROR", "EMBEDDING_PROVIDER": "none", **more}


async def start_ember(env: dict[str, str]) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli.start", "run", env=env, stdin=pipe, stdout=pipe, stderr=pipe
    )


async def kill_after_acknowledgement(data: Path, times: int) -> Figures:
    """Kills -9 right behind "I'll remember that", so many times on one data directory, then counts the memories."""
    figures = Figures(times)
    for number in range(times):
        process = await start_ember(environment(data))
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"remember that canary{number} is called Name{number}\n".encode())
        async with asyncio.timeout(30):
            while ACKNOWLEDGED.format(number) not in (await process.stdout.readline()).decode():
                assert process.returncode is None, (await process.stderr.read()).decode() if process.stderr else ""
        process.kill()
        await process.wait()
        figures.acknowledged += 1
    kept = Counter(content for (content,) in read(data, "SELECT content FROM memories"))
    told = [f"canary{number} is called Name{number}" for number in range(times)]
    figures.lost = sum(kept[text] == 0 for text in told)
    figures.doubled = sum(kept[text] > 1 for text in told)
    return figures


async def terminate_at_random(data: Path, times: int, seed: int) -> Figures:
    """Sends SIGTERM at random moments of starting or answering, so many times, then lets one more process finish.

    Every line that was stored has to be answered on some process's output, exactly once.
    """
    figures, printed = Figures(times), Counter[str]()
    choose = random.Random(seed)
    async with OpenAIServer() as server:
        server.answer_with(_answer)
        env = environment(data, OPENAI_BASE_URL=server.base_url, OPENAI_MODEL="m")
        for number in range(times):
            process = await start_ember(env)
            lines = "".join(f"line {number}-{part} of the day\n" for part in range(LINES)).encode()
            answering = number % 5 == 0  # on a slow machine the others may all be starting still
            if answering:
                printed[await _first_answer(process, lines)] += 1
            output = asyncio.create_task(process.communicate(None if answering else lines))
            await asyncio.wait([output], timeout=choose.uniform(*(ANSWERING if answering else MOMENTS)))
            await _terminate(process, output, figures)
            printed.update((await output)[0].decode().splitlines())
        last = await start_ember(env)
        printed.update((await last.communicate(b""))[0].decode().splitlines())
    stored = [content for (content,) in read(data, "SELECT content FROM messages WHERE direction = 'in'")]
    figures.acknowledged = len(stored)
    figures.lost = sum(printed[f"answer to {line}"] == 0 for line in stored)
    figures.doubled = sum(printed[f"answer to {line}"] > 1 for line in stored)
    return figures


async def _first_answer(process: asyncio.subprocess.Process, lines: bytes) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(lines)
    async with asyncio.timeout(30):
        return (await process.stdout.readline()).decode().rstrip("\n")


async def _terminate(
    process: asyncio.subprocess.Process, output: asyncio.Task[tuple[bytes, bytes]], figures: Figures
) -> None:
    asked = monotonic()
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    _, errors = await output
    took = monotonic() - asked
    figures.longest_end_seconds = max(figures.longest_end_seconds, took)
    if process.returncode != 0 or took > LONGEST_END_SECONDS:
        figures.bad_ends.append(f"status {process.returncode} after {took:.1f} s: {errors.decode()[-300:]}")


def _answer(body: Body) -> Reply:
    words = body["messages"][-1]["content"].rpartition("Words:\n")[2]
    return Reply((f"answer to {words}",))


def read(data: Path, query: str) -> list[tuple[str]]:
    with sqlite3.connect(f"file:{data / 'ember.db'}?mode=ro", uri=True) as connection:
        return connection.execute(query).fetchall()
