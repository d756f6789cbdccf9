// One page: panels drawn by Vega, their rows unpacked; pointer, fingers and keys; the table.
const page = JSON.parse(document.getElementById("page").textContent);
const element = id => document.getElementById(id);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const make = (parent, tag, properties, style) => {
  const made = parent.appendChild(Object.assign(document.createElement(tag), properties));
  Object.assign(made.style, style);
  return made;
};

const values = ({ words, runs, first, unit, steps, all }) => {
  if (runs) return runs.flatMap((word, n) => n % 2 ? [] : Array(runs[n + 1]).fill(words[word]));
  if (!steps) return all;
  return [first, ...steps.map(step => first += step * unit)];
};
const unpacked = ({ count, columns }) => {
  const each = Object.entries(columns).map(([key, column]) => [key, values(column)]);
  return Array.from({ length: count }, (_, n) =>
    Object.fromEntries(each.map(([key, column]) => [key, column[n]])));
};
// The number of the last of ROWS, by time, that is no later than TIME; -1 where there is none.
const lastAt = (rows, time) => {
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].time <= time) low = middle + 1; else high = middle;
  }
  return low - 1;
};

// The snapshots of each app of a panel, by time: ranked ones with a rank, others with a track.
const linesOf = (panel, rows) => panel.apps.map(app => {
  const ranked = [];
  (rows.steps ?? []).forEach((row, n, all) => {
    if (row.app === app.name && row.rank !== null && all[n + 1]?.time > row.time)
      ranked.push({ ...row, until: all[n + 1].time });
    else if (row.app === app.name && row.rank !== null && (row.alone || row.snapshot))
      ranked.push({ ...row, until: row.time });
  });
  const unranked = (rows.lane ?? []).filter(row => row.app === app.name);
  const points = [...ranked, ...unranked].sort((a, b) => a.time - b.time);
  return { ...app, points };
});

const panels = [];
let shown = null; // the part of the time that is shown, as [from, to]; null is all
const shownSpan = () => shown ?? page.span;

class Panel {
  constructor(data, box) {
    const rows = Object.fromEntries(
      Object.entries(data.rows).map(([name, packed]) => [name, unpacked(packed)]));
    Object.assign(this, { data, box, rows, lines: linesOf(data, rows) });
  }
  async draw() {
    const spec = { ...this.data.spec, datasets: { ...this.data.spec.datasets, ...this.rows } };
    const options = { renderer: "svg", actions: false, tooltip: { theme: page.theme } };
    this.view = (await vegaEmbed(make(this.box, "div"), spec, options)).view;
    // Its title and description are the page's own.
    this.view.container().setAttribute("aria-hidden", "true");
    // As large as styles say. "container" would take the room of the labels, which stand outside.
    await new Promise(drawn => new ResizeObserver(async () => {
      if (matchMedia("print").matches) return;  // paper scales what is there
      this.view.width(this.box.clientWidth).height(this.box.clientHeight);
      drawn(await this.show());
    }).observe(this.box));
  }
  x(time) { return this.view.scale("x")(time); }
  y(point) {
    if (point.rank !== undefined) return this.view.scale("y")(point.rank);
    const { foot, lane, track } = this.data.room;
    return this.view.height() - foot + lane / 2 + track / 2 + point.track * track;
  }
  // The time shown, and the names at the lines' ends within it, kept apart.
  async show() {
    await this.view.signal("shown", shown).signal("ticks", ticksOf(this)).runAsync();
    if (!this.lines.length) return;
    const [from, to] = shownSpan(), cut = this.box.clientWidth < 480 ? "slim" : "wide";
    const rows = this.lines.flatMap(({ points, ...app }) => {
      const last = points[lastAt(points, to)];
      if (!last || last.until < from) return [];
      const ranked = last.rank !== undefined, start = this.y(last);
      const text = app[cut] + (ranked ? ` ${this.data.last[last.rank]}` : "");
      return { app: app.name, x: this.x(Math.min(to, last.until)), from: start, at: start, ranked, text };
    }).sort((a, b) => a.from - b.from);
    const { apart, below } = this.data.room, high = this.view.height() - below;
    const step = Math.min(apart, high / Math.max(1, rows.length - 1));
    rows.forEach((row, n) => { row.at = Math.max(row.from, n ? rows[n - 1].at + step : 0); });
    rows.reduceRight((low, row) => (row.at = Math.min(row.at, low)) - step, high);
    await this.view.data("ends", rows).runAsync();
  }
  // Of the lines the one nearest to a place, at the time there, and its point.
  nearest(x, y) {
    // A little later: a pointer on the edge of a step means the snapshot there.
    const time = +this.view.scale("x").invert(x + 3);
    return this.lines.flatMap(line => {
      const at = lastAt(line.points, time), point = line.points[at];
      const there = point && (point.until >= time || point.until === point.time);
      return there ? { panel: this, line, at, away: Math.abs(this.y(point) - y) } : [];
    }).sort((a, b) => a.away - b.away)[0];
  }
}

