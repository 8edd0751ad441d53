// Narrows the cases down. Without this script all of them are shown.
"use strict";

(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const cases = [...document.querySelectorAll(".case")];
  const texts = new Map();
  const textOf = (card) => {
    if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
    return texts.get(card);
  };
  const narrow = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const { type, tag } = form.elements;
    let shown = 0;
    for (const card of cases) {
      const fits =
        (!type.value || card.dataset.type === type.value) &&
        (!tag?.value || card.dataset.tags.split("\n").includes(tag.value)) &&
        words.every((word) => textOf(card).includes(word));
      card.hidden = !fits;
      shown += fits;
    }
    for (const group of document.querySelectorAll(".kind")) group.hidden = !group.querySelector(".case:not([hidden])");
    form.elements.shown.value = shown < cases.length ? `${shown} of ${cases.length} cases` : "";
  };
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
})();
