"""`agent …` chooses who Ember is: for a server, for a channel, or for somebody who talks with Ember alone."""

import re
from collections.abc import Sequence
from typing import Final

from bot.agents import CATEGORY, CHOSEN, SHIPPED, Agents, model_row
from bot.commands.admin.naming import NAME, REASON, REASON_OPTION, SEEN_OPTION, TEXT, VERSION, matching, seen
from bot.commands.admin.prompts import does_not_render, edit_form, told
from bot.commands.page import (
    FORM_LIMIT,
    Asking,
    BadArgument,
    Choice,
    Command,
    Form,
    Option,
    OptionKind,
    Page,
    Rank,
)
from bot.configuration import Configuration, of_channel, of_guild
from bot.run_time_settings import UNSET
from memory import AGENT, EVERYWHERE, PromptVersion, Store
from prompts.prompt_store import DoesNotRender, PromptStore

_MODEL: Final = "model"
_WHERE: Final = "where"
_SERVER: Final = "server"
_HERE: Final = "here"
_GOOD_NAME: Final = re.compile(r"[a-z0-9_-]{1,32}")
_GOOD_MODEL: Final = re.compile(r"[!-~]{1,100}")  # whatever an endpoint calls it, in one word


class AgentCommands:
    """The commands about agents. For their own DM everybody may choose; for a server and its channels, its admins."""

    def __init__(self, store: Store, configuration: Configuration, agents: Agents, prompts: PromptStore) -> None:
        self._store = store
        self._configuration = configuration
        self._agents = agents
        self._prompts = prompts

    def commands(self) -> tuple[Command, ...]:
        name = Option(NAME, "The agent", OptionKind.NAME, required=True, suggest=self._names)
        used = Option(NAME, f"The agent; {UNSET}: nobody in particular", OptionKind.NAME, True, suggest=self._names)
        where = Option(_WHERE, "In the whole server, or in this channel", OptionKind.NAME, choices=(_SERVER, _HERE))
        model = Option(_MODEL, f"A model of its own; {UNSET}: the usual one", OptionKind.NAME)
        text = Option(TEXT, "What it is told from now on")
        rank = Rank.GUILD_ADMIN
        return (
            Command("agent list", "Show who I can be", self.listed, rank=rank, anyone_alone=True),
            Command("agent use", "Choose who I am here", self.use, (used, where), rank, anyone_alone=True),
            Command(
                "agent edit",
                "Write an agent, or make a new one",
                self.edit,
                (name, model, text, REASON_OPTION, SEEN_OPTION),
                Rank.OWNER,
                form=self._form,
            ),
        )

    async def listed(self, asking: Asking) -> Page:
        """Lists the agents, and says which one answers where it is asked."""
        rows = tuple(
            (one.name, one.description, self._agents.model_of(one.name) or "the usual model")
            for one in await self._prompts.all()
            if one.category == CATEGORY
        )
        here = f"Here I am {self._agents.name_in(asking.here, asking.person)}."
        return Page("Agents", here, ("name", "what", "model"), rows)

    async def use(self, asking: Asking) -> Page:
        """Chooses the agent of a server, of a channel, or of the asker's own talk with Ember."""
        name, guild = asking.text(NAME), asking.place.guild
        if name != UNSET and name not in await self._agents.names():
            raise BadArgument("There is no agent of that name. /agent list shows them.")
        chosen = None if name == UNSET else name
        told = f"I am {name}" if chosen else "Nobody in particular is chosen"
        if guild is None:
            await self._store.people.prefer(asking.person.id, AGENT, chosen or "")
            return Page("Agents", f"{told} where you talk with me alone from the next answer on.")
        if asking.text(_WHERE) == _HERE:
            target, where = of_channel(asking.place.channel_id), "in this channel"
        else:
            target, where = of_guild(guild), "in this server"
        await self._configuration.set(CHOSEN, target, chosen, asking.person)
        now = self._agents.name_in(asking.here, asking.person)
        own = "" if now == name else f" In this channel I am {now}."
        return Page("Agents", f"{told} {where} from the next answer on.{own}")

    async def edit(self, asking: Asking) -> Page:
        """Writes an agent's text, its model, or both; an agent that there is not is made like the shipped one."""
        name, text, model = _named(asking), asking.text(TEXT), asking.text(_MODEL)
        before = await self._agent(name)
        if not (text or model):
            raise BadArgument(f"Say /agent edit {name} TEXT, or /agent edit {name} model=NAME.")
        if model and not _GOOD_MODEL.fullmatch(model):
            raise BadArgument("A model's name is one word of at most 100 characters.")
        if before is None and not text:
            text = (await self._prompts.get(SHIPPED)).text
        said = [await self._written(asking, name, before, text)] if text else []
        if model:
            chosen = None if model == UNSET else model
            await self._configuration.set(model_row(name), EVERYWHERE, chosen, asking.person, asking.text(REASON))
            said.append(f"Its model is {chosen or 'the usual one'} from the next answer on.")
        return Page("Agents", " ".join(said))

    async def _written(self, asking: Asking, name: str, before: PromptVersion | None, text: str) -> str:
        author, reason = asking.person.id, asking.text(REASON)
        shipped = await self._prompts.get(SHIPPED)
        try:
            if before is None:
                await self._prompts.copy(SHIPPED, name, text, author, reason)
                return f"{name} is made. /agent use {name} lets it answer."
            return told(before, await self._prompts.edit(name, text, author, reason, seen(asking)))
        except DoesNotRender as error:
            raise BadArgument(does_not_render(before or shipped, error)) from None

    async def _form(self, asking: Asking) -> Form | None:
        """Returns the form with an agent's text, or with the shipped one's to begin a new one with."""
        name = asking.text(NAME)
        if asking.text(_MODEL) or not _GOOD_NAME.fullmatch(name):
            return None
        prompt = next((one for one in await self._prompts.all() if one.name == name), None)
        if prompt is None:
            form = edit_form(await self._prompts.get(SHIPPED), {NAME: name})
            return Form(f"A new agent: {name}", form.fields, {**form.arguments, VERSION: "0"})
        too_long = prompt.category != CATEGORY or len(prompt.text) > FORM_LIMIT
        return None if too_long else edit_form(prompt, {NAME: name})

    async def _agent(self, name: str) -> PromptVersion | None:
        """Returns an agent's prompt, None when there is none of that name. Raises BadArgument."""
        prompt = next((one for one in await self._prompts.all() if one.name == name), None)
        if prompt is not None and prompt.category != CATEGORY:
            raise BadArgument(f"{name} is a prompt, but no agent. /prompt edit writes it.")
        return prompt

    async def _names(self, asking: Asking, typed: str) -> Sequence[Choice]:
        return matching(await self._agents.names(), typed)


def _named(asking: Asking) -> str:
    name = asking.text(NAME)
    if not _GOOD_NAME.fullmatch(name) or name == UNSET:
        raise BadArgument("An agent's name is 1 to 32 of the characters a-z, 0-9, - and _.")
    return name
