// The reader's own analysis: which studies, which measure, model and interval. It needs tables.js,
// drawings.js, statistics.js and the other what-if scripts; without scripts the page says where the
// published analyses are.

for (const place of document.querySelectorAll(".what-if")) later(() => startWhatIf(place));

function startWhatIf(place) {
  const ROLES = {
    table: "table",
    "thead, tbody, tfoot": "rowgroup",
    tr: "row",
    td: "cell",
    "th[scope=col]": "columnheader",
    "th[scope=row]": "rowheader",
  };
  const source = place.querySelector(".what-if-data");
  const data = JSON.parse(source.textContent);
  const outcomes = new Map(data.outcomes.map((outcome) => [outcome.id, outcome]));
  let state = usual(data.outcomes[data.outcomes.length - 1]);
  let view;
  let order = { column: "", falling: false };

  // The state that gives the living estimate of an outcome.
  function usual(outcome) {
    const measure = outcome.living?.measure ?? outcome.measures[0].name;
    return { outcome, measure, ...data.modern, without: new Set() };
  }

  function follow() {
    if (!whatIfAddress.asks(location.hash)) return;
    const { found, unknown } = whatIfAddress.read(location.hash, outcomes, state.outcome.id, usual);
    state = found;
    build();
    if (unknown.length) {
      const said = unknown.join(", ").slice(0, 120);
      view.note.textContent = `The address asks for what is not known here, and is followed without it: ${said}.`;
    }
    goTo(place);
  }

  const measureOf = () => state.outcome.measures.find(({ name }) => name === state.measure);

  // Controls and table, made anew for an outcome

  function choice(label, options, chosen, change) {
    const select = make("select");
    for (const [value, text] of options) select.append(new Option(text, value, false, value === chosen));
    select.addEventListener("change", () => change(select.value));
    return labelled(label, select);
  }

  function build() {
    const { outcome } = state;
    view = { rows: new Map(), levels: [] };
    const controls = make("form", { className: "ledger-controls" });
    controls.setAttribute("aria-label", "Your own analysis");
    controls.addEventListener("submit", (event) => event.preventDefault());
    const change = (name) => (value) => {
      state[name] = value;
      update();
    };
    controls.append(
      choice(
        "Outcome",
        data.outcomes.map(({ id, label }) => [id, label]),
        outcome.id,
        (id) => {
          state = { ...state, outcome: outcomes.get(id), without: new Set() };
          if (!measureOf()) state.measure = state.outcome.measures[0].name;
          build();
          save();
          view.controls.querySelector("select").focus();
        },
      ),
      choice("Measure", outcome.measures.map(({ name }) => [name, name]), state.measure, change("measure")),
      choice("Model", reviewStatistics.METHODS.map((name) => [name, whatIfWords.METHODS[name]]), state.method, change("method")),
      choice("Interval", reviewStatistics.TESTS.map((name) => [name, whatIfWords.TESTS[name]]), state.test, change("test")),
    );
    for (const moderator of data.moderators) controls.append(levels(moderator));
    view.controls = controls;
    const back = make("button", { type: "button", textContent: "Back to the living estimate" });
    back.addEventListener("click", () => {
      state = usual(state.outcome);
      build();
      history.replaceState(null, "", "#your-own-analysis");
      view.controls.querySelector("select").focus();
    });
    const copy = make("button", { type: "button", textContent: "Copy the address" });
    copy.addEventListener("click", async () => {
      save();
      const copied = await putOnClipboard(location.href, copy);
      copy.textContent = copied ? "Copied" : "It is in the address bar, to be copied";
    });
    const csvButton = make("button", { type: "button", textContent: "Download CSV" });
    csvButton.addEventListener("click", () => saveFile(csv(records()), `${outcome.id}-own-analysis.csv`));
    view.said = make("p", { className: "what-if-said" });
    view.said.setAttribute("role", "status");
    view.note = make("p", { className: "what-if-note" });
    view.result = make("dl", { className: "what-if-result" });
    view.figure = make("div", { className: "what-if-funnel" });
    const actions = make("p", { className: "ledger-controls" }, back, copy, csvButton);
    const saveForest = saver("Forest plot", "forest", forest, () => "");
    const settings = () => `${title()}; ${whatIfWords.lines(state, measureOf())[0]}`;
    const funnel = () => view.figure.querySelector("svg");
    view.saveFunnel = saver("Funnel plot", "funnel", funnel, settings);
    place.replaceChildren(
      source,
      controls,
      view.note,
      view.said,
      view.result,
      saveForest,
      table(),
      view.figure,
      actions,
    );
    update(false);
  }

  // Buttons that save a drawing, as it is when they are used.
  function saver(title, kind, find, head) {
    const name = `${state.outcome.id}-own-${kind}`;
    const label = `the ${title.toLowerCase()} of your own analysis`;
    const tools = make("div", { className: "chart-tools" }, `${title}:`);
    tools.append(...drawings.saveButtons(label, name, place, find, head));
    return tools;
  }

  // One box for each level of a moderator, which ticks all its studies.
  function levels({ name, title, levels: meanings }) {
    const set = make("fieldset", {}, make("legend", { textContent: title }));
    for (const [code, meaning] of Object.entries(meanings)) {
      const studies = state.outcome.studies.filter((study) => study.moderators[name] === code);
      if (!studies.length) continue;
      const box = make("input", { type: "checkbox" });
      box.addEventListener("change", () => {
        for (const { slug } of studies) {
          if (box.checked) state.without.delete(slug);
          else state.without.add(slug);
        }
        update();
      });
      view.levels.push({ box, studies });
      set.append(make("label", {}, box, ` ${meaning} (${studies.length})`));
    }
    return set;
  }

  function table() {
    const columns = [
      ["study", "Study"],
      ["year", "Year"],
      ["animals", "Treated\u00a0/ control"],
      ["yi", "Effect (95% CI)"],
      ["vi", "Weight"],
      ["", "Drawing"],
    ];
    const head = make("tr");
    for (const [key, text] of columns) {
      const header = make("th", { scope: "col" });
      if (key) {
        const button = make("button", { type: "button", textContent: text });
        button.addEventListener("click", () => {
          order = { column: key, falling: order.column === key && !order.falling };
          sort();
        });
        header.append(button);
        header.dataset.key = key;
      } else header.textContent = text;
      head.append(header);
    }
    view.head = head;
    view.body = make("tbody");
    for (const study of state.outcome.studies) view.rows.set(study.slug, row(study));
    view.body.append(...[...view.rows.values()].map(({ element }) => element));
    view.pooled = make("td", { className: "number" });
    view.pooledPlot = make("td", { className: "what-if-plot" });
    view.axis = make("td", { className: "what-if-plot" });
    const total = make("th", { scope: "row", textContent: "Pooled" });
    const foot = make(
      "tfoot",
      {},
      make("tr", {}, total, make("td"), make("td"), view.pooled, make("td"), view.pooledPlot),
      make("tr", {}, ...[1, 2, 3, 4, 5].map(() => make("td")), view.axis),
    );
    const caption = make("caption", { textContent: `${state.outcome.label}: your choice of studies` });
    const made = make("table", { className: "review-table what-if-table" }, caption, make("thead", {}, head), view.body, foot);
    const frame = make("div", { className: "table-frame", tabIndex: 0 }, made);
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", caption.textContent);
    // On a phone rows are laid out as grids, and lose what the tags say of them.
    for (const [selector, role] of Object.entries(ROLES)) {
      for (const each of frame.querySelectorAll(selector)) each.setAttribute("role", role);
    }
    return frame;
  }

  function row(study) {
    const box = make("input", { type: "checkbox" });
    box.addEventListener("change", () => {
      if (box.checked) state.without.delete(study.slug);
      else state.without.add(study.slug);
      update();
    });
    const label = make("label", { title: study.source }, box, ` ${study.study}`);
    const cells = {
      effect: make("td", { className: "number short" }),
      weight: make("td", { className: "number" }),
      plot: make("td", { className: "what-if-plot" }),
    };
    const element = make(
      "tr",
      {},
      make("th", { scope: "row" }, label),
      make("td", { className: "number", textContent: study.year }),
      make("td", { className: "number", textContent: study.animals }),
      cells.effect,
      cells.weight,
      cells.plot,
    );
    return { study, box, element, ...cells };
  }

  function sort() {
    if (!order.column) return;
    const key = ({ study }) => {
      if (order.column === "yi") return study.effects[state.measure]?.[0] ?? Infinity;
      if (order.column === "vi") return study.effects[state.measure]?.[1] ?? Infinity;
      return order.column === "animals" ? parseFloat(study.animals) || 0 : study[order.column];
    };
    // A small variance is a large weight: the first click puts the largest on top.
    const rows = [...view.rows.values()].sort((a, b) => compare(key(a), key(b)));
    if (order.falling) rows.reverse();
    view.rows = new Map(rows.map((row) => [row.study.slug, row]));
    view.body.append(...rows.map(({ element }) => element));
    for (const header of view.head.cells) {
      if (!header.dataset.key) continue;
      const sorted = header.dataset.key === order.column;
      // Weights fall as the variances that they are sorted by rise.
      const falls = order.falling !== (order.column === "vi");
      header.setAttribute("aria-sort", sorted ? (falls ? "descending" : "ascending") : "none");
    }
  }

  // Everything that follows from the state

  function analysis() {
    const known = state.outcome.studies
      .filter(({ effects }) => effects[state.measure])
      .map(({ slug, study, effects }) => {
        const [yi, vi] = effects[state.measure];
        return { slug, study, yi, vi, included: !state.without.has(slug) };
      });
    const chosen = known.filter(({ included }) => included);
    const result = chosen.length
      ? reviewStatistics.pool(chosen.map(({ yi }) => yi), chosen.map(({ vi }) => vi), state)
      : null;
    return { known, chosen, result };
  }

  function update(saves = true) {
    view.analysis = analysis();
    const { chosen, result } = view.analysis;
    view.shares = new Map(chosen.map(({ slug }, i) => [slug, result.weights[i]]));
    write();
    drawRows();
    drawFunnel();
    sort();
    if (saves) save();
  }

  // The words, which decide how much room is left for the drawings.
  function write() {
    const { known, result } = view.analysis;
    const measure = measureOf();
    const effects = new Map(known.map((each) => [each.slug, each]));
    for (const { study, box, effect, weight, element } of view.rows.values()) {
      const found = effects.get(study.slug);
      const share = view.shares.get(study.slug);
      const reach = found && whatIfDrawing.Z * Math.sqrt(found.vi);
      box.checked = !state.without.has(study.slug);
      element.classList.toggle("left-out", share === undefined);
      weight.textContent = share === undefined ? "–" : `${share.toFixed(1)}%`;
      effect.textContent = found
        ? whatIfWords.estimate(found.yi, found.yi - reach, found.yi + reach, measure)
        : `no ${state.measure}`;
    }
    for (const { box, studies } of view.levels) {
      const ticked = studies.filter(({ slug }) => !state.without.has(slug)).length;
      box.checked = ticked > 0;
      box.indeterminate = ticked > 0 && ticked < studies.length;
    }
    view.pooled.textContent = result
      ? whatIfWords.estimate(result.estimate, result.ci_low, result.ci_high, measure)
      : "–";
    say(result);
  }

  function drawRows() {
    const { marks, total, axis } = drawn(room());
    for (const [slug, mark] of marks) view.rows.get(slug).plot.append(mark);
    if (total) view.pooledPlot.append(total);
    const title = whatIfWords.axis(state.outcome, measureOf());
    view.axis.append(axis, make("div", { className: "what-if-axis", textContent: title }));
  }

  // The drawings of the table, of one width.
  function drawn(width) {
    const { known, result } = view.analysis;
    const largest = Math.max(...view.shares.values());
    const ends = known.flatMap(({ yi, vi }) => [yi - 2 * Math.sqrt(vi), yi + 2 * Math.sqrt(vi)]);
    const span = whatIfDrawing.domain([...ends, result?.pi_low, result?.pi_high]);
    const marks = known.map((each) => {
      const share = view.shares.get(each.slug);
      const size = share === undefined ? null : share / largest;
      return [each.slug, whatIfDrawing.study(each, size, span, width)];
    });
    return {
      marks: new Map(marks),
      total: result && whatIfDrawing.pooled(result, span, width),
      axis: whatIfDrawing.axis(span, width, (tick) => whatIfWords.tick(tick, measureOf())),
    };
  }

  const title = () => `${state.outcome.label}: a reader’s own analysis`;

  // The table as one drawing, its rows in the order that is shown.
  function forest() {
    const { marks, total, axis } = drawn(380);
    const rows = [...view.rows.values()]
      .map(({ study, effect, weight }) => [study.study, effect.textContent, weight.textContent, marks.get(study.slug)])
      .filter(([, , , mark]) => mark);
    if (total) rows.push(["Pooled", view.pooled.textContent, "", total]);
    rows.push(["", "", "", axis], ["", "", "", whatIfDrawing.label(whatIfWords.axis(state.outcome, measureOf()), 380)]);
    if (state.without.size) rows.push(["Open and dotted: left out", "", "", whatIfDrawing.label("", 380)]);
    const lines = whatIfWords.lines(state, measureOf(), view.analysis.result);
    return whatIfDrawing.forest(title(), lines, ["Study", "Effect (95% CI)", "Weight"], rows);
  }

  // The width that is left for the drawings, once those of another width are gone.
  function room() {
    for (const { plot } of view.rows.values()) plot.replaceChildren();
    view.pooledPlot.replaceChildren();
    view.axis.replaceChildren();
    return Math.max(140, Math.floor(view.axis.clientWidth));
  }

  function drawFunnel() {
    const { known, result } = view.analysis;
    const measure = measureOf();
    const width = Math.max(280, Math.min(680, place.clientWidth));
    const tick = (value) => whatIfWords.tick(value, measure);
    const titles = {
      effect: whatIfWords.axis(state.outcome, measure),
      whole: `Funnel plot of your own analysis of ${known.length} studies; those left out are open circles`,
    };
    view.figure.replaceChildren(
      ...(result ? [view.saveFunnel, whatIfDrawing.funnel(known, result, width, titles, tick)] : []),
    );
  }

  function say(result) {
    view.note.textContent = "";
    view.result.replaceChildren();
    view.said.textContent = result
      ? whatIfWords.difference(state, usual(state.outcome), measureOf(), result)
      : "No study is chosen: there is nothing to pool.";
    if (!result) return;
    const facts = whatIfWords.facts(state.outcome, measureOf(), result);
    for (const [term, meaning] of Object.entries(facts)) {
      view.result.append(
        make("div", {}, make("dt", { textContent: term }), make("dd", { textContent: meaning })),
      );
    }
  }

  function records() {
    const weights = new Map(view.analysis.chosen.map(({ slug }, i) => [slug, view.analysis.result.weights[i]]));
    const rows = view.analysis.known.map(({ slug, study, yi, vi, included }) =>
      [study, included ? "yes" : "no", yi, vi, weights.get(slug) ?? ""].map(String),
    );
    return [["study", "included", `yi_${state.measure}`, "vi", "weight_percent"], ...rows];
  }

  function save() {
    history.replaceState(null, "", whatIfAddress.write(state));
  }

  build();
  follow();
  addEventListener("hashchange", follow);
  let width = place.clientWidth;
  new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    update(false);
  }).observe(place);
}
