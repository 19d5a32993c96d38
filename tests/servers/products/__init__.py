"""Model servers of ten products, each with its quirks: `with ProductServer(VLLM) as server: ... server.address`."""

from tests.servers.products.catalogue import (
    LISTLESS,
    LLAMA,
    LMSTUDIO,
    LOCALAI,
    MLX,
    OPENAI,
    SWIFT,
    TEXTGEN,
    TRANSFORMERS,
    VLLM,
)
from tests.servers.products.speaking import Product, ProductServer

SPEAKING_OPENAI = (VLLM, SWIFT, LMSTUDIO, LLAMA, LOCALAI, TEXTGEN, OPENAI, MLX, TRANSFORMERS)

__all__ = [
    "LISTLESS",
    "LLAMA",
    "LMSTUDIO",
    "LOCALAI",
    "MLX",
    "OPENAI",
    "SPEAKING_OPENAI",
    "SWIFT",
    "TEXTGEN",
    "TRANSFORMERS",
    "VLLM",
    "Product",
    "ProductServer",
]
