"""All commands, in the order in which `help` shows them."""

from collections.abc import Mapping

from bot.commands.memories import MemoryCommands
from bot.commands.page import Asking, Command, Page
from bot.commands.session import SessionCommands
from bot.commands.why import WhyCommand
from bot.conversation.router import Router
from memory import Store

Catalogue = Mapping[str, Command]


def catalogue(store: Store, router: Router, default_zone: str) -> Catalogue:
    """Returns the commands by name."""
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
        Command("learning", "Switch on or off that I learn from what you say", memories.learning),
        Command("why", "Show what my last answer was made from", WhyCommand(store).why),
        Command("new", "Begin a new conversation here", session.new),
        Command("stop", "Stop the answer under way", session.stop),
        Command("help", "Show this", show_help, help_page),
    ):
        listed[command.name] = command
    return listed
