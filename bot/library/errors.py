"""Errors of the style library. Each message is one line."""


class LibraryError(Exception):
    """A style cannot be read or changed."""


class UnreadableFileError(LibraryError):
    """One file cannot be read; the other files of the storage may be fine."""


class StorageError(LibraryError):
    """The storage cannot be reached or written."""


class StyleNotFoundError(ValueError):
    """There is no such style; the message lists the available ones."""
