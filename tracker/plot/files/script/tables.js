// The rows of tables too long to be told as HTML.
const cell = (row, kind, text) => {
  const made = row.appendChild(document.createElement(kind));
  made.textContent = text;
  return made;
};
const stamp = ({ t, zone }) =>
  new Date(+t).toISOString().slice(0, 19).replace("T", zone === "Z" ? "T" : " ") + zone;
for (const told of document.querySelectorAll("section script")) {
  const section = told.closest("section"), body = section.querySelector("tbody");
  const apps = [...section.querySelectorAll("thead th")].slice(1).map((_, number) => number);
  for (const look of rows(JSON.parse(told.textContent))) {
    if (look.gap) cell(body.insertRow(), "td", look.gap).colSpan = apps.length + 1;
    const row = body.insertRow();
    cell(row, "th", stamp(look)).scope = "row";
    for (const app of apps) cell(row, "td", look[app] ?? `not in the top ${look.depth}`);
  }
}
