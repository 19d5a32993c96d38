"""/ollama/: Ollama's own API for programs that speak nothing else, behind the whitelist, the keys and the limits.

`answering.py` passes a question on; `listing.py` tells what there is; `managing.py` is for administrators alone.
"""
