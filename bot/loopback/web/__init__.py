"""The chat as a web page on 127.0.0.1: what a person on Discord would see, with no account.

`page` serves it for a loopback Discord; the files that a browser gets are in `page/`.
"""

from .serving import page

__all__ = ["page"]
