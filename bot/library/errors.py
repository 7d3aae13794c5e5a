"""What can go wrong with styles, each told in one line."""


class StyleNotFoundError(ValueError):
    """No such style; the message is one line that says which there are."""


class LibraryError(Exception):
    """A style cannot be changed as asked; the message is one line that says why."""


class UnreadableError(LibraryError):
    """One file cannot be read, whatever the others are; the line names it."""


class PlaceError(LibraryError):
    """The place where styles are kept cannot be reached or written; the line names it."""
