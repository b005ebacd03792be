// An answer: its text with numbered citations, then the quoted passages. A click names the number to Python.

function quote(source) {
  const box = element("div", "quote");
  box.append(...drawBlocks(source.quote));
  for (const wide of box.querySelectorAll(".wide")) wide.removeAttribute("tabindex"); // its card is a button
  return box;
}

function where(source) {
  const line = element("div", "where");
  if (source.number) line.append(element("span", "number", `[${source.number}]`));
  line.append(element("span", "file", source.file));
  if (source.place) line.append(element("span", "place", source.place));
  if (source.tag) line.append(element("span", "tag", source.tag));
  return line;
}

function showCard(holder, chip, source) {
  hideCard(holder);
  const card = element("div", "card");
  card.id = "card";
  card.setAttribute("role", "tooltip");
  card.append(where(source), quote(source));
  holder.append(card);
  const at = chip.getBoundingClientRect();
  const frame = holder.getBoundingClientRect();
  card.style.top = `${at.bottom - frame.top + 6}px`;
  card.style.left = `${Math.max(0, Math.min(at.left - frame.left, frame.width - card.offsetWidth))}px`;
  scrollToMark(card);
}

function hideCard(holder) {
  const card = holder.querySelector(".card");
  if (card) card.remove();
}

function chip(holder, source, number, open) {
  const made = element("button", "cite", String(number));
  made.type = "button";
  if (!source) {
    made.disabled = true;
    return made;
  }
  made.dataset.index = source.index;
  made.setAttribute("aria-label", `Source ${number}: ${source.file} ${source.place}. Open it.`);
  made.onclick = () => { hideCard(holder); open(source.index); };
  made.onmouseenter = made.onfocus = () => showCard(holder, made, source);
  made.onmouseleave = made.onblur = () => hideCard(holder);
  made.onkeydown = (event) => { if (event.key === "Escape") hideCard(holder); };
  return made;
}

function sourceList(data, open) {
  const list = element("ol", "sources");
  for (const source of data.sources) {
    const item = element("li");
    const card = element("button", "source");
    card.type = "button";
    card.dataset.index = source.index;
    card.setAttribute("aria-label", `Open ${source.file} ${source.place}`);
    card.append(where(source), quote(source));
    card.onclick = () => open(source.index);
    item.append(card);
    list.append(item);
    requestAnimationFrame(() => scrollToMark(card));
  }
  return list;
}

// A long quotation is shown around its first mark, and fades where it goes on.
function scrollToMark(card) {
  const box = card.querySelector(".quote");
  if (!box || box.scrollHeight <= box.clientHeight + 2) return;
  const mark = box.querySelector("mark");
  const below = mark ? mark.getBoundingClientRect().top - box.getBoundingClientRect().top : 0;
  if (below > box.clientHeight / 2) box.scrollTop = below - box.clientHeight / 3;
  box.classList.add(box.scrollTop > 2 ? "late" : "cut");
}

function copyButton(data) {
  const made = element("button", "copy");
  made.type = "button";
  const label = element("span", "", "Copy with sources");
  made.append(icon(["M9 9h10v10H9z", "M5 15V5h10"]), label);
  made.onclick = async () => {
    try {
      await navigator.clipboard.writeText(data.copy);
      label.textContent = "Copied";
    } catch {
      label.textContent = "Your browser does not allow copying here";
    }
    setTimeout(() => { label.textContent = "Copy with sources"; }, 2500);
  };
  return made;
}

function waiting(sentence) {
  const made = element("div", "waiting");
  made.setAttribute("role", "status");
  made.append(element("i"), element("i"), element("i"), element("span", "", sentence));
  return made;
}

function drawSaid(holder, data, open) {
  const sources = new Map(data.sources.filter((s) => s.number).map((s) => [s.number, s]));
  const said = element("div", "said");
  said.setAttribute("aria-live", data.live ? "polite" : "off");
  said.append(...drawBlocks(data.blocks, (number) => chip(holder, sources.get(number), number, open)));
  if (data.waiting) said.append(waiting(data.waiting));
  return said;
}

// Which source stands open beside is marked on what is there already: what is drawn anew loses the focus.
function markOpened(holder, opened) {
  for (const button of holder.querySelectorAll("[data-index]")) {
    button.setAttribute("aria-expanded", String(Number(button.dataset.index) === opened));
  }
}

export default function (component) {
  const { data: given, parentElement, setTriggerValue } = component;
  if (!given) return;
  const { open: opened, ...data } = given;
  const holder = root(parentElement, data.refused ? "answer refused" : "answer");
  const shown = JSON.stringify(data);
  const first = !holder.dataset.shown;
  if (holder.dataset.shown !== shown) draw(holder, data, setTriggerValue);
  // Who asks from the middle of a long conversation sees that an answer has begun.
  if (first && data.live) holder.scrollIntoView({ block: "start" });
  holder.dataset.shown = shown;
  markOpened(holder, opened);
}

function draw(holder, data, setTriggerValue) {
  const open = (index) => setTriggerValue("opened", index);
  holder.replaceChildren(drawSaid(holder, data, open));
  if (data.sources.length && data.heading) holder.append(element("h3", "", data.heading));
  if (data.sources.length) holder.append(sourceList(data, open));
  if (data.copy) holder.append(copyButton(data));
}
