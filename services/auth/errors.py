# ruff: noqa: N818 - an error is named for what is wrong
"""Name what auth refuses; `sectracker.auth.v1.ErrorReason` documents each reason with a sample."""

import grpc

from services.chassis.errors import ServiceError, Violation

BUSY_SECONDS = 1.0


class EmailTaken(ServiceError):
    """An account has this e-mail address."""

    code, reason = grpc.StatusCode.ALREADY_EXISTS, "EMAIL_TAKEN"
    sentence = "An account has this e-mail address; log in."


class PasswordTooCommon(ServiceError):
    """The password is among the first that anybody would guess."""

    code, reason = grpc.StatusCode.INVALID_ARGUMENT, "PASSWORD_TOO_COMMON"
    sentence = "This password is too easy to guess; choose another."

    def __init__(self) -> None:
        super().__init__(violations=[Violation("password", "is too easy to guess")], field="password")


class CredentialsWrong(ServiceError):
    """E-mail and password do not belong together; which of the two is wrong is not said."""

    code, reason = grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_WRONG"
    sentence = "E-mail or password is wrong."


class PasswordWrong(ServiceError):
    """The current password is wrong."""

    code, reason = grpc.StatusCode.PERMISSION_DENIED, "PASSWORD_WRONG"
    sentence = "The current password is wrong."

    def __init__(self) -> None:
        super().__init__(field="current_password")


class PasswordsBusy(ServiceError):
    """More passwords wait to be looked at than can be."""

    code, reason = grpc.StatusCode.UNAVAILABLE, "PASSWORDS_BUSY"
    sentence = "Too many people log in right now; try again in a moment."

    def __init__(self) -> None:
        super().__init__(retry_after=BUSY_SECONDS)


class RefreshTokenInvalid(ServiceError):
    """The refresh token is unknown, spent, or its login has ended."""

    code, reason = grpc.StatusCode.UNAUTHENTICATED, "REFRESH_TOKEN_INVALID"
    sentence = "The refresh token is not good, or no longer; log in again."


class ApiKeyInvalid(ServiceError):
    """The API key is unknown or has ended."""

    code, reason = grpc.StatusCode.UNAUTHENTICATED, "API_KEY_INVALID"
    sentence = "The API key is unknown or has ended."
