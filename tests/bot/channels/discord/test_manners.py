"""Rate limits are kept, what takes long still arrives, and who is forgotten has left nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.bot.channels.discord.home import Home
from tests.memory.forgetting import files_holding

LONG = "count with me to twenty"


async def test_many_answers_in_a_channel_keep_its_rate_limit(quick: Home) -> None:
    quick.server.limit(r"PATCH|POST", r"/messages", count=3, seconds=0.5)
    people = [quick.ada, quick.bob, *(quick.add_member(f"person {number}") for number in range(3))]
    async with quick.ember():
        for person in people:
            await quick.server.say(person, quick.general, f"{quick.me} {LONG}")
        await quick.server.wait_for(lambda: quick.answers(quick.general) == [f"You said: {LONG}"] * len(people))
    assert quick.server.too_many == []


async def test_a_deferred_answer_arrives_after_long_and_when_its_token_died_by_a_normal_message(
    home: Home,
) -> None:
    async with home.ember():
        for minutes, is_dead in ((10, False), (16, True)):
            with _another_writer(home):  # for which Ember waits
                used = await home.server.slash(home.ada, home.general, "remember", {"text": f"{minutes} is enough"})
                await used.acknowledged()
                home.server.advance(minutes * 60)
            if is_dead:
                (told,) = await home.server.wait_messages(home.dm(home.ada), 1)
            else:
                told = (await used.answer()).message
            assert f"{minutes} is enough" in told.content
    assert home.server.sent_by_bot(home.general) == []


async def test_who_has_themselves_forgotten_has_left_nothing(home: Home) -> None:
    async with home.ember() as ember:
        await home.ask(home.bob, home.general, f"{home.me} hello, I am Bob")
        for channel in (home.general, home.dm(home.ada)):
            await home.ask(home.ada, channel, f"{home.me} remember my canary is kanarienvogel")
        await _use(home, "profile edit", {"text": "kanarienvogel is who I am"})
        await _use(home, "profile block", {"label": "birds", "text": "kanarienvogel"})
        assert files_holding(home.data_dir, "kanarienvogel") != []
        used = await home.server.slash(home.ada, home.general, "privacy forget-me")
        asked = (await used.answer()).message
        await (await home.server.press(home.ada, asked, "Forget it")).answer()
        await ember.store.erasure.finish()
        assert files_holding(home.data_dir, "kanarienvogel") == []
        told = await (await home.server.slash(home.ada, home.general, "memory list")).answer()
        assert told.content.startswith("I keep nothing of you.")
    assert home.rows("messages") > 0  # what Bob said is his
    assert home.rows("user_identities", "name = 'ada'") == 0


async def _use(home: Home, command: str, arguments: dict[str, str]) -> None:
    await (await home.server.slash(home.ada, home.general, command, arguments)).answer()


@contextmanager
def _another_writer(home: Home) -> Iterator[None]:
    """Holds the database, so that nothing is written until the block is left."""
    with closing(sqlite3.connect(home.data_dir / "ember.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.rollback()
