"""FHIR data in files: sources -> patients -> reviews -> rows for a reader or a program.

`files` and `documents` turn paths into JSON values, `gathering` joins what belongs to one patient,
`reviews` passes each patient through `cds_service.review`, `output` writes. Whatever cannot be
used on the way is an entry of `Books`, so that no result looks complete when it is not.
"""
