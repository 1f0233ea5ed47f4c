"""What git says of the project: whether a release can be made of it."""

import subprocess
from pathlib import Path

from analysis.folders import ROOT
from analysis.versions.releases import FOLDER, Version

WRITTEN = (f"data/{FOLDER}", "CITATION.cff", ".zenodo.json")
"""What a release writes itself; a change of these alone is none."""


def unready(last: Version | None, root: Path = ROOT) -> str:
    """Why nothing can be released after the version `last`; empty if something can.

    A release is of one commit, and of another state than the release before.
    """
    status = _git(root, "status", "--porcelain")
    if status.returncode:
        return "needs git, so that a commit says what was released"
    changed = status.stdout.splitlines()
    if changed:
        return f"{len(changed)} files have changes that no commit has, first {changed[0][3:]}"
    if last is None:
        return ""
    commit = _git(root, "log", "-1", "--format=%H", "--", f"data/{FOLDER}/{last}/results.json")
    others = [f":(exclude){path}" for path in WRITTEN]
    since = commit.stdout.strip()
    if since and not _git(root, "diff", "--quiet", since, "HEAD", "--", ".", *others).returncode:
        return f"nothing has changed since {last}"
    return ""


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:  # there is no git
        return subprocess.CompletedProcess(command, 1, "", str(error))
