// Search, filters, sorting, downloads and addresses of the ledger's rows.
// Without this script the table stands as it is, every row of it. It needs tables.js.

for (const ledger of document.querySelectorAll(".ledger")) later(() => startLedger(ledger));

function startLedger(ledger) {
  const SAID = "summary, dl, .row-address, td"; // what a row says, without the buttons in it
  const controls = ledger.querySelector(".ledger-controls");
  const body = ledger.querySelector("tbody");
  const rows = readOnce(() =>
    Array.from(body.rows, (row) => ({
      row,
      text: plain(Array.from(row.querySelectorAll(SAID), (part) => part.textContent).join(" ")),
      cells: Array.from(row.cells, (cell) =>
        sortKey((cell.querySelector("summary") ?? cell).textContent),
      ),
    })),
  );
  const search = controls.querySelector("input");
  const filters = Array.from(controls.querySelectorAll("select"));
  const output = controls.querySelector("output");
  controls.hidden = false;

  function shown() {
    return Array.from(body.rows).filter((row) => !row.hidden);
  }

  function filter() {
    const chosen = filters.filter((each) => each.value);
    output.value = showMatching(rows(), search.value, (row) =>
      chosen.every((each) => row.dataset[each.dataset.filter] === each.value),
    );
  }

  search.addEventListener("input", filter);
  for (const each of filters) each.addEventListener("change", filter);
  controls.addEventListener("submit", (event) => event.preventDefault());
  Array.from(ledger.querySelector("thead tr").cells).forEach((header, column) => {
    header
      .querySelector("button")
      .addEventListener("click", () => sortBy(rows(), header, column, body));
  });

  const open = controls.querySelector("[data-open]");
  open.addEventListener("click", () => {
    const opening = open.textContent === "Open all";
    for (const row of shown()) row.querySelector("details").open = opening;
    open.textContent = opening ? "Close all" : "Open all";
  });
  for (const button of controls.querySelectorAll("[data-download]")) {
    button.addEventListener("click", () => download(shown(), button.dataset.download));
  }

  const follow = () => {
    const target = addressed();
    if (!target || !ledger.contains(target)) return;
    if (target.hidden) {
      search.value = "";
      for (const each of filters) each.value = "";
      filter();
    }
    target.querySelector("details").open = true;
    goTo(target);
  };
  addEventListener("hashchange", follow);
  follow();
}

function records(rows) {
  return rows.map((row) => ({
    id: row.dataset.result,
    label: row.querySelector("summary").textContent,
    printed: row.cells[row.cells.length - 3].textContent,
    recomputed: row.cells[row.cells.length - 2].textContent,
    verdict: row.dataset.verdict,
    severity: row.dataset.severity,
    basis: row.dataset.basis,
    not_recomputable_kind: row.dataset.why,
  }));
}

function download(rows, kind) {
  const data = records(rows);
  const cells = [Object.keys(data[0] ?? {}), ...data.map(Object.values)];
  saveFile(kind === "json" ? JSON.stringify(data, null, 1) : csv(cells), `ledger.${kind}`);
}
