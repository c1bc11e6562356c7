"""Bytes that nobody vouches for: their structure is checked, and they are decoded in processes
that are limited in time and memory."""
