"""The folder of a run: what was asked of what, and what was said. Figures are computed from it whenever they are shown.

    run.json          what was measured, how, when and where (``RunInfo``)
    cases.jsonl       the cases that were asked, as a file of cases
    paragraphs.jsonl  what the paragraph numbers of these cases stood for, {case, evidence, text} a line; only if any
    responses.jsonl   {case, latency_ms, response} a line, in the order in which they came

A response is written as it comes. A crash costs those that had not come, and of the last one perhaps half a line, which
is cut off when the run goes on.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Self, get_args

from .cases import Case, dump_cases, load_cases
from .errors import EvalError
from .schema import Description, Outcome, Record, Response

logger = logging.getLogger(__name__)

FORMAT = 1
DEFAULT_ROOT = Path(".nutgraf-eval")


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What is known of a run besides its cases and responses.

    ``name`` is that of the run, ``system`` that of what was measured. ``cases_sha256`` is the sum of the file of cases.
    ``drafts`` were left out, ``sample`` of the others drawn with ``seed`` (None: all). Rankings are cut at ``depth``.
    ``timeout`` is in seconds, ``started`` an ISO time (UTC), ``seconds`` the time that the run took, without parts that
    were killed. ``versions``, ``cpus`` and ``machine`` are those of the eval's own process. ``prices`` are those of a
    million tokens read and written; ``judge`` names the chat model that says what citations support, "" is code.
    """

    name: str
    system: str
    description: Description
    cases_sha256: str = ""
    drafts: int = 0
    depth: int = 10
    sample: int | None = None
    seed: int = 0
    jobs: int = 1
    timeout: float | None = None
    started: str = ""
    seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict)
    cpus: int = 1
    machine: str = ""
    prices: tuple[float, float] | None = None
    judge: str = ""
    complete: bool = False

    @property
    def corpus_sha256(self) -> str:
        """The sum of what the articles say; "" when the system does not show them."""
        return self.description.corpus_sha256

    def to_dict(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self), "corpus_sha256": self.corpus_sha256}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The info of a ``to_dict`` that went through JSON. Raises KeyError, TypeError and ValueError for others."""
        if plain["format"] != FORMAT:
            raise ValueError(f"its format is {plain['format']!r}, this program reads {FORMAT}")
        values = {one.name: plain[one.name] for one in fields(cls)}
        values["description"] = Description(**values["description"])
        values["prices"] = None if values["prices"] is None else tuple(map(float, values["prices"]))
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as far as it went. ``cases`` have the quotes that their paragraph numbers stood for; ``records`` are in the
    order of the cases, and fewer while the run is not complete. ``folder`` is None for one that is not kept."""

    info: RunInfo
    cases: tuple[Case, ...]
    records: tuple[Record, ...]
    folder: Path | None = None


