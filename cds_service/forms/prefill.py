"""What the chart knows already, as answers to the form: nobody should be asked twice."""

from collections.abc import Iterator
from datetime import date

from cds_service.chart import Answer, Chart
from cds_service.forms.answers import Answers, Value, date_of_span
from cds_service.forms.questionnaire import Form, Item


def answers_of(chart: Chart, form: Form) -> Answers:
    """The newest answers of the chart that the form can show."""
    known = form.by_link_id()
    given = {
        link: tuple(_values(known[link], answer)) for link, answer in chart.answers.items() if link in known
    }
    return {link: values for link, values in given.items() if values}


def _values(item: Item, answer: Answer) -> Iterator[Value]:
    if item.type == "choice":
        codes = [code for code in item.codings if code in answer.codes]
        yield from codes if item.repeats else codes[:1]
    elif item.type == "integer" and answer.number is not None and answer.number % 1 == 0:
        yield int(answer.number)
    elif item.type in ("date", "dateTime") and answer.when is not None:
        first, last = (date.fromordinal(day) for day in (answer.when.first, answer.when.last))
        written = date_of_span(first, last)
        if written is not None:
            yield written
