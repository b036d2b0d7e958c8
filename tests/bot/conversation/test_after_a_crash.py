"""Once: what a process left behind is answered once, and what its calls did is not done again."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.sentences import Sentence
from memory import Channel, Place
from tests.bot.channel_in_a_list import ChannelInAList, dm
from tests.bot.conversation.conftest import Start
from tests.bot.english import english
from tests.servers.openai import OpenAIServer, Reply, call


def change(tmp_path: Path, statement: str) -> None:
    with sqlite3.connect(tmp_path / "data" / "ember.db") as connection:
        connection.execute(statement)


def count(tmp_path: Path, table: str) -> int:
    with sqlite3.connect(tmp_path / "data" / "ember.db") as connection:
        (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(rows)


async def left_behind_after_remembering(start: Start, server: OpenAIServer) -> dict[str, Place]:
    """A process ends after its call has remembered something, while the model is asked again."""
    server.answer(call("remember", {"content": "my cat is called Miso"}))
    async with start() as (_, channel):
        await channel.say("my cat is called Miso", dm(), external_id="one")
        await server.wait_for_requests(1)
        server.hold()
        await server.wait_for_requests(2)
    server.release()
    server.answer(call("remember", {"content": "my cat is called Miso"}))
    server.answer("I'll remember that.")
    return channel.places


async def answered(channel: ChannelInAList) -> list[str]:
    return [delivery.text for delivery in await channel.deliveries_of(1)]


@pytest.mark.parametrize("lost", ["nothing", "the result of the call"])
async def test_a_turn_begun_again_reuses_what_its_calls_did(
    start: Start, server: OpenAIServer, tmp_path: Path, lost: str
) -> None:
    places = await left_behind_after_remembering(start, server)
    if lost != "nothing":  # as when the process ends between the effect of a call and its result
        change(tmp_path, "UPDATE steps SET result = NULL, success = NULL, duration_ms = NULL")
    async with start(places=places) as (ember, channel):
        assert await answered(channel) == ["I'll remember that."]
        await ember.turns.idle()
        assert len(channel.deliveries) == 1
    assert count(tmp_path, "memories") == 1
    assert count(tmp_path, "steps") == 1


async def test_without_its_steps_a_turn_begun_again_would_remember_twice(
    start: Start, server: OpenAIServer, tmp_path: Path
) -> None:
    """The saboteur: it shows that the test above can fail."""
    places = await left_behind_after_remembering(start, server)
    change(tmp_path, "DELETE FROM steps")
    async with start(places=places) as (_, channel):
        await answered(channel)
    assert count(tmp_path, "memories") == 2


async def test_a_message_that_comes_again_is_answered_once_across_a_restart(start: Start, server: OpenAIServer) -> None:
    for _ in range(2):
        async with start() as (ember, channel):
            for _ in range(2):
                await channel.say("hello", dm(), external_id="one")
            await ember.turns.idle()
    assert len(server.requests) == 1


async def test_without_its_external_id_a_message_would_be_answered_twice(
    start: Start, server: OpenAIServer, tmp_path: Path
) -> None:
    """The saboteur: it shows that the test above can fail."""
    for _ in range(2):
        async with start() as (ember, channel):
            await channel.say("hello", dm(), external_id="one")
            await ember.turns.idle()
        change(tmp_path, "UPDATE messages SET external_id = NULL")
    assert len(server.requests) == 2


async def test_a_turn_that_ends_every_process_is_apologised_for(
    start: Start, server: OpenAIServer, tmp_path: Path
) -> None:
    server.hold()
    async with start() as (_, channel):
        await channel.say("hello", dm())
        await server.wait_for_requests(1)
    change(tmp_path, "UPDATE messages SET attempts = 3 WHERE direction = 'in'")
    (tmp_path / "data" / "ember.lock").write_text("a process that was killed")
    async with start(places=channel.places) as (_, again):
        (apology,) = await answered(again)
    assert apology.startswith("I'm sorry, something went wrong on my side.")
    assert len(server.requests) == 1


async def test_a_turn_is_answered_however_often_ember_was_ended_in_order_over_it(
    start: Start, server: OpenAIServer
) -> None:
    server.hold()
    places: dict[str, Place] = {}
    for number in range(4):
        async with start(places=places) as (_, channel):
            if not number:
                await channel.say("hello", dm())
            await server.wait_for_requests(number + 1)
            places |= channel.places
    server.release()
    server.answer("I am here.")
    async with start(places=places) as (_, channel):
        assert await answered(channel) == ["I am here."]


async def test_a_place_that_is_gone_holds_nothing_back_when_it_is_there_again(
    start: Start, server: OpenAIServer
) -> None:
    server.hold()
    async with start() as (_, channel):
        await channel.say("hello", dm())
        await server.wait_for_requests(1)
    server.release()
    server.answer("I am here.")
    async with start() as (_, again):
        assert await again.answer("are you there?", dm()) == "I am here."


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """No file of this process may grow beyond what the write-ahead log has now."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (folder / "data" / "ember.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("is_deleted", [False, True])
async def test_a_turn_that_could_not_be_kept_is_answered_with_the_next_line_unless_it_is_deleted(
    start: Start, server: OpenAIServer, tmp_path: Path, is_deleted: bool
) -> None:
    server.answer_with(
        lambda body: Reply((f"answer to {body['messages'][-1]['content'].rpartition('Words:')[2].strip()}",))
    )
    server.hold()
    async with start() as (ember, channel):
        await channel.say("the first question", dm(), external_id="one")
        await server.wait_for_requests(1)
        with full_disk(tmp_path):
            server.release()
            await ember.turns.idle()
        if is_deleted:
            await ember.router.delete(Channel.DISCORD, "one")
        await channel.say("the second question", dm())
        texts = [delivery.text for delivery in await channel.deliveries_of(2 if is_deleted else 3)]
    assert texts == [
        english(Sentence.APOLOGY_NOT_KEPT),
        *([] if is_deleted else ["answer to the first question"]),
        "answer to the second question",
    ]


async def test_what_was_deleted_while_nothing_could_be_written_is_forgotten_once_it_can(
    start: Start, tmp_path: Path
) -> None:
    async with start() as (ember, channel):
        await channel.say("my canary is Zanzibar", dm(), external_id="one")
        await ember.turns.idle()
        with full_disk(tmp_path):
            await ember.router.delete(Channel.DISCORD, "one")
        assert count(tmp_path, "messages WHERE content LIKE '%Zanzibar%'") > 0
        await channel.say("hello", dm())
        await ember.turns.idle()
    assert count(tmp_path, "messages WHERE content LIKE '%Zanzibar%'") == 0
