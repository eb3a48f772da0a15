"""Say which version this is."""

from importlib.metadata import PackageNotFoundError, version


def installed_version() -> str:
    """Return the version of the installed distribution, or say that there is none (a source tree on the path)."""
    try:
        return version("sectracker")
    except PackageNotFoundError:
        return "unknown"


VERSION = installed_version()
