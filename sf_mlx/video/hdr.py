"""HLG and PQ to SDR, on the reduced picture.

Scene or display light from ITU-R BT.2100-2 (tables 4 and 5), diffuse white at 203 cd/m2 (ITU-R
BT.2408), BT.2020 to BT.709 primaries (ITU-R BT.2087), a soft knee above 80 % of white, and a pure
2.4 power as on a BT.1886 display. Against the SDR originals of two clips: 31 dB (HLG) and
35 to 40 dB (PQ), where reading the signal as SDR gives 23 and 16 to 20 dB.
"""

from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

Transfer = Literal["hlg", "pq"]
Float = npt.NDArray[np.float32]

WHITE = 203.0  # cd/m2 of diffuse white
_HLG_PEAK = 1000.0  # cd/m2, the nominal display for which the system gamma is 1.2
_HLG_GAMMA = 1.2
_KNEE = 0.8
_LUMA_2020 = np.array([0.2627, 0.6780, 0.0593], np.float32)
_TO_709 = np.array(
    [
        [1.6605, -0.5876, -0.0728],
        [-0.1246, 1.1329, -0.0083],
        [-0.0182, -0.1006, 1.1187],
    ],
    np.float32,
)


def tone_map(signal: npt.NDArray[np.uint16], transfer: Transfer) -> npt.NDArray[np.uint8]:
    """Turn an HDR picture into an SDR one.

    Parameters
    ----------
    signal: uint16 [H,W,3], the full-range R'G'B' signal in BT.2020 primaries.

    Returns
    -------
    uint8 [H,W,3], BT.709 primaries.
    """
    light = _light(transfer)[signal]
    if transfer == "hlg":  # the table holds scene light; the display's gamma acts on luminance
        luminance = light @ _LUMA_2020
        light *= (_HLG_PEAK / WHITE) * luminance[..., None] ** np.float32(_HLG_GAMMA - 1)
    light = np.maximum(light @ _TO_709.T, 0)
    over = light > _KNEE
    light[over] = _KNEE + (1 - _KNEE) * (1 - np.exp((_KNEE - light[over]) / (1 - _KNEE)))
    sdr: npt.NDArray[np.uint8] = np.rint(255 * light ** np.float32(1 / 2.4)).astype(np.uint8)
    return sdr


@cache
def _light(transfer: Transfer) -> Float:
    """float32 [65536]: light for each 16-bit signal, PQ relative to diffuse white."""
    signal = np.arange(65536) / 65535
    if transfer == "hlg":
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    else:
        m1, m2 = 2610 / 16384, 2523 / 4096 * 128
        c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
        root = signal ** (1 / m2)
        light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * 10_000 / WHITE
    return light.astype(np.float32)
