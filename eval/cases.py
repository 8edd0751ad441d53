"""Questions with known answers: what a case is, and reading a file of them.

A file holds one JSON object a line (empty lines are skipped), in UTF-8:

    {"id": "s033", "question": "Who is Sung Kim's deputy?", "type": "who", "answers": ["Jung Pak"],
     "article": "envoys-in-seoul.txt", "quote": "landed in Seoul early on Monday"}

========== ========== =================================================================================================
id         required   unique within the file
question   required
answers    *          texts any one of which makes an answer right
must       *          instead of answers: groups of such texts; an answer needs one of each group
answerable optional   false when the articles do not hold the answer, and a refusal is right; true unless told
article    *          the article that holds the answer: its uri, url or id, or the end of it from a "/" on
paragraph  optional   with article: the number of the paragraph, as ``nutgraf show`` numbers them
quote      optional   with article, instead of paragraph: words of the paragraph
evidence   *          instead of article: a list of {article, paragraph or quote, grade}; grade is a whole number from 1
needed     optional   how much of the evidence an answer needs: "any" one item, one of "each" article, or "all" items;
                      unless told "any" with answers, "each" with must, "all" with neither
type       optional   a word of your own (who, when, false_premise ...), "other" unless told; figures are given by type
tags       optional   a list of words of your own; figures are given by tag
history    optional   earlier [question, answer] pairs of the conversation, oldest first
as_of      optional   YYYY-MM-DD, the day on which the question is asked
draft      optional   true for a case that nobody has confirmed yet; drafts are not asked
near       optional   {article, quote}: for a case without an answer, words from which a careless reader would take one
========== ========== =================================================================================================

(*) A case that is answerable has answers or must, or at least evidence (then only retrieval is measured). One that is
not has none of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from .errors import CasesError

GOLD_FILE = Path(__file__).parent / "gold" / "seeds.jsonl"

Needed = Literal["any", "each", "all"]

_FIELDS = frozenset(
    (
        "id", "question", "type", "answerable", "answers", "must", "article", "paragraph", "quote", "evidence",
        "needed", "tags", "history", "as_of", "draft", "near",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an answer stands: ``article`` is the end of its article's uri, ``quote`` some words of the paragraph.

    Without a quote and a ``paragraph`` number the whole article is meant. ``grade`` (from 1) is its relevance.
    """

    article: str
    quote: str = ""
    paragraph: int | None = None
    grade: int = 1

    def is_of(self, uri: str) -> bool:
        """True when ``uri`` names this article."""
        return uri == self.article or uri.endswith("/" + self.article)

    def stands_in(self, uri: str, text: str) -> bool:
        """True when ``text`` is of this article and contains the quote; white space does not matter."""
        return self.is_of(uri) and _squeeze(self.quote) in _squeeze(text)


