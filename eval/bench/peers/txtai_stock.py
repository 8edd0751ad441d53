"""txtai as its guides build an index for question answering: chunks in a hybrid index (dense and BM25) with the text.

Run by ``eval.bench.retrieval`` in a virtual environment of its own (``txtai_stock.txt``), hence no project imports:

    python txtai_stock.py ARTICLES QUESTIONS STORE RESULT
"""

from pathlib import Path

from harness import DEPTH, embedded_model, main, read


class Txtai:
    packages = ("txtai", "chonkie", "faiss-cpu", "transformers", "torch")

    def __init__(self) -> None:
        from txtai import Embeddings
        from txtai.pipeline import Segmentation

        self.embeddings = Embeddings(path=embedded_model(), content=True, hybrid=True, gpu=False)
        # The guide on chunking has "late", which cuts by the same rules but loads a second model for vectors of its
        # own, and txtai keeps nothing of it but the text.
        self.split = Segmentation(chunker="recursive")

    def index(self, articles: Path, store: Path) -> tuple[int, int]:
        rows = read(articles)
        # One id for all chunks of an article, as in the same guide: txtai numbers the chunks itself.
        self.embeddings.index((row["url"], chunk) for row in rows for chunk in self.split(row["text"]))
        self.embeddings.save(str(store))
        return len(rows), self.embeddings.count()

    def open(self, store: Path) -> None:
        self.embeddings.load(str(store))

    def search(self, question: str) -> list[dict[str, str]]:
        return [{"url": found["id"], "text": found["text"]} for found in self.embeddings.search(question, DEPTH)]

    def close(self) -> None:
        self.embeddings.close()


if __name__ == "__main__":
    main(Txtai)
