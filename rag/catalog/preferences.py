"""What a person set in the app, by name; lives in the home, so that it moves with it."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from rag.catalog.database import Database
from rag.catalog.tables import preferences


class Preferences:
    """Names and values, both text; what they mean is the app's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, str]:
        """Return every preference that is set."""
        with self._database.read() as connection:
            return {name: value for name, value in connection.execute(select(preferences))}

    def get(self, name: str, default: str = "") -> str:
        """Return one preference."""
        return self.all().get(name, default)

    def set(self, name: str, value: str | None) -> None:
        """Set a preference; None forgets it."""
        with self._database.write() as connection:
            connection.execute(delete(preferences).where(preferences.c.name == name))
            if value is not None:
                connection.execute(insert(preferences).values(name=name, value=value))
