"""Own accounts, passwords, logins, tokens, API keys and the keys that sign.

Owns: the schema `auth`; everything that is signed.
Calls: nobody.
Called by: the gateway's public routes, Envoy's external authorization (`EdgeService`), every service (`TrustService`).
"""
