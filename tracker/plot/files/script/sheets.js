// Which sheet is drawn, and drawn again where another one fits the window.
const { theme } = document.documentElement.dataset;
let shown, drawn;
// The time selected, if any; and to select TIMES, where null is all.
const chosen = () => shown?.specification.usermeta?.span && drawn?.view.signal("brush").t;
const choose = times => drawn.view.signal("asked", { times }).runAsync();
const draw = async () => {
  const sheet = sheets.find(one => one.from <= document.documentElement.clientWidth);
  if (sheet === shown) return;
  shown = sheet;
  const told = sheet.specification, place = document.createElement("div");
  const datasets = Object.fromEntries(
    Object.entries(told.datasets).map(([name, packed]) => [name, rows(packed, name)]));
  // The time that was selected on another sheet stays selected.
  const params = told.params?.map(one => {
    if (one.value?.steps) return { ...one, value: unpacked(one.value) };
    const times = drawn && one.select?.type === "interval" && drawn.view.signal(one.name).t;
    return times ? { ...one, value: { x: times } } : one;
  }) ?? [];
  const patch = vega => {
    // A concatenation cannot tell its own size in Vega-Lite.
    Object.assign(vega, told.usermeta?.area);
    // Vega takes a place on the screen for one on the sheet, which may be magnified.
    const { left, right } = vega.padding, whole = left + vega.width + right;
    const x = `((x() + ${left}) * ${whole} / containerSize()[0] - ${left} - x() + x(unit))`;
    for (const group of vega.marks.filter(one => one.signals)) {
      group.signals = JSON.parse(JSON.stringify(group.signals).replaceAll("x(unit)", x));
      // Vega-Lite lets a pointer select, and nobody else; but it finds the place of a time again.
      const places = group.signals.find(one => one.name === "brush_x")?.on;
      const again = places?.find(one => one.events.signal === "brush_scale_trigger").update;
      const update = `asked.times ? ${again?.replaceAll("brush_t", "asked.times")} : [0, 0]`;
      places?.push({ events: { signal: "asked" }, update });
    }
    vega.signals = [...vega.signals ?? [], { name: "asked", value: {} }];
    return vega;
  };
  const made = await vegaEmbed(place, { ...told, params, datasets }, {
    renderer: "svg", actions: false, patch, tooltip: { theme },
  });
  if (sheet !== shown) return void made.finalize();
  drawn?.finalize();
  drawn = made;
  document.querySelector("figure").style.maxWidth = `${sheet.most}px`;
  document.getElementById("plot").replaceChildren(place);
  window.plot = made.view;
  const { ends, span } = told.usermeta ?? {};
  if (ends) follow(made.view, datasets, ends);
  browse(span ? datasets.looks : [], span);
  // Vega passes over what a signal is set to first.
  await choose(chosen() ?? null);
};
draw();
addEventListener("resize", draw);
