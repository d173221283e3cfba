"""Writing a checkpoint so that it is either complete or not there at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import mlx.core as mx

from sf_mlx.errors import CheckpointError, OutputError, printable
from sf_mlx.model.config import Json
from sf_mlx.weights.files import OTHER_FILES, TOKENIZER_FILES, UNFINISHED
from sf_mlx.weights.headers import read_header

# Bytes of one output file; the hub's own files are about this size
SHARD_BYTES = 5 * 10**9

# Python makes folders in folders one call deeper each
_DEEPEST = 200


class CheckpointWriter:
    """Collects tensors into safetensors files in a temporary folder that becomes `out` at the end.

    Use as a context manager; leaving it before `finish` removes everything. config.json gets its
    name last, when the folder has its own, so what a killed process leaves is no checkpoint to any
    tool.

    Raises
    ------
    OutputError: `out` exists, or the disk refuses.
    """

    def __init__(self, out: Path, shard_bytes: int = SHARD_BYTES) -> None:
        self.out = out
        self.total_bytes = 0
        self._shard_bytes = shard_bytes
        self._shard: dict[str, mx.array] = {}
        self._shard_size = 0
        self._files: list[tuple[Path, list[str]]] = []
        self._folder: Path | None = None

    def __enter__(self) -> CheckpointWriter:
        refuse_existing(self.out)
        try:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix=f".{self.out.name}-", dir=self.out.parent))
            self._folder.chmod(0o755)
        except OSError as error:
            raise OutputError(
                f"cannot write to {printable(self.out.parent)}: {error.strerror}"
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, name: str, array: mx.array) -> None:
        """Append one tensor; a full file is written at once."""
        if self._shard and self._shard_size + array.nbytes > self._shard_bytes:
            self._write_shard()
        mx.eval(array)
        self._shard[name] = array
        self._shard_size += array.nbytes

    def finish(self, config: Json, source: Path | None, card: str) -> None:
        """Write the rest and let the checkpoint appear under its name.

        Parameters
        ----------
        config: the new config.json.
        source: the folder whose tokenizer and preprocessor files are taken along.
        card: the text of README.md.
        """
        assert self._folder is not None
        self._write_shard()
        weight_map = self._name_shards()
        index = {"metadata": {"total_size": self.total_bytes}, "weight_map": weight_map}
        try:
            _write_json(self._folder / "model.safetensors.index.json", index)
            if source is not None:
                # vision_config.json is part of the new config.json
                for name in (*TOKENIZER_FILES, *OTHER_FILES):
                    if (source / name).is_file() and name != "vision_config.json":
                        shutil.copyfile(source / name, self._folder / name)
            (self._folder / "README.md").write_text(card, encoding="utf-8")
            _write_json(self._folder / UNFINISHED, config)
            refuse_existing(self.out)
            self._folder = self._folder.rename(self.out)
            (self._folder / UNFINISHED).rename(self._folder / "config.json")
        except OSError as error:
            raise OutputError(f"cannot write {self.out}: {error.strerror or error}") from error
        self._folder = None

    def _write_shard(self) -> None:
        if not self._shard:
            return
        assert self._folder is not None
        path = self._folder / f"part-{len(self._files):05d}.safetensors"
        try:
            mx.save_safetensors(str(path), self._shard, metadata={"format": "mlx"})
            # MLX does not report a full disk; a short file does
            read_header(path)
        except (OSError, RuntimeError, CheckpointError) as error:
            free = shutil.disk_usage(self._folder).free
            raise OutputError(
                f"cannot write {self._shard_size:,} bytes to {self.out.parent} ({free:,} are "
                "free); nothing was kept"
            ) from error
        self._files.append((path, sorted(self._shard)))
        self.total_bytes += self._shard_size
        self._shard, self._shard_size = {}, 0
        mx.clear_cache()

    def _name_shards(self) -> dict[str, str]:
        count = len(self._files)
        weight_map = {}
        for number, (path, names) in enumerate(self._files, start=1):
            shard = f"model-{number:05d}-of-{count:05d}.safetensors"
            path.rename(path.with_name(shard))
            weight_map.update(dict.fromkeys(names, shard))
        return dict(sorted(weight_map.items()))


def output_folder(out: str | Path) -> Path:
    """The path of a new folder, known to be free.

    Raises
    ------
    OutputError: there is something already, or there cannot be anything of that name.
    """
    if not str(out):
        raise OutputError("the name of the output folder is empty")
    try:
        folder = Path(out).expanduser()
        if len(folder.parts) > _DEEPEST:
            raise OutputError(f"{printable(folder)} lies in too many folders")
        refuse_existing(folder)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: no such user's home
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"cannot write to {printable(out)}: {reason}") from error
    return folder


def refuse_existing(out: Path) -> None:
    """Raise OutputError where there is something already."""
    if not os.path.lexists(out):
        # Unlike `exists`, this tells a name that cannot be from one that is free
        with suppress(FileNotFoundError):
            out.lstat()
        return
    left = os.path.lexists(out / UNFINISHED)
    raise OutputError(
        f"{printable(out)} was left by a conversion that did not end; remove it first"
        if left
        else f"{printable(out)} exists; choose another name or remove it first"
    )


def _write_json(path: Path, value: Json) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
