"""What commands show, offer, draw and write into files is shown to nobody who may not see it."""

from pathlib import Path

import pytest

from tests.memory.slip import searched
from tests.memory.visibility import FOUND_OUT
from tests.promises.every_command import search_for_leaks

GUILDS = 16

#: Each takes the rule out of one command, or out of one read behind it: file, what stands there, what the slip makes of
#: it. Some take two lines, for neither alone shows anything.
SLIPS = {
    "why tells the words of calls that were made of others' items": (
        "bot/commands/why.py",
        "if is_all_seen and step.arguments else",
        "if step.arguments else",
    ),
    "why shows anybody's answers": (
        "memory/tables/pointed_at.py",
        "message_query().where(which, theirs, readable_messages(readable))",
        "message_query().where(which)",
    ),
    "why offers anybody's answers": (
        "memory/tables/pointed_at.py",
        'query = message_query().where(theirs, _FINISHED, messages.c.content != "", readable_messages(readable))',
        'query = message_query().where(_FINISHED, messages.c.content != "")',
    ),
    "what is offered is what stands in the place": (
        "bot/commands/memories/own_items.py",
        "kept = await self._store.memories.of_owner(asking.private, asking.person.id)",
        "kept = await self._store.memories.labelled(asking.here)",
    ),
    "an item is shown by its id to whoever is in its place": (
        "bot/commands/memories/own_items.py",
        "self._store.search.item(asking.private, item)\n        if found is None or found.owner != asking.person.id:",
        "self._store.search.item(asking.here, item)\n        if found is None:",
    ),
    "a search finds what everybody in the place may see": (
        "bot/commands/memories/listing.py",
        "Question(asking.private, asking.person.id, words, FOUND,",
        "Question(asking.here, asking.person.id, words, FOUND,",
    ),
    "a block is shown whosever it is": (
        "bot/commands/profile.py",
        "if one.label == label and one.memory.owner == asking.person.id]",
        "if one.label == label]",
    ),
    "admins are told who talks anywhere": (
        "bot/commands/admin/figures.py",
        "self._store.figures.people(DAYS, PEOPLE, asking.place.guild)",
        "self._store.figures.people(DAYS, PEOPLE)",
    ),
    "admins are told what admins did anywhere": (
        "bot/commands/admin/records.py",
        "guild = None if Rank.OWNER in asking.ranks else asking.place.guild",
        "guild = None",
    ),
    "an export has the parts of prompts that are others'": (
        "memory/upkeep/export.py",
        "or_(prompt_parts.c.text == FORGOTTEN, self._may_see(prompt_parts.c.item_id))",
        'prompt_parts.c.text != ""',
    ),
    "an export has what calls found of others": (
        "memory/upkeep/export.py",
        '{**row, "arguments": "", "result": None} if row["turn_id"] in of_turns else row',
        "row",
    ),
    "a code is anybody's": (
        "bot/commands/forgetting.py",
        "wish is None or wish.person != asking.person.id or",
        "wish is None or",
    ),
    "the cache gives to any place": (
        "memory/scope.py",
        "return not set(item).isdisjoint(place)",
        "return True",
    ),
    "what is forgotten stands in others' calls": (
        "memory/upkeep/erase_rows.py",
        "    _blank_steps(connection, steps.c.turn_id.in_(turns))\n",
        "",
    ),
}


@pytest.mark.long
async def test_nobody_is_shown_by_any_command_what_they_may_not_see(tmp_path: Path) -> None:
    """Some fifteen thousand looks: every command, by everybody, in all kinds of places, with all kinds of arguments."""
    looked = await search_for_leaks(tmp_path, seed=1, guilds=GUILDS)
    assert looked.wrong == []
    assert (looked.guilds, min(looked.commands.values()) > 0) == (GUILDS, True)
    assert looked.looks > 500 * GUILDS
    assert looked.own > 100 * GUILDS  # what is somebody's own is found: canaries are where they are looked for
    assert looked.of_others > GUILDS


@pytest.mark.long
@pytest.mark.timeout(240)  # a process for each, two at once
async def test_a_rule_left_out_of_a_command_is_found_out(tmp_path: Path) -> None:
    beside = (
        *(f"memory/{name}.py" for name in ("scene", "visibility", "word_embedding")),
        *(f"promises/{name}.py" for name in ("every_command", "guilds_with_canaries")),
    )
    found = await searched(SLIPS, tmp_path, "promises.every_command", "5", "16", beside=beside)
    assert found == dict.fromkeys(SLIPS, FOUND_OUT)
