// The sheets of the page, and their packed rows unpacked.
const sheets = JSON.parse(document.getElementById("sheets").textContent);
const first = sheets[0].specification.datasets;
const unpacked = (told, same) => {
  if (told === "same") return unpacked(same);
  if (told.words) return told.numbers.map(number => told.words[number]);
  if (told.runs) return told.runs.flatMap((value, place, all) =>
    place % 2 ? [] : Array(all[place + 1]).fill(value));
  if (told.count) return Array(told.count).fill(told.each);
  if (!told.steps) return told.all;
  let sum = told.first;
  const steps = told.sizes ? told.steps.map(number => told.sizes[number]) : told.steps;
  return [sum, ...steps.map(step => sum += step * told.unit)];
};
// Always new ones, since Vega keeps its own marks on the rows it is given.
const rows = (packed, name) => {
  if (packed === "same") return rows(first[name]);
  if (Array.isArray(packed)) return packed.map(row => ({ ...row }));
  const columns = Object.entries(packed).map(
    ([key, told]) => [key, unpacked(told, first[name]?.[key])]);
  return columns[0][1].map((_, row) =>
    Object.fromEntries(columns.map(([key, values]) => [key, values[row]])));
};
