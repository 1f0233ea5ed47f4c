// Search, filters, sorting and download for any table of the book in a .table-tools frame, and the
// parts of these that the ledger uses too. Without this script each table stands as it is.

// What need not be there at once is made in idle moments, in the order in which it is asked for, so
// that on a slow phone the page answers meanwhile. An address inside the page is another matter: it
// can be scrolled to when everything above it is there.
function later(work) {
  if (location.hash) work();
  else if (window.requestIdleCallback) requestIdleCallback(work, { timeout: 2000 });
  else setTimeout(work, 1);
}

for (const frame of document.querySelectorAll(".table-tools")) later(() => addTools(frame));
addEventListener("hashchange", arrive);
arrive();

// The element that the address names; none if it is damaged.
function addressed() {
  try {
    return document.getElementById(decodeURIComponent(location.hash.slice(1)));
  } catch {
    return null;
  }
}

// An address inside a fold opens it.
function arrive() {
  const target = addressed();
  if (!target || target.closest(".ledger")) return; // ledger.js leads to its rows, which it opens
  const fold = target.closest("details.reasons");
  if (fold) fold.open = true;
  goTo(target);
}

// What is above a place gets its height when the place is first reached, and may move it then.
function goTo(target) {
  const go = () => target.scrollIntoView({ block: "start" });
  go();
  requestAnimationFrame(() => requestAnimationFrame(go));
}

function addTools(frame) {
  const table = frame.querySelector("table");
  const body = table.tBodies[0];
  const headers = Array.from(table.tHead.rows[0].cells);
  const caption = table.caption.textContent;
  const rows = readOnce(() =>
    Array.from(body.rows, (row) => ({
      row,
      text: plain(row.textContent),
      cells: Array.from(row.cells, (cell) => sortKey(cell.textContent)),
    })),
  );

  const controls = make("form", { className: "ledger-controls" });
  controls.setAttribute("role", "search");
  controls.setAttribute("aria-label", caption);
  const search = make("input", { type: "search" });
  controls.append(labelled("Search", search));
  const filters = headers
    .map((header, column) => ({ header, column }))
    .filter(({ header }) => header.hasAttribute("data-filter"))
    .map(({ header, column }) => {
      const select = make("select");
      const values = new Set(Array.from(body.rows, (row) => row.cells[column].textContent));
      select.append(new Option("all", ""), ...Array.from(values).sort().map((v) => new Option(v)));
      controls.append(labelled(header.textContent, select));
      return { select, column };
    });
  const save = make("button", { type: "button", textContent: "Download CSV" });
  const output = make("output", { value: outOf(body.rows.length, body.rows.length) });
  output.setAttribute("aria-live", "polite");
  controls.append(save, output);
  frame.prepend(controls);

  function show() {
    const chosen = filters.filter((each) => each.select.value);
    output.value = showMatching(rows(), search.value, (row) =>
      chosen.every((each) => row.cells[each.column].textContent === each.select.value),
    );
  }

  headers.forEach((header, column) => {
    const button = make("button", { type: "button", textContent: header.textContent });
    header.replaceChildren(button);
    header.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => sortBy(rows(), header, column, body));
  });
  controls.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", show);
  for (const each of filters) each.select.addEventListener("change", show);
  save.addEventListener("click", () => {
    const shown = Array.from(body.rows).filter((row) => !row.hidden);
    const cells = [table.tHead.rows[0], ...shown].map((row) =>
      Array.from(row.cells, (cell) => cell.textContent),
    );
    saveFile(csv(cells), `${caption.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.csv`);
  });
}

// Thousands of rows are read when they are first searched or sorted, not before.
function readOnce(read) {
  let found;
  return () => (found ??= read());
}

// A text as it is searched: without case, accents and exponents, and with signs as they are typed.
function plain(text) {
  const typed = { τ: "tau", χ: "chi", σ: "sigma", "−": "-", "–": "-", "’": "'" };
  return text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f^]/g, "")
    .replace(/[τχσ−–’]/g, (sign) => typed[sign])
    .toLowerCase();
}

// Show the rows that have every word and fit the filters; says how many these are.
function showMatching(rows, search, fits) {
  const words = plain(search).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { row, text } of rows) {
    const shown = words.every((word) => text.includes(word)) && fits(row);
    row.hidden = !shown;
    count += shown;
  }
  return outOf(count, rows.length);
}

// How many of how many, as the book writes numbers.
function outOf(count, total) {
  return [count, total].map((number) => number.toLocaleString("en")).join(" of ");
}

function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function labelled(text, control) {
  return make("label", {}, `${text} `, control);
}

// Rows with their sort keys, in the order of one column, rising at the first click on its header.
function sortBy(rows, header, column, body) {
  const falling = header.getAttribute("aria-sort") === "ascending";
  for (const other of header.parentElement.cells) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", falling ? "descending" : "ascending");
  const direction = falling ? -1 : 1;
  const unknown = (row) => Number(["", "–"].includes(row.cells[column])); // last in both orders
  rows.sort((a, b) =>
    unknown(a) - unknown(b) || direction * compare(a.cells[column], b.cells[column]),
  );
  body.append(...rows.map(({ row }) => row));
}

const POWER = /(?:([\d.]+) × )?10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)/;

// A number sorts as a number, by its first figure; anything else as text.
function sortKey(text) {
  const trimmed = text.trim();
  const digits = trimmed.replace("−", "-").replace(/^(p )?[<>≥~=]?\s*/, "").replaceAll(",", "");
  const number = parseFloat(digits.replace(POWER, (_, factor = "1", power) => `${factor}e${plain(power)}`));
  return Number.isNaN(number) ? trimmed : number;
}

function compare(a, b) {
  if (typeof a === typeof b) return typeof a === "number" ? a - b : a.localeCompare(b);
  return typeof a === "number" ? -1 : 1;
}

// Programs read a number only with the hyphen for its minus sign.
function csv(rows) {
  const quoted = (cell) => `"${cell.replace(/−(?=[\d.])/g, "-").replaceAll('"', '""')}"`;
  return rows.map((cells) => cells.map(quoted).join(",")).join("\r\n");
}

// Whether a text could be put on the clipboard; `button` is where that was asked for.
async function putOnClipboard(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages that came by plain http have no clipboard; the old way needs a field in the dialog.
    const field = make("textarea", { value: text });
    button.parentElement.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    button.focus();
    return done;
  }
}

// Save a text or a blob; its kind is that of the name.
const KINDS = {
  csv: "text/csv",
  json: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  txt: "text/plain",
  bib: "application/x-bibtex",
  ris: "application/x-research-info-systems",
};

function saveFile(content, name) {
  const type = KINDS[name.split(".").pop()];
  const href = URL.createObjectURL(new Blob([content], { type }));
  const link = make("a", { href, download: name });
  link.click();
  // The browser reads the address after the click: revoked at once, it gives an empty file.
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
