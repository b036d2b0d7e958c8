"""Takes an interaction before anything else is awaited, has its command run, and shows the page to its asker alone."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from typing import Final

import discord
import structlog
from cachetools import LRUCache

from bot.channel import NotDelivered, Undeliverable
from bot.channels.discord.delivery import say
from bot.channels.discord.incoming import shown_name
from bot.channels.discord.interactions.drawing import Drawn, drawn_form, drawn_page
from bot.channels.discord.interactions.given import Given, given_in
from bot.channels.discord.places import BaseRole, place_of
from bot.channels.discord.request import discord_request
from bot.charts import picture_of
from bot.commands.catalogue import Catalogue
from bot.commands.page import Asking, Form, OptionKind, Page, Rank
from bot.sentences import Sentence, Sentences
from memory import LANGUAGES, Channel, OneReader, Person, Place, Store, StoreError

TAKE_SECONDS: Final = 3.0  #: after which Discord gives an interaction up
FORM_SECONDS: Final = 2.0  #: of those, for what stands in a form
REQUEST_SECONDS: Final = 30.0
SEEN: Final = 10_000  #: interactions of late

_NOBODY: Final = discord.AllowedMentions.none()

log = structlog.get_logger()


class Interactions:
    """What people do with commands, buttons, forms and menus."""

    def __init__(
        self, store: Store, commands: Catalogue, sentences: Sentences, owners: Collection[str], base_role: BaseRole
    ) -> None:
        """`owners`: the Discord ids of whose installation it is."""
        self._base_role = base_role
        self._store = store
        self._commands = commands
        self._sentences = sentences
        self._owners = owners
        self._seen: LRUCache[int, bool] = LRUCache(SEEN)

    async def take(self, interaction: discord.Interaction) -> None:
        """Answers an interaction, once: a session that is taken up again may bring it a second time."""
        if interaction.id in self._seen:
            return
        self._seen[interaction.id] = True
        given = given_in(interaction, self._commands)
        if interaction.type is discord.InteractionType.autocomplete:
            await self._suggest(interaction, given)
        elif given is None:
            if await _taken(interaction):
                await _show(interaction, Drawn(self._say(Sentence.COMMAND_GONE, interaction)))
        elif _may_lack_a_text(given) and interaction.type is not discord.InteractionType.modal_submit:
            await self._open_form(interaction, given)
        else:
            await self._run(interaction, given)

    async def _run(self, interaction: discord.Interaction, given: Given) -> None:
        in_time = await _taken(interaction)
        place = place_of(interaction.channel, self._base_role)
        drawn = await _drawn(await self._page(interaction, given, place))
        if not (in_time and await _show(interaction, drawn)):
            await _say_in_private(interaction, place, drawn)

    async def _page(self, interaction: discord.Interaction, given: Given, place: Place | None) -> Page:
        if place is None:
            return Page("", self._say(Sentence.COMMAND_NO_PLACE, interaction))
        try:
            person = await self._person(interaction, given)
        except StoreError as error:
            return self._commands.failed(given.command, error)
        if person is None:
            for_strangers = given.command.for_strangers
            return for_strangers() if for_strangers else Page("", self._say(Sentence.COMMAND_STRANGER, interaction))
        page = await self._commands.run(given.command, self._asking(interaction, given, place, person))
        if not person.first_contact or given.command.rank is not Rank.EVERYONE:
            return page
        told = self._say(Sentence.NOTICE_FIRST_CONTACT, interaction)
        return replace(page, text="\n\n".join(filter(None, [page.text, told])))

    async def _person(self, interaction: discord.Interaction, given: Given) -> Person | None:
        user = interaction.user
        person = await self._commands.person(given.command, Channel.DISCORD, str(user.id), shown_name(user))
        if person is not None:
            await self._learn_language(person, interaction.locale)
        return person

    def _asking(self, interaction: discord.Interaction, given: Given, place: Place, person: Person) -> Asking:
        return Asking(person, place, given.arguments, self._ranks(interaction))

    def _ranks(self, interaction: discord.Interaction) -> frozenset[Rank]:
        """The ranks as they are now: Discord sends what a member may with each interaction."""
        owner, allowed = str(interaction.user.id) in self._owners, interaction.permissions
        manages = interaction.guild_id is not None and (allowed.manage_guild or allowed.administrator)
        ranks = {Rank.EVERYONE, *([Rank.GUILD_ADMIN] if owner or manages else [])}
        return frozenset({*ranks, Rank.OWNER} if owner else ranks)

    async def _open_form(self, interaction: discord.Interaction, given: Given) -> None:
        """Opens a form, which Discord takes only at once; when there is nothing to fill in, runs the command."""
        try:
            async with asyncio.timeout(FORM_SECONDS):
                form = await self._form(interaction, given)
        except TimeoutError:
            if await _taken(interaction):
                await _show(interaction, Drawn(self._say(Sentence.COMMAND_TOO_SLOW, interaction)))
            return
        modal = None if form is None else drawn_form(form, given.command.path)
        if modal is None:
            await self._run(interaction, given)
            return
        try:
            async with discord_request(TAKE_SECONDS):
                await interaction.response.send_modal(modal)
        except (NotDelivered, Undeliverable) as error:
            log.warning("a form could not be opened", interaction=interaction.id, error=str(error))

    async def _form(self, interaction: discord.Interaction, given: Given) -> Form | None:
        place = place_of(interaction.channel, self._base_role)
        try:
            person = None if place is None else await self._person(interaction, given)
        except StoreError:  # the command itself says what is wrong
            return None
        if place is None or person is None:
            return None
        return await self._commands.form(given.command, self._asking(interaction, given, place, person))

    async def _suggest(self, interaction: discord.Interaction, given: Given | None) -> None:
        """Offers what may be meant, to somebody who is known; nobody becomes known by typing."""
        choices: list[discord.app_commands.Choice[str]] = []
        place = place_of(interaction.channel, self._base_role)
        if given is not None and given.focused is not None and place is not None:
            person = await self._store.people.known(Channel.DISCORD, str(interaction.user.id))
            if person is not None:
                asking = self._asking(interaction, given, place, person)
                found = await self._commands.suggest(given.command, given.focused, asking, asking.text(given.focused))
                choices = [discord.app_commands.Choice(name=one.label[:100], value=one.value) for one in found]
        try:
            async with discord_request(TAKE_SECONDS):
                await interaction.response.autocomplete(choices)
        except (NotDelivered, Undeliverable) as error:
            log.debug("nothing could be suggested", interaction=interaction.id, error=str(error))

    def _say(self, sentence: Sentence, interaction: discord.Interaction) -> str:
        return self._sentences.say(sentence, interaction.locale.value)

    async def _learn_language(self, person: Person, locale: discord.Locale) -> None:
        """Takes a person's language from Discord, which tells it with interactions only; `de`, `en-GB`."""
        language = locale.value.partition("-")[0]
        if language in LANGUAGES and language != person.language and not person.chose_language:
            try:
                await self._store.people.prefer(person.id, "language", language)
            except StoreError as error:  # what only reads goes on
                log.error("a language could not be kept", error=str(error))


