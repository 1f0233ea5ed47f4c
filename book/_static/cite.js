// Copying and saving references, and the dialog that cites one result or chart by its id.
// Without this script the references of a page stand as they are. It needs tables.js.

// What TeX prints as the signs that mean something to it; as in analysis/citing/files.py.
const TEX = {
  "\\": "\\textbackslash{}",
  "{": "\\textbraceleft{}",
  "}": "\\textbraceright{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};

const CITE_ESCAPES = {
  bibtex: (text) => text.replace(/[\\{}~^&%$#_]/g, (sign) => TEX[sign] ?? `\\${sign}`),
  csl: (text) => JSON.stringify(text).slice(1, -1),
};

// What has an id of its own: where its label stands, and where its buttons go.
const CITABLE = {
  ".review-table:not(.ledger-table) tr[id]": (row) => [row.cells[0], row.cells[0]],
  ".finding[id]": (item) => [item.querySelector("b"), item.querySelector(".finding-proof")],
  "details.reasons[id]": (fold) => [fold.querySelector("summary"), fold],
  "figure.chart": (figure) => [
    figure.querySelector("figcaption strong"),
    figure.querySelector(".chart-keep") ?? figure,
  ],
};

for (const item of document.querySelectorAll(".cite-item")) later(() => addButtons(item));
for (const data of document.querySelectorAll("script.citations")) {
  later(() => addCiting(JSON.parse(data.textContent)));
}

// A template with what is said of a result in its places.
function filled(template, format, result) {
  const escaped = CITE_ESCAPES[format] ?? String;
  return onThisSite(template.replace(/⟦(label|kind|id)⟧/g, (_, name) => escaped(result[name])));
}

// A reference of a book that was built without knowing its address: where it is read, it is known.
function onThisSite(text) {
  if (!location.protocol.startsWith("http")) return text;
  const site = new URL("..", location.href).href;
  return text.replace(/(?<=^|[\s{"])book\/[a-z-]+\.html/gm, (place) => site + place);
}

function oneLine(element) {
  return element.textContent.trim().split(/\s+/).join(" ");
}

function citeButton(text, act, about) {
  const button = make("button", { type: "button", textContent: text });
  if (about) button.setAttribute("aria-label", `${text}: ${about}`);
  button.addEventListener("click", () => act(button));
  return button;
}

function citeButtons(...buttons) {
  return make("span", { className: "cite-buttons" }, ...buttons);
}

// Copy a text, and say so on the button and to those who hear the page.
async function copyText(text, button) {
  button.dataset.name ??= button.textContent;
  const done = await putOnClipboard(text, button);
  button.textContent = done ? "Copied" : "Not copied";
  let said = button.parentElement.querySelector("[role=status]");
  if (!said) {
    said = make("span", { className: "visually-hidden" });
    said.setAttribute("role", "status");
    button.parentElement.append(said);
  }
  said.textContent = button.textContent;
  setTimeout(() => {
    button.textContent = button.dataset.name;
    said.textContent = "";
  }, 2000);
}

// Copy and Download below each format of a reference that the page shows.
function addButtons(item) {
  for (const text of item.querySelectorAll("[data-format]")) {
    text.textContent = onThisSite(text.textContent);
    const fold = text.closest("details");
    const name = fold?.querySelector("summary") ?? text.previousElementSibling;
    const about = `${name.textContent}, ${item.dataset.key}`;
    const buttons = citeButtons(
      citeButton("Copy", (button) => copyText(text.textContent, button), about),
      citeButton(
        "Download",
        () => saveFile(text.textContent, `${item.dataset.key}.${text.dataset.suffix}`),
        about,
      ),
    );
    if (fold) fold.append(buttons);
    else text.after(buttons);
  }
}

// Buttons in each open row of the ledger, and with everything else that has an id.
function addCiting(templates) {
  const dialog = citeDialog(templates);
  // Templates are known by the chapter that an id begins with, or by chapter and kind.
  const templateOf = (id) => {
    const [chapter, kind] = id.split(".");
    return templates.results[`${chapter}.${kind}`] ?? templates.results[chapter];
  };
  const kindOf = (id) =>
    Object.entries(templates.kinds).find(([pattern]) => new RegExp(pattern).test(id))[1];
  const actions = (id, label) => {
    const result = { id, label, kind: kindOf(id), template: templateOf(id) };
    const address = filled(result.template.address, "", result);
    const absolute = new URL(address.includes("://") ? address : `../${address}`, location.href);
    return citeButtons(
      citeButton("Cite", (button) => dialog.open(result, button), result.label),
      citeButton("Copy link", (button) => copyText(absolute.href, button), result.label),
    );
  };

  for (const ledger of document.querySelectorAll(".ledger")) {
    for (const fold of ledger.querySelectorAll("details[open]")) addToRow(fold);
    // An event of opening does not rise through the page: it is caught on its way down.
    ledger.addEventListener("toggle", (event) => addToRow(event.target), true);
  }
  function addToRow(fold) {
    const row = fold.closest("tr[data-result]");
    if (!row || !fold.open || fold.querySelector(".cite-buttons")) return;
    const label = oneLine(fold.querySelector("summary"));
    fold.append(actions(row.dataset.result, label));
  }

  for (const [selector, find] of Object.entries(CITABLE)) {
    for (const element of document.querySelectorAll(selector)) {
      if (!templateOf(element.id)) continue;
      const [named, place] = find(element);
      const label = oneLine(named).replace(/\.$/, "");
      if (label === element.id) continue; // an id that is no longer used has nothing to cite
      later(() => place.append(actions(element.id, label)));
    }
  }
}

function citeDialog({ formats, when }) {
  const dialog = make("dialog", { className: "cite-dialog" });
  dialog.setAttribute("aria-labelledby", "cite-dialog-title");
  const title = make("h2", { id: "cite-dialog-title" });
  const format = make("select");
  for (const [name, each] of Object.entries(formats)) format.append(new Option(each.name, name));
  const close = citeButton("Close", () => dialog.close());
  dialog.append(title, make("div", {}, labelled("Format", format), " ", close));

  let result = null;
  const parts = Object.entries(when).map(([source, sentence]) => {
    const text = make("code");
    text.dataset.source = source;
    const which = source === "book" ? "this book" : "the paper";
    const save = () => {
      const key = filled(result.template[source].key, "", result);
      saveFile(text.textContent, `${key}.${formats[format.value].suffix}`);
    };
    const buttons = citeButtons(
      citeButton("Copy", (button) => copyText(text.textContent, button), which),
      citeButton("Download", save, which),
    );
    const part = make("div", {}, make("p", { textContent: sentence }), make("pre", {}, text), buttons);
    dialog.append(part);
    return { source, text, buttons, part };
  });
  document.body.append(dialog);

  function show() {
    for (const { source, text, part } of parts) {
      const cited = result.template[source]; // what is of no single chapter has no paper
      part.hidden = !cited;
      text.textContent = cited ? filled(cited.formats[format.value], format.value, result) : "";
    }
  }
  format.addEventListener("change", show);

  return {
    open(chosen, opener) {
      result = chosen;
      title.textContent = `Cite: ${result.label}`;
      show();
      dialog.showModal();
      parts[0].buttons.querySelector("button").focus();
      dialog.addEventListener("close", () => opener.focus(), { once: true });
    },
  };
}
