"""What is wrong with a memory that nobody has open."""

import shutil
from pathlib import Path
from typing import Final

from memory.clock import SystemClock
from memory.engines.sqlite import SqliteWriter, Synchronous, create_writer_engine
from memory.engines.sqlite_checks import broken_references, index_drifted, page_damage
from memory.open import MemoryOptions, look_into_memory, open_memory
from memory.place import Channel, OneReader, Place
from memory.records import Person

PERSON: Final = (Channel.CONSOLE, "local")  #: whose memories the trials make


def place_of(person: Person) -> Place:
    return Place(Channel.CONSOLE, OneReader(person.id))


def faults_of(database: Path) -> list[str]:
    """Returns what the checks of the pages, the references and the index find in a database that nobody else uses."""
    engine = create_writer_engine(database, Synchronous.NORMAL)
    writer = SqliteWriter(engine)
    try:
        damage = page_damage(writer.core)
        if damage or not writer.core.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'items_fts'").first():
            return [damage] if damage else []
        broken = broken_references(writer.core)
        found = {"the index does not match": index_drifted(writer.core), f"{broken} broken references": broken > 0}
        return [fault for fault, is_so in found.items() if is_so]
    finally:
        writer.close()
        engine.dispose()


def faults_of_copy(folder: Path) -> list[str]:
    """Looks for faults in a copy, so that what was killed finds its log of writes again, and has to recover itself."""
    copy = folder.with_name(f"{folder.name} copied")
    copy.mkdir()
    try:
        for name in ("ember.db", "ember.db-wal"):
            if (folder / name).exists():
                shutil.copyfile(folder / name, copy / name)
        return faults_of(copy / "ember.db") if (copy / "ember.db").exists() else []
    finally:
        shutil.rmtree(copy)


async def cache_faults(folder: Path) -> list[str]:
    """Opens a memory again and compares all that the hot cache gives of a person with the database."""
    clock = SystemClock()
    async with look_into_memory(folder, clock) as store:  # has no hot cache
        person = await store.people.known(*PERSON)
        if person is None:
            return []
        place = place_of(person)
        kept = await store.memories.of_owner(place, person.id)
    async with open_memory(folder, clock, "a kill test", MemoryOptions(hot_items=len(kept) + 1)) as store:
        warmed = [await store.memories.get(place, memory.id) for memory in kept]
        filled, again = [await store.memories.of_owner(place, person.id) for _ in range(2)]
    told = {"get": warmed == kept, "the first list": filled == kept, "the second list": again == kept}
    return [f"the hot cache differs from the database in {what}" for what, same in told.items() if not same]
