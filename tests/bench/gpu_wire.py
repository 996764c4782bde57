"""Tokens on the wire: as many WebSocket clients as texts, each hearing its own, token by token: `python -m tests.bench.gpu_wire --model F`.

The engine, uvicorn and the JSON frames are those of the server; the turn around them (retrieval, the guard) is not there, since random
weights write nothing that a shop would let out. The clients are a process of their own. Prints one line of JSON, as `engine.py` does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket
from websockets.asyncio.client import connect

from tests.bench.own_engine import Asked, open_engine
from tests.bench.peer_rates import Written, conversation, decode_rate, spread

START_SECONDS = 300.0


def serve(folder: Path, port: int, slots: int) -> None:
    """One text for each message {number, tokens}, as frames {type, text, tokens}."""
    opened: list[Asked] = []

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        opened.append(Asked(await asyncio.to_thread(open_engine, folder, 0, slots), ends=False))
        yield
        await opened[0].engine.close()

    app = FastAPI(lifespan=life)

    @app.websocket("/ws")
    async def talk(client: WebSocket) -> None:
        await client.accept()
        async for message in client.iter_text():
            asked = json.loads(message)
            sampling = opened[0].sampling(asked["tokens"])
            async for chunk in opened[0].engine.stream(conversation(asked["number"]), sampling):
                await client.send_text(json.dumps({"type": "delta", "text": chunk.text, "tokens": chunk.tokens}))
                if chunk.finish:
                    await client.send_text(json.dumps({"type": "reply", "prompt_tokens": chunk.prompt_tokens}))

    uvicorn.run(app, port=port, log_level="warning", ws="websockets-sansio")


async def hear(url: str, number: int, tokens: int) -> Written:
    async with connect(url, max_size=None) as socket_:
        began = time.perf_counter()
        await socket_.send(json.dumps({"number": number, "tokens": tokens}))
        times: list[float] = []
        counts: list[int] = []
        while (frame := json.loads(await socket_.recv()))["type"] == "delta":
            times.append(time.perf_counter())
            counts.append((counts[-1] if counts else 0) + frame["tokens"])
        return Written(began, tuple(times), tuple(counts), frame["prompt_tokens"])


async def measure(url: str, groups: list[int], tokens: int, repeats: int) -> dict[str, dict[str, float]]:
    found = {}
    for count in groups:
        await asyncio.gather(*[hear(url, number, 4) for number in range(count)])
        rates = [decode_rate(await asyncio.gather(*[hear(url, number, tokens) for number in range(count)])) for _ in range(repeats)]
        found[f"decode_{count}_tok_s"] = spread(rates)
    return found


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--together", type=int, nargs="+", required=True)
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--serve", type=int, help="the port, when this process is the server")
    options = parser.parse_args()
    if options.serve:
        serve(options.model, options.serve, max(options.together))
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments: list[Any] = [*sys.argv[1:], "--serve", str(port)]
    with subprocess.Popen([sys.executable, "-m", "tests.bench.gpu_wire", *arguments], stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(port, server)
            found = asyncio.run(measure(f"ws://127.0.0.1:{port}/ws", options.together, options.tokens, options.repeats))
        finally:
            server.terminate()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
