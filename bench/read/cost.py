"""Tell what processes cost: the processor time of a process and all below it, and how busy the machine is."""

import psutil  # type: ignore[import-untyped, unused-ignore]


def tree_seconds(root: psutil.Process) -> float:
    """Return the processor time that a process and its living descendants have taken, in seconds."""
    return sum(own_seconds(process) for process in (root, *root.children(recursive=True)))


def own_seconds(process: psutil.Process) -> float:
    """Return the processor time that one process has taken, in seconds; nothing for one that has ended."""
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(used.user + used.system)


def machine_seconds() -> float:
    """Return the processor time that the machine has spent on anything, in seconds over all cores."""
    told = psutil.cpu_times()
    return float(sum(told) - told.idle - told.iowait - told.guest - told.guest_nice)
