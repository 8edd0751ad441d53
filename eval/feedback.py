"""What people think of answers: kept beside the index, and turned into cases.

    record(store, feedback_on(answer, "up"))
    for feedback in read_feedback(store):
        add_to("questions.jsonl", case_of(feedback))

``feedback.jsonl`` in the store's folder holds one JSON object a line and is only ever appended to: what a person thinks
later about the same answer is a new line with the same id, and the last line of an id holds.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from index.article import clean_text

from .cases import Case, Evidence, dump_cases, load_cases
from .drafting import article_end, kind_of
from .errors import CasesError, EvalError

if TYPE_CHECKING:
    from rag.schema import Answer, Outcome

logger = logging.getLogger(__name__)

FILE_NAME = "feedback.jsonl"
MAX_CHARS = 4_000  # of each text in a line
MAX_ITEMS = 20  # of each list in a line

Verdict = Literal["up", "down", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Quoted:
    """A citation of the answer: words of a paragraph (numbered from 0) of the article ``uri``."""

    uri: str
    paragraph: int
    quote: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """A thumb up or down with what it was given for, as it was shown.

    ``time`` is in UTC. ``history`` holds the earlier (question, answer) pairs. ``limits`` says to which articles the
    question was limited ("from 2021-09-01"), "" when to none.
    """

    id: str
    time: datetime
    verdict: Verdict
    question: str
    answer: str
    outcome: Outcome
    confidence: float
    history: tuple[tuple[str, str], ...] = ()
    comment: str = ""
    limits: str = ""
    claims: tuple[str, ...] = ()
    citations: tuple[Quoted, ...] = ()


def new_id() -> str:
    """An id for an answer that is shown: twelve hex digits."""
    return secrets.token_hex(6)


def feedback_on(
    answer: Answer,
    verdict: Verdict,
    *,
    id: str = "",
    history: Sequence[tuple[str, str]] = (),
    comment: str = "",
    limits: str = "",
) -> Feedback:
    """What a person thinks of ``answer`` now. An ``id`` given before replaces what was thought then."""
    return Feedback(
        id=id or new_id(),
        time=datetime.now(UTC).replace(microsecond=0),
        verdict=verdict,
        question=_bounded(answer.question),
        answer=_bounded(answer.text),
        outcome=answer.outcome,
        confidence=round(answer.confidence, 4),
        history=tuple((_bounded(asked), _bounded(said)) for asked, said in history[-MAX_ITEMS:]),
        comment=_bounded(comment),
        limits=_bounded(limits),
        claims=tuple(_bounded(claim.text) for claim in answer.claims[:MAX_ITEMS]),
        citations=tuple(Quoted(c.uri, c.paragraph, _bounded(c.quote)) for c in answer.citations[:MAX_ITEMS]),
    )


def record(store: str | Path, feedback: Feedback) -> None:
    """Append to the feedback of the store in a folder; on disk when this returns. Raises EvalError."""
    from index.store import sync_folder

    path = Path(store) / FILE_NAME
    plain = {**asdict(feedback), "time": feedback.time.isoformat()}
    line = json.dumps(plain, ensure_ascii=False).encode() + b"\n"
    try:
        with path.open("a+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a crash cut the last line short
                    line = b"\n" + line
            rest = memoryview(line)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        if not size:
            sync_folder(path.parent)
    except OSError as error:
        raise EvalError(f"{path}: cannot be written ({error.strerror}); free space or mend rights") from error


def read_feedback(store: str | Path) -> list[Feedback]:
    """The feedback of the store in a folder, oldest first: the last of each id, but what was withdrawn.

    A line that cannot be read is passed over with a warning in the log. Raises EvalError.
    """
    path = Path(store) / FILE_NAME
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)  # so that no line is half written
            lines = file.read().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise EvalError(f"{path}: cannot be read ({error.strerror}); mend its rights") from error
    found: dict[str, Feedback] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            feedback = _feedback(json.loads(line))
        except (ValueError, TypeError, KeyError, RecursionError):
            logger.warning("%s:%d: is not a whole line of feedback; it is passed over", path, number)
            continue
        found.pop(feedback.id, None)
        found[feedback.id] = feedback
    return [feedback for feedback in found.values() if feedback.verdict != "withdrawn"]


def case_of(
    feedback: Feedback,
    *,
    answers: Sequence[str] | None = None,
    evidence: Sequence[Evidence] | None = None,
    answerable: bool | None = None,
    id: str | None = None,
) -> Case:
    """The question as a case; what is given goes before what the answer holds. Raises CasesError when more is needed.

    A thumb up takes over the answer: the quoted sentences (any one of them makes an answer right, so shorter
    ``answers`` are better) and the cited paragraphs, or that the articles hold no answer. After a thumb down it is not
    known what is right, so ``answers``, or False for ``answerable``, must be given.
    """
    approved = feedback.verdict == "up"
    if answerable is None:
        answerable = bool(answers or evidence) or not (approved and feedback.outcome == "not_in_sources")
        if not answerable and feedback.limits:
            raise _lacking(feedback, f"it was asked of articles {feedback.limits} only")
    taken_over = feedback.citations if approved and answerable else ()
    if answers is None:
        answers = list(dict.fromkeys(citation.quote for citation in taken_over))
    if evidence is None:
        quotes: dict[tuple[str, int], str] = {}
        for citation in taken_over:
            quotes.setdefault((citation.uri, citation.paragraph), citation.quote)
        evidence = [Evidence(article_end(uri), quote) for (uri, _), quote in quotes.items()]
    if answerable and not (answers or evidence):
        raise _lacking(feedback, "nothing of the answer can be taken over" if approved else "it got a thumb down")
    return Case(
        id=id or f"feedback-{feedback.id}",
        question=feedback.question,
        type=kind_of(feedback.question),
        answerable=answerable,
        answers=tuple(answers),
        evidence=tuple(evidence),
        tags=("feedback",),
        history=feedback.history,
        as_of=feedback.time.date(),
    )


def add_to(path: str | Path, case: Case) -> None:
    """Append a case to a file of cases, which is made if need be. The file changes in one step, or not at all.

    Raises CasesError when a line of the file cannot be used, the id is taken or the case cannot be read back.
    """
    from index.store import sync_folder

    path = Path(path)
    target = path.resolve()
    try:
        with (
            _locked(target.parent),
            tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder,
        ):
            whole = Path(folder) / target.name
            before = target.read_bytes() if target.exists() else b""
            gap = b"" if before.endswith(b"\n") or not before else b"\n"
            with whole.open("wb") as file:
                file.write(before + gap + dump_cases([case]).encode("utf-8", "replace"))
                file.flush()
                os.fsync(file.fileno())
            try:
                load_cases(whole)
            except CasesError as error:
                raise CasesError(str(error).replace(str(whole), str(path))) from None
            with suppress(FileNotFoundError):
                shutil.copymode(target, whole)
            whole.replace(target)
            sync_folder(target.parent)
    except OSError as error:
        raise CasesError(f"{path}: cannot be written ({error.strerror}); free space or mend rights") from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone among those who change files of a folder in one step: a lock on a file would go with the old file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _bounded(text: str) -> str:
    """Without characters that show nothing or cannot be stored, and not too long; a cut quote is still a quote."""
    return clean_text(text)[:MAX_CHARS].strip()


def _feedback(plain: dict[str, Any]) -> Feedback:
    if plain["verdict"] not in get_args(Verdict):
        raise ValueError(plain["verdict"])
    values = dict(plain)
    values["time"] = datetime.fromisoformat(plain["time"])
    values["history"] = tuple((asked, said) for asked, said in plain["history"])
    values["claims"] = tuple(plain["claims"])
    values["citations"] = tuple(Quoted(**citation) for citation in plain["citations"])
    return Feedback(**values)


def _lacking(feedback: Feedback, why: str) -> CasesError:
    comment = f" (the comment on it: {' '.join(feedback.comment.split())!r})" if feedback.comment else ""
    return CasesError(
        f"feedback {feedback.id}: {why}{comment}; give the right answer with --answer TEXT, "
        "or --unanswerable when the articles hold none"
    )
