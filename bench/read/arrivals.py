"""Have filings arrive while reads are measured, as fast as the SEC lets a fleet fetch them."""

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from bench.read.market import Company
from services.form4.repository import changes

FILINGS_A_SECOND = 8


@contextmanager
def arriving(form4_url: str, companies: Sequence[Company], seed: int) -> Iterator[None]:
    """Say eight times a second that a company changed, those whose insiders trade more the more often.

    The rows stay as they are, so that all contenders go on giving the same answers.
    """
    engine = create_engine(form4_url.replace("postgresql", "postgresql+psycopg", 1), poolclass=NullPool)
    shares = [company.business for company in companies]
    dice, ended = random.Random(seed), threading.Event()

    def arrive() -> None:
        with engine.connect() as connection:
            while not ended.wait(1 / FILINGS_A_SECOND):
                (company,) = dice.choices(companies, shares)
                with Session(connection) as session, session.begin():
                    changes.note(session, {company.cik})

    thread = threading.Thread(target=arrive, name="arrivals")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
