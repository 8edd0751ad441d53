"""What can be measured, each behind the same ``eval.schema.System``.

    open_system("nutgraf", store="store", settings={"rag.k": "12"})  Nutgraf with any settings
    open_system("mymodule:ask")             a function question -> answer, a LangChain retriever or chain
    open_system("http://localhost:8000/ask")  an endpoint that takes and gives JSON
    as_system(retriever)                      the same for an object

Close what ``open_system`` gives when it is done with: ``with closing(open_system(...)) as system``.
"""

from __future__ import annotations

from .corpus import ArticleCorpus, FileCorpus, IndexCorpus, read_corpus
from .opening import as_system, open_system
from .replies import to_response
from .wording import is_refusal

__all__ = [
    "ArticleCorpus",
    "FileCorpus",
    "IndexCorpus",
    "as_system",
    "is_refusal",
    "open_system",
    "read_corpus",
    "to_response",
]
