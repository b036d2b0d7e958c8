"""Many people talk with one real `ember run` at once: they, their Discord and the model are played by this process.

Shared by the tests and the benchmarks, which differ in how many there are, and in what is done to Ember meanwhile.
"""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import web

from tests.promises.interruption import environment, start_ember
from tests.servers.discord import Channel, DiscordServer, User
from tests.servers.openai import BACKGROUND, Body, OpenAIServer, Reply
from tests.servers.openai.exchange import Exchange

SIDE_BY_SIDE: Final = 4  #: turns in one channel; a further one waits for its start, which is no work of Ember's
PATIENCE_SECONDS: Final = 60.0  #: for one answer

_SUBJECTS: Final = (
    "cat",
    "garden",
    "bicycle",
    "sister",
    "guitar",
    "kitchen",
    "holiday",
    "project",
    "neighbour",
    "book",
)
_LINES: Final = (
    "what do you think about my {subject}? I still have to decide. [{name}]",
    "my {subject} kept me busy all of yesterday, and today again. [{name}]",
    "how would you begin, if it were your {subject}? [{name}]",
    "I told a friend about the {subject}, who had the same trouble. [{name}]",
)
_ANSWER: Final = "That sounds like a good plan, and I would begin with the smallest part of it. [{name}]"
_NAME: Final = re.compile(r"\[(\d+-\d+)\]")


@dataclass(frozen=True, slots=True)
class Scene:
    """Who talks, where, how much, and how fast."""

    people: int = 100
    channels: int = 20
    lines: int = 5  #: of each, one after the other is answered
    pause: tuple[float, float] = (0.0, 0.0)  #: seconds between an answer and the next line, and before the first
    model_seconds: float = 1.0
    model_sooner: float = 0.0  #: seconds by which an answer may come sooner, so that a later one overtakes it
    seed: int = 20261121


@dataclass(slots=True)
class Turn:
    """What became of one line; moments in seconds of one clock."""

    name: str
    channel: Channel
    at_once: bool  #: the channel had a turn left when it was said
    said: float
    model_asked: list[float] = field(default_factory=list)
    model_answered: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def before(self) -> float:
        """From the line's dispatch until the model is asked."""
        return self.model_asked[0] - self.said

    @property
    def behind(self) -> float:
        """From the last word of the model until Discord has the answer."""
        return self.answers[0] - self.model_answered[-1]


