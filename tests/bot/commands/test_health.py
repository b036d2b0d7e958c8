"""The command that tells the owner how Ember is doing."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from bot.commands.catalogue import Catalogue
from bot.commands.health import HealthCommand
from bot.commands.page import Asking, Page, Rank
from bot.sentences import load_sentences
from memory import EmbeddingProgress, NewMemory, NothingKept, Trust
from tests.memory.scene import DM, Scene, opened
from tests.memory.word_embedding import WordEmbedding


async def asked(scene: Scene, who: str = "Ana", progress: Callable[[], EmbeddingProgress] | None = None) -> Page:
    """Somebody asks; Ana is the owner."""
    person = await scene.person(who)
    catalogue = Catalogue(scene.store, load_sentences())
    catalogue.add(HealthCommand(scene.store, "UTC", progress).commands())
    (command,) = catalogue
    ranks = frozenset(Rank) if who == "Ana" else frozenset({Rank.EVERYONE})
    return await catalogue.run(command, Asking(person, scene.place(DM, person), {}, ranks))


async def test_the_owner_sees_the_figures_in_plain_words(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ana = await scene.person("Ana")
        place = scene.place(DM, ana)
        memory = await scene.store.memories.add(place, ana.id, NewMemory("I like tea", Trust.SAID))
        await scene.store.memories.get(place, memory.id)
        page = await asked(scene)
        assert page.text == "What I am told is kept."
        shown = dict(page.rows)
        assert shown["search"] == "by words alone"
        assert shown["waiting to be written"] == "nothing"
        assert shown["refused by the disk"] == "none since the start"
        assert shown["held for fast reading"] == "1 item"
        assert shown["items found there"] == "100%"
        assert shown["write-ahead log"].endswith(" MB")


async def test_nobody_else_sees_them(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        page = await asked(scene, "Ben")
        assert (page.text, page.rows) == ("Only my owner can do that.", ())


async def test_it_says_by_which_model_meanings_are_compared_and_what_waits_for_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        scene.store.search.use_embeddings(WordEmbedding())
        waiting = await asked(scene, progress=lambda: EmbeddingProgress(2, 1_002))
        assert dict(waiting.rows)["search"] == "by words and by meaning (words); 1,000 items wait for it"
        done = await asked(scene, progress=lambda: EmbeddingProgress(2, 2))
        assert dict(done.rows)["search"] == "by words and by meaning (words)"


async def test_a_disk_that_refuses_is_told_with_what_helps(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ana = await scene.person("Ana")
        queue = scene.store.memories._ground.queue

        def no_more_pages(connection: Connection) -> None:
            count = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
            connection.exec_driver_sql(f"PRAGMA max_page_count = {count}").scalar_one()

        await queue.write(no_more_pages)
        refused = 0
        while not refused:
            try:
                await scene.store.memories.add(scene.place(DM, ana), ana.id, NewMemory("x" * 4_000, Trust.SAID))
            except NothingKept:
                refused += 1
        page = await asked(scene)
        assert "ember doctor" in page.text
        assert dict(page.rows)["refused by the disk"] == "1 change since the start"
