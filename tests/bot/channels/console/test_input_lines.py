"""Standard input, whatever it is."""

import asyncio
import os
from pathlib import Path

from bot.channels.console.input_lines import InputLines


async def lines_of(path: Path) -> list[str]:
    read: list[str] = []
    with path.open() as source:
        lines = InputLines(source)
        while (line := await lines.next()) is not None:
            read.append(line)
    return read


async def test_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b"one\r\n\n\xff two\n" + b"x" * 100_000)
    assert await lines_of(file) == ["one", "", "\N{REPLACEMENT CHARACTER} two", "x" * 100_000]


async def test_what_holds_no_line_ends_at_once(tmp_path: Path) -> None:
    assert await lines_of(Path(os.devnull)) == []
    assert await InputLines(None).next() is None


async def test_a_line_is_read_when_it_is_asked_for() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as source, os.fdopen(writing, "wb", buffering=0) as sink:
        lines = InputLines(source)
        waiting = asyncio.create_task(lines.next())
        sink.write(b"first\n")
        assert await waiting == "first"
        sink.write(b"second\n")
        assert await lines.next() == "second"
