"""Become another program, tied to the life of the process that started it.

    python -I -S launcher.py PARENT_PID DEATH_SIGNAL USER COMMAND…

Runs as a file of its own, with nothing but the standard library, so that it takes 20 ms. Doing the same in a fork of
the supervisor (preexec_fn) is unsafe beside gRPC's threads.

USER is a numeric id to run as, or `-`. On Linux the kernel sends DEATH_SIGNAL to the program when PARENT_PID dies, even
by kill -9; elsewhere `down` finds the leftovers.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def tie_to_parent(parent: int, death_signal: int) -> None:
    """Ask the kernel for a signal at the parent's death, and end now when that was in the meantime.

    The request is lost with a change of user, so it comes after it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the supervisor is gone")


def become(user: str) -> None:
    """Give up root for good, in favour of a numeric user that owns nothing else."""
    if user == "-":
        return
    os.setgroups([])
    os.setgid(int(user))
    os.setuid(int(user))


def main() -> None:
    """Change into the command, or say why it cannot be started."""
    parent, death_signal, user, *command = sys.argv[1:]
    become(user)
    tie_to_parent(int(parent), int(death_signal))
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is what is wanted
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main()
