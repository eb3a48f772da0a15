"""KeyService/ListKeys: the public keys, as RFC 7517 and RFC 8037 write them."""

import json

import jwt
from google.protobuf.json_format import MessageToDict
from sectracker.auth.v1.key_service_pb2 import ListKeysRequest

from services.auth import keys
from tests.contract.auth.token_house import Auth


def test_anybody_verifies_a_token_by_them(auth: Auth) -> None:
    """A library that knows nothing of ours verifies an access token by the printed set."""
    user_id, pair = auth.user()
    printed = json.dumps(MessageToDict(auth.keys.ListKeys(ListKeysRequest())))
    found = jwt.PyJWKSet.from_json(printed)[jwt.get_unverified_header(pair.access_token)["kid"]]
    told = jwt.decode(pair.access_token, found, ["EdDSA"], audience="sectracker-api", issuer="sectracker")
    assert told["sub"] == str(user_id)


def test_every_field_says_what_it_must(auth: Auth) -> None:
    """A key says its type, curve, algorithm and use, and holds nothing private."""
    (key,) = auth.keys.ListKeys(ListKeysRequest()).keys
    assert (key.kty, key.crv, key.alg, key.use, len(key.x)) == ("OKP", "Ed25519", "EdDSA", "sig", 43)
    assert "d" not in key.DESCRIPTOR.fields_by_name


def test_the_next_key_is_there_before_it_is_used(auth: Auth) -> None:
    """After a rotation the new key stands first, beside the one that still signs."""
    (old,) = (key.kid for key in auth.keys.ListKeys(ListKeysRequest()).keys)
    new = keys.rotate(auth.tokens.sessions, auth.tokens.seal).kid
    auth.tokens.keyring.refresh()
    assert [key.kid for key in auth.keys.ListKeys(ListKeysRequest()).keys] == [new, old]
