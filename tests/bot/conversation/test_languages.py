"""What Ember says by itself is said in the asker's language."""

from pathlib import Path

from bot.app import Ember
from bot.sentences import Sentence
from memory import Notice
from tests.bot.channel_in_a_list import ChannelInAList, dm, open_channel
from tests.bot.conversation.conftest import Start
from tests.bot.conversation.test_after_a_crash import full_disk
from tests.bot.conversation.test_learning import OFFLINE
from tests.bot.english import SENTENCES
from tests.servers.openai import OpenAIServer, call
from tests.servers.openai.faults import Refusal


def german(sentence: Sentence, **values: object) -> str:
    return SENTENCES.say(sentence, "de", **values)


async def speaks_german(ember: Ember, channel: ChannelInAList, who: str = "ej") -> None:
    """Has somebody talked with Ember who prefers German."""
    await channel.answer("hallo", dm(who), who)
    person = await ember.store.people.known(channel.channel, who)
    assert person is not None
    await ember.store.people.prefer(person.id, "language", "de")


async def test_an_apology_is_in_the_asker_s_language(start: Start, server: OpenAIServer) -> None:
    async with start() as (ember, channel):
        await speaks_german(ember, channel)
        server.queue(Refusal(400), Refusal(400))
        assert (await channel.answer("wie geht's?", open_channel())).startswith(german(Sentence.APOLOGY_REFUSED))
        english = await channel.answer("how are you?", open_channel(), "ana")
        assert english.startswith(SENTENCES.say(Sentence.APOLOGY_REFUSED, "en"))


async def test_a_memory_s_notice_is_in_its_owner_s_language_and_names_it(start: Start, server: OpenAIServer) -> None:
    async with start() as (ember, channel):
        await speaks_german(ember, channel)
        server.answer(call("remember", {"content": "meine Katze heißt Miso"}))
        server.answer("Gut.")
        await channel.answer("merk dir: meine Katze heißt Miso", dm())
        person = await ember.store.people.known(channel.channel, "ej")
        assert person is not None
        (memory,) = await ember.store.memories.of_owner(dm().read_by(person.id), person.id)
        delivery = channel.deliveries[-1]
    assert delivery.notices == (Notice("gemerkt: meine Katze heißt Miso", (memory.id,)),)
    assert delivery.language == "de"


async def test_what_was_learned_is_told_in_its_owner_s_language(start: Start) -> None:
    async with start(**OFFLINE) as (ember, channel):
        await speaks_german(ember, channel)
        await channel.answer("my cat is called Miso", dm())
        notice = (await channel.deliveries_of(3))[2]
    assert [one.text for one in notice.notices] == ["gemerkt: my cat is called Miso"]
    assert notice.language == "de"


async def test_that_nothing_can_be_kept_is_said_in_the_asker_s_language(start: Start, tmp_path: Path) -> None:
    async with start() as (ember, channel):
        await speaks_german(ember, channel)
        await ember.turns.idle()
        with full_disk(tmp_path):
            assert await channel.say("hallo?", dm()) == german(Sentence.APOLOGY_NOT_KEPT)
            assert await channel.say("hello?", dm("ana"), "ana") == SENTENCES.say(Sentence.APOLOGY_NOT_KEPT, "en")
