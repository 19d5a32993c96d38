"""Bytes of sound to samples and back, by PyAV. Only ever in the child process: decoders are where hostile files bite.

Raises `BadSound`, whose text is a sentence.
"""

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16000  # that Whisper hears
_PCM_RATE = 24000  # of the form "pcm", as at OpenAI
# The reader is named and never guessed: among those that FFmpeg would try are lists that open other files.
_READERS = {"wav": "wav", "mp3": "mp3", "flac": "flac", "ogg": "ogg", "webm": "matroska", "m4a": "mp4", "aac": "aac"}
_WRITERS = {
    "mp3": ("mp3", "libmp3lame"),
    "opus": ("ogg", "libopus"),
    "aac": ("adts", "aac"),
    "flac": ("flac", "flac"),
    "wav": ("wav", "pcm_s16le"),
}
_RATES = {"opus": 48000, "pcm": _PCM_RATE}


class BadSound(Exception):
    """The recording cannot be heard."""


def decode(sound: bytes, ending: str, longest: int) -> "NDArray[np.float32]":
    """Samples of one channel at `RATE`, from -1 to 1. A recording that is cut off is heard as far as it goes."""
    import av
    import numpy as np

    parts: list[Any] = []
    count = 0
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    try:
        with av.open(io.BytesIO(sound), mode="r", format=_READERS[ending], metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise BadSound("There is no sound in this file.")
            for frame in container.decode(container.streams.audio[0]):
                for piece in resampler.resample(frame):
                    parts.append(piece.to_ndarray()[0])
                    count += len(parts[-1])
                if count > longest * RATE:
                    raise BadSound(f"The recording is longer than {longest // 60} minutes. Send it in parts.")
    except (av.FFmpegError, ValueError, IndexError):
        if not count:
            raise BadSound("The recording is damaged, or its codec is not known here.") from None
    if not count:
        raise BadSound("There is no sound in this file.")
    samples = np.concatenate(parts).astype(np.float32)
    samples /= 32768
    return samples


def encode(samples: bytes, rate: int, form: str) -> bytes:
    """16-bit samples of one channel as a file of this form."""
    import av
    import numpy as np

    given = av.AudioFrame.from_ndarray(np.frombuffer(samples, np.int16).reshape(1, -1), format="s16", layout="mono")
    given.sample_rate = rate
    target = _RATES.get(form, rate)
    if form == "pcm":
        resampler = av.AudioResampler(format="s16", layout="mono", rate=target)
        frames = [*resampler.resample(given), *resampler.resample(None)]
        return b"".join(frame.to_ndarray().tobytes() for frame in frames)
    container_name, codec = _WRITERS[form]
    target_file = io.BytesIO()
    with av.open(target_file, "w", format=container_name) as container:
        stream: Any = container.add_stream(codec, rate=target)
        stream.layout = "mono"
        container.mux(stream.encode(given))
        container.mux(stream.encode(None))
    return target_file.getvalue()
