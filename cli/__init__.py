"""Read SEC-Tracker from a terminal or a script: the command `sectracker`.

Owns nothing. Calls the public services through the one door, in gRPC, with the published stubs. Called by people,
cron and pipes.
"""

import os

# gRPC logs failed handshakes to standard error by itself; this command says in one sentence what failed. It reads the
# variable once, when it is first imported.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
