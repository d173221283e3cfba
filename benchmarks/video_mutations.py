"""Broken videos: reproducible mutations of small good ones."""

import random
from collections.abc import Sequence


def mutate(seeds: Sequence[bytes], number: int) -> bytes:
    """Mutation `number` of the seeds: flipped bits, a cut, or another file's header spliced in."""
    rng = random.Random(number)
    data = bytearray(rng.choice(seeds))
    kind = rng.randrange(4)
    if kind == 0:  # bits flipped anywhere
        for _ in range(rng.choice((1, 4, 32, 256))):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == 1:  # bytes replaced in the header and the index, where the structure is
        for _ in range(rng.choice((1, 4, 16, 64))):
            place = rng.randrange(min(len(data), 4096))
            data[-place - 1 if rng.random() < 0.5 else place] = rng.choice((0, 1, 127, 128, 255))
    elif kind == 2:  # a cut, at the end or out of the middle
        start = rng.randrange(len(data))
        end = len(data) if rng.random() < 0.5 else rng.randrange(start, len(data))
        del data[start:end]
    else:  # the head of one file on the body of another
        other = rng.choice(seeds)
        data[: rng.randrange(len(data))] = other[: rng.randrange(len(other))]
    return bytes(data)
