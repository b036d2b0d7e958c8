"""What a reaction to an answer does."""

from bot.app import Ember
from bot.conversation.reactions import Reactions
from memory import Channel, Person, Place
from tests.bot.channel_in_a_list import ChannelInAList, open_channel
from tests.bot.conversation.conftest import Start


async def person(ember: Ember, name: str) -> Person:
    found = await ember.store.people.known(Channel.DISCORD, name)
    assert found is not None
    return found


async def not_asked(place: Place, message: str) -> None:
    raise AssertionError(message)


async def answered(ember: Ember, channel: ChannelInAList) -> None:
    """Bob says something, then EJ."""
    await channel.answer("hello", open_channel(), "bob")
    await channel.answer("hello", open_channel(), "ej")
    await ember.worker.idle()


async def test_a_brain_tells_the_asker_alone_what_an_answer_was_made_from(start: Start) -> None:
    told: list[tuple[str, str]] = []

    async def tell_why(place: Place, message: str) -> None:
        told.append((place.key, message))

    async with start() as (ember, channel):
        await answered(ember, channel)
        reactions = Reactions(ember.store, ember.router)
        ej, bob = await person(ember, "ej"), await person(ember, "bob")
        await reactions.added(channel, "sent-2", bob, "🧠", tell_why)
        await reactions.added(channel, "sent-2", ej, "🍕", tell_why)
        await reactions.added(channel, "sent-3", ej, "🧠", tell_why)
        await reactions.removed(channel, "sent-2", ej, "🧠")
        assert told == []
        await reactions.added(channel, "sent-2", ej, "🧠", tell_why)
    assert told == [(open_channel().key, "sent-2")]


async def test_a_bin_has_an_answer_taken_away_for_its_asker_alone(start: Start) -> None:
    async with start() as (ember, channel):
        await answered(ember, channel)
        reactions = Reactions(ember.store, ember.router)
        await reactions.added(channel, "sent-2", await person(ember, "bob"), "🗑️", not_asked)
        assert channel.removed == []
        await reactions.added(channel, "sent-2", await person(ember, "ej"), "🗑️", not_asked)
    assert channel.removed == ["sent-2"]
