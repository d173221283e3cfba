"""A timeline as a picture: threads as rows, spans as bars, in SVG."""

from dataclasses import dataclass
from html import escape

_WIDTH, _LEFT, _RIGHT = 920, 150, 20
_BAR, _GAP, _TOP = 22, 10, 34
_COLOURS = {
    "start": "#9aa0a6",
    "import": "#bdc1c6",
    "open the model": "#a142f4",
    "weights": "#f9ab00",
    "wait": "#eceff1",
    "decode": "#4285f4",
    "vision": "#34a853",
    "pool": "#81c995",
    "prefill": "#ea4335",
    "token": "#f28b82",
}
_OTHER = "#78909c"
# A letter of the small font, in pixels
_LETTER = 6.0


@dataclass(frozen=True)
class Event:
    """A span: its name, its thread, and when it was, in seconds."""

    name: str
    thread: str
    begin: float
    seconds: float


def picture(events: list[Event]) -> str:
    """An SVG of the spans, threads in the order of their first one.

    Parameters
    ----------
    events: in any order; spans that lie in another of their thread are drawn over it.
    """
    events = sorted(events, key=lambda e: (e.begin, -e.seconds))
    threads = list(dict.fromkeys(event.thread for event in events))
    end = max((event.begin + event.seconds for event in events), default=1.0)
    scale = (_WIDTH - _LEFT - _RIGHT) / end
    height = _TOP + len(threads) * (_BAR + _GAP) + 30
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    bottom = height - 24
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 1e9) if end / s <= 12)
    for number in range(int(end / step) + 1):
        x = _LEFT + number * step * scale
        lines.append(f'<path d="M{x:.1f} {_TOP - 8}V{bottom}" stroke="#dadce0"/>')
        lines.append(
            f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle" fill="#5f6368">'
            f"{number * step:g} s</text>"
        )
    for row, thread in enumerate(threads):
        y = _TOP + row * (_BAR + _GAP)
        lines.append(
            f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end" fill="#202124">'
            f"{escape(_shortened(thread, 22))}</text>"
        )
        for event in (e for e in events if e.thread == thread):
            x, width = _LEFT + event.begin * scale, max(event.seconds * scale, 0.7)
            about = f"{event.name}: {event.begin:.3f} to {event.begin + event.seconds:.3f} s"
            lines.append(
                f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAR}" '
                f'fill="{_colour(event.name)}" stroke="#ffffff" stroke-width="0.5">'
                f"<title>{escape(about)}</title></rect>"
            )
            if width > _LETTER * 4:
                words = escape(_shortened(event.name, int((width - 4) / _LETTER)))
                lines.append(
                    f'<text x="{x + 3:.1f}" y="{y + 15}" fill="#202124" '
                    f'pointer-events="none">{words}</text>'
                )
    return "\n".join([*lines, "</svg>"]) + "\n"


def _colour(name: str) -> str:
    """The colour of the longest beginning that is known."""
    fitting = [known for known in _COLOURS if name.startswith(known)]
    return _COLOURS[max(fitting, key=len)] if fitting else _OTHER


def _shortened(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: max(letters - 1, 1)] + "…"
