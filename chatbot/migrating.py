"""Brings the schema of a database up to date with Alembic. Apart from `database`, which needs it only when there is something to do."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from chatbot.errors import SettingsError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def migrate(connection: Connection) -> None:
    """Raises SettingsError when the schema is of a newer program."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    present = MigrationContext.configure(connection).get_current_revision()
    if present == scripts.get_current_head():
        return
    if present is not None and present not in {script.revision for script in scripts.walk_revisions()}:
        raise SettingsError(
            f"database: its schema is revision {present}, which this version does not know (newest known: {scripts.get_current_head()}); "
            "it was written by a newer version: upgrade the program, or restore a backup made by this one"
        )
    command.upgrade(config, "head")
