"""Web chat with the bot: a page on 127.0.0.1 that works like Discord, without an account.

The browser's files are in `page/`.
"""

from .server import serve_page

__all__ = ["serve_page"]
