"""The tables as numbered SQL steps; `PRAGMA user_version` holds the number of the last one taken.

A released step is never edited: a change is a new step, so that every catalog ever written can be opened.
Knows no query.
"""

from __future__ import annotations

STEPS: tuple[tuple[str, ...], ...] = (
    (
        # AUTOINCREMENT: a key is never used twice, so neither is the row of a chunk in the keyword index.
        """CREATE TABLE documents (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            collection TEXT NOT NULL,
            name TEXT NOT NULL,
            filename TEXT NOT NULL,
            source TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            media_type TEXT NOT NULL,
            size INTEGER NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('adding', 'ready', 'removing')),
            pages INTEGER NOT NULL,
            chunks INTEGER NOT NULL,
            added TEXT NOT NULL
        )""",
        # One name, one document: but a replaced one keeps its name until it is gone.
        "CREATE UNIQUE INDEX documents_name ON documents (collection, name) WHERE status = 'ready'",
        "CREATE INDEX documents_sha256 ON documents (sha256)",
        # Every path at which the bytes of a document were found; a path leads to one document.
        """CREATE TABLE sources (
            collection TEXT NOT NULL,
            path TEXT NOT NULL,
            document INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
            PRIMARY KEY (collection, path)
        ) WITHOUT ROWID""",
        "CREATE INDEX sources_document ON sources (document)",
        """CREATE TABLE texts (
            document INTEGER PRIMARY KEY REFERENCES documents (key) ON DELETE CASCADE,
            text TEXT NOT NULL,
            structure TEXT NOT NULL
        )""",
        # key = documents.key << 20 | position: the keyword index tells the document of a row by a shift.
        """CREATE TABLE chunks (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            document INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            "start" INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            page INTEGER,
            heading TEXT NOT NULL,
            header TEXT NOT NULL,
            outer_start INTEGER,
            outer_end INTEGER,
            text TEXT NOT NULL
        )""",
        "CREATE UNIQUE INDEX chunks_position ON chunks (document, position)",
        # The index keeps words only and reads what it needs from this view. `spaced` (queries.py) sets
        # scripts without spaces apart; changing what it returns needs a step that rebuilds the index.
        """CREATE VIEW chunk_words (key, heading, text) AS
            SELECT key, spaced(heading || ' ' || header), spaced(text) FROM chunks""",
        # Porter: a question says "returns" where the clause says "returned". It leaves words of other
        # languages nearly as they are. Diacritics go, because people leave them out when they type.
        """CREATE VIRTUAL TABLE chunk_index USING fts5 (
            heading, text, content = 'chunk_words', content_rowid = 'key',
            tokenize = 'porter unicode61 remove_diacritics 2'
        )""",
        """CREATE TRIGGER chunks_added AFTER INSERT ON chunks BEGIN
            INSERT INTO chunk_index (rowid, heading, text)
            VALUES (new.key, spaced(new.heading || ' ' || new.header), spaced(new.text));
        END""",
        """CREATE TRIGGER chunks_gone AFTER DELETE ON chunks BEGIN
            INSERT INTO chunk_index (chunk_index, rowid, heading, text)
            VALUES ('delete', old.key, spaced(old.heading || ' ' || old.header), spaced(old.text));
        END""",
        """CREATE TABLE chats (
            id TEXT PRIMARY KEY,
            collection TEXT NOT NULL,
            title TEXT NOT NULL,
            documents TEXT,
            created TEXT NOT NULL,
            changed TEXT NOT NULL
        )""",
        "CREATE INDEX chats_changed ON chats (collection, changed)",
        """CREATE TABLE turns (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            chat TEXT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
            question TEXT NOT NULL,
            answer TEXT NOT NULL,
            rating INTEGER NOT NULL DEFAULT 0 CHECK (rating IN (-1, 0, 1)),
            reason TEXT NOT NULL DEFAULT '',
            created TEXT NOT NULL
        )""",
        "CREATE INDEX turns_chat ON turns (chat)",
        "CREATE TABLE preferences (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ),
    (
        # One tag a line; no tag holds a newline.
        "ALTER TABLE documents ADD COLUMN tags TEXT NOT NULL DEFAULT ''",
        # A person's questions about their own documents; they hold words of a document and go with it.
        """CREATE TABLE questions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            document INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
            question TEXT NOT NULL,
            "start" INTEGER NOT NULL,
            "end" INTEGER NOT NULL
        )""",
        "CREATE INDEX questions_document ON questions (document)",
    ),
    (
        # What was removed and may still be readable on the disk; a scrub that began later clears its row.
        """CREATE TABLE removals (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            document TEXT NOT NULL,
            removed TEXT NOT NULL
        )""",
        # Files that are being added, so that a restart goes on where the last process ended.
        """CREATE TABLE jobs (
            id TEXT PRIMARY KEY,
            collection TEXT NOT NULL,
            replaces TEXT,
            paused INTEGER NOT NULL DEFAULT 0,
            created TEXT NOT NULL
        )""",
        # path: of the file, or of an upload's bytes in the home's queue folder. status: waiting, or what
        # became of it.
        """CREATE TABLE job_files (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            path TEXT NOT NULL,
            upload INTEGER NOT NULL,
            status TEXT NOT NULL DEFAULT 'waiting',
            document TEXT,
            pages INTEGER NOT NULL DEFAULT 0,
            chunks INTEGER NOT NULL DEFAULT 0,
            reason TEXT NOT NULL DEFAULT '',
            seconds REAL NOT NULL DEFAULT 0
        )""",
        "CREATE INDEX job_files_job ON job_files (job)",
        "CREATE INDEX job_files_document ON job_files (document)",
        # Folders that a collection is kept in step with.
        """CREATE TABLE watched (
            collection TEXT NOT NULL,
            folder TEXT NOT NULL,
            PRIMARY KEY (collection, folder)
        ) WITHOUT ROWID""",
        # What made the index that answers; no row: a Docent that did not write it down.
        """CREATE TABLE active_index (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            embedder TEXT NOT NULL,
            name TEXT NOT NULL,
            chunk_tokens INTEGER NOT NULL,
            chunk_overlap INTEGER NOT NULL
        )""",
        # The passages of the index that is being built, until one commit puts them in the old ones' place.
        """CREATE TABLE next_documents (
            document INTEGER PRIMARY KEY REFERENCES documents (key) ON DELETE CASCADE,
            fingerprint TEXT NOT NULL,
            chunks INTEGER NOT NULL
        )""",
        """CREATE TABLE next_chunks (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            document INTEGER NOT NULL REFERENCES next_documents (document) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            "start" INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            page INTEGER,
            heading TEXT NOT NULL,
            header TEXT NOT NULL,
            outer_start INTEGER,
            outer_end INTEGER,
            text TEXT NOT NULL
        )""",
        "CREATE INDEX next_chunks_document ON next_chunks (document)",
    ),
    (
        # ISO 639-1, '' where unknown; told for what is there already.
        "ALTER TABLE documents ADD COLUMN language TEXT NOT NULL DEFAULT ''",
        """UPDATE documents SET language = coalesce(
            (SELECT language_of(substr(text, 1, 20000)) FROM texts WHERE document = documents.key), ''
        )""",
    ),
    (
        # The question that is being answered, '' where none is: it outlives a process that ends over it.
        "ALTER TABLE chats ADD COLUMN asked TEXT NOT NULL DEFAULT ''",
    ),
)
