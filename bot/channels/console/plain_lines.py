"""Lines from a pipe, answered one by one: only the final texts go out."""

import os
from collections.abc import Sequence
from typing import Final, TextIO

from bot.channel import Delivery, LiveReply, NotDelivered, Undeliverable
from bot.channels.console.drawing import harmless, plain_page
from bot.channels.console.input_lines import InputLines
from bot.channels.console.terminal import Terminal
from bot.channels.console.typed_commands import TypedCommands
from bot.surroundings import Appetite, Surroundings
from memory import Channel, Message, OpenTurn, Place


class OutputLost(Exception):
    """Standard output cannot be written."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"{self.__doc__} ({error.strerror})")


class PlainLines:
    """The terminal's channel where nobody sits at a keyboard."""

    channel: Final = Channel.CONSOLE

    def __init__(self, terminal: Terminal, commands: TypedCommands, source: TextIO | None, sink: TextIO | None) -> None:
        self._terminal = terminal
        self._commands = commands
        self._source = source
        self._sink = sink
        self._output_error: OSError | None = None

    async def run(self) -> None:
        """Answers every line; ends with the input, or when nobody reads the output any more. Raises OutputLost."""
        await self._terminal.attend(self)
        lines = InputLines(self._source)
        while self._output_error is None:
            line = await lines.next()
            if line is None or self._commands.leaves(line):
                await self._terminal.learned()  # a script that looks at the memory next finds it whole
                return
            if line.strip():
                await self._take(line)
        if not isinstance(self._output_error, BrokenPipeError):
            raise OutputLost(self._output_error)

    async def place(self, key: str) -> Place | None:
        return self._terminal.place(key)

    async def surroundings(self, place: Place, lines: Sequence[Message], appetite: Appetite) -> Surroundings:
        return Surroundings()

    async def live(self, turn: OpenTurn, reply_to: str | None) -> LiveReply:
        return _Unseen()

    async def deliver(self, delivery: Delivery) -> str | None:
        if delivery.text and not self._terminal.was_printed(delivery):  # quiet lines are not for a script
            if not self._print(delivery.text):
                raise NotDelivered("standard output cannot be written")  # it is kept for the next start
            self._terminal.printed(delivery)
        return None

    async def remove(self, place: Place, platform_id: str) -> None:
        raise Undeliverable("what was printed stays")

    async def _take(self, line: str) -> None:
        if self._commands.is_command(line):
            self._print(plain_page(await self._commands.page(line)))
        elif trouble := await self._terminal.say(line):
            self._print(trouble)

    def _print(self, text: str) -> bool:
        """Prints a text at once; False when that is not possible any more."""
        if self._output_error is None:
            try:
                print(harmless(text), file=self._sink, flush=True)
            except OSError as error:
                self._output_error = error
                self._give_up_output()
        return self._output_error is None

    def _give_up_output(self) -> None:
        """Points the output at nothing: the interpreter flushes it once more at its end, and would complain."""
        if self._sink is not None:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self._sink.fileno())
            os.close(nothing)


class _Unseen:
    """Nothing of a reply is seen before it is final."""

    async def show(self, text: str) -> bool:
        return False

    async def withdraw(self) -> None:
        return

    async def let_join(self) -> None:
        return

    async def close(self) -> None:
        return

    async def stop(self, mark: str) -> None:
        return
