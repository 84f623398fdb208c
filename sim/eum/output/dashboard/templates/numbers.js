// Numbers as people read them, in the language of the page; the words themselves; the mark of a design.

const NOTHING = "–";

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

function word(key, values = {}) {
  const text = WORDS[state.language][key];
  if (text === undefined) throw new Error("no word for " + key);
  return fill(text, values);
}

function number(value, digits = 0) {
  if (!Number.isFinite(value)) return NOTHING;
  const text = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return /[1-9]/.test(text) ? text.replace("-", "−") : text.replace("-", "");
}

function signed(value, digits = 1) {
  const text = number(value, digits);
  return value > 0 && /[1-9]/.test(text) ? "+" + text : text;
}

// 억원 and 만원 in Korean, million and billion in English; a plain won below.
function money(won) {
  if (!Number.isFinite(won)) return NOTHING;
  const sizes = state.language === "ko" ? [[1e12, "조원"], [1e8, "억원"], [1e4, "만원"]]
    : [[1e12, " trillion won"], [1e9, " billion won"], [1e6, " million won"]];
  for (const [size, unit] of sizes) {
    if (Math.abs(won) < size) continue;
    const value = won / size, big = Math.abs(value);
    const text = number(value, size === 1e4 ? 0 : big < 10 ? 2 : big < 1000 ? 1 : 0);
    return (text.includes(".") ? text.replace(/\.?0+$/, "") : text) + unit;
  }
  return number(won) + (state.language === "ko" ? "원" : " won");
}

const signedMoney = (won) => (won > 0 ? "+" : "") + money(won);

// Won per unit of an axis of money, and the unit: 억원 or million won.
const axisUnit = () => (state.language === "ko" ? [1e8, "억원"] : [1e6, word("unit.million_won")]);

const MONTHS = ["January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December"];

// A day, counted from the first of the window.
function dateOf(day) {
  const [year, month, first] = ANSWERS.definition.start.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, first + day));
}

function dayInWords(day) {
  const date = dateOf(day);
  return state.language === "ko" ? `${date.getUTCMonth() + 1}월 ${date.getUTCDate()}일`
    : `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

function isoDay(day) {
  return dateOf(day).toISOString().slice(0, 10);
}

function shortMonth(month) {
  return state.language === "ko" ? `${month + 1}월` : MONTHS[month].slice(0, 3);
}

// A lever's value with its unit.
function leverValue(name, value) {
  if (name.endsWith("_krw")) return money(value);
  return number(value, Number.isInteger(value) ? 0 : String(value).split(".")[1].length) + "%";
}

// The same text for a number as Python's format(x, ".10g") gives for values of levers.
function plain(value) {
  return String(Number(value.toPrecision(10)));
}

// The stored answers, then the design (FNV-1a, 32 bits): the same design always carries the same mark.
function markOf(values) {
  const text = Object.keys(values).sort().map((name) => `${name}=${plain(values[name])}`).join(";");
  let digest = 0x811c9dc5;
  for (const letter of new TextEncoder().encode(text)) digest = Math.imul(digest ^ letter, 0x01000193) >>> 0;
  return `${ANSWERS.version.slice(0, 8)}-${digest.toString(16).padStart(8, "0")}`;
}

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]);
}
