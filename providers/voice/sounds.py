"""What bytes of sound are, told by how they begin; nothing is decoded here. Pure."""

from dataclasses import dataclass

LARGEST = 25 * 1024 * 1024  # bytes of a recording, as at OpenAI
LONGEST = 30 * 60  # seconds of a recording that are written down here
TOKENS = 10  # that a second of sound counts as, whoever hears or says it
_THIN = 4000  # bytes that a second takes at least, as far as anybody packs speech


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundKind:
    ending: str
    media_type: str


WAV = SoundKind(ending="wav", media_type="audio/wav")
MP3 = SoundKind(ending="mp3", media_type="audio/mpeg")
FLAC = SoundKind(ending="flac", media_type="audio/flac")
OGG = SoundKind(ending="ogg", media_type="audio/ogg")
WEBM = SoundKind(ending="webm", media_type="audio/webm")
MP4 = SoundKind(ending="m4a", media_type="audio/mp4")
AAC = SoundKind(ending="aac", media_type="audio/aac")
PCM = SoundKind(ending="pcm", media_type="audio/pcm")  # has no beginning to be told by


def kind_of(head: bytes) -> SoundKind | None:
    """By the first dozen bytes; None for what is no sound that anybody takes, whatever it is called."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WAV
    if head[4:8] == b"ftyp":
        return MP4
    for mark, kind in ((b"fLaC", FLAC), (b"OggS", OGG), (b"\x1a\x45\xdf\xa3", WEBM), (b"ID3", MP3)):
        if head.startswith(mark):
            return kind
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        # The two bits of the layer: none for AAC.
        return MP3 if head[1] & 0x06 else AAC
    return None


def seconds_of(sound: bytes, kind: SoundKind) -> float:
    """How long it lasts: from a WAV's own head, else at most, judged by its size."""
    rate = int.from_bytes(sound[28:32], "little") if kind is WAV else 0
    return len(sound) / (rate or _THIN)


def wav(samples: bytes, rate: int) -> bytes:
    """16-bit samples of one channel with the head that makes them a file."""
    head = b"RIFF" + (36 + len(samples)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    head += b"".join(number.to_bytes(2, "little") for number in (1, 1))
    head += rate.to_bytes(4, "little") + (2 * rate).to_bytes(4, "little")
    head += b"".join(number.to_bytes(2, "little") for number in (2, 16))
    return head + b"data" + len(samples).to_bytes(4, "little") + samples
