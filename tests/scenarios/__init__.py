"""Scenarios: a patient in a few words, the request an EHR would send, the cards that must come back."""
