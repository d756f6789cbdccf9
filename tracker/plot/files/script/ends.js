// Where a part of the time is shown, the names stand at the lines' ends within it.
const valueOf = row => row?.r ?? row?.y ?? null;
// Of ROWS, by time, the number of the last one no later than TIME; -1 where there is none.
const lastAt = (rows, time) => {
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (+rows[middle].t <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};
// The row of a LINE that holds at TO, or was the last to hold, and until when it was seen to.
const heldOf = (line, to) => {
  const number = lastAt(line, to), row = line[number], next = line[number + 1];
  if (row && valueOf(row) === null) return { row: line[number - 1], until: +row.t };
  return { row, until: next && next.g === row?.g ? to : +row?.t };
};
// The same of an app's BARS in the lane of the unranked.
const missedOf = (bars, to) => {
  const row = bars[lastAt(bars, to)];
  return { row, until: Math.min(row?.t2, to) };
};
// ENDS pushed apart, from the highest down, then those that are too low up again.
const spread = (ends, apart) => {
  ends.sort((a, b) => a.y0 - b.y0);
  const [low, high] = ends[0].within, room = (high - low) / Math.max(1, ends.length - 1);
  const step = Math.min(apart, room);
  ends.reduce((y, end) => end.y = Math.max(end.y0, y + step), low - step);
  ends.reduceRight((y, end) => end.y = Math.min(end.y, y - step), high + step);
  return ends;
};
// The names of VIEW follow the time selected; TOLD is how they are placed.
const follow = (view, datasets, told) => {
  const { [told.lane]: bars = [] } = datasets;
  // Without the marks that Vega keeps on its rows.
  const ends = datasets.ends.map(end => Object.fromEntries(Object.entries(end)));
  const keyOf = row => row.g?.slice(0, row.g.lastIndexOf(" "));
  const heightOf = row => row.y ?? told.one + told.fall * Math.log(row.r);
  const apps = ends.map(end => ({
    end,
    line: datasets[end.of]?.filter(row => keyOf(row) === end.key) ?? [],
    bars: bars.filter(row => row.y === end.lane && row.k === end.k),
  }));
  // An app that there was no data for in that time says nothing.
  const endsIn = ([from, to]) => apps.flatMap(({ end, line, bars }) => {
    const ranked = heldOf(line, to), missed = missedOf(bars, to);
    // The snapshot that changed the one into the other ends both: what it saw began there.
    const last = !ranked.row ? -1 : !missed.row ? 1
      : ranked.until - missed.until || ranked.row.t - missed.row.t;
    const { row, until } = last > 0 ? ranked : missed;
    if (!row || until < from) return [];
    const text = row.r ? `${end.name} #${row.r}` : end.name;
    return [{ ...end, t: until, y0: heightOf(row), text, ranked: +(last > 0) }];
  });
  const show = times => {
    const found = times ? endsIn(times.map(Number)) : ends.map(end => ({ ...end }));
    if (times) for (const key of new Set(found.map(end => end.key))) {
      spread(found.filter(end => end.key === key), told.apart);
    }
    view.runAfter(() => view.data("ends", found).runAsync());
  };
  view.addSignalListener("brush", (_, brush) => show(brush.t));
  if (view.signal("brush").t) show(view.signal("brush").t);
};
