"""All commands, in the order in which `help` shows them."""

from collections.abc import Callable

from bot.commands.catalogue import Catalogue
from bot.commands.forgetting import ForgettingCommands
from bot.commands.health import HealthCommand
from bot.commands.help import HelpCommand
from bot.commands.memories import MemoryCommands
from bot.commands.profile import ProfileCommands
from bot.commands.session import SessionCommands
from bot.commands.why import WhyCommand
from bot.conversation.router import Router
from bot.sentences import Sentences
from memory import EmbeddingProgress, Store


def all_commands(
    store: Store,
    sentences: Sentences,
    router: Router,
    default_zone: str,
    wake: Callable[[], None],
    embedded: Callable[[], EmbeddingProgress] | None = None,
) -> Catalogue:
    """Returns them. `wake` has Ember's own work done now; `embedded` says how far the vectors are."""
    catalogue = Catalogue(store, sentences)
    for theme in (
        MemoryCommands(store, default_zone),
        ForgettingCommands(store, default_zone, router.stop_all, wake),
        ProfileCommands(store),
        WhyCommand(store),
        SessionCommands(store, router),
        HealthCommand(store, default_zone, embedded),
        HelpCommand(catalogue),
    ):
        catalogue.add(theme.commands())
    return catalogue
