"""The Discord process."""

import os

# gRPC's core writes each GOAWAY of a restarting server to standard error, past the program's log.
# It reads this once, when it is imported.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
