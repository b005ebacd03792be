"""The tables as SQLAlchemy sees them, for queries; `schema` makes them. A test holds the two together."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, MetaData, String, Table

metadata = MetaData()

documents = Table(
    "documents",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", String),
    Column("collection", String),
    Column("name", String),
    Column("filename", String),
    Column("source", String),
    Column("sha256", String),
    Column("media_type", String),
    Column("size", Integer),
    Column("status", String),
    Column("pages", Integer),
    Column("chunks", Integer),
    Column("added", String),
    Column("tags", String),
    Column("language", String),
)
sources = Table(
    "sources",
    metadata,
    Column("collection", String, primary_key=True),
    Column("path", String, primary_key=True),
    Column("document", Integer),
)
texts = Table(
    "texts",
    metadata,
    Column("document", Integer, primary_key=True),
    Column("text", String),
    Column("structure", String),
)
chunks = Table(
    "chunks",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", String),
    Column("document", Integer),
    Column("position", Integer),
    Column("start", Integer),
    Column("end", Integer),
    Column("page", Integer),
    Column("heading", String),
    Column("header", String),
    Column("outer_start", Integer),
    Column("outer_end", Integer),
    Column("text", String),
)
chats = Table(
    "chats",
    metadata,
    Column("id", String, primary_key=True),
    Column("collection", String),
    Column("title", String),
    Column("documents", String),
    Column("created", String),
    Column("changed", String),
    Column("asked", String),
)
turns = Table(
    "turns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat", String),
    Column("question", String),
    Column("answer", String),
    Column("rating", Integer),
    Column("reason", String),
    Column("created", String),
)
questions = Table(
    "questions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document", Integer),
    Column("question", String),
    Column("start", Integer),
    Column("end", Integer),
)
removals = Table(
    "removals",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("document", String),
    Column("removed", String),
)
jobs = Table(
    "jobs",
    metadata,
    Column("id", String, primary_key=True),
    Column("collection", String),
    Column("replaces", String),
    Column("paused", Integer),
    Column("created", String),
)
job_files = Table(
    "job_files",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("job", String),
    Column("name", String),
    Column("path", String),
    Column("upload", Integer),
    Column("status", String),
    Column("document", String),
    Column("pages", Integer),
    Column("chunks", Integer),
    Column("reason", String),
    Column("seconds", Float),
)
watched = Table(
    "watched",
    metadata,
    Column("collection", String, primary_key=True),
    Column("folder", String, primary_key=True),
)
active_index = Table(
    "active_index",
    metadata,
    Column("one", Integer, primary_key=True),
    Column("embedder", String),
    Column("name", String),
    Column("chunk_tokens", Integer),
    Column("chunk_overlap", Integer),
)
next_documents = Table(
    "next_documents",
    metadata,
    Column("document", Integer, primary_key=True),
    Column("fingerprint", String),
    Column("chunks", Integer),
)
next_chunks = Table(
    "next_chunks",
    metadata,
    *(Column(column.name, column.type, primary_key=column.primary_key) for column in chunks.columns),
)
preferences = Table(
    "preferences",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String),
)
