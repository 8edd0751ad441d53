"""Questions with known answers: what a case is, and reading a file of them.

A file holds one JSON object a line (empty lines are skipped), in UTF-8:

    {"id": "s033", "question": "Who is Sung Kim's deputy?", "type": "who", "answerable": true, "answers": ["Jung Pak"],
     "evidence": [{"article": "envoys-in-seoul.txt", "quote": "landed in Seoul early on Monday"}]}

========== ========== =================================================================================================
id         required   unique within the file
question   required
type       required   a word of your own (who, when, false_premise ...); figures are also given by type
answerable required   false when the articles do not hold the answer, and a refusal is right
answers    or must    texts any one of which makes an answer right
must       or answers groups of such texts: an answer needs one of each group (a question about several articles)
evidence   required*  paragraphs that hold the answer: the end of an article's uri, and words of that paragraph
tags       optional   words of your own
history    optional   earlier [question, answer] pairs of the conversation, oldest first
as_of      optional   YYYY-MM-DD, the day on which the question is asked
========== ========== =================================================================================================

(*) A case that is not answerable has no answers, must or evidence. With ``answers`` one paragraph of the evidence is
enough; with ``must`` one of each article of the evidence is needed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .errors import CasesError

GOLD_FILE = Path(__file__).parent / "gold" / "seeds.jsonl"

_FIELDS = frozenset(
    ("id", "question", "type", "answerable", "answers", "must", "evidence", "tags", "history", "as_of")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """A paragraph that holds an answer: ``article`` is the end of its article's uri, ``quote`` some of its words."""

    article: str
    quote: str

    def stands_in(self, uri: str, text: str) -> bool:
        """True when ``text`` is of this article and contains the quote; white space does not matter."""
        same_article = uri == self.article or uri.endswith("/" + self.article)
        return same_article and _squeeze(self.quote) in _squeeze(text)


@dataclass(frozen=True, slots=True)
class Case:
    """One question with what is known about its answer; the fields are those of the file. Raises CasesError."""

    id: str
    question: str
    type: str
    answerable: bool
    answers: tuple[str, ...] = ()
    must: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    tags: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    as_of: date | None = None

    def __post_init__(self) -> None:
        if self.answerable:
            if bool(self.answers) == bool(self.must):
                raise CasesError("is answerable, so give either 'answers' or 'must'")
            if not self.evidence:
                raise CasesError("is answerable, so give the 'evidence' for its answer")
        elif self.answers or self.must or self.evidence:
            raise CasesError("is not answerable, so leave out 'answers', 'must' and 'evidence'")

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """A right answer holds a text of each group; empty when a refusal is right."""
        return self.must or ((self.answers,) if self.answers else ())

    @property
    def needs(self) -> tuple[tuple[Evidence, ...], ...]:
        """What has to be found and cited: one paragraph of each group; with ``must`` a group an article."""
        if not self.must:
            return (self.evidence,) if self.evidence else ()
        articles = dict.fromkeys(evidence.article for evidence in self.evidence)
        return tuple(tuple(e for e in self.evidence if e.article == article) for article in articles)


def load_cases(path: str | Path) -> list[Case]:
    """The cases of a file in its order. Raises CasesError, which names the line."""
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
        except CasesError as error:
            raise CasesError(f"{where}: {error}") from None
        if case.id in lines:
            raise CasesError(f"{where}: the id {case.id!r} is that of line {lines[case.id]} too; give it another")
        lines[case.id] = number
        cases.append(case)
    if not cases:
        raise CasesError(f"{path}: holds no questions; write one JSON object a line")
    return cases


def default_cases() -> list[Case]:
    """The questions on the articles that come with the program."""
    return load_cases(GOLD_FILE)


def seeds_folder() -> Path:
    """The articles that come with the program; ``seeds`` stands beside ``eval`` in the repository and installed."""
    return Path(__file__).parent.parent / "seeds"


def file_sha256(path: str | Path) -> str:
    """SHA-256 (hex) of a file of cases. Raises CasesError."""
    return hashlib.sha256(_read(Path(path))).hexdigest()


def folder_sha256(folder: str | Path) -> str:
    """SHA-256 (hex) of the names and contents of all files below a folder, but hidden ones and MANIFEST.json."""
    folder = Path(folder)
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in name.split("/"))
        if path.is_file() and not hidden and path.name != "MANIFEST.json":
            digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


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
        raise CasesError("is not a JSON object; write {...} with id, question, type, answerable")
    if unknown := record.keys() - _FIELDS:
        raise CasesError(f"has an unknown field {min(unknown)!r}; known are {', '.join(sorted(_FIELDS))}")
    answerable = record.get("answerable")
    if not isinstance(answerable, bool):
        raise CasesError("'answerable' must be true or false")
    return Case(
        id=_text(record.get("id"), "id"),
        question=_text(record.get("question"), "question"),
        type=_text(record.get("type"), "type"),
        answerable=answerable,
        answers=_texts(record.get("answers", []), "answers"),
        must=tuple(_group(group) for group in _list(record.get("must", []), "must")),
        evidence=tuple(_evidence(item) for item in _list(record.get("evidence", []), "evidence")),
        tags=_texts(record.get("tags", []), "tags"),
        history=tuple(_turn(turn) for turn in _list(record.get("history", []), "history")),
        as_of=_day(record.get("as_of")),
    )


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


def _evidence(value: object) -> Evidence:
    if not isinstance(value, dict) or value.keys() != {"article", "quote"}:
        raise CasesError("each item of 'evidence' must be an object with exactly 'article' and 'quote'")
    return Evidence(_text(value["article"], "article"), _text(value["quote"], "quote"))


def _turn(value: object) -> tuple[str, str]:
    turn = _texts(value, "history")
    if len(turn) != 2:
        raise CasesError("each item of 'history' must be a pair [question, answer]")
    return turn[0], turn[1]


def _day(value: object) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(_text(value, "as_of"))
    except ValueError:
        raise CasesError(f"'as_of' is {value!r}; give a date as YYYY-MM-DD") from None
