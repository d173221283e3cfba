"""Clips that are not of the model's world, drawn by procedure: what it must not find shapes in.

Textures with the statistics of photographs, landscapes, rooms, faces, roads, text, screens,
diagrams, noise, nothing at all; under a camera that pans, zooms and cuts, in colour or grey.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

Rng = np.random.Generator
Picture = npt.NDArray[np.uint8]

# Of the canvas that the camera looks at, pixels
_HEIGHT, _WIDTH = 260, 340
_LETTERS = "etaoin shrdlu cmfwyp vbgkjq xz ETAOIN 0123456789 .,:;!?()-"


def clip(rng: Rng, frames: int, size: int) -> Picture:
    """A clip, uint8 [frames, size, size, 3]."""
    if rng.random() < 0.08:
        return _static(rng, frames, size)
    shots = 1 if rng.random() < 0.7 else int(rng.integers(2, 4))
    ends = np.sort(rng.integers(1, frames, shots - 1)).tolist() if frames > 1 else []
    parts = []
    for first, last in zip([0, *ends], [*ends, frames], strict=True):
        if last > first:
            parts.append(_shot(rng, last - first, size))
    return _developed(rng, np.concatenate(parts))


def _static(rng: Rng, frames: int, size: int) -> Picture:
    """Noise that is new in each frame, coarse or fine."""
    cell = int(rng.choice([1, 1, 2, 4, 7]))
    side = -(-size // cell)
    shape = (frames, side, side, int(rng.choice([1, 3])))
    noise = rng.integers(0, 256, shape, dtype=np.uint8)
    big = noise.repeat(cell, 1).repeat(cell, 2)[:, :size, :size]
    return np.ascontiguousarray(np.broadcast_to(big, (frames, size, size, 3)))


def _shot(rng: Rng, frames: int, size: int) -> Picture:
    """A camera's path over a canvas, and things that move in front of it."""
    canvas = _CANVASES[int(rng.integers(len(_CANVASES)))](rng)
    image = Image.fromarray(canvas)
    if rng.random() < 0.35:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.5, 3))))
    passing = _thing(rng) if rng.random() < 0.4 else None
    calm = rng.random() < 0.4
    zoom = np.exp(
        rng.uniform(0, 0.6) + np.linspace(0, 0 if calm else rng.uniform(-0.4, 0.4), frames)
    )
    pan = np.cumsum(rng.normal(0, 0 if calm else 0.6, (frames, 2)), 0)
    pan += np.linspace(0, 1, frames)[:, None] * rng.uniform(-40, 40, 2) * (not calm)
    path = rng.uniform(-0.2, 1.2, 2), rng.uniform(-0.2, 1.2, 2)
    found = np.empty((frames, size, size, 3), np.uint8)
    view: Image.Image | None = None
    for i in range(frames):
        high = _HEIGHT / max(float(zoom[i]), 1.0)
        wide = high * _WIDTH / _HEIGHT
        x = float(np.clip((_WIDTH - wide) / 2 + pan[i, 0], 0, _WIDTH - wide))
        y = float(np.clip((_HEIGHT - high) / 2 + pan[i, 1], 0, _HEIGHT - high))
        if view is None or not calm:
            view = image.resize((size, size), 2, box=(x, y, x + wide, y + high))
        picture = view.copy()
        if passing is not None:
            at = path[0] + (path[1] - path[0]) * i / max(frames - 1, 1)
            corner = int(at[0] * size) - passing.width // 2, int(at[1] * size) - passing.height // 2
            picture.paste(passing, corner, passing)
        found[i] = np.asarray(picture)
    return found


def _developed(rng: Rng, pictures: Picture) -> Picture:
    """Grey, faded, dark or tinted film, with grain and bars, or as it is."""
    form = rng.random()
    x: npt.NDArray[np.floating] = pictures.astype(np.float32)
    if form < 0.2:
        x = np.broadcast_to(x.mean(3, keepdims=True), x.shape) * rng.uniform(0.6, 1.1, (1, 1, 1, 1))
    elif form < 0.6:
        x = (x - 128) * rng.uniform(0.4, 1.2) + 128 * rng.uniform(0.4, 1.3)
        x = x * rng.uniform(0.8, 1.2, 3)
    if rng.random() < 0.4:
        grain = rng.standard_normal(x.shape[:3], np.float32)[..., None]
        x = x + grain * rng.uniform(2, 14)
    if rng.random() < 0.15:
        bar = int(pictures.shape[1] * rng.uniform(0.05, 0.18))
        x = x.copy()
        x[:, :bar] = x[:, -bar:] = 0
    if rng.random() < 0.1:
        x = x * np.linspace(0, 1, len(x), dtype=np.float32)[:, None, None, None]
    return x.clip(0, 255).astype(np.uint8)


