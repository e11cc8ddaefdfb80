"""FHIR R4 JSON into a chart: the only place that knows FHIR paths, codes and units."""

from cds_service.reading.at_once import VALUE, Whole, records_of
from cds_service.reading.pool import Pool
from cds_service.reading.read import read_chart

__all__ = ["VALUE", "Pool", "Whole", "read_chart", "records_of"]
