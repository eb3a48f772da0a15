"""Hand form4's statements to others: as they are to asyncpg, as a script to pgbench."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityRequest, GetMarketActivityRequest

from services.chassis.db import Prepared
from services.form4 import questions
from services.form4.repository import activity, changes, market

PARAMETER = re.compile(r"\$(\d+)")


def statements() -> dict[str, Prepared[Any]]:
    """Return the statements that form4 runs meanwhile, by the names that the FastAPI stacks know them by."""
    day = GetCompanyActivityRequest(start_date="1900-01-01")
    amount = GetMarketActivityRequest(min_amount=1)
    return {
        "company": company(GetCompanyActivityRequest()),
        "company from a day": company(day),
        "market": market.statement(questions.market_question(GetMarketActivityRequest())[0]),
        "changes": changes.SINCE,
        "market from an amount": market.statement(questions.market_question(amount)[0]),
    }


def company(request: GetCompanyActivityRequest) -> Prepared[tuple[Any, ...]]:
    """Return the statement of one company's first page."""
    return activity.statement(questions.activity_question(request)[0], has_after=False)


def spelled(statement: Prepared[Any]) -> dict[str, object]:
    """Return a statement's text, and the names of its parameters in their order."""
    return {"text": statement.text, "parameters": statement.parameters}


def script(statement: Prepared[tuple[Any, ...]], **values: object) -> str:
    """Return a statement as pgbench takes it: the values stand in it, or are pgbench's own variables (":name")."""
    text = PARAMETER.sub(lambda found: literal(values[statement.parameters[int(found[1]) - 1]]), statement.text)
    return " ".join(text.split()) + ";\n"


def literal(value: object) -> str:
    """Return a value as SQL spells it."""
    if isinstance(value, int | Decimal):
        return str(value)
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    return text if text.startswith(":") else f"'{text}'"
