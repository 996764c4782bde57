"""Runs the migrations on the connection that `chatbot/database.py` hands over; its transaction makes them all or nothing."""

from __future__ import annotations

from alembic import context

from chatbot.records import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
