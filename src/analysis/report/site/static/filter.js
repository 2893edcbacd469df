// Filters the table of claims. Without this script the table stands whole.
"use strict";
(() => {
  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const table = document.querySelector("table.claims");
  const selects = [...form.querySelectorAll("select[data-filter]")];
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const rows = [...table.tBodies[0].rows].map((row) => ({ row, text: plain(`${row.id} ${row.textContent}`) }));

  function apply() {
    const words = plain(form.elements.text.value).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { row, text } of rows) {
      const fits =
        words.every((word) => text.includes(word)) &&
        selects.every((select) => !select.value || row.dataset[select.dataset.filter] === select.value);
      row.hidden = !fits;
      count += fits;
    }
    table.hidden = count === 0;
    nothing.hidden = count > 0;
    shown.textContent = `Showing ${count} of ${rows.length} claims`;
  }

  const asked = new URLSearchParams(location.search);
  for (const select of selects) {
    const wanted = asked.get(select.dataset.filter);
    if (wanted && [...select.options].some((option) => option.value === wanted)) select.value = wanted;
  }
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  addEventListener("pageshow", apply);
  apply();
})();