class ManyPeople:
    """People in the channels of one guild, each of whom asks, waits for the answer, and asks again."""

    def __init__(self, server: DiscordServer, model: OpenAIServer, scene: Scene) -> None:
        self.server = server
        self.model = model
        self.turns: dict[str, Turn] = {}
        self.another_line = asyncio.Event()  #: set and cleared with every line
        self._scene = scene
        self._choose = random.Random(scene.seed)
        world = server.world
        guild = world.add_guild("home")
        self.channels = [world.add_channel(guild, f"channel-{number}") for number in range(scene.channels)]
        self._under_way = dict.fromkeys((channel.id for channel in self.channels), 0)
        self._people = [world.add_user(f"person {number}") for number in range(scene.people)]
        for person in self._people:
            world.join(guild, person)
        model.answer_with(self._think)

    @property
    def said(self) -> int:
        return len(self.turns)

    @property
    def lost(self) -> list[str]:
        return [turn.name for turn in self.turns.values() if not self._said_for(turn)]

    @property
    def doubled(self) -> list[str]:
        return [turn.name for turn in self.turns.values() if self._said_for(turn) > 1]

    @property
    def out_of_order(self) -> list[str]:
        """The answers that stand behind one to a later line of their channel."""
        asked = {name: number for number, name in enumerate(self.turns)}  # in the order in which they were said
        late: list[str] = []
        for channel in self.channels:
            newest = -1
            for name in self._answers_in(channel):
                late += [name] if asked[name] < newest else []
                newest = max(newest, asked[name])
        return late

    async def talk(self) -> None:
        """Has everybody say all they have to say. Raises TimeoutError when one of them got no answer."""
        choose = random.Random(self._scene.seed)
        watching = asyncio.create_task(self._watch())
        try:
            async with asyncio.TaskGroup() as talking:
                for number, person in enumerate(self._people):
                    pauses = [choose.uniform(*self._scene.pause) for _ in range(self._scene.lines)]
                    talking.create_task(self._talk(number, person, pauses))
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    async def settled(self) -> None:
        """Waits until Ember has answered once more in every channel: a doubled answer would have come before that."""
        person = self._people[0]
        async with asyncio.TaskGroup() as asking:
            for channel in self.channels:
                asking.create_task(self._answer_to(person, channel))

    async def _answer_to(self, person: User, channel: Channel) -> None:
        before = len(self.server.sent_by_bot(channel))
        await self.server.say(person, channel, f"{self.server.world.bot.mention} how are you?")
        await self.server.wait_messages(channel, before + 1, timeout_seconds=PATIENCE_SECONDS)

    async def greet(self) -> None:
        """Waits until Ember answers: it has started then."""
        await self.server.wait_connected(PATIENCE_SECONDS)
        await self._answer_to(self._people[0], self.channels[0])

    async def _talk(self, number: int, person: User, pauses: Sequence[float]) -> None:
        channel = self.channels[number % len(self.channels)]
        for line, pause in enumerate(pauses):
            await asyncio.sleep(pause)
            name = f"{number}-{line}"
            words = _LINES[line % len(_LINES)].format(subject=_SUBJECTS[(number + line) % len(_SUBJECTS)], name=name)
            turn = Turn(name, channel, self._under_way[channel.id] < SIDE_BY_SIDE, time.perf_counter())
            self.turns[name] = turn
            self._under_way[channel.id] += 1
            self.another_line.set()
            self.another_line.clear()
            await self.server.say(person, channel, f"{self.server.world.bot.mention} {words}")
            async with asyncio.timeout(PATIENCE_SECONDS):
                await turn.answered.wait()
            self._under_way[channel.id] -= 1

    async def _watch(self) -> None:
        """Notes when Discord is given what."""
        requests, seen = self.server.requests, len(self.server.requests)
        while True:
            await self.server.wait_for(lambda seen=seen: len(requests) > seen, PATIENCE_SECONDS, "another request")
            now = time.perf_counter()
            for request in requests[seen:]:
                body = request.json if isinstance(request.json, dict) else {}
                found = _NAME.search(str(body.get("content")))
                if request.method in {"POST", "PATCH"} and found:
                    self.turns[found[1]].answers.append(now)
                    self.turns[found[1]].answered.set()
            seen = len(requests)

    def _think(self, body: Body) -> "_Thinking":
        """Answers after the model's time, with the name of what was asked at the very end."""
        words = str(body["messages"][-1]["content"]).rpartition("Words:")[2]
        found = _NAME.search(words)
        turn = self.turns.get(found[1]) if found else None
        reply = Reply((_ANSWER.format(name=turn.name) if turn else "Good morning.",))
        sooner = self._choose.uniform(0.0, self._scene.model_sooner)
        return _Thinking(reply, self._scene.model_seconds - sooner, turn)

    def _answers_in(self, channel: Channel) -> Iterator[str]:
        for message in self.server.sent_by_bot(channel):
            found = _NAME.search(message.content)
            if found:
                yield found[1]

    def _said_for(self, turn: Turn) -> int:
        return sum(name == turn.name for name in self._answers_in(turn.channel))


@dataclass(frozen=True, slots=True)
class _Thinking:
    """An answer that takes its time."""

    reply: Reply
    seconds: float
    turn: Turn | None

    async def give(self, exchange: Exchange) -> web.StreamResponse:
        if self.turn is not None:
            self.turn.model_asked.append(time.perf_counter())
        await asyncio.sleep(self.seconds)
        response = await self.reply.give(exchange)
        if self.turn is not None:
            self.turn.model_answered.append(time.perf_counter())
        return response


class Process:
    """A real `ember run` on a data directory, which can be ended and started again."""

    def __init__(self, server: DiscordServer, model: OpenAIServer, data: Path, **more: str) -> None:
        self._environment = environment(
            data,
            DISCORD_TOKEN=server.token,
            DISCORD_API_BASE=server.base,
            MESSAGES_PER_MINUTE="1000",
            OPENAI_BASE_URL=model.base_url,
            OPENAI_MODEL="m",
            BACKGROUND_MODEL=BACKGROUND,
            **more,
        )
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await start_ember(self._environment)
        self._output = asyncio.create_task(self._process.communicate())

    async def stop(self) -> None:
        """Asks it to end."""
        if self._of_now.returncode is None:
            self._of_now.terminate()
        await self._output

    async def kill(self) -> None:
        """Ends it at once."""
        self._of_now.kill()
        await self._output

    @property
    def cpu_seconds(self) -> float:
        """What it has used of the processors so far, all its threads together; Linux alone tells it of another."""
        return time.clock_gettime((~self._of_now.pid << 3) | 2)

    @property
    def _of_now(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process


@asynccontextmanager
async def many_people(scene: Scene, data: Path, **more: str) -> AsyncIterator[tuple[ManyPeople, Process]]:
    """Opens the servers and starts Ember between them."""
    async with DiscordServer() as server, OpenAIServer() as model:
        people, process = ManyPeople(server, model, scene), Process(server, model, data, **more)
        await process.start()
        try:
            await people.greet()
            yield people, process
        finally:
            await process.stop()
