"""What others published for the eight data sets; every number with where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_SF = "arXiv 2407.15841 v2"
_TS = "arXiv 2411.11066"


@dataclass(frozen=True)
class Published:
    """One row of a table in a paper.

    Attributes
    ----------
    method: its name and size.
    source: paper and table.
    values: by measure, as `scoring.py` names them; per cents, and scores from 0 to 5.
    """

    method: str
    source: str
    values: Mapping[str, float]

    def value(self, measure: str) -> float | None:
        """The number that a measure of ours is put beside.

        Letters that were written are compared with letters that were written; accuracies of open
        questions are a judge's.
        """
        own = {"strict": "accuracy", "upstream": "accuracy", "upstream_script": "accuracy"}
        return self.values.get(own.get(measure, measure))


def _row(method: str, table: str, source: str = _SF, **values: float) -> Published:
    return Published(method, f"{source}, table {table}", MappingProxyType(values))


_CHOICE = {
    # NExT-QA, EgoSchema, IntentQA; table 2
    "SF-LLaVA 7B": (64.2, 47.2, 60.1),
    "SF-LLaVA 34B": (72.0, 55.8, 66.5),
    "IG-VLM 7B": (63.1, 35.8, 60.3),
    "IG-VLM 34B": (70.9, 53.6, 65.3),
}
_OPEN = {
    # MSVD, MSRVTT, TGIF, ActivityNet: accuracy and score of gpt-3.5-turbo-0125; table 1
    "SF-LLaVA 7B": ((79.1, 4.1), (65.8, 3.6), (78.7, 4.2), (55.5, 3.4)),
    "SF-LLaVA 34B": ((79.9, 4.1), (67.4, 3.7), (80.6, 4.3), (59.2, 3.5)),
    "IG-VLM 7B": ((78.8, 4.1), (63.7, 3.5), (73.0, 4.0), (54.3, 3.4)),
    "IG-VLM 34B": ((79.6, 4.1), (62.4, 3.5), (79.1, 4.2), (58.4, 3.5)),
}
_GENERATION = {
    # CI, DO, CU, TU, CO, mean; table 3, where IG-VLM's two rows are the same
    "SF-LLaVA 7B": (3.09, 2.70, 3.57, 2.52, 3.35, 3.04),
    "SF-LLaVA 34B": (3.48, 2.96, 3.84, 2.77, 3.57, 3.32),
    "IG-VLM 7B": (3.11, 2.78, 3.51, 2.44, 3.29, 3.03),
}


def _choice(column: int) -> tuple[Published, ...]:
    return tuple(_row(name, "2", accuracy=row[column]) for name, row in _CHOICE.items())


def _open(column: int) -> tuple[Published, ...]:
    return tuple(
        _row(name, "1b" if "34B" in name else "1a", judge=row[column][0], score=row[column][1])
        for name, row in _OPEN.items()
    )


_DIMENSIONS = ("CI", "DO", "CU", "TU", "CO", "mean")
_TS_LLAVA = "TS-LLaVA 7B"

PUBLISHED: Mapping[str, tuple[Published, ...]] = MappingProxyType(
    {
        "msvd": _open(0),
        "msrvtt": _open(1),
        "tgif": _open(2),
        "activitynet": (*_open(3), Published(_TS_LLAVA, _TS, MappingProxyType({"judge": 56.7}))),
        "nextqa": (*_choice(0), Published(_TS_LLAVA, _TS, MappingProxyType({"accuracy": 66.5}))),
        "egoschema": (*_choice(1), Published(_TS_LLAVA, _TS, MappingProxyType({"accuracy": 50.2}))),
        "intentqa": (*_choice(2), Published(_TS_LLAVA, _TS, MappingProxyType({"accuracy": 61.7}))),
        "vcgbench": tuple(
            Published(
                name, f"{_SF}, table 3", MappingProxyType(dict(zip(_DIMENSIONS, row, strict=True)))
            )
            for name, row in _GENERATION.items()
        ),
    }
)

# Visual tokens and what they came to, LLaVA-1.6 7B: paper, tables 4 to 6 and section 4
BUDGETS: Mapping[str, tuple[tuple[str, int, float], ...]] = MappingProxyType(
    {
        "egoschema": (
            ("paper: default", 3_680, 47.2),
            ("paper: fast 1x1", 2_930, 47.1),
            ("paper: 5 slow frames", 2_240, 39.4),
            ("paper: slow 24x24", 6_560, 53.2),
            ("paper: slow only, 12 frames", 3_456, 46.6),
            ("paper: fast only, 200 frames", 3_200, 37.0),
        ),
        "activitynet": (
            ("paper: default", 3_680, 55.5),
            ("paper: fast 1x1", 2_930, 54.4),
            ("paper: 5 slow frames", 2_240, 53.9),
            ("paper: slow 24x24", 6_560, 54.0),
            ("paper: slow only, 12 frames", 3_456, 54.1),
            ("paper: fast only, 200 frames", 3_200, 49.7),
        ),
    }
)
