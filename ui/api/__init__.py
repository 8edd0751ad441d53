"""The HTTP API beside the chat page: questions, search and articles as REST, and chat as OpenAI's clients speak it.

- state: what all endpoints share; ``build_state`` makes it
- answers: POST /v1/ask, POST and GET /v1/search
- articles: GET, POST, DELETE /v1/articles
- chat: GET /v1/models, POST /v1/chat/completions; openai_format knows both forms of an answer
- operations: /healthz, /metrics, /docs (which docs writes), /openapi.json
- keys, limits, workers, metrics: who may ask, how much, how many at a time, and what is counted of it
- problems: the one form that errors have; sse: that of events
- app: puts all of it into one application, with what guards it (ui/guard.py)
"""
