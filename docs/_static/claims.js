// Filters and sorts the table of claims, with its state in the address; without this script the table stands whole.
"use strict";
addEventListener("DOMContentLoaded", () => {
  for (const wide of document.querySelectorAll(".table-wrapper, .cell_output, .highlight pre")) {
    Object.assign(wide, { tabIndex: wide.scrollWidth > wide.clientWidth ? 0 : -1, role: "region", ariaLabel: "Scrolls sideways" });
  }
  // The theme gives these a role that needs a level.
  for (const caption of document.querySelectorAll(".sidebar-tree .caption")) caption.ariaLevel = "2";
  const table = document.querySelector(".claims table");
  if (!table) return;
  const heads = [...table.tHead.rows[0].cells], rows = [...table.tBodies[0].rows];
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const said = (row, column) => row.cells[column].textContent.trim();
  const asked = new URLSearchParams(location.search);
  const form = document.createElement("form"), status = document.createElement("p");
  Object.assign(form, { className: "filters", role: "search", ariaLabel: "Filter the table of claims" });
  status.setAttribute("role", "status");

  function field(name, control) {
    const label = document.createElement("label"), text = document.createTextNode(name);
    label.className = control.type === "search" ? "search" : "";
    Object.assign(control, { name: name.toLowerCase() });
    label.append(text, control);
    form.append(label);
    return control;
  }
  const search = field("Search", Object.assign(document.createElement("input"), { type: "search" }));
  const selects = ["Verdict", "Certainty", "Speaker", "Kind"].map((name) => {
    const select = field(name, document.createElement("select"));
    select.column = heads.findIndex((head) => head.textContent.trim() === name);
    select.add(new Option("all", ""));
    const values = rows.map((row) => said(row, select.column).split(":")[0]);
    for (const value of [...new Set(values)]) select.add(new Option(value, value));
    return select;
  });
  form.append(Object.assign(document.createElement("button"), { type: "reset", textContent: "Show all" }));

  function apply() {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      row.hidden = !(words.every((word) => plain(row.textContent).includes(word)) &&
        selects.every((select) => !select.value || said(row, select.column).split(":")[0] === select.value));
      count += !row.hidden;
    }
    status.textContent = count ? `Showing ${count} of ${rows.length} claims` : "No claim fits these filters.";
    const state = new URLSearchParams([...new FormData(form), ["sort", asked.get("sort") ?? ""]].filter((pair) => pair[1]));
    history.replaceState(null, "", `${location.pathname}${String(state) && `?${state}`}${location.hash}`);
  }

  function sort(column, down) {
    const number = (row) => Number(said(row, column)), key = (row) => said(row, column);
    const order = (one, two) => number(one) - number(two) || key(one).localeCompare(key(two)) || 0;
    table.tBodies[0].append(...[...rows].sort((one, two) => (down ? -1 : 1) * order(one, two)));
    heads.forEach((head, place) => head.setAttribute("aria-sort", place !== column ? "none" : down ? "descending" : "ascending"));
    asked.set("sort", `${down ? "-" : ""}${column}`);
    apply();
  }

  heads.forEach((head, column) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: head.textContent });
    button.addEventListener("click", () => sort(column, head.getAttribute("aria-sort") === "ascending"));
    head.replaceChildren(button);
  });
  table.closest(".claims").before(form, status);
  for (const [name, value] of asked) if (form.elements[name]) form.elements[name].value = value;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  const wanted = asked.get("sort");
  wanted ? sort(Math.abs(Number(wanted)), wanted.startsWith("-")) : apply();
});
