"""Logging: one line an event, to standard error."""

import logging
import sys
from typing import Final

import structlog
from structlog.typing import Processor, WrappedLogger

from memory import without_secrets

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


def _redacted(logger: WrappedLogger, method: str, line: object) -> str:
    """Cuts secrets out of a line as it is written, wherever in it they stand: its traceback is a part of it."""
    return without_secrets(str(line))