@dataclass(frozen=True, slots=True)
class Case:
    """One question with what is known about its answer; the fields are those of the file. Raises CasesError."""

    id: str
    question: str
    type: str = "other"
    answerable: bool = True
    answers: tuple[str, ...] = ()
    must: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    needed: Needed | None = None
    tags: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    as_of: date | None = None
    draft: bool = False
    near: Evidence | None = None

    def __post_init__(self) -> None:
        if not self.answerable:
            if self.answers or self.must or self.evidence:
                raise CasesError("is not answerable, so leave out 'answers', 'must' and the evidence")
        elif self.near:
            raise CasesError("has 'near' though it is answerable; leave it out, or set 'answerable' to false")
        elif self.answers and self.must:
            raise CasesError("has 'answers' and 'must'; give one of them")
        elif not (self.answers or self.must or self.evidence):
            raise CasesError("has no 'answers', 'must' or 'evidence'; give one, or set 'answerable' to false")

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """A right answer holds a text of each group; empty when a refusal is right, or only retrieval is measured."""
        return self.must or ((self.answers,) if self.answers else ())

    @property
    def needs(self) -> tuple[tuple[Evidence, ...], ...]:
        """What has to be found and cited: one item of each group. ``needed`` says how the evidence is grouped."""
        if not self.evidence:
            return ()
        match self.needed or ("any" if self.answers else "each" if self.must else "all"):
            case "any":
                return (self.evidence,)
            case "all":
                return tuple((item,) for item in self.evidence)
            case _:
                articles = dict.fromkeys(item.article for item in self.evidence)
                return tuple(tuple(e for e in self.evidence if e.article == article) for article in articles)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of this case; what is as it would be unless told is left out."""
        evidence = [
            {name: value for name in ("article", "paragraph", "quote", "grade") if (value := getattr(item, name))}
            for item in self.evidence
        ]
        for plain, item in zip(evidence, self.evidence, strict=True):
            if item.grade == 1:
                del plain["grade"]
            if item.paragraph is not None:
                plain["paragraph"] = item.paragraph
        fields: dict[str, Any] = {
            "id": self.id,
            "question": self.question,
            "type": self.type,
            "answers": list(self.answers),
            "must": [list(group) for group in self.must],
            "evidence": evidence,
            "needed": self.needed,
            "tags": list(self.tags),
            "history": [list(turn) for turn in self.history],
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "draft": self.draft,
            "near": self.near and {"article": self.near.article, "quote": self.near.quote},
        }
        told = {name: value for name, value in fields.items() if value}
        return told if self.answerable else {**told, "answerable": False}


def load_cases(path: str | Path) -> list[Case]:
    """The cases of a file in its order, drafts too. Raises CasesError, which names the line."""
    path = Path(path)
    cases: list[Case] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(_read(path).split(b"\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            case = _case(json.loads(line.decode("utf-8-sig")))
        except json.JSONDecodeError as error:
            raise CasesError(f"{where}: is not JSON ({error.msg} at column {error.colno}); correct the line") from None
        except UnicodeDecodeError:
            raise CasesError(f"{where}: is not UTF-8; save the file as UTF-8") from None
        except (CasesError, RecursionError) as error:
            raise CasesError(f"{where}: {error}") from None
        if case.id in lines:
            raise CasesError(f"{where}: the id {case.id!r} is that of line {lines[case.id]} too; give it another")
        lines[case.id] = number
        cases.append(case)
    if not cases:
        raise CasesError(f"{path}: holds no questions; write one JSON object a line")
    return cases


def dump_cases(cases: Iterable[Case]) -> str:
    """The text of a file with these cases."""
    return "".join(json.dumps(case.to_dict(), ensure_ascii=False) + "\n" for case in cases)


def default_cases() -> list[Case]:
    """The questions on the articles that come with the program."""
    return load_cases(GOLD_FILE)


def seeds_folder() -> Path:
    """The articles that come with the program; ``seeds`` stands beside ``eval`` in the repository and installed."""
    return Path(__file__).parent.parent / "seeds"


def file_sha256(path: str | Path) -> str:
    """SHA-256 (hex) of a file of cases. Raises CasesError."""
    return hashlib.sha256(_read(Path(path))).hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CasesError(f"{path}: cannot be read ({error.strerror}); give a file of questions") from None


def _squeeze(text: str) -> str:
    return " ".join(text.split())


# -- one line of a file; each function raises CasesError without the place


def _case(record: object) -> Case:
    if not isinstance(record, dict):
        raise CasesError("is not a JSON object; write {...} with id, question, answers, article")
    if unknown := record.keys() - _FIELDS:
        raise CasesError(f"has an unknown field {min(unknown)!r}; known are {', '.join(sorted(_FIELDS))}")
    return Case(
        id=_text(record.get("id"), "id"),
        question=_text(record.get("question"), "question"),
        type=_text(record.get("type", "other"), "type"),
        answerable=_flag(record.get("answerable", True), "answerable"),
        answers=_texts(record.get("answers", []), "answers"),
        must=tuple(_group(group) for group in _list(record.get("must", []), "must")),
        evidence=_all_evidence(record),
        needed=_needed(record.get("needed")),
        tags=_texts(record.get("tags", []), "tags"),
        history=tuple(_turn(turn) for turn in _list(record.get("history", []), "history")),
        as_of=_day(record.get("as_of")),
        draft=_flag(record.get("draft", False), "draft"),
        near=_near(record.get("near")),
    )


def _flag(value: object, field: str) -> bool:
    if not isinstance(value, bool):
        raise CasesError(f"{field!r} must be true or false")
    return value


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CasesError(f"{field!r} must be a text that is not empty")
    return value


def _list(value: object, field: str) -> list[object]:
    if not isinstance(value, list):
        raise CasesError(f"{field!r} must be a list")
    return value


def _texts(value: object, field: str) -> tuple[str, ...]:
    return tuple(_text(item, field) for item in _list(value, field))


def _group(value: object) -> tuple[str, ...]:
    group = _texts(value, "must")
    if not group:
        raise CasesError("a group of 'must' is empty; give at least one text")
    return group


def _needed(value: object) -> Needed | None:
    for known in ("any", "each", "all"):
        if value == known:
            return known
    if value is not None:
        raise CasesError(f"'needed' is {value!r}; write any, each or all")
    return None


def _all_evidence(record: dict[str, object]) -> tuple[Evidence, ...]:
    """The items of ``evidence``, or the one that stands beside the question."""
    beside = {name: record[name] for name in ("article", "paragraph", "quote") if record.get(name) is not None}
    items = _list(record.get("evidence", []), "evidence")
    if beside and items:
        raise CasesError("has 'evidence' and 'article', 'paragraph' or 'quote'; give one of both")
    if beside and "article" not in beside:
        raise CasesError(f"has {min(beside)!r} without 'article'; say in which article it stands")
    return tuple(_evidence(item) for item in ([beside] if beside else items))


def _evidence(value: object) -> Evidence:
    if (
        not isinstance(value, dict)
        or "article" not in value
        or value.keys() - {"article", "paragraph", "quote", "grade"}
    ):
        raise CasesError("each item of 'evidence' must be an object with 'article', and 'paragraph' or 'quote' of it")
    if "paragraph" in value and "quote" in value:
        raise CasesError("has 'paragraph' and 'quote' for the same evidence; give one of them")
    paragraph = _number(value["paragraph"], "paragraph", least=0) if "paragraph" in value else None
    quote = _text(value["quote"], "quote") if "quote" in value else ""
    return Evidence(
        _text(value["article"], "article"), quote, paragraph, _number(value.get("grade", 1), "grade", least=1)
    )


def _near(value: object) -> Evidence | None:
    if value is None:
        return None
    if not isinstance(value, dict) or value.keys() != {"article", "quote"}:
        raise CasesError("'near' must be an object with 'article' and 'quote'")
    return Evidence(_text(value["article"], "near"), _text(value["quote"], "near"))


def _number(value: object, field: str, *, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise CasesError(f"{field!r} must be a whole number, {least} or more")
    return value


def _turn(value: object) -> tuple[str, str]:
    turn = _texts(value, "history")
    if len(turn) != 2:
        raise CasesError("each item of 'history' must be a pair [question, answer]")
    return turn[0], turn[1]


def _day(value: object) -> date | None:
    if value is None:
        return None
    text = _text(value, "as_of")
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        raise CasesError(f"'as_of' is {value!r}; give a date as YYYY-MM-DD") from None
