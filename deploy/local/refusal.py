"""The one error of the native stack that is meant to be read by a person."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not an accident
    """What was asked cannot be done; the message is a whole sentence that says why and what to do."""