async def _drawn(page: Page) -> Drawn:
    picture = None if page.chart is None else await asyncio.to_thread(picture_of, page.chart)
    return drawn_page(page, picture)


def _may_lack_a_text(given: Given) -> bool:
    """Whether a form may be wanted, which is made before the interaction is taken; never when a text is given."""
    texts = [option.name for option in given.command.options if option.kind is OptionKind.TEXT]
    return given.command.form is not None and not any(given.arguments.get(name) for name in texts)


def _in_place(interaction: discord.Interaction) -> bool:
    """Whether the answer takes the place of the message with the button: only where that is its asker's alone."""
    message = interaction.message
    return message is not None and message.flags.ephemeral


async def _taken(interaction: discord.Interaction) -> bool:
    """Takes an interaction; False when that came too late."""
    try:
        async with discord_request(TAKE_SECONDS):
            if _in_place(interaction):
                await interaction.response.defer()
            else:
                await interaction.response.defer(ephemeral=True, thinking=True)
    except (NotDelivered, Undeliverable) as error:
        log.warning("an interaction could not be taken", interaction=interaction.id, error=str(error))
        return False
    return True


async def _show(interaction: discord.Interaction, drawn: Drawn) -> bool:
    """Shows an answer to its asker; False when Discord no longer takes it."""
    try:
        async with discord_request(REQUEST_SECONDS):
            await interaction.edit_original_response(
                content=drawn.text, view=drawn.view, attachments=drawn.files, allowed_mentions=_NOBODY
            )
    except (NotDelivered, Undeliverable) as error:
        log.warning("an interaction could not be answered", interaction=interaction.id, error=str(error))
        return False
    return True


async def _say_in_private(interaction: discord.Interaction, place: Place | None, drawn: Drawn) -> None:
    """Says to the asker alone, by a normal message, what came too late for anything else."""
    client = interaction.client
    if place is None or place.readers != OneReader():
        try:
            async with discord_request(REQUEST_SECONDS):
                direct = await client.create_dm(discord.Object(interaction.user.id))
                place = Place(Channel.DISCORD, OneReader(), channel_id=str(direct.id))
        except (NotDelivered, Undeliverable) as error:
            log.warning("an interaction came too late to be answered", interaction=interaction.id, error=str(error))
    if place is not None and place.readers == OneReader():
        await say(client, place, drawn.text, nonce=str(interaction.id), files=drawn.files)
