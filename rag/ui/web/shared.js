// Draws blocks of runs (rag/ui/typeset.py). Text only ever becomes textContent: never markup, never an address.

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const NAMES = { mark: "mark", strong: "strong", code: "code", plain: "span" };

function drawRun(run, cite) {
  if (run.kind === "cite") return cite ? cite(Number(run.text)) : document.createTextNode("");
  if (run.kind === "plain") return document.createTextNode(run.text);
  return element(NAMES[run.kind] || "span", "", run.text);
}

function drawTable(rows, cite) {
  const wide = element("div", "wide");
  if (!cite) wide.tabIndex = 0; // a wide table is scrolled by keys too
  const table = element("table");
  for (const row of rows) {
    const line = element("tr");
    for (const cell of row) {
      const box = element("td");
      box.append(...cell.map((run) => drawRun(run, cite)));
      line.append(box);
    }
    table.append(line);
  }
  wide.append(table);
  return wide;
}

function drawBlocks(blocks, cite) {
  return blocks.map((block) => {
    if (block.kind === "table") return drawTable(block.rows, cite);
    const made = element("div", block.kind);
    made.append(...block.rows[0][0].map((run) => drawRun(run, cite)));
    return made;
  });
}

function icon(paths) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("viewBox", "0 0 24 24");
  made.setAttribute("aria-hidden", "true");
  for (const path of paths) {
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    made.append(line);
  }
  return made;
}

// One root a component: Streamlit calls the component again with new data and keeps the parent.
function root(parent, className) {
  let made = parent.querySelector("[data-root]");
  if (!made) {
    made = element("div", className);
    made.dataset.root = "";
    parent.append(made);
  }
  made.className = className;
  return made;
}
