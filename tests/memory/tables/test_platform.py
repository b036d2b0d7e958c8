"""What stands on a platform and is kept here too, and the words of what was spoken."""

from pathlib import Path

from memory import Channel, Message, Question
from tests.memory.scene import GENERAL, STAFF, Scene, faults_of, opened, tables_holding

NO_WORDS = "[attached: voice-message.ogg]"


async def found(scene: Scene, name: str, question: str) -> list[str]:
    person = await scene.person(name)
    place = GENERAL.read_by(person.id)
    hits = (await scene.store.search.find(Question(place, person.id, question, 10))).hits
    return [hit.item.content for hit in hits if isinstance(hit.item, Message)]


async def test_what_was_said_and_what_was_answered_are_known_by_their_ids_on_the_platform(scene: Scene) -> None:
    received = await scene.says("EJ", "how are you?", GENERAL, external_id="100")
    assert received is not None
    turn = await scene.takes_up(GENERAL, received)
    await scene.finishes(turn, "Very well.")
    (job,) = (await scene.store.work.claim([Channel.DISCORD], 16)).jobs
    await scene.store.work.complete(job, "101")
    kept = await scene.store.platform.kept(GENERAL, ["100", "101", "102"])
    assert {one: message.content for one, message in kept.items()} == {"100": "how are you?", "101": "Very well."}


async def test_what_may_not_be_used_in_a_place_is_not_known_there(scene: Scene) -> None:
    await scene.says("EJ", "the lighthouse", STAFF, external_id="100")
    assert await scene.store.platform.kept(GENERAL, ["100"]) == {}
    assert set(await scene.store.platform.kept(STAFF, ["100"])) == {"100"}


async def test_a_spoken_message_gets_its_words_and_is_found_by_them(scene: Scene) -> None:
    received = await scene.says("EJ", NO_WORDS, GENERAL)
    assert received is not None
    spoken = await scene.store.platform.spoken(received.message, "I saw a lighthouse. My password is hunter2.")
    assert spoken is not None
    assert spoken.content == "I saw a lighthouse. My password is [secret]"
    assert await found(scene, "EJ", "lighthouse") == [spoken.content]
    assert await found(scene, "EJ", "voice message") == []
    assert tables_holding(scene.path, "hunter2") == []


async def test_words_are_given_once_and_only_to_what_waits_for_its_answer(scene: Scene) -> None:
    received = await scene.says("EJ", NO_WORDS, GENERAL)
    assert received is not None
    assert await scene.store.platform.spoken(received.message, "one") is not None
    assert await scene.store.platform.spoken(received.message, "two") is None
    answered = await scene.says("EJ", NO_WORDS, GENERAL)
    assert answered is not None
    await scene.finishes(await scene.takes_up(GENERAL, answered))
    assert await scene.store.platform.spoken(answered.message, "three") is None


async def test_the_index_holds_together_when_words_were_given(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as scene:
        received = await scene.says("EJ", NO_WORDS, GENERAL)
        assert received is not None
        await scene.store.platform.spoken(received.message, "I saw a lighthouse")
    assert faults_of(tmp_path / "data") == []
