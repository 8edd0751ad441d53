"""Every error that ``index`` raises. Each message says what happened, to which file, and what to do next.

NutgrafError
├── SettingsError          a setting has a value that it cannot have
├── SourceError            one input could not be read; the others still are (never stops a run)
├── NothingToIndexError    no input could be read at all
├── QueryError             an empty or over-long question, or a filter that cannot be
├── ModelError             the embedding model is missing, damaged or not the expected one
└── StoreError
    ├── StoreMissingError  there is no store at that place
    ├── StoreBusyError     another process is writing
    ├── StoreModelError    the store was made with another embedding model
    ├── StoreVersionError  the store was made by a newer program, or by an older one and cannot be upgraded
    └── StoreDamagedError  the database does not hold what was written
"""

from __future__ import annotations


class NutgrafError(Exception):
    """Base of all errors meant for a person; ``str(error)`` is one line."""


class SettingsError(NutgrafError):
    """A setting has a value that it cannot have."""


class SourceError(NutgrafError):
    """One input (a file, a record of a file) could not be read."""

    def __init__(self, where: str, what: str, hint: str) -> None:
        super().__init__(f"{where}: {what}; {hint}")
        self.where = where
        self.what = what
        self.hint = hint

    def __reduce__(self) -> tuple[type[SourceError], tuple[str, str, str]]:
        return type(self), (self.where, self.what, self.hint)  # readers run in another process


class NothingToIndexError(NutgrafError):
    """No input could be read, so nothing was done."""


class QueryError(NutgrafError):
    """The question or a filter cannot be used."""


class ModelError(NutgrafError):
    """The embedding model or the reader's weights are missing, damaged or not the expected ones."""


class StoreError(NutgrafError):
    """Something is wrong with the store."""


class StoreMissingError(StoreError):
    """There is no store at that place."""


class StoreBusyError(StoreError):
    """Another process is writing to the store."""


class StoreModelError(StoreError):
    """The store was made with another embedding model."""


class StoreVersionError(StoreError):
    """The store was made by a newer program, or by an older one and cannot be upgraded here."""


class StoreDamagedError(StoreError):
    """The database does not hold what was written."""
