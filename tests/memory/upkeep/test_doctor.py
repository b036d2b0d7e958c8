"""The doctor: finds what is wrong in a data directory, says it, and mends what can be made anew."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from memory import DataDirectoryError, DataDirectoryInUse, DrivenClock, Finding, NewMemory, Trust, Verdict, examine
from memory.data_directory import DataDirectory
from memory.engines.sqlite import WAL_BYTES_KEPT
from memory.engines.sqlite_checks import has_wal_reset_bug
from memory.upkeep.backup import make_backup
from memory.upkeep.doctor import machine
from memory.upkeep.doctor.machine import examine_machine
from memory.words import keyed
from tests.memory.scene import DM, MORNING, faults_of, opened, rows, writer_of

LATER = MORNING + timedelta(hours=2)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A memory in which something was said and remembered."""
    path = tmp_path / "data"
    async with opened(path) as scene:
        ej = await scene.person("EJ")
        await scene.store.memories.add(scene.place(DM, ej), ej.id, NewMemory("EJ likes pizza", Trust.SAID))
        await scene.asks_and_hears("EJ", "what do I like?", "Pizza.")
    return path


def examined(path: Path, *, mend: bool = False) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(path, LATER, mend=mend)}


def wrong(path: Path) -> dict[str, Verdict]:
    return {name: one.verdict for name, one in examined(path).items() if one.verdict is not Verdict.OK}


def harm(path: Path, *statements: str) -> None:
    with writer_of(path) as writer:
        writer.core.exec_driver_sql("PRAGMA foreign_keys=OFF")
        for statement in statements:
            writer.core.exec_driver_sql(statement)


def test_a_memory_that_is_well_is_told_so_and_left_as_it_is(folder: Path) -> None:
    before = (folder / "ember.db").read_bytes()
    assert wrong(folder) == {}
    assert (folder / "ember.db").read_bytes() == before
    assert (folder / "ember.lock").read_text() == ""


def test_a_trashed_page_is_told_with_the_command_that_helps_and_nothing_else_is_believed(folder: Path) -> None:
    with (folder / "ember.db").open("r+b") as database:
        database.seek(5 * 4096)
        database.write(os.urandom(4096))
    found = examined(folder)
    assert (found["database"].verdict, found["database"].remedy) == (Verdict.BAD, "ember restore")
    assert "search index" not in found


def test_a_file_that_is_no_database_is_told(folder: Path) -> None:
    (folder / "ember.db").write_bytes(b"garbage " * 999)
    assert examined(folder)["database"].verdict is Verdict.BAD


def test_an_index_that_does_not_match_is_told_and_mended_when_asked(folder: Path) -> None:
    harm(folder, "UPDATE memories SET content = 'EJ likes opera'")
    assert wrong(folder) == {"search index": Verdict.BAD}
    assert faults_of(folder) != []
    assert examined(folder, mend=True)["search index"].verdict is Verdict.MENDED
    assert wrong(folder) == {}
    assert faults_of(folder) == []


async def test_beside_a_running_ember_it_reads_and_says_what_it_left_out(folder: Path) -> None:
    async with opened(folder):
        found = examined(folder)
        assert "in use by a test" in found["data directory"].told
        assert "while Ember is stopped" in found["search index"].told
        assert {one.verdict for one in found.values()} == {Verdict.OK}
        with pytest.raises(DataDirectoryInUse):
            examined(folder, mend=True)


async def test_beside_a_running_ember_an_item_that_the_index_lacks_is_seen_and_one_it_has_too_many(
    folder: Path,
) -> None:
    ((item,),) = rows(folder, "SELECT id FROM memories")
    harm(folder, "INSERT INTO items_fts(items_fts) VALUES ('delete-all')")
    async with opened(folder):
        assert examined(folder)["search index"].verdict is Verdict.BAD
    harm(
        folder,
        "INSERT INTO items_fts(items_fts) VALUES ('rebuild')",
        f"INSERT INTO items_fts(rowid, words) VALUES (1, '{keyed('pizza', 1)}')",
    )
    async with opened(folder):
        assert examined(folder)["search index"].verdict is Verdict.BAD
    assert rows(folder, "SELECT id FROM memories") == [(item,)]


