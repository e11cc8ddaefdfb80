"""The rules for people: listed, locked, explained on one chart, and as a book to review."""
