"""Ember on Discord, through discord.py, which nothing else imports.

    channel.py      the port: connects, hears, and hands on
    client.py       discord.py's client as Ember needs it, and how it logs in
    backfill.py     what was missed while Ember was away
    addressing.py   is a message meant for Ember?
    incoming.py     message -> Incoming
    around.py       what stands around a message: the lines it answers, forwards, files (files.py reads them)
    places.py       channel or thread -> Place, with who reads there
    delivery.py     Delivery -> message, looked for first when an earlier attempt may have arrived
    drawing.py      replies, notices and pages as text
    streaming.py    what a person sees while a reply is made: typing, then the growing text
    below.py        the buttons below a reply
    sending.py      send, edit, look for what an earlier attempt became
    interactions/   commands: slash, buttons, forms, menus
    guilds.py       what commands about guilds ask, and their admins told what is missing
    rights.py       what Ember may do where
    presence.py     what stands below the name when something is wrong
    invite.py       the link that invites Ember, for the shell
    request.py      every request: under a deadline, its failures in the port's words

A message goes channel -> addressing -> places -> incoming -> Router; a reply comes back Worker -> channel -> delivery.
"""

from bot.channels.discord.channel import DiscordChannel

__all__ = ["DiscordChannel"]
