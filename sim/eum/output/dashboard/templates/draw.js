// Charts as SVG text. Each is drawn for the width it has, so that letters keep their size on a phone.

// How wide a text comes out, roughly: Korean letters are square, others narrower.
function widthOfText(content, size = 13) {
  return [...content].reduce((sum, c) => sum + (c > "\u2e7f" ? 0.98 : /[A-Z0-9+×→]/.test(c) ? 0.64 : 0.52) * size, 0);
}

// A text in as few lines as fit a width, broken between words.
function wrapped(content, width) {
  const lines = [""];
  for (const part of content.split(" ")) {
    const longer = lines[lines.length - 1] ? `${lines[lines.length - 1]} ${part}` : part;
    if (lines[lines.length - 1] && widthOfText(longer) > width) lines.push(part);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

const COLOURS = { survey: "#0072b2", causal: "#b84a00", iri2019: "#00795a" };
const NARROW_PX = 560;

function svg(width, height, label, body) {
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escaped(label)}" width="${width}" ` +
    `height="${height}" viewBox="0 0 ${width} ${height}">${body.join("")}</svg>`;
}

function text(x, y, content, { anchor = "start", kind = "", extra = "" } = {}) {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" class="${kind}" ${extra}>${escaped(content)}</text>`;
}

function line(x1, y1, x2, y2, kind, extra = "") {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" class="${kind}" ${extra}/>`;
}

// Families differ in shape as well as in colour: circle, square, diamond.
function marker(family, x, y, size = 5) {
  const fill = `fill="${COLOURS[family]}" stroke="#fff" stroke-width="1"`;
  if (family === "survey") return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${size}" ${fill}/>`;
  if (family === "causal") {
    return `<rect x="${(x - size + 0.5).toFixed(1)}" y="${(y - size + 0.5).toFixed(1)}" width="${2 * size - 1}" height="${2 * size - 1}" ${fill}/>`;
  }
  const d = size + 1.5;
  return `<path d="M${x.toFixed(1)} ${(y - d).toFixed(1)}l${d} ${d}l${-d} ${d}l${-d} ${-d}z" ${fill}/>`;
}

function legend() {
  const items = FAMILIES.map((family) =>
    `<li><svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">${marker(family, 8, 8)}</svg>` +
    `${escaped(word(`family.${family}`))}</li>`);
  return `<ul class="legend">${items.join("")}</ul>`;
}

// Straight up to 100, then by powers, so that small and large ones are all told apart.
function bentScale(low, high, from, to) {
  const bend = (v) => (Math.abs(v) <= 100 ? v : Math.sign(v) * (100 + 100 * Math.log2(Math.abs(v) / 100) * 0.7));
  const a = bend(low), b = bend(high);
  return (v) => from + (bend(Math.min(Math.max(v, low), high)) - a) / (b - a) * (to - from);
}

function straightScale(low, high, from, to) {
  return (v) => from + (Math.min(Math.max(v, low), high) - low) / (high - low || 1) * (to - from);
}

function niceTicks(low, high, n = 5) {
  const span = high - low || 1, raw = span / n, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 2.5, 5, 10].find((m) => m * power >= raw), ticks = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step / 1e6; v += step) ticks.push(Math.abs(v) < step / 1e6 ? 0 : v);
  return ticks;
}

const BENT_TICKS = [-1000, -500, -200, -100, -50, 0, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000];

function extent(rows, more = []) {
  const all = rows.flatMap((row) => row.values ?? []).flatMap((v) => [v.value, v.low, v.high]).concat(more).filter(Number.isFinite);
  return [Math.min(...all), Math.max(...all)];
}

// Rows of one marker for each family, with its interval. A row without values is a heading.
function dots({ rows, width, label, bent = false, lines = [], unit = "", tall = 40, tick = (v) => number(v, v % 1 ? 1 : 0) }) {
  const narrow = width < NARROW_PX, left = narrow ? 6 : Math.min(250, width * 0.4), right = width - 14;
  const rowHeight = narrow ? 66 : tall, apart = Math.min(12, (rowHeight - 6) / 3), top = 24 + (lines.length ? 14 : 0);
  const [low, high] = extent(rows, [0, ...lines.map((l) => l.at)]), pad = (high - low) * 0.03 || 1;
  const scale = (bent ? bentScale : straightScale)(low < 0 ? low - pad : low, high + pad, left + 6, right);
  const labels = rows.map((row) => wrapped(row.label, narrow ? width - 8 : left - 12)), deeper = (i) => (narrow ? 15 * (labels[i].length - 1) : 0);
  const heights = rows.map((row, i) => (row.values ? rowHeight + deeper(i) : Math.min(30, rowHeight))), bottom = top + heights.reduce((a, b) => a + b, 0);
  const body = [];
  const ticks = (bent ? BENT_TICKS : niceTicks(low, high, narrow ? 4 : 6)).filter((v) => v >= low - pad && v <= high + pad);
  let lastX = -99;
  for (const v of ticks) {
    const x = scale(v);
    if (x - lastX < 34) continue;
    lastX = x;
    body.push(line(x, top, x, bottom, v === 0 ? "zero" : "grid"), text(x, bottom + 16, tick(v), { anchor: "middle", kind: "tick" }));
  }
  for (const { at, label: told } of lines) {
    const x = scale(at), end = x > width * 0.7;
    body.push(line(x, top - 6, x, bottom, "mark"), text(x + (end ? 3 : -3), top - 10, told, { anchor: end ? "end" : x < 90 ? "start" : "middle", kind: "told" }));
  }
  let y = top;
  rows.forEach((row, i) => {
    if (!row.values) {
      body.push(text(0, y + Math.min(30, rowHeight) - 10, row.label, { kind: "group" }));
    } else {
      const first = narrow ? y + 28 + deeper(i) : y + rowHeight / 2 - apart, told = labels[i];
      if (row.strong) body.push(`<rect x="0" y="${y + 1}" width="${width}" height="${heights[i] - 2}" class="focus"/>`);
      told.forEach((part, k) => body.push(text(narrow ? 4 : left - 6, narrow ? y + 16 + 15 * k : y + rowHeight / 2 + 4 + 14 * (k - (told.length - 1) / 2), part,
        { anchor: narrow ? "start" : "end", kind: row.strong ? "strong" : "over" })));
      row.values.forEach((v, k) => body.push(oneDot(v, FAMILIES[k], scale, first + k * (narrow ? 12 : apart))));
    }
    y += heights[i];
  });
  body.push(text(right, bottom + 32, unit, { anchor: "end", kind: "tick" }));
  return svg(width, bottom + 38, label, body);
}

