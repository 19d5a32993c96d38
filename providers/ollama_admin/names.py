"""What a person pastes as the name of a model, brought into Ollama's form. Pure. Raises `BadName`."""

import re

LONGEST = 200
_REFERENCE = re.compile(r"[A-Za-z0-9][\w.-]*(?::\d{1,5}(?=/))?(?:/[\w.-]+){0,3}(?::[\w.-]+)?", re.ASCII)
_COMMAND = re.compile(r"ollama\s+(?:pull|run|show|create|cp|rm)\s+")
_SITES = {"www.ollama.com": "ollama.com", "huggingface.co": "hf.co", "www.huggingface.co": "hf.co"}


class BadName(Exception):
    """This names no model; `code` is empty or unreadable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def reference(text: str) -> str:
    """`qwen3:8b`, `someone/model`, `hf.co/org/repo:Q4_K_M`, out of a name, a command line or an address of a page."""
    text = _COMMAND.sub("", text.strip()).strip().strip('"')
    if not text:
        raise BadName("empty")
    text = re.sub(r"^https?://", "", text).partition("?")[0].partition("#")[0].rstrip("/")
    host, slash, rest = text.partition("/")
    host = _SITES.get(host, host)
    if host == "ollama.com" and rest:
        name = rest.removeprefix("library/")
    elif host == "hf.co" and rest:
        name = f"{host}/{_repository(rest)}"
    else:
        name = host + slash + rest
    if len(name) > LONGEST or not _REFERENCE.fullmatch(name):
        raise BadName("unreadable")
    return name


def _repository(path: str) -> str:
    """`org/repo:quant` of what follows the host, be it the page of the repository or of one file in it."""
    parts = path.split("/")
    repository, deeper = "/".join(parts[:2]), parts[2:]
    if deeper and deeper[0] in ("blob", "resolve") and deeper[-1].endswith(".gguf"):
        return f"{repository}:{deeper[-1]}"
    return repository
