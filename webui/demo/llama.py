"""llama.cpp's own server with one model on one thread: `python -m webui.demo.llama MODEL.gguf PORT NAME [CONTEXT]`.

Two threads that wait for each other by spinning are several times slower than one on a small machine.
"""

import os
import signal
import sys


def main(model: str, port: int, name: str, context: int = 4096) -> None:
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = model
    settings.model_alias = {name}
    settings.hostnames = ["127.0.0.1"]
    settings.port = port
    settings.n_ctx = context
    settings.n_parallel = 2
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
    settings.use_jinja = True
    settings.warmup = False
    server = xllamacpp.Server(settings)
    print(server.listening_address, flush=True)  # noqa: T201  whoever started it waits for this line
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    # The engine's threads end with the process; waiting for them takes seconds and saves nothing.

    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], *map(int, sys.argv[4:]))