def test_what_is_left_of_an_item_that_is_gone_is_told_and_removed_when_asked(folder: Path) -> None:
    ((person,),) = rows(folder, "SELECT id FROM user_identities")
    ((reply,),) = rows(folder, "SELECT id FROM messages WHERE direction = 'out'")
    harm(
        folder,
        f"INSERT INTO recalls (reply_id, item_id, score, reason) VALUES ({reply}, 1, 0.5, 'pizza')",
        "INSERT INTO prompt_parts (owner_id, hash, kind, text, item_id)"
        f" VALUES ({person}, 'h', 'recalled', 'a secret', 1)",
        "INSERT INTO memory_relationships (from_id, to_id, kind, confidence, created_at)"
        f" VALUES ({reply}, 1, 'relates_to', 1.0, '2026-11-21T09:05:00.000000+00:00')",
        "INSERT INTO embeddings (item_id, model, kind, part, text_hash, dimension, vector, scope_id, owner_scope_id)"
        " VALUES (1, 'm', 'sentence', 0, x'00', 1, x'00', 1, 1)",
    )
    assert wrong(folder) == {"orphans": Verdict.WARN}
    mended = examined(folder, mend=True)["orphans"]
    assert mended.verdict is Verdict.MENDED
    for what in ("1 texts", "1 notes of what a reply was made from", "1 vectors", "1 relationships"):
        assert what in mended.told
    assert wrong(folder) == {}
    assert rows(folder, "SELECT text FROM prompt_parts WHERE hash = 'h'") == [("[forgotten]",)]
    assert len(rows(folder, "SELECT 1 FROM messages")) == 2


async def test_what_forgetting_leaves_behind_is_nothing_wrong(folder: Path) -> None:
    async with opened(folder) as scene:
        ej = await scene.person("EJ")
        place = scene.place(DM, ej)
        (memory,) = await scene.store.memories.of_owner(place, ej.id)
        await scene.store.erasure.erase(place, ej.id, memory.id)
    assert wrong(folder) == {}


def test_a_reference_to_nothing_is_told(folder: Path) -> None:
    harm(folder, "UPDATE messages SET session_id = 1")
    assert wrong(folder) == {"references": Verdict.BAD}


@pytest.mark.parametrize("name", ["nobody", "private:7", "guild:", "nowhere:7"])
def test_items_in_a_scope_that_no_place_reads_are_told(folder: Path, name: str) -> None:
    harm(folder, f"UPDATE scopes SET name = '{name}'")
    assert wrong(folder) == {"scopes": Verdict.BAD}


async def test_a_line_that_has_waited_too_long_is_told(folder: Path) -> None:
    async with opened(folder) as scene:
        await scene.says("EJ", "hello?")
    assert wrong(folder) == {"waiting": Verdict.WARN}


def test_a_delivery_that_a_finished_turn_still_holds_back_is_told(folder: Path) -> None:
    harm(folder, "UPDATE queue SET state = 'in_progress', attempts = 0")
    assert wrong(folder) == {"waiting": Verdict.BAD}


@pytest.mark.parametrize(("ratio", "verdict"), [(0.79, Verdict.WARN), (0.8, Verdict.OK)])
def test_a_hot_cache_that_answers_too_little_is_told(folder: Path, ratio: float, verdict: Verdict) -> None:
    assert "hot cache" not in examined(folder)
    harm(
        folder,
        "INSERT INTO performance_metrics VALUES ('hit_ratio', '2026-11-21T09:00:00.000000+00:00', 0.5)",
        f"INSERT INTO performance_metrics VALUES ('hit_ratio', '2026-11-21T09:05:00.000000+00:00', {ratio})",
    )
    assert examined(folder)["hot cache"].verdict is verdict


def test_files_that_others_can_read_are_told_and_closed_when_asked(folder: Path) -> None:
    folder.chmod(0o755)
    (folder / "ember.db").chmod(0o644)
    assert wrong(folder) == {"permissions": Verdict.WARN}
    assert "data, ember.db" in examined(folder, mend=True)["permissions"].told
    assert wrong(folder) == {}
    assert (folder.stat().st_mode & 0o777, (folder / "ember.db").stat().st_mode & 0o777) == (0o700, 0o600)


def test_an_end_that_was_not_in_order_is_told_and_still_known_to_the_next_start(folder: Path) -> None:
    (folder / "ember.lock").write_text("ember run (process 1)")
    assert wrong(folder) == {"data directory": Verdict.WARN}
    assert (folder / "ember.lock").read_text() != ""


