"""The real cross-encoder class on a real, tiny model of random weights: in a process of its own, as torch is large."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

MAKE_AND_ASK = """
import math, sys
from pathlib import Path
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast
from knowledge.embedder.engines import load_reranker

folder = Path(sys.argv[1])
letters = "abcdefghijklmnopqrstuvwxyz"
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *("##" + letter for letter in letters)]
tokenizer = Tokenizer(models.WordPiece({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
tokenizer.post_processor = processors.TemplateProcessing(
    single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
)
PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
    model_max_length=64,
).save_pretrained(folder)
BertForSequenceClassification(
    BertConfig(vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
               intermediate_size=32, num_labels=1, initializer_range=0.5)
).save_pretrained(folder)

engine = load_reranker(str(folder))
texts = ["the ferry leaves at nine", "dogs pay half the fare", "a very long passage " * 40]
scores = engine.score("half fare for dogs", texts)
assert len(scores) == 3 and all(math.isfinite(score) for score in scores), scores
assert len({round(score, 5) for score in scores}) == 3, scores
alone = engine.score("half fare for dogs", texts[1:2])
assert abs(alone[0] - scores[1]) < 1e-4, (alone, scores)
assert engine.score("another question altogether", texts[:1]) != scores[:1]
print("judged")
"""


@pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None, reason="the “local” extra is not installed"
)
def test_a_real_cross_encoder_gives_each_passage_a_score_of_its_own(tmp_path):
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MAKE_AND_ASK, str(tmp_path / "judge")],
        cwd=Path(__file__).parents[2],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert "judged" in run.stdout, run.stdout[-1000:] + run.stderr[-3000:]
