"""Schema changes: there and back, interrupted anywhere, and over what was kept before."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from memory import (
    Backup,
    BackupFailed,
    Channel,
    DataDirectoryError,
    DrivenClock,
    MemoryOptions,
    Migrate,
    NewMemory,
    Question,
    Trust,
    backups_of,
    migrate_memory,
    open_memory,
)
from memory.engines.sqlite import create_reader_engine
from memory.migrations.upgrade import NewerDatabase, OlderDatabase, check_schema, downgrade, upgrade
from memory.tables.ground import ReadPool
from memory.tables.schema import metadata
from memory.words import ANALYSE_VERSION
from tests.memory.migrations.killing import kill_everywhere, make_memory_of, make_memory_of_0001, revisions
from tests.memory.scene import DM, MORNING, STAFF, faults_of, opened, rows, tables_holding, writer_of


def schema_of(connection: Connection) -> list[tuple[str, str]]:
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    return [(row[0], row[1]) for row in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_upgrading_arrives_at_the_tables_of_the_code(folder: Path) -> None:
    with writer_of(folder) as writer:
        upgrade(writer)
        context = MigrationContext.configure(writer.core, opts={"include_object": _is_ours, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def _is_ours(_object: object, name: str | None, *_: object) -> bool:
    return not (name or "").startswith(("items_fts", "items_vocab"))


def test_the_schema_says_the_same_as_one_made_from_the_tables(folder: Path) -> None:
    """CHECKs, defaults and the conditions of partial indexes, too, which Alembic's comparison leaves out."""
    with writer_of(folder) as migrated:
        upgrade(migrated)
        by_migration = {name: _plain(sql) for name, sql in schema_of(migrated.core)}
    (folder / "made").mkdir()
    with writer_of(folder / "made") as made:
        metadata.create_all(made.core)
        by_tables = {name: _plain(sql) for name, sql in schema_of(made.core)}
    extra = {name for name in by_migration if name.startswith(("items_", "item_words"))} | {"alembic_version"}
    assert {name: sql for name, sql in by_migration.items() if name not in extra} == by_tables


def _plain(sql: str) -> list[str]:
    """The parts of a definition, in any order: what is added later stands behind the rest, on its last line."""
    parts = re.split(r"[\n\t,]", sql.replace('"', ""))
    return sorted(filter(None, (part.strip(" )(") for part in parts)))


def test_downgrading_leaves_nothing_and_upgrading_again_arrives_at_the_same(folder: Path) -> None:
    with writer_of(folder) as writer:
        upgrade(writer)
        before = schema_of(writer.core)
        downgrade(writer, "base")
        assert [name for name, _ in schema_of(writer.core)] == ["alembic_version"]
        upgrade(writer)
        assert schema_of(writer.core) == before


def test_upgrading_twice_changes_nothing(folder: Path) -> None:
    with writer_of(folder) as writer:
        upgrade(writer)
        before = writer.core.exec_driver_sql("PRAGMA schema_version").scalar_one()
        upgrade(writer)
        assert writer.core.exec_driver_sql("PRAGMA schema_version").scalar_one() == before


@pytest.mark.long
@pytest.mark.parametrize("start", revisions()[:-1])
def test_an_upgrade_that_is_killed_anywhere_leaves_the_old_schema_or_the_new(folder: Path, start: str) -> None:
    killed = kill_everywhere(folder, start, revisions()[-1])
    assert killed.statements > 20
    assert (killed.mixed, killed.lost, killed.old + killed.new) == ([], [], killed.statements)


@pytest.mark.long
@pytest.mark.parametrize(("start", "end"), [(start, end) for end, start in pairwise(revisions())])
def test_a_downgrade_that_is_killed_anywhere_leaves_the_old_schema_or_the_new(
    folder: Path, start: str, end: str
) -> None:
    killed = kill_everywhere(folder, start, end)
    assert killed.statements > 20
    assert (killed.mixed, killed.lost, killed.old + killed.new) == ([], [], killed.statements)


async def test_a_database_of_the_first_schema_still_opens_with_what_it_holds(folder: Path) -> None:
    """As the first release's own code left it: said, remembered, corrected, recalled, forgotten, not yet answered."""
    make_memory_of_0001(folder)
    async with opened(folder) as scene:
        ej, bo = await scene.person("EJ"), await scene.person("Bo")
        place = scene.place(DM, ej)
        (memory,) = await scene.store.memories.of_owner(place, ej.id)
        assert memory.content == "EJ likes Grüße aus Napoli, not pizza"
        found = await scene.store.search.find(Question(place, ej.id, "what does EJ like from Napoli", 1))
        assert [hit.item for hit in found.hits] == [memory]
        reply = await scene.store.talk.last_reply(place, ej.id)
        assert reply is not None
        receipt = await scene.store.turns.receipt(reply)
        assert [part.text for part in receipt.parts] == ["EJ likes pizza", "remember that I like pizza"]
        assert len(receipt.recalled) == 1
        (unfinished,) = await scene.store.turns.unfinished(Channel.DISCORD)
        assert [line.content for line in unfinished.lines] == ["and nobody has answered this"]
        assert [one.content for one in await scene.store.memories.of_owner(STAFF, bo.id)] == [
            "the staff meets on Tuesday"
        ]
        assert len((await scene.store.work.claim((Channel.DISCORD,), 9)).jobs) > 0
        kept = await scene.store.memories.add(place, ej.id, NewMemory("EJ has a dog", Trust.SAID))
        assert kept.id > memory.id
        erased = await scene.store.erasure.erase(place, ej.id, memory.id)
        assert len(erased.items) > 1
    assert faults_of(folder) == []
    assert tables_holding(folder, "napoli") == []


