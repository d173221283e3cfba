"""What `sf-mlx chat` does with a line that was typed: a question or a command; without a screen.

The model loads and videos open on threads of their own, so that a prompt is there at once.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from sf_mlx.errors import ContextLengthError, OutputError, SfMlxError, UsageError, printable
from sf_mlx.slowfast import PRESETS, preset, preset_name
from sf_mlx.video.times import format_time

from . import transcript
from .statistics import statistics
from .subject import Subject, free_name, typed_path, typed_range
from .transcript import Said

if TYPE_CHECKING:
    from sf_mlx.answer import Answer
    from sf_mlx.chat import Chat
    from sf_mlx.models import Model
    from sf_mlx.sampling import Sampling
    from sf_mlx.session import Session

    from .screen import Screen

T = TypeVar("T")

# Command -> what stands behind it, and what it does
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "/video": ("FILE", "another video"),
        "/range": ("1:00-2:00", "only this part of it; alone: the whole video"),
        "/preset": ("NAME", "how much is kept of the frames; alone: the names"),
        "/frames": ("[FILE]", "the frames that the model sees, shown or written to a file"),
        "/reset": ("", "begin a new conversation about the same video"),
        "/stats": ("", "tokens and times of the last answer"),
        "/save": ("FILE", "write the conversation: .md, .txt or .json"),
        "/help": ("", "this list"),
        "/quit": ("", "leave; so does Ctrl-D"),
    }
)
# Those that take a file name
FILES = ("/video", "/frames", "/save")


class Leave(Exception):
    """The user wants to go."""


class Talk:
    """A conversation about one video after another.

    Parameters
    ----------
    load: makes the model; called at once, on a thread of its own.
    subject: what is talked about at first.
    failed: called, from another thread, if the model or the first video cannot be had.

    Attributes
    ----------
    subject: what is talked about now.
    """

    def __init__(
        self,
        load: Callable[[], Model],
        subject: Subject,
        sampling: Sampling,
        screen: Screen,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self.subject = subject
        self._sampling = sampling
        self._screen = screen
        self._chat: Chat | None = None
        self._said: list[tuple[str, str, Answer]] = []
        self._warned = 0
        self._interrupted = False
        # Files that this conversation was saved to may be written again
        self._saved: set[str] = set()
        self._begun: list[Future[Any]] = []
        self._model = self._begin(load)
        self._session = self._first = self._open(subject)
        self._first.add_done_callback(lambda _: None if self.failure is None else failed())

    # --- what is typed ---------------------------------------------------------------------------

    def submit(self, line: str) -> None:
        """Do what a line says: a command where it begins with a slash, otherwise a question.

        Raises
        ------
        SfMlxError: it cannot be done; everything is as it was.
        Leave: the user wants to go.
        """
        line = line.strip()
        if not line:
            return
        self._interrupted = False
        if not line.startswith("/"):
            self._ask(line)
            return
        name, _, rest = line.partition(" ")
        name = {"/exit": "/quit", "/?": "/help"}.get(name, name)
        if name not in COMMANDS:
            raise UsageError(f"there is no command {printable(name, 40)}; /help lists them")
        getattr(self, f"_{name[1:]}")(rest.strip())

    def interrupt(self) -> None:
        """Ctrl-C was pressed; whatever was under way has ended.

        Raises
        ------
        Leave: it is the second time, with nothing typed between.
        """
        if self._interrupted:
            raise Leave
        self._interrupted = True
        self._screen.note("(Ctrl-C again or Ctrl-D leaves)")

    def status(self) -> str:
        """What is talked about, and what is not ready yet."""
        if not self._model.done():
            return f"{self.subject} · loading the model"
        if not self._session.done():
            return f"{self.subject} · opening"
        if self._session.exception() is None and not self._session.result().is_seen:
            return f"{self.subject} · reading"
        return str(self.subject)

    @property
    def failure(self) -> BaseException | None:
        """Why there is no model or no first video; nothing more can be asked then."""
        return self._first.exception() if self._first.done() else None

    @property
    def is_busy(self) -> bool:
        """Whether something is still being made or read."""
        if not all(future.done() for future in self._begun):
            return True
        return self._session.exception() is None and not self._session.result().is_seen

    def close(self) -> None:
        """Give back what the open video holds, if it is open."""
        if self._session.done():
            _close(self._session)

    @property
    def said(self) -> list[Said]:
        """The questions that got a word of answer, over all videos."""
        found = []
        for about, question, answer in self._said:
            record = answer.record  # None of one that was stopped
            text = answer.text if record else answer.text_so_far.strip()
            found.append(Said(about, question, text, record))
        return found

    # --- questions -------------------------------------------------------------------------------

    def _ask(self, question: str) -> None:
        started = time.perf_counter()
        session = self._wait(self._session)
        self._chat = self._chat or session.chat()
        try:
            answer = self._chat.ask(
                question, sampling=self._sampling, progress=self._screen.progress
            )
        except ContextLengthError as error:
            if self._chat.turns:
                self._screen.note("/reset begins a new conversation.")
            raise error
        first: float | None = None
        try:
            for piece in answer:
                if first is None:
                    first = time.perf_counter() - started
                    self._screen.arrived()
                    self._warn(answer)
                self._screen.say(piece)
        except BaseException:
            answer.close()
            self._screen.arrived()
            if first is not None:
                self._said.append((str(self.subject), question, answer))
                self._screen.say("\n")
            raise
        self._screen.arrived()
        self._said.append((str(self.subject), question, answer))
        self._screen.say("\n")
        self._warn(answer)
        record = answer.record
        assert record is not None
        waited = time.perf_counter() - started if first is None else first
        said = f"{waited:.1f} s to the first word, {record.answer_tokens} tokens"
        if record.tokens_per_second:
            said += f", {record.tokens_per_second:.0f} a second"
        if record.finish_reason == "length":
            said += "; cut at --max-tokens"
        self._screen.aside(f"({said})")

    def _warn(self, answer: Answer) -> None:
        """Tell the warnings that were not told of this video yet."""
        for warning in answer.warnings[self._warned :]:
            self._screen.warn(warning)
        self._warned = max(self._warned, len(answer.warnings))

    # --- what is talked about --------------------------------------------------------------------

    def _open(self, subject: Subject) -> Future[Session]:
        def work() -> Session:
            session = self._model.result().open(
                subject.video,
                spec=subject.pooling,
                reading=subject.reading,
                template=subject.template,
                kv_bits=subject.kv_bits,
                cache=subject.cache,
            )
            session.prepare()
            return session

        return self._begin(work)

    def _begin(self, work: Callable[[], T]) -> Future[T]:
        """Do it on a thread that does not keep the process alive."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                result = work()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._begun = [each for each in self._begun if not each.done()] + [future]
        threading.Thread(target=run, daemon=True).start()
        return future

    def _wait(self, opened: Future[T]) -> T:
        """Wait for something that is being made; Ctrl-C ends the waiting."""
        try:
            if not opened.done():
                loading = not self._model.done()
                words = "Loading the model" if loading else "Opening the video"
                self._screen.progress(words, 0, 0)
            return opened.result()
        finally:
            self._screen.arrived()

    def _change(self, subject: Subject) -> None:
        """Talk about something else, or go on as before where it cannot be opened."""
        opened = self._open(subject)
        try:
            session = self._wait(opened)
        except BaseException:
            opened.add_done_callback(_close)
            raise
        before, self._session = self._session, opened
        before.add_done_callback(_close)
        self.subject = subject
        self._chat, self._warned = None, 0
        length = format_time(session.info.duration)
        self._screen.note(
            f"{subject}: {session.frame_count} frames of {length}, {session.visual_tokens:,} tokens"
        )

    # --- commands --------------------------------------------------------------------------------

    def _video(self, path: str) -> None:
        if not path:
            raise UsageError("which video? /video FILE")
        selection = replace(self.subject.reading.selection, start=None, end=None, at=None)
        reading = replace(self.subject.reading, selection=selection)
        self._change(replace(self.subject, video=typed_path(path), reading=reading))

    def _range(self, text: str) -> None:
        start, end = typed_range(text)
        selection = replace(self.subject.reading.selection, start=start, end=end, at=None)
        reading = replace(self.subject.reading, selection=selection)
        self._change(replace(self.subject, reading=reading))

    def _preset(self, name: str) -> None:
        if not name:
            now = preset_name(self.subject.pooling)
            for each, pooling in PRESETS.items():
                mark = "*" if each == now else " "
                self._screen.note(f"{mark} {each:<8} {pooling.tokens(50, 576):,} tokens (LLaVA)")
            return
        self._change(replace(self.subject, pooling=preset(name, self.subject.pooling.frames)))

    def _frames(self, path: str) -> None:
        from sf_mlx import sheet
        from sf_mlx.inspection import TowerShape, inspect

        target = None if not path else typed_path(path)
        if target is not None:
            sheet.check_path(target)
            self._refuse_existing(target)
        subject = self.subject
        tower = TowerShape()
        if self._model.done():
            backbone = self._model.result().backbone
            tower = TowerShape(backbone.preprocess.size, backbone.patches)
        self._screen.progress("Looking at the frames", 0, 0)
        try:
            found = inspect(
                subject.video, pooling=subject.pooling, reading=subject.reading, tower=tower
            )
        finally:
            self._screen.arrived()
        if target is None and self._screen.picture(lambda: sheet.draw(found)):
            return
        target = target or free_name(f"{Path(subject.video).stem}-frames")
        sheet.save(found, target)
        self._saved.add(os.path.realpath(target))
        self._screen.note(f"The {len(found.frames)} frames are in {printable(target)}")

    def _reset(self, _: str) -> None:
        if self._chat is not None:
            self._chat.reset()
        self._chat = None
        self._screen.note("A new conversation about the same video.")

    def _stats(self, _: str) -> None:
        record = next((each.record for each in reversed(self.said) if each.record), None)
        if record is None:
            raise UsageError("no answer yet")
        self._screen.note(statistics(record))
        with suppress(SfMlxError):
            held = self._session.result().memory if self._session.done() else 0
            self._screen.note(f"held         {held / 2**20:,.0f} MiB for the next question")

    def _save(self, path: str) -> None:
        if not path:
            raise UsageError("to which file? /save talk.md (or .txt, .json)")
        if not self.said:
            raise UsageError("there is nothing to save yet")
        target = typed_path(path)
        self._refuse_existing(target)
        transcript.save(self.said, target)
        self._saved.add(os.path.realpath(target))
        count = len(self.said)
        answers = "1 answer" if count == 1 else f"{count} answers"
        self._screen.note(f"{answers} saved in {printable(target)}")

    def _help(self, _: str) -> None:
        for name, (argument, meaning) in COMMANDS.items():
            self._screen.note(f"{f'{name} {argument}':<18}{meaning}")
        self._screen.note("Anything else is a question. Esc-Enter, or a backslash before Enter, ")
        self._screen.note("begins a new line. Ctrl-C stops an answer, twice it leaves.")

    def _quit(self, _: str) -> None:
        raise Leave

    def _refuse_existing(self, path: str) -> None:
        if os.path.lexists(path) and os.path.realpath(path) not in self._saved:
            raise OutputError(f"{printable(path)} exists already; name another file")


def _close(opened: Future[Session]) -> None:
    if opened.exception() is None:
        opened.result().close()
