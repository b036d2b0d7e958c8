"""Which messages are meant for Ember."""

import pytest

from bot.sentences import Sentence
from tests.bot.channels.discord.home import Home
from tests.bot.english import SENTENCES, english
from tests.servers.discord import ApplicationFlag, Channel, ChannelKind, Intent, Message
from tests.servers.discord.draft import Draft

PINS_ADD = 6  #: a kind of message that Discord itself writes in somebody's name


async def test_what_is_not_addressed_leaves_no_trace(home: Home) -> None:
    robot = home.world.add_user("robot", bot=True)
    home.world.join(home.guild, robot)
    cooks = home.world.add_role(home.guild, "cooks")
    own_role = home.world.add_role(home.guild, "ember")
    home.world.edit_member(home.guild, home.world.bot, roles=[own_role])
    private = home.world.add_thread(home.general, "private", home.bob, private=True, members=[home.world.bot])
    async with home.ember():
        said = await home.server.say(home.bob, home.general, "good morning")
        await home.server.say(home.bob, home.general, "good morning, ember")
        await home.server.say(home.bob, home.general, "@everyone good morning")
        await home.server.say(home.bob, home.general, f"<@&{cooks.id}> <@&{own_role.id}> good morning")
        await home.server.say(home.bob, home.general, f"{home.ada.mention} good morning", reply_to=said)
        await home.server.say(home.bob, private, "good morning")
        await home.server.say(robot, home.general, f"{home.me} good morning")
        await home.server.say(robot, home.dm(robot), "good morning")
        pinned = home.world.compose(home.general, home.bob, Draft(home.me))
        pinned.kind = PINS_ADD
        home.world.deliver(pinned)
        before = len(home.server.requests)
        await home.ask(home.ada, home.general, f"{home.me} hello")
        assert len(home.model.requests) == 1
        asked = [request.path for request in home.server.requests[before:] if request.method == "GET"]
        assert asked == []
    assert home.rows("messages") == 2
    assert home.rows("user_identities") == 2  # the terminal's person, and Ada


async def test_ember_does_not_answer_itself(home: Home) -> None:
    async with home.ember():
        home.model.answer(f"I am {home.me}.")
        await home.ask(home.ada, home.general, f"{home.me} who are you?")
        await home.ask(home.ada, home.general, f"{home.me} hello")
        assert len(home.model.requests) == 2


@pytest.mark.parametrize("ping", [True, False])
async def test_a_reply_to_ember_is_addressed(home: Home, ping: bool) -> None:
    async with home.ember():
        answer = await home.ask(home.ada, home.general, f"{home.me} hello")
        await home.server.say(home.bob, home.general, "hello to you", reply_to=answer, ping=ping)
        await home.server.wait_messages(home.general, 2)
        assert home.answers(home.general)[1] == "You said: hello to you"


async def test_a_thread_that_ember_opened_is_its_own(home: Home) -> None:
    async with home.ember():
        thread = home.world.add_thread(home.general, "own", home.world.bot)
        await home.ask(home.ada, thread, "hello")
        adas = await home.server.say(home.ada, thread, f"{home.bob.mention} is this for you?")
        await home.server.say(home.bob, thread, "it is for you", reply_to=adas, ping=False)
        await home.server.say(home.bob, thread, "@everyone what do you say?")
        await home.server.say(home.bob, thread, f"{home.ada.mention}, {home.me} and I agree")
        await home.server.say(home.ada, thread, "and I go on", reply_to=adas)
        await home.server.say(home.ada, thread, "well?")
        await home.server.wait_for(lambda: "well?" in home.answers(thread)[-1])
        said = "\n".join(home.answers(thread))
        assert [words in said for words in ("hello", "and I agree", "and I go on")] == [True, True, True]
        assert [words in said for words in ("for you", "what do you say")] == [False, False]


async def test_a_thread_that_began_by_addressing_ember_is_its_own_and_others_are_not(home: Home) -> None:
    async with home.ember():
        to_ember = await home.server.say(home.ada, home.general, f"{home.me} a question")
        answer = await home.server.next_message(home.general)
        on_reply = await home.server.say(home.ada, home.general, "a further question", reply_to=answer, ping=False)
        await home.server.wait_messages(home.general, 2)
        to_bob = await home.server.say(home.ada, home.general, f"{home.bob.mention} a question")
        for starter in (to_ember, on_reply):
            thread = home.world.add_thread(home.general, "for ember", home.ada, message=starter)
            assert (await home.ask(home.ada, thread, "more of it")).content == "You said: more of it"
            assert (await home.ask(home.ada, thread, "and more")).content == "You said: and more"
        for starter_of_others in (to_bob, None):
            thread = home.world.add_thread(home.general, "for bob", home.ada, message=starter_of_others)
            await home.server.say(home.ada, thread, "more of it")
            await home.server.say(home.ada, thread, "and more")
            await home.ask(home.ada, thread, f"{home.me} hello")
            assert home.answers(thread) == ["You said: hello"]
        read = [r.path for r in home.server.requests if r.method == "GET" and "/messages/" in r.path]
        # Once a thread for whom it is meant, once a turn for what it began with, and what Ember's answer had answered.
        assert len(read) == 4 + 6 + 1


