"""`chatbot index …`: the knowledge base's own commands, told where this shop's content, index and encoder are."""

from __future__ import annotations

import typer

from chatbot.models_cli import progress_display
from chatbot.settings import Settings
from knowledge_base.commands import Places, index_app

index = typer.Typer(no_args_is_help=True, add_completion=False)


def places(context: typer.Context) -> None:
    """Build, inspect and ask the index of the shop's content."""
    if "--help" in context.args:
        return
    from chatbot.server.opening import encoder_folder, index_folder

    settings = Settings()
    with progress_display("English encoder") as report:
        folder = encoder_folder(settings, report)
    context.obj = Places(settings.content, index_folder(settings), folder, settings.currency)


index.callback()(places)
for command in index_app.registered_commands:
    index.registered_commands.append(command)
