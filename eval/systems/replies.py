"""What other systems give back, made into a ``Response``.

=========================== ===========================================================================================
a text                      the answer; markers like [1] point at passages. None and "" are refusals, and so is a text
                            that says nothing but that there is no answer (``is_refusal``)
a list of passages          nothing is answered: only retrieval is measured
(text, list of passages)    both
a dict                      ``answer`` or ``text``; ``passages``, ``contexts`` or ``documents``; all else is optional:
                            ``short``, the bare answer; ``outcome``: answered, not_in_sources, retrieved or failed;
                            ``why``; ``confidence``, 0..1; ``citations``, which [1] then points at in their order;
                            ``claims``: [{text, markers}]; ``tokens_in``, ``tokens_out``, ``cost``. Names that
                            LangChain's chains and agents have for these are known too
a chat message of LangChain its text and its tokens
rag.Answer, Response        as they are; ``rag.Answer.to_dict()`` is a dict as above, so is its JSON
=========================== ===========================================================================================

A passage is a text, a LangChain Document (or a pair of one and its score), an ``index.Passage``, or
{article, text, score}: ``article`` may be called uri, url or source, ``text`` content or page_content. A citation is
{article, text, quote}; ``text`` may be called paragraph_text, ``start`` and ``end`` are those of the quote in the text
of the article. Citations to which no marker or claim points are those of the answer as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from index.schema import Passage
from rag.schema import Answer

from ..errors import EvalError
from ..schema import Cited, Corpus, Found, Outcome, Response, Statement
from .nutgraf import from_answer
from .wording import is_refusal, statements_of, without_markers

_ANSWER = ("answer", "text", "response", "result", "output", "output_text")
_PASSAGES = ("passages", "contexts", "documents", "source_documents", "retrieved_contexts", "context")
_ARTICLE = ("article", "uri", "url", "source")
_TEXT = ("text", "paragraph_text", "content", "page_content")
# Where the metadata of a document say what its article is called, surest first.
_METADATA = ("uri", "source", "url", "file_path", "id", "article", "title")
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def to_response(value: object, corpus: Corpus | None = None, heard: Sequence[object] = ()) -> Response:
    """The response that a value stands for. Quotes are looked up in ``corpus``; ``heard`` are the passages of an answer
    that comes without. Raises EvalError for any other value."""
    match value:
        case Response():
            return value
        case Answer():
            return from_answer(value, corpus)
        case Mapping():
            return _from_dict(value, corpus, heard)
        case [answer, list() | tuple() as passages] if answer is None or _text_of(answer) is not None:
            return _from_dict({"answer": answer, "passages": passages}, corpus)
        case list():
            return _from_dict({"passages": value}, corpus)
        case _ if value is None or _text_of(value) is not None:
            return _from_dict({"answer": value}, corpus, heard)
    raise EvalError(
        f"gave back {_kind(value)}; give a text, None, a list of passages, (text, passages), a dict with 'answer', "
        "a rag.Answer or an eval.schema.Response"
    )


def _from_dict(given: Mapping[Any, Any], corpus: Corpus | None, heard: Sequence[object] = ()) -> Response:
    answer, listed = _first(given, _ANSWER), _first(given, _PASSAGES)
    if answer is None and (conversation := _list(given.get("messages"), "messages")):  # what an agent gives
        answer = "messages", conversation[-1]
    if answer is None and listed is None and "outcome" not in given:
        fields = ", ".join(sorted(map(str, given))) or "no fields"
        raise EvalError(f"gave back a dict with {fields}; it needs 'answer', or 'passages' when it only retrieves")
    text = _answer_text(*answer) if answer else ""
    passages = (_passages(*listed) if listed else ()) or _passages("documents", heard)
    outcome = _outcome(given.get("outcome"), text if answer else None)
    citations = tuple(_citation(item, corpus) for item in _list(given.get("citations"), "citations"))
    statements: tuple[Statement, ...] = ()
    if outcome == "answered":
        statements, citations = _cite(_sentences(given, text), citations, passages)
    read, written = _tokens(given, answer[1] if answer else None)
    return Response(
        outcome,
        without_markers(text),
        short=_text(given.get("short"), "short"),
        statements=statements,
        citations=citations,
        passages=passages,
        confidence=_number(given.get("confidence"), "confidence"),
        why=_text(given.get("why"), "why"),
        tokens_in=read,
        tokens_out=written,
        cost=_number(given.get("cost"), "cost"),
    )


def _outcome(given: object, text: str | None) -> Outcome:
    for known in _OUTCOMES:
        if given == known:
            return known
    if given is not None:
        raise EvalError(f"gave back the outcome {given!r}; it is one of {', '.join(_OUTCOMES)}")
    if text is None:
        return "retrieved"
    return "not_in_sources" if is_refusal(text) else "answered"


# -- what is cited


def _sentences(given: Mapping[Any, Any], text: str) -> list[tuple[str, tuple[int, ...]]]:
    """The statements of an answer with the numbers, from 1, of what they cite."""
    claims = _list(given.get("claims"), "claims")
    if not claims:
        return statements_of(text)
    try:
        return [(without_markers(claim["text"]), tuple(map(int, claim["markers"]))) for claim in claims]
    except (KeyError, TypeError, ValueError):
        raise EvalError("gave back 'claims' that are not [{text, markers}]") from None


def _cite(
    sentences: Sequence[tuple[str, tuple[int, ...]]], citations: tuple[Cited, ...], passages: tuple[Found, ...]
) -> tuple[tuple[Statement, ...], tuple[Cited, ...]]:
    """Statements and citations of an answer. Without citations the numbers are places of passages; those that point at
    nothing are dropped."""
    there = len(citations or passages)
    known = [(text, [number - 1 for number in numbers if 1 <= number <= there]) for text, numbers in sentences]
    if citations and not any(places for _, places in known):
        whole = " ".join(text for text, _ in known)
        return (Statement(whole, tuple(range(len(citations)))),), citations
    if not citations:
        used = list(dict.fromkeys(place for _, places in known for place in places))
        citations = tuple(Cited(passages[place].article, passages[place].text) for place in used)
        known = [(text, [used.index(place) for place in places]) for text, places in known]
    return tuple(Statement(text, tuple(places)) for text, places in known), citations


def _citation(value: object, corpus: Corpus | None) -> Cited:
    found = _passage(value, "citations")
    if not isinstance(value, Mapping):
        return Cited(found.article, found.text)
    quote = _text(value.get("quote"), "quote")
    text = corpus.text(found.article) if corpus and quote and found.article else None
    if text is None:
        return Cited(found.article, found.text, quote)
    start, end = value.get("start"), value.get("end")
    at_place = isinstance(start, int) and isinstance(end, int)
    return Cited(found.article, found.text, quote, verbatim=text[start:end] == quote if at_place else quote in text)


# -- passages


def _passages(name: str, value: object) -> tuple[Found, ...]:
    if name == "context" and isinstance(value, str):  # what the prompt was filled with: no ranking
        return ()
    return tuple(_passage(item, name) for item in _list(value, name))


def _passage(value: object, where: str) -> Found:
    match value:
        case Found():
            return value
        case Passage():
            return Found(value.uri, value.text, value.score)
        case str():
            return Found("", value)
        case Mapping():
            return _passage_of(value, where)
        case (document, float() | int() as score) if (found := _of_document(document)) is not None:
            return _passage_of({**found, "score": score}, where)
        case _ if (found := _of_document(value)) is not None:
            return _passage_of(found, where)
    raise EvalError(f"gave back {_kind(value)} among {where!r}; give a text or {{article, text}}")


def _of_document(value: object) -> dict[str, object] | None:
    """The parts of a LangChain Document, which is known by its looks."""
    text, metadata = getattr(value, "page_content", None), getattr(value, "metadata", None)
    if not isinstance(text, str) or not isinstance(metadata, Mapping):
        return None
    return {"text": text, "metadata": metadata, "score": metadata.get("score")}


def _passage_of(parts: Mapping[Any, Any], where: str) -> Found:
    text, article, metadata = _first(parts, _TEXT), _first(parts, _ARTICLE), parts.get("metadata")
    if text is None or not isinstance(text[1], str):
        raise EvalError(f"gave back an item of {where!r} without 'text'; give a text or {{article, text}}")
    if article and article[1] is not None:
        name = str(article[1])
    else:
        name = article_of(metadata) if isinstance(metadata, Mapping) else ""
    return Found(name, text[1], _number(parts.get("score"), "score"))


def article_of(metadata: Mapping[str, object]) -> str:
    """What the metadata of a document call its article, "" when they do not say."""
    return next((str(metadata[key]) for key in _METADATA if metadata.get(key) not in (None, "")), "")


# -- plain values


def _first(given: Mapping[Any, Any], names: Iterable[str]) -> tuple[str, Any] | None:
    """The first of the names that is there, with its value; one with a value goes before one with null."""
    there = [(name, given[name]) for name in names if name in given]
    return next((pair for pair in there if pair[1] is not None), there[0] if there else None)


def _answer_text(name: str, value: object) -> str:
    text = "" if value is None else _text_of(value)
    if text is None:
        raise EvalError(f"gave back {_kind(value)} as {name!r}; give a text")
    return text


def _text_of(value: object) -> str | None:
    """A text, or that of a chat message, whose content may be a list of blocks."""
    if isinstance(value, str):
        return value
    content = getattr(value, "content", None)
    if isinstance(content, list):
        return "".join(
            block if isinstance(block, str) else str(block.get("text", "")) if isinstance(block, Mapping) else ""
            for block in content
        )
    return content if isinstance(content, str) else None


def _tokens(given: Mapping[Any, Any], answer: object) -> tuple[int | None, int | None]:
    """Tokens read and written: told beside the answer, or by the chat message that is the answer."""
    told = given.get("tokens")
    usage = getattr(answer, "usage_metadata", None)
    read, written = given.get("tokens_in"), given.get("tokens_out")
    if read is written is None and isinstance(told, Mapping):
        read, written = told.get("input"), told.get("output")
    if read is written is None and isinstance(usage, Mapping):
        read, written = usage.get("input_tokens"), usage.get("output_tokens")
    return _count(read, "tokens_in"), _count(written, "tokens_out")


def _list(value: object, name: str) -> Sequence[Any]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise EvalError(f"gave back {_kind(value)} as {name!r}; give a list")
    return value


def _text(value: object, name: str) -> str:
    if value is not None and not isinstance(value, str):
        raise EvalError(f"gave back {_kind(value)} as {name!r}; give a text")
    return value or ""


def _number(value: object, name: str) -> float | None:
    if value is None:
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise EvalError(f"gave back {_kind(value)} as {name!r}; give a number") from None
    if not math.isfinite(number):
        raise EvalError(f"gave back {number} as {name!r}; give a number")
    return number


def _count(value: object, name: str) -> int | None:
    number = _number(value, name)
    return None if number is None else int(number)


def _kind(value: object) -> str:
    return "nothing" if value is None else f"an object of the type {type(value).__name__!r}"
