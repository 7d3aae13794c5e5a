"""Import monitor: runs the bot, and reports what its event loop's thread imports once it is ready.

    python -m tests.import_monitor FILE serve ...

The arguments after FILE are those of `namesmith`. At the end, FILE has a JSON list of imports, each
with its module, the CPU time that the thread took for it in ms, and the function that imported.
"""

import builtins
import json
import sys
import threading
from pathlib import Path
from time import thread_time
from typing import Any
from unittest.mock import patch

from bot import __main__, client


class ImportMonitor:
    """Records the outermost imports of the main thread, from `start` on."""

    def __init__(self) -> None:
        self.imports: list[dict[str, Any]] = []
        self._import = builtins.__import__
        self._is_importing = False

    def start(self) -> None:
        """Begin to record."""
        builtins.__import__ = self._record

    def _record(self, name: str, *arguments: Any, **options: Any) -> Any:
        is_main = threading.current_thread() is threading.main_thread()
        if self._is_importing or not is_main:
            return self._import(name, *arguments, **options)
        self._is_importing, before, started = True, len(sys.modules), thread_time()
        try:
            return self._import(name, *arguments, **options)
        finally:
            self._is_importing = False
            if len(sys.modules) > before:
                milliseconds, frame = (thread_time() - started) * 1e3, sys._getframe(1)
                where = f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}"
                entry = {"module": name, "milliseconds": milliseconds, "where": where}
                self.imports.append(entry)


def run(file: Path, arguments: list[str]) -> None:
    """Run the bot with the command-line `arguments`; write the imports to `file`."""
    monitor, on_ready = ImportMonitor(), client.Namesmith.on_ready

    async def start(self: Any) -> None:
        monitor.start()
        await on_ready(self)

    sys.argv[1:] = arguments
    try:
        with patch.object(client.Namesmith, "on_ready", start):
            __main__.main()
    finally:
        file.write_text(json.dumps(monitor.imports), encoding="utf-8")


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2:])
