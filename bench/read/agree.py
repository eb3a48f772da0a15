"""Prove that all contenders answer the same, before any of them is measured."""

import datetime as dt
import json
import random
import sys
from collections.abc import Sequence
from typing import Any
from urllib.request import urlopen

import grpc
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from sectracker.form4.v1.form4_service_pb2 import GetCompanyActivityResponse, GetMarketActivityResponse

from bench.read.asks import SCENARIOS, SERVICE, Ask
from bench.read.market import tickers
from bench.read.measure import Contender
from deploy.local.machine import LOOPBACK

SAMPLES = 20
RESPONSES: dict[str, type[Message]] = {
    "GetCompanyActivity": GetCompanyActivityResponse,
    "GetMarketActivity": GetMarketActivityResponse,
}
TIMES = {"accepted_at", "last_updated"}
OWN = {"next_page_token"}
"""Each contender has tokens of its own."""


def check(contenders: Sequence[Contender]) -> None:
    """Ask all contenders the same, in every scenario.

    Raises: SystemExit that names the first difference.
    """
    dice = random.Random(0)
    for scenario in SCENARIOS:
        for ask in scenario.make(dice, tickers(), SAMPLES)[:SAMPLES]:
            first, *others = contenders
            expected = answer(first, scenario.method, ask)
            for other in others:
                found = answer(other, scenario.method, ask)
                if found != expected:
                    where = difference(expected, found)
                    sys.exit(f"{other.name} answers {ask.path.decode()} otherwise than {first.name}: {where}")


def answer(contender: Contender, method: str, ask: Ask) -> Any:
    """Return a contender's answer as plain data."""
    if contender.protocol == "rest":
        with urlopen(f"http://{LOOPBACK}:{contender.port}{ask.path.decode()}") as response:
            return plain(json.load(response))
    with grpc.insecure_channel(f"{LOOPBACK}:{contender.port}") as channel:
        call: Any = channel.unary_unary(SERVICE + method, response_deserializer=RESPONSES[method].FromString)
        message = call(ask.message[5:])  # without its frame
    return plain(MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True))


def plain(value: Any, name: str = "") -> Any:
    """Return data without what may differ: spellings of a moment, nulls for what is absent, tokens."""
    if isinstance(value, dict):
        return {key: plain(held, key) for key, held in value.items() if held is not None and key not in OWN}
    if isinstance(value, list):
        return [plain(held) for held in value]
    return dt.datetime.fromisoformat(value) if name in TIMES else value


def difference(one: Any, other: Any, path: str = "") -> str:
    """Say where two answers first differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            if one.get(key) != other.get(key):
                return difference(one.get(key), other.get(key), f"{path}.{key}")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (held, found) in enumerate(zip(one, other, strict=True)):
            if held != found:
                return difference(held, found, f"{path}[{place}]")
    return f"{path} is {other!r}, not {one!r}"
