"""Other people's questions in, our results out; FORMATS.md says what each format holds.

imported = read("squad", "dev-v1.1.json")
write_imported(imported, "squad")  # then: nutgraf index squad/articles.jsonl
"""

from __future__ import annotations

from pathlib import Path

from ..errors import CasesError
from .beir import read_beir
from .detecting import FORMATS, Format, detect
from .exports import export_csv, export_ragas, export_trec
from .imported import Article, Imported
from .multihop import read_multihop
from .realtimeqa import read_realtimeqa
from .squad import read_squad
from .tables import DEEPEVAL, RAGAS, read_table
from .writing import write_imported

__all__ = [
    "FORMATS", "Article", "Format", "Imported",
    "detect", "export_csv", "export_ragas", "export_trec", "read", "write_imported",
]  # fmt: skip


def read(
    format_name: str, path: str | Path, *, split: str | None = None, articles: str | Path | None = None
) -> Imported:
    """Import cases and articles of a format (one of ``FORMATS``).

    ``split`` is that of BEIR's judgements. ``articles`` is the file of articles for multihop and realtimeqa, when it is
    not where they keep it. Raises CasesError, which names file and line, and says what to do.
    """
    path, corpus = Path(path), Path(articles) if articles else None
    if not path.exists():
        raise CasesError(f"{path}: there is no such file or folder; check the path")
    if split and format_name != "beir":
        raise CasesError(f"a split ({split!r}) is for beir only, not {format_name}; leave it out")
    if corpus and format_name not in ("multihop", "realtimeqa"):
        raise CasesError(
            f"a file of articles ({corpus}) is for multihop and realtimeqa, not {format_name}; leave it out"
        )
    match format_name:
        case "squad":
            return read_squad(path)
        case "beir":
            return read_beir(path, split)
        case "multihop":
            return read_multihop(path, corpus)
        case "realtimeqa":
            return read_realtimeqa(path, corpus)
        case "ragas":
            return read_table(path, RAGAS)
        case "deepeval":
            return read_table(path, DEEPEVAL)
        case _:
            raise CasesError(f"there is no format {format_name!r}; known are {', '.join(FORMATS)}")
