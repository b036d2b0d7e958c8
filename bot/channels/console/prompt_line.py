"""A person at a keyboard: a prompt, the answer live below it, and no prompt until it stands there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from prompt_toolkit import PromptSession
from prompt_toolkit.application import in_terminal
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output
from prompt_toolkit.shortcuts import CompleteStyle
from rich.console import Console, RenderableType
from rich.text import Text

from bot.channel import Delivery, LiveReply, Undeliverable
from bot.channels.console.drawing import DrawnReply, drawn_notice, drawn_page, harmless
from bot.channels.console.live_region import LiveRegion
from bot.channels.console.terminal import TERMINAL, Terminal
from bot.channels.console.typed_commands import TypedCommands
from bot.notices import undo_hint
from bot.sentences import Sentences
from bot.surroundings import Appetite, Surroundings
from memory import Channel, Message, OpenTurn, Place, Store

_GREETING: Final = "I remember what you tell me. /help shows the commands, Ctrl-D leaves."
_HOW_TO_LEAVE: Final = FormattedText([("ansibrightblack", "Ctrl-D or /quit leaves.")])
_AWAY: Final = "While you were away:"
_STOPPED: Final = "Stopped."
_HISTORY: Final = 500  #: lines
_PROMPT: Final = FormattedText([("bold ansicyan", "> ")])
_CONTINUATION: Final = "  "
_QUIET: Final = "dim"


class PromptLine:
    """The terminal's channel where somebody sits at a keyboard."""

    channel: Final = Channel.CONSOLE

    def __init__(
        self,
        terminal: Terminal,
        commands: TypedCommands,
        store: Store,
        sentences: Sentences,
        console: Console,
        keyboard: Input,
        screen: Output,
    ) -> None:
        self._terminal = terminal
        self._commands = commands
        self._store = store
        self._sentences = sentences
        self._console = console
        self._keyboard = keyboard
        self._screen = screen
        self._region: LiveRegion | None = None
        self._caught_up = False  #: what an earlier process left behind has been printed

    async def run(self) -> None:
        """Talks until the person leaves."""
        self._say_quietly(f"Ember. {_GREETING}")
        # Raw all the while: between two prompts, too, Ctrl-C is a key for us and not a signal that ends the process,
        # and what is typed ahead does not appear in the middle of an answer.
        with self._keyboard.raw_mode():
            try:
                with self._stoppable():
                    await self._terminal.attend(self)
                self._caught_up = True
                while (line := await self._next_line()) is not None:
                    await self._take(line)
            finally:
                self._clear_region()

    async def place(self, key: str) -> Place | None:
        return self._terminal.place(key)

    async def surroundings(self, place: Place, lines: Sequence[Message], appetite: Appetite) -> Surroundings:
        return Surroundings()

    async def live(self, turn: OpenTurn, reply_to: str | None) -> LiveReply:
        self._clear_region()
        self._region = LiveRegion(self._console, turn.reply)
        return self._region

    async def deliver(self, delivery: Delivery) -> str | None:
        if self._terminal.was_printed(delivery):
            return None
        async with in_terminal():  # a delivery that was tried again comes while the prompt stands there
            if self._region is not None and self._region.reply == delivery.item:
                self._clear_region()
            if not self._caught_up:
                self._say_quietly(_AWAY)
                self._caught_up = True
            reply = [DrawnReply(delivery.text)] if delivery.text else []
            undo = undo_hint(self._sentences, delivery.language)
            self._print(*reply, *(drawn_notice(notice, undo) for notice in delivery.notices))
        self._terminal.printed(delivery)
        return None

    async def remove(self, place: Place, platform_id: str) -> None:
        raise Undeliverable("what stands on the screen stays")

    async def _take(self, line: str) -> None:
        if self._commands.is_command(line):
            self._print(drawn_page(await self._commands.page(line)))
            return
        with self._stoppable():
            trouble = await self._terminal.say(line)
        self._clear_region()
        if trouble is not None:
            self._print(Text(harmless(trouble)))

    async def _next_line(self) -> str | None:
        """Prompts until something is typed; None when the person leaves."""
        while True:
            # Asked anew each time: what was forgotten does not come back with the arrow keys.
            owner = self._terminal.owner.id
            said = await self._store.talk.said_lines(TERMINAL.read_by(owner), owner, _HISTORY)
            try:
                line = await self._session(said).prompt_async(handle_sigint=False, set_exception_handler=False)
            except EOFError:
                return None
            if self._commands.leaves(line):
                return None
            if line.strip():
                return line

    def _session(self, said: Sequence[str]) -> PromptSession[str]:
        session: PromptSession[str] = PromptSession(
            _PROMPT,
            multiline=True,
            prompt_continuation=_CONTINUATION,
            history=InMemoryHistory(said),
            completer=WordCompleter(self._commands.typed, sentence=True),
            complete_style=CompleteStyle.READLINE_LIKE,
            complete_while_typing=False,
            input=self._keyboard,
            output=self._screen,
        )
        session.key_bindings = _key_bindings(session)
        return session

    @contextmanager
    def _stoppable(self) -> Iterator[None]:
        """Reads the keys while an answer is made: Ctrl-C stops it, all others are kept for the next prompt."""

        def pressed() -> None:
            keys = self._keyboard.read_keys()
            ahead = [key for key in keys if key.key is not Keys.ControlC]
            store_typeahead(self._keyboard, ahead)
            if len(ahead) < len(keys) and self._terminal.stop():
                self._clear_region()
                self._say_quietly(_STOPPED)

        with self._keyboard.attach(pressed):
            yield

    def _clear_region(self) -> None:
        if self._region is not None:
            self._region.clear()
            self._region = None

    def _say_quietly(self, text: str) -> None:
        self._print(Text(text, style=_QUIET))

    def _print(self, *lines: RenderableType) -> None:
        """Prints something and an empty line below it."""
        self._console.print(*lines, "", sep="\n")


def _key_bindings(session: PromptSession[str]) -> KeyBindings:
    """Enter sends; Alt+Enter, or Escape and Enter, makes a new line; Ctrl-C clears the line, or says how to leave."""
    bindings = KeyBindings()
    at_prompt = has_focus(DEFAULT_BUFFER)

    @bindings.add("enter", filter=at_prompt)
    def send(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @bindings.add("escape", "enter", filter=at_prompt)
    def break_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @bindings.add("c-c", filter=at_prompt)
    def clear(event: KeyPressEvent) -> None:
        session.placeholder = None if event.current_buffer.text else _HOW_TO_LEAVE
        event.current_buffer.reset()

    return bindings
