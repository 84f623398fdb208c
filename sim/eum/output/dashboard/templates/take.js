// What a visitor can take along: the policy as a file, the table, the brief.

function save(name, content, kind) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: kind }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const fileName = (kind) => `${ANSWERS.definition.name}-${markOf(state.values).split("-")[1]}.${kind}`;

// A template with the chosen values in its [variables], and the name of the design.
function filledTemplate(template, values, name) {
  let section = "";
  return template.split("\n").filter((text) => !text.startsWith("#")).map((text) => {
    section = /^\[+([\w.-]+)\]+$/.exec(text)?.[1] ?? section;
    const [, key] = /^(\w+) = /.exec(text) ?? [];
    if (section === "variables" && key in values) return `${key} = ${plain(values[key])}`;
    if (section === "" && name && key?.startsWith("title_")) return `${key} = ${tomlText(name)}`;
    return text;
  }).join("\n");
}

function policyFile(answer, name) {
  const head = [`# ${answer.mark}`, `# eum policy check ${fileName("toml")}`, `# ${exactCommand()}`];
  return [...head, filledTemplate(ANSWERS.template, answer.values, name)].join("\n");
}

// The city's programme alone, under the chosen rate: what the design is compared with.
const baseFile = (values) => filledTemplate(ANSWERS.beyond, values, "");
const baseName = () => `${ANSWERS.definition.name}-city-${plain(state.values[ANSWERS.levers[0].name])}.toml`;

// A basic string of TOML: that of JSON, which must not hold a bare DEL.
const tomlText = (text) => JSON.stringify(text).replace(/\x7f/g, "\\u007f");

// Everything that the figures depend on, so that the command prints them to the digit.
function exactCommand() {
  const { start, end, seed, families } = ANSWERS.definition;
  return `eum compare --engine expected ${fileName("toml")} --relative-to ${baseName()} --evidence ${families.length === 3 ? "all" : families.join(",")} ` +
    `--period ${start}..${end} --scale ${ANSWERS.scale} --seed ${seed}`;
}

