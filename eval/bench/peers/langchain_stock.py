"""What a tutorial builds: LangChain's recursive splitter, its Hugging Face embeddings, its FAISS store. Nothing tuned.

Run by ``eval.bench.retrieval`` in a virtual environment of its own (``langchain_stock.txt``), hence no project imports:

    python langchain_stock.py ARTICLES QUESTIONS STORE RESULT
"""

from pathlib import Path

from harness import DEPTH, embedded_model, main, read


class LangChain:
    packages = (
        "langchain-core",
        "langchain-community",
        "langchain-huggingface",
        "langchain-text-splitters",
        "faiss-cpu",
        "sentence-transformers",
        "transformers",
        "torch",
    )

    def __init__(self) -> None:
        # What is imported here is part of the time to load; index() and search() find it loaded.
        import langchain_community.vectorstores  # noqa: F401
        import langchain_text_splitters  # noqa: F401
        from langchain_huggingface import HuggingFaceEmbeddings

        self.embeddings = HuggingFaceEmbeddings(model_name=embedded_model(), model_kwargs={"device": "cpu"})

    def index(self, articles: Path, store: Path) -> tuple[int, int]:
        from langchain_community.vectorstores import FAISS
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        documents = [
            Document(page_content=row["text"], metadata={"url": row["url"], "title": row["title"], "date": row["date"]})
            for row in read(articles)
        ]
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        chunks = splitter.split_documents(documents)
        self.vectors = FAISS.from_documents(chunks, self.embeddings)
        self.vectors.save_local(str(store))
        return len(documents), len(chunks)

    def open(self, store: Path) -> None:
        from langchain_community.vectorstores import FAISS

        self.vectors = FAISS.load_local(str(store), self.embeddings, allow_dangerous_deserialization=True)

    def search(self, question: str) -> list[dict[str, str]]:
        found = self.vectors.similarity_search(question, k=DEPTH)
        return [{"url": chunk.metadata["url"], "text": chunk.page_content} for chunk in found]

    def close(self) -> None:
        """Nothing to close."""


if __name__ == "__main__":
    main(LangChain)
