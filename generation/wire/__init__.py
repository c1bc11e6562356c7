"""The gooseai protocol: our own descriptions (.proto) and the stubs generated from them."""
