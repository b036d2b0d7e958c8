"""Writes docs/commands.md: what every command answers, as the tests' Discord shows it to the one who asks.

`python -m tests.bot.channels.discord.commands_page` writes the page; a test sees to it that it stays true.
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.commands.page import Command, OptionKind, Rank
from memory import DrivenClock
from tests.bot.channels.discord.home import Home
from tests.memory.scene import MORNING
from tests.servers.discord import DiscordServer, Interaction, Message, Permission, User
from tests.servers.openai import OpenAIServer

PAGE: Final = Path(__file__).parents[4] / "docs" / "commands.md"
HEAD: Final = """# What each command answers

Made by running every command against the Discord server of the tests, with
`python -m tests.bot.channels.discord.commands_page`. Ada owns this Ember, Bob manages the server "home", and both have
talked with Ember a little. Every answer is seen by the one who asks alone. In the terminal the same commands are typed:
`/memory search tea`.
"""
_RANKS: Final = {
    Rank.EVERYONE: "Everybody",
    Rank.GUILD_ADMIN: "Who manages the server, there; the owner",
    Rank.OWNER: "The owner",
}
#: What differs from run to run: ids, sizes, durations, addresses, counts of tokens.
_MASKS: Final = (
    (re.compile(r"\b[0-9a-f]{14,19}\b"), "…"),
    (re.compile(r"\d[\d,]*\.?\d* (MB|KB|bytes|s|ms|seconds)\b"), r"… \1"),
    (re.compile(r"\d+ in, \d+ out"), "… in, … out"),
    (re.compile(r"[\d,]+ tokens"), "… tokens"),
    (re.compile(r"written at once · .*"), "written at once · … changes on average, … at most"),
    (re.compile(r"held for fast reading · .*"), "held for fast reading · … items"),
    (re.compile(r"(found there) · .*"), r"\1 · …"),
    (re.compile(r"127\.0\.0\.1:\d+"), "localhost"),
)
_TYPED: Final = (OptionKind.NAME, OptionKind.ITEM, OptionKind.NUMBER, OptionKind.TEXT)


@dataclass(slots=True)
class Use:
    """One use of a command."""

    arguments: dict[str, str | int] = field(default_factory=dict)
    by: str = "ada"
    of_a_memory: bool = False  #: the id of the newest memory is given as `item`


#: What is given where a command wants something; the others are used without.
USES: Final = {
    "memory search": Use({"words": "tea"}),
    "memory as-of": Use({"day": "2026-11-21"}),
    "memory show": Use(of_a_memory=True),
    "memory add": Use({"text": "The spare key is with Bob"}),
    "memory edit": Use({"text": "I like green tea"}, of_a_memory=True),
    "memory share": Use(of_a_memory=True),
    "memory forget": Use({"what": "tea"}),
    "remember": Use({"text": "My sister is called Eve"}),
    "profile edit": Use({"text": "Ada counts bees"}),
    "profile block": Use({"label": "garden", "text": "Beans in May, leeks in June"}),
    "profile language": Use({"code": "en"}),
    "profile time-zone": Use({"zone": "Europe/Lisbon"}),
    "profile tone": Use({"text": "short and dry"}),
    "privacy keep": Use({"days": 90}),
    "agent use": Use({"name": "ember"}, by="bob"),
    "agent edit": Use({"name": "gardener", "text": "You are a gardener. You are {name}."}),
    "capability enable": Use({"name": "calculate"}, by="bob"),
    "capability disable": Use({"name": "calculate"}, by="bob"),
    "capability config": Use({"name": "calculate", "key": "timeout_seconds", "value": "5"}),
    "regenerate": Use(by="bob"),
    "quiet": Use({"minutes": 60}),
    "mute": Use({"minutes": 30}, by="bob"),
    "unmute": Use(by="bob"),
    "ambient on": Use({"per-hour": 2}, by="bob"),
    "ambient off": Use(by="bob"),
    "ambient status": Use(by="bob"),
    "channels show": Use(by="bob"),
    "channels allow": Use(by="bob"),
    "channels forbid": Use(by="bob"),
    "channels base-role": Use({"role": "none"}, by="bob"),
    "admin setup": Use(by="bob"),
    "admin stats": Use(by="bob"),
    "admin people": Use(by="bob"),
    "admin retry": Use({"job": "1"}),
    "admin drop": Use({"job": "1"}),
    "config get": Use({"name": "step_limit"}),
    "config set": Use({"name": "step_limit", "value": "6", "reason": "long tasks"}),
    "config history": Use({"name": "step_limit"}),
    "prompt show": Use({"name": "ember"}),
    "prompt edit": Use({"name": "ember", "text": "You are Ember.", "reason": "shorter"}),
    "prompt history": Use({"name": "ember"}),
    "prompt diff": Use({"name": "ember"}),
    "prompt rollback": Use({"name": "ember", "version": 1, "reason": "too short"}),
}


async def page() -> str:
    """Runs every command and returns the page."""
    async with _talked() as (home, commands):
        sections = [await _section(home, command) for command in commands]
    return "\n".join([HEAD, *sections])


@asynccontextmanager
async def _talked() -> AsyncIterator[tuple[Home, list[Command]]]:
    clock = DrivenClock(MORNING)
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordServer(now=clock.now) as server, OpenAIServer() as model:
            home = Home(server, model, Path(folder) / "data")
            home.world.join(home.guild, home.bob, permissions=Permission.MANAGE_GUILD)
            owner = {"admin_discord_ids": str(home.ada.id), "default_timezone": "UTC", "embedding_provider": "none"}
            async with home.ember(clock=clock, **owner) as ember:
                for user in (home.ada, home.bob):
                    await home.ask(user, home.general, f"{home.me} hello")
                await home.ask(home.ada, home.dm(home.ada), "remember I like tea")
                await home.ask(home.ada, home.general, f"{home.me} what do I like?")
                yield home, list(ember.commands)


async def _section(home: Home, command: Command) -> str:
    use = USES.get(command.path, Use())
    user = {"ada": home.ada, "bob": home.bob}[use.by]
    arguments = dict(use.arguments)
    if use.of_a_memory:
        arguments["item"] = await _newest_memory(home, user)
    used = await home.server.slash(user, home.general, command.path, arguments, overridden=True)
    lines = [f"## /{command.path}", "", f"{command.description}. {_RANKS[command.rank]}."]
    options = [option for option in command.options if option.kind in _TYPED and option.name != "page"]
    lines += ["", *(f"- `{option.name}`: {option.description}" for option in options)] if options else []
    shown = " ".join(f"{name}:{value}" for name, value in use.arguments.items())
    return "\n".join([*lines, "", "```text", f"> /{command.path} {shown}".rstrip(), await _told(used), "```", ""])


async def _newest_memory(home: Home, user: User) -> str:
    choices = await home.server.autocomplete(user, home.general, "memory show", {"item": ""}, focused="item")
    return str(choices[0]["value"])


async def _told(used: Interaction) -> str:
    message = (await used.answer()).message
    files = [f"[{file.filename}]" for file in message.attachments]
    labels = [f"[{label}]" for label in _labels(message)]
    told = "\n".join(part for part in (message.content, " ".join(files), " ".join(labels)) if part)
    for mask, shown in _MASKS:
        told = mask.sub(shown, told)
    return told.replace("```", "'''")


def _labels(message: Message) -> list[str]:
    rows = [row["components"] for row in message.components]
    return [str(button["label"]) for row in rows if isinstance(row, list) for button in row]


if __name__ == "__main__":
    PAGE.write_text(asyncio.run(page()), encoding="utf-8")