class RunFolder:
    """A run that is being written, by one process at a time. Raises EvalError when it cannot be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = (path / "responses.jsonl").open("ab")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise EvalError(f"{path}: another process is at this run; wait for its end") from None
        except OSError as error:
            raise _unwritable(path, error) from None

    @classmethod
    def create(cls, path: Path, info: RunInfo, asked: Sequence[Case], resolved: Sequence[Case]) -> Self:
        """Begin a run. ``resolved`` are the ``asked`` cases with the quotes that paragraph numbers stand for."""
        said = path / "responses.jsonl"
        if (path / "run.json").exists() or (said.exists() and said.stat().st_size):
            raise EvalError(f"{path}: holds a run already; go on with it (--resume), or choose another folder (--out)")
        try:
            path.mkdir(parents=True, exist_ok=True)
            (path / "cases.jsonl").write_bytes(dump_cases(asked).encode(errors="replace"))
            (path / "paragraphs.jsonl").unlink(missing_ok=True)
            lines = [
                {"case": case.id, "evidence": number, "text": after.quote}
                for case, full in zip(asked, resolved, strict=True)
                for number, (before, after) in enumerate(zip(case.evidence, full.evidence, strict=True))
                if before.quote != after.quote
            ]
            if lines:
                (path / "paragraphs.jsonl").write_bytes(b"".join(map(_line, lines)))
        except OSError as error:
            raise _unwritable(path, error) from None
        folder = cls(path)
        folder.write(info)
        return folder

    @classmethod
    def resume(cls, path: Path) -> tuple[Self, Run]:
        """Go on with a run: the folder to write to, and what is there."""
        load_info(path)
        folder = cls(path)
        try:
            written = (path / "responses.jsonl").read_bytes()
            folder._file.truncate(written.rfind(b"\n") + 1)
            return folder, load_run(path)
        except BaseException:
            folder.close()
            raise

    def append(self, record: Record) -> None:
        """Keep a record, safe from a crash of this process when it returns."""
        line = _line({"case": record.case, "latency_ms": record.latency_ms, "response": record.response.to_dict()})
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def write(self, info: RunInfo) -> None:
        """Write run.json anew, whole or not at all."""
        new = self.path / "run.json.new"
        try:
            new.write_text(json.dumps(info.to_dict(), ensure_ascii=False, indent=2, default=str) + "\n", "utf-8")
            new.replace(self.path / "run.json")
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def close(self) -> None:
        self._file.close()


# -- finding and reading


def new_folder(system: str, root: Path = DEFAULT_ROOT) -> Path:
    """A folder for a new run of that system, named by the time (UTC); not made yet."""
    name = re.sub(r"[^\w.-]+", "-", system.rpartition("://")[2], flags=re.ASCII).strip("-.")[:40] or "system"
    path = root / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{name}"
    numbered = (path.with_name(f"{path.name}-{number}") for number in count(2))
    return path if not path.exists() else next(other for other in numbered if not other.exists())


def list_runs(root: Path = DEFAULT_ROOT) -> list[tuple[Path, RunInfo]]:
    """The runs that are kept there, oldest first. A folder that holds a broken run is logged and left out."""
    found = []
    for path in sorted(file.parent for file in root.glob("*/run.json")):
        try:
            found.append((path, load_info(path)))
        except EvalError as error:
            logger.warning("%s", error)
    return sorted(found, key=lambda pair: pair[1].started)


def find_run(named: str | Path, root: Path = DEFAULT_ROOT) -> Path:
    """The folder of a run: given by its path, its name, or the only one whose name begins so. Raises EvalError."""
    for path in (Path(named), root / named):
        if (path / "run.json").exists():
            return path
    begin = [file.parent for file in root.glob("*/run.json") if file.parent.name.startswith(str(named))]
    if len(begin) == 1:
        return begin[0]
    told = f"{len(begin)} runs in {root} begin so" if begin else f"there is no such run here or in {root}"
    raise EvalError(f"{named}: {told}; list them with: nutgraf eval runs")


def load_info(path: str | Path) -> RunInfo:
    """What is known of the run in a folder. Raises EvalError."""
    file = Path(path) / "run.json"
    try:
        return RunInfo.from_dict(json.loads(file.read_bytes()))
    except FileNotFoundError:
        raise EvalError(f"{path}: there is no run here; list those there are with: nutgraf eval runs") from None
    except OSError as error:
        raise EvalError(f"{file}: cannot be read ({error.strerror}); mend its rights") from None
    except json.JSONDecodeError as error:
        raise EvalError(f"{file}:{error.lineno}: is not JSON ({error.msg}); restore the file") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EvalError(f"{file}: is not of a run ({error}); restore the file") from None


def load_run(path: str | Path) -> Run:
    """The run in a folder as far as it went; half a last line is passed over. Raises EvalError that names the line."""
    path = Path(path)
    info = load_info(path)
    cases = _with_paragraphs(load_cases(path / "cases.jsonl"), path / "paragraphs.jsonl")
    order = {case.id: number for number, case in enumerate(cases)}
    records: dict[str, Record] = {}
    for where, plain in _objects(path / "responses.jsonl"):
        try:
            record = Record(plain["case"], Response.from_dict(plain["response"]), float(plain["latency_ms"]))
            check_response(record.response)
            if record.case not in order or record.case in records:
                raise ValueError(f"the case {record.case!r} is none of the run, or stands there twice")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise EvalError(f"{where}: is no response of this run ({error}); restore the file") from None
        records[record.case] = record
    return Run(info, tuple(cases), tuple(sorted(records.values(), key=lambda record: order[record.case])), path)


def check_response(response: Response) -> None:
    """Raise TypeError or ValueError for what a response may not be, wherever it comes from."""
    if not isinstance(response.text, str):
        raise TypeError(f"the text of the answer is {type(response.text).__name__!r}")
    if response.outcome not in get_args(Outcome):
        raise ValueError(f"the outcome is {response.outcome!r}; it is one of {', '.join(get_args(Outcome))}")
    if response.confidence is not None and not 0 <= response.confidence <= 1:
        raise ValueError(f"the confidence is {response.confidence:g}; it is from 0 to 1")
    if any(not 0 <= place < len(response.citations) for said in response.statements for place in said.citations):
        raise ValueError("a statement cites what is not among the citations; they are counted from 0")


def _with_paragraphs(cases: Sequence[Case], path: Path) -> list[Case]:
    """The cases with the quotes that were kept for them."""
    quotes: dict[tuple[str, int], str] = {}
    for where, plain in _objects(path) if path.exists() else ():
        try:
            quotes[plain["case"], plain["evidence"]] = str(plain["text"])
        except (KeyError, TypeError) as error:
            raise EvalError(f"{where}: is no paragraph of this run ({error}); restore the file") from None
    return [
        replace(
            case,
            evidence=tuple(
                replace(item, quote=quotes.get((case.id, number), item.quote))
                for number, item in enumerate(case.evidence)
            ),
        )
        for case in cases
    ]


def _objects(path: Path) -> list[tuple[str, Any]]:
    """("file:line", value) of the whole lines of a file."""
    try:
        *lines, _ = path.read_bytes().split(b"\n")
    except OSError as error:
        raise EvalError(f"{path}: cannot be read ({error.strerror}); restore the file") from None
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append((f"{path}:{number}", json.loads(line)))
        except ValueError as error:
            raise EvalError(f"{path}:{number}: is not JSON ({error}); restore the file") from None
    return found


def _line(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode(errors="replace") + b"\n"


def _unwritable(path: Path, error: OSError) -> EvalError:
    return EvalError(f"{path}: cannot be written ({os.strerror(error.errno or 0)}); free space or choose another --out")
