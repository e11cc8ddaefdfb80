"""Leg-soreness CDS service: reads a FHIR R4 chart and answers with CDS Hooks cards."""

__version__ = "0.1.0"
