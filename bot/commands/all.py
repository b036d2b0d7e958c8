"""All commands, in the order in which `help` shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.agents import Agents
from bot.capability_rules import CapabilityRules
from bot.commands.admin.agents import AgentCommands
from bot.commands.admin.capabilities import CapabilityCommands
from bot.commands.admin.figures import FigureCommands
from bot.commands.admin.prompts import PromptCommands
from bot.commands.admin.records import RecordCommands
from bot.commands.admin.settings import ConfigCommands
from bot.commands.admin.work import WorkCommands
from bot.commands.ambient import AmbientCommands
from bot.commands.catalogue import Catalogue
from bot.commands.exporting import ExportCommand
from bot.commands.forgetting import ForgettingCommands
from bot.commands.guild_channels import ChannelsCommands
from bot.commands.health import HealthCommand
from bot.commands.help import HelpCommand
from bot.commands.hush import HushCommands
from bot.commands.memories import ChangingCommands, ListingCommands, OwnItems, ShowingCommand
from bot.commands.preferences import PreferenceCommands
from bot.commands.privacy import PrivacyCommands
from bot.commands.profile import ProfileCommands
from bot.commands.session import SessionCommands
from bot.commands.usage import UsageCommand
from bot.commands.why import WhyCommand
from bot.configuration import Configuration
from bot.conversation.router import Router
from bot.conversation.speak_gate import SpeakGate
from bot.guild_door import GuildDoors
from bot.sentences import Sentences
from capabilities.framework.registry import Registry
from memory import EmbeddingProgress, KeptFor, Store
from prompts.prompt_store import PromptStore


@dataclass(frozen=True, slots=True)
class Changeable:
    """What admins change while Ember runs."""

    configuration: Configuration
    registry: Registry
    rules: CapabilityRules
    prompts: PromptStore
    agents: Agents


def all_commands(
    store: Store,
    sentences: Sentences,
    router: Router,
    default_zone: str,
    changeable: Changeable,
    kept_for: Callable[[], KeptFor],
    wake: Callable[[], None],
    gate: SpeakGate,
    doors: GuildDoors,
    embedded: Callable[[], EmbeddingProgress] | None = None,
) -> Catalogue:
    """Returns them.

    `kept_for` says how long things stay; `wake` has what is due done now; `embedded` says how far the vectors are.
    """
    configuration, prompts, agents = changeable.configuration, changeable.prompts, changeable.agents
    catalogue = Catalogue(store, sentences)
    items = OwnItems(store, default_zone)
    for theme in (
        ListingCommands(store, items),
        ShowingCommand(store, items),
        ChangingCommands(store, items),
        ForgettingCommands(store, default_zone, router.stop_all, wake),
        PrivacyCommands(store, items, kept_for),
        ExportCommand(store),
        ProfileCommands(store, default_zone),
        PreferenceCommands(store, default_zone),
        WhyCommand(store, items),
        UsageCommand(store, items),
        SessionCommands(store, router),
        AgentCommands(store, configuration, agents, prompts),
        CapabilityCommands(configuration, changeable.rules, changeable.registry),
        FigureCommands(store, default_zone),
        HealthCommand(store, default_zone, embedded),
        RecordCommands(store, default_zone),
        WorkCommands(store, default_zone, wake),
        ConfigCommands(store, configuration, agents, default_zone),
        PromptCommands(prompts, default_zone),
        HushCommands(configuration, gate, store.clock, default_zone, router.fall_silent),
        AmbientCommands(configuration, gate, doors, sentences),
        ChannelsCommands(configuration, gate, doors, sentences, router.fall_silent),
        HelpCommand(catalogue),
    ):
        catalogue.add(theme.commands())
    return catalogue
