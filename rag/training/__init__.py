"""Training of the reader: a span head, a no-answer target and a relevance head on the embedded MiniLM encoder.

python -m rag.training --data DIR --work DIR
"""