def test_a_database_of_another_schema_is_told_and_not_read(folder: Path) -> None:
    harm(folder, "UPDATE alembic_version SET version_num = '9999'")
    found = examined(folder)
    assert found["schema"].verdict is Verdict.BAD
    assert "9999" in found["schema"].told
    assert "orphans" not in found


def test_where_nothing_was_kept_yet_there_is_nothing_to_examine(tmp_path: Path) -> None:
    with pytest.raises(DataDirectoryError, match="no memory"):
        examined(tmp_path / "none")


@pytest.mark.parametrize(
    ("version", "has_it"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 1), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 1), False),
    ],
)
def test_the_releases_with_the_wal_reset_bug_are_known(version: tuple[int, ...], has_it: bool) -> None:
    assert has_wal_reset_bug(version) is has_it


def test_a_damaged_key_is_told(folder: Path) -> None:
    (folder / "installation.key").write_bytes(b"short")
    assert wrong(folder) == {"key": Verdict.BAD}


def test_a_log_of_writes_that_has_grown_too_long_is_told(folder: Path) -> None:
    with (folder / "ember.db-wal").open("wb") as log:
        log.truncate(WAL_BYTES_KEPT + 1)
    (folder / "ember.db-wal").chmod(0o600)
    found = {finding.name: finding for finding in examine_machine(DataDirectory(folder), mend=False)}
    assert found["write-ahead log"].verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [("nfs4", Verdict.BAD), ("cifs", Verdict.BAD), ("fuse.sshfs", Verdict.BAD), ("9p", Verdict.BAD)]
    + [(kind, Verdict.OK) for kind in ("ext4", "btrfs", "xfs", "zfs", "apfs", "overlay", "tmpfs")],
)
def test_a_network_folder_is_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, verdict: Verdict
) -> None:
    mounts = tmp_path / "mounts"
    place = str(folder.resolve()).replace(" ", "\\040")
    mounts.write_text(f"disk / ext3 rw 0 0\nsomething {place} {kind} rw 0 0\nother {place}2 nfs rw 0 0\n")
    monkeypatch.setattr(machine, "_MOUNTS", mounts)
    found = examined(folder)["kind of disk"]
    assert (found.verdict, kind in found.told) == (verdict, True)


async def test_a_backup_that_is_missing_or_too_old_is_told_where_one_is_to_be_made(folder: Path) -> None:
    day = timedelta(days=1)

    def told(after: timedelta, every: timedelta = day) -> Verdict:
        found = {one.name: one for one in examine(folder, MORNING + after, backup_every=every)}
        return found["backups"].verdict

    assert told(2 * day) is Verdict.OK  # it has just begun
    assert told(4 * day) is Verdict.WARN
    assert told(4 * day, every=timedelta()) is Verdict.OK
    clock = DrivenClock(MORNING + 4 * day)
    async with opened(folder, clock) as scene:
        await scene.store.backups.make()
        assert told(40 * day) is Verdict.OK  # nothing came since
        clock.advance(day)
        await scene.asks_and_hears("EJ", "and now?", "Still pizza.")
    assert told(7 * day) is Verdict.OK
    assert told(9 * day) is Verdict.WARN


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\0" + bytes(5_000)])
async def test_a_backup_that_cannot_be_read_is_told(folder: Path, damage: bytes) -> None:
    make_backup(DataDirectory(folder), MORNING).file.write_bytes(damage)
    found = examined(folder)["backups"]
    assert found.verdict is Verdict.BAD
    assert "ember-20261121T090500Z.db, cannot be read" in found.told


async def test_a_backup_of_a_time_to_come_is_none_of_what_is_there_now(folder: Path) -> None:
    make_backup(DataDirectory(folder), MORNING + timedelta(days=3_650))
    found = {one.name: one for one in examine(folder, MORNING + timedelta(days=4), backup_every=timedelta(days=1))}
    assert found["backups"].verdict is Verdict.WARN
    assert found["backups"].told.startswith("Every backup is of a time that is still to come")


@pytest.mark.parametrize("state", ["hidden", "erased", "done"])
async def test_what_has_not_gone_long_after_it_was_forgotten_is_told(folder: Path, state: str) -> None:
    harm(
        folder,
        f"INSERT INTO erasures VALUES (7, 'item', '{state}', NULL, '2026-11-19T09:00:00.000000+00:00', NULL, NULL)",
    )
    assert wrong(folder) == ({} if state == "done" else {"forgetting": Verdict.WARN})
