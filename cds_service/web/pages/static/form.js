"use strict";
// Shows a question as soon as the answers before it ask for it: FHIR enableWhen, as the server reads it.
// Without this script the button "Show the questions that follow" asks the server for the same.
(() => {
  const form = document.querySelector("form[data-questionnaire]");
  if (!form) return;
  const conditional = Array.from(form.querySelectorAll("[data-enable]"));

  const answers = (question) =>
    Array.from(form.elements)
      .filter((field) => field.name === question && !field.closest("[hidden]"))
      .filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked)
      .map((field) => field.value.trim())
      .filter((value) => value !== "");

  const compare = {
    "=": (given, wanted) => given === wanted,
    "!=": (given, wanted) => given !== wanted,
    "<": (given, wanted) => Number(given) < Number(wanted),
    "<=": (given, wanted) => Number(given) <= Number(wanted),
    ">": (given, wanted) => Number(given) > Number(wanted),
    ">=": (given, wanted) => Number(given) >= Number(wanted),
  };

  const holds = (condition) => {
    const [question, operator, wanted] = condition.split(" ");
    const given = answers(question);
    if (operator === "exists") return (given.length > 0) === (wanted === "true");
    return given.some((value) => compare[operator](value, wanted));
  };

  const isAsked = (element) => {
    const conditions = element.dataset.enable.split("|");
    return element.dataset.enableAny === "true" ? conditions.some(holds) : conditions.every(holds);
  };

  // Hiding one question can hide those that follow from it, so it is repeated until nothing changes.
  const update = () => {
    for (let round = 0; round <= conditional.length; round += 1) {
      const changed = conditional.filter((element) => element.hidden === isAsked(element));
      if (changed.length === 0) return;
      changed.forEach((element) => { element.hidden = !isAsked(element); });
    }
  };

  form.querySelectorAll("[data-without-script]").forEach((element) => { element.hidden = true; });
  form.addEventListener("input", update);
  form.addEventListener("change", update);
  // One click saves once; the server saves the same form once in any case.
  form.addEventListener("submit", () => {
    setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }));
  });
  window.addEventListener("pageshow", () => {
    form.querySelectorAll("button").forEach((button) => { button.disabled = false; });
  });
  update();
})();
