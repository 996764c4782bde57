"""Conversations, their durable events, turns, feedback and requests for a person.

Revision: 0001, the first
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _belongs_to_a_conversation(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_conversation_conversations"
    return sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("site", sa.String(128), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("subject", sa.String(255)),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("handler", sa.String(16), nullable=False),
        sa.Column("page", sa.JSON()),
        sa.Column("cart", sa.JSON()),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_last_id", "conversations", ["last", "id"])
    op.create_index("ix_conversations_handler", "conversations", ["handler"])
    op.create_table(
        "events",
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("message_id", sa.String(64)),
        sa.Column("reply_to", sa.String(64)),
        sa.Column("turn", sa.String(64)),
        sa.Column("finish", sa.String(16)),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("trace", sa.JSON()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "seq", name="pk_events"),
        sa.UniqueConstraint("conversation", "message_id", name="uq_events_conversation_message_id"),
        sa.UniqueConstraint("conversation", "reply_to", name="uq_events_conversation_reply_to"),
        _belongs_to_a_conversation("events"),
    )
    op.create_table(
        "turns",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("message_id", sa.String(64), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
        sa.UniqueConstraint("conversation", "message_id", name="uq_turns_conversation_message_id"),
        _belongs_to_a_conversation("turns"),
    )
    op.create_index("ix_turns_open", "turns", ["open"])
    op.create_table(
        "feedback",
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("turn", sa.String(64), nullable=False),
        sa.Column("rating", sa.String(8), nullable=False),
        sa.Column("comment", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "turn", name="pk_feedback"),
        _belongs_to_a_conversation("feedback"),
    )
    op.create_table(
        "handoffs",
        sa.Column("conversation", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "seq", name="pk_handoffs"),
        _belongs_to_a_conversation("handoffs"),
    )


def downgrade() -> None:
    for table in ("handoffs", "feedback", "turns", "events", "conversations"):
        op.drop_table(table)
