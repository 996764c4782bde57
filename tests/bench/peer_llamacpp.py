"""llama.cpp's own HTTP server, out of the `xllamacpp` wheel: `python peer_llamacpp.py GGUF PORT [--slots N] [--context N] [--threads N]`.

Runs in the peer's own virtual environment, which has nothing else in it; so it imports nothing of this repository. Ends when it is killed.
"""

from __future__ import annotations

import argparse
import signal

import xllamacpp


def parameters(options: argparse.Namespace) -> xllamacpp.CommonParams:
    """`context` is what one slot holds; the server is told the sum. A slot keeps its prompt, so a known beginning is not read again."""
    given = xllamacpp.CommonParams()
    given.model.path = options.gguf
    given.model_alias = {options.name}
    given.hostnames, given.port = ["127.0.0.1"], options.port
    given.n_parallel, given.n_ctx = options.slots, options.slots * options.context
    given.cpuparams.n_threads = given.cpuparams_batch.n_threads = options.threads
    given.endpoint_metrics = given.endpoint_slots = True
    return given


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gguf")
    parser.add_argument("port", type=int)
    parser.add_argument("--name", default="writer")
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--context", type=int, default=1024)
    parser.add_argument("--threads", type=int, default=2)
    server = xllamacpp.Server(parameters(parser.parse_args()))
    print(f"listening on {server.listening_address}", flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
