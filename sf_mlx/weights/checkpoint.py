"""A checkpoint folder, understood and checked before one tensor is read.

What `ask` would refuse, `convert` refuses too: both begin here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from mlx.utils import tree_flatten

from sf_mlx.errors import CheckpointError, ModelError, SfMlxError, printable
from sf_mlx.model.backbone import Architecture, Backbone, Config, architecture_of
from sf_mlx.model.config import Json
from sf_mlx.model.on_numpy import OnNumpy
from sf_mlx.model.preprocess import Preprocess, read_preprocess
from sf_mlx.weights.files import checkpoint_folder, read_json, read_optional_json
from sf_mlx.weights.headers import Stored, stored_tensors
from sf_mlx.weights.layouts import first_few, hub_names, layer_number, recognise, unused_names
from sf_mlx.weights.packing import Packing, packing_of

Shape = tuple[int, ...]

_FLOATS = ("F16", "BF16", "F32")
_UNREADABLE = ("F64", "F8_E5M2")  # not among MLX's


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose files fit together.

    Attributes
    ----------
    raw: config.json as it stands.
    files: the weight files, in order.
    names: every tensor's name in the files -> the hub's name.
    tensors: the hub's name -> what the files store, for the tensors that the model reads.
    packings: path of a quantised matrix, without `.weight` -> how it is packed.
    expected: the hub's name of every parameter, unquantised -> its shape in the model.
    turned: the hub's names of convolution kernels that are stored as torch has them.
    """

    folder: Path
    architecture: Architecture[Any]
    config: Config
    raw: Json
    preprocess: Preprocess
    files: list[Path]
    names: dict[str, str]
    tensors: dict[str, Stored]
    packings: dict[str, Packing]
    expected: dict[str, Shape]
    turned: frozenset[str]

    @property
    def nbytes(self) -> int:
        """Stored size of what the model reads."""
        return sum(stored.nbytes for stored in self.tensors.values())

    def check_memory(self, needed: int, memory: int) -> None:
        """Refuse what would need more than the machine has.

        Parameters
        ----------
        needed, memory: bytes.

        Raises
        ------
        ModelError: with both.
        """
        if needed > memory:
            raise ModelError(
                f"the weights in {self.folder} need {needed / 2**30:,.1f} GiB at once and this "
                f"machine has {memory / 2**30:,.1f}; take a smaller model, or weights of fewer bits"
            )


