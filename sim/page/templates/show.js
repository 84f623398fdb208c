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

// The answer in one sentence, the certainty, the day.
function answerLines(answer) {
  if (isNothing(answer)) return { lead: word("answer.nothing"), sure: "", day: "", cost: "" };
  const each = FAMILIES.map((family) => {
    const { value, low, high } = effect(answer, "own", family, HEADLINE), told = { family: word(`family_short.${family}`), value: number(value) };
    return Number.isFinite(low) ? word("answer.one_family", { ...told, low: number(low), high: number(high) }) : word("answer.one_value", told);
  }).join("; ");
  const costs = FAMILIES.map((family) => figure(answer, "own", centreOf(family), "fiscal_cost"));
  return {
    lead: word("answer.lead", { district: word(`district.${OWN}`), each }),
    sure: word("answer.sure", { certainty: certaintyInWords(answer, "own", HEADLINE) }),
    day: word("answer.day", { pot: money(answer.values[ANSWERS.money.name]), day: dayInOneLine(answer) }),
    cost: word("answer.cost", { low: money(Math.min(...costs)), high: money(Math.max(...costs)) }),
  };
}

function showAnswer(answer) {
  const { lead, sure, day, cost } = answerLines(answer);
  el("lead").textContent = lead;
  el("facts").innerHTML = [sure, day, cost].filter(Boolean).map((t) => `<li>${escaped(t)}</li>`).join("");
  const short = isNothing(answer) ? lead : FAMILIES.map((f) => word("answer.one_value", { family: word(`family_short.${f}`), value: number(effect(answer, "own", f, HEADLINE).value) })).join(" · ");
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
      word("error.pair", pairOf(effectError(question, row.name, "all"), 1))]);
  return table({ caption: word("ladder.caption"), columns: [word("column.definition"), ...familyColumns(), word("column.certainty"), word("column.error")], rows });
}

const pairOf = ({ median, within_95: within }, digits) => ({ median: number(median, digits), within: number(within, digits) });

function showLadder(answer) {
  el("ladder-chart").innerHTML = isNothing(answer) && state.question === "own" ? `<p>${escaped(word("answer.nothing"))}</p>`
    : ladderChart(answer, state.question, widthOf("ladder-chart"));
  el("ladder-table").innerHTML = ladderTable(answer, state.question);
  el("which").textContent = whichDefinition(answer);
}

// Which definition is the published 2.9, and what it gives here.
function whichDefinition(answer) {
  const values = FAMILIES.map((family) => word("answer.one_value", { family: word(`family_short.${family}`), value: number(effect(answer, "whole", family, AS_PUBLISHED).value) }));
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
    el(`gain-${kind}`).innerHTML = nothing ? `<p>${escaped(word("answer.nothing"))}</p>` : gainChart(answer, kind, widthOf(`gain-${kind}`));
  }
  el("gain-sentence").textContent = nothing ? "" : gainSentence(answer);
  el("gain-table").innerHTML = Object.keys(GAINS).map((kind) => table({ caption: word(`gains.${kind}`), columns: [word("column.group"), ...familyColumns()],
    rows: gainRows(answer, kind).map((row) => [row.label, ...wideCells(answer, row.name, signedMoney)]) })).join("");
}

// The district's gain beside the whole city's: what is only moved between districts is nobody's gain together.
function gainSentence(answer) {
  const each = FAMILIES.map((family) => word("gains.one_family", { family: word(`family_short.${family}`),
    own: money(figure(answer, "own", centreOf(family), "own_sales")), all: money(figure(answer, "own", centreOf(family), "small_shop_sales")) }));
  return word("gains.sentence", { district: word(`district.${OWN}`), each: each.join("; ") });
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

// How far off the emulator may be, in a sentence for each thing it tells.
function showErrors() {
  const rows = [["own.net_city_sales", 1], ["whole.net_city_sales", 1], ["day", 0], ["cost", 1], ["own_sales", 1], ["kept_home", 2], ["kept_in_city", 3]]
    .map(([output, digits]) => [word(`error.${output}`), ...["all", ...FAMILIES].map((family) => word("error.pair", pairOf(errorOf(output, family), digits)))]);
  el("error-table").innerHTML = table({ caption: word("error.caption"), columns: [word("column.quantity"), word("error.all"), ...familyColumns()], rows });
  el("approx").textContent = word("error.short", { each: FAMILIES.map((family) => word("error.one_family", { family: word(`family_short.${family}`), ...pairOf(errorOf("own.net_city_sales", family), 1) })).join(", ") });
  el("error-sentence").textContent = word("error.sentence", { ...pairOf(errorOf("own.net_city_sales"), 1), n: number(errorOf("own.net_city_sales").n) });
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
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(() => {
    showMoney(answer);
    showGains(answer);
    showKept(answer);
  });
}
