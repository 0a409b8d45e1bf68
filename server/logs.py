"""Logs: one JSON line an event on stderr, without names, addresses, tokens or bodies."""

import contextlib
import io
import logging
import sys
import time
from typing import Any, Final, TextIO, cast

import structlog

from server.settings import Settings

LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Stderr(io.TextIOBase):
    """Whatever is stderr now. A log that cannot be written, as to a closed pipe, must not fail the request it tells of."""

    def write(self, text: str, /) -> int:
        """Write, or don't."""
        with contextlib.suppress(OSError, ValueError):
            return sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or don't."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()


STDERR: Final = Stderr()


def set_up_logs(settings: Settings) -> None:
    """Send our log and that of the libraries to stderr in the chosen format. May be called again."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty()):
        last: list[Any] = [
            # The lines only: values of variables are cookies, tokens and people's data.
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True),
        ]
    else:
        colours = sys.stderr.isatty()
        last = [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[settings.log_level]),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, STDERR)),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(STDERR)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(LEVELS[settings.log_level], logging.WARNING))
    # What uvicorn says at start and stop is said by us; its access log would hold addresses and tokens.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = name != "uvicorn.access"


log = structlog.get_logger("sitebook")
"""The logger everybody uses: `log.info("event", key=value)`. Values are ids, counts and codes, never personal data."""


def elapsed_ms(since: float) -> float:
    """Milliseconds since a `time.perf_counter()`, one decimal."""
    return round((time.perf_counter() - since) * 1000, 1)
