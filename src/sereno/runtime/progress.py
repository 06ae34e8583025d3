"""Progress on the terminal: a bar that is redrawn, or plain lines where the output is not a terminal."""

from typing import TextIO

from sereno.runtime.assets import Progress

_BAR = 28


class TerminalProgress:
    """A report to hand to long work; plain output says only when something is finished."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bars = stream.isatty()
        self._shown = ("", -1)

    def __call__(self, progress: Progress) -> None:
        if progress.finished:
            self._line(f"  {progress.what}")
        elif self._bars and progress.total:
            hundredth = 100 * progress.done // progress.total
            if self._shown != (progress.what, hundredth):
                self._shown = (progress.what, hundredth)
                full = _BAR * progress.done // progress.total
                self._stream.write(f"\r\x1b[K  {'█' * full}{'·' * (_BAR - full)} {hundredth:3d} % {progress.what}")
                self._stream.flush()

    def _line(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}\n" if self._bars else f"{text}\n")
        self._stream.flush()
