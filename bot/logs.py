"""Logging: one line an event, to standard error."""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import structlog
from structlog.typing import Processor, WrappedLogger

from memory import LogLevel, error_type, without_secrets

#: Takes a line: how bad, what happened, and facts.
Keep = Callable[[LogLevel, str, Mapping[str, str]], None]

_SAFE: Final = ("turn", "job", "type", "command", "capability", "interaction", "thread", "rows", "posts", "seconds")
_SAYS_WHAT_IS_LOST: Final = "memory.write_queue"
_LIBRARIES: Final = ("discord", "httpx2", "httpcore2", "openai", "asyncio", "alembic")


class _StandardError:
    """Standard error as it is at the moment: while an answer is shown live, what is written there goes above it."""

    def write(self, text: str) -> None:
        sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def set_up_logs(level: str, style: str) -> None:
    """Sends everything, the libraries' own lines too, to standard error as `console` or `json` lines."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        # Plain: the fuller ones print local variables, which are people's words.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if style == "json":
        last.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler(_StandardError())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*last, renderer, _redacted])
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    set_log_level(level)


def set_log_level(level: str) -> None:
    """Logs from that level on, as of now; the libraries' own lines, warnings at the least."""
    logging.getLogger().setLevel(level)
    for library in _LIBRARIES:
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLogger().level))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.getLogger().level))


class KeptLines(logging.Handler):
    """Keeps warnings and errors for the owner to look at: what happened and the ids it names, never anybody's words."""

    def __init__(self, keep: Keep) -> None:
        super().__init__(logging.WARNING)
        self._keep = keep
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a line of any thread. One that says that figures were lost would be one more of them."""
        if record.name != _SAYS_WHAT_IS_LOST and not self._loop.is_closed():
            level = LogLevel.ERROR if record.levelno >= logging.ERROR else LogLevel.WARNING
            self._loop.call_soon_threadsafe(self._keep, level, *_safe(record))


@contextmanager
def kept_lines(keep: Keep) -> Iterator[None]:
    """Keeps what is logged until the block is left."""
    handler = KeptLines(keep)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


def _safe(record: logging.LogRecord) -> tuple[str, dict[str, str]]:
    """Returns what of a line holds nobody's words: our own events, ids, and types of errors; of a library, its name."""
    said: Mapping[str, object] = record.msg if isinstance(record.msg, Mapping) else {}
    facts = {name: str(said[name]) for name in _SAFE if name in said}
    error = _raised(said.get("exc_info", record.exc_info)) or error_type(str(said.get("error", "")))
    return str(said.get("event", record.name)), facts | ({"error": error} if error else {})


def _raised(exc_info: object) -> str:
    """Returns the type of the error that a line was logged with: itself, its facts, or True for the present one."""
    if exc_info is True:
        exc_info = sys.exc_info()
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    return type(exc_info).__name__ if isinstance(exc_info, BaseException) else ""


def _redacted(logger: WrappedLogger, method: str, line: object) -> str:
    """Cuts secrets out of a line as it is written, wherever in it they stand: its traceback is a part of it."""
    return without_secrets(str(line))
