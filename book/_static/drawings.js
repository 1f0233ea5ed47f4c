// Drawings: the making of their parts, and the saving of one as SVG or PNG. It needs tables.js.

const drawings = (() => {
  const SVG = "http://www.w3.org/2000/svg";
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
  // look inside `place`.
  function alone(svg, place) {
    const copy = svg.cloneNode(true);
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
    copy.prepend(element("rect", { width: "100%", height: "100%", fill: "#fff", stroke: "none" }));
    return new XMLSerializer().serializeToString(copy);
  }

  function savePng(svg, place, name) {
    const [width, height] = ["width", "height"].map((side) => Number(svg.getAttribute(side)));
    const canvas = make("canvas", { width: 2 * width, height: 2 * height });
    const image = new Image();
    image.addEventListener("load", () => {
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => saveFile(blob, name));
    });
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(alone(svg, place))}`;
  }

  // Buttons that save what `find` gives, styled as in `place`, to a file called `name`.
  function saveButtons(title, name, place, find) {
    const saves = {
      SVG: () => saveFile(alone(find(), place), `${name}.svg`),
      PNG: () => savePng(find(), place, `${name}.png`),
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
