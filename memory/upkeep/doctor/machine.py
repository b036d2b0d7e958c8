"""What a memory stands on: the SQLite library, the disk, the folder and who may look into it."""

import re
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from memory.data_directory import DataDirectory
from memory.engines.sqlite import WAL_BYTES_KEPT
from memory.engines.sqlite_checks import has_wal_reset_bug, secure_delete_works
from memory.errors import DataDirectoryError
from memory.upkeep.doctor.findings import Finding, Verdict

FEWEST_FREE_BYTES: Final = 50 * 1024 * 1024  #: below it writes may soon be refused

_MOUNTS: Final = Path("/proc/self/mounts")  # Linux; elsewhere the kind of disk stays unknown
_NETWORK: Final = re.compile(r"nfs|cifs|smb|sshfs|afs|ceph|gluster|lustre|davfs|9p|ncpfs|beegfs")
_OPEN_TO_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def examine_machine(directory: DataDirectory, *, mend: bool) -> Iterator[Finding]:
    """Yields a finding for each thing that a memory stands on."""
    yield _library()
    yield _secure_delete()
    yield _key(directory)
    yield _permissions(directory, mend=mend)
    yield _log_size(directory)
    yield _space(directory)
    yield _kind_of_disk(directory)


def _library() -> Finding:
    told = f"SQLite {sqlite3.sqlite_version}."
    if has_wal_reset_bug():
        told += (
            " It has the WAL-reset bug, which needs two connections that write; Ember has one, so it is safe as long as"
            " no other program writes to this database."
        )
    return Finding("SQLite", Verdict.OK, told)


def _secure_delete() -> Finding:
    if secure_delete_works():
        return Finding("secure delete", Verdict.OK, "What is deleted is overwritten.")
    told = "This build of SQLite ignores secure_delete: forgotten text would stay in the file."
    return Finding("secure delete", Verdict.BAD, told, "Use another build of SQLite.")


def _key(directory: DataDirectory) -> Finding:
    try:
        directory.secret()
    except DataDirectoryError as error:
        return Finding("key", Verdict.BAD, error.problem, error.remedy)
    return Finding("key", Verdict.OK, "The installation's key is there.")


def _permissions(directory: DataDirectory, *, mend: bool) -> Finding:
    """Others of the machine may neither read the files nor list the folder."""
    wanted = {directory.path: 0o700, **dict.fromkeys(_files(directory), 0o600)}
    loose = {path: mode for path, mode in wanted.items() if path.stat().st_mode & _OPEN_TO_OTHERS}
    if not loose:
        return Finding("permissions", Verdict.OK, "Only you can read the data directory.")
    named = ", ".join(sorted(path.name for path in loose))
    if mend:
        for path, mode in loose.items():
            path.chmod(mode)
        return Finding("permissions", Verdict.MENDED, f"Others could read {named}; now only you can.")
    told = f"Others who use this machine can read {named}."
    return Finding("permissions", Verdict.WARN, told, "ember doctor --mend, while Ember is stopped")


def _files(directory: DataDirectory) -> list[Path]:
    names = (directory.database, *directory.path.glob(f"{directory.database.name}-*"), *directory.path.glob("*.key"))
    return [path for path in names if path.exists()]


def _log_size(directory: DataDirectory) -> Finding:
    log = directory.database.with_name(f"{directory.database.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    told = f"The write-ahead log has {_megabytes(size)}."
    if size <= WAL_BYTES_KEPT:
        return Finding("write-ahead log", Verdict.OK, told)
    return Finding(
        "write-ahead log", Verdict.WARN, told, "Stop programs that keep reading the database; restart Ember."
    )


def _space(directory: DataDirectory) -> Finding:
    free = shutil.disk_usage(directory.path).free
    size = directory.database.stat().st_size
    told = f"{_megabytes(free)} free on the disk; the database has {_megabytes(size)}."
    if free < FEWEST_FREE_BYTES:
        return Finding("disk space", Verdict.BAD, f"The disk is all but full: {told}", "Free some space.")
    if free < 2 * size:
        remedy = "Free some space: a backup and a migration each need as much as the database has."
        return Finding("disk space", Verdict.WARN, told, remedy)
    return Finding("disk space", Verdict.OK, told)


def _kind_of_disk(directory: DataDirectory) -> Finding:
    kind = _filesystem(directory.path)
    if kind is None:
        return Finding("kind of disk", Verdict.OK, "This system does not say what kind of disk it is.")
    if _NETWORK.search(kind):
        told = f"The data directory is on a network filesystem ({kind}), where SQLite's log is not safe."
        return Finding("kind of disk", Verdict.BAD, told, "Move it to a disk of this machine and set DATA_DIR.")
    return Finding("kind of disk", Verdict.OK, f"A disk of this machine ({kind}).")


def _filesystem(path: Path) -> str | None:
    """Returns the kind of filesystem that a folder is on: that of the longest mount point above it."""
    if not _MOUNTS.exists():
        return None
    real, mounts = path.resolve(), dict[Path, str]()
    for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines():
        _, point, kind, *_ = line.split(" ")
        mounts[Path(re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), point))] = kind
    above = [mount for mount in (real, *real.parents) if mount in mounts]
    return mounts[above[0]] if above else None


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:,.1f} MB"
