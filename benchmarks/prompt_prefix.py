"""How much of a long conversation's prompts a provider could cache: the prefix that a request shares with the last."""

import asyncio
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bot.app import open_ember
from bot.models.token_count import tokens_of
from bot.settings import Settings
from tests.bot.channel_in_a_list import ChannelInAList, dm
from tests.servers.openai import Body, OpenAIServer, Reply, call

TURNS = 100
_SUBJECTS = ("cat", "garden", "bicycle", "sister", "guitar", "kitchen", "holiday", "project", "neighbour", "book")


@dataclass(frozen=True, slots=True)
class PrefixFigures:
    """Estimated tokens of the requests of a conversation."""

    requests: int
    tokens: int
    unchanged: int  #: of them, in the prefix that the request before it had too

    @property
    def share(self) -> float:
        return self.unchanged / self.tokens


def measure(disk: Path) -> PrefixFigures:
    """Talks for a hundred turns, every fifth of which remembers something, and compares each request with the last."""
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        bodies = asyncio.run(_talk(Path(folder)))
    shared = [(_shared_tokens(before, after), tokens_of(after)) for before, after in pairwise(map(_as_sent, bodies))]
    return PrefixFigures(len(bodies), sum(tokens for _, tokens in shared), sum(unchanged for unchanged, _ in shared))


async def _talk(data: Path) -> list[Body]:
    async with OpenAIServer() as server:
        settings = Settings(data_dir=data, openai_base_url=server.base_url, openai_model="m")
        server.answer_with(_answer)
        async with open_ember(settings, "a benchmark") as ember:
            channel = ChannelInAList(ember)
            working = asyncio.create_task(ember.worker.run())
            await channel.run()
            for turn in range(TURNS):
                await channel.answer(_line(turn), dm())
            ember.worker.stop()
            await working
        return list(server.requests)


def _line(turn: int) -> str:
    subject = _SUBJECTS[turn % len(_SUBJECTS)]
    wish = f"please remember that my {subject} was number {turn}" if turn % 5 == 0 else f"what about my {subject}?"
    return f"{wish} I am telling you a little more about it, so that this line has an ordinary length."


def _answer(body: Body) -> Reply:
    last = body["messages"][-1]
    if last["role"] == "user" and "please remember" in last["content"].rpartition("Words:")[2]:
        return Reply((call("remember", {"content": "something about the day"}),))
    return Reply(("That is good to know. I have thought about what you said, and this answer has an ordinary length.",))


def _as_sent(body: Body) -> str:
    """The request in the order in which providers cache: capabilities, then messages."""
    return json.dumps([body.get("tools"), body["messages"]], ensure_ascii=False)


def _shared_tokens(before: str, after: str) -> int:
    return tokens_of(after[: _shared_length(zip(before, after, strict=False))])


def _shared_length(pairs: Iterable[tuple[str, str]]) -> int:
    for length, (one, other) in enumerate(pairs):
        if one != other:
            return length
    return 0
