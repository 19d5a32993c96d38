"""What stands before a text for each family of models: a model asked without its prompts finds markedly less."""

from dataclasses import dataclass
from typing import Literal

PACKAGED = "multilingual-e5-small"
InputType = Literal["query", "passage"]


@dataclass(frozen=True, slots=True)
class Prompts:
    query: str = ""
    passage: str = ""

    def before(self, input_type: InputType) -> str:
        return self.query if input_type == "query" else self.passage


PLAIN = Prompts()
E5 = Prompts("query: ", "passage: ")
_SEARCHING = "Represent this sentence for searching relevant passages: "
# The first part of the name that matches decides; special names stand before general ones.
_FAMILIES: tuple[tuple[str, Prompts], ...] = (
    ("e5-mistral", Prompts("Instruct: Retrieve passages that answer the query\nQuery: ")),
    ("multilingual-e5-large-instruct", Prompts("Instruct: Retrieve passages that answer the query\nQuery: ")),
    ("multilingual-e5", E5),
    ("e5-small", E5),
    ("e5-base", E5),
    ("e5-large", E5),
    ("bge-m3", PLAIN),
    ("bge-small-zh", Prompts("为这个句子生成表示以用于检索相关文章：")),
    ("bge-base-zh", Prompts("为这个句子生成表示以用于检索相关文章：")),
    ("bge-large-zh", Prompts("为这个句子生成表示以用于检索相关文章：")),
    ("bge-", Prompts(_SEARCHING)),
    ("mxbai-embed", Prompts(_SEARCHING)),
    ("snowflake-arctic-embed2", Prompts("query: ")),
    ("snowflake-arctic-embed-l-v2", Prompts("query: ")),
    ("snowflake-arctic-embed-m-v2", Prompts("query: ")),
    ("snowflake-arctic-embed", Prompts(_SEARCHING)),
    ("nomic-embed", Prompts("search_query: ", "search_document: ")),
    ("embeddinggemma", Prompts("task: search result | query: ", "title: none | text: ")),
    ("qwen3-embedding", Prompts("Instruct: Retrieve passages that answer the query\nQuery: ")),
)


def prompts_for(model: str) -> Prompts:
    """By name; models that are not known get their text as it is."""
    name = model.lower().replace("_", "-")
    return next((prompts for part, prompts in _FAMILIES if part in name), PLAIN)
