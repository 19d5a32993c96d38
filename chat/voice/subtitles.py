"""What was said with its times, as files of subtitles. Pure."""

from collections.abc import Iterable

from providers.voice.transcription import Segment


def srt(segments: Iterable[Segment]) -> str:
    parts = (f"{number}\n{_span(one, ',')}\n{one.text}\n" for number, one in enumerate(segments, 1))
    return "\n".join(parts)


def vtt(segments: Iterable[Segment]) -> str:
    return "\n".join(["WEBVTT\n", *(f"{_span(one, '.')}\n{one.text}\n" for one in segments)])


def _span(segment: Segment, point: str) -> str:
    return f"{_clock(segment.start, point)} --> {_clock(segment.end, point)}"


def _clock(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{thousandths:03}"
