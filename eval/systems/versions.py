"""What a system is made of, as far as Python knows."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version


def versions(*packages: str) -> dict[str, str]:
    """The versions of Python, Nutgraf, and those of the packages that are installed."""
    found = {"python": platform.python_version()}
    for package in ("nutgraf", *packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
