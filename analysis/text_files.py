"""Reading a file of the project: one of its own, not too large, in UTF-8."""

import stat
from pathlib import Path

from analysis.faults import Fault, FaultError

LARGEST = 64 * 1024 * 1024
"""Bytes that a file may have."""


def read_bytes(path: Path, name: str) -> bytes:
    """The content of a file; `name` is how faults call it.

    Raises FaultError at once for what is no file: a link, a folder, a pipe, a device.
    """
    try:
        about = path.lstat()
        if stat.S_ISLNK(about.st_mode):
            raise _fault(name, 0, "must be a file of its own, not a symbolic link")
        if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
            raise _fault(name, 0, "must be a file, not a pipe or a device")
        if about.st_size > LARGEST and stat.S_ISREG(about.st_mode):
            raise _fault(name, 0, f"is too large: it may have {LARGEST >> 20} MB")
        return path.read_bytes()
    except OSError as error:
        raise _fault(name, 0, f"cannot be read: {error.strerror}") from None


def read(path: Path, name: str) -> str:
    """The text of a file, without its byte-order mark. Raises FaultError as `read_bytes` does."""
    return decoded(read_bytes(path, name), name)


def decoded(raw: bytes, name: str, hint: str = "") -> str:
    """The text that UTF-8 gives. Raises FaultError with the line of a byte that is none."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Not of `raw`: the positions begin behind the byte-order mark.
        line = error.object[: error.start].count(b"\n") + 1
        byte = error.object[error.start]
        raise _fault(name, line, f"must be UTF-8, has the byte 0x{byte:02x}{hint}") from None


def _fault(name: str, line: int, message: str) -> FaultError:
    return FaultError(Fault(name, line, "", message))