# --- canvases


def _colour(rng: Rng, muted: bool = True) -> tuple[int, int, int]:
    base = rng.uniform(20, 240)
    tint = rng.normal(0, 22 if muted else 70, 3)
    r, g, b = (base + tint).clip(0, 255).astype(int).tolist()
    return r, g, b


def _waves(rng: Rng, power: float) -> npt.NDArray[np.float32]:
    """Noise whose spectrum falls with the frequency, about 0 and about 1 wide."""
    y = np.fft.fftfreq(_HEIGHT)[:, None]
    x = np.fft.rfftfreq(_WIDTH)[None]
    size = np.hypot(y * rng.uniform(0.6, 1.6), x)
    size[0, 0] = 1
    noise = np.fft.rfft2(rng.standard_normal((_HEIGHT, _WIDTH))) / size**power
    noise[0, 0] = 0
    found = np.fft.irfft2(noise, (_HEIGHT, _WIDTH))
    even: npt.NDArray[np.float32] = (found / (found.std() + 1e-9)).astype(np.float32)
    return even


def _texture(rng: Rng) -> Picture:
    """Clouds, leaves, stone: noise as photographs have it, in related colours."""
    power = rng.uniform(0.7, 1.8)
    mean, spread = rng.uniform(60, 190, 3), rng.uniform(15, 60)
    shared = _waves(rng, power)[..., None]
    own = np.stack([_waves(rng, power) for _ in range(3)], 2) * rng.uniform(0, 0.7)
    return np.asarray((mean + spread * (shared + own)).clip(0, 255).astype(np.uint8))


def _plain(rng: Rng) -> Picture:
    """Black, white, blue: one colour or a gradient, with little on it."""
    one = np.array(
        rng.choice([0, 0, 0, 255, 20]) if rng.random() < 0.6 else rng.integers(0, 256, 3)
    )
    if one.ndim and one.max() - one.min() < 90:
        one = np.array([0, 0, 0])
    canvas = np.broadcast_to(one, (_HEIGHT, _WIDTH, 3)).astype(np.float32)
    if rng.random() < 0.4:
        y, x = np.mgrid[0 : 1 : _HEIGHT * 1j, 0 : 1 : _WIDTH * 1j]
        slope = (y * rng.uniform(-1, 1) + x * rng.uniform(-1, 1))[..., None]
        canvas = canvas + slope * rng.uniform(100, 250, 3)
    return np.asarray(canvas.clip(0, 255).astype(np.uint8))


def _leaves(rng: Rng) -> Picture:
    """Many things in front of each other, the near ones hiding the far ones."""
    image = Image.fromarray(_texture(rng))
    pen = ImageDraw.Draw(image)
    muted = rng.random() < 0.75
    for _ in range(int(rng.integers(40, 260))):
        radius = float(min(70, 5 / rng.uniform(0.04, 1)))
        x, y = rng.uniform(0, _WIDTH), rng.uniform(0, _HEIGHT)
        angles = np.sort(rng.uniform(0, 6.28, int(rng.integers(3, 9))))
        reach = radius * rng.uniform(0.4, 1.3, len(angles))
        points = [
            (x + r * np.cos(a), y + r * np.sin(a)) for a, r in zip(angles, reach, strict=True)
        ]
        if rng.random() < 0.3:
            flat = radius * rng.uniform(0.3, 1.5)
            pen.ellipse((x - radius, y - flat, x + radius, y + flat), fill=_colour(rng, muted))
        else:
            pen.polygon(points, fill=_colour(rng, muted))
    return _shaded(rng, np.asarray(image))


def _shaded(rng: Rng, canvas: Picture) -> Picture:
    """Light that falls unevenly, and a texture over everything."""
    light = 1 + 0.25 * _waves(rng, 2.0)[..., None] + 0.06 * _waves(rng, 0.8)[..., None]
    return np.asarray((canvas * light).clip(0, 255).astype(np.uint8))