def test_there_and_back_the_first_schema_holds_what_it_held(folder: Path) -> None:
    make_memory_of_0001(folder / "first")
    make_memory_of(revisions()[1], folder / "back")
    for table in ("memories", "messages", "prompt_parts", "recalls", "steps", "queue", "user_sessions"):
        assert rows(folder / "back", f"SELECT * FROM {table}") == rows(folder / "first", f"SELECT * FROM {table}")
    assert faults_of(folder / "back") == []


async def test_a_database_of_a_newer_ember_is_refused_and_left_alone(folder: Path) -> None:
    async with opened(folder):
        pass
    with writer_of(folder) as writer:
        writer.core.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        before = schema_of(writer.core)
    with pytest.raises(NewerDatabase, match="9999"):
        async with opened(folder):
            pass
    with writer_of(folder) as writer:
        assert schema_of(writer.core) == before


async def test_a_database_of_an_older_ember_is_not_read_before_it_is_brought_up_to_date(folder: Path) -> None:
    with writer_of(folder) as writer:
        upgrade(writer)
        downgrade(writer, "base")
    reads = ReadPool(create_reader_engine(folder / "ember.db", 1))
    try:
        with pytest.raises(OlderDatabase):
            await reads.read(check_schema)
    finally:
        await reads.close()


async def test_the_index_is_made_anew_when_its_words_are_of_another_version(folder: Path) -> None:
    async with opened(folder) as scene:
        ej = await scene.person("EJ")
        place = scene.place(DM, ej)
        await scene.store.memories.add(place, ej.id, NewMemory("EJ likes pizza", Trust.SAID))
        await scene.asks_and_hears("EJ", "", "and an answer")
    with writer_of(folder) as writer:
        writer.core.exec_driver_sql("INSERT INTO items_fts(items_fts) VALUES ('delete-all')")
        writer.core.exec_driver_sql(f"PRAGMA user_version = {ANALYSE_VERSION + 1}")
    assert rows(folder, "SELECT count(*) FROM items_vocab") == [(0,)]
    async with opened(folder) as scene:
        found = await scene.store.search.find(Question(place, ej.id, "pizza", 5))
        assert len(found.hits) == 1
        erased = await scene.store.erasure.erase(place, ej.id, found.hits[0].item.id)
        assert len(erased.items) == 1
    assert faults_of(folder) == []
    with writer_of(folder) as writer:
        assert writer.core.exec_driver_sql("PRAGMA user_version").scalar_one() == ANALYSE_VERSION


async def test_a_damaged_database_is_told_in_a_sentence_and_left_alone(folder: Path) -> None:
    async with opened(folder) as scene:
        await scene.asks_and_hears("EJ", "hello")
    database = folder / "ember.db"
    whole = database.read_bytes()
    for harm in (
        b"this is no database " * 300,
        whole[:100] + b"\xff" * 3_000 + whole[3_100:],
        whole[: len(whole) // 2],
    ):
        database.write_bytes(harm)
        with pytest.raises(DataDirectoryError, match="ember restore"):
            async with open_memory(folder, DrivenClock(MORNING), "a test"):
                pass
        assert database.read_bytes() == harm
    database.write_bytes(whole)
    async with opened(folder):
        pass


async def of_0001(folder: Path) -> None:
    """A memory of the release before, with something in it."""
    async with opened(folder) as scene:
        await scene.asks_and_hears("EJ", "hello")
    with writer_of(folder) as writer:
        downgrade(writer, "0001")


async def test_before_an_upgrade_a_backup_of_the_database_as_it_was_is_made(folder: Path) -> None:
    await of_0001(folder)
    async with opened(folder):
        pass
    (backup,) = backups_of(folder)
    head = rows(folder, "SELECT version_num FROM alembic_version")[0][0]
    assert backup.file.name == f"ember-20261121T090500Z-before-{head}.db"
    assert isinstance(backup, Backup)
    assert (backup.content.revision, backup.content.messages) == ("0001", 2)
    async with opened(folder):
        assert len(backups_of(folder)) == 1


async def test_a_new_memory_is_made_without_a_backup(folder: Path) -> None:
    async with opened(folder):
        assert backups_of(folder) == []


async def test_without_a_backup_there_is_no_upgrade(folder: Path) -> None:
    await of_0001(folder)
    (folder / "backups").touch()
    with pytest.raises(BackupFailed):
        async with opened(folder):
            pass
    assert rows(folder, "SELECT version_num FROM alembic_version") == [("0001",)]


async def test_where_upgrades_are_made_by_hand_an_older_database_is_refused_until_then(folder: Path) -> None:
    await of_0001(folder)
    by_hand = MemoryOptions(migrate=Migrate.MANUAL)
    with pytest.raises(OlderDatabase, match="ember migrate"):
        async with open_memory(folder, DrivenClock(MORNING), "a test", by_hand):
            pass
    change = await migrate_memory(folder, DrivenClock(MORNING), "a test", by_hand)
    assert change is not None
    assert (change.before, change.backup) == ("0001", backups_of(folder)[0].file)
    async with open_memory(folder, DrivenClock(MORNING), "a test", by_hand):
        pass
    assert await migrate_memory(folder, DrivenClock(MORNING), "a test", by_hand) is None


async def test_a_new_memory_is_made_where_upgrades_are_made_by_hand_too(folder: Path) -> None:
    async with open_memory(folder, DrivenClock(MORNING), "a test", MemoryOptions(migrate=Migrate.MANUAL)):
        pass
