"""A file that grows a line at a time, belongs to one process, and outlives `kill -9`."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from sf_mlx.errors import OutputError, printable

# Bytes of a line; an answer is some thousand
_LONGEST = 1 << 24


class Span(NamedTuple):
    """Where a line lies: its first byte and how many they are, the end of the line included."""

    start: int
    length: int


class LineFile:
    """A file of lines, open for this process alone until it is closed.

    A line is written in one piece; what of one is left by a crash or a full disk is cut off by
    whoever opens the file next.

    Parameters
    ----------
    path: the file; made if it is not there, and taken away again if it stays empty.
    owner: who else may have it open, for the message.

    Raises
    ------
    OutputError: it cannot be written, is no regular file, or another process has it open.
    """

    def __init__(self, path: str | os.PathLike[str], owner: str) -> None:
        # Rewriting puts a new file in the place of the old: in that of the file, not of a link
        self.path = Path(os.path.realpath(path))
        self._name = printable(path)
        self._fd = -1
        while self._fd < 0:
            self._fd = self._open(owner)
        self._size = os.fstat(self._fd).st_size

    def _open(self, owner: str) -> int:
        """Open and lock the file; -1 where another file took its place meanwhile."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            # A pipe without a reader would block
            fd = os.open(self.path, flags | os.O_NONBLOCK, 0o666)
        except (OSError, ValueError) as error:
            raise self._failed(error) from None
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise OutputError(
                    f"{self._name}: not a regular file; without a file the answers go to standard "
                    "output, with --json as one object a line"
                )
            self._lock(fd, owner)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(fd), os.stat(self.path)):
                    return fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)
        return -1

    def _lock(self, fd: int, owner: str) -> None:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(f"{self._name}: {owner} is writing it; wait for its end") from None
        except OSError:
            pass  # some network file systems know no locks

    def lines(self, *, quoted: bool = False) -> Iterator[tuple[Span, bytes]]:
        """The complete lines; what is torn at the end is left out.

        Parameters
        ----------
        quoted: between double quotes the end of a line is part of the text, as in CSV.

        Raises
        ------
        OutputError: the file cannot be read, or a line has no end.
        """
        start, line = 0, b""
        try:
            with open(self.path, "rb") as file:
                while part := file.readline(_LONGEST):
                    line += part
                    if len(line) >= _LONGEST:
                        raise OutputError(f"{self._name}: no file of answers; name another")
                    if not line.endswith(b"\n") or (quoted and line.count(b'"') % 2):
                        continue
                    yield Span(start, len(line)), line
                    start, line = start + len(line), b""
        except OSError as error:
            raise self._failed(error) from None

    def read(self, span: Span) -> bytes:
        """One line.

        Raises
        ------
        OutputError
        """
        try:
            return os.pread(self._fd, span.length, span.start)
        except OSError as error:
            raise self._failed(error) from None

    def cut(self, size: int) -> bytes:
        """Cut the file to this many bytes; returns what is cut off, at most the longest line.

        Raises
        ------
        OutputError
        """
        rest = self.read(Span(size, _LONGEST))
        if rest:
            try:
                os.ftruncate(self._fd, size)
            except OSError as error:
                raise self._failed(error) from None
            self._size = size
        return rest

    def append(self, line: bytes) -> Span:
        """Write a line, which is in the file when this returns.

        Raises
        ------
        OutputError: the disk is full, say; nothing of the line stays.
        """
        span = Span(self._size, len(line))
        try:
            _write_all(self._fd, line)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._fd, self._size)
            raise self._failed(error) from None
        self._size += len(line)
        return span

    def keep(self, spans: Iterable[Span]) -> list[Span]:
        """Keep these lines only, in this order; returns where they lie now.

        The file is the old or the new one at every moment.

        Raises
        ------
        OutputError: it cannot be written; then it is the old one.
        """
        part = self.path.with_name(f".{self.path.name}.part")
        kept, size = [], 0
        try:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
            fd = os.open(part, flags | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise self._failed(error) from None
        try:
            # Before it has its name, so that nobody finds it unlocked
            self._lock(fd, "another process")
            for span in spans:
                _write_all(fd, self.read(span))
                kept.append(Span(size, span.length))
                size += span.length
            os.fchmod(fd, stat.S_IMODE(os.fstat(self._fd).st_mode))
            os.fsync(fd)
            os.replace(part, self.path)
        except BaseException as error:
            os.close(fd)
            with suppress(OSError):
                os.unlink(part)
            if isinstance(error, OSError):
                raise self._failed(error) from None
            raise
        os.close(self._fd)
        self._fd, self._size = fd, size
        return kept

    def close(self) -> None:
        """Let others have it; an empty file is taken away."""
        if self._fd < 0:
            return
        if self._size == 0:
            with suppress(OSError):
                os.unlink(self.path)
        os.close(self._fd)
        self._fd = -1

    def __enter__(self) -> LineFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _failed(self, error: OSError | ValueError) -> OutputError:
        reason = getattr(error, "strerror", None) or str(error)
        if getattr(error, "errno", None) == errno.ENOSPC:
            reason += "; make room and run the command again, it goes on from here"
        return OutputError(f"{self._name} cannot be written: {reason}")


def _write_all(fd: int, data: bytes) -> None:
    """A single call writes less only where the disk is full, and the next then says so."""
    while data:
        data = data[os.write(fd, data) :]
