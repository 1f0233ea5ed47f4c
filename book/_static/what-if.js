// The reader's own analysis: which studies, which measure, model and interval. It needs tables.js,
// drawings.js, statistics.js and the other what-if scripts; without scripts the page says where the
// published analyses are.

for (const place of document.querySelectorAll(".what-if")) later(() => startWhatIf(place));

function startWhatIf(place) {
  const ROWS = 200; // of a table, that are shown together
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
  let saving;
  // Asked at once how wide things are, the browser would lay the page out twice for each change.
  const sizes = new ResizeObserver(() => measure() && draw());

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
    view = { rows: new Map(), effects: new Map(), levels: [] };
    const controls = make("form", { className: "ledger-controls" });
    controls.setAttribute("aria-label", "Your own analysis");
    controls.addEventListener("submit", (event) => event.preventDefault());
    const change = (name) => (value) => {
      state[name] = value;
      if (name === "measure") arrange();
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
    view.saveFunnel = saver("Funnel plot", "funnel", () => view.funnel.svg, settings);
    place.replaceChildren(
      source,
      controls,
      view.note,
      view.said,
      view.result,
      saveForest,
      table(),
      pager(),
      view.figure,
      actions,
    );
    sizes.disconnect();
    for (const each of [place, view.axisTitle]) sizes.observe(each);
    arrange();
    measure();
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
          arrange();
          draw();
        });
        header.append(button);
        header.dataset.key = key;
      } else header.textContent = text;
      head.append(header);
    }
    view.head = head;
    view.body = make("tbody");
    view.pooled = make("td", { className: "number" });
    view.pooledPlot = make("td", { className: "what-if-plot" });
    view.axis = make("td", { className: "what-if-plot" });
    view.axisTitle = make("div", { className: "what-if-axis" });
    view.axis.append(view.axisTitle);
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
    sayRoles(frame);
    return frame;
  }

  // On a phone rows are laid out as grids, and lose what the tags say of them.
  function sayRoles(part) {
    for (const [selector, role] of Object.entries(ROLES)) {
      for (const each of part.querySelectorAll(selector)) each.setAttribute("role", role);
    }
  }

  // What leads from some rows of a long table to others.
  function pager() {
    const turn = (text, rows) => {
      const button = make("button", { type: "button", textContent: text });
      button.addEventListener("click", () => {
        view.first += rows;
        showRows();
        draw();
      });
      return button;
    };
    view.earlier = turn("Earlier rows", -ROWS);
    view.later = turn("Later rows", ROWS);
    view.place = make("output");
    const long = state.outcome.studies.length > ROWS;
    return make("p", { className: "ledger-controls", hidden: !long }, view.earlier, view.later, view.place);
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

  // The studies in the order of the table, whose first rows are then shown.
  function arrange() {
    const key = (study) => {
      if (order.column === "yi") return study.effects[state.measure]?.[0] ?? Infinity;
      if (order.column === "vi") return study.effects[state.measure]?.[1] ?? Infinity;
      return order.column === "animals" ? parseFloat(study.animals) || 0 : study[order.column];
    };
    view.listed = [...state.outcome.studies];
    // A small variance is a large weight: the first click puts the largest on top.
    if (order.column) view.listed.sort((a, b) => compare(key(a), key(b)));
    if (order.falling) view.listed.reverse();
    for (const header of order.column ? view.head.cells : []) {
      if (!header.dataset.key) continue;
      const sorted = header.dataset.key === order.column;
      // Weights fall as the variances that they are sorted by rise.
      const falls = order.falling !== (order.column === "vi");
      header.setAttribute("aria-sort", sorted ? (falls ? "descending" : "ascending") : "none");
    }
    view.first = 0;
    showRows();
  }

  // A row is made when it is first shown.
  function showRows() {
    const { listed, rows, first } = view;
    const end = Math.min(first + ROWS, listed.length);
    view.shown = listed.slice(first, end).map((study) => {
      if (!rows.has(study.slug)) rows.set(study.slug, row(study));
      return rows.get(study.slug);
    });
    view.body.replaceChildren(...view.shown.map(({ element }) => element));
    sayRoles(view.body);
    view.earlier.disabled = first === 0;
    view.later.disabled = end === listed.length;
    view.place.value = `${(first + 1).toLocaleString("en")} to ${outOf(end, listed.length)}`;
  }

  // Everything that follows from the state

  // The effects of the measure by study, what pooling those that are chosen gives, and their weights.
  function analysis() {
    const effects = effectsOf(state.measure);
    const chosen = [...effects.values()].filter(({ slug }) => !state.without.has(slug));
    const result = chosen.length
      ? reviewStatistics.pool(chosen.map(({ yi }) => yi), chosen.map(({ vi }) => vi), state)
      : null;
    const weights = new Map(chosen.map(({ slug }, i) => [slug, result.weights[i]]));
    return { effects, result, weights, largest: result?.weights.reduce((a, b) => Math.max(a, b)) };
  }

  function effectsOf(measure) {
    if (!view.effects.has(measure)) {
      const known = state.outcome.studies.filter(({ effects }) => effects[measure]);
      const effects = known.map(({ slug, study, effects: { [measure]: [yi, vi] } }) => [slug, { slug, study, yi, vi }]);
      view.effects.set(measure, new Map(effects));
    }
    return view.effects.get(measure);
  }

  function update(saves = true) {
    view.analysis = analysis();
    const { result } = view.analysis;
    for (const { box, studies } of view.levels) {
      const ticked = studies.filter(({ slug }) => !state.without.has(slug)).length;
      box.checked = ticked > 0;
      box.indeterminate = ticked > 0 && ticked < studies.length;
    }
    put(
      view.pooled,
      result ? whatIfWords.estimate(result.estimate, result.ci_low, result.ci_high, measureOf()) : "–",
    );
    say(result);
    draw();
    if (saves) {
      clearTimeout(saving);
      saving = setTimeout(save); // after the page is drawn, which a new address would wait for
    }
  }

  // What does not change is left alone: nothing of it has to be laid out again.
  function put(cell, text) {
    if (cell.textContent !== text) cell.textContent = text;
  }

  // The words of a study in the table.
  function words({ slug }) {
    const effect = view.analysis.effects.get(slug);
    const weight = view.analysis.weights.get(slug);
    const reach = effect && whatIfDrawing.Z * Math.sqrt(effect.vi);
    return {
      effect: effect
        ? whatIfWords.estimate(effect.yi, effect.yi - reach, effect.yi + reach, measureOf())
        : `no ${state.measure}`,
      weight: weight === undefined ? "–" : `${weight.toFixed(1)}%`,
    };
  }

  function draw() {
    for (const { study, box, effect, weight, element } of view.shown) {
      const said = words(study);
      box.checked = !state.without.has(study.slug);
      element.classList.toggle("left-out", !view.analysis.weights.has(study.slug));
      put(effect, said.effect);
      put(weight, said.weight);
    }
    put(view.axisTitle, whatIfWords.axis(state.outcome, measureOf()));
    drawRows(view.room);
    drawFunnel(view.wide);
  }

  // The room that words leave for the drawings of the table, and that of the funnel.
  function measure() {
    const room = Math.max(140, view.axisTitle.clientWidth);
    const wide = Math.max(280, Math.min(680, place.clientWidth));
    const changed = room !== view.room || wide !== view.wide;
    Object.assign(view, { room, wide });
    return changed;
  }

  // A mark is drawn anew only if all are, and otherwise follows its weight.
  function drawRows(width) {
    const { effects, result } = view.analysis;
    const span = spanOf();
    const frame = `${state.measure} ${span} ${width}`;
    for (const row of view.shown) {
      const { slug } = row.study;
      if (row.frame === frame) row.mark?.weigh(shareOf(slug));
      else {
        row.frame = frame;
        row.mark = effects.has(slug)
          ? whatIfDrawing.study(effects.get(slug), shareOf(slug), span, width)
          : null;
        row.plot.replaceChildren(...(row.mark ? [row.mark.svg] : []));
      }
    }
    view.pooledPlot.replaceChildren(...(result ? [whatIfDrawing.pooled(result, span, width)] : []));
    view.axis.replaceChildren(axisOf(span, width), view.axisTitle);
  }

  // What all drawings of the table show of the scale.
  function spanOf() {
    const { effects, result } = view.analysis;
    const ends = [...effects.values()].flatMap(({ yi, vi }) => [yi - 2 * Math.sqrt(vi), yi + 2 * Math.sqrt(vi)]);
    return whatIfDrawing.domain([...ends, result?.pi_low, result?.pi_high]);
  }

  // The weight of a study as a part of the largest; null if it is left out.
  function shareOf(slug) {
    const { weights, largest } = view.analysis;
    return weights.has(slug) ? weights.get(slug) / largest : null;
  }

  const axisOf = (span, width) =>
    whatIfDrawing.axis(span, width, (tick) => whatIfWords.tick(tick, measureOf()));

  const title = () => `${state.outcome.label}: a reader’s own analysis`;

  // The table as one drawing, its rows in the order that is shown.
  function forest() {
    const width = 380;
    const { effects, result } = view.analysis;
    const span = spanOf();
    const rows = view.listed.filter(({ slug }) => effects.has(slug)).map((study) => {
      const { effect, weight } = words(study);
      const { svg } = whatIfDrawing.study(effects.get(study.slug), shareOf(study.slug), span, width);
      return [study.study, effect, weight, svg];
    });
    if (result) rows.push(["Pooled", view.pooled.textContent, "", whatIfDrawing.pooled(result, span, width)]);
    rows.push(["", "", "", axisOf(span, width)], ["", "", "", whatIfDrawing.label(view.axisTitle.textContent, width)]);
    if (state.without.size) rows.push(["Open and dotted: left out", "", "", whatIfDrawing.label("", width)]);
    const lines = whatIfWords.lines(state, measureOf(), result);
    return whatIfDrawing.forest(title(), lines, ["Study", "Effect (95% CI)", "Weight"], rows);
  }

  function drawFunnel(width) {
    const { effects, result } = view.analysis;
    if (!result) {
      view.figure.replaceChildren();
      return;
    }
    const frame = `${state.measure} ${width}`;
    if (view.funnel?.frame !== frame) {
      view.funnel = { frame, ...whatIfDrawing.funnel([...effects.values()], width) };
    }
    const measure = measureOf();
    const titles = {
      effect: whatIfWords.axis(state.outcome, measure),
      whole: `Funnel plot of your own analysis of ${effects.size} studies; those left out are open circles`,
    };
    const tick = (value) => whatIfWords.tick(value, measure);
    view.funnel.follow(result, ({ slug }) => view.analysis.weights.has(slug), titles, tick);
    if (!view.funnel.svg.isConnected) view.figure.replaceChildren(view.saveFunnel, view.funnel.svg);
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
    const { effects, weights } = view.analysis;
    const rows = [...effects.values()].map(({ slug, study, yi, vi }) =>
      [study, weights.has(slug) ? "yes" : "no", yi, vi, weights.get(slug) ?? ""].map(String),
    );
    return [["study", "included", `yi_${state.measure}`, "vi", "weight_percent"], ...rows];
  }

  function save() {
    history.replaceState(null, "", whatIfAddress.write(state));
  }

  build();
  follow();
  addEventListener("hashchange", follow);
}
