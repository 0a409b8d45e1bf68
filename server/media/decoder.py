"""Decoding in a process of its own, so that a hostile picture can at worst end that process.

The decoder (`python -m server.media.decoder`) reads one JSON request a line and answers one a line; it ends with its
stdin, that is with the centre. It may use a bounded amount of memory and time.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from server.media.pixels import Picture, Refusal, derive

TIMEOUT_S: Final = 60.0
MEMORY_BYTES: Final = 3_000_000_000
"""Address space of the decoder."""
RENEW_AFTER: Final = 500
"""Photos after which a fresh process takes over, so that leaks of native libraries stay small."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One picture to decode, and the derivatives to write."""

    source: str
    targets: list[tuple[int, str]]


class Failure(msgspec.Struct, frozen=True, kw_only=True, tag="failure"):
    """The picture is not to blame: e.g. no space for the derivatives."""

    errno: int
    detail: str


_request = msgspec.json.Decoder(Request)
_answer = msgspec.json.Decoder(Picture | Refusal | Failure)


class Decoder:
    """The centre's side: one decoding process, started when needed, one picture at a time. Call from worker threads."""

    def __init__(self, *, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._done = 0
        self._closed = False

    def derive(self, source: Path, targets: Sequence[tuple[int, Path]]) -> Picture | Refusal:
        """As `pixels.derive`. Refuses with reason `decoder` when the process dies or takes too long over the picture.

        Raises OSError when a derivative cannot be written or no process can be started.
        """
        request = Request(source=str(source), targets=[(edge, str(path)) for edge, path in targets])
        with self._guard:
            if self._closed:
                raise OSError("the decoder is closed")
            line = self._ask(msgspec.json.encode(request) + b"\n")
        if self._closed and not line.endswith(b"\n"):
            raise OSError("the decoder was closed over this picture")
        if not line.endswith(b"\n"):
            return Refusal(reason="decoder", detail="the decoder ended or took too long")
        answer = _answer.decode(line)
        if isinstance(answer, Failure):
            raise OSError(answer.errno, answer.detail)
        return answer

    def close(self) -> None:
        """End the process at once; who waits for it gets an OSError."""
        self._closed = True
        if (process := self._process) is not None:
            process.kill()
        with self._guard:
            self._stop()

    def _ask(self, line: bytes) -> bytes:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        watch = threading.Timer(self._timeout_s, process.kill)
        watch.daemon = True
        watch.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        finally:
            watch.cancel()
        self._done += 1
        if not answer.endswith(b"\n") or self._done >= RENEW_AFTER:
            self._stop()
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server.media.decoder"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=Path(__file__).parent.parent.parent,
                start_new_session=True,
            )
            self._done = 0
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.kill()
        process.wait()


def serve() -> None:
    """The decoder's side."""
    limit_memory()
    # Native libraries print warnings about broken files; only answers may go to the real stdout.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    for line in sys.stdin.buffer:
        request = _request.decode(line)
        answer: Picture | Refusal | Failure
        try:
            answer = derive(Path(request.source), [(edge, Path(path)) for edge, path in request.targets])
        except OSError as error:
            answer = Failure(errno=error.errno or 0, detail=str(error))
        answers.write(msgspec.json.encode(answer) + b"\n")


def limit_memory() -> None:
    """Have the kernel refuse memory beyond `MEMORY_BYTES`, where it can."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    serve()
