"""Running a command as a user does."""

import pytest

from analysis import __main__ as command_line

Captured = pytest.CaptureFixture[str]


def run(capsys: Captured, *arguments: object) -> tuple[int, str, str]:
    """Exit status, output and errors of one command."""
    try:
        status = command_line.main([str(argument) for argument in arguments])
    except SystemExit as stop:
        status = int(stop.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err
