// What a chart can do besides being looked at: it says its numbers, shows a study in all charts of
// the page, sorts and chooses its rows, and is saved. Without this script it stands as it is drawn.
// It needs tables.js and drawings.js.

(() => {
  const ORDER_NAMES = {
    "": "as listed",
    effect: "by effect",
    year: "by year",
    weight: "by weight",
    precision: "by precision",
  };
  const groups = new Map(); // the groups of a study by its name: the same in all charts of a page
  let pinned = "";

  // What is said of the mark under the pointer

  const tip = make("div", { className: "chart-tip", hidden: true });
  tip.setAttribute("aria-hidden", "true"); // the folded table says the same
  document.body.append(tip);

  function tell(mark, x, y) {
    const { key, tip: text } = mark.dataset;
    // The arms of a study are those of one outcome: another chart's would be wrong here.
    const own = mark.closest("figure").reviewAbout[key];
    const facts = Object.entries(own?.facts ?? groups.get(key) ?? {});
    tip.replaceChildren(
      make("strong", { textContent: text || key }),
      ...facts.map(([name, fact]) => make("div", { textContent: `${name}: ${fact}` })),
    );
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.min(x + 14, document.documentElement.clientWidth - width - 8);
    const top = y + 18 + height > innerHeight ? y - height - 10 : y + 18;
    tip.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
  }

  // One study in every chart of the page

  function highlight(key) {
    for (const mark of document.querySelectorAll("figure.chart .is-shown")) {
      mark.classList.remove("is-shown");
    }
    for (const figure of document.querySelectorAll("figure.chart")) {
      const marks = key ? figure.querySelectorAll(`[data-key="${CSS.escape(key)}"]`) : [];
      figure.classList.toggle("has-shown", marks.length > 0);
      for (const mark of marks) mark.classList.add("is-shown");
    }
  }

  function quiet() {
    tip.hidden = true;
    highlight(pinned);
  }

  document.addEventListener("pointerover", (event) => {
    const mark = event.target.closest?.("figure.chart [data-tip], figure.chart [data-key]");
    if (!mark) return;
    if (mark.closest("svg")) tell(mark, event.clientX, event.clientY);
    highlight(mark.dataset.key || pinned);
  });
  document.addEventListener("pointerout", (event) => {
    if (event.target.closest?.("figure.chart [data-tip], figure.chart [data-key]")) quiet();
  });
  document.addEventListener("click", (event) => {
    const mark = event.target.closest?.("figure.chart svg [data-key]");
    if (!mark && !event.target.closest?.("figure.chart svg")) return;
    pinned = mark && mark.dataset.key !== pinned ? mark.dataset.key : "";
    highlight(pinned);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    pinned = "";
    quiet();
  });

  // Rows of a drawing: each study's pieces, and the height of its row

  function rowsOf(svg) {
    const rows = new Map();
    for (const piece of svg.querySelectorAll("[data-key]")) {
      const { key } = piece.dataset;
      if (!rows.has(key)) rows.set(key, { key, pieces: [], top: Infinity });
      const row = rows.get(key);
      const [, x, y] = /translate\(\s*([-\d.]+)[ ,]+([-\d.]+)/.exec(piece.getAttribute("transform") ?? "") ?? [];
      row.pieces.push({ piece, transform: piece.getAttribute("transform") ?? "" });
      if (piece.tagName === "text" && x !== undefined) row.top = Math.min(row.top, Number(y));
    }
    const found = [...rows.values()].sort((a, b) => a.top - b.top);
    const steps = found.slice(1).map(({ top }, i) => top - found[i].top);
    const usual = steps.length ? Math.min(...steps) : 0;
    found.forEach((row, i) => (row.height = steps[i] ?? usual));
    return found;
  }

  function sort(figure, by) {
    for (const svg of figure.querySelectorAll("svg")) {
      const rows = (svg.reviewRows ??= rowsOf(svg));
      if (!rows.length) continue;
      const value = ({ key }) => figure.reviewAbout[key].order[by];
      const sign = by === "weight" || by === "precision" ? -1 : 1; // the largest on top
      const sorted = by ? [...rows].sort((a, b) => sign * (value(a) - value(b))) : rows;
      let at = rows[0].top;
      for (const row of sorted) {
        const shift = at - row.top;
        for (const { piece, transform } of row.pieces) {
          piece.setAttribute("transform", shift ? `translate(0,${shift}) ${transform}` : transform);
          if (!shift && !transform) piece.removeAttribute("transform");
        }
        at += row.height;
      }
    }
  }

  // Studies that are not of the chosen groups are faint, in every chart of the page.
  const chosen = new Map();

  function choose() {
    const out = (key) =>
      [...chosen].some(([name, value]) => value && groups.get(key)?.[name] !== value);
    for (const mark of document.querySelectorAll("figure.chart svg [data-key]")) {
      mark.classList.toggle("is-faint", out(mark.dataset.key));
    }
    for (const select of document.querySelectorAll(".chart-tools select[data-group]")) {
      select.value = chosen.get(select.dataset.group) ?? "";
    }
  }

  // Saving

  function numbers(figure) {
    const rows = Array.from(figure.querySelectorAll(".chart-table tr"), (row) =>
      Array.from(row.cells, (cell) => cell.textContent),
    );
    return csv(rows);
  }

  const shownIn = (figure) => Array.from(figure.querySelectorAll("svg")).find((svg) => svg.checkVisibility());

  // What the drawings of a figure are about, the line of tools above them and the one below

  function group(figure, what, name) {
    const made = make("div", { className: name });
    made.setAttribute("role", "group");
    made.setAttribute("aria-label", `${what}: ${title(figure)}`);
    return made;
  }

  function addTools(figure) {
    const studies = Object.values(figure.reviewAbout);
    const tools = group(figure, "What the chart shows", "chart-tools");
    const orders = Object.keys(studies[0]?.order ?? {});
    if (orders.length && studies.length > 1) {
      const select = make("select");
      for (const name of ["", ...orders]) select.append(new Option(ORDER_NAMES[name] ?? name, name));
      select.addEventListener("change", () => sort(figure, select.value));
      tools.append(labelled("Sort", select));
    }
    for (const name of Object.keys(studies[0]?.groups ?? {})) {
      const values = [...new Set(studies.map(({ groups }) => groups[name]))].sort();
      if (values.length < 2) continue;
      const select = make("select");
      select.dataset.group = name;
      select.append(new Option("all", ""), ...values.map((value) => new Option(value)));
      select.value = chosen.get(name) ?? "";
      select.addEventListener("change", () => {
        chosen.set(name, select.value);
        choose();
      });
      tools.append(labelled(name, select));
    }
    if (tools.children.length) figure.querySelector("figcaption").after(tools);
    const keep = group(figure, "To keep of the chart", "chart-tools chart-keep");
    keep.append(
      ...drawings.saveButtons(title(figure), figure.id, figure, () => shownIn(figure), () => title(figure)),
      drawings.saveButton(title(figure), "CSV", () => saveFile(numbers(figure), `${figure.id}.csv`)),
    );
    figure.querySelector("details").before(keep);
    for (const row of figure.querySelectorAll(".chart-table tbody tr")) {
      const key = row.cells[0].textContent.replace(/^without /, "");
      if (figure.querySelector(`svg [data-key="${CSS.escape(key)}"]`)) row.dataset.key = key;
    }
  }

  const title = (figure) => figure.querySelector("figcaption strong").textContent;

  // A chart that the data leave undefined keeps its place, and has nothing to work with.
  for (const figure of document.querySelectorAll("figure.chart:has(svg)")) {
    const told = figure.querySelector(".chart-about");
    figure.reviewAbout = told ? JSON.parse(told.textContent) : {};
    for (const [key, each] of Object.entries(figure.reviewAbout)) {
      groups.set(key, { ...groups.get(key), ...each.groups });
    }
    later(() => addTools(figure));
  }
})();