def _landscape(rng: Rng) -> Picture:
    """A sky, hills behind hills, water or grass."""
    y = np.linspace(0, 1, _HEIGHT)[:, None, None]
    sky = np.array([rng.uniform(80, 180), rng.uniform(120, 210), rng.uniform(170, 255)])
    canvas = (sky + y * rng.uniform(-40, 90)) * np.ones((_HEIGHT, _WIDTH, 1))
    canvas += 18 * np.maximum(_waves(rng, 1.6), 0)[..., None]
    rows = np.arange(_HEIGHT)[:, None]
    x = np.linspace(0, 1, _WIDTH)
    for level in np.sort(rng.uniform(0.3, 0.95, int(rng.integers(1, 6)))):
        line = level * _HEIGHT + sum(
            rng.normal(0, 14 / k) * np.sin(6.28 * k * x + rng.uniform(0, 6)) for k in range(1, 9)
        )
        ground = np.array(_colour(rng), np.float32) * (0.6, 0.9, 0.5)
        land = ground + 14 * _waves(rng, 0.9)[..., None]
        canvas = np.where((rows > line)[..., None], land, canvas)
    return np.asarray(canvas.clip(0, 255).astype(np.uint8))


def _room(rng: Rng) -> Picture:
    """Walls, a floor, furniture: boxes with shaded sides."""
    image = Image.new("RGB", (_WIDTH, _HEIGHT), _colour(rng))
    pen = ImageDraw.Draw(image)
    line = int(_HEIGHT * rng.uniform(0.5, 0.8))
    pen.rectangle((0, line, _WIDTH, _HEIGHT), fill=_colour(rng))
    for _ in range(int(rng.integers(4, 16))):
        x, y = rng.uniform(0, _WIDTH), rng.uniform(0.2, 1) * _HEIGHT
        w, h, d = rng.uniform(12, 110), rng.uniform(12, 120), rng.uniform(4, 30)
        r, g, b = _colour(rng)
        pen.rectangle((x, y - h, x + w, y), fill=(r, g, b))
        pen.polygon(
            [(x, y - h), (x + d, y - h - d), (x + w + d, y - h - d), (x + w, y - h)],
            fill=(min(r + 25, 255), min(g + 25, 255), min(b + 25, 255)),
        )
        pen.polygon(
            [(x + w, y), (x + w + d, y - d), (x + w + d, y - h - d), (x + w, y - h)],
            fill=(r // 2, g // 2, b // 2),
        )
    return _shaded(rng, np.asarray(image))


def _people(rng: Rng) -> Picture:
    """Heads on shoulders in front of something blurred."""
    back = [_texture, _room, _leaves, _landscape][int(rng.integers(4))](rng)
    image = Image.fromarray(back).filter(ImageFilter.GaussianBlur(float(rng.uniform(1, 8))))
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 5))):
        x, y, r = rng.uniform(30, _WIDTH - 30), rng.uniform(50, 170), rng.uniform(14, 60)
        light = rng.uniform(0.35, 1.05)
        skin = tuple(int(min(255, v * light)) for v in (225, 172, 140))
        pen.rounded_rectangle(
            (x - 1.7 * r, y + 1.1 * r, x + 1.7 * r, _HEIGHT + 60),
            radius=r * 0.7,
            fill=_colour(rng, rng.random() < 0.6),
        )
        pen.rectangle((x - 0.4 * r, y + 0.6 * r, x + 0.4 * r, y + 1.4 * r), fill=skin)
        pen.ellipse((x - 0.95 * r, y - 1.35 * r, x + 0.95 * r, y + 0.6 * r), fill=_colour(rng))
        pen.ellipse((x - 0.8 * r, y - r, x + 0.8 * r, y + 1.15 * r), fill=skin)
        for side in (-0.33, 0.33):
            pen.ellipse(
                (x + side * r - 0.1 * r, y - 0.1 * r, x + side * r + 0.1 * r, y + 0.08 * r),
                fill=(30, 25, 20),
            )
        pen.line(
            (x - 0.25 * r, y + 0.6 * r, x + 0.25 * r, y + 0.6 * r),
            fill=(120, 50, 50),
            width=max(1, int(r / 12)),
        )
    return _shaded(rng, np.asarray(image))


