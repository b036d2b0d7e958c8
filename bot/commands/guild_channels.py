"""`channels`: where Ember may talk in a guild, and who counts as all of it; `admin setup` says what is missing."""

from collections.abc import Callable, Sequence
from typing import Final

from bot.commands.page import Asking, BadArgument, Choice, Command, Option, OptionKind, Page, Rank
from bot.configuration import Configuration, of_channel, of_guild
from bot.conversation.speak_gate import BASE_ROLE, TALKS, SpeakGate
from bot.guild_door import GuildChannel, GuildDoor, GuildDoors, set_up_check
from bot.sentences import Sentences

CHANNEL: Final = "channel"
ROLE: Final = "role"
EVERYWHERE: Final = "everywhere"
NOBODY: Final = "none"
YES: Final = "yes"


class ChannelsCommands:
    """Sets where Ember may talk. `fall_silent` ends what is under way where it may say nothing any more."""

    def __init__(
        self,
        configuration: Configuration,
        gate: SpeakGate,
        doors: GuildDoors,
        sentences: Sentences,
        fall_silent: Callable[[], None],
    ) -> None:
        self._configuration = configuration
        self._gate = gate
        self._doors = doors
        self._sentences = sentences
        self._fall_silent = fall_silent

    def commands(self) -> tuple[Command, ...]:
        admin = Rank.GUILD_ADMIN
        channel = Option(CHANNEL, "Which one; left out: this one", OptionKind.NAME, suggest=self._suggest_channels)
        role = Option(ROLE, "Which one; none: no longer", OptionKind.NAME, required=True, suggest=self._suggest_roles)
        but_for = "yes: in the whole server, but for channels set by themselves"
        everywhere = Option(EVERYWHERE, but_for, OptionKind.NAME, choices=(YES,))
        where = (channel, everywhere)
        return (
            Command("channels show", "Where I may talk in this server", self.show, rank=admin, in_guilds=True),
            Command("channels allow", "Let me talk in a channel", self.allow, where, rank=admin, in_guilds=True),
            Command("channels forbid", "Keep me out of a channel", self.forbid, where, rank=admin, in_guilds=True),
            Command(
                "channels base-role",
                "What is said where this role reads counts as known to the whole server",
                self.base_role,
                (role,),
                rank=admin,
                in_guilds=True,
            ),
            Command("admin setup", "Where I may talk, and what is missing", self.set_up, rank=admin, in_guilds=True),
        )

    async def show(self, asking: Asking) -> Page:
        """Lists the channels that Ember sees."""
        guild, door = _guild(asking), self._door(asking)
        rows = tuple((channel.name, self._state(guild, channel)) for channel in door.channels(guild))
        role = self._gate.base_role(guild)
        named = [one.name for one in door.roles(guild) if one.id == str(role)]
        text = f"Whoever has the role {named[0]} counts as the whole server." if named else ""
        return Page("Channels", text, ("channel", "may I talk there?"), rows)

    async def allow(self, asking: Asking) -> Page:
        """Lets Ember talk in a channel, or wherever nothing else is set."""
        where = await self._set(asking, allowed=True)
        return Page("Channels", f"I may talk {where}.")

    async def forbid(self, asking: Asking) -> Page:
        """Keeps Ember out: no answer there, and no row of what is said."""
        where = await self._set(asking, allowed=False)
        self._fall_silent()
        return Page("Channels", f"I say nothing {where}, and keep nothing of what is said there.")

    async def base_role(self, asking: Asking) -> Page:
        """Names the role whose members are the whole guild: what it reads is learned for the guild."""
        guild, wanted = _guild(asking), asking.text(ROLE)
        if wanted == NOBODY:
            await self._configuration.set(BASE_ROLE, of_guild(guild), None, asking.person)
            return Page("Channels", "Only channels that everybody may see count as known to the whole server.")
        role = next(
            (one for one in self._door(asking).roles(guild) if wanted in (one.id, one.name, f"@{one.name}")), None
        )
        if role is None:
            raise BadArgument("There is no such role here.")
        await self._configuration.set(BASE_ROLE, of_guild(guild), role.id, asking.person)
        return Page(
            "Channels", f"What is said where {role.name} reads counts as known to the whole server from now on."
        )

    async def set_up(self, asking: Asking) -> Page:
        """Checks what Ember needs in the guild."""
        guild, door = _guild(asking), self._door(asking)
        allowed = [channel for channel in door.channels(guild) if self._allowed(guild, channel.id)]
        return Page("Set-up", set_up_check(self._sentences, asking.person.language, allowed, door.reads_everything))

    async def _set(self, asking: Asking, allowed: bool) -> str:
        guild = _guild(asking)
        if asking.text(EVERYWHERE):
            await self._configuration.set(TALKS, of_guild(guild), allowed, asking.person)
            return "in this server, but for channels set by themselves"
        wanted = asking.text(CHANNEL) or asking.place.channel_id
        named = (one for one in self._door(asking).channels(guild) if wanted in (one.id, one.name, f"<#{one.id}>"))
        channel = next(named, None)
        if channel is None:
            raise BadArgument("I see no such channel here.")
        await self._configuration.set(TALKS, of_channel(channel.id), allowed, asking.person)
        return f"in {channel.name}"

    def _state(self, guild: str, channel: GuildChannel) -> str:
        if not self._allowed(guild, channel.id):
            return "no: an admin forbids it"
        if self._gate.muted_in(of_guild(guild)) or self._gate.muted_in(of_channel(channel.id)):
            return "no: muted"
        return "yes" if channel.may_talk else "no: I lack the permission"

    def _allowed(self, guild: str, channel: str) -> bool:
        return self._gate.talks_in(guild, channel)

    def _door(self, asking: Asking) -> GuildDoor:
        door = self._doors.find(asking.place)
        if door is None:
            raise BadArgument("I am not connected there yet.")
        return door

    async def _suggest_channels(self, asking: Asking, typed: str) -> Sequence[Choice]:
        door = self._doors.find(asking.place)
        found = () if door is None or asking.place.guild is None else door.channels(asking.place.guild)
        return [Choice(one.name, one.id) for one in found if typed.casefold() in one.name.casefold()]

    async def _suggest_roles(self, asking: Asking, typed: str) -> Sequence[Choice]:
        door = self._doors.find(asking.place)
        found = () if door is None or asking.place.guild is None else door.roles(asking.place.guild)
        roles = [Choice(one.name, one.id) for one in found if typed.casefold() in one.name.casefold()]
        return [*roles, Choice("none", NOBODY)]


def _guild(asking: Asking) -> str:
    if asking.place.guild is None:
        raise BadArgument("That works in a server only.")
    return asking.place.guild
