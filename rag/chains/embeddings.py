"""The encoder as LangChain embeddings."""

from __future__ import annotations

from langchain_core.embeddings import Embeddings

from index.encoder import Encoder
from index.model import DEFAULT_MODEL


class NutgrafEmbeddings(Embeddings):
    """The embedding model of Nutgraf as LangChain ``Embeddings``: unit vectors, without torch unless ``model`` names
    another one (a folder or id of a sentence-transformers model).

        NutgrafEmbeddings().embed_query("Who met in Seoul?")

    ``encoder``: one that is loaded already, such as that of an open index. Texts longer than the model takes are cut.
    """

    def __init__(self, model: str = DEFAULT_MODEL, *, encoder: Encoder | None = None) -> None:
        self.encoder = encoder or Encoder(model)

    @property
    def model(self) -> str:
        """The name of the model."""
        return self.encoder.name

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text. Raises ModelError."""
        found: list[list[float]] = self.encoder.encode(texts, "document").tolist()
        return found

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question. Raises ModelError."""
        found: list[float] = self.encoder.encode([text], "query")[0].tolist()
        return found
