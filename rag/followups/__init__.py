"""Follow-up questions: what "and when was that?" asks, after what was asked and answered before it."""

from .standalone import Standalone, standalone

__all__ = ["Standalone", "standalone"]
