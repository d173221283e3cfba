"""What benchmarks/peers.py runs in mlx-vlm's own environment; it knows nothing of sf-mlx.

python benchmarks/peer_mlx_vlm.py CHECKPOINT CLIP FRAMES TOKENS images|video
"""

import json
import resource
import sys
import time
from typing import Any

STARTED = time.perf_counter()
QUESTIONS = ("What happens in this video?", "Is anything red?")

# Fewer in the whole prompt, and nothing was seen
TOKENS_OF_A_FRAME = 64


def frames(clip: str, count: int) -> list[Any]:
    """Evenly spread frames, a seek for each, as those who use mlx-vlm with videos do."""
    import cv2
    from PIL import Image

    capture = cv2.VideoCapture(clip)
    total = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    found = []
    for number in range(count):
        capture.set(cv2.CAP_PROP_POS_FRAMES, int((number + 0.5) * total / count))
        good, picture = capture.read()
        if not good:
            raise ValueError(f"frame {number} cannot be read")
        found.append(Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)))
    return found


def main() -> None:
    folder, clip, count, tokens, way = sys.argv[1:6]
    import mlx.core as mx
    from mlx_vlm import load, stream_generate

    values: dict[str, float] = {"import_s": time.perf_counter() - STARTED}
    started = time.perf_counter()
    model, processor = load(folder)
    values["load_s"] = time.perf_counter() - started
    for number, question in enumerate(QUESTIONS):
        started = time.perf_counter()
        if way == "images":
            seen: dict[str, Any] = {"image": frames(clip, int(count))}
            prompt = "<image>\n" * int(count) + question
        else:
            seen, prompt = {"video": [clip]}, f"<image>\n{question}"
        came, prompt_tokens = [], 0
        for result in stream_generate(model, processor, prompt, max_tokens=int(tokens), **seen):
            came.append(time.perf_counter() - started)
            prompt_tokens = result.prompt_tokens
        which = ("first", "second")[number]
        values[f"{which}_question_s"] = came[0]
        values[f"{which}_prompt_tokens"] = prompt_tokens
    unit = 1 if sys.platform == "darwin" else 1024
    values["peak_gb"] = mx.get_peak_memory() / 1e9
    values["rss_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    if values["second_prompt_tokens"] < TOKENS_OF_A_FRAME:
        seen_tokens = int(values["second_prompt_tokens"])
        raise SystemExit(f"it did not look at the video: a prompt of {seen_tokens} tokens")
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    main()