function oneDot({ value, low, high }, family, scale, y) {
  if (!Number.isFinite(value)) return "";
  const span = Number.isFinite(low) ? line(scale(low), y, scale(high), y, "span", `stroke="${COLOURS[family]}"`) : "";
  return span + marker(family, scale(value), y);
}

// What is left of the money by day, from the pot on the first day; one line for each family, dashed differently.
function burnDown({ answer, width, label, height = 230 }) {
  const pot = answer.values[ANSWERS.money.name], [unit, unitName] = axisUnit();
  const first = ANSWERS.launch_day - 1, last = ANSWERS.end_days[ANSWERS.end_days.length - 1];
  const left = 52, right = width - 10, top = 26, bottom = height - 46;
  const x = straightScale(first, last, left, right), y = straightScale(0, pot, bottom, top), body = [];
  const digits = pot / unit >= 10 ? 0 : 1;
  for (const v of niceTicks(0, pot / unit, 4)) {
    body.push(line(left, y(v * unit), right, y(v * unit), v === 0 ? "zero" : "grid"),
      text(left - 6, y(v * unit) + 4, number(v, v % 1 ? digits : 0), { anchor: "end", kind: "tick" }));
  }
  for (let day = first; day <= last; day++) {
    const date = dateOf(day);
    if (date.getUTCDate() !== 1) continue;
    body.push(line(x(day), bottom, x(day), bottom + 5, "zero"), text(x(day), bottom + 18, shortMonth(date.getUTCMonth()), { kind: "tick", anchor: "middle" }));
  }
  body.push(text(left - 46, 14, word("money.axis", { unit: unitName }), { kind: "tick" }));
  FAMILIES.forEach((family) => body.push(...burnLine(answer.money[centreOf(family)], family, pot, { x, y, first, last })));
  return svg(width, height, label, body);
}

const DASHES = { survey: "", causal: "7 4", iri2019: "2 3" };

function burnLine({ path, day }, family, pot, { x, y, first, last }) {
  const points = [[x(first), y(pot)]];
  for (let i = 0; i < path.length; i++) {
    const at = ANSWERS.path_days[i];
    if (day >= 0 && at >= day) break;
    points.push([x(at), y(Math.max(pot - path[i], 0))]);
  }
  if (day >= 0) points.push([x(day), y(0)]);
  const told = points.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(" "), [endX, endY] = points[points.length - 1];
  return [`<polyline points="${told}" fill="none" stroke="${COLOURS[family]}" stroke-width="2" stroke-dasharray="${DASHES[family]}"/>`,
    marker(family, endX, endY)];
}

// Ten districts where they roughly lie; in each the change by family, with its sign.
function tiles({ lines, width, label }) {
  const at = ANSWERS.tiles, columns = Math.max(...Object.values(at).map(([c]) => c)) + 1;
  const rows = Math.max(...Object.values(at).map(([, r]) => r)) + 1;
  const size = Math.min(132, width / columns), tall = 84, body = [];
  for (const [district, [column, row]] of Object.entries(at)) {
    const x = column * size, y = row * tall, own = district === OWN;
    body.push(`<rect x="${x + 2}" y="${y + 2}" width="${size - 4}" height="${tall - 4}" rx="4" class="tile${own ? " own" : ""}"/>`,
      text(x + size / 2, y + 19, word(`district.${district}`), { anchor: "middle", kind: "strong" }));
    lines(district).forEach((told, k) => body.push(marker(FAMILIES[k], x + size / 2 - 30, y + 33 + k * 17, 4),
      text(x + size / 2 + 38, y + 37 + k * 17, told, { anchor: "end" })));
  }
  return svg(Math.ceil(columns * size), rows * tall, label, body);
}
