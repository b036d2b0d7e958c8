"""The memory over JSON lines, as a real process: what is right, what is wrong, and what is there after a new start."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MAY, JUNE = "1:56 pm on 8 May, 2023", "10:04 am on 9 June, 2023"
LINES = [
    {"key": "D1:1", "speaker": "Ana", "text": "Hey Ben! I went to Lisbon by train.", "timestamp": MAY},
    {"key": "D1:2", "speaker": "Ben", "text": "That sounds lovely!", "timestamp": MAY},
    {"key": "D2:1", "speaker": "Ben", "text": "My parrot can whistle.", "timestamp": JUNE},
    {"key": "D2:2", "speaker": "Ana", "text": "The parrot of my aunt is green.", "timestamp": JUNE},
]


class Served:
    """A server of its own process."""

    def __init__(self, database: Path, *more: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.memory_server", "--database", str(database), *more],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    def ask_raw(self, line: bytes) -> dict[str, object]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def ask(self, op: str, **more: object) -> dict[str, object]:
        return self.ask_raw(json.dumps({"op": op, **more}).encode())

    def keys(self, query: str, **more: object) -> object:
        return self.ask("search", query=query, k=5, **more)["keys"]

    def end(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(30)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[], Served]]:
    servers: list[Served] = []

    def start() -> Served:
        servers.append(Served(tmp_path / "x.db"))
        return servers[-1]

    yield start
    for server in servers:
        server.process.kill()
        server.process.wait()


@pytest.mark.long
def test_lines_are_added_found_given_counted_and_gone(serve: Callable[[], Served]) -> None:
    server = serve()
    assert server.ask("add", items=LINES) == {"ok": True}
    assert server.ask("add", items=[{**LINES[0], "text": "another text"}, LINES[1]]) == {"ok": True}
    assert server.ask("get", key="D1:1") == {"text": LINES[0]["text"]}
    assert server.ask("get", key="D9:9") == {"text": None}
    assert server.ask("stats") == {"items": 4, "vectors_waiting": 0, "queue_depth": 0}
    assert server.keys("Where did Ana go by train?")[:2] == ["D1:1", "D1:2"]  # type: ignore[index]
    assert server.keys("What can Ben's parrot do?")[0] == "D2:1"  # type: ignore[index]
    assert server.keys("What about Ana's parrot?")[0] == "D2:2"  # type: ignore[index]
    assert server.keys("What happened on 8 May 2023?") == ["D1:1", "D1:2"]
    assert server.keys("the saxophone") == []
    assert server.end() == 0

    server = serve()
    assert server.keys("train")[0] == "D1:1"  # type: ignore[index]
    assert server.ask("reset") == {"ok": True}
    assert server.ask("stats")["items"] == 0
    assert server.keys("train") == []


@pytest.mark.long
def test_people_find_only_their_own_lines(serve: Callable[[], Served]) -> None:
    server = serve()
    for person in ("Eve", "Mallory"):
        items = [{**line, "key": f"{person} {line['key']}", "person": person} for line in LINES]
        assert server.ask("add", items=items) == {"ok": True}
    assert server.keys("the train", person="Eve")[0] == "Eve D1:1"  # type: ignore[index]
    assert server.keys("the train", person="Mallory")[0] == "Mallory D1:1"  # type: ignore[index]
    assert server.keys("the train", person="Ana") == []
    assert server.keys("the train") == []


@pytest.mark.long
def test_bad_input_is_answered_and_nothing_of_it_is_kept(serve: Callable[[], Served]) -> None:
    server = serve()
    good = LINES[0]
    bad: list[object] = [
        None, 1, "text", [], {}, {"op": None}, {"op": "eat"}, {"op": ["add"]}, {"op": "add"},
        {"op": "add", "items": {}},
        {"op": "add", "items": [1]}, {"op": "add", "items": [{}]}, {"op": "get"}, {"op": "get", "key": 1},
        {"op": "search"}, {"op": "search", "query": None}, {"op": "search", "query": "x", "k": "many"},
        {"op": "search", "query": "x", "k": -1}, {"op": "search", "query": "x", "person": ""},
        {"op": "add", "items": [good, {**good, "key": "other", "timestamp": "yesterday"}]},
        {"op": "add", "items": [good, {**good, "key": 7}]},
        {"op": "add", "items": [good, {**good, "key": "", "text": "x"}]},
        {"op": "add", "items": [good, {"key": "no text", "timestamp": good["timestamp"]}]},
        {"op": "add", "items": [{**good, "timestamp": "1:56 pm on 31 June, 2023"}]},
    ]  # fmt: skip
    for one in bad:
        assert list(server.ask_raw(json.dumps(one).encode())) == ["error"], one
    for line in (
        b"",
        b"{",
        b"\xff\xfe",
        b'{"op": "stats"',
        b"[" * 100_000,
        b'{"op": "get", "key": "\\ud800"}x',
        b"NaN",
    ):
        assert list(server.ask_raw(line)) == ["error"], line[:20]
    assert server.ask("stats")["items"] == 0


@pytest.mark.long
def test_odd_texts_are_kept_as_they_are(serve: Callable[[], Served]) -> None:
    server = serve()
    texts = ["", " ", "x" * 100_000, "a\x00b", "漢字かな", "'; DROP TABLE messages; --", "\u202ereversed", "two\nlines"]
    items = [{**LINES[0], "key": f"odd {at}", "text": text} for at, text in enumerate(texts)]
    assert server.ask("add", items=items) == {"ok": True}
    for at, text in enumerate(texts):
        assert server.ask("get", key=f"odd {at}") == {"text": text}
    assert server.ask("add", items=[{**LINES[0], "key": "half", "text": "a\ud800b"}]) == {"ok": True}
    assert server.ask("get", key="half") == {"text": "a�b"}
    assert server.ask("get", key="\ud800") == {"text": None}
    assert server.keys('漢字 "AND NEAR(')[0] == "odd 4"  # type: ignore[index]
    old = [{**LINES[0], "key": f"year {year}", "timestamp": f"1:56 pm on 8 May, {year}"} for year in (1850, 1999, 2090)]
    assert server.ask("add", items=old) == {"ok": True}
    assert server.ask("search", query="Lisbon", k=0) == {"keys": []}
    assert server.ask("stats")["items"] == len(texts) + 4


def test_a_search_by_meaning_waits_for_the_vectors(tmp_path: Path) -> None:
    server = Served(tmp_path / "data", "--embeddings", "local")
    assert server.ask("reset") == {"ok": True}
    assert server.ask("add", items=LINES) == {"ok": True}
    assert server.keys("Which pet birds make sounds?")[0] == "D2:1"  # type: ignore[index]
    assert server.ask("stats")["vectors_waiting"] == 0
    assert server.end() == 0
