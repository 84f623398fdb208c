// Up to four designs side by side. Best and worst are said in words, not by colour alone. They are kept in the address.

const MOST = 4;

const sayDays = (answer, family) => { const { day } = dayOf(answer, family); return day < 0 ? word("day.lasts") : dayInWords(day); };

const centreFigure = (name) => (answer, family) => figure(answer, "own", centreOf(family), name);
const centrePerHundred = (name) => (answer, family) => perHundred(answer, "own", centreOf(family), name);
const ownPerHundred = (answer, family) => {
  const cost = figure(answer, "own", centreOf(family), "fiscal_cost");
  return cost < LITTLE_KRW ? NaN : 100 * figure(answer, "own", centreOf(family), "own_sales") / cost;
};

// What is compared: of an answer and a family, the figure, how it is told, whether more of it is better (0: no judgement),
// and whose error of interpolation says whether two designs differ at all.
const COMPARED = [
  { key: "net", of: centrePerHundred(HEADLINE), told: number, better: 1, error: "own.net_city_sales" },
  { key: "added", of: centrePerHundred("rung.city_value_added"), told: number, better: 1, error: "own.city_value_added" },
  { key: "national", of: centrePerHundred("rung.national_net"), told: number, better: 1, error: "own.national_net" },
  { key: "own_per_hundred", of: ownPerHundred, told: number, better: 1, error: "own_sales" },
  { key: "own_sales", of: centreFigure("own_sales"), told: signedMoney, better: 1, error: "own_sales" },
  { key: "kept_share", of: (a, f) => keptPoints(a, f, "kept_home", OWN).change, told: (v) => signed(v, 2), better: 1, error: "kept_home" },
  { key: "cost", of: centreFigure("fiscal_cost"), told: money, better: 0, error: "cost" },
  { key: "own_spent", of: (a, f) => a.money[centreOf(f)].spent, told: money, better: 0 },
  { key: "day", of: (a, f) => dayOf(a, f).day, told: (v) => (v < 0 ? word("day.lasts") : dayInWords(v)), better: 0 },
];

const slackOf = (value, { unit, within_95: within }) => (unit === "percent" ? within / 100 * Math.abs(value) : within);

// Which of several figures is best and worst, where that is beyond the errors of both. A design that does nothing takes
// no part, and nothing that is not above zero is praised. Figures that read the same are the same.
function placesOf(figures, better) {
  const taking = figures.filter(({ value, isEmpty: empty }) => Number.isFinite(value) && !empty);
  if (!better || taking.length < 2) return figures.map(() => "");
  const surely = (a, b) => a.cell !== b.cell && a.value - a.slack > b.value + b.slack;
  return figures.map((mine) => {
    if (!taking.includes(mine)) return "";
    const others = taking.filter((other) => other !== mine && other.cell !== mine.cell);
    if (!others.length) return "";
    if (mine.value - mine.slack > 0 && others.every((other) => surely(mine, other))) return "best";
    return others.every((other) => surely(other, mine)) ? "worst" : "";
  });
}

function compareRows(kept) {
  const answers = kept.map(({ values }) => bestAnswer(values));
  return COMPARED.flatMap(({ key, of, told, better, error }) => FAMILIES.map((family) => {
    const figures = answers.map((answer) => {
      const value = of(answer, family), off = error ? errorOf(answer, error, family) : NO_ERROR, slack = slackOf(value, off);
      const unknown = Number.isFinite(value) && value !== 0 && slack > Math.abs(value);
      return { value: unknown ? NaN : value, slack, cell: unknown ? word("blurred") : told(value), isEmpty: isEmpty(answer) };
    });
    return { key, family, cells: figures.map(({ cell }) => cell), places: placesOf(figures, better) };
  }));
}

function leverRows(kept) {
  return [...ANSWERS.levers, ANSWERS.money].map(({ name }) => ({ name, cells: kept.map(({ values }) => leverValue(name, values[name])) }));
}

function showCompare() {
  const { kept } = state;
  el("keep").disabled = kept.length >= MOST;
  el("keep-told").textContent = kept.length >= MOST ? word("compare.full") : word("compare.count", { n: kept.length });
  el("compare-table").innerHTML = kept.length ? compareTable(kept) : `<p>${escaped(word("compare.none"))}</p>`;
  el("compare-table").querySelectorAll("[data-drop]").forEach((button) => button.addEventListener("click", () => drop(Number(button.dataset.drop))));
  el("compare-table").querySelectorAll("[data-open]").forEach((button) => button.addEventListener("click", () => choose(kept[Number(button.dataset.open)].values)));
}

function compareTable(kept) {
  const head = kept.map((k, i) => `<th scope="col" class="n">${escaped(k.name)}<br><span class="mark">${escaped(bestAnswer(k.values).mark)}${bestAnswer(k.values).exact ? "" : ` ${escaped(word("compare.interpolated"))}`}</span><br>` +
    `<button type="button" class="small" data-open="${i}">${escaped(word("compare.open"))}<span class="unseen"> ${escaped(k.name)}</span></button> ` +
    `<button type="button" class="small" data-drop="${i}">${escaped(word("compare.drop"))}<span class="unseen"> ${escaped(k.name)}</span></button></th>`).join("");
  const levers = leverRows(kept).map(({ name, cells }) => `<tr><th scope="row" colspan="2">${escaped(word(`lever.${name}`))}</th>${cells.map((c) => `<td class="n">${escaped(c)}</td>`).join("")}</tr>`);
  const rows = compareRows(kept).map(({ key, family, cells, places }, i) => {
    const first = i % FAMILIES.length === 0 ? `<th scope="rowgroup" rowspan="${FAMILIES.length}">${escaped(word(`compare.${key}`, { district: word(`district.${OWN}`) }))}</th>` : "";
    const told = cells.map((cell, k) => `<td class="n ${places[k]}">${escaped(cell)}${places[k] ? `<br><b class="place">${escaped(word(`compare.${places[k]}`))}</b>` : ""}</td>`);
    return `<tr${first ? ' class="first"' : ""}>${first}<th scope="row">${escaped(word(`family_short.${family}`))}</th>${told.join("")}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(word("compare.caption"))}"><table><caption>${escaped(word("compare.caption"))}</caption><thead><tr><td colspan="2"></td>${head}</tr></thead>` +
    `<tbody>${levers.join("")}</tbody><tbody>${rows.join("")}</tbody></table></div>`;
}

function keep() {
  if (state.kept.length >= MOST) return;
  const name = el("name").value.trim() || word("compare.unnamed", { n: state.kept.length + 1 });
  state.kept.push({ name, values: { ...state.values } });
  el("name").value = "";
  say(word("compare.kept", { name }));
  showCompare();
  rememberDesign();
  atRest();
}

function drop(i) {
  const [{ name }] = state.kept.splice(i, 1);
  say(word("compare.dropped", { name }));
  showCompare();
  rememberDesign();
  el("keep").focus();
}
