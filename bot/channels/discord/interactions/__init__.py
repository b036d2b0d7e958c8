"""Commands on Discord: slash commands, buttons, forms and the menu of a message, all of them one thing.

    registration.py  the catalogue as Discord is told of it, and told only when it has changed
    custom_id.py     a command with its arguments in the id of a button or a form: it works after any restart
    given.py         what somebody did -> which command, with what arguments
    drawing.py       pages and forms as Discord shows them
    handler.py       takes an interaction before anything else, has the command run, and shows its page

Discord hands every interaction to `handler`; nothing is kept here between two of them.
"""

from bot.channels.discord.interactions.handler import Interactions
from bot.channels.discord.interactions.registration import register

__all__ = ["Interactions", "register"]
