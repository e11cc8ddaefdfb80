"""Checks and generators for this repository; nothing here is shipped."""
