"""Checkpoints by hub name. Only `download` opens a network connection."""

from pathlib import Path

from sf_mlx.errors import ModelNotFoundError
from sf_mlx.weights.files import OTHER_FILES, TOKENIZER_FILES


def is_hub_name(model: str) -> bool:
    """True for `owner/name`, as against a path; an existing folder always counts as a path."""
    parts = model.split("/")
    return (
        len(parts) == 2
        and all(part and part[0].isalnum() for part in parts)
        and not Path(model).exists()
    )


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
        raise ModelNotFoundError(f"{name} cannot be fetched: {error}") from error
