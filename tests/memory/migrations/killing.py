"""Kills a migration at each of its statements, in a process that really dies, and looks at what it leaves.

`python -m tests.memory.migrations.killing FOLDER FROM TO` is that process's parent: it says how it went as JSON.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from alembic.script import ScriptDirectory

from memory import Synchronous
from memory.engines.sqlite import SqliteWriter, create_writer_engine
from memory.migrations import upgrade as migrations
from memory.migrations.upgrade import downgrade, upgrade
from memory.torture.faults import faults_of
from memory.words import keyed_words
from tests.memory.scene import writer_of

BASE = "base"
OF_0001 = Path(__file__).parent / "memory_of_0001.sql"
KILLED = 9
EVERY = 10  #: statements


_State = tuple[list[tuple[str, str]], list[tuple[int, str]]]  #: schema, items


@dataclass(slots=True)
class Killed:
    """What kills at every statement of a migration left."""

    statements: int = 0  #: as many kills, one before each
    old: int = 0  #: left the schema as it was
    new: int = 0  #: left the schema that the migration arrives at
    mixed: list[str] = field(default_factory=list)  #: left another one
    lost: list[str] = field(default_factory=list)  #: left other items, or did not open again


def revisions() -> list[str]:
    """Returns the schemas that there have been, `base` first."""
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    return [BASE, *reversed([revision.revision for revision in script.walk_revisions()])]


HEAD = revisions()[-1]


def make_memory_of_0001(folder: Path) -> None:
    """Makes the data directory that the first release left."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / "ember.db", isolation_level=None)) as connection:
        connection.create_function("keyed_words", 4, keyed_words, deterministic=True)
        connection.executescript(OF_0001.read_text())
    (folder / "installation.key").write_bytes(b"k" * 32)


def make_memory_of(revision: str, folder: Path) -> None:
    """Makes a memory with the first release's items in a schema; an empty one in `base`."""
    if revision == BASE:
        folder.mkdir()
    else:
        make_memory_of_0001(folder)
    with writer_of(folder) as writer:
        if revision != BASE:
            upgrade(writer)
            downgrade(writer, revision)


def kill_everywhere(folder: Path, start: str, end: str) -> Killed:
    """Runs it in a process without threads, for it forks."""
    command = [sys.executable, "-m", "tests.memory.migrations.killing", str(folder), start, end]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Killed(**json.loads(done.stdout.splitlines()[-1]))


def _kill_everywhere(folder: Path, start: str, end: str) -> Killed:
    origin, killed = folder / "origin", Killed()
    make_memory_of(start, origin)
    shutil.copytree(origin, folder / "arrived")
    _migrate(folder / "arrived", end, kill_at=None)
    old, new = _state(origin), _state(folder / "arrived")
    while True:
        killed.statements += 1
        copy = folder / f"copy {killed.statements}"
        shutil.copytree(origin, copy)
        if _died(copy, end, killed.statements):
            _look(copy, old, new, killed)
            shutil.rmtree(copy)
        else:
            killed.statements -= 1
            return killed


def _died(folder: Path, end: str, statement: int) -> bool:
    child = os.fork()
    if child == 0:
        _migrate(folder, end, kill_at=statement)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def _migrate(folder: Path, end: str, kill_at: int | None) -> None:
    """Up to the newest schema, or down to an older one; dies right before a statement, FTS5's own ones too."""
    engine = create_writer_engine(folder / "ember.db", Synchronous.NORMAL)
    writer = SqliteWriter(engine)
    left = kill_at

    def traced(_statement: str) -> None:
        nonlocal left
        if left is not None:
            left -= 1
            if left == 0:
                os._exit(KILLED)

    connection = writer.core.connection.driver_connection
    assert isinstance(connection, sqlite3.Connection)
    connection.set_trace_callback(traced)
    upgrade(writer) if end == HEAD else downgrade(writer, end)
    connection.set_trace_callback(None)
    writer.close()
    engine.dispose()


def _look(folder: Path, old: _State, new: _State, killed: Killed) -> None:
    schema, items = _state(folder)
    killed.old += schema == old[0]
    killed.new += schema == new[0]
    if schema not in (old[0], new[0]):
        killed.mixed.append(f"before statement {killed.statements}")
    elif (schema, items) not in (old, new):
        killed.lost.append(f"items, before statement {killed.statements}")
    # What is left is the same each time, so now and then will do for what takes as long as a migration.
    if schema != old[0] or killed.statements % EVERY == 0:
        _migrate(folder, HEAD, kill_at=None)
        faults = faults_of(folder / "ember.db")
        if faults or _state(folder)[1] != items:
            killed.lost.append(f"{faults} when opened again, before statement {killed.statements}")


def _state(folder: Path) -> _State:
    with closing(sqlite3.connect(folder / "ember.db")) as connection:
        query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version' ORDER BY name"
        schema = connection.execute(query).fetchall()
        if not any(name == "memories" for name, _ in schema):
            return schema, []
        query = "SELECT id, content FROM memories UNION ALL SELECT id, content FROM messages ORDER BY id"
        return schema, connection.execute(query).fetchall()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_kill_everywhere(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))))
