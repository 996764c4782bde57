"""The tables of the conversation. The migrations create them; a test keeps both equal.

Times are milliseconds since 1970 in UTC. The unique keys are what the promises rest on: one message per id for ever, one reply and one
turn per message, one row per sequence number, one correction per reply.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

REVISION = "0003"  # of the newest migration
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("token_hash", String(64), nullable=False),
    Column("site", String(128), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("subject", String(255)),
    Column("head", BigInteger, nullable=False),
    Column("handler", String(16), nullable=False),
    Column("page", JSON),
    Column("cart", JSON),
    Column("started", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Index(None, "last", "id"),
    Index(None, "handler"),
)

events = Table(
    "events",
    metadata,
    Column("conversation", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("type", String(16), nullable=False),
    Column("message_id", String(64)),
    Column("reply_to", String(64)),
    Column("turn", String(64)),
    Column("finish", String(16)),
    Column("body", JSON, nullable=False),
    Column("trace", JSON),
    Column("at", BigInteger, nullable=False),
    ForeignKeyConstraint(["conversation"], ["conversations.id"], ondelete="CASCADE"),
    UniqueConstraint("conversation", "message_id"),
    UniqueConstraint("conversation", "reply_to"),
)

turns = Table(
    "turns",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("conversation", String(64), nullable=False),
    Column("message_id", String(64), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("shown", Boolean, nullable=False),
    ForeignKeyConstraint(["conversation"], ["conversations.id"], ondelete="CASCADE"),
    UniqueConstraint("conversation", "message_id"),
    Index(None, "open"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("conversation", String(64), primary_key=True),
    Column("turn", String(64), primary_key=True),
    Column("rating", String(8), nullable=False),
    Column("comment", Text),
    Column("at", BigInteger, nullable=False),
    ForeignKeyConstraint(["conversation"], ["conversations.id"], ondelete="CASCADE"),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("conversation", String(64), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("words", Text),
    Column("at", BigInteger, nullable=False),
    ForeignKeyConstraint(["conversation"], ["conversations.id"], ondelete="CASCADE"),
)

corrections = Table(
    "corrections",
    metadata,
    Column("conversation", String(64), primary_key=True),
    Column("turn", String(64), primary_key=True),
    Column("question", Text, nullable=False),
    Column("whole", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("corrected", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("language", String(35), nullable=False),
    Column("operator", String(80), nullable=False),
    Column("at", BigInteger, nullable=False),
    ForeignKeyConstraint(["conversation"], ["conversations.id"], ondelete="CASCADE"),
    Index(None, "at"),
)

accepted_copy = Table(
    "accepted_copy",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("title", Text, nullable=False),
    Column("written", Text, nullable=False),
    Column("accepted", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("language", String(35), nullable=False),
    Column("operator", String(80), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "at"),
)
