"""The line of `sf-mlx chat` that is typed in: history, several lines, completion, Ctrl-C.

The only module that loads prompt_toolkit, but for the history's file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.filters import has_completions, is_searching
from prompt_toolkit.history import History
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output
from prompt_toolkit.styles import Style

from sf_mlx.slowfast import PRESETS

from .talk import COMMANDS, FILES

_STYLE = Style.from_dict({"prompt": "bold", "bottom-toolbar": "noreverse fg:ansibrightblack"})
# Seconds between two looks at what is ready by now
_REFRESH = 0.5


class Prompt:
    """Reads what is typed.

    Parameters
    ----------
    status: what stands below the line while it is typed.
    failure: why nothing more can be typed, if anything is in the way.
    input, output: of prompt_toolkit; the process's terminal when not given.
    """

    def __init__(
        self,
        history: History,
        status: Callable[[], str],
        failure: Callable[[], BaseException | None],
        *,
        input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        self._failure = failure
        self._session: PromptSession[str] = PromptSession(
            [("class:prompt", "> ")],
            multiline=True,
            prompt_continuation="  ",
            history=history,
            completer=Words(),
            complete_while_typing=False,
            key_bindings=_keys(),
            bottom_toolbar=lambda: f" {status()}",
            refresh_interval=_REFRESH,
            enable_suspend=True,
            style=_STYLE,
            input=input,
            output=output,
        )

    def read(self) -> str:
        """What was typed.

        Raises
        ------
        EOFError: Ctrl-D; KeyboardInterrupt: Ctrl-C on an empty line.
        Exception: what `failure` gives.
        """
        return self._session.prompt(pre_run=self._look)

    def interrupt(self) -> None:
        """End the reading, from any thread, if `failure` says why."""
        if (loop := self._session.app.loop) is not None:
            loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        app, error = self._session.app, self._failure()
        if error is not None and app.is_running and not app.is_done:
            app.exit(exception=error)


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter", filter=~is_searching & ~has_completions)
    def enter(event: KeyPressEvent) -> None:
        """Submit; behind a backslash at the end, a new line."""
        buffer = event.current_buffer
        if buffer.document.is_cursor_at_the_end and buffer.text.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("enter", filter=has_completions & ~is_searching)
    def take(event: KeyPressEvent) -> None:
        """Take what the menu offers."""
        buffer = event.current_buffer
        chosen = buffer.complete_state.current_completion if buffer.complete_state else None
        buffer.complete_state = None
        if chosen is None:
            buffer.validate_and_handle()

    @keys.add("escape", "enter", filter=~is_searching)
    def new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("c-c")
    @keys.add("<sigint>")
    def clear_or_interrupt(event: KeyPressEvent) -> None:
        """Throw away what is typed; where nothing is, leave the line."""
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=KeyboardInterrupt(), style="class:aborting")

    return keys


class Words(Completer):
    """Commands, the names of presets, and files where a command wants one."""

    def __init__(self) -> None:
        self._files = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        """What may stand at the cursor."""
        text = document.text_before_cursor
        command, space, rest = text.partition(" ")
        if not command.startswith("/") or "\n" in text:
            return
        if not space:
            for name, (argument, meaning) in COMMANDS.items():
                if name.startswith(command):
                    # A blank where an argument follows
                    yield Completion(
                        f"{name} " if argument else name,
                        start_position=-len(command),
                        display=f"{name} {argument}".strip(),
                        display_meta=meaning,
                    )
        elif command == "/preset":
            for name in PRESETS:
                if name.startswith(rest):
                    yield Completion(name, start_position=-len(rest))
        elif command in FILES:
            yield from self._files.get_completions(Document(rest, len(rest)), event)
