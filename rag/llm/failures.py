"""What went wrong with a language model: whether to try again, and one line for a person.

The words of the provider are never part of that line: they may hold a key, an address, or a question. They are logged
at level INFO, without secrets.
"""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

# A provider that asks for more patience than this (seconds) is not waited for: the reader answers now.
MAX_WAIT_S = 20.0

_KEY = "check its key (NUTGRAF_LLM_KEY for llm_url, else the provider's own variable, such as OPENAI_API_KEY)"
_BUSY = "try again later"
_SAID = {
    "key": f"refused the key; {_KEY}",
    "forbidden": "does not allow this key to use the model; choose another model or key",
    "unknown": "is not known to the server; check the model's name and llm_url",
    "long": "takes fewer tokens than the prompt has; lower llm_context_tokens",
    "refused": "refused the request; check the model's name, or choose another model",
    "busy": "has no capacity left for this key (rate limit or quota); try again later, or raise the quota",
    "broken": f"failed on the provider's side; {_BUSY}",
    "silent": "was silent for too long; try again, or raise llm_timeout_s",
    "unreachable": "could not be reached, or broke the connection; check the network, the server and llm_url",
    "garbled": "sent a reply that cannot be understood; check that the server speaks the provider's protocol",
}
_AGAIN = frozenset({"busy", "broken", "unreachable"})

# The hierarchy of langchain_core.exceptions, by name: not every installed provider package raises it yet.
_LANGCHAIN = {
    "ContextOverflowError": "long",
    "ModelAuthenticationError": "key",
    "ModelPermissionDeniedError": "forbidden",
    "ModelNotFoundError": "unknown",
    "ModelRateLimitError": "busy",
    "ModelTimeoutError": "silent",
    "ModelAPIError": "broken",
    "ModelConnectionError": "unreachable",
}
_STATUS = {401: "key", 403: "forbidden", 404: "unknown", 408: "silent", 413: "long", 429: "busy", 504: "silent"}
_CONTEXT = re.compile(r"context.{0,20}(?:length|window|size)|too many tokens|prompt is too long", re.IGNORECASE)
# So many exceptions that stand for one another are looked at.
_DEEPEST = 4
_CONNECTION = re.compile("Connect|Protocol|ReadError|WriteError|CloseError|Network|Incomplete")


class SilentModelError(TimeoutError):
    """A model let nobody hear from it for too long, or did not come to an end."""


@dataclass(frozen=True, slots=True)
class Failure:
    """``said`` follows the name of the model; ``again``: another attempt may help, after ``wait_s`` seconds if told."""

    said: str
    again: bool = False
    wait_s: float | None = None


def failure(error: BaseException) -> Failure:
    """What an exception of a chat model means; exceptions of all providers, and of models of one's own."""
    status = _status(error)
    kind = _kind(error, status)
    wait = _retry_after(error)
    what, _, to_do = _SAID[kind].partition("; ")
    told = f" (status {status})" if status else ""
    again = kind in _AGAIN and (wait is None or wait <= MAX_WAIT_S)
    return Failure(f"{what}{told}; {to_do}", again, wait)


def _kind(error: BaseException, status: int | None) -> str:
    named = next((_LANGCHAIN[cls.__name__] for cls in type(error).__mro__ if cls.__name__ in _LANGCHAIN), None)
    if named:
        return named
    if status in {400, 422} and _CONTEXT.search(str(error)):
        return "long"
    if status is not None and status >= 400:
        return _STATUS.get(status, "broken" if status >= 500 else "refused")
    names = [cls.__name__ for cls in type(error).__mro__]
    if any("Timeout" in name for name in names):
        return "silent"
    if isinstance(error, OSError) or any(_CONNECTION.search(name) for name in names):
        return "unreachable"
    return "garbled"


def _status(error: BaseException) -> int | None:
    """The HTTP status behind an exception, where the client kept it."""
    for holder in _holders(error):
        for name in ("status_code", "status", "code", "HTTPStatusCode"):
            found = holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)
            if isinstance(found, int) and 100 <= found < 600:
                return int(found)
    return None


def _retry_after(error: BaseException) -> float | None:
    """Seconds that the server asked to wait: its Retry-After in seconds or as a date, None without one."""
    told = next((found for holder in _holders(error) if (found := _header(holder, "retry-after"))), "")
    if re.fullmatch(r"\d{1,9}(?:\.\d+)?", told):
        return float(told)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(told).timestamp() - time.time())
    except ValueError:
        return None


def _holders(error: BaseException) -> Iterator[object]:
    """Where clients keep the server's response: on the exception, or on the one that it stands for.

    google-genai and ollama raise their own in the place of httpx's; botocore's response is a dictionary.
    """
    inner: BaseException | None = error
    for _ in range(_DEEPEST):
        if inner is None:
            return
        yield inner
        response = getattr(inner, "response", None)
        yield response.get("ResponseMetadata") if isinstance(response, Mapping) else response
        inner = inner.__cause__ or inner.__context__


def _header(holder: object, name: str) -> str:
    headers = holder.get("HTTPHeaders") if isinstance(holder, Mapping) else getattr(holder, "headers", None)
    return str(headers.get(name, "")).strip() if isinstance(headers, Mapping) else ""


# -- secrets

# What may be one: keys and tokens are long and hold digits; addresses may hold a password or a key.
_LONG_WORD = re.compile(r"(?=[^\s'\"]*\d)[\w\-.~+/=*]{16,}")
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_AUTHORIZATION = re.compile(r"\b(bearer|basic|api[-_ ]?key\S*|token|password|sk-)[\s:=]*\S+", re.IGNORECASE)


def redacted(error: BaseException, hidden: Collection[str] = ()) -> str:
    """The first line of an exception without ``hidden`` strings, addresses, and what looks like a key."""
    text = str(error).strip() or type(error).__name__
    line = text.splitlines()[0][:400]
    for secret in hidden:
        line = line.replace(secret, "…")
    for pattern in (_ADDRESS, _AUTHORIZATION, _LONG_WORD):
        line = pattern.sub("…", line)
    return line[:200]


def secrets_of(model: object) -> frozenset[str]:
    """The keys that a chat model was given: the values of its secret fields."""
    names = getattr(type(model), "model_fields", ())
    readers = (getattr(getattr(model, name, None), "get_secret_value", None) for name in names)
    found = {read() for read in readers if read is not None}
    return frozenset(secret for secret in found if isinstance(secret, str) and len(secret) >= MIN_SECRET)


# Shorter ones ("none", "EMPTY", for servers that want no key) are words that a reply may hold.
MIN_SECRET = 8
