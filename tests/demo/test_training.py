"""The training program; needs PyTorch, which sf-mlx itself does not (`pip install torch`)."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from demo import data, draw, muon, render, spread, train  # noqa: E402
from demo.trainer import Trainer  # noqa: E402

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trainer() -> Iterator[Trainer]:
    yield Trainer(CPU, seed=1)


def test_muon_makes_steps_of_one_size_in_all_directions() -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(muon.orthogonal(torch.randn(3, 20, 50)))
    # The quintic's own bounds (0.7 to 1.2), and a little for small singular values
    assert values.min() > 0.6 and values.max() < 1.25
    matrices = [torch.nn.Parameter(torch.randn(shape)) for shape in ((64, 32), (32, 64), (64, 64))]
    before = [m.detach().clone() for m in matrices]
    for m in matrices:
        m.grad = torch.randn_like(m)
    muon.Muon(matrices, lr=0.01).step()
    for m, old in zip(matrices, before, strict=True):
        # 0.2 times the rate, as AdamW's
        assert 0.0014 < float((m.detach() - old).square().mean().sqrt()) < 0.0024


def test_pictures_drawn_from_the_table_are_those_of_the_formulas(trainer: Trainer) -> None:
    batch = data.make_batch(np.random.default_rng(5), 4, 12, trainer.encoder)
    batch.ground[:, 2:] = 0  # no noise
    pictures = torch.stack(render.planes(batch, render.distances(CPU)), 2).float().numpy()
    x = (np.arange(168, dtype=np.float32) + 0.5) / 168
    for clip in range(4):
        waves, (hardness, checks) = batch.waves[clip].numpy(), batch.ground[clip, :2].numpy()
        mix = draw.backdrop(waves, hardness, checks, x[None], x[:, None], np)[..., None]
        first, second = batch.shades[clip].numpy()
        drawn = first + (second - first) * mix
        for k, state in enumerate(batch.states[clip, -1].numpy()):
            kind, aspect = int(batch.kinds[clip, k]), float(batch.aspect[clip])
            cover = draw.coverage(state, kind, x[None], x[:, None], aspect, 150, np)[..., None]
            drawn = drawn + (state[4:7] - drawn) * cover
        off = np.abs(drawn.clip(0, 1) - pictures[clip, -1].transpose(1, 2, 0))
        # Borders are softer or harder at random; elsewhere only float16 and the table differ
        assert np.median(off) < 0.001 and off.mean() < 0.01


def test_visual_tokens_are_the_runtimes(trainer: Trainer) -> None:
    """Frames with and without gradients come back into order."""
    import sf_mlx  # before mlx.core
    from sf_mlx.slowfast import parse_spec

    mx = pytest.importorskip("mlx.core")
    assert sf_mlx.SlowFast()
    for layout, spec in (
        (train.BOTH, "slowfast-slow_10frms_spatial_1d_max_pool-fast_4x4"),
        (train.SLOW, "slowfast-slow_21frms_spatial_1d_max_pool-fast_0x0"),
        (train.FAST, "slowfast-slow_0frms_spatial_1d_max_pool-fast_4x4"),
        (train.COARSE, "slowfast-slow_10frms_spatial_1d_max_pool-fast_1x1"),
        (train.LIGHT, "slowfast-slow_5frms_spatial_1d_max_pool-fast_4x4"),
        (train.DETAIL, "slowfast-slow_10frms_concat-fast_4x4"),
        (train.MANY, "slowfast-slow_10frms_spatial_1d_max_pool-fast_4x4"),
        # Fewer frames than the slow path takes: some twice
        *((few, "slowfast-slow_10frms_spatial_1d_max_pool-fast_4x4") for few in train.FEW),
    ):
        patches = torch.randn(1, layout.frames, 144, 588)
        with torch.no_grad():
            features = trainer.model.features(patches)[0]
            visual, _ = trainer.visual_tokens(patches, layout, *layout.split())
        wanted = parse_spec(spec, layout.frames)(mx.array(features.numpy()))
        # float32 sums in another order
        assert np.abs(np.array(wanted) - visual[0].numpy()).max() < 1e-5
        top = torch.zeros(1, layout.frames, 144, dtype=torch.int64)
        seen, when = render.tokens(top, layout.slow_frames, layout.fast, layout.halved)
        assert seen.shape == (1, len(visual[0])) and when.shape == (len(visual[0]),)


def test_a_run_writes_a_checkpoint_of_each_stage(tmp_path: Path, monkeypatch) -> None:
    options = (
        "--tiny --images 1 --steps 2 --workers 0 --film-workers 0 --films 1 --evaluate 0 "
        "--device cpu"
    )
    monkeypatch.setattr("sys.argv", ["train", "--out", str(tmp_path), *options.split()])
    train.main()
    for stage in ("images", "clips"):
        files = {path.name for path in (tmp_path / stage).iterdir()}
        assert {"config.json", "model.safetensors", "tokenizer.json"} <= files


def test_a_conversation_knows_nothing_of_the_others_behind_the_same_clip(trainer: Trainer) -> None:
    torch.manual_seed(3)
    visual = torch.randn(1, 20, 256)
    text = torch.randint(4, 200, (1, 9))
    talks = torch.tensor([[0] * 5 + [1] * 4])
    places = torch.tensor([[0, 1, 2, 3, 4, 0, 1, 2, 3]])
    with torch.no_grad():
        both, _ = trainer.model(visual, trainer.head, text, talks, places)
        alone, _ = trainer.model(visual, trainer.head, text[:, 5:], talks[:, 5:], places[:, 5:])
    # The first token's chances come from the token before it, which is another one here
    assert torch.allclose(both[:, 6:], alone[:, 1:], atol=1e-4)


def test_gradients_are_one_tensor_and_never_longer_than_allowed() -> None:
    layer = torch.nn.Linear(3, 2)
    gradients = spread.Gradients(layer)
    (layer(torch.ones(4, 3)).square().sum() * 1e3).backward()
    assert float(gradients.gather(1.0)) > 1
    # float32 rounding
    assert abs(float(gradients.flat.norm()) - 1) < 1e-4
    assert layer.weight.grad is not None and layer.weight.grad.norm() <= 1
    gradients.empty()
    assert not layer.weight.grad.any()
