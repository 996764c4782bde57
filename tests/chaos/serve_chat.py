"""The chat server as a process of its own, to be killed: `python -m tests.chaos.serve_chat DATABASE PORT`."""

from __future__ import annotations

import asyncio
import logging
import random
import sys

from fastapi import FastAPI

from chatbot.database import Database
from chatbot.messages import Conversation
from chatbot.rooms import Rooms
from chatbot.server.shopper import shopper_routes
from tests.chat_server import generous, listening, uvicorn_server
from tests.fakes import FakeGate, ScriptedAssistant, Step, answer_to, spoken


def uneven(conversation: Conversation) -> list[Step]:
    """Some turns end at once, some are long enough to be superseded, cut or killed in the middle."""
    return spoken(answer_to(conversation.question), pause=random.choice((0.0, 0.001, 0.004)), piece=random.randint(3, 20))


async def main(file: str, port: int) -> None:
    database = await Database.open(f"sqlite:///{file}")
    rooms = Rooms(database, ScriptedAssistant(uneven))
    await rooms.start()
    app = FastAPI()
    app.include_router(shopper_routes(rooms, FakeGate(), generous()))
    await uvicorn_server(app).serve(sockets=[listening(port)])


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
