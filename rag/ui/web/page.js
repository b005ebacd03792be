// A page of a source: a picture with boxes over the quoted words, or text with the words marked.

function picture(data) {
  const sheet = element("div", "sheet");
  sheet.tabIndex = 0;
  sheet.setAttribute("role", "button");
  sheet.setAttribute("aria-pressed", "false");
  sheet.setAttribute("aria-label", `${data.name}. Press to enlarge.`);
  sheet.onclick = () => enlarge(sheet);
  sheet.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    enlarge(sheet);
  };
  const image = element("img");
  image.src = `data:image/png;base64,${data.image}`;
  image.alt = data.label;
  image.width = data.width;
  image.height = data.height;
  sheet.append(image);
  for (const { kind, box } of data.boxes) {
    const drawn = element("div", `box ${kind}`);
    const [left, top, right, bottom] = box.map((share) => share * 100);
    Object.assign(drawn.style, {
      left: `${left}%`, top: `${top}%`, width: `${right - left}%`, height: `${bottom - top}%`,
    });
    sheet.append(drawn);
  }
  return sheet;
}

function enlarge(sheet) {
  const large = sheet.classList.toggle("large");
  sheet.setAttribute("aria-pressed", String(large));
  bringIntoView(sheet);
}

function reader(data) {
  const made = element("div", "reader");
  made.setAttribute("role", "document");
  made.setAttribute("aria-label", data.label);
  made.append(...drawBlocks(data.blocks));
  return made;
}

// The nearest ancestor that scrolls, across the component's own border.
function scroller(node) {
  for (let at = node; at; at = at.parentElement || at.getRootNode().host) {
    if (at.nodeType === 1 && at.scrollHeight > at.clientHeight + 4 && /auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  }
  return null;
}

function bringIntoView(holder) {
  const target = holder.querySelector(".box.words, .box.passage, mark");
  const frame = scroller(holder);
  if (!target || !frame) return;
  const at = target.getBoundingClientRect();
  const edge = frame.getBoundingClientRect();
  const top = frame.scrollTop + at.top - edge.top - frame.clientHeight / 3;
  const left = frame.scrollLeft + at.left - edge.left - 24;
  frame.scrollTo({ top, left, behavior: "smooth" });
}

export default function (component) {
  const { data, parentElement } = component;
  if (!data) return;
  const holder = root(parentElement, "page");
  if (holder.dataset.shown === data.id) return;
  holder.dataset.shown = data.id;
  holder.replaceChildren(data.image ? picture(data) : reader(data));
  requestAnimationFrame(() => bringIntoView(holder));
}
