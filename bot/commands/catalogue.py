"""All commands, in the order in which `help` shows them."""

from collections.abc import Callable, Mapping

from bot.commands.blocks import BlockCommands
from bot.commands.forgetting import ForgettingCommands
from bot.commands.health import HealthCommand
from bot.commands.memories import MemoryCommands
from bot.commands.page import Asking, Command, Page
from bot.commands.session import SessionCommands
from bot.commands.why import WhyCommand
from bot.conversation.router import Router
from bot.turn import OwnerNow
from memory import EmbeddingProgress, Store

Catalogue = Mapping[str, Command]


def catalogue(
    store: Store,
    router: Router,
    default_zone: str,
    owner: OwnerNow,
    wake: Callable[[], None],
    embedded: Callable[[], EmbeddingProgress] | None = None,
) -> Catalogue:
    """Returns the commands by name.

    `owner` says who owns the installation; `wake` has Ember's own work done now; `embedded` says how far the vectors
    are.
    """
    blocks = BlockCommands(store, owner)
    forgetting = ForgettingCommands(store, default_zone, router.stop_all, wake)
    health = HealthCommand(store, default_zone, owner, embedded)
    memories = MemoryCommands(store, default_zone)
    session = SessionCommands(store, router)
    listed: dict[str, Command] = {}

    def help_page() -> Page:
        text = "Talk to me in plain words; I remember what you ask me to."
        return Page(
            "Help", text, ("command", "what it does"), tuple((f"/{c.name}", c.description) for c in listed.values())
        )

    async def show_help(asking: Asking) -> Page:
        return help_page()

    for command in (
        Command("memories", "Show what I remember of you", memories.memories),
        Command("undo", "Take back the last thing I remembered", memories.undo),
        Command(
            "forget",
            "Show what of yours holds some words, then forget it",
            forgetting.forget,
            takes="The words, or the code I gave you",
        ),
        Command(
            "forget-me",
            "Forget everything about you, once you have said so twice",
            forgetting.forget_me,
            takes="The code I gave you",
        ),
        Command("profile", "Show or write who you are", blocks.profile, takes="Your profile from now on"),
        Command("blocks", "Show what I always have in front of me here", blocks.blocks),
        Command(
            "block",
            "Show or write a text of yours that I always have in front of me",
            blocks.block,
            takes="Its label, then its text",
        ),
        Command(
            "keep",
            "Say for how many days I keep what you say",
            blocks.keep,
            takes="A number of days; 0: as my owner set",
        ),
        Command("learning", "Switch on or off that I learn from what you say by myself", memories.learning),
        Command("why", "Show what my last answer was made from", WhyCommand(store).why),
        Command("new", "Begin a new conversation here; what I remember stays", session.new),
        Command("stop", "Stop the answer under way", session.stop),
        Command("health", "Show how I am doing, to my owner only", health.health),
        Command("help", "Show this", show_help, help_page),
    ):
        listed[command.name] = command
    return listed
