"""Expressions of time in news English and the days that they mean."""

from .find import find_times

__all__ = ["find_times"]
