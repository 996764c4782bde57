"""`chatbot ask "…"`: one question through the assistant of the chat, without a server; the reply as it is written, then its sources."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from rich.console import Console

from chatbot.events import Delta, Reply
from chatbot.messages import Conversation, Message
from chatbot.models_cli import progress_display
from chatbot.server.opening import engine_or_quotes, open_index
from chatbot.settings import Settings
from chatbot.turn import ShopAssistant


def ask_shop(question: str, settings: Settings) -> None:
    """Print the reply. Raises ChatbotError and KnowledgeBaseError when this shop cannot be asked."""
    asyncio.run(_ask(question, settings, Console(), Console(stderr=True)))


async def _ask(question: str, settings: Settings, console: Console, aside: Console) -> None:
    with progress_display("Model", aside) as fetching:
        index = await asyncio.to_thread(open_index, settings, fetching=fetching)
        engine, trouble = await engine_or_quotes(settings, fetching)
    for what in filter(None, (index.trouble, trouble)):
        aside.print(f"[yellow]{what}[/yellow]", highlight=False)
    assistant = ShopAssistant(index.knowledge, engine)
    try:
        async with aclosing(assistant.reply(Conversation("ask", (Message("shopper", question),)))) as events:
            async for event in events:
                if isinstance(event, Delta):
                    console.print(event.text, end="", markup=False, highlight=False, soft_wrap=True)
                elif isinstance(event, Reply):
                    _print_sources(event, console)
    finally:
        await engine.close()
        index.knowledge.close()


def _print_sources(reply: Reply, console: Console) -> None:
    console.print()
    for number, source in enumerate(reply.sources, 1):
        price = f", {source.price:f} {source.currency}".rstrip() if source.price is not None else ""
        console.print(f"  [{number}] {source.title}{price}  ({source.id}, {source.score:.2f})", style="dim", markup=False, highlight=False)
    if reply.finish not in ("stop", "length"):
        console.print(f"  ({reply.finish})", style="dim", markup=False)
