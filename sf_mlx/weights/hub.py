"""Checkpoints by hub name. Only `download` opens a network connection."""

import os
import re
from pathlib import Path

from sf_mlx import demo
from sf_mlx.errors import ModelNotFoundError, OutputError, printable
from sf_mlx.weights.files import OTHER_FILES, TOKENIZER_FILES

# The hub's own rule for the owner and for the model
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")


def is_hub_name(model: str) -> bool:
    """True for `owner/name`, as against a path; an existing folder always counts as a path."""
    parts = model.split("/")
    return (
        len(parts) == 2
        and all(_NAME.fullmatch(part) for part in parts)
        and not os.path.lexists(model)
    )


def everywhere(model: str) -> str:
    """A model's name that means the same from every folder: a path to one becomes whole."""
    # A folder beside us may be called like the model in the box
    is_folder = model != demo.NAME and os.path.isdir(model)
    return os.path.abspath(model) if is_folder else model


def cached(name: str) -> Path | None:
    """The folder of a checkpoint that the hub's cache already holds, None if it does not."""
    return _snapshot(name, offline=True)


def download(name: str) -> Path:
    """Fetch a checkpoint's safetensors, configuration and tokenizer into the hub's cache.

    Raises
    ------
    ModelNotFoundError: no such repository, no access, or no network.
    """
    folder = _snapshot(name, offline=False)
    if folder is None:
        raise ModelNotFoundError(f"{name} could not be downloaded")
    return folder


def size_of(folder: Path) -> int:
    """Bytes of a downloaded checkpoint; `folder` is what `download` returned."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def drop(folder: Path) -> int:
    """Remove a downloaded checkpoint from the hub's cache; returns the bytes that it gives back.

    Parameters
    ----------
    folder: what `download` returned.

    Raises
    ------
    OutputError: the cache is read-only.
    """
    from huggingface_hub import scan_cache_dir

    # CACHE/models--owner--name/snapshots/REVISION
    cache = folder.parent.parent.parent
    try:
        plan = scan_cache_dir(cache).delete_revisions(folder.name)
        plan.execute()
    except OSError as error:
        raise OutputError(
            f"the conversion is done, but {printable(folder)} cannot be removed: {error}"
        ) from error
    return plan.expected_freed_size


def _snapshot(name: str, offline: bool) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    patterns = ["config.json", "*.safetensors", "*.safetensors.index.json"]
    patterns += [*TOKENIZER_FILES, *OTHER_FILES]
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, local_files_only=offline))
    except LocalEntryNotFoundError as error:
        if offline:
            return None
        raise ModelNotFoundError(
            f"{name} is not in the local cache and the hub cannot be reached; check the network, "
            "or give the folder of a checkpoint"
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelNotFoundError(
            f"the hub has no model {name}, or it needs a login (hf auth login)"
        ) from error
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise ModelNotFoundError(f"{printable(name)} cannot be fetched: {error}") from error
