"""A scripted rerank server, in the form of whichever product: it prefers passages with more of the question's words."""

from tests.servers.embeddings import embeddings


def judged(body):
    asked = set(body["query"].lower().split())
    return [len(asked & set(text.lower().split())) for text in body.get("documents") or body["texts"]]


def jina(body):
    rows = [{"index": at, "relevance_score": score / 10} for at, score in enumerate(judged(body))]
    return 200, {"model": body["model"], "results": sorted(rows, key=lambda row: -row["relevance_score"])}


def cohere(body):
    status, answer = jina(body)
    return status, {"id": "1", "results": answer["results"], "meta": {"api_version": {"version": "2"}}}


def vllm(body):
    rows = [
        {"index": at, "document": {"text": body["documents"][at]}, "relevance_score": score / 10}
        for at, score in enumerate(judged(body))
    ]
    return 200, {"id": "rerank-1", "model": body["model"], "usage": {"total_tokens": 9}, "results": rows}


def llama_cpp(body):
    """Raw scores, below nought too."""
    rows = [{"index": at, "relevance_score": score * 3.0 - 8} for at, score in enumerate(judged(body))]
    return 200, {"model": body["model"], "object": "list", "usage": {"prompt_tokens": 9}, "results": rows}


def tei(body):
    """Hugging Face's text-embeddings-inference: another field in, a bare list out."""
    if "texts" not in body:
        return 422, b"Failed to deserialize the JSON body into the target type: missing field `texts` at column 9"
    rows = [{"index": at, "score": score / 10} for at, score in enumerate(judged(body))]
    return 200, sorted(rows, key=lambda row: -row["score"])


FORMS = {"jina": jina, "cohere": cohere, "vllm": vllm, "llama.cpp": llama_cpp, "tei": tei}


def reranker(form="jina"):
    return embeddings(FORMS[form])