// Text that a spreadsheet would take for a formula gets an apostrophe before it (sim/eum/spreadsheets.py); numbers stay numbers.
const literal = (value) => (typeof value === "string" && /^'*(\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/.test(value) ? `'${value}` : String(value));
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
const cell = (value) => quoted(literal(value));
const cut = (value) => (Number.isFinite(value) ? Number(value.toPrecision(6)) : "");

// One row a figure and family: names and units as everywhere in eum, so that the table can be read by a program.
function tableRows(answer) {
  const rows = [["mark", "source", "question", "quantity", "unit", "family", "value", "low_90", "high_90", "error_median", "error_95"]];
  for (const question of QUESTIONS) {
    for (const name of [...RUNGS, ...ACCOUNTINGS]) {
      for (const family of FAMILIES) rows.push(tableRow(answer, question, name, "won_per_100_won", plainEffect(answer, question, family, name), family, effectError(answer, question, name, family)));
    }
    for (const name of ["fiscal_cost", "cashback", "card_payments", "small_shop_sales", "own_sales", "own_value_added", "kept_in_city"]) {
      const unit = name === "kept_in_city" ? "points" : "krw";
      for (const family of FAMILIES) rows.push(tableRow(answer, question, name, unit, amount(answer, question, family, name), family, {}));
    }
  }
  for (const family of FAMILIES) {
    const { day, low, high } = dayOf(answer, family);
    rows.push([answer.mark, sourceOf(answer), "own", "day_money_runs_out", "date", family, day < 0 ? "" : isoDay(day), dayCell(low), dayCell(high), ...errorCells(answer, errorOf(answer, "day", family))]);
  }
  for (const name of NAMES.wide.filter((n) => !n.startsWith("sales_before."))) {
    const unit = name.startsWith("kept_") ? "points" : /^(members|active_holders)$/.test(name) ? "persons" : "krw";
    for (const family of FAMILIES) rows.push(tableRow(answer, "own", name, unit, { value: wideOf(answer, family).added[AT.wide[name]], low: NaN, high: NaN }, family, {}));
  }
  return rows;
}

const dayCell = (day) => (Number.isFinite(day) && day <= ANSWERS.end_days[ANSWERS.end_days.length - 1] ? isoDay(Math.round(day)) : "");
const errorCells = (answer, { median, within_95: within }) => (answer.exact ? ["", ""] : [cut(median ?? NaN), cut(within ?? NaN)]);
const sourceOf = (answer) => (answer.exact ? "exact" : "interpolated");

function tableRow(answer, question, name, unit, { value, low, high }, family, error) {
  return [answer.mark, sourceOf(answer), question, name, unit, family, cut(value), cut(low), cut(high), ...errorCells(answer, error)];
}

function tableFile(answer) {
  return "\ufeff" + tableRows(answer).map((row) => row.map(cell).join(",")).join("\n") + "\n";
}

// The brief: two printable pages that need nothing else.
function briefFile(answer, name) {
  const { lead, sure, day, cost } = answerLines(answer), width = 640;
  const levers = [...ANSWERS.levers, ANSWERS.money].map(({ name: lever }) => [word(`lever.${lever}`), leverValue(lever, answer.values[lever])]);
  const parts = {
    language: state.language, fonts: el("fonts").textContent, title: escaped(name || word("brief.title")),
    kicker: escaped(word("brief.kicker", { title: word("title") })), lead: escaped(lead),
    facts: [sure, day, cost].filter(Boolean).map((t) => `<li>${escaped(t)}</li>`).join(""),
    design: levers.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`).join(""),
    legend: legend(), ladder: ladderChart(answer, "own", width, 28), money: burnDown({ answer, width, height: 160, label: word("money.alt", { day: dayInOneLine(answer) }) }),
    gains: gainChart(answer, "districts", width, 23), map: tileMap(answer, "kept_home", 340),
    which: escaped(whichDefinition(answer)), gain: escaped(gainSentence(answer)),
    intervals: escaped(word("brief.intervals")), emulator: escaped(errorSentence(answer)), base: escaped(word("brief.base", { file: baseName() })),
    report: escaped(word("report_differs")), verify: escaped(word("brief.verify")), command: escaped(exactCommand()), mark: escaped(word("mark", { mark: answer.mark })),
    undecided: escaped(word("brief.undecided")), window: escaped(word("window", windowWords())),
  };
  for (const part of ["effect", "money", "gains", "kept", "verify"]) parts[`head_${part}`] = escaped(word(`brief.head_${part}`));
  return el("brief-template").textContent.replace(/\{\{(\w+)\}\}/g, (whole, key) => parts[key] ?? "");
}

function windowWords() {
  const last = ANSWERS.end_days[ANSWERS.end_days.length - 1], year = ANSWERS.definition.start.slice(0, 4);
  return { year, start: dayInWords(0), end: dayInWords(last), launch: dayInWords(ANSWERS.launch_day) };
}

const designName = () => el("name").value.trim();

// What is taken along is what the model says: where exact answers are served, the file waits for them.
async function take(kind) {
  if (SERVED && !exactOf(state.values)?.hasDraws) say(word("take.waiting"));
  const answer = await settled(), name = kind === "base" ? baseName() : fileName(kind);
  if (kind === "toml") save(name, policyFile(answer, designName()), "application/toml");
  if (kind === "base") save(name, baseFile(answer.values), "application/toml");
  if (kind === "csv") save(name, tableFile(answer), "text/csv;charset=utf-8");
  if (kind === "html") save(name, briefFile(answer, designName()), "text/html;charset=utf-8");
  say(word("take.saved", { file: name }));
}

function copyLink() {
  const copied = () => say(word("take.link_copied"));
  const shown = () => { el("link").hidden = false; el("link").value = location.href; el("link").select(); };
  if (navigator.clipboard) navigator.clipboard.writeText(location.href).then(copied, shown);
  else shown();
}