def _road(rng: Rng) -> Picture:
    """Asphalt, lines, cars, houses behind."""
    image = Image.new("RGB", (_WIDTH, _HEIGHT), _colour(rng))
    pen = ImageDraw.Draw(image)
    line = int(_HEIGHT * rng.uniform(0.1, 0.6))
    grey = int(rng.uniform(60, 150))
    pen.rectangle((0, line, _WIDTH, _HEIGHT), fill=(grey, grey, grey + 4))
    for left in range(0, _WIDTH, int(rng.integers(18, 60))):
        if rng.random() < 0.7:
            h = rng.uniform(10, 90)
            pen.rectangle((left, line - h, left + rng.uniform(12, 60), line), fill=_colour(rng))
    slope = rng.uniform(-90, 90)
    for left in range(-100, _WIDTH + 100, int(rng.integers(25, 70))):
        width = int(rng.integers(1, 4))
        pen.line((left, line, left + slope, _HEIGHT), fill=(215, 215, 205), width=width)
    for _ in range(int(rng.integers(0, 6))):
        x, y, s = rng.uniform(0, _WIDTH), rng.uniform(line + 10, _HEIGHT), rng.uniform(10, 38)
        body = _colour(rng, rng.random() < 0.5)
        pen.rounded_rectangle((x - 2 * s, y - 0.7 * s, x + 2 * s, y), radius=s * 0.25, fill=body)
        pen.polygon(
            [
                (x - 1.2 * s, y - 0.7 * s),
                (x - 0.8 * s, y - 1.3 * s),
                (x + 0.7 * s, y - 1.3 * s),
                (x + 1.2 * s, y - 0.7 * s),
            ],
            fill=(50, 60, 70),
        )
        for wheel in (-1.2, 1.2):
            pen.ellipse(
                (x + wheel * s - 0.35 * s, y - 0.3 * s, x + wheel * s + 0.35 * s, y + 0.35 * s),
                fill=(25, 25, 25),
            )
    return _shaded(rng, np.asarray(image))


def _letters(rng: Rng, count: int) -> str:
    return "".join(_LETTERS[int(i)] for i in rng.integers(len(_LETTERS), size=count))


def _text(rng: Rng) -> Picture:
    """Pages and titles."""
    dark = rng.random() < 0.5
    paper = tuple(int(v) for v in (rng.uniform(0, 70, 3) if dark else rng.uniform(190, 255, 3)))
    ink = tuple(int(v) for v in (rng.uniform(150, 255, 3) if dark else rng.uniform(0, 110, 3)))
    image = Image.new("RGB", (_WIDTH, _HEIGHT), paper)
    pen = ImageDraw.Draw(image)
    size = int(rng.choice([9, 11, 14, 20, 32, 48]))
    y = rng.uniform(0, 30) if rng.random() < 0.7 else _HEIGHT * rng.uniform(0.3, 0.6)
    for _ in range(1 + int(rng.integers(int(_HEIGHT / size / 1.3)))):
        pen.text(
            (rng.uniform(4, 40), y),
            _letters(rng, int(rng.integers(4, 60))),
            fill=ink,
            font_size=size,
        )
        y += size * 1.3
    return np.asarray(image)


def _screen(rng: Rng) -> Picture:
    """Windows, bars, buttons and tables."""
    image = Image.new("RGB", (_WIDTH, _HEIGHT), _colour(rng))
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.uniform(0, _WIDTH * 0.6), rng.uniform(0, _HEIGHT * 0.6)
        w, h = rng.uniform(60, 260), rng.uniform(50, 200)
        pen.rectangle((x, y, x + w, y + h), fill=_colour(rng), outline=_colour(rng))
        pen.rectangle((x, y, x + w, y + 12), fill=_colour(rng, False))
        for row in range(int(h / 16) - 1):
            pen.text(
                (x + 6, y + 15 + row * 16),
                _letters(rng, int(rng.integers(3, max(4, int(w / 7))))),
                fill=_colour(rng),
                font_size=10,
            )
    for _ in range(int(rng.integers(0, 12))):
        x, y = rng.uniform(0, _WIDTH), rng.uniform(0, _HEIGHT)
        pen.rounded_rectangle(
            (x, y, x + rng.uniform(10, 50), y + rng.uniform(6, 18)),
            radius=3,
            fill=_colour(rng, False),
        )
    return np.asarray(image)


