"""The SMART on FHIR app: the form on leg soreness, the cards that follow from it, and the timeline.

Everything happens on the server; the browser holds a cookie and no token. Each launch has an address of
its own (`/smart/<launch>/...`) and a cookie of its own, so that two tabs with two patients never mix.
"""

from cds_service.web.smart.app import blueprint

__all__ = ["blueprint"]
