"""Nobody is pinged by anything that Ember sends, whichever way it goes out."""

import random

import pytest

from bot.conversation import unasked
from tests.bot.channels.discord.home import Home
from tests.bot.channels.discord.test_speak_gate import use
from tests.servers.discord import Overwrite, OverwriteKind, Permission
from tests.servers.openai import Reply, call

PIECES = ("@everyone", "@here", "<@{bob}>", "<@!{bob}>", "<@&{all}>", "<@&{cooks}>", "\u200b", "hello", "`", "\n")


def bombs(seed: int) -> list[str]:
    """Texts that would ping many, if they could."""
    chosen = random.Random(seed)
    return [" ".join(["@everyone", *chosen.choices(PIECES, k=chosen.randint(1, 8))]) for _ in range(4)]


def messages_sent(home: Home) -> list[dict[str, object]]:
    """The bodies of all messages that were posted or edited, answers to interactions among them."""
    bodies: list[dict[str, object]] = []
    for request in home.server.requests:
        if request.method not in {"POST", "PATCH"} or not isinstance(request.json, dict):
            continue
        body = request.json.get("data", request.json)
        if isinstance(body, dict) and "content" in body:
            bodies.append(body)
    return bodies


@pytest.mark.parametrize("seed", range(3))
async def test_every_way_out_mentions_nobody(home: Home, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(unasked, "PATIENCE_SECONDS", 0.0)
    cooks = home.world.add_role(home.guild, "cooks")
    words = [each.format(bob=home.bob.id, all=home.guild.id, cooks=cooks.id) for each in bombs(seed)]
    closed = Overwrite(home.guild.id, OverwriteKind.ROLE, deny=Permission.SEND_MESSAGES)
    quiet = home.world.add_channel(home.guild, "@everyone", overwrites=[closed])
    speaker = Overwrite(home.ada.id, OverwriteKind.MEMBER, allow=Permission.SEND_MESSAGES)
    home.world.edit_channel(quiet, overwrites=[closed, speaker])
    home.model.background = lambda _: Reply(("yes",))
    async with home.ember():
        await use(home, home.guild.owner, home.general, "ambient on")  # a notice past the queue
        for text in words[:2]:
            home.model.answer(text)  # a reply
            await home.ask(home.ada, home.general, f"{home.me} ping them")
        home.model.queue(Reply((call("remember", {"content": f"the word is {words[2]}"}),)))
        home.model.answer("Noted.")  # a quiet line
        await home.ask(home.ada, home.dm(home.ada), f"remember the word is {words[2]}")
        await use(home, home.ada, home.general, "memory list")  # an answer to a command
        used = await home.server.slash(home.ada, home.general, "memory list")
        before = len(home.server.sent_by_bot(home.dm(home.ada)))
        used.expire()  # one that came too late
        await home.server.wait_messages(home.dm(home.ada), before + 1)
        before = len(home.server.sent_by_bot(home.general))
        home.model.answer(words[3])
        await home.server.say(home.ada, home.general, "what is the word of the day?")  # unasked
        await home.server.wait_messages(home.general, before + 1)
        await home.server.say(home.ada, quiet, f"{home.me} hello")  # a word to the admins
        await home.server.wait_messages(home.general, before + 2)
        await use(home, home.guild.owner, home.general, "ambient off")
    sent = messages_sent(home)
    assert len(sent) >= 7
    for body in sent:
        allowed = body.get("allowed_mentions")
        assert isinstance(allowed, dict)
        assert allowed["parse"] == []
        assert not allowed.get("users")
        assert not allowed.get("roles")
        assert not allowed.get("replied_user")
    for channel in (home.general, home.dm(home.ada)):
        for message in home.server.sent_by_bot(channel):
            assert (message.mentions, message.mention_roles, message.mention_everyone) == ([], [], False)
