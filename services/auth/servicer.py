"""Answer auth's RPCs for people: read the request and the caller, ask a use-case, say what came of it."""

from dataclasses import dataclass
from uuid import UUID

from grpc import ServicerContext
from sectracker.auth.v1.auth_service_pb2 import (
    CreateApiKeyRequest,
    CreateApiKeyResponse,
    ExchangeKeyRequest,
    ExchangeKeyResponse,
    GetMeRequest,
    LoginRequest,
    LoginResponse,
    LogoutRequest,
    LogoutResponse,
    RefreshRequest,
    RefreshResponse,
    RegisterRequest,
    RegisterResponse,
    RevokeApiKeyRequest,
    RevokeApiKeyResponse,
    UpdateMeRequest,
)
from sectracker.auth.v1.auth_service_pb2_grpc import AuthServiceServicer
from sectracker.auth.v1.user_pb2 import User

from services.auth import mapping
from services.auth.api_keys import ApiKeys
from services.auth.change_account import Accounts, Change
from services.auth.errors import ApiKeyInvalid
from services.auth.log_in import Entrance
from services.auth.logins import Logins
from services.auth.register import Registration
from services.auth.tokens import ACCESS_SECONDS
from services.chassis.call import answering, current_caller
from services.chassis.identity import Caller
from services.chassis.limits import masked

KEEP_IT = "Keep this key: it is shown this once. Send it as X-API-Key, or trade it at POST /api/v1/auth/token."


@dataclass(frozen=True, slots=True)
class AuthServicer(AuthServiceServicer):
    """Answer people and their programs."""

    registration: Registration
    entrance: Entrance
    accounts: Accounts
    logins: Logins
    api_keys: ApiKeys

    def Register(self, request: RegisterRequest, context: ServicerContext) -> RegisterResponse:
        """Make an account and log it in."""
        call = answering()
        made = self.registration.register(
            request.email, request.password, address_of(call.caller), call.time_remaining()
        )
        return mapping.registered(made.user, made.pair)

    def Login(self, request: LoginRequest, context: ServicerContext) -> LoginResponse:
        """Trade e-mail and password for tokens."""
        call = answering()
        pair = self.entrance.log_in(request.email, request.password, address_of(call.caller), call.time_remaining())
        return mapping.logged_in(pair)

    def Refresh(self, request: RefreshRequest, context: ServicerContext) -> RefreshResponse:
        """Trade a refresh token for the next pair."""
        return mapping.refreshed(self.logins.refresh(request.refresh_token, address_of(current_caller())))

    def ExchangeKey(self, request: ExchangeKeyRequest, context: ServicerContext) -> ExchangeKeyResponse:
        """Trade the API key that the edge has seen for an access token."""
        caller = current_caller()
        if not caller.is_edge_key:
            raise ApiKeyInvalid
        token = self.api_keys.exchange(UUID(caller.login_id))
        return ExchangeKeyResponse(access_token=token, token_type=mapping.BEARER, expires_in=ACCESS_SECONDS)

    def Logout(self, request: LogoutRequest, context: ServicerContext) -> LogoutResponse:
        """End the caller's login."""
        caller = current_caller()
        self.logins.logout(UUID(caller.user_id), UUID(caller.login_id), request.refresh_token, address_of(caller))
        return LogoutResponse()

    def GetMe(self, request: GetMeRequest, context: ServicerContext) -> User:
        """Read the caller's account."""
        return mapping.user(self.accounts.get(UUID(current_caller().user_id)))

    def UpdateMe(self, request: UpdateMeRequest, context: ServicerContext) -> User:
        """Change the caller's e-mail address or password."""
        call = answering()
        wish = Change(
            UUID(call.caller.user_id),
            UUID(call.caller.login_id),
            address_of(call.caller),
            call.time_remaining(),
            request.current_password,
            request.email if request.HasField("email") else None,
            request.password if request.HasField("password") else None,
        )
        return mapping.user(self.accounts.change(wish))

    def CreateApiKey(self, request: CreateApiKeyRequest, context: ServicerContext) -> CreateApiKeyResponse:
        """Make the caller's API key."""
        caller = current_caller()
        key = self.api_keys.create(UUID(caller.user_id), UUID(caller.login_id), address_of(caller))
        return CreateApiKeyResponse(api_key=key, message=KEEP_IT)

    def RevokeApiKey(self, request: RevokeApiKeyRequest, context: ServicerContext) -> RevokeApiKeyResponse:
        """End the caller's API key."""
        caller = current_caller()
        self.api_keys.revoke(UUID(caller.user_id), address_of(caller))
        return RevokeApiKeyResponse()


def address_of(caller: Caller) -> str:
    """Return the part of a caller's address that one customer has."""
    return masked(caller.address)
