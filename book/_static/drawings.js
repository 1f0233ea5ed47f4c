// Drawings: the making of their parts, and the saving of one as SVG or PNG. It needs tables.js.

const drawings = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const MARGIN = 12; // around a drawing that is saved
  const INHERITED = [
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "font-family",
    "font-size",
    "font-weight",
    "text-anchor",
  ];

  function element(name, attributes = {}, text = "") {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  }

  function drawing(width, height, children) {
    const svg = element("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
    svg.append(...children);
    return svg;
  }

  // The source of a drawing that needs no style sheet, in the light colours on white, as it would
  // look inside `place`, below its title.
  function alone(svg, place, title) {
    const copy = svg.cloneNode(true);
    const above = title ? 40 : MARGIN;
    const width = Math.max(svg.getAttribute("width"), 7 * title.length) + 2 * MARGIN;
    const height = Number(svg.getAttribute("height")) + above + MARGIN;
    const frame = { width, height, viewBox: `${-MARGIN} ${-above} ${width} ${height}` };
    for (const [name, value] of Object.entries(frame)) copy.setAttribute(name, value);
    copy.removeAttribute("style");
    const head = { x: 0, y: 20 - above, "font-size": 13, "font-weight": 600, fill: "var(--chart-ink)" };
    if (title) copy.append(element("text", head, title));
    const nodes = [copy, ...copy.querySelectorAll("*")];
    for (const node of nodes) {
      node.classList.remove("is-shown", "is-faint");
      for (const name of Object.keys(node.dataset)) delete node.dataset[name];
    }
    const { dataset } = document.documentElement;
    const scheme = dataset.theme;
    dataset.theme = "light";
    place.append(copy);
    const styles = new Map(nodes.map((node) => [node, getComputedStyle(node)]));
    for (const [node, style] of styles) {
      for (const name of INHERITED) {
        const value = style.getPropertyValue(name);
        if (value === styles.get(node.parentElement)?.getPropertyValue(name)) node.removeAttribute(name);
        else node.setAttribute(name, value);
      }
    }
    copy.remove();
    dataset.theme = scheme;
    for (const node of nodes) node.removeAttribute("class");
    const ground = { x: -MARGIN, y: -above, width: "100%", height: "100%", fill: "#fff" };
    copy.prepend(element("rect", { ...ground, stroke: "none" }));
    return new XMLSerializer().serializeToString(copy);
  }

  function savePng(source, name) {
    const image = new Image();
    image.addEventListener("load", () => {
      const canvas = make("canvas", { width: 2 * image.width, height: 2 * image.height });
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => saveFile(blob, name));
    });
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`;
  }

  // Buttons that save what `find` gives, styled as in `place` and below what `head` gives, to a file
  // called `name`; readers hear of it by its `title`.
  function saveButtons(title, name, place, find, head) {
    const source = () => alone(find(), place, head());
    const saves = {
      SVG: () => saveFile(source(), `${name}.svg`),
      PNG: () => savePng(source(), `${name}.png`),
    };
    return Object.entries(saves).map(([kind, save]) => saveButton(title, kind, save));
  }

  function saveButton(title, kind, save) {
    const button = make("button", { type: "button", textContent: kind });
    button.setAttribute("aria-label", `Save ${title} as ${kind}`);
    button.addEventListener("click", save);
    return button;
  }

  return { element, drawing, saveButtons, saveButton };
})();
