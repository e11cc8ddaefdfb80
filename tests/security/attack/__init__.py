"""Attacks on a running service over HTTP: `python -m tests.security.attack`, which `make attack` runs.

The attacker also plays the EHR's key host and its FHIR server. docs/security/attacks.md lists the entries.
"""
