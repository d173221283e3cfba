"""The model, what is asked of it while training, and one step of it."""

from dataclasses import dataclass

import torch
import torch._dynamo
import torch.nn.functional as F
from torch import Tensor, nn

from demo import data, render, spread, story, tokenizer
from demo.muon import Muon
from demo.network import TEXT, Llava, RMSNorm, fast_path, slow_path
from demo.world import KINDS

LABEL_WEIGHT = 0.3
WEIGHT_DECAY = 0.05

# AdamW's learning rate (embeddings, norms, biases) over Muon's
ADAM_SHARE = 0.4


@dataclass(frozen=True)
class Layout:
    """How clips become visual tokens.

    Attributes
    ----------
    clips: in a step.
    frames: sampled from each.
    slow, fast: frames of the slow path, side of the fast path's grid; both 0: all patches.
    taught: frames that the tower learns from, those of the slow path among them. It need not learn
        from all: they are much alike, and two thirds of a step's work in the tower are gradients.
    halved: the slow path keeps the larger of two neighbours instead of all patches.
    """

    clips: int
    frames: int
    slow: int
    fast: int
    taught: int
    halved: bool = True

    @property
    def slow_frames(self) -> list[int]:
        return [i * self.frames // self.slow for i in range(self.slow)]

    def split(self) -> tuple[list[int], list[int]]:
        """The frames that the tower learns from, some of them by chance, and the others."""
        slow = list(dict.fromkeys(self.slow_frames))
        rest = [i for i in torch.randperm(self.frames).tolist() if i not in slow]
        extra = self.taught - len(slow)
        return sorted(slow + rest[:extra]), sorted(rest[extra:]) if self.fast else []


class Labels(nn.Module):
    """Reads off the model's insides what the scene says; thrown away after training.

    Without the patches' labels the tower learns to tell a red shape's kind, but not to find a
    triangle: no single patch knows what it is part of. The tokens' labels are `story.facts`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Linear(TEXT["hidden_size"], 1 + len(KINDS) + render.TRAITS)
        self.norm = RMSNorm()
        self.tokens = nn.Linear(TEXT["hidden_size"], 1 + story.FACTS + 2 * (story.MOST + 1))

    def patch_loss(self, features: Tensor, kind: Tensor, traits: Tensor) -> Tensor:
        """How wrong are kinds on shapes, kinds elsewhere, and the shapes' traits.

        Parameters
        ----------
        features: of the labelled frames [B, F, N, D].
        kind, traits: `render.truth`.
        """
        read = self.patches(features).float()
        shape = (kind > 0).float()
        ground = 1 - shape
        names = read[..., : -render.TRAITS].flatten(0, 2)
        wrong = F.cross_entropy(names, kind.flatten(), reduction="none").view_as(shape)
        off = (read[..., -render.TRAITS :] - traits).abs().mean(-1)
        return _mean(wrong + 2 * off, shape) + _mean(wrong, ground)

    def token_loss(self, hidden: Tensor, seen: Tensor, when: Tensor, batch: data.Batch) -> Tensor:
        """How wrong are each token's time and what was seen of its shape so far.

        Parameters
        ----------
        hidden: [B, L, D].
        seen, when: `render.tokens`.
        """
        read = self.tokens(self.norm(hidden)).float()
        frames, shapes = batch.facts.shape[1:3]
        index = (when * shapes + (seen - 1).clamp(0))[..., None]
        facts = batch.facts.flatten(1, 2).gather(1, index.expand(-1, -1, story.FACTS))
        counts = batch.counts.flatten(1, 2).gather(1, index.expand(-1, -1, 2))
        time, numbers, chances = read.split([1, story.FACTS, 2 * (story.MOST + 1)], -1)
        chances = chances.unflatten(-1, (2, -1)).flatten(0, 2)
        wrong = F.cross_entropy(chances, counts.flatten(), reduction="none").view_as(counts)
        off = (numbers - facts).abs().mean(-1)
        late = (time[..., 0] - when / frames).abs().mean()
        return _mean(wrong.sum(-1) + 2 * off, (seen > 0).float()) + late


def _mean(values: Tensor, where: Tensor) -> Tensor:
    return (values * where).sum() / (where.sum() + 1)


class Trainer:
    """The model, its optimisers and the steps that they take."""

    def __init__(self, device: torch.device, seed: int, *, compiled: bool = True) -> None:
        torch.manual_seed(seed)
        self.device = device
        self.encoder = tokenizer.Encoder(tokenizer.load(data.TOKENIZER))
        self.head = torch.tensor(self.encoder.head, device=device)
        self.model = Llava(tokenizer.VOCABULARY).to(device)
        self.labels = Labels().to(device)
        self.half = torch.bfloat16 if device.type == "cuda" else torch.float32
        self._planes, self._shown, self._cut = render.planes, render.shown, render.patches
        self._table = render.distances(device)
        vision = self.model.vision_tower.vision_model.encoder.layers
        text = self.model.language_model.model.layers
        if device.type == "cuda":
            torch.set_float32_matmul_precision("high")
            # Once for the first layout's shapes and once for all others
            torch._dynamo.config.recompile_limit = 64
            # What cannot be compiled runs as it is
            torch._dynamo.config.suppress_errors = True
        if device.type == "cuda" and compiled:
            for layer in (*vision, *text):
                layer.compile()
            self._planes, self._shown, self._cut = map(
                torch.compile, (self._planes, self._shown, self._cut)
            )
        parts = (vision, text, self.model.multi_modal_projector)
        inner = [p for part in parts for p in part.parameters() if p.ndim == 2]
        known = {id(p) for p in inner}
        outer = [p for m in (self.model, self.labels) for p in m.parameters() if id(p) not in known]
        self.gradients = spread.Gradients(self.model, self.labels)
        self.optimizers: list[torch.optim.Optimizer] = [
            Muon(inner, lr=0.0, weight_decay=WEIGHT_DECAY),
            torch.optim.AdamW(
                [
                    {"params": [p for p in outer if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
                    {"params": [p for p in outer if p.ndim < 2], "weight_decay": 0.0},
                ],
                lr=0.0,
                betas=(0.9, 0.98),
                fused=device.type == "cuda",
            ),
        ]

    @torch.no_grad()
    def patches(self, batch: data.Batch, films: Tensor | None = None) -> Tensor:
        """The batch's frames as patches; `films` uint8 [F, T, H, W, 3] replace the first clips."""
        picture = torch.stack(self._planes(batch, self._table), 2)
        filmed = 0 if films is None else len(films)
        if films is not None:
            picture[:filmed] = films.permute(0, 1, 4, 2, 3).to(picture.dtype) / 255
        spoilt = slice(filmed, filmed + len(picture) // 8)
        picture[spoilt] = render.compress(picture[spoilt])
        return self._cut(picture, self.half)

    def visual_tokens(
        self, patches: Tensor, layout: Layout, taught: list[int], others: list[int]
    ) -> tuple[Tensor, Tensor]:
        """Visual tokens [B, L, D], and the projected features of the taught frames."""
        learnt = self.model.features(patches[:, taught])
        if not (layout.slow or layout.fast):
            return learnt.flatten(1, 2), learnt
        parts = []
        if layout.slow:
            kept = learnt[:, [taught.index(i) for i in layout.slow_frames]]
            parts.append(slow_path(kept) if layout.halved else kept.flatten(1, 2))
        if layout.fast:
            seen = [learnt]
            if others:
                with torch.no_grad():
                    seen.append(self.model.features(patches[:, others]))
            cells = torch.cat([fast_path(f, layout.fast) for f in seen], 1)
            place = {frame: i for i, frame in enumerate(taught + others)}
            parts.append(cells[:, [place[i] for i in range(layout.frames)]].flatten(1, 2))
        return torch.cat(parts, 1), learnt

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.device.type, self.half, enabled=self.half != torch.float32)

    def step(
        self,
        patches: Tensor,
        batch: data.Batch,
        layout: Layout,
        rate: float,
        *,
        labelled: float,
        drawn: int = 0,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One optimiser step; the losses of answers, patches and tokens, still on the device.

        Parameters
        ----------
        labelled: how much of LABEL_WEIGHT the labels have.
        drawn: the first clip whose pictures are those of its scene; films come before.
        """
        for optimizer, share in zip(self.optimizers, (1, ADAM_SHARE), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * share
        taught, others = layout.split()
        with torch.no_grad():
            top = self._shown(batch, self._table)
            kind, traits = render.truth(batch, top, taught)
        with self._precision():
            visual, learnt = self.visual_tokens(patches, layout, taught, others)
            logits, read = self.model(visual, self.head, batch.text, batch.talks, batch.places)
            on_patches = self.labels.patch_loss(learnt[drawn:], kind[drawn:], traits[drawn:])
            on_tokens = torch.zeros_like(on_patches)
            if layout.slow or layout.fast:
                seen, when = render.tokens(top, layout.slow_frames, layout.fast, layout.halved)
                on_tokens = self.labels.token_loss(
                    read[drawn:], seen[drawn:], when, batch.after(drawn)
                )
        marked = batch.answers > 0
        losses = F.cross_entropy(
            logits.float().flatten(0, 1), batch.text.flatten(), reduction="none"
        )
        loss = (losses * marked.flatten()).sum() / marked.sum()
        self.gradients.empty()
        (loss + LABEL_WEIGHT * labelled * (on_patches + on_tokens)).backward()
        self.gradients.gather(1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        return loss.detach(), on_patches.detach(), on_tokens.detach()

    @torch.no_grad()
    def exact(self, patches: Tensor, batch: data.Batch, layout: Layout) -> Tensor:
        """[B, TURNS]: whether every token of an answer is the likeliest after those before."""
        with self._precision():
            visual, _ = self.visual_tokens(patches, layout, *layout.split())
            logits, _ = self.model(visual, self.head, batch.text, batch.talks, batch.places)
        right = logits.argmax(-1) == batch.text
        turns = torch.arange(1, data.TURNS + 1, device=self.device)
        return (right[:, None] | (batch.answers[:, None] != turns[:, None])).all(-1)
