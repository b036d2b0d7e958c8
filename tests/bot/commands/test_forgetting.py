"""The commands that forget: first they show, then, with a code, they do it."""

from datetime import timedelta
from pathlib import Path

from bot.commands.forgetting import CODE_GOOD_FOR, ForgettingCommands
from bot.commands.page import Asking, Page
from memory import Channel, IdentityId, NewMemory, Place, Trust
from tests.memory.forgetting import files_holding
from tests.memory.scene import DM, GENERAL, Scene, opened


class Asked:
    """Somebody asks; it is noted whose turns were stopped, and how often the work was woken."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.stopped: list[IdentityId] = []
        self.woken = 0
        self._commands = ForgettingCommands(scene.store, "UTC", self.stopped.append, self._wake)

    def _wake(self) -> None:
        self.woken += 1

    async def __call__(self, name: str, argument: str = "", place: Place = DM, who: str = "Ana") -> Page:
        person = await self._scene.person(who)
        asking = Asking(person, self._scene.place(place, person), {"what": argument})
        return await {"forget": self._commands.forget, "forget-me": self._commands.forget_me}[name](asking)


def code_in(page: Page) -> str:
    (button,) = page.buttons
    assert button.danger
    return button.arguments["what"]


async def kept(scene: Scene, *texts: str, who: str = "Ana") -> None:
    person = await scene.person(who)
    for text in texts:
        await scene.store.memories.add(scene.place(DM, person), person.id, NewMemory(text, Trust.SAID))


async def shown(scene: Scene, who: str = "Ana") -> list[str]:
    person = await scene.person(who)
    return [memory.content for memory in await scene.store.memories.of_owner(scene.place(DM, person), person.id)]


async def test_a_topic_is_shown_and_forgotten_with_its_code(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ask = Asked(scene)
        await kept(scene, "I like pizza", "my pizza is Hawaii", "I like tea")
        page = await ask("forget", "pizza", GENERAL)
        assert page.text.startswith("2 items of yours would go. Nothing has gone yet.")
        assert [what for _, what in page.rows] == ["my pizza is Hawaii", "I like pizza"]
        assert len(await shown(scene)) == 3
        done = await ask("forget", code_in(page))
        assert done.text.startswith("2 items: forgotten. Nobody can read it from now on.")
        assert "What I cannot reach: what Discord keeps" in done.text
        assert await shown(scene) == ["I like tea"]
        assert ask.woken == 1
        assert [how_far for _, how_far in (await ask("forget")).rows] == ["unreadable; its traces are going"]
        await scene.store.erasure.finish()
        assert [how_far for _, how_far in (await ask("forget")).rows] == ["gone from my database and my backups"]
        assert files_holding(tmp_path, "hawaii") == []


async def test_a_code_is_good_once_for_its_person_and_for_a_while(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ask = Asked(scene)
        await kept(scene, "I like pizza")
        first = code_in(await ask("forget", "pizza"))
        nothing = "I keep nothing of yours that holds all of these words."
        assert (await ask("forget", first, who="Bob")).text == nothing
        scene.clock.advance(CODE_GOOD_FOR + timedelta(seconds=1))
        assert (await ask("forget", first)).text == nothing
        second = code_in(await ask("forget", "pizza"))
        await ask("forget", second)
        assert (await ask("forget", second)).text == nothing
        assert await shown(scene) == []


async def test_everything_about_somebody_is_forgotten_in_two_steps(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        ask = Asked(scene)
        await kept(scene, "I like pizza")
        await kept(scene, "I like figs", who="Bob")
        ana = scene.people["Ana"]
        topic = code_in(await ask("forget", "pizza"))
        assert "This forgets everything about you" in (await ask("forget-me", topic)).text  # no code of this command
        assert (await ask("forget-me", "wrong")).text.startswith("That is not the code, or no longer. This forgets")
        page = await ask("forget-me")
        assert page.text.startswith("This forgets")
        assert ask.stopped == []
        assert await shown(scene) == ["I like pizza"]
        done = await ask("forget-me", code_in(page))
        assert done.text.startswith("Everything about you: forgotten.")
        assert ask.stopped == [ana.id]
        assert await scene.store.people.known(Channel.DISCORD, "address of Ana") is None
        await scene.store.erasure.finish()
        assert files_holding(tmp_path, "pizza") == []
        assert await shown(scene, "Bob") == ["I like figs"]