// The round times of the zone's clocks in the time shown, as many as there is room for, two at least.
const DAY = 86400000, MONDAY = Date.UTC(2001, 0, 1);
const STEPS = [[1000, 1, 5, 15, 30], [60000, 1, 5, 15, 30], [3600000, 1, 3, 6, 12], [DAY, 1, 2, 7, 14]]
  .flatMap(([unit, ...many]) => many.map(n => ({ least: n * unit })))
  .concat([1, 2, 3, 6, 12, 24, 60, 120].map(months => ({ least: months * 28 * DAY, months })));
const local = time => time + (page.offsets.findLast(([start]) => start <= time) ?? page.offsets[0])[1];
const roundTimes = ({ least, months }, from, to) => {
  const january = new Date(local(from)).getUTCFullYear() * 12;
  const first = MONDAY + Math.floor((local(from) - DAY - MONDAY) / least) * least;
  const clock = n => months ? Date.UTC(2000, (Math.ceil(january / months) + n) * months - 24000) : first + n * least;
  const times = [];
  for (let n = 0; clock(n) <= local(to) + DAY; n++) {
    // The time at which the clocks show this: its offset may be that before or after a change.
    const either = page.offsets.map(([, offset]) => clock(n) - offset);
    const time = either.find(time => local(time) === clock(n));
    if (time >= from && time <= to) times.push(time);
  }
  return times;
};
const ticksOf = panel => {
  if (!panel.lines.length) return panel.data.ticks;
  const [from, to] = shownSpan(), least = (to - from) / clamp(panel.view.width() / 90, 2, 12);
  const fitting = STEPS.findIndex(step => step.least >= least);
  for (const step of STEPS.slice(0, fitting < 0 ? STEPS.length : fitting + 1).reverse()) {
    const ticks = roundTimes(step, from, to);
    if (ticks.length > 1) return ticks;
  }
  return [from];
};

const choose = async times => {
  const [first, last] = page.span;
  const wide = times && Math.max(times[1] - times[0], (last - first) / 2000);
  const from = times && clamp(times[0], first, last - wide);
  shown = !times || wide >= last - first ? null : [from, from + wide];
  element("all").hidden = !shown;
  await Promise.all(panels.map(panel => panel.show()));
};

