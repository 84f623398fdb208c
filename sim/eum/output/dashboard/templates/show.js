// The sections of the page, each from the answer for the design that is chosen.

const el = (id) => document.getElementById(id);

// Widths of the charts, read once before anything is written: reading after writing makes the browser lay out anew.
const widths = {};

function measure() {
  document.querySelectorAll(".chart").forEach((node) => { widths[node.id] = Math.max(300, Math.floor(node.clientWidth || 640)); });
}

const widthOf = (id) => widths[id] ?? 640;

function table({ caption, columns, rows, text: nText = 1 }) {
  const head = columns.map((c, i) => `<th scope="col"${i >= nText ? ' class="n"' : ""}>${escaped(c)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((cell, i) => (i === 0 ? `<th scope="row">${escaped(cell)}</th>`
    : `<td${i >= nText ? ' class="n"' : ""}>${escaped(cell)}</td>`)).join("")}</tr>`).join("");
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(caption)}"><table><caption>${escaped(caption)}</caption>` +
    `<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

const familyColumns = () => FAMILIES.map((family) => word(`family_short.${family}`));

// The answer in one sentence, the certainty, the day, the cost.
function answerLines(answer) {
  if (isNothing(answer)) return { lead: nothingInWords(answer), sure: "", day: "", cost: "" };
  const found = FAMILIES.map((family) => effect(answer, "own", family, HEADLINE));
  const each = FAMILIES.map((family, i) => {
    const { value, low, high, isBlurred } = found[i], told = { family: word(`family_short.${family}`), value: number(value) };
    if (isBlurred) return word("answer.one_blurred", told);
    return Number.isFinite(low) ? word("answer.one_family", { ...told, low: number(low), high: number(high) }) : word("answer.one_value", told);
  }).join(", ");
  const costs = FAMILIES.map((family) => figure(answer, "own", centreOf(family), "fiscal_cost"));
  return {
    lead: leadOf(found, each),
    sure: word("answer.sure", { certainty: certaintyInWords(answer, "own", HEADLINE) }),
    day: word("answer.day", { pot: money(answer.values[ANSWERS.money.name]), day: dayInOneLine(answer) }),
    cost: word("answer.cost", { range: rangeOf(costs, money) }),
  };
}

// From the lowest to the highest of some figures; one where they read the same.
function rangeOf(values, told) {
  const known = values.filter(Number.isFinite), low = told(Math.min(...known)), high = told(Math.max(...known));
  return low === high ? low : word("range", { low, high });
}

function leadOf(found, each) {
  const values = found.map(({ value }) => value), known = values.filter(Number.isFinite);
  if (known.length < values.length) return word("answer.lead_each", { each });
  return word(Math.min(...known) >= 0 ? "answer.lead" : "answer.lead_signed", { range: rangeOf(known, number), each });
}

function showAnswer(answer) {
  const { lead, sure, day, cost } = answerLines(answer);
  el("lead").textContent = lead;
  el("facts").innerHTML = [sure, day, cost].filter(Boolean).map((t) => `<li>${escaped(t)}</li>`).join("");
  const short = FAMILIES.map((f) => { const told = effect(answer, "own", f, HEADLINE); return word("answer.one_short", { family: word(`family_short.${f}`), value: told.isBlurred ? word("blurred") : number(told.value) }); }).join(" · ");
  el("brief-answer").innerHTML = isNothing(answer) ? escaped(lead)
    : `<b>${escaped(word("bar.per_hundred"))}</b> ${escaped(short)}<br><b>${escaped(word("bar.day"))}</b> ${escaped(dayInOneLine(answer))}`;
}

function ladderRows(answer, question) {
  const row = (name) => ({
    label: name.startsWith("rung.") ? word(name) : word("ladder.accounting", { name: word(name) }),
    values: FAMILIES.map((family) => effect(answer, question, family, name)),
    strong: name === HEADLINE || name === AS_PUBLISHED, name,
  });
  return [{ label: word("ladder.rungs") }, ...RUNGS.map(row), { label: word("ladder.published") }, ...ACCOUNTINGS.map(row)];
}

function ladderChart(answer, question, width, tall) {
  const at = 100 * ANSWERS.published.outflow_inflow_output;
  const lines = [{ at: 100, label: word("ladder.spent") }, { at, label: word("ladder.published_value", { printed: number(at) }) }];
  return dots({ rows: ladderRows(answer, question), width, tall, bent: true, lines, label: word("ladder.alt"), unit: word("ladder.unit") });
}

function ladderTable(answer, question) {
  const rows = ladderRows(answer, question).filter((row) => row.values).map((row) =>
    [row.label, ...row.values.map(wonWithInterval), certaintyInWords(answer, question, row.name),
      ...(answer.exact ? [] : [word("error.pair", pairOf(effectError(answer, question, row.name, "all"), 1))])]);
  const columns = [word("column.definition"), ...familyColumns(), word("column.certainty"), ...(answer.exact ? [] : [word("column.error")])];
  return table({ caption: word("ladder.caption"), columns, rows });
}

function showLadder(answer) {
  el("ladder-chart").innerHTML = isNothing(answer) && state.question === "own" ? `<p>${escaped(nothingInWords(answer))}</p>`
    : ladderChart(answer, state.question, widthOf("ladder-chart"));
  el("ladder-table").innerHTML = ladderTable(answer, state.question);
  el("which").textContent = whichDefinition(answer);
}

// Which definition is the published 2.9, and what it gives here.
function whichDefinition(answer) {
  const values = FAMILIES.map((family) => word("answer.one_value", { family: word(`family_short.${family}`), value: number(plainEffect(answer, "whole", family, AS_PUBLISHED).value) }));
  return word("ladder.which", { each: values.join(", "), printed: number(100 * ANSWERS.published.outflow_inflow_output) });
}

function showMoney(answer) {
  el("money-chart").innerHTML = burnDown({ answer, width: widthOf("money-chart"), label: word("money.alt", { day: dayInOneLine(answer) }) });
  const rows = FAMILIES.map((family) => {
    const told = dayOf(answer, family), at = answer.money[centreOf(family)];
    return [word(`family_short.${family}`), told.day < 0 ? word("day.lasts") : dayInWords(told.day), dayInterval(told), money(at.spent), money(at.cost)];
  });
  el("money-table").innerHTML = table({ caption: word("money.caption"), rows,
    columns: ["family", "day", "day_interval", "spent", "would_cost"].map((c) => word(`column.${c}`)) });
  el("payer-table").innerHTML = table({ caption: word("money.payers"), columns: [word("column.payer"), ...familyColumns()],
    rows: [
      ...["own", "city", "national", "others"].map((payer) => [word(`payer_short.${payer}`), ...wideCells(answer, `cost_of.${payer}`, signedMoney)]),
      [word("payer_short.operation"), ...wideCells(answer, "operation", signedMoney)],
    ] });
}

function wideCells(answer, name, told) {
  return FAMILIES.map((family) => told(wideOf(answer, family).added[AT.wide[name]]));
}

const GAINS = { districts: "sales", bands: "band", fifths: "fifth" };

function gainRows(answer, kind) {
  const [unit] = axisUnit();
  return NAMES.wide.filter((name) => name.startsWith(GAINS[kind] + ".")).map((name) => ({
    label: word(kind === "districts" ? `district.${name.split(".")[1]}` : kind === "bands" ? `sales_band.${name.split(".")[1]}` : name),
    values: FAMILIES.map((family) => ({ value: wideOf(answer, family).added[AT.wide[name]] / unit })),
    strong: name === `sales.${OWN}`, name,
  }));
}

function gainChart(answer, kind, width, tall) {
  return dots({ rows: gainRows(answer, kind), width, tall, label: word(`gains.${kind}_alt`), unit: word("gains.unit", { unit: axisUnit()[1] }) });
}

function showGains(answer) {
  const nothing = isNothing(answer);
  for (const kind of Object.keys(GAINS)) {
    el(`gain-${kind}`).innerHTML = nothing ? `<p>${escaped(nothingInWords(answer))}</p>` : gainChart(answer, kind, widthOf(`gain-${kind}`));
  }
  el("gain-sentence").textContent = nothing ? "" : gainSentence(answer);
  el("gain-table").innerHTML = Object.keys(GAINS).map((kind) => table({ caption: word(`gains.${kind}`), columns: [word("column.group"), ...familyColumns()],
    rows: gainRows(answer, kind).map((row) => [row.label, ...wideCells(answer, row.name, signedMoney)]) })).join("");
}

// The district's gain beside the whole city's: what is only moved between districts is nobody's gain together.
function gainSentence(answer) {
  const gains = FAMILIES.map((family) => ["own_sales", "small_shop_sales"].map((name) => figure(answer, "own", centreOf(family), name)));
  const each = FAMILIES.map((family) => word("gains.one_family", { family: word(`family_short.${family}`), district: word(`district.${OWN}`),
    own: amountInWords(answer, family, "own_sales", "own_sales", signedMoney), all: amountInWords(answer, family, "small_shop_sales", "small_shop_sales", signedMoney) }));
  const moved = FAMILIES.filter((_, i) => gains[i][1] < gains[i][0] && gains[i][0] > 0).map((family) => word(`family_short.${family}`));
  const meaning = moved.length ? word("gains.moved", { families: moved.join(", "), district: word(`district.${OWN}`) }) : word("gains.not_moved", { district: word(`district.${OWN}`) });
  return `${word("gains.sentence", { each: each.join("; ") })} ${meaning}`;
}

function keptPoints(answer, family, kind, district) {
  const { added, alone } = wideOf(answer, family), i = AT.wide[`${kind}.${district}`];
  return { change: added[i], before: alone[i] };
}

function tileMap(answer, kind, width) {
  const lines = (district) => FAMILIES.map((family) => signed(keptPoints(answer, family, kind, district).change, 2) + (state.language === "ko" ? "%p" : ""));
  return tiles({ lines, width, label: word(`kept.${kind}_alt`) });
}

function showKept(answer) {
  el("kept-map").innerHTML = tileMap(answer, state.kept_kind, widthOf("kept-map"));
  const rows = Object.keys(ANSWERS.tiles).map((district) => [word(`district.${district}`), ...FAMILIES.map((family) => {
    const { change, before } = keptPoints(answer, family, state.kept_kind, district);
    return `${number(before, 2)} → ${number(before + change, 2)}%`;
  })]);
  el("kept-table").innerHTML = table({ caption: word(`kept.${state.kept_kind}_caption`), columns: [word("column.home"), ...familyColumns()], rows });
}

// How far off what is read off may be, for designs with the same instruments as the one that is chosen.
function showErrors(answer) {
  const off = { ...answer, exact: false }, rows = [["own.net_city_sales", 1], ["whole.net_city_sales", 1], ["day", 0], ["cost", 1], ["own_sales", 1], ["kept_home", 2], ["kept_in_city", 3]]
    .map(([output, digits]) => [word(`error.${output}`), ...["all", ...FAMILIES].map((family) => word("error.pair", pairOf(errorOf(off, output, family), digits)))]);
  el("error-table").innerHTML = table({ caption: word("error.caption"), columns: [word("column.quantity"), word("error.all"), ...familyColumns()], rows });
  el("error-sentence").textContent = errorSentence(answer);
}

function errorSentence(answer) {
  if (answer.exact) return word("source.exact");
  const error = errorOf(answer, "own.net_city_sales");
  return word("error.sentence", { ...pairOf(error, 1), n: number(error.n) });
}

function showMarks(answer) {
  document.querySelectorAll("[data-mark]").forEach((node) => { node.textContent = word("mark", { mark: answer.mark }); });
}

// What stands first is shown at once; what stands below follows in the next frame.
let waiting = 0;

function showAll(answer) {
  showAnswer(answer);
  showLadder(answer);
  showMarks(answer);
  showPhase();
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(() => {
    showMoney(answer);
    showGains(answer);
    showKept(answer);
    showErrors(answer);
  });
}
