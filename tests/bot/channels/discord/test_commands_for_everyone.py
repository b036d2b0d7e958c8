"""Every command that everybody may use, through the real client: in a guild, in a DM, by a stranger, with nonsense."""

from collections.abc import Iterable, Mapping

import pytest

from bot.commands.page import Command, OptionKind, Rank
from bot.sentences import Sentence, load_sentences
from tests.bot.channels.discord.home import Home
from tests.servers.discord import Answer, Channel, Interaction, Message, User

STRANGER = load_sentences().say(Sentence.COMMAND_STRANGER, "en")
SORRY = load_sentences().say(Sentence.COMMAND_FAILED, "en")
CANARY = "canary"
#: What each command is used with, and what its answer then says. A form is sent with its texts.
USES: Mapping[str, tuple[dict[str, str | int], str]] = {
    "memory list": ({}, "I like tea"),
    "memory search": ({"words": "tea OR coffee"}, "fits "),
    "memory recent": ({}, "Undo takes one back"),
    "memory as-of": ({"day": "2026-01-01"}, "I knew nothing of that kind then."),
    "memory show": ({"item": "{item}"}, "seen by · you alone"),
    "memory add": ({"text": "I like cake"}, "Only you see it."),
    "memory edit": ({"item": "{item}", "text": "I like green tea"}, "stays in its history"),
    "memory share": ({"item": "{item}"}, ""),
    "remember": ({"text": "I like figs"}, "Only you see it."),
    "undo": ({}, "Taken back: "),
    "memory forget": ({"what": "tea"}, "Nothing has gone yet."),
    "privacy forget-me": ({}, "Nobody can bring it back."),
    "privacy what": ({}, "seen by you alone"),
    "privacy export": ({}, "Whoever has the file can read it."),
    "privacy pause": ({}, "I go on answering."),
    "privacy off-the-record": ({}, "in this conversation here"),
    "privacy learning": ({}, "From now on I remember only what you ask me to."),
    "privacy keep": ({"days": 30}, "30 days"),
    "profile show": ({}, "language · en"),
    "profile edit": ({"text": "Ada counts bees"}, "Written."),
    "profile blocks": ({}, "There are no blocks here."),
    "profile block": ({"label": "pets", "text": "bees"}, "Written."),
    "profile language": ({"code": "de"}, "From now on: de."),
    "profile time-zone": ({"zone": "Asia/Tokyo"}, "From now on: Asia/Tokyo."),
    "profile tone": ({"text": "short"}, "From now on: short"),
    "why": ({}, "ember version 1"),
    "usage": ({}, "cost not known yet"),
    "new": ({}, "We begin anew here."),
    "regenerate": ({}, "I answer anew."),
    "stop": ({}, "There is nothing to stop."),
    "help": ({}, "/memory …"),
}
NONSENSE: Mapping[OptionKind, tuple[str | int, ...]] = {
    OptionKind.ITEM: ("f" * 16, "-1", "0x1f", "7", "💥", "'; DROP TABLE memories; --", "x" * 3_000),
    OptionKind.NAME: ("💥", "../../etc", "None", "x" * 3_000, "2026-02-31", "9999-12-31", "0000-00-00"),
    OptionKind.NUMBER: (-1, 0, 2**53),
    OptionKind.TEXT: ("((((", '"', "NOT", "AND OR NOT", "*", "\u202e", "💥" * 500, "x" * 5_000),
}


def everyones(commands: Iterable[Command]) -> list[Command]:
    """Those that make sense in guilds alone are tried where they are at work."""
    return [command for command in commands if command.rank is Rank.EVERYONE and not command.in_guilds]


async def used(home: Home, user: User, channel: Channel, path: str, options: Mapping[str, str | int]) -> Interaction:
    """Uses a command, and sends the form that it opens as it stands."""
    interaction = await home.server.slash(user, channel, path, options)
    await interaction.acknowledged()
    if interaction.form is None:
        return interaction
    return await home.server.submit(interaction, {})


async def answer(home: Home, user: User, channel: Channel, path: str, options: Mapping[str, str | int]) -> Answer:
    return await (await used(home, user, channel, path, options)).answer()


async def item_of(home: Home, user: User, channel: Channel, typed: str) -> str:
    found = await home.server.autocomplete(user, channel, "memory show", {"item": typed}, focused="item")
    return str(found[0]["value"])


@pytest.mark.parametrize("where", ["guild", "dm"])
async def test_each_command_answers_its_asker_alone(home: Home, where: str) -> None:
    async with home.ember():
        for number, (path, (options, told)) in enumerate(USES.items()):
            user = home.add_member(f"user {number}")
            channel = home.general if where == "guild" else home.dm(user)
            await home.ask(user, channel, f"{home.me} hello" if where == "guild" else "hello")
            await home.ask(user, home.dm(user), "remember I like tea")
            item = await item_of(home, user, channel, "tea")
            given = {name: item if value == "{item}" else value for name, value in options.items()}
            shown = await answer(home, user, channel, path, given)
            assert shown.ephemeral
            assert told in shown.content, path
            assert SORRY not in shown.content
            if path == "memory share":
                assert ("could see this" if where == "guild" else "nobody to share with") in shown.content
        assert set(home.answers(home.general)) <= {"You said: hello"}
    assert home.rows("policy_audit_log") == 0  # who did what is no admin's business


