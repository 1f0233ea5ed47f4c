"""The kernels of a build are forks of one process that has imported and computed already."""

import atexit
import json
import os
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import EntryPoint
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import IO, Any, cast

import psutil
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

LAUNCHER = "ipykernel_launcher"
"""The module that the command of a Python kernel runs."""

LONGEST = 90
"""Bytes of a path that is short enough for a socket on every system."""


class Kernel(psutil.Process):
    """A forked kernel, with what a provisioner wants of the process that it started."""

    stdin = stdout = stderr = None

    def poll(self) -> int | None:
        """None while it runs."""
        return None if self.is_running() else 0


class Warm:
    """The process that is forked; its kernels know the data as they are when it is started."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("warm.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self._asking = Lock()

    def kernel(self, arguments: list[str], folder: str) -> Kernel:
        """A kernel that runs in `folder`. Raises OSError if there is no process to fork."""
        asked = json.dumps({"arguments": arguments, "folder": folder})
        told, tells = self._pipes
        with self._asking:
            tells.write(f"{asked}\n")
            tells.flush()
            answer = told.readline()
        if not answer:
            raise BrokenPipeError("the process that becomes the kernels has ended")
        return Kernel(int(answer))

    def stop(self) -> None:
        """End it, and with it its kernels."""
        self.process.kill()
        self.process.wait()
        for pipe in self._pipes:
            with suppress(BrokenPipeError):  # what was asked and not read
                pipe.close()

    @property
    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self.process.stdout is not None
        assert self.process.stdin is not None
        return self.process.stdout, self.process.stdin


class WarmProvisioner(LocalProvisioner):
    """Starts Python kernels by a fork, and any other as usual."""

    warm: Warm | None = None
    _sockets: TemporaryDirectory[str] | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Let a kernel be spoken to through sockets in a folder of its own.

        Numbered ports can be taken by another program between being found free and being used.
        """
        self._sockets = TemporaryDirectory(prefix="kernel-", ignore_cleanup_errors=True)
        path = str(Path(self._sockets.name) / "socket")
        if len(os.fsencode(path)) < LONGEST and self.parent is not None:
            self.parent.transport, self.parent.ip = "ipc", path
        return await super().pre_launch(**kwargs)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the folder of the sockets with the kernel."""
        await super().cleanup(restart)
        if self._sockets is not None and not restart:
            self._sockets.cleanup()

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork instead of running the command, if it is that of a Python kernel."""
        if self.warm is None or LAUNCHER not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        self.cwd = kwargs.get("cwd") or Path.cwd()
        try:
            process = self.warm.kernel(cmd[cmd.index(LAUNCHER) + 1 :], str(self.cwd))
        except OSError:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = cast(Any, process)  # its base class has None there, or a Popen
        self.pid = self.pgid = process.pid
        return self.connection_info


def start() -> None:
    """From now on, let kernels be forks of a process that is started here, if none was yet.

    It needs a second or two to import and compute before it can be forked.
    """
    if WarmProvisioner.warm is not None or not hasattr(os, "fork"):
        return
    factory = KernelProvisionerFactory.instance()
    factory.provisioners["warm"] = EntryPoint(
        "warm", f"{__name__}:{WarmProvisioner.__name__}", factory.GROUP_NAME
    )
    factory.default_provisioner_name = "warm"
    WarmProvisioner.warm = Warm()


def end() -> None:
    """End that process, if there is one: later kernels start from nothing again."""
    if WarmProvisioner.warm is not None:
        WarmProvisioner.warm.stop()
        WarmProvisioner.warm = None


atexit.register(end)
