"""Voice on this machine: a small loopback server in OpenAI's shape whose models run in child processes with limits.

`server.py` is the rim, `child.py` and what it imports the only place where a recording is decoded. No Django.
"""