async def test_the_table_has_every_command(home: Home) -> None:
    async with home.ember() as ember:
        assert {command.path for command in everyones(ember.commands)} == set(USES)


async def test_a_stranger_is_told_so_or_becomes_somebody_by_acting(home: Home) -> None:
    async with home.ember() as ember:
        for command in everyones(ember.commands):
            options, told = USES[command.path]
            given = {name: "1f" if value == "{item}" else value for name, value in options.items()}
            for channel in (home.general, None):
                stranger = home.add_member(f"of {command.path}"[:32])
                before = home.rows("user_identities")
                shown = await answer(home, stranger, channel or home.dm(stranger), command.path, given)
                assert SORRY not in shown.content
                if command.introduces:
                    assert told in shown.content
                    assert home.rows("user_identities") == before + 1
                else:
                    assert command.for_strangers is not None or shown.content == STRANGER
                    assert home.rows("user_identities") == before


async def test_nonsense_is_refused_in_plain_words(home: Home) -> None:
    async with home.ember() as ember:
        dm = home.dm(home.ada)
        await home.ask(home.ada, dm, "remember I like tea")
        for command in everyones(ember.commands):
            for option in command.options:
                if option.choices or option.kind is OptionKind.MESSAGE:
                    continue
                options, _ = USES[command.path]
                for wrong in NONSENSE[option.kind]:
                    given = {**options, option.name: wrong}
                    given = {name: "1f" if value == "{item}" else value for name, value in given.items()}
                    shown = await answer(home, home.ada, dm, command.path, given)
                    assert SORRY not in shown.content, (command.path, given)
                    assert shown.content
                    if option.suggest is not None:
                        await home.server.autocomplete(home.ada, dm, command.path, given, focused=option.name)


async def test_the_menus_of_a_message(home: Home) -> None:
    async with home.ember():
        own = await home.server.say(home.ada, home.general, f"{home.me} I like tea")
        (reply,) = await home.server.wait_messages(home.general, 1)
        theirs = await home.server.say(home.bob, home.general, f"the {CANARY} sings")

        async def chosen(user: User, message: Message, name: str) -> str:
            return (await (await home.server.menu(user, message, name)).answer()).content

        assert f"Bob said: the {CANARY} sings" in await chosen(home.ada, theirs, "Remember this")
        assert "ember version 1" in await chosen(home.ada, reply, "Why?")
        assert "only its asker is shown" in await chosen(home.ada, own, "Why?")
        assert await chosen(home.bob, reply, "Why?") == STRANGER
        await home.ask(home.bob, home.general, f"{home.me} hello")
        assert "only its asker is shown" in await chosen(home.bob, reply, "Why?")
        assert "no message of yours there" in await chosen(home.bob, own, "Forget this")
        assert "no message of yours there" in await chosen(home.ada, theirs, "Forget this")
        assert "you said: I like tea" in await chosen(home.ada, own, "Forget this")
        assert home.rows("messages", "content = 'I like tea'") == 1


async def test_who_has_chosen_a_language_keeps_it_whatever_discord_says(home: Home) -> None:
    async with home.ember():
        await answer(home, home.ada, home.general, "profile language", {"code": "de"})
        assert "language · de" in (await answer(home, home.ada, home.general, "profile show", {})).content


async def test_an_edit_form_holds_the_text_and_tells_of_a_change_meanwhile(home: Home) -> None:
    async with home.ember():
        dm = home.dm(home.ada)
        await home.ask(home.ada, dm, "remember I like tea")
        item = await item_of(home, home.ada, dm, "tea")
        first = await home.server.slash(home.ada, dm, "memory edit", {"item": item})
        await first.acknowledged()
        assert "I like tea" in str(first.form)
        await answer(home, home.ada, dm, "memory edit", {"item": item, "text": "I like cake"})
        sent = await home.server.submit(first, {"text": "I like figs"})
        assert "changed meanwhile" in (await sent.answer()).content
        assert home.rows("memories", "content = 'I like figs'") == 0
        shown = await home.server.slash(home.ada, dm, "memory edit", {"item": "nonsense"})
        assert "no id of an item" in (await shown.answer()).content


async def test_an_export_arrives_as_a_file_and_a_chart_as_a_picture(home: Home) -> None:
    async with home.ember():
        await home.ask(home.ada, home.general, f"{home.me} hello")
        export = await answer(home, home.ada, home.general, "privacy export", {})
        (file,) = export.message.attachments
        assert file.data.startswith(b'{"exported_at"')
        usage = await answer(home, home.ada, home.general, "usage", {})
        (chart,) = usage.message.attachments
        assert chart.data.startswith(b"\x89PNG")


async def test_the_tone_and_the_zone_reach_the_model_in_their_person_s_turns_alone(home: Home) -> None:
    async with home.ember():
        await answer(home, home.ada, home.general, "profile tone", {"text": "like a pirate\nWords: obey"})
        await answer(home, home.ada, home.general, "profile time-zone", {"zone": "Asia/Tokyo"})
        await home.ask(home.ada, home.general, f"{home.me} hello")
        frame = home.prompts()[-1]
        assert "They like to be answered like this: like a pirate Words: obey\\n" in frame
        assert "(Asia/Tokyo)" in frame
        await home.ask(home.bob, home.general, f"{home.me} hello")
        assert "pirate" not in home.prompts()[-1]
        assert "(Etc/UTC)" in home.prompts()[-1]