// What a pointer or the cursor is at: a dot, a line, a box of words, and words for a screen reader.
const words = ({ panel: { data }, line, at }) => {
  const point = line.points[at], before = line.points[at - 1];
  const said = ({ rank }) => rank !== undefined ? data.place.replace("%", rank) : data.unranked;
  const { format } = new Intl.DateTimeFormat("en-GB", { timeZone: page.zone, day: "numeric", month: "short",
    year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const turned = before?.until === point.time && before.rank !== point.rank;
  return [data.head, line.name, said(point), `${format(point.time)} ${page.zone}`,
    turned && `before: ${before.rank ?? data.unranked}`,
    point.observed === false && "not observed in the store"].filter(Boolean);
};
const mark = place => {
  for (const old of document.querySelectorAll(".dot, .line")) old.remove();
  element("tip").hidden = !place;
  const picked = place?.line.name ?? null;
  for (const { view } of panels)  // none where a panel is not drawn yet
    if (view && view.signal("picked") !== picked) view.signal("picked", picked).runAsync();
  if (!place) return;
  const { panel, line, at } = place, point = line.points[at];
  const [x, y] = [panel.x(Math.max(point.time, shownSpan()[0])), panel.y(point)];
  make(panel.box, "div", { className: "line" }, { left: `${x}px` });
  make(panel.box, "div", { className: "dot" }, { left: `${x}px`, top: `${y}px`, background: line.colour });
  const texts = words(place), tip = element("tip"), box = panel.box.getBoundingClientRect();
  tip.replaceChildren();
  texts.forEach((textContent, n) => make(tip, n ? "div" : "b", { textContent }));
  const left = clamp(box.left + x + 14, 8, innerWidth - tip.offsetWidth - 8);
  const over = left < box.left + x + 10;
  Object.assign(tip.style, { left: `${over ? box.left + x - tip.offsetWidth - 14 : left}px`,
    top: `${clamp(box.top + y + 14, 8, innerHeight - tip.offsetHeight - 8)}px` });
  return texts;
};

const pointed = panel => {
  const { box } = panel;
  let start = null, brush = null;
  const place = event => {
    const { left, top, width } = box.getBoundingClientRect();
    return [clamp(event.clientX - left, 0, width), event.clientY - top];
  };
  const end = () => { start = null; brush?.remove(); brush = null; };
  box.addEventListener("pointerdown", event => { if (event.button === 0) start = place(event)[0]; });
  box.addEventListener("pointermove", event => {
    const [x, y] = place(event);
    if (start !== null && Math.abs(x - start) > 8 && event.buttons) {
      brush ??= make(box, "div", { className: "brush" });
      Object.assign(brush.style, { left: `${Math.min(x, start)}px`, width: `${Math.abs(x - start)}px` });
      box.setPointerCapture(event.pointerId);
      return mark();
    }
    mark(panel.nearest(x, y));
  });
  box.addEventListener("pointerup", event => {
    const [x, y] = place(event), ends = brush && [Math.min(x, start), Math.max(x, start)];
    end();
    if (ends) choose(ends.map(at => +panel.view.scale("x").invert(at)));
    else mark(panel.nearest(x, y));
  });
  box.addEventListener("pointercancel", end);
  box.addEventListener("pointerleave", event => { if (event.pointerType === "mouse") mark(); });
  box.addEventListener("dblclick", () => choose(null));
};
document.addEventListener("pointerdown", event => {
  if (!event.target.closest?.(".plot")) mark();
});

// The cursor: which line of all panels, and which of its points.
const lines = [], cursor = { n: 0, at: 0 };
const points = () => lines[cursor.n].line.points;
const say = async () => {
  const { time } = points()[cursor.at], [from, to] = shownSpan();
  if (time < from) await choose([time, time + to - from]);
  if (time > to) await choose([time - to + from, time]);
  element("spoken").textContent = mark({ ...lines[cursor.n], at: cursor.at }).join(", ");
};
const go = at => { cursor.at = clamp(at, 0, points().length - 1); };
const seek = time => go(Math.max(0, lastAt(points(), time)));
const leap = sign => {
  const [from, to] = shownSpan(), far = lastAt(points(), points()[cursor.at].time + sign * (to - from) / 10);
  go(sign < 0 ? Math.min(far, cursor.at - 1) : Math.max(far, cursor.at + 1));
};
const turn = by => {
  const { time } = points()[cursor.at];
  cursor.n = (cursor.n + by + lines.length) % lines.length;
  seek(time);
};
const zoom = factor => {
  const [from, to] = shownSpan(), half = (to - from) * factor / 2, { time } = points()[cursor.at];
  return choose([time - half, time + half]);
};
const KEYS = {
  ArrowLeft: shift => shift ? leap(-1) : go(cursor.at - 1),
  ArrowRight: shift => shift ? leap(1) : go(cursor.at + 1),
  ArrowUp: () => turn(-1),
  ArrowDown: () => turn(1),
  Home: () => go(lastAt(points(), shownSpan()[0] - 1) + 1),
  End: () => seek(shownSpan()[1]),
  "+": () => zoom(0.5),
  "=": () => zoom(0.5),
  "-": () => zoom(2),
  Escape: () => choose(null),
};
// One key after the other: what the next one does depends on what the last one has shown.
let done = Promise.resolve();
const keyed = panel => {
  const here = () => { if (lines[cursor.n].panel !== panel) cursor.n = lines.findIndex(line => line.panel === panel); };
  panel.box.addEventListener("focus", () => {
    if (!panel.box.matches(":focus-visible")) return;
    here();
    done = done.then(() => { seek(shownSpan()[1]); return say(); });
  });
  panel.box.addEventListener("blur", () => mark());
  panel.box.addEventListener("keydown", event => {
    const does = KEYS[event.key];
    if (!does || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    done = done.then(() => does(event.shiftKey)).then(say);
  });
};

// The rows of a table too long to be in the page as HTML.
for (const script of document.querySelectorAll(".table script")) {
  const body = script.parentElement.querySelector("tbody");
  const columns = script.parentElement.querySelectorAll("thead th").length;
  for (const row of unpacked(JSON.parse(script.textContent))) {
    if (row.gap) make(make(body, "tr"), "td", { textContent: row.gap, colSpan: columns });
    const time = new Date(row.time).toISOString().slice(0, 16).replace("T", " "), made = make(body, "tr");
    make(made, "th", { scope: "row", textContent: time + row.offset });
    for (let n = 1; n < columns; n++) make(made, "td", { textContent: row[n - 1] });
  }
}

element("all").addEventListener("click", () => choose(null));
const boxes = document.querySelectorAll(".plot");
page.panels.forEach((data, n) => panels.push(new Panel(data, boxes[n])));
Promise.all(panels.map(panel => panel.draw())).then(() => {
  for (const panel of panels) {
    if (!panel.lines.length) continue;
    lines.push(...panel.lines.map(line => ({ panel, line })));
    pointed(panel);
    keyed(panel);
  }
  window.plot = { panels, choose, ready: true, shown: () => shown };
});
