"""The gRPC services that this server answers."""
