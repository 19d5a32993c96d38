"""Another embedding model or another way to cut, filled beside what serves, compared with it, and then swapped.

`proposing` says what it would need; `filling` is the worker's part, which may be killed anywhere; `comparing` asks
saved questions of both; `changing` swaps, rolls back and drops. `knowledge/models/generation.py` has the rows, and
`Chunk.objects` is the one place where their passages are told apart.
"""