async def test_lines_are_taken_in_the_order_in_which_they_came_whatever_has_to_be_looked_up(home: Home) -> None:
    async with home.ember():
        starter = await home.server.say(home.ada, home.general, f"{home.me} a question")
        await home.server.next_message(home.general)
        thread = home.world.add_thread(home.general, "for ember", home.ada, message=starter)
        await home.server.say(home.ada, thread, "one")
        await home.server.say(home.ada, thread, f"{home.me} two")
        await home.server.wait_for(lambda: any("two" in words for words in home.answers(thread)))
        assert home.answers(thread) in (["You said: one\ntwo"], ["You said: one", "You said: two"])


async def test_a_forum_post_that_begins_by_addressing_ember_is_its_own(home: Home) -> None:
    forum = home.world.add_channel(home.guild, "forum", kind=ChannelKind.FORUM)
    post = home.world.add_thread(forum, "a post", home.ada)
    starter = home.world.compose(post, home.ada, Draft(f"{home.me} a question"))
    starter.id = post.id
    async with home.ember():
        home.world.deliver(starter)
        await home.server.wait_messages(post, 1)
        assert (await home.ask(home.ada, post, "more of it")).content == "You said: more of it"


async def test_a_thread_whose_beginning_cannot_be_read_now_is_read_later(home: Home) -> None:
    async with home.ember():
        starter = await home.server.say(home.ada, home.general, f"{home.me} a question")
        await home.server.next_message(home.general)
        thread = home.world.add_thread(home.general, "for ember", home.ada, message=starter)
        home.server.fail_next("GET", rf"/messages/{starter.id}$", 503)
        await home.server.say(home.ada, thread, "lost")
        await home.ask(home.ada, thread, "found")
        assert home.answers(thread) == ["You said: found"]


async def say_all(home: Home, thread: Channel) -> list[Message]:
    for text in ("hello", "hello again"):
        await home.server.say(home.ada, thread, text)
    await home.ask(home.ada, thread, f"{home.me} and now?")
    return await home.server.wait_messages(thread, 2)


async def test_without_message_content_a_mention_is_asked_for_once_in_a_thread(home: Home) -> None:
    home.server.flags = ApplicationFlag.NONE
    threads = [home.world.add_thread(home.general, name, home.world.bot) for name in ("one", "two")]
    async with home.ember():
        assert home.server.gateway.connected[0].intents & Intent.MESSAGE_CONTENT == 0
        for thread in threads:
            assert len(await say_all(home, thread)) == 2
            assert home.answers(thread) == [english(Sentence.CHANNEL_CONTENT_WITHHELD), "You said: and now?"]
    async with home.ember():
        await home.ask(home.ada, home.dm(home.ada), "a dm can be read")
        await home.server.say(home.ada, threads[0], "hello once more")
        await home.ask(home.ada, threads[0], f"{home.me} still?")
        assert home.answers(threads[0])[2:] == ["You said: still?"]
    assert home.rows("messages", "content = ''") == 0


@pytest.mark.parametrize(
    "flag", [ApplicationFlag.GATEWAY_MESSAGE_CONTENT, ApplicationFlag.GATEWAY_MESSAGE_CONTENT_LIMITED]
)
async def test_only_the_intents_that_are_needed_are_asked_for(home: Home, flag: ApplicationFlag) -> None:
    home.server.flags = flag | ApplicationFlag.GATEWAY_PRESENCE | ApplicationFlag.GATEWAY_GUILD_MEMBERS
    async with home.ember():
        needed = Intent.GUILDS | Intent.GUILD_MESSAGES | Intent.DIRECT_MESSAGES | Intent.MESSAGE_CONTENT
        needed |= Intent.GUILD_MESSAGE_TYPING | Intent.DIRECT_MESSAGE_TYPING
        needed |= Intent.GUILD_MESSAGE_REACTIONS | Intent.DIRECT_MESSAGE_REACTIONS
        assert home.server.gateway.connected[0].intents == needed


async def test_a_voice_channel_has_a_chat_too(home: Home) -> None:
    voice = home.world.add_channel(home.guild, "voice", kind=ChannelKind.VOICE)
    async with home.ember():
        assert (await home.ask(home.ada, voice, f"{home.me} hello")).content.startswith("You said: hello")


async def test_that_message_content_is_withheld_is_said_in_the_guild_s_language(home: Home) -> None:
    home.server.flags = ApplicationFlag.NONE
    home.guild.locale = "de"
    thread = home.world.add_thread(home.general, "one", home.world.bot)
    async with home.ember():
        await say_all(home, thread)
        assert home.answers(thread)[0] == SENTENCES.say(Sentence.CHANNEL_CONTENT_WITHHELD, "de")
