"""One person among others, forgotten to the last byte.

`python -m tests.memory.forgetting FOLDER TURNS` says in which files the person is still to be found: a copy of the
package that leaves out a part of forgetting has to be found out by it.
"""

import asyncio
import random
import sys
from pathlib import Path

from sqlalchemy import bindparam, insert, update

from memory import Person, Place
from memory.ids import IdMaker
from memory.records import Direction, MessageState, OwnerKind, Tier, Trust
from memory.tables.index import INDEX_WORDS
from memory.tables.memories import memories
from memory.tables.messages import blank_message, messages
from memory.tables.receipts import PartKind, prompt_parts, recalls
from memory.words import keyed_words
from tests.memory.scene import DM, opened, writer_of

CANARY = "zqxcanary"
FOUND_OUT = 3  #: exit status; a crash has another
PEOPLE = 10  #: the first of them is the one who is forgotten

Rows = list[dict[str, object]]


def files_holding(folder: Path, word: str) -> list[str]:
    """Names every file of a folder in which a word stands, as bytes, however deep."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return [str(file.relative_to(folder)) for file in files if word.encode() in file.read_bytes().lower()]


async def fill(folder: Path, turns: int) -> tuple[Person, Place]:
    """Makes many turns of several people, and returns the one by whose canaries everything of theirs is known."""
    async with opened(folder) as scene:
        received = [await scene.says(f"person {number}", "hello") for number in range(PEOPLE)]
        person = scene.people["person 0"]
        place = scene.place(DM, person)
    firsts = [one.message for one in received if one is not None]
    ids = IdMaker(scene.clock, after=max(first.id for first in firsts) + 1_000)
    choose = random.Random(turns)
    with writer_of(folder) as writer:
        for _ in range(0, turns, 100):
            said: Rows = []
            written: Rows = []
            kept: Rows = []
            words: Rows = []
            parts: Rows = []
            recalled: Rows = []
            for _ in range(100):
                number = choose.randrange(PEOPLE)
                first = firsts[number]
                line, reply, memory = ids.next(), ids.next(), ids.next()
                name = f"{CANARY if number == 0 else 'teapot'}{line}"
                text = f"{name} " + " ".join(f"word{choose.randrange(2_000)}" for _ in range(choose.randrange(4, 40)))
                for item, direction in ((line, Direction.IN), (reply, Direction.OUT)):
                    row = blank_message(item, first.owner, first.scopes, first.session, first.created_at)  # type: ignore[arg-type]
                    more = {"direction": direction, "state": MessageState.DONE, "trust": Trust.SAID, "turn_id": line}
                    told = {"external_id": f"{name} {direction}", "content": text if direction is Direction.IN else ""}
                    said.append({**row, **more, **told, "channel": first.channel})
                # A reply's row is there before its text is: it grows, and pushes its neighbours to other pages.
                written.append({"reply": reply, "text": f"you said {text}", "hashes": (f"hash {line}",)})
                kept.append(
                    {
                        "id": memory,
                        "owner_kind": OwnerKind.PERSON,
                        "owner_id": first.owner,
                        "scope_id": first.scopes[0],
                        "owner_scope_id": first.scopes[-1],
                        "trust": Trust.SAID,
                        "tier": Tier.SEMANTIC,
                        "content": text,
                        "language": "en",
                        "importance": 5,
                        "confidence": 1.0,
                        "source": line,
                        "created_at": first.created_at,
                        "valid_from": first.created_at,
                    }
                )
                for item, content in ((line, text), (reply, f"you said {text}"), (memory, text)):
                    keyed = keyed_words(content, "en", first.scopes[0], first.scopes[-1])
                    words.append({"rowid": item, "words": keyed})
                part = {"kind": PartKind.WORDS, "text": text, "item_id": line}
                parts.append({"owner_id": first.owner, "hash": f"hash {line}", **part})
                recalled.append({"reply_id": reply, "item_id": memory, "score": 1.0, "reason": f"holds {name}"})
            writer.begin()
            for table, rows in ((messages, said), (memories, kept), (prompt_parts, parts), (recalls, recalled)):
                writer.core.execute(insert(table), rows)
            finished = update(messages).where(messages.c.id == bindparam("reply"))
            writer.core.execute(finished.values(content=bindparam("text"), receipt=bindparam("hashes")), written)
            writer.core.execute(INDEX_WORDS, words)
            writer.commit()
    return person, place


async def search_for_traces(folder: Path, turns: int) -> list[str]:
    """Forgets a person among others and returns the files that hold anything of theirs."""
    person, _ = await fill(folder, turns)
    async with opened(folder) as scene:
        await scene.store.backups.make()
        assert len(files_holding(folder, CANARY)) == 2
        await scene.store.erasure.erase_person(person.id)
        await scene.store.erasure.finish()
        return files_holding(folder, CANARY)


if __name__ == "__main__":
    folder, turns = sys.argv[1:]
    traces = asyncio.run(search_for_traces(Path(folder), int(turns)))
    print(traces)  # noqa: T201
    sys.exit(FOUND_OUT if traces else 0)
