"""`python -m chat.voice.local.child FOLDER MEMORY`: holds one model at a time of each kind, and works on one thing.

It is told what to do on its standard input and answers on its standard output (frames.py). Its memory is limited here;
its time by the rim, which ends it when it takes too long.
"""

import logging
import os
import resource
import sys
import traceback
from pathlib import Path
from typing import Any

from chat.voice.local import frames, shelf
from chat.voice.local.frames import Frame
from chat.voice.local.sound import RATE, BadSound, decode, encode
from knowledge.parsing.child import end_with_parent

_loaded: dict[str, tuple[str, Any]] = {}  # by kind: the name and the model
# Without an example Whisper writes Chinese without marks, and as often as not in traditional characters.
_WRITES = {"zh": "以下是普通话的句子。"}
_NOBODY_SPOKE = 0.6
log = logging.getLogger(__name__)


def main(folder: Path, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Nothing is written: a recording is in memory, and only there.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    end_with_parent()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries print; the answer must be alone on its descriptor
    questions = sys.stdin.buffer
    while True:
        try:
            asked = frames.read(questions)
        except frames.ChildGone:
            return
        frames.write(answers, _answer(folder, asked))


def _answer(folder: Path, asked: Frame) -> Frame:
    try:
        return _heard(folder, asked) if asked.head["task"] == "hear" else _said(folder, asked.head)
    except BadSound as refusal:
        return Frame(head={"refused": str(refusal)})
    except MemoryError:
        return Frame(head={"refused": "This takes more memory than there is for it here."})
    except Exception:  # the rim of this process: the other one logs it
        log.exception("A model failed")
        trouble = traceback.format_exc()[-2000:]
        return Frame(head={"refused": "The model of this server failed at this.", "trouble": trouble})


def _heard(folder: Path, asked: Frame) -> Frame:
    wish = asked.head
    samples = decode(asked.body, wish["ending"], wish["longest"])
    model = _model("ears", wish["model"], lambda: _load_ears(shelf.ears(folder)[wish["model"]]))
    found, about = model.transcribe(
        samples,
        language=wish["language"] or None,
        initial_prompt=wish["prompt"] or _WRITES.get(wish["language"]),
        temperature=wish["temperature"],
        beam_size=2,
        # Without it Whisper hears words in silence and noise.
        vad_filter=True,
        no_speech_threshold=_NOBODY_SPOKE,
        condition_on_previous_text=False,
    )
    segments = [{"start": round(one.start, 2), "end": round(one.end, 2), "text": one.text.strip()} for one in found]
    text = "".join(_apart(one["text"]) for one in segments).strip()
    seconds = round(len(samples) / RATE, 2)
    return Frame(head={"text": text, "language": about.language, "duration": seconds, "segments": segments})


def _apart(text: str) -> str:
    """Words are set apart by spaces, Chinese ones by nothing."""
    return text if text[:1] > "⺀" else f" {text}"


def _said(folder: Path, wish: dict[str, Any]) -> Frame:
    from piper import SynthesisConfig

    voice = shelf.voice_for(wish["text"], wish["voice"], shelf.voices(folder))
    if voice is None:
        return Frame(head={"refused": "No voice on this server can read this writing."})
    model = _model("voice", voice.name, lambda: _load_voice(voice.path))
    chunks = list(model.synthesize(wish["text"], SynthesisConfig(length_scale=1 / wish["speed"])))
    samples = b"".join(chunk.audio_int16_bytes for chunk in chunks)
    if not samples:
        return Frame(head={"refused": "There are no words in this that can be said."})
    return Frame(head={"voice": voice.name}, body=encode(samples, chunks[0].sample_rate, wish["form"]))


def _model(kind: str, name: str, load: Any) -> Any:
    known = _loaded.get(kind)
    if known is None or known[0] != name:
        _loaded.pop(kind, None)
        _loaded[kind] = (name, load())
    return _loaded[kind][1]


def _load_ears(folder: Path) -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)


def _load_voice(path: Path) -> Any:
    from piper import PiperVoice

    return PiperVoice.load(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