def open_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint's small files and its headers, and check them against each other.

    Parameters
    ----------
    path: the folder of a checkpoint in any known layout.

    Raises
    ------
    ModelNotFoundError, UnsupportedModelError, CheckpointError: the folder cannot be used.
    """
    folder = checkpoint_folder(path)
    raw = read_json(folder / "config.json")
    architecture = architecture_of(raw)
    config = architecture.read_config(raw, read_optional_json(folder / "vision_config.json"))
    preprocess = read_preprocess(
        config.image_size,
        read_optional_json(folder / "preprocessor_config.json"),
        read_optional_json(folder / "processor_config.json"),
    )
    stored = stored_tensors(folder)
    layout = recognise(stored, architecture)
    names = hub_names(stored, layout, architecture)
    unused = unused_names(
        names.values(), architecture, vision_layers=config.vision_layers, tied=config.is_tied
    )
    tensors = {hub: stored[name] for name, hub in names.items() if hub not in unused}
    check = _Check(folder, layout.name, tensors)
    # One that MLX cannot read spoils its whole file
    for name, hub in names.items():
        check.dtype(hub, stored[name], wrong=stored[name].dtype in _UNREADABLE)
    check.layers(architecture.text_layers, config.text_layers, "language")
    check.layers(architecture.vision_layers, config.vision_layers, "vision")
    expected = expected_shapes(architecture, config)
    packings = check.packings(expected)
    check.names(expected, packings)
    turned = _turned(expected, tensors)
    check.shapes(expected, packings, turned)
    for hub, tensor in tensors.items():
        path, _, part = hub.rpartition(".")
        packed = path in packings and part in ("weight", "scales")
        check.dtype(hub, tensor, wrong=not packed and tensor.dtype not in _FLOATS)
    files = sorted({each.file for each in stored.values()})
    return Checkpoint(
        folder,
        architecture,
        config,
        raw,
        preprocess,
        files,
        names,
        tensors,
        packings,
        expected,
        turned,
    )


def expected_shapes(architecture: Architecture[Any], config: Config) -> dict[str, Shape]:
    """Every parameter that the model has, unquantised, by the hub's name.

    Raises
    ------
    CheckpointError: config.json describes no model.
    """
    # One layer stands for all, so that nothing is built from a number in a file
    single = build(architecture, config.single())
    counts = {
        architecture.text_layers: config.text_layers,
        architecture.vision_layers: config.vision_layers,
    }
    shapes: dict[str, Shape] = {}
    for name, array in dict(tree_flatten(single.parameters())).items():
        for prefix, count in counts.items():
            if name.startswith(prefix):
                rest = name.removeprefix(f"{prefix}0.")
                shapes.update({f"{prefix}{i}.{rest}": tuple(array.shape) for i in range(count)})
                break
        else:
            shapes[name] = tuple(array.shape)
    return shapes


def build(
    architecture: Architecture[Any],
    config: Config,
    preprocess: Preprocess | None = None,
    numpy: OnNumpy = OnNumpy(),
) -> Backbone:
    """The model that a configuration describes, its arrays not yet computed.

    Raises
    ------
    CheckpointError: there is none.
    """
    try:
        return architecture.build(config, preprocess, numpy)
    except SfMlxError:
        raise
    except Exception as error:  # mlx-lm's modules check their arguments each in its own way
        raise CheckpointError(
            f"config.json describes no model that can be built: {error}"
        ) from error


def _turned(expected: dict[str, Shape], tensors: dict[str, Stored]) -> frozenset[str]:
    """The convolution kernels that are stored as torch has them, [out, in, height, width].

    A small kernel can have the same shape in both, and then the others tell.
    """
    kernels = frozenset(name for name, shape in expected.items() if len(shape) == 4)
    as_mlx = all(tensors[name].shape == expected[name] for name in kernels)
    return frozenset() if as_mlx else kernels


@dataclass(frozen=True)
class _Check:
    """The checks of one checkpoint, which name it and its layout when they fail."""

    folder: Path
    layout: str
    tensors: dict[str, Stored]

    def fail(self, what: str) -> NoReturn:
        raise CheckpointError(f"{self.folder}, taken for the {self.layout} layout, {what}")

    def layers(self, prefix: str, asked: int, what: str) -> None:
        """As many layers as config.json says; the tower may have more than are read."""
        numbers = {layer_number(name, prefix) for name in self.tensors} - {None}
        if numbers and len(numbers) != asked:
            self.fail(f"has {len(numbers):,} {what} layers, and config.json asks for {asked:,}")

    def packings(self, expected: dict[str, Shape]) -> dict[str, Packing]:
        """How the quantised matrices are packed; those are the ones that come with scales."""
        found: dict[str, Packing] = {}
        for name, scales in self.tensors.items():
            if not name.endswith(".scales"):
                continue
            path = name.removesuffix(".scales")
            whole, weight = expected.get(f"{path}.weight"), self.tensors.get(f"{path}.weight")
            if whole is None or weight is None:
                continue  # an unknown name or a missing one, and told as that
            affine = scales.dtype in _FLOATS
            how = None
            if len(whole) == 2 and weight.dtype == "U32" and (affine or scales.dtype == "U8"):
                how = packing_of(whole[1], weight.shape, scales.shape, affine=affine)
            if how is None:
                raise CheckpointError(
                    f"{self.folder}: {path} is packed in no way that MLX has: its weight is "
                    f"{weight.dtype} {list(weight.shape)}, its scales are {scales.dtype} "
                    f"{list(scales.shape)}, and the whole is {list(whole)}"
                )
            found[path] = how
        return found

    def names(self, expected: dict[str, Shape], packings: dict[str, Packing]) -> None:
        """Nothing is missing and nothing too much."""
        wanted = set(expected)
        for path, how in packings.items():
            wanted.add(f"{path}.scales")
            if how.mode == "affine":
                wanted.add(f"{path}.biases")
        if missing := wanted - self.tensors.keys():
            self.fail(f"lacks {len(missing)} of {len(wanted)} tensors: {first_few(missing)}")
        if unknown := self.tensors.keys() - wanted:
            self.fail(f"has {len(unknown)} unknown tensors: {first_few(unknown)}")

    def shapes(
        self, expected: dict[str, Shape], packings: dict[str, Packing], turned: Collection[str]
    ) -> None:
        """Every tensor is as large as config.json says."""
        wanted = dict(expected)
        for path in packings:
            # Their own have been compared with the packing
            wanted[f"{path}.weight"] = self.tensors[f"{path}.weight"].shape
            if f"{path}.biases" in self.tensors:
                wanted[f"{path}.biases"] = self.tensors[f"{path}.scales"].shape
        for name, shape in wanted.items():
            stored = self.tensors[name].shape
            if stored != ((shape[0], shape[3], *shape[1:3]) if name in turned else shape):
                raise CheckpointError(
                    f"{self.folder}: {name} is {list(stored)}, config.json asks for {list(shape)}"
                )

    def dtype(self, name: str, stored: Stored, *, wrong: bool) -> None:
        """Refuse what cannot be computed with."""
        if wrong:
            raise CheckpointError(
                f"{self.folder}: {printable(name)} is stored as {stored.dtype}; weights are read "
                "as F16, BF16 or F32, or as MLX quantises them"
            )
