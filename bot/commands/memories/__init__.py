"""`memory …`: what somebody sees and changes of their own memories.

    own_items.py  the item that an id names, what may be meant by what was typed, days where its person is
    listing.py    list, recent, search, as-of
    showing.py    show: one item closely
    changing.py   add, remember, edit, share, undo

`forgetting` is another matter: it is beside this folder.
"""

from bot.commands.memories.changing import ChangingCommands
from bot.commands.memories.listing import ListingCommands
from bot.commands.memories.own_items import OwnItems
from bot.commands.memories.showing import ShowingCommand

__all__ = ["ChangingCommands", "ListingCommands", "OwnItems", "ShowingCommand"]
