"""The same add, search and ask for other programs: a loopback HTTP API and an MCP server.

Works on any library, one that this process owns or one that another process does. Knows no command line
and does not open homes.
"""

from __future__ import annotations

from rag.serve.http import application
from rag.serve.tools import tools

__all__ = ["application", "tools"]
