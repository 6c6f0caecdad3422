"""The bytes of a file that a user names, or what is wrong with its path."""

from __future__ import annotations

from pathlib import Path

from impasto.core import ImpastoError

__all__ = ["file_content"]


def file_content(path: Path) -> bytes:
    """Read a file.

    Raises
    ------
    ImpastoError
        When there is none at this path, it is a folder, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ImpastoError(str(path), "no such file", "check the path") from None
    except IsADirectoryError:
        raise ImpastoError(str(path), "it is a folder", "name a file in it") from None
    except OSError as error:
        raise ImpastoError(str(path), f"it cannot be read ({error.strerror or error})", "check the path") from None
