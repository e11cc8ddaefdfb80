"""One file a released schema; a released file never changes."""
