"""/v1: OpenAI's own API in front of every allowed model, with libraries and web search as two extra fields.

`completions.py` is one answer from the request to its end; `running.py` is what of it can be ended from outside.
"""
