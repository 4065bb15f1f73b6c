"""Runs in a command's place for a moment, sets its bounds, and becomes the command.

`python -I -S launcher.py PARENT MEMORY COMMAND...` is started by file, so that nothing else is imported.
MEMORY bytes of address space at most (0: no limit), no core files, and the end of the command when the thread
of process PARENT that started it ends, be it by SIGKILL (Linux, prctl(2)).
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def become() -> None:
    """Bound this process and replace it by the command."""
    parent, memory, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before it could be watched
        return
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and a command would go on to
        signal.signal(number, signal.SIG_DFL)
    bound(resource.RLIMIT_CORE, 0)
    if memory:
        bound(resource.RLIMIT_AS, memory)
    os.execvp(command[0], command)


def bound(kind: int, limit: int) -> None:
    """Lower a limit; one that is lower already stays."""
    _, hard = resource.getrlimit(kind)
    least = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (least, least))


if __name__ == "__main__":
    try:
        become()
    except OSError as fault:
        print(fault, file=sys.stderr)  # noqa: T201
    sys.exit(127)
