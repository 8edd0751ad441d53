"""The tables of a store: those of format 1, and what each later format added.

A new store is made by the same steps that bring an old one up to date, so that both end with the same tables.
"""

from __future__ import annotations

from .lexical import TOKENIZER

FORMAT_1 = f"""
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE article(
  id INTEGER PRIMARY KEY AUTOINCREMENT, uri TEXT NOT NULL UNIQUE, title TEXT NOT NULL, published TEXT,
  provenance TEXT NOT NULL, source TEXT NOT NULL, url TEXT NOT NULL, authors TEXT NOT NULL, text TEXT NOT NULL,
  content_sha TEXT NOT NULL, chunked_by TEXT NOT NULL);
CREATE INDEX article_published ON article(published);
CREATE INDEX article_source ON article(source COLLATE NOCASE);
CREATE TABLE paragraph(
  article_id INTEGER NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, start INTEGER NOT NULL,
  "end" INTEGER NOT NULL, PRIMARY KEY(article_id, number)) WITHOUT ROWID;
CREATE TABLE chunk(
  id INTEGER PRIMARY KEY AUTOINCREMENT, article_id INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  first_paragraph INTEGER NOT NULL, last_paragraph INTEGER NOT NULL, text TEXT NOT NULL, sha BLOB NOT NULL,
  embed_sha BLOB NOT NULL);
CREATE INDEX chunk_article ON chunk(article_id);
CREATE INDEX chunk_embed ON chunk(embed_sha);
CREATE TABLE chunk_vec(chunk_id INTEGER PRIMARY KEY, vec BLOB NOT NULL, sha BLOB NOT NULL);
CREATE TABLE change(
  generation INTEGER NOT NULL, chunk_id INTEGER NOT NULL, op TEXT NOT NULL CHECK(op IN ('add', 'del')),
  PRIMARY KEY(generation, chunk_id, op)) WITHOUT ROWID;
CREATE TABLE snapshot(
  generation INTEGER PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL, count INTEGER NOT NULL);
CREATE VIEW fts_source AS
  SELECT chunk.id AS id, article.title AS title, chunk.text AS body
  FROM chunk JOIN article ON article.id = chunk.article_id;
CREATE VIRTUAL TABLE fts USING fts5(
  title, body, content='fts_source', content_rowid='id', tokenize='{" ".join(TOKENIZER)}');
CREATE VIRTUAL TABLE fts_vocab USING fts5vocab(fts, row);
"""  # noqa: S608 - built from constants

# Keywords are in the snapshot, so the table fts is gone.
# `hash` finds articles by what they share; the day stands beside it because it is asked for with every hash found.
# `pair`: both print the same story, or the other is a later version of the one. `member` follows from it: the story
# that an article belongs to (named by its first article), its next version, and its days ("" if unknown).
FORMAT_2 = """
DROP TABLE fts_vocab;
DROP TABLE fts;
DROP VIEW fts_source;
ALTER TABLE article ADD COLUMN updated TEXT;
ALTER TABLE article ADD COLUMN corrected TEXT;
ALTER TABLE article ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE article ADD COLUMN annotated_by TEXT NOT NULL DEFAULT '';
ALTER TABLE article ADD COLUMN annotation_sha BLOB NOT NULL DEFAULT x'';
CREATE INDEX article_url ON article(url) WHERE url <> '';
CREATE INDEX article_annotated ON article(annotated_by);
CREATE TABLE time(
  article_id INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, first TEXT, last TEXT,
  PRIMARY KEY(article_id, start, "end")) WITHOUT ROWID;
CREATE TABLE speech(
  article_id INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, speaker TEXT NOT NULL,
  direct INTEGER NOT NULL, PRIMARY KEY(article_id, start, "end")) WITHOUT ROWID;
CREATE TABLE signature(article_id INTEGER PRIMARY KEY, hashes BLOB NOT NULL);
CREATE TABLE hash(
  hash INTEGER NOT NULL, article_id INTEGER NOT NULL, day TEXT, PRIMARY KEY(hash, article_id)) WITHOUT ROWID;
CREATE TABLE pair(
  one INTEGER NOT NULL, other INTEGER NOT NULL, kind TEXT NOT NULL CHECK(kind IN ('copy', 'version')),
  PRIMARY KEY(one, other)) WITHOUT ROWID;
CREATE INDEX pair_other ON pair(other);
CREATE TABLE member(
  article_id INTEGER PRIMARY KEY, story INTEGER NOT NULL, superseded_by INTEGER, published TEXT NOT NULL,
  changed TEXT NOT NULL);
CREATE INDEX member_story ON member(story);
"""

# JSON of what a program attached to an article, '' where it attached nothing.
FORMAT_3 = """
ALTER TABLE article ADD COLUMN metadata TEXT NOT NULL DEFAULT '';
"""

STEPS = (FORMAT_1, FORMAT_2, FORMAT_3)
FORMAT = len(STEPS)
