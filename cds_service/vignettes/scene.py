"""A case's chart, built without FHIR: medicines, results, problems and answers in our own words."""

from collections.abc import Iterable

from cds_service.chart import Answer, Chart, Details, Exposure, Later, Medicine, Problem, Result, Soreness
from cds_service.knowledge import Knowledge
from cds_service.vignettes.entries import Entry
from cds_service.vignettes.format import Case, VignetteFile
from cds_service.vignettes.scene_labs import read_result
from cds_service.vignettes.scene_medicines import read_exposure
from cds_service.vignettes.scene_soreness import read_answers, read_soreness
from cds_service.yaml_text import Place

_PREGNANCY = "Condition/pregnancy"


def build_chart(file: VignetteFile, index: int, knowledge: Knowledge) -> Chart:
    """The chart of one case.

    Raises `KnowledgeError` with the line of a word or value that cannot be read.
    """
    case = file.cases[index]
    path: Place = ("cases", index)
    exposures = _exposures(file, path, case, knowledge)
    soreness, answers = _reported(file, path, case, knowledge)
    details = Details(
        exposures=exposures,
        medicines=tuple(_medicine(exposure) for exposure in exposures),
        results=_results(file, path, case, knowledge),
    )
    person = case.patient
    return Chart(
        patient_id="vignette",
        today=_today(file, path, case).when("today"),
        age=None if person.age == "unknown" else person.age,
        sex="" if person.sex == "unknown" else person.sex,
        deceased=person.deceased,
        pregnant=person.pregnant,
        pregnancy_ref=_PREGNANCY if person.pregnant else "",
        soreness=soreness,
        problems=_problems(file, path, case, knowledge),
        answers=answers,
        not_supplied=_not_supplied(file, path, case, knowledge),
        details=Later(lambda: details),
    )


def _today(file: VignetteFile, path: Place, case: Case) -> Entry:
    if case.today is not None:
        return Entry(file.source, path, {"today": case.today})
    return Entry(file.source, (), {"today": file.today})


def _exposures(file: VignetteFile, path: Place, case: Case, knowledge: Knowledge) -> tuple[Exposure, ...]:
    return tuple(
        read_exposure(Entry(file.source, (*path, "meds", number), entry), number, knowledge)
        for number, entry in enumerate(case.meds)
    )


def _medicine(exposure: Exposure) -> Medicine:
    return Medicine(
        name=exposure.name,
        ref=exposure.refs[0],
        taking=exposure.taking,
        start=exposure.start,
        end=exposure.end,
        ingredients=(exposure.ingredient,),
        matched_by="name" if exposure.by_name else "code",
    )


def _results(file: VignetteFile, path: Place, case: Case, knowledge: Knowledge) -> tuple[Result, ...]:
    read = [
        read_result(Entry(file.source, (*path, "labs", number), entry), number, knowledge)
        for number, entry in enumerate(case.labs)
    ]
    return tuple(sorted(read, key=lambda result: result.taken.last if result.taken else 0, reverse=True))


def _problems(file: VignetteFile, path: Place, case: Case, knowledge: Knowledge) -> tuple[Problem, ...]:
    entries = (
        Entry(file.source, (*path, "problems", number), entry) for number, entry in enumerate(case.problems)
    )
    return tuple(_problem(entry, number, knowledge) for number, entry in enumerate(entries))


def _problem(entry: Entry, number: int, knowledge: Knowledge) -> Problem:
    finding = entry.subject("finding", knowledge.vocabulary.findings.words, {"past", "name"})
    undated = entry.data[finding] == "undated"
    return Problem(
        findings=frozenset({finding}),
        name=str(entry.data.get("name", finding)),
        ref=f"Condition/{number + 1}",
        active=not entry.flag("past"),
        recorded=None if undated else entry.when(finding),
    )


def _reported(
    file: VignetteFile, path: Place, case: Case, knowledge: Knowledge
) -> tuple[Soreness, dict[str, Answer]]:
    entry = Entry(file.source, (*path, "soreness"), case.soreness)
    items = knowledge.vocabulary.items
    answers = read_answers(entry, items)
    return read_soreness(entry), answers


def _not_supplied(file: VignetteFile, path: Place, case: Case, knowledge: Knowledge) -> frozenset[str]:
    known: Iterable[str] = knowledge.ranking.sources_of_data
    for number, key in enumerate(case.not_supplied):
        Entry(file.source, (*path, "not_supplied", number), {}).known("prefetch key", key, known)
    return frozenset(case.not_supplied)
