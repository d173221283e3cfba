"""Results without a model: what a batch would yield."""

from sf_mlx.answer import Record
from sf_mlx.errors import VideoError
from sf_mlx.many import Result


def record(answer: str, question: str = "Why?", video: str = "a.mp4") -> Record:
    return Record(
        answer=answer,
        question=question,
        choices=(),
        choice=None,
        model="demo",
        video=video,
        video_info={"codec": "h264"},
        preset=None,
        spec="s",
        template="t",
        frame_times=(0.0, 1.0),
        from_cache=False,
        visual_tokens=1,
        text_tokens=1,
        cached_tokens=0,
        answer_tokens=1,
        rope_base=1e4,
        finish_reason="stop",
        load_seconds=0.0,
        open_seconds=0.0,
        decode_seconds=0.0,
        weights_seconds=0.0,
        vision_seconds=0.0,
        prefill_seconds=0.0,
        first_token_seconds=0.0,
        generate_seconds=0.0,
        tokens_per_second=0.0,
        peak_memory_bytes=0,
        warnings=(),
    )


def asked(
    video: str,
    content: str | None,
    *,
    question: str = "Why?",
    settings: str = "s1",
    answer: str | None = None,
    error: str | None = None,
) -> Result:
    """A result: answered, failed, or with neither skipped."""
    return Result(
        video,
        question,
        content,
        settings,
        None if answer is None else record(answer, question, video),
        None if error is None else VideoError(error),
    )
