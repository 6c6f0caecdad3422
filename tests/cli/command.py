"""The command as a shell sees it, run inside this process, which has loaded the science already."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

import pytest

from impasto.cli import main


def impasto(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run one command; warnings are errors here, as pytest is told."""
    said, complained = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["impasto", *arguments]),
        redirect_stdout(said),
        redirect_stderr(complained),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    done = subprocess.CompletedProcess(arguments, int(ended.value.code or 0), said.getvalue(), complained.getvalue())
    assert done.returncode == code, done.stdout + done.stderr
    return done


def impasto_process(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run one command in a process of its own: seconds, so for what only a whole process can show."""
    command = [sys.executable, "-W", "error", "-c", "from impasto.cli import main; main()", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done
