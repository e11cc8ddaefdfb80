"""FHIR R4 JSON into a chart: the only place that knows FHIR paths, codes and units."""

from cds_service.reading.pool import Pool
from cds_service.reading.read import read_chart

__all__ = ["Pool", "read_chart"]
