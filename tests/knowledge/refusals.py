"""A small rule that loads, and the words it is checked against."""

import functools
from pathlib import Path

from cds_service.knowledge import load, rule_words
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.loading import load_rule
from cds_service.knowledge.rules import Cause, Sign
from cds_service.knowledge.words import Words
from cds_service.knowledge.yaml_source import KnowledgeError, read_yaml

CAUSE = """\
id: example
title: An example
version: 1.0.0
status: active
order: 10
in_summary: "example {{ low.value }}"

given:
  low:     {lab: potassium, below: 3.5 mmol/L, newer_than: 90 days}
  pill:    {medication: statins, taking: now}
  cramp:   {answer: cramp.night, any_of: ["yes"]}
  soon:    {from: pill.start, to: soreness.onset, within: 27 days}

ways:
  - considered_if: low or pill
    points:
      - {add: 2, when: low, say: "potassium {{ low.value }}"}
      - {add: 1, when: pill and soon, say: "{{ soon.days }} days"}
    cap: {tier: moderate, unless: cramp}

evidence: Little.
because: [CTT22]
limits:
  - It is an example
"""
SIGN = """\
id: ls-example
title: An example
version: 1.0.0
status: active
order: 10
each: pill

given:
  pill:    {medication: statins, taking: now}
  pain:    {answer: severity, at_least: 7}

items:
  - {name: pain, when: pain, say: "pain {{ pain.number }}"}

fires:
  - {indicator: warning, when: pain and pill, summary: "{{ items|listed }}"}

evidence: Little.
because: [CTT22]
limits: [It is an example]
"""


@functools.cache
def words() -> Words:
    known = load()
    return rule_words(cards_dir(), known.vocabulary, known.thresholds, known.sources, known.derived)


def load_text(folder: Path, text: str) -> Cause | Sign:
    """Load a rule file with this text; its first line tells what it should be called."""
    sign = "id: ls-" in text
    file = folder / ("ls-example.yaml" if sign else "example.yaml")
    file.write_text(text, encoding="utf-8")
    source = read_yaml(file)
    return load_rule(source, Sign, words()) if sign else load_rule(source, Cause, words())


def refusal(folder: Path, text: str) -> str:
    """The complaint about a rule file with this text; "" when it loads."""
    try:
        load_text(folder, text)
    except KnowledgeError as error:
        return str(error)
    return ""
