"""Who Ember is in a place: the agent that was chosen for it, the narrowest choice first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from bot.configuration import Configuration
from memory import OneReader, Person, Place
from prompts.prompt_store import MissingPrompt, PromptStore, RenderedPrompt

CATEGORY: Final = "agent"  #: of the prompts that are agents
SHIPPED: Final = "ember"  #: the agent that there always is
CHOSEN: Final = "agent"  #: what `config` calls the choice
DEFAULT: Final = "default_agent"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as it answers one turn."""

    prompt: RenderedPrompt
    model: str | None  #: its own; None: whichever the endpoint is asked for otherwise


def model_row(agent: str) -> str:
    """The name under which `config` holds an agent's model."""
    return f"agent.{agent}.model"


class Agents:
    """Finds agents."""

    def __init__(self, configuration: Configuration, prompts: PromptStore) -> None:
        self._configuration = configuration
        self._prompts = prompts

    def name_in(self, place: Place, asker: Person) -> str:
        """Returns the name of the agent of a place; where somebody talks with Ember alone, they choose."""
        if place.guild is None and place.readers == OneReader(asker.id) and asker.agent:
            return asker.agent
        chosen = self._configuration.here(CHOSEN, place)
        return chosen if isinstance(chosen, str) else self._configuration.text(DEFAULT) or SHIPPED

    async def names(self) -> list[str]:
        """Returns the agents that there are, by name."""
        return [one.name for one in await self._prompts.all() if one.category == CATEGORY]

    def model_of(self, agent: str) -> str | None:
        """Returns an agent's own model."""
        return self._configuration.text(model_row(agent)) or None

    async def in_place(self, place: Place, asker: Person, variables: Mapping[str, str]) -> Agent:
        """Returns the agent of a place; where the environment names one that there is not, the shipped one."""
        name = self.name_in(place, asker)
        try:
            return Agent(await self._prompts.render(name, variables), self.model_of(name))
        except MissingPrompt:
            log.warning("an agent has no prompt; the shipped one answers", agent=name)
            return Agent(await self._prompts.render(SHIPPED, variables), self.model_of(SHIPPED))
