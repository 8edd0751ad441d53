"""Nutgraf as parts of other people's LangChain chains, and the pipeline as one: the only code that builds on LangChain,
but for the language model's own (rag/llm.py).

``retriever`` and ``vectorstore`` find passages and articles, ``embeddings`` is the encoder, ``chat`` answers as a chat
model, ``runnable`` is the pipeline with its events, ``tracing`` tells OpenTelemetry of it.
"""
