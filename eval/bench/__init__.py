"""Benchmarks: Nutgraf measured against other ways to do the same work, on data that the caller points at.

Each is a command of its own (``python -m eval.bench.NAME --data DIR --work DIR``) and writes its figures as JSON.
Nothing here is imported by the program or by its evaluation.
"""
