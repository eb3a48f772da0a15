"""State the table of the schema watchlist: who watches which company."""

import datetime as dt
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.chassis.db import new_metadata


class Base(DeclarativeBase):
    """Collect the tables of this schema."""

    metadata = new_metadata()
    type_annotation_map = {str: Text, dt.datetime: DateTime(timezone=True), UUID: Uuid}  # noqa: RUF012


class ItemRow(Base):
    """Hold a company that a user watches. Users are auth's: their id is all that is known of them here."""

    __tablename__ = "items"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    cik: Mapped[str] = mapped_column(primary_key=True)
    ticker: Mapped[str] = mapped_column(comment="as it was added")
    company_name: Mapped[str] = mapped_column(comment="on the day when it was added")
    added_at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
