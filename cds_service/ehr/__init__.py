"""The EHR as a counterpart: what it supplied and what is still missing."""
