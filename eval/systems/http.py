"""An endpoint that takes a question as JSON and gives an answer as JSON."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ..errors import EvalError
from ..schema import Corpus, Question
from .adapter import Adapter

TIMEOUT_S = 60.0
MAX_REPLY = 10_000_000  # bytes

HEADER_PREFIX = "NUTGRAF_EVAL_HEADER_"

_PIECE = 65_536
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*([\x20-\x7e\xa0-\xff]*)")


class HttpSystem(Adapter):
    """POSTs {"question", "history": [[question, answer]], "as_of": YYYY-MM-DD or null, "k"} and reads the JSON that
    comes back as ``replies`` does.

    ``headers`` are lines "Name: value"; those of ``NUTGRAF_EVAL_HEADER_NAME`` in the environment are sent too (an
    underscore stands for a hyphen). No header is kept or shown, nor what stands before the host or behind the path of
    the URL. Redirects are followed within the same scheme, host and port. An answer must come with status 200, within
    ``timeout`` seconds, in at most 10 MB. Raises EvalError.
    """

    def __init__(
        self, url: str, name: str, corpus: Corpus | None, headers: Sequence[str] = (), timeout: float = TIMEOUT_S
    ) -> None:
        try:
            parts = urlsplit(url)
            valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:  # and do not show it: it may hold a key
            valid = False
        if not valid:
            raise EvalError("the address of the system cannot be read; give http://HOST/PATH or https://HOST/PATH")
        super().__init__(name or _shown(parts), corpus, {"url": _shown(parts)})
        self._url = url
        self._shown = _shown(parts)
        self._headers = {**_from_environment(os.environ), **_from_lines(headers)}
        self._timeout = timeout
        self._opener = build_opener(_SameOrigin)

    def call(self, question: Question) -> object:
        body = {
            "question": question.text,
            "history": [list(turn) for turn in question.history],
            "as_of": question.as_of.isoformat() if question.as_of else None,
            "k": question.depth,
        }
        headers = {"Accept": "application/json", **self._headers, "Content-Type": "application/json"}
        request = Request(self._url, json.dumps(body).encode(), headers, method="POST")  # noqa: S310 - checked above
        try:
            reply = self._reply(request)
        except HTTPError as error:
            with error:
                raise EvalError(self._said(error.code, error.read(_PIECE))) from None
        except TimeoutError:
            raise EvalError(f"{self._shown}: gave no answer within {self._timeout:g} s") from None
        except (URLError, HTTPException, OSError) as error:
            reason = error.reason if isinstance(error, URLError) else error
            if isinstance(reason, TimeoutError):
                raise EvalError(f"{self._shown}: gave no answer within {self._timeout:g} s") from None
            raise EvalError(f"{self._shown}: cannot be reached ({reason})") from None
        try:
            return json.loads(reply)
        except (ValueError, RecursionError):
            raise EvalError(f"{self._shown}: gave what is no JSON: {self._first_line(reply)}") from None

    def _reply(self, request: Request) -> bytes:
        ends = time.monotonic() + self._timeout
        with self._opener.open(request, timeout=self._timeout) as response:
            if response.status != 200:
                raise EvalError(self._said(response.status, response.read(_PIECE)))
            reply = bytearray()
            while piece := response.read1(_PIECE):
                reply += piece
                if len(reply) > MAX_REPLY:
                    raise EvalError(f"{self._shown}: gave more than {MAX_REPLY / 1e6:g} MB; give a shorter answer")
                if time.monotonic() > ends:  # the timeout of a socket starts anew with each piece
                    raise TimeoutError
        return bytes(reply)

    def _said(self, status: int, body: bytes) -> str:
        return f"{self._shown}: gave status {status}: {self._first_line(body)}".rstrip(": ")

    def _first_line(self, body: bytes) -> str:
        """The first line, without the values of our headers, should they be given back."""
        lines = body.decode(errors="replace").strip().splitlines()
        line = lines[0][:200] if lines else ""
        for value in filter(None, self._headers.values()):
            line = line.replace(value, "...")
        return line


class _SameOrigin(HTTPRedirectHandler):
    """Follows a redirect with the same POST, and never to where the headers were not meant for."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        if code == 303 or _origin(before) != _origin(after):
            fp.close()
            raise EvalError(f"{_shown(before)}: redirects to {_shown(after)}; give that address if it is meant")
        return Request(newurl, req.data, req.headers, method="POST")  # noqa: S310 - the scheme of the first one


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port


def _shown(parts: SplitResult) -> str:
    """An address without user, password, query and fragment: there stand keys."""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    lines = {
        name: f"{name.removeprefix(HEADER_PREFIX).replace('_', '-').title()}: {value}"
        for name, value in environment.items()
        if name.startswith(HEADER_PREFIX)
    }
    return dict(_header(line, name) for name, line in lines.items())


def _from_lines(lines: Sequence[str]) -> dict[str, str]:
    return dict(_header(line, f"header {number}") for number, line in enumerate(lines, 1))


def _header(line: str, where: str) -> tuple[str, str]:
    found = _HEADER.fullmatch(line.strip())
    if not found:
        raise EvalError(f"{where}: is no header; write 'Name: value'")  # and do not show a key
    return found[1], found[2]
