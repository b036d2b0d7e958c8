"""Everybody's commands over a scene, in one line each: asked, pressed, typed into."""

from dataclasses import replace

from bot.commands.catalogue import Catalogue
from bot.commands.exporting import ExportCommand
from bot.commands.forgetting import ForgettingCommands
from bot.commands.memories import ChangingCommands, ListingCommands, OwnItems, ShowingCommand
from bot.commands.page import Asking, Form, Page
from bot.commands.preferences import PreferenceCommands
from bot.commands.privacy import PrivacyCommands
from bot.commands.profile import ProfileCommands
from bot.commands.usage import UsageCommand
from bot.commands.why import WhyCommand
from bot.sentences import load_sentences
from memory import KeptFor, Place
from tests.memory.scene import DM, Scene

ZONE = "Europe/Rome"


class Asked:
    """Ana asks, unless it is said who."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        store, items = scene.store, OwnItems(scene.store, ZONE)
        self.catalogue = Catalogue(store, load_sentences())
        for theme in (
            ListingCommands(store, items),
            ShowingCommand(store, items),
            ChangingCommands(store, items),
            ForgettingCommands(store, ZONE, lambda _: None, lambda: None),
            PrivacyCommands(store, items, lambda: KeptFor()),
            ExportCommand(store),
            ProfileCommands(store, ZONE),
            PreferenceCommands(store, ZONE),
            WhyCommand(store, items),
            UsageCommand(store, items),
        ):
            self.catalogue.add(theme.commands())

    async def asking(self, who: str, place: Place, arguments: dict[str, str]) -> Asking:
        known = await self._scene.person(who)
        person = await self._scene.store.people.by_id(known.id)
        return Asking(person, self._scene.place(place, replace(person, name=who)), arguments)

    async def __call__(self, path: str, place: Place = DM, who: str = "Ana", **arguments: str) -> Page:
        command = self.catalogue.find(path)
        assert command is not None
        return await self.catalogue.run(command, await self.asking(who, place, arguments))

    async def press(self, page: Page, label: str, place: Place = DM, who: str = "Ana") -> Page:
        button = next(one for one in page.buttons if one.label == label)
        return await self(button.command, place, who, **button.arguments)

    async def form(self, path: str, who: str = "Ana", **arguments: str) -> Form | None:
        command = self.catalogue.find(path)
        assert command is not None
        return await self.catalogue.form(command, await self.asking(who, DM, arguments))

    async def suggested(
        self, path: str, option: str, typed: str = "", place: Place = DM, who: str = "Ana"
    ) -> dict[str, str]:
        """Returns what is offered: values by label."""
        command = self.catalogue.find(path)
        assert command is not None
        found = await self.catalogue.suggest(command, option, await self.asking(who, place, {option: typed}), typed)
        return {choice.label: choice.value for choice in found}
