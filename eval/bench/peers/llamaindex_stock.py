"""LlamaIndex's starter example with a local model: a VectorStoreIndex of documents, all else at its defaults.

Run by ``eval.bench.retrieval`` in a virtual environment of its own (``llamaindex_stock.txt``), hence no project
imports:

    python llamaindex_stock.py ARTICLES QUESTIONS STORE RESULT
"""

from pathlib import Path

from harness import DEPTH, embedded_model, main, read


class LlamaIndex:
    packages = (
        "llama-index-core",
        "llama-index-embeddings-huggingface",
        "sentence-transformers",
        "transformers",
        "torch",
    )

    def __init__(self) -> None:
        # What is imported here is part of the time to load; index() and search() find it loaded.
        import llama_index.core  # noqa: F401
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        self.embeddings = HuggingFaceEmbedding(model_name=embedded_model(), device="cpu")

    def index(self, articles: Path, store: Path) -> tuple[int, int]:
        from llama_index.core import Document, VectorStoreIndex

        documents = [
            Document(text=row["text"], metadata={"url": row["url"], "title": row["title"], "date": row["date"]})
            for row in read(articles)
        ]
        index = VectorStoreIndex.from_documents(documents, embed_model=self.embeddings)
        index.storage_context.persist(persist_dir=str(store))
        self.retriever = index.as_retriever(similarity_top_k=DEPTH)
        return len(documents), len(index.docstore.docs)

    def open(self, store: Path) -> None:
        from llama_index.core import StorageContext, load_index_from_storage

        stored = StorageContext.from_defaults(persist_dir=str(store))
        index = load_index_from_storage(stored, embed_model=self.embeddings)
        self.retriever = index.as_retriever(similarity_top_k=DEPTH)

    def search(self, question: str) -> list[dict[str, str]]:
        return [
            {"url": found.node.metadata["url"], "text": found.node.text} for found in self.retriever.retrieve(question)
        ]

    def close(self) -> None:
        """Nothing to close."""


if __name__ == "__main__":
    main(LlamaIndex)
