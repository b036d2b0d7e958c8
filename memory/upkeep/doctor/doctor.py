"""Examines a data directory: alone in it when no Ember runs, else beside it, reading only."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from memory.data_directory import DataDirectory, hold_data_directory, look_into_data_directory
from memory.engines.sqlite import SqliteWriter, Synchronous, create_reader_engine, create_writer_engine
from memory.errors import DataDirectoryError, DataDirectoryInUse
from memory.upkeep.doctor.content import (
    compare_index_by_rows,
    compare_index_by_words,
    examine_orphans,
    examine_pages,
    examine_rows,
    examine_schema,
    mend_orphans,
)
from memory.upkeep.doctor.copies import examine_backups
from memory.upkeep.doctor.findings import Finding, Verdict
from memory.upkeep.doctor.machine import examine_machine

HOLDER: Final = "ember doctor"


def examine(
    path: Path, now: datetime, *, mend: bool = False, backup_every: timedelta = timedelta()
) -> Iterator[Finding]:
    """Yields what is found in a data directory, the gravest first.

    It takes seconds for a large database. While Ember runs it reads only, and leaves out what needs more. `mend` mends
    what can be made anew, and needs Ember stopped; `backup_every` may be zero: never.
    Raises DataDirectoryError, with `mend` DataDirectoryInUse.
    """
    directory = look_into_data_directory(path)
    try:
        with hold_data_directory(path, HOLDER) as held:
            yield from _examine_alone(held, now, backup_every, mend=mend)
    except DataDirectoryInUse as error:
        if mend:
            raise
        told = f"{error} So it was read beside it."
        yield Finding("data directory", Verdict.OK, told)
        yield from _examine_beside(directory, now, backup_every)
    except DataDirectoryError as error:
        if mend:
            raise
        yield Finding("data directory", Verdict.BAD, error.problem, error.remedy)
        yield from _examine_beside(directory, now, backup_every)


def _examine_alone(
    directory: DataDirectory, now: datetime, backup_every: timedelta, *, mend: bool
) -> Iterator[Finding]:
    if directory.left_uncleanly:
        told = "Ember was not ended in order the last time. It checks the whole memory when it starts again."
        yield Finding("data directory", Verdict.WARN, told, "ember run, or ember chat")
    else:
        yield Finding("data directory", Verdict.OK, "Ember is stopped, and was ended in order.")
    found: list[Finding] = []
    for finding in _examine_pages_and_schema(directory):
        found.append(finding)
        yield finding
    whole = all(finding.verdict is Verdict.OK for finding in found)
    if whole:
        with _writer(directory) as writer:
            yield compare_index_by_words(writer, mend=mend)
            yield mend_orphans(writer) if mend else examine_orphans(writer.core)
            yield from examine_rows(writer.core, now)
            yield examine_backups(writer.core, directory, now, backup_every)
    yield from examine_machine(directory, mend=mend)
    if whole and not directory.left_uncleanly:
        directory.leave_cleanly()


def _examine_beside(directory: DataDirectory, now: datetime, backup_every: timedelta) -> Iterator[Finding]:
    found = list(_examine_pages_and_schema(directory))
    yield from found
    if all(finding.verdict is Verdict.OK for finding in found):
        with _reader(directory) as reader:
            yield compare_index_by_rows(reader)
            yield examine_orphans(reader)
            yield from examine_rows(reader, now)
            yield examine_backups(reader, directory, now, backup_every)
    yield from examine_machine(directory, mend=False)


def _examine_pages_and_schema(directory: DataDirectory) -> Iterator[Finding]:
    try:
        with _reader(directory) as reader:
            pages = examine_pages(reader)
            yield pages
            if pages.verdict is Verdict.OK:
                yield examine_schema(reader)
    except DBAPIError as error:
        told = f"The database cannot be read: {error.orig}."
        yield Finding("database", Verdict.BAD, told, "ember restore, if the file is damaged")


@contextmanager
def _reader(directory: DataDirectory) -> Iterator[Connection]:
    engine = create_reader_engine(directory.database, size=1)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _writer(directory: DataDirectory) -> Iterator[SqliteWriter]:
    engine = create_writer_engine(directory.database, Synchronous.FULL)
    writer = SqliteWriter(engine)
    try:
        yield writer
    finally:
        writer.close()
        engine.dispose()
