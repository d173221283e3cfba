"""The eight data sets of the paper: what they are, what they measure, where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sf_mlx.errors import UsageError, printable
from sf_mlx.evaluate.items import Kind

# A data set of one's own, in a file
OWN = "own"


@dataclass(frozen=True)
class Dataset:
    """One data set.

    Attributes
    ----------
    name, title: what the command and the paper call it.
    kind: how it is asked and scored.
    rows, videos: how many the published files have.
    split: which part of the original release that is.
    files: names under which the published questions are looked for in a folder.
    questions, source, licence: who publishes questions and videos, and under which terms.
    types: what the files' codes for types of question mean.
    groups: types that the data set's own paper counts together.
    """

    name: str
    title: str
    kind: Kind
    rows: int
    videos: int
    split: str
    files: tuple[str, ...]
    questions: str
    source: str
    licence: str
    types: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def metric(self) -> str:
        """What is reported."""
        return METRICS[self.kind]


METRICS: Mapping[Kind, str] = MappingProxyType(
    {
        "choice": "accuracy",
        "open": "accuracy and score 0-5 by a judge; exact match",
        "generation": "CI, DO, CU, TU, CO: score 0-5 by a judge",
    }
)

_FIRST_WORDS = MappingProxyType(
    {word: f"{word} …?" for word in ("what", "who", "how", "when", "where", "other")}
)
_IG_VLM = "github.com/imagegridworth/IG-VLM (data/)"

_ALL = (
    Dataset(
        "msvd",
        "MSVD-QA",
        "open",
        6_415,
        245,
        "val",
        ("MSVD_QA.csv",),
        f"{_IG_VLM}; original: github.com/xudejing/video-question-answering",
        "YouTubeClips of the Microsoft Research Video Description Corpus (cs.utexas.edu)",
        "questions MIT; videos: YouTube clips, for research",
        _FIRST_WORDS,
    ),
    Dataset(
        "msrvtt",
        "MSRVTT-QA",
        "open",
        12_278,
        497,
        "val",
        ("MSRVTT_QA.csv",),
        f"{_IG_VLM}; original: github.com/xudejing/video-question-answering",
        "MSR-VTT, TrainValVideo (Microsoft Research)",
        "questions MIT; videos: YouTube clips, for research",
        _FIRST_WORDS,
    ),
    Dataset(
        "tgif",
        "TGIF-QA",
        "open",
        13_691,
        7_132,
        "test, FrameQA",
        ("TGIF_FrameQA.csv", "Test_frameqa_question.csv"),
        f"{_IG_VLM}; original: github.com/YunseokJANG/tgif-qa",
        "the animations of TGIF (raingo.github.io/TGIF-Release)",
        "questions and animations for research",
        MappingProxyType({"0": "object", "1": "number", "2": "colour", "3": "location"}),
    ),
    Dataset(
        "activitynet",
        "ActivityNet-QA",
        "open",
        8_000,
        800,
        "test",
        ("ActivityNet_QA.csv",),
        f"{_IG_VLM}; original: github.com/MILVLG/activitynet-qa",
        "ActivityNet 200 v1.3 (activity-net.org; missing videos on request)",
        "questions Apache-2.0; videos: YouTube, for research",
        MappingProxyType(
            {
                "0": "motion",
                "1": "spatial relation",
                "2": "temporal relation",
                "3": "yes or no",
                "4": "colour",
                "5": "object",
                "6": "location",
                "7": "number",
                "8": "other",
            }
        ),
    ),
    Dataset(
        "nextqa",
        "NExT-QA",
        "choice",
        4_996,
        570,
        "val",
        ("NExT_QA.csv", "val.csv"),
        f"{_IG_VLM}; original: github.com/doc-doc/NExT-QA",
        "NExTVideo of that repository (from VidOR, YFCC100M)",
        "questions MIT; videos Creative Commons, each its own",
        MappingProxyType(
            {
                "CW": "causal: why",
                "CH": "causal: how",
                "TN": "temporal: next",
                "TC": "temporal: while",
                "TP": "temporal: before",
                "DC": "descriptive: count",
                "DL": "descriptive: location",
                "DO": "descriptive: other",
            }
        ),
        MappingProxyType(
            {
                "causal": ("CW", "CH"),
                "temporal": ("TN", "TC", "TP"),
                "descriptive": ("DC", "DL", "DO"),
            }
        ),
    ),
    Dataset(
        "egoschema",
        "EgoSchema",
        "choice",
        500,
        500,
        "public subset",
        ("EgoSchema.csv", "questions.json"),
        f"{_IG_VLM}; original: github.com/egoschema/EgoSchema",
        "the 180 s clips of that repository (from Ego4D)",
        "Ego4D licence agreement",
    ),
    Dataset(
        "intentqa",
        "IntentQA",
        "choice",
        2_044,
        524,
        "test",
        ("IntentQA.csv",),
        f"{_IG_VLM}; original: github.com/JoseponLee/IntentQA",
        "NExTVideo of NExT-QA",
        "questions: none stated; videos as NExT-QA's",
        MappingProxyType(
            {
                "CW": "causal: why",
                "CH": "causal: how",
                "TN": "temporal: next",
                "TP": "temporal: previous",
            }
        ),
        MappingProxyType({"causal": ("CW", "CH"), "temporal": ("TN", "TP")}),
    ),
    Dataset(
        "vcgbench",
        "VCGBench",
        "generation",
        2_994,
        499,
        "of ActivityNet 200",
        (
            "Generic_QA.csv",
            "Temporal_QA.csv",
            "Consistency_QA1.csv",
            "Consistency_QA2.csv",
            "generic_qa.json",
            "temporal_qa.json",
            "consistency_qa.json",
        ),
        f"{_IG_VLM}; original: github.com/mbzuai-oryx/Video-ChatGPT",
        "the 499 videos that Video-ChatGPT took from ActivityNet 200",
        "see that repository; videos: YouTube, for research",
        MappingProxyType(
            {
                "generic": "CI, DO and CU",
                "temporal": "TU",
                "consistency": "CO",
            }
        ),
    ),
)

DATASETS: Mapping[str, Dataset] = MappingProxyType({dataset.name: dataset for dataset in _ALL})


def find_dataset(name: str) -> Dataset:
    """The data set of that name.

    Raises
    ------
    UsageError: there is none.
    """
    if name not in DATASETS:
        raise UsageError(
            f"unknown data set {printable(name, 40)!r}; known: {', '.join(DATASETS)}. A file of "
            "your own questions is given with --dataset"
        )
    return DATASETS[name]
