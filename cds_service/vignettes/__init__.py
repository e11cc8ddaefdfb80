"""Vignettes: small stories beside each rule that say what it must find, and that guard its numbers.

`x.vignettes.yaml` stands beside `x.yaml` in `cards/causes` and `cards/signs`; the format is
described in docs/reference/rule-format.md.
"""

from cds_service.vignettes.format import Case, VignetteFile, read_vignettes
from cds_service.vignettes.run import Outcome, run_vignettes

__all__ = ["Case", "Outcome", "VignetteFile", "read_vignettes", "run_vignettes"]
