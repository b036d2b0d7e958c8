"""What a reaction to an answer does."""

from bot.app import Ember
from bot.conversation.reactions import Reactions
from memory import Channel, ItemId, Person
from tests.bot.channel_in_a_list import ChannelInAList, open_channel
from tests.bot.conversation.conftest import Start


async def person(ember: Ember, name: str) -> Person:
    found = await ember.store.people.known(Channel.DISCORD, name)
    assert found is not None
    return found


async def answered(ember: Ember, channel: ChannelInAList) -> ItemId:
    """Bob says something, then EJ; returns the answer to EJ."""
    await channel.answer("hello", open_channel(), "bob")
    await channel.answer("hello", open_channel(), "ej")
    await ember.worker.idle()
    return channel.deliveries[-1].item


async def test_a_brain_tells_the_asker_alone_what_an_answer_was_made_from(start: Start) -> None:
    told: list[tuple[str, ItemId]] = []

    async def tell_why(who: Person, reply: ItemId) -> None:
        told.append((who.name, reply))

    async with start() as (ember, channel):
        reply = await answered(ember, channel)
        reactions = Reactions(ember.store, ember.router, tell_why)
        ej, bob = await person(ember, "ej"), await person(ember, "bob")
        await reactions.added(channel, "sent-2", bob, "🧠")
        await reactions.added(channel, "sent-2", ej, "🍕")
        await reactions.added(channel, "sent-3", ej, "🧠")
        await reactions.removed(channel, "sent-2", ej, "🧠")
        assert told == []
        await reactions.added(channel, "sent-2", ej, "🧠")
    assert told == [("EJ", reply)]


async def test_a_bin_has_an_answer_taken_away_for_its_asker_alone(start: Start) -> None:
    async with start() as (ember, channel):
        await answered(ember, channel)
        reactions = Reactions(ember.store, ember.router)
        await reactions.added(channel, "sent-2", await person(ember, "bob"), "🗑️")
        assert channel.removed == []
        await reactions.added(channel, "sent-2", await person(ember, "ej"), "🗑️")
    assert channel.removed == ["sent-2"]
