"""What a system is made of: versions as far as Python knows, and a short sum of whatever else is told."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from hashlib import sha256
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


def short_sum(values: Mapping[str, object]) -> str:
    """Twelve hex digits that differ when any of the plain values differs."""
    return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]
