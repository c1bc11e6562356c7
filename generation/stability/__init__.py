"""Stability's REST API of today, /v2beta/stable-image."""
