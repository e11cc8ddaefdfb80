"""A FHIR Questionnaire as a form: what is asked, what was answered, and the answers as FHIR.

The supported part of Questionnaire is small and written down in `questionnaire`; a Questionnaire that
needs more is refused when it is loaded. Rendering is the business of the pages.
"""

from cds_service.forms.answers import Answers, PartialDate
from cds_service.forms.enabling import enabled_items
from cds_service.forms.prefill import answers_of
from cds_service.forms.questionnaire import Form, FormError, Item, read_questionnaire
from cds_service.forms.response import questionnaire_response
from cds_service.forms.submission import Problem, Submission, fields_of, read_submission

__all__ = [
    "Answers",
    "Form",
    "FormError",
    "Item",
    "PartialDate",
    "Problem",
    "Submission",
    "answers_of",
    "enabled_items",
    "fields_of",
    "questionnaire_response",
    "read_questionnaire",
    "read_submission",
]
