"""`ember discord invite`, through the real command and a Discord of the tests."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from tests.bot.installation import Installation
from tests.servers.discord import ApplicationFlag, DiscordServer


async def invited(installation: Installation, server: DiscordServer, token: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *installation.command,
        "discord",
        "invite",
        cwd=installation.root,
        env=installation.environment(discord_api_base=server.base, discord_token=token),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_the_link_asks_for_what_ember_needs_and_nothing_more(installation: Installation) -> None:
    async with DiscordServer() as server:
        code, out, err = await invited(installation, server, server.token)
    assert (code, err) == (0, "")
    link = urlsplit(out.splitlines()[1])
    asked = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert asked["client_id"] == str(server.world.bot.id)
    assert set(asked["scope"].split()) == {"bot", "applications.commands"}
    wanted = {name for name, given in discord.Permissions(int(asked["permissions"])) if given}
    assert {"send_messages", "read_message_history", "attach_files", "pin_messages"} <= wanted
    assert not wanted & {"administrator", "manage_guild", "manage_messages", "mention_everyone"}


@pytest.mark.parametrize("granted", [True, False])
async def test_it_says_when_the_message_content_intent_is_off(installation: Installation, granted: bool) -> None:
    flags = ApplicationFlag.GATEWAY_MESSAGE_CONTENT_LIMITED if granted else ApplicationFlag.NONE
    async with DiscordServer(flags=flags) as server:
        _, out, _ = await invited(installation, server, server.token)
    assert ("Message Content intent is off" in out) is not granted


async def test_a_missing_and_a_wrong_token_are_told_in_one_line(installation: Installation) -> None:
    async with DiscordServer() as server:
        assert await invited(installation, server, "") == (2, "", "ember: DISCORD_TOKEN is not set\n")
        assert await invited(installation, server, "wrong") == (
            2,
            "",
            "ember: DISCORD_TOKEN is not accepted by Discord\n",
        )
