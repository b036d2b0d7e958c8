"""What belongs to the best hits follows them, where there is room, and only for those who may see it."""

from memory import Found, ItemId, Memory, NewMemory, Place, Question, RelationshipKind, Trust
from tests.memory.scene import DM, GENERAL, Scene


async def remember(scene: Scene, name: str, text: str, place: Place = DM, *to: Memory, **more: object) -> Memory:
    person = await scene.person(name)
    new = NewMemory(text, Trust.SAID, related=tuple(ItemId(one.id) for one in to), **more)  # type: ignore[arg-type]
    return await scene.store.memories.add(scene.place(place, person), person.id, new)


async def ask(scene: Scene, name: str, text: str, place: Place = DM, limit: int = 10, **more: object) -> Found:
    person = await scene.person(name)
    return await scene.store.search.find(Question(scene.place(place, person), person.id, text, limit, **more))  # type: ignore[arg-type]


def contents(found: Found) -> list[str]:
    return [hit.item.content for hit in found.hits]


async def test_what_belongs_to_a_hit_follows_it_and_says_to_what_it_is_related(scene: Scene) -> None:
    trip = await remember(scene, "EJ", "the trip to Rome is in May")
    await remember(scene, "EJ", "the hotel has a garden", DM, trip, confidence=0.8)
    other = await remember(scene, "EJ", "breakfast is at eight")
    await remember(scene, "EJ", "Rome is warm", DM, other, relationship=RelationshipKind.DERIVED_FROM)
    found = await ask(scene, "EJ", "when is the trip to Rome?")
    assert contents(found) == [trip.content, "the hotel has a garden", "Rome is warm", "breakfast is at eight"]
    first, hotel, rome, breakfast = found.hits
    assert hotel.reason == 'related to "the trip to Rome is in May"'
    assert hotel.lacks == ("trip", "Rome?")
    assert hotel.score == first.score * 0.5 * 0.8
    assert breakfast.score == rome.score * 0.5


async def test_it_takes_no_room_of_what_was_found_itself(scene: Scene) -> None:
    trip = await remember(scene, "EJ", "the trip to Rome is in May")
    await remember(scene, "EJ", "the hotel has a garden", DM, trip)
    await remember(scene, "EJ", "a trip through warm and sunny meadows")
    assert contents(await ask(scene, "EJ", "trip to Rome", limit=2)) == [
        "the trip to Rome is in May",
        "a trip through warm and sunny meadows",
    ]
    assert len((await ask(scene, "EJ", "trip to Rome", limit=3)).hits) == 3
    assert contents(await ask(scene, "EJ", '"trip to Rome"', operators=True)) == [trip.content]


async def test_what_a_place_may_not_see_does_not_follow_there(scene: Scene) -> None:
    trip = await remember(scene, "EJ", "the trip to Rome is in May", GENERAL)
    await remember(scene, "EJ", "EJ is afraid of planes", DM, trip)
    await remember(scene, "Bob", "Bob hates EJ", DM, trip)
    for name, place in (("EJ", GENERAL), ("Bob", GENERAL), ("Ana", GENERAL)):
        assert contents(await ask(scene, name, "trip to Rome", place)) == [trip.content]
    assert contents(await ask(scene, "EJ", "trip to Rome")) == [trip.content, "EJ is afraid of planes"]
    assert contents(await ask(scene, "Bob", "trip to Rome")) == []


async def test_what_is_no_longer_so_forgotten_or_in_the_prompt_already_does_not_follow(scene: Scene) -> None:
    trip = await remember(scene, "EJ", "the trip to Rome is in May")
    hotel = await remember(scene, "EJ", "the hotel has a garden", DM, trip)
    ej = scene.people["EJ"]
    here = scene.place(DM, ej)
    assert len((await ask(scene, "EJ", "trip to Rome")).hits) == 2
    assert contents(await ask(scene, "EJ", "trip to Rome", leave_out=frozenset({hotel.id}))) == [trip.content]
    newer = await scene.store.memories.supersede(here, ej.id, hotel.id, NewMemory("it is full", Trust.SAID))
    assert contents(await ask(scene, "EJ", "trip to Rome")) == [trip.content]
    await remember(scene, "EJ", "we sleep in a tent", DM, trip)
    tent = (await ask(scene, "EJ", "trip to Rome")).hits[1].item
    await scene.store.erasure.erase(here, ej.id, tent.id)
    assert contents(await ask(scene, "EJ", "trip to Rome")) == [trip.content]
    assert newer.superseded_at is None
