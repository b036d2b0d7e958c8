"""All commands, in the order in which `help` shows them."""

from collections.abc import Callable

from bot.commands.catalogue import Catalogue
from bot.commands.exporting import ExportCommand
from bot.commands.forgetting import ForgettingCommands
from bot.commands.health import HealthCommand
from bot.commands.help import HelpCommand
from bot.commands.memories import ChangingCommands, ListingCommands, OwnItems, ShowingCommand
from bot.commands.preferences import PreferenceCommands
from bot.commands.privacy import PrivacyCommands
from bot.commands.profile import ProfileCommands
from bot.commands.session import SessionCommands
from bot.commands.usage import UsageCommand
from bot.commands.why import WhyCommand
from bot.conversation.router import Router
from bot.sentences import Sentences
from memory import EmbeddingProgress, KeptFor, Store


def all_commands(
    store: Store,
    sentences: Sentences,
    router: Router,
    default_zone: str,
    kept_for: KeptFor,
    wake: Callable[[], None],
    embedded: Callable[[], EmbeddingProgress] | None = None,
) -> Catalogue:
    """Returns them.

    `kept_for` says how long things stay; `wake` has Ember's own work
    done now; `embedded` says how far the vectors are.
    """
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
        HealthCommand(store, default_zone, embedded),
        HelpCommand(catalogue),
    ):
        catalogue.add(theme.commands())
    return catalogue
