// The drawings of the reader's own analysis: an interval in a row, the axis below it, the funnel,
// and the forest plot that is saved. It needs statistics.js and drawings.js.

const whatIfDrawing = (() => {
  const { element, drawing } = drawings;
  const Z = reviewStatistics.quantile(0.95);
  const pen = document.createElement("canvas").getContext("2d");

  // A linear scale from `domain` to `range`, which can run down.
  function linear([low, high], [start, end]) {
    return (value) => start + ((value - low) / (high - low)) * (end - start);
  }

  // About `most` round numbers from `low` to `high`.
  function ticks(low, high, most) {
    const rough = (high - low) / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough);
    const found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
      found.push(Number((i * step).toPrecision(12)));
    }
    return found;
  }

  // The span of all numbers, with no effect and a margin.
  function domain(numbers) {
    let [low, high] = [0, 0];
    for (const number of numbers.filter(Number.isFinite)) {
      low = Math.min(low, number);
      high = Math.max(high, number);
    }
    const margin = 0.04 * (high - low || 1);
    return [low - margin, high + margin];
  }

  const line = (x1, y1, x2, y2, kind) => element("line", { x1, y1, x2, y2, class: kind });

  // One study: its interval, and a square by weight (`share` of the largest), open if that is null;
  // `weigh` gives the drawing another share.
  function study({ yi, vi }, share, span, width) {
    const x = linear(span, [4, width - 4]);
    const reach = Z * Math.sqrt(vi);
    const whisker = line(x(yi - reach), 11, x(yi + reach), 11, "whisker");
    const square = element("rect");
    function weigh(share) {
      const side = 4 + 8 * Math.sqrt(share || 0);
      const place = { x: x(yi) - side / 2, y: 11 - side / 2, width: side, height: side };
      for (const [name, value] of Object.entries(place)) square.setAttribute(name, value);
      whisker.setAttribute("class", share === null ? "whisker open" : "whisker");
      square.setAttribute("class", share === null ? "square open" : "square");
    }
    weigh(share);
    return { svg: drawing(width, 22, [line(x(0), 0, x(0), 22, "none"), whisker, square]), weigh };
  }

  // The pooled effect as a diamond, on its prediction interval.
  function pooled(result, span, width) {
    const x = linear(span, [4, width - 4]);
    const corners = [
      [x(result.ci_low), 11],
      [x(result.estimate), 4],
      [x(result.ci_high), 11],
      [x(result.estimate), 18],
    ];
    const parts = [line(x(0), 0, x(0), 22, "none")];
    if (Number.isFinite(result.pi_low)) {
      parts.push(line(x(result.pi_low), 11, x(result.pi_high), 11, "prediction"));
    }
    if (Number.isFinite(result.ci_low)) {
      parts.push(element("polygon", { points: corners.join(" "), class: "diamond" }));
    }
    return drawing(width, 22, parts);
  }

  function axis(span, width, write) {
    const x = linear(span, [4, width - 4]);
    const parts = [line(4, 1, width - 4, 1, "axis")];
    for (const tick of ticks(...span, Math.max(2, Math.floor(width / 45)))) {
      parts.push(line(x(tick), 1, x(tick), 6, "axis"));
      parts.push(element("text", { x: x(tick), y: 19, "text-anchor": "middle" }, write(tick)));
    }
    return drawing(width, 24, parts);
  }

  const label = (text, width) =>
    drawing(width, 22, [element("text", { x: width / 2, y: 15, "text-anchor": "middle" }, text)]);

  // Effects by their standard errors. `follow` puts them around the pooled effect, with those open
  // that are not `included`.
  function funnel(studies, width) {
    const height = 300;
    const [left, right, top, bottom] = [48, width - 12, 26, height - 44];
    const errors = studies.map(({ vi }) => Math.sqrt(vi));
    const deepest = 1.06 * errors.reduce((a, b) => Math.max(a, b));
    const y = linear([0, deepest], [top, bottom]);
    const frame = element("g");
    const dots = studies.map(({ study }, place) => {
      const dot = element("circle", { cy: y(errors[place]), r: 4 });
      // The script that marks words of a search can't measure this one, and leaves it alone so named.
      dot.append(element("title", { class: "nohighlight" }, study));
      return dot;
    });
    const svg = drawing(width, height, [frame, ...dots]);
    svg.setAttribute("role", "img");
    let drawn;

    function follow(result, included, titles, write) {
      const limits = [result.estimate - Z * deepest, result.estimate + Z * deepest];
      const span = domain([...studies.map(({ yi }) => yi), ...limits]);
      const x = linear(span, [left, right]);
      const parts = [
        line(left, bottom, right, bottom, "axis"),
        line(left, top, left, bottom, "axis"),
        line(x(0), top, x(0), bottom, "none"),
        line(x(result.estimate), top, x(result.estimate), bottom, "middle"),
        ...limits.map((limit) => line(x(result.estimate), top, x(limit), bottom, "limit")),
      ];
      for (const tick of ticks(...span, Math.max(3, Math.floor(width / 90)))) {
        parts.push(line(x(tick), bottom, x(tick), bottom + 5, "axis"));
        const at = { x: x(tick), y: bottom + 18, "text-anchor": "middle" };
        parts.push(element("text", at, write(tick)));
      }
      for (const tick of ticks(0, deepest, 5)) {
        parts.push(line(left - 5, y(tick), left, y(tick), "axis"));
        const at = { x: left - 8, y: y(tick) + 4, "text-anchor": "end" };
        parts.push(element("text", at, String(tick)));
      }
      parts.push(element("text", { x: 0, y: 12 }, "Standard error"));
      const at = { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" };
      parts.push(element("text", at, titles.effect));
      frame.replaceChildren(...parts);
      studies.forEach((study, place) => {
        const dot = dots[place];
        const kind = included(study) ? "dot" : "dot open";
        if (dot.getAttribute("class") !== kind) dot.setAttribute("class", kind);
        if (String(span) !== drawn) dot.setAttribute("cx", x(study.yi));
      });
      drawn = String(span);
      svg.setAttribute("aria-label", titles.whole);
    }

    return { svg, follow };
  }

  // The table of studies as one drawing: each of `rows` has a text for each of `heads`, and its mark.
  function forest(title, lines, heads, rows) {
    const [step, gap, margin] = [22, 18, 12];
    pen.font = `600 12px ${getComputedStyle(document.documentElement).getPropertyValue("--chart-font")}`;
    const texts = [heads, ...rows.map((row) => row.slice(0, heads.length).map(shortened))];
    const ends = [];
    for (const column of heads.keys()) {
      const start = column ? ends[column - 1] + gap : margin;
      ends.push(start + Math.max(...texts.map((cells) => extent(cells[column]))));
    }
    const left = ends[ends.length - 1] + gap;
    const baseline = (row) => margin + step * row + 15;
    const parts = [title, ...lines].map((text, row) =>
      element("text", { x: margin, y: baseline(row), class: row ? "" : "head" }, text),
    );
    texts.forEach((cells, place) => {
      const row = lines.length + 1.5 + place;
      cells.forEach((text, column) => {
        const at = column ? { x: ends[column], "text-anchor": "end" } : { x: margin };
        parts.push(element("text", { ...at, y: baseline(row), class: place ? "" : "head" }, text));
      });
      const mark = place && rows[place - 1][heads.length];
      if (!mark) return;
      mark.setAttribute("x", left);
      mark.setAttribute("y", margin + step * row);
      parts.push(mark);
    });
    const wide = Math.max(...[title, ...lines].map((text) => margin + extent(text)));
    const marks = rows.map((row) => left + row[heads.length].width.baseVal.value);
    const width = Math.ceil(Math.max(wide, ...marks) + margin);
    return drawing(width, step * (lines.length + 1.5 + texts.length) + 2 * margin, parts);
  }

  const shortened = (text) => (text.length > 48 ? `${text.slice(0, 47)}…` : text);

  // The width of a text, with some room for the type of another system.
  function extent(text) {
    return 1.05 * pen.measureText(text).width;
  }

  return { Z, domain, study, pooled, axis, label, funnel, forest };
})();