def _diagram(rng: Rng) -> Picture:
    """Colour bars, fields of squares, curves over a grid."""
    form = int(rng.integers(3))
    if form == 0:
        count = int(rng.integers(4, 14))
        bars = np.array([_colour(rng, False) for _ in range(count)], np.uint8)
        return bars[np.arange(_WIDTH) * count // _WIDTH][None].repeat(_HEIGHT, 0)
    if form == 1:
        cell = int(rng.integers(8, 45))
        y, x = np.mgrid[0:_HEIGHT, 0:_WIDTH] // cell
        pair = np.array(
            [(0, 0, 0), (255, 255, 255)]
            if rng.random() < 0.6
            else [_colour(rng, False), _colour(rng, False)],
            np.uint8,
        )
        return np.asarray(pair[(x + y) % 2])
    image = Image.new(
        "RGB", (_WIDTH, _HEIGHT), (250, 250, 250) if rng.random() < 0.6 else (15, 15, 25)
    )
    pen = ImageDraw.Draw(image)
    for at in range(0, _WIDTH, int(rng.integers(15, 50))):
        pen.line((at, 0, at, _HEIGHT), fill=(150, 150, 150))
        pen.line((0, at, _WIDTH, at), fill=(150, 150, 150))
    for _ in range(int(rng.integers(1, 6))):
        heights = _HEIGHT / 2 + np.cumsum(rng.normal(0, 9, 40))
        pen.line(
            [(i * _WIDTH / 39, float(h)) for i, h in enumerate(heights)],
            fill=_colour(rng, False),
            width=int(rng.integers(1, 5)),
        )
    return np.asarray(image)


def _blobs(rng: Rng) -> Picture:
    """Soft lights and shadows: close-ups, things out of focus, flowers."""
    y, x = np.mgrid[0:_HEIGHT, 0:_WIDTH].astype(np.float32)
    canvas = np.broadcast_to(np.array(_colour(rng), np.float32), (_HEIGHT, _WIDTH, 3)).copy()
    for _ in range(int(rng.integers(4, 30))):
        cx, cy, r = rng.uniform(0, _WIDTH), rng.uniform(0, _HEIGHT), rng.uniform(8, 110)
        a, squash = rng.uniform(0, 3.14), rng.uniform(0.3, 1)
        u = (x - cx) * np.cos(a) + (y - cy) * np.sin(a)
        v = ((y - cy) * np.cos(a) - (x - cx) * np.sin(a)) / squash
        soft = rng.uniform(0.5, 6)
        weight = 0.5 - 0.5 * np.tanh(((u * u + v * v) / (r * r) - 1) * soft)
        canvas += (
            weight[..., None]
            * (np.array(_colour(rng, rng.random() < 0.5)) - canvas)
            * rng.uniform(0.3, 1)
        )
    return _shaded(rng, canvas.clip(0, 255).astype(np.uint8))


_CANVASES: tuple[Callable[[Rng], Picture], ...] = (
    _texture, _texture, _plain, _leaves, _leaves, _leaves, _landscape, _landscape, _room, _people,
    _people, _road, _text, _text, _screen, _diagram, _blobs, _blobs,
)  # fmt: skip


def _thing(rng: Rng) -> Image.Image:
    """Something that passes: a cut-out of another canvas with a ragged border."""
    side = int(rng.integers(20, 110))
    source = Image.fromarray(_CANVASES[int(rng.integers(3, len(_CANVASES)))](rng))
    left, top = int(rng.integers(0, _WIDTH - side)), int(rng.integers(0, _HEIGHT - side))
    piece = source.crop((left, top, left + side, top + side))
    mask = Image.new("L", (side, side), 0)
    angles = np.linspace(0, 6.28, 18, endpoint=False)
    reach = side / 2 * rng.uniform(0.5, 1, 18)
    ImageDraw.Draw(mask).polygon(
        [
            (side / 2 + r * np.cos(a), side / 2 + r * np.sin(a))
            for a, r in zip(angles, reach, strict=True)
        ],
        fill=255,
    )
    piece.putalpha(mask)
    return piece
