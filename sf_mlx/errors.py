"""The errors that a user can meet: one small hierarchy, each with its own exit code.

A message says what happened, with which file or value, and what to do next, in one or two lines.
"""

# Characters of a whole message, and of a name or value in one: a terminal shows them in five lines
MESSAGE = 400
NAME = 120


def printable(text: object, length: int = NAME) -> str:
    """Foreign text (a name, a value, another library's message) for one line of a terminal.

    White space becomes single spaces, what does not print becomes "?", and the middle of what is
    longer than `length` characters becomes "…".
    """
    whole = str(text)
    if len(whole) > 4 * length:  # bounded first: every character costs time
        whole = f"{whole[: 2 * length]}…{whole[-2 * length :]}"
    shown = " ".join("".join(c if c.isprintable() or c.isspace() else "?" for c in whole).split())
    if len(shown) > length:
        head = (length - 1) * 2 // 3
        shown = f"{shown[:head]}…{shown[len(shown) - (length - 1 - head) :]}"
    return shown


class SfMlxError(Exception):
    """Base of all errors that sf-mlx raises on purpose; `exit_code` is the command's status.

    The message is made printable and short here, so that no raise can forget it: a checkpoint's
    names and other libraries' words must not reach a terminal as they are.
    """

    exit_code = 1

    def __init__(self, message: object = "") -> None:
        super().__init__(printable(message, MESSAGE))

    def as_json(self) -> dict[str, int | str]:
        """What JSON says of it: `code`, `kind` and `message`."""
        return {"code": self.exit_code, "kind": type(self).__name__, "message": str(self)}


class UsageError(SfMlxError):
    """An argument or option that cannot be used: an unknown preset, an empty question."""

    exit_code = 2


# --- the video ---------------------------------------------------------------------------------


class VideoError(SfMlxError):
    """The video cannot be used, for a reason without a code of its own."""

    exit_code = 10


class VideoNotFoundError(VideoError):
    """No file or folder at that path, or no permission to read it."""

    exit_code = 11


class NotAVideoError(VideoError):
    """The file is something else: text, an archive, a Git LFS pointer, noise."""

    exit_code = 12


class EmptyVideoError(VideoError):
    """The file has no bytes, the folder has no images, or the stream has no frame."""

    exit_code = 13


class NoVideoStreamError(VideoError):
    """The file holds sound only."""

    exit_code = 14


class CoverArtError(NoVideoStreamError):
    """The file is sound with a cover picture."""

    exit_code = 15


class TruncatedVideoError(VideoError):
    """The file is cut short so badly that no wanted frame can be read."""

    exit_code = 16


class EncryptedVideoError(VideoError):
    """The file is protected (DRM or encrypted samples)."""

    exit_code = 17


class RefusedVideoError(VideoError):
    """A playlist, network address or script: formats that open other files are not read."""

    exit_code = 18


class UnsupportedVideoError(VideoError):
    """A real video in a codec or container that this build cannot decode."""

    exit_code = 19


class VideoLimitError(VideoError):
    """A safety limit was passed: picture size, frame count, decoding time."""

    exit_code = 20


class VideoRangeError(VideoError):
    """The asked range or time lies outside the video."""

    exit_code = 21


# --- the model ---------------------------------------------------------------------------------


class ModelError(SfMlxError):
    """The model cannot be used, for a reason without a code of its own."""

    exit_code = 30


class ModelNotFoundError(ModelError):
    """No checkpoint at that path or hub name, or the hub cannot be reached."""

    exit_code = 31


class CheckpointError(ModelError):
    """A checkpoint with damaged, missing or unknown contents."""

    exit_code = 32


class UnsupportedModelError(ModelError):
    """A checkpoint of a kind that sf-mlx does not run: no vision part, another architecture."""

    exit_code = 33


class TokenizerError(ModelError):
    """The checkpoint's tokenizer is missing or unreadable."""

    exit_code = 34


class ContextLengthError(SfMlxError):
    """The prompt and the answer do not fit the model's context; nothing is ever cut."""

    exit_code = 40


# --- output ------------------------------------------------------------------------------------


class OutputError(SfMlxError):
    """The output cannot be written: it exists, or the disk is full or read-only."""

    exit_code = 50


# --- the library -------------------------------------------------------------------------------


class LibraryError(SfMlxError):
    """The library of clips cannot be used: none yet, damaged, of a newer version, or in use."""

    exit_code = 60


# --- evaluation --------------------------------------------------------------------------------


class QuestionsError(SfMlxError):
    """A file of questions, videos' names, predictions or judgements is broken or not there."""

    exit_code = 61


class RunError(SfMlxError):
    """A run of an evaluation cannot be continued or scored: other settings, in use, not there."""

    exit_code = 62


class JudgeError(SfMlxError):
    """The judge of an evaluation cannot be used: not there, no such model, a wrong key."""

    exit_code = 63


# --- many at once ------------------------------------------------------------------------------


class IncompleteError(SfMlxError):
    """Of many clips or questions some could not be answered; their own lines say why."""

    exit_code = 64
