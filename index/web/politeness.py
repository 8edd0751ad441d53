"""Who may be asked for what, and when: robots.txt, a pause between two requests to a host, Retry-After."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from protego import Protego

from ..errors import SourceError
from .addresses import WebAddress

PRODUCT = "Nutgraf"  # the name that robots.txt knows us by
PAUSE_S = 1.0  # between two requests to one host, unless its robots.txt wants more
LONGEST_WAIT_S = 60.0  # what a host may make us wait within a run; for longer, it is left alone
_SAVE = "save the page from a browser and index the file"
_LONGEST_DELAY = 9  # digits of a Retry-After in seconds


class Politeness:
    """Waits before each request as long as its host wants, and refuses what its robots.txt disallows.

    ``read_robots`` gives the robots.txt of an origin ("https://example.org"), "" when it has none, and raises
    SourceError when that cannot be told; it is asked once a run for each. ``clock`` counts seconds; ``sleep`` waits.
    """

    def __init__(
        self,
        read_robots: Callable[[str], str],
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read_robots = read_robots
        self._sleep = sleep
        self._clock = clock
        self._rules: dict[str, Protego | SourceError] = {}  # by origin
        self._next_turn: dict[str, float] = {}  # by host

    def before(self, address: WebAddress) -> None:
        """Return when ``address`` may be asked for. Raises SourceError when it may not, or not within a minute."""
        rules = self._rules_of(address.origin)
        if not rules.can_fetch(str(address), PRODUCT):
            raise SourceError(str(address), "may not be read by programs, says the robots.txt of its site", _SAVE)
        wait = self.wait(address)
        if wait > LONGEST_WAIT_S:
            raise SourceError(
                str(address), f"may not be asked for before {wait:.0f} s have passed, says its site", "try again later"
            )
        if wait > 0:
            self._sleep(wait)
        self._next_turn[address.host] = self._clock() + max(PAUSE_S, rules.crawl_delay(PRODUCT) or 0.0)

    def _rules_of(self, origin: str) -> Protego:
        if origin not in self._rules:
            try:
                self._rules[origin] = Protego.parse(self._read_robots(origin))
            except SourceError as problem:
                self._rules[origin] = problem
        rules = self._rules[origin]
        if isinstance(rules, SourceError):
            raise rules
        return rules

    def wait(self, address: WebAddress) -> float:
        """Seconds for which the host of ``address`` wants no more requests, as far as it said."""
        return max(0.0, self._next_turn.get(address.host, 0.0) - self._clock())

    def postpone(self, address: WebAddress, seconds: float) -> None:
        """The host of ``address`` asked for no more requests during the next ``seconds``."""
        self._next_turn[address.host] = self._clock() + max(PAUSE_S, seconds)


def retry_after(value: str, date: str) -> float | None:
    """Seconds to wait, from a Retry-After header (seconds, or a time as RFC 9110 writes it); None when it says nothing.

    ``date`` is the Date header of the same response: with it, a wrong clock on either side does not matter.
    """
    if re.fullmatch(rf"[0-9]{{1,{_LONGEST_DELAY}}}", value.strip(), re.ASCII):
        return float(value)
    then = _time(value)
    if then is None:
        return None
    return max(0.0, (then - (_time(date) or datetime.now(UTC))).total_seconds())


def _time(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
