"""Three FastAPI stacks that answer form4's reads from the same rows, to be measured beside it.

`plan` is SQLAlchemy's async ORM with pydantic models, as such a service is usually written; `alone` is asyncpg with the
statements of form4 itself; `cached` is `alone` with form4's way of keeping answers for a second. They run in an
environment of their own, so nothing here imports the rest of the project.
"""
