// Keeps a live page up to date by the events of its server. Without this script it is loaded again every ten seconds.
"use strict";

(() => {
  const address = document.body.dataset.live;
  if (!address) return;
  const light = document.getElementById("live");
  const problem = document.getElementById("problem");

  const show = (word, text) => {
    light.textContent = word;
    light.dataset.state = word;
    problem.textContent = text;
    problem.hidden = text === "";
  };

  const replacePart = ({ id, html }) => {
    const part = document.getElementById(id);
    if (part === null) return;
    // What has the focus keeps it, because its element stays; its table follows at the next change.
    if (part.innerHTML === html) return;
    if (part.contains(document.activeElement) && ["A", "BUTTON"].includes(document.activeElement.tagName)) return;
    const offsets = Array.from(part.querySelectorAll(".scroll"), (box) => box.scrollLeft);
    part.innerHTML = html;
    part.querySelectorAll(".scroll").forEach((box, index) => { box.scrollLeft = offsets[index] || 0; });
  };

  // The tiles of each sheet by their keys. A tile that this page has comes as its key alone.
  const sheets = new Map();
  const replaceTiles = ({ id, tiles }) => {
    const sheet = document.getElementById(id);
    if (sheet === null) return;
    const before = sheets.get(id) || new Map();
    const loaded = new Map(Array.from(sheet.children, (tile) => [tile.getAttribute("href"), tile]));
    const template = document.createElement("template");
    const after = new Map();
    for (const { key, html } of tiles) {
      let tile = before.get(key);
      if (!tile && html !== undefined) {
        template.innerHTML = html;
        tile = template.content.firstElementChild;
        const same = loaded.get(tile.getAttribute("href"));
        if (same && same.innerHTML === tile.innerHTML) tile = same;
        else if (sheet.children.length > 0) tile.classList.add("fresh");
      }
      if (tile) after.set(key, tile);
    }
    sheets.set(id, after);
    const wanted = Array.from(after.values());
    const kept = new Set(wanted);
    for (const tile of Array.from(sheet.children)) if (!kept.has(tile)) tile.remove();
    wanted.forEach((tile, index) => {
      if (sheet.children[index] !== tile) sheet.insertBefore(tile, sheet.children[index] || null);
    });
  };

  show("connecting", "");
  const source = new EventSource(address);
  source.addEventListener("open", () => show("live", ""));
  source.addEventListener("part", (event) => replacePart(JSON.parse(event.data)));
  source.addEventListener("tiles", (event) => replaceTiles(JSON.parse(event.data)));
  source.addEventListener("problem", (event) => show("waiting", JSON.parse(event.data).text));
  source.addEventListener("error", () => {
    // A refusal ends the stream for good; then the page is loaded again, which says why.
    if (source.readyState === EventSource.CLOSED) {
      show("lost", "The server refuses the stream of events. This page is loaded again in 10 seconds.");
      setTimeout(() => location.reload(), 10000);
    } else {
      show("connecting", "The server does not answer. This page goes on as soon as it does.");
    }
  });
  addEventListener("pagehide", () => source.close());
})();

// In a gallery the arrow keys move the focus among the tiles, and x chooses the one that has it; Enter follows its link.
for (const gallery of document.querySelectorAll(".gallery")) {
  const tiles = Array.from(gallery.querySelectorAll("a.tile"));
  const box = (tile) => tile.parentElement.querySelector("input[type=checkbox]");
  const columns = () => {
    const first = tiles[0].getBoundingClientRect().top;
    const next = tiles.findIndex((tile) => tile.getBoundingClientRect().top > first + 1);
    return next < 0 ? tiles.length : next;
  };
  gallery.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const place = tiles.indexOf(event.target.closest("a.tile"));
    if (place < 0) return;
    const own = box(tiles[place]);
    if (event.key === "x" && own) {
      own.checked = !own.checked;
      own.dispatchEvent(new Event("change", { bubbles: true }));
      event.preventDefault();
      return;
    }
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() };
    if (!(event.key in moves)) return;
    // The page must not turn when the focus is at an end.
    event.preventDefault();
    const wanted = tiles[place + moves[event.key]];
    if (wanted) wanted.focus();
  });
  const chosen = document.getElementById("chosen");
  const count = () => {
    const number = gallery.querySelectorAll("input[type=checkbox]:checked").length;
    chosen.textContent = number === 0 ? "" : `${number} chosen`;
  };
  if (chosen) {
    gallery.addEventListener("change", count);
    // A browser keeps the boxes when somebody comes back.
    addEventListener("pageshow", count);
  }
}

// Two images are laid over each other, and a slider says how much of each is seen.
for (const pair of document.querySelectorAll("[data-slider]")) {
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 0, max: 100, value: 50 });
  slider.setAttribute("aria-label", "How much of the first image is shown");
  const move = () => pair.style.setProperty("--cut", `${slider.value}%`);
  slider.addEventListener("input", move);
  const apart = document.createElement("button");
  apart.type = "button";
  apart.setAttribute("aria-pressed", "true");
  apart.textContent = "Lay over each other";
  const controls = document.createElement("div");
  controls.className = "actions";
  controls.append(apart, slider);
  pair.before(controls);
  const lay = (over) => {
    pair.classList.toggle("over", over);
    slider.hidden = !over;
    apart.setAttribute("aria-pressed", String(over));
  };
  apart.addEventListener("click", () => lay(!pair.classList.contains("over")));
  lay(true);
  move();
}

// The arrow keys go to the pages beside this one.
addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, .scroll, pre")) return;
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = rel && document.querySelector(`a[rel="${rel}"]`);
  if (link) link.click();
});

// A specification is checked as it is typed.
for (const text of document.querySelectorAll("textarea[data-check]")) {
  let timer = 0;
  let turn = 0;
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const own = ++turn;
      const body = new URLSearchParams({ text: text.value, csrf: text.form.elements.csrf.value });
      try {
        const answer = await fetch(text.dataset.check, { method: "POST", body });
        if (own === turn && answer.ok) document.getElementById("verdict").innerHTML = await answer.text();
      } catch {
        // The button does the same when the server is back.
      }
    }, 400);
  });
}
