"""What the reading tests share: the packaged vocabulary, and the reading of a few records."""

from collections.abc import Callable

import pytest

from cds_service.chart import Chart
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.limits import ReadingLimits, load_limits
from cds_service.knowledge.vocabulary import Vocabulary, load_vocabulary
from cds_service.reading import Pool, read_chart
from tests.unit.reading.build import NOW, Json, bundle, patient, raw


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary(cards_dir())


@pytest.fixture(scope="session")
def limits() -> ReadingLimits:
    return load_limits(cards_dir())


@pytest.fixture(scope="session")
def chart_of(vocabulary: Vocabulary, limits: ReadingLimits) -> Callable[[Pool], Chart]:
    return lambda pool: read_chart(pool, NOW, vocabulary, limits)


@pytest.fixture(scope="session")
def read(chart_of: Callable[[Pool], Chart]) -> Callable[..., Chart]:
    """Records beside the patient `p1`, as one prefetch -> chart."""

    def read_records(*records: Json, encounter: str | None = None, person: Json | None = None) -> Chart:
        values = {"patient": raw(person or patient()), "all": raw(bundle(*records))}
        return chart_of(Pool.from_prefetch(values, "p1", encounter))

    return read_records
