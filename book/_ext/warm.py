"""A process that knows what every page needs, and becomes the kernel of a page when it is asked to.

Each kernel that starts from nothing imports the same modules and computes the same ledger. This
process does it once and then forks: run as `python warm.py`, it reads the arguments of a kernel and
the folder that it is to run in from each line of its input, as JSON, and prints the number of the
process that is that kernel. It ends with its input, and its kernels end with it.
"""

import gc
import json
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

from ipykernel.kernelapp import IPKernelApp


def main() -> None:
    """Import, compute, and fork a kernel for every line of the input."""
    with suppress(Exception):  # a page that meets the same error reports it with its place
        know()
    gc.freeze()  # what is known already is not searched for garbage by every kernel
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a kernel that has ended
    for line in sys.stdin:
        asked = json.loads(line)
        parent = os.getpid()
        number = os.fork()
        if number == 0:
            become_kernel(asked["arguments"], asked["folder"], parent)
        print(number, flush=True)


def know() -> None:
    """Import what the pages import, and compute what they show."""
    import myst_nb  # noqa: F401

    from analysis import exhibits, figures, review  # noqa: F401
    from analysis.evidence.synthesis import Synthesis
    from analysis.versions.history import History

    book = Synthesis()
    book.sentences()
    _ = book.reclassified, History().now


def become_kernel(arguments: list[str], folder: str, parent: int) -> NoReturn:
    """Run a kernel in this process, in a session of its own, until it is told to end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # the output of this process is for the numbers alone
    with suppress(SystemExit):
        IPKernelApp.launch_instance(
            [*arguments, f"--IPKernelApp.parent_handle={parent}", "--log-level=ERROR"]
        )
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
