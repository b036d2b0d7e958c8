"""The commands as slash commands, whose answers only the asker sees."""

from typing import Final

import discord
import structlog
from discord import app_commands

from bot.channel import NotDelivered, Undeliverable
from bot.channels.discord.delivery import say
from bot.channels.discord.drawing import page_text
from bot.channels.discord.places import place_of
from bot.channels.discord.request import discord_request
from bot.commands.catalogue import Catalogue
from bot.commands.page import Asking, Command
from memory import LANGUAGES, Channel, OneReader, Person, Place, Store

DEFER_SECONDS: Final = 3.0  #: after which Discord gives an interaction up
REQUEST_SECONDS: Final = 30.0
STRANGER: Final = "I keep nothing of you. Write to me, or mention me in a channel, and we talk."
NO_PLACE: Final = "I can't talk here."

_NOBODY: Final = discord.AllowedMentions.none()

log = structlog.get_logger()


class SlashCommands(app_commands.CommandTree[discord.Client]):
    """The catalogue, registered with Discord."""

    def __init__(self, client: discord.Client, commands: Catalogue, store: Store) -> None:
        super().__init__(
            client,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
        )
        self._commands = commands
        self._store = store
        for command in commands.values():
            self._add(command)

    async def register(self) -> None:
        """Registers the commands when Discord has others: it takes only so many registrations a day."""
        wanted = {(command.name, command.description, command.takes) for command in self._commands.values()}
        try:
            async with discord_request(REQUEST_SECONDS):
                registered = {_as_registered(command) for command in await self.fetch_commands()}
                if registered != wanted:
                    await self.sync()
        except (NotDelivered, Undeliverable) as error:
            log.error("the slash commands could not be registered", error=str(error))

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
        """Tells the asker that a command failed, with whatever it failed."""
        log.error("a slash command failed", interaction=interaction.id, exc_info=error)
        await _answer(interaction, f"I'm sorry, something went wrong on my side. (id {interaction.id:x})")

    def _add(self, command: Command) -> None:
        async def use(interaction: discord.Interaction) -> None:
            await self._use(interaction, command, "")

        async def use_with(interaction: discord.Interaction, text: str = "") -> None:
            await self._use(interaction, command, text.strip())

        if command.takes is not None:
            use_with = app_commands.describe(text=command.takes)(use_with)
        callback = use if command.takes is None else use_with
        self.add_command(app_commands.Command(name=command.name, description=command.description, callback=callback))

    async def _use(self, interaction: discord.Interaction, command: Command, argument: str) -> None:
        """Takes the interaction before anything else: Discord waits three seconds."""
        in_time = await _deferred(interaction)
        place = place_of(interaction.channel)
        if in_time:
            await _answer(interaction, await self._page(interaction, place, command, argument))
        elif place is not None and place.readers == OneReader():
            page = await self._page(interaction, place, command, argument)
            await say(interaction.client, place, page, nonce=str(interaction.id))
        else:  # there is no way left to answer that the others in the channel would not see
            log.warning("a slash command came too late to be answered", interaction=interaction.id)

    async def _page(
        self, interaction: discord.Interaction, place: Place | None, command: Command, argument: str
    ) -> str:
        if place is None:
            return NO_PLACE
        person = await self._store.people.known(Channel.DISCORD, str(interaction.user.id))
        if person is None:
            return page_text(command.for_strangers()) if command.for_strangers else STRANGER
        await self._learn_language(person, interaction.locale)
        return page_text(await command.run(Asking(person, place, argument)))

    async def _learn_language(self, person: Person, locale: discord.Locale) -> None:
        """Takes a person's language from Discord, which tells it with slash commands only; `de`, `en-GB`."""
        language = locale.value.partition("-")[0]
        if language in LANGUAGES and language != person.language:
            await self._store.people.prefer(person.id, "language", language)


def _as_registered(command: app_commands.AppCommand) -> tuple[str, str, str | None]:
    takes = next((option.description for option in command.options), None)
    return command.name, command.description, takes


async def _deferred(interaction: discord.Interaction) -> bool:
    try:
        async with discord_request(DEFER_SECONDS):
            await interaction.response.defer(ephemeral=True)
    except (NotDelivered, Undeliverable) as error:
        log.warning("a slash command could not be taken", interaction=interaction.id, error=str(error))
        return False
    return True


async def _answer(interaction: discord.Interaction, text: str) -> None:
    try:
        async with discord_request(REQUEST_SECONDS):
            await interaction.edit_original_response(content=text, allowed_mentions=_NOBODY)
    except (NotDelivered, Undeliverable) as error:
        log.warning("a slash command could not be answered", interaction=interaction.id, error=str(error))
