"""What is seen of an answer while it is made: a spinner, then the growing text; gone when the final one is printed."""

from typing import Final

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner

from bot.channels.console.drawing import DrawnReply
from memory import ItemId

_REFRESHES_PER_SECOND: Final = 10


class LiveRegion:
    """A LiveReply on the screen."""

    def __init__(self, console: Console, reply: ItemId) -> None:
        self.reply = reply
        self._text = ""
        self._live = Live(
            _spinner(), console=console, transient=True, refresh_per_second=_REFRESHES_PER_SECOND, redirect_stdout=False
        )
        self._live.start(refresh=True)

    async def show(self, text: str) -> bool:
        first = not self._text.strip()
        self._text += text
        if not self._text.strip():
            return False
        self._live.update(DrawnReply(self._text, fits=True), refresh=first)
        return True

    async def withdraw(self) -> None:
        self._text = ""
        self._live.update(_spinner(), refresh=True)

    async def let_join(self) -> None:
        """A keyboard tells nothing of a line before it is whole."""

    async def close(self) -> None:
        """Leaves the text on the screen, for the delivery puts the final one in its place."""

    async def stop(self, mark: str) -> None:
        """Leaves it to whoever stopped it to say so."""

    def clear(self) -> None:
        """Takes everything off the screen."""
        self._live.stop()


def _spinner() -> Spinner:
    return Spinner("dots", style="dim")
