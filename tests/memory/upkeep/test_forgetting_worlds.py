"""Random people in random places: one of them, or one thing they said, is forgotten, and everything else stays."""

import random
from pathlib import Path

import pytest

from memory import Place, Question
from tests.memory.forgetting import files_holding
from tests.memory.scene import Scene, faults_of, opened, tables_holding
from tests.memory.visibility import Said, World, make_world, wrongs_of


async def shown_anywhere(scene: Scene, world: World, gone: list[Said]) -> list[str]:
    """What some place still shows of what was forgotten."""
    found: list[str] = []
    for spot in world.spots:
        asker = world.people[min(spot.members)].id
        for said in gone:
            hits = (await scene.store.search.find(Question(spot.place, asker, said.canary, 100))).hits
            if said.id in {hit.item.id for hit in hits} or await scene.store.search.item(spot.place, said.id):
                found.append(f"{said.canary} in {spot.place}")
    return found


def traces(folder: Path, world: World, gone: list[Said], whole: bool) -> list[str]:
    """The tables and files that hold a canary of what was forgotten, and of nothing that stays.

    A forgotten message's row is still known by the platform's number, which here is the canary, too.
    """
    kept = [said.canary for said in world.said if said not in gone]
    canaries = [said.canary for said in gone if not any(canary.startswith(said.canary) for canary in kept)]
    words = canaries if whole else [f"{before} {canary}" for canary in canaries for before in ("hide", "is")]
    return [one for word in words for one in (*tables_holding(folder, word), *files_holding(folder, word))]


async def forgotten(scene: Scene, world: World, choose: random.Random, whole: bool) -> list[Said]:
    """Forgets a person, or one thing that somebody said, and returns all that should be gone."""
    said = choose.choice(world.said)
    if whole:
        await scene.store.erasure.erase_person(world.people[said.owner].id)
        return [one for one in world.said if one.owner == said.owner]
    where: Place = said.spot.place.read_by(world.people[said.owner].id)
    erased = await scene.store.erasure.erase(where, world.people[said.owner].id, said.id)
    return [one for one in world.said if one.id in erased.items]


@pytest.mark.parametrize("whole", [True, False], ids=["a person", "an item"])
@pytest.mark.parametrize("seed", range(3))
async def test_what_is_forgotten_is_nowhere_and_all_else_is_where_it_was(
    tmp_path: Path, seed: int, whole: bool
) -> None:
    choose = random.Random(seed)
    async with opened(tmp_path, hot_items=50) as scene:
        world = await make_world(scene, "w", choose)
        others = await make_world(scene, "o", choose)
        gone = await forgotten(scene, world, choose, whole)
        assert gone
        assert await shown_anywhere(scene, world, gone) == []
        await scene.store.erasure.finish()
        assert await shown_anywhere(scene, world, gone) == []
        assert traces(tmp_path, world, gone, whole) == []
        world.said = [said for said in world.said if said not in gone]
        assert await wrongs_of(scene, world, choose) == []
        assert await wrongs_of(scene, others, choose) == []
    assert faults_of(tmp_path) == []
