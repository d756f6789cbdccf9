// By keys: a cursor goes from look to look, and tells what a pointer would be told.
const cursor = document.getElementById("cursor"), spoken = document.getElementById("told");
// The snapshots of each line, by time; the line and the snapshot that the cursor is on; all of the time.
let lines = [], line = 0, place = -1, span;
const browse = (looks, whole) => {
  const found = new Map();
  for (const look of looks) {
    const name = `${look.where} ${look.app}`;
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(look);
  }
  [lines, span, cursor.hidden] = [[...found.values()], whole, !looks.length];
};
const shownTime = () => drawn.view.signal("brush").t?.map(Number) ?? span;
const lookNow = () => lines[line][place];
// A little more than the time shown: its ends are of pixels, and looks of seconds.
const isShown = look => {
  const [from, to] = shownTime(), more = (to - from) / 1e6;
  return look && from - more <= +look.t && +look.t <= to + more;
};
const nearest = time => Math.max(0, lastAt(lines[line], time));
const tell = () => {
  const look = lookNow();
  const marks = [...document.querySelectorAll("#plot svg path")].filter(one => {
    const datum = one.__data__?.datum, row = datum?.datum ?? datum;
    return row?.holds && row.app === look.app && row.where === look.where && +row.t === +look.t;
  });
  if (!marks.length) return;
  // The first is the dot; the last is what a pointer meets there.
  const { left, top, width, height } = marks[0].getBoundingClientRect();
  tapped = marks.at(-1);
  move(["pointerover", "pointermove"], { clientX: left + width / 2, clientY: top + height / 2 });
  const told = document.querySelectorAll("#vg-tooltip-element tr");
  spoken.textContent = [...told].map(
    row => [...row.cells].map(cell => cell.textContent).join(": ")).join(", ");
};
const show = async times => {
  if (times !== undefined) await choose(times);
  await drawn.view.runAsync();
  tell();
};
// So WIDE a part of all the time, from START or as near to it as there is time; null is all.
const around = (wide, start) => {
  const [first, last] = span;
  if (wide >= last - first) return null;
  const from = Math.min(Math.max(start, first), last - wide);
  return [from, from + wide];
};
const zoom = factor => {
  const [from, to] = shownTime(), wide = (to - from) * factor;
  // Closer there is nothing more to be seen, and the strip selects no less than a hair.
  if (wide > (span[1] - span[0]) / 2000) return show(around(wide, +lookNow().t - wide / 2));
};
const go = number => {
  place = Math.min(Math.max(number, 0), lines[line].length - 1);
  if (isShown(lookNow())) return show();
  const [from, to] = shownTime(), time = +lookNow().t;
  return show(around(to - from, time < from ? time : time - (to - from)));
};
// Of the time shown a tenth, and one look at least.
const leap = sign => {
  const [from, to] = shownTime(), far = nearest(+lookNow().t + sign * (to - from) / 10);
  return go(sign < 0 ? Math.min(far, place - 1) : Math.max(far, place + 1));
};
const turn = by => {
  const time = +lookNow().t;
  line = (line + by + lines.length) % lines.length;
  return go(nearest(time));
};
const KEYS = {
  ArrowLeft: shift => shift ? leap(-1) : go(place - 1),
  ArrowRight: shift => shift ? leap(1) : go(place + 1),
  ArrowUp: () => turn(-1),
  ArrowDown: () => turn(1),
  Home: () => go(lastAt(lines[line], shownTime()[0] - 1) + 1),
  End: () => go(nearest(shownTime()[1] + 1)),
  "+": () => zoom(0.5),
  "=": () => zoom(0.5),
  "-": () => zoom(2),
  Escape: () => show(null),
};
// One key after the other: what the next one does depends on what the last one has shown.
let done = Promise.resolve();
const then = does => done = done.then(does);
cursor.addEventListener("focus", () => then(() => {
  if (!isShown(lookNow())) place = nearest(shownTime()[1]);
  return show();
}));
cursor.addEventListener("blur", () => leave({ clientX: 0, clientY: 0 }));
cursor.addEventListener("keydown", event => {
  const does = KEYS[event.key];
  if (!does || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  then(() => does(event.shiftKey));
});
