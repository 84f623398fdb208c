// From figures to what is said: won per 100 won, intervals over plausible worlds, certainty in words, days.

const RUNGS = NAMES.narrow.filter((name) => name.startsWith("rung."));
const ACCOUNTINGS = NAMES.narrow.filter((name) => name.startsWith("accounting."));
const HEADLINE = "rung.net_city_sales";
const AS_PUBLISHED = "accounting.outflow_inflow_output";
const LITTLE_KRW = 20e6;
const QUESTIONS = ["own", "whole"];
const OWN = ANSWERS.definition.district;

const centreOf = (family) => ANSWERS.worlds.findIndex((w) => w.family === family && w.draw === 0);
const drawsOf = (family) => ANSWERS.worlds.flatMap((w, i) => (w.family === family && w.draw !== 0 ? [i] : []));
const wideOf = (answer, family) => answer.wide.find((found) => found.world === centreOf(family));

function quantile(sorted, share) {
  const at = (sorted.length - 1) * share, low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

// The 90 % interval of a figure over the worlds of a family: its centre, which is always within, and its draws.
function interval(centre, draws) {
  const known = [centre, ...draws].filter(Number.isFinite).sort((a, b) => a - b);
  if (!Number.isFinite(centre) || known.length < 3) return { low: NaN, high: NaN };
  return { low: Math.min(centre, quantile(known, 0.05)), high: Math.max(centre, quantile(known, 0.95)) };
}

function withInterval(family, of) {
  const value = of(centreOf(family));
  return { value, ...interval(value, drawsOf(family).map(of)) };
}

// A figure of one world: what the design adds ("own"), or programme and design together ("whole"); not a number where
// the world has not been worked out yet.
function figure(answer, question, world, name) {
  const found = answer.narrow[world];
  if (!found) return NaN;
  const i = AT.narrow[name];
  return question === "own" ? found.added[i] : found.added[i] + found.alone[i];
}

const overOf = (name) => (name.startsWith("accounting.") ? "cashback" : "fiscal_cost");

function perHundred(answer, question, world, name) {
  if (!(figure(answer, question, world, "fiscal_cost") >= LITTLE_KRW)) return NaN;
  const over = figure(answer, question, world, overOf(name));
  return over > 0 ? 100 * figure(answer, question, world, name) / over : NaN;
}

// A figure in which the error of interpolation is larger than the figure itself is not told.
const blurred = ({ value, low, high }, error) => (Math.abs(value) < error.within_95
  ? { value: NaN, low: NaN, high: NaN, isBlurred: true } : { value, low, high, isBlurred: false });

const plainEffect = (answer, question, family, name) =>
  withInterval(family, (world) => perHundred(answer, question, world, name));
const effect = (answer, question, family, name) =>
  blurred(plainEffect(answer, question, family, name), effectError(answer, question, name, family));
const amount = (answer, question, family, name) =>
  withInterval(family, (world) => figure(answer, question, world, name));

// An amount of the design at the centre of a family, in words; `output` names its error, in percent.
function amountInWords(answer, family, name, output, told) {
  const won = figure(answer, "own", centreOf(family), name), error = errorOf(answer, output, family);
  return won !== 0 && error.within_95 > 100 ? word("blurred") : told(won);
}

const NO_ERROR = { median: 0, within_95: 0, n: 0 }, UNKNOWN_ERROR = { median: NaN, within_95: NaN, n: 0 };

// How far an answer that was read off may be off: the median and what 95 % of designs with the same instruments keep
// within. An exact answer is not off.
function errorOf(answer, output, family = "all") {
  if (answer.exact) return NO_ERROR;
  const rows = ANSWERS.errors.filter((row) => row.output === output && row.family === family);
  return rows.find((row) => row.instruments === answer.instruments) ?? rows.find((row) => row.instruments === "all") ?? UNKNOWN_ERROR;
}

const effectError = (answer, question, name, family) => errorOf(answer, `${question}.${name.split(".")[1]}`, family);

// How an interval stands to the 100 won spent, the error of interpolation included.
function certainty({ low, high, isBlurred }, error) {
  if (isBlurred) return "blurred";
  const slack = Number.isFinite(error.within_95) ? error.within_95 : 0;
  if (!Number.isFinite(low) || !Number.isFinite(high)) return "none";
  if (high + slack < 0) return "negative";
  if (low - slack > 100) return "above";
  if (high + slack < 100) return low - slack <= 0 ? "maybe_nothing" : "below";
  return "unclear";
}

function certaintyInWords(answer, question, name) {
  if (isEmpty(answer) && question === "own") return word("sure.nothing");
  if (answer.exact && !answer.hasDraws) return word("sure.pending");
  const each = FAMILIES.map((family) => certainty(effect(answer, question, family, name), effectError(answer, question, name, family)));
  if (new Set(each).size === 1) return word("sure.all", { told: word(`sure.${each[0]}`) });
  return [...new Set(each)].map((judged) => word("sure.some", { told: word(`sure.${judged}`),
    families: FAMILIES.filter((_, i) => each[i] === judged).map((family) => word(`family_short.${family}`)).join(", ") })).join(" / ");
}

// Where an answer is from, and how far it may be off.
function sourceInWords(answer) {
  if (answer.exact) return word("source.exact");
  const each = FAMILIES.map((family) => word("error.one_family", { family: word(`family_short.${family}`), ...pairOf(errorOf(answer, "own.net_city_sales", family), 1) }));
  return word("source.interpolated", { each: each.join(", ") });
}

// The day on which money runs out at the centre of a family (-1: it lasts), with the earliest and latest over draws.
function dayOf(answer, family) {
  const last = ANSWERS.end_days[ANSWERS.end_days.length - 1];
  const until = (world) => (answer.money[world] ? (answer.money[world].day < 0 ? last + 1 : answer.money[world].day) : NaN);
  return { day: answer.money[centreOf(family)].day, ...interval(until(centreOf(family)), drawsOf(family).map(until)), last };
}

const INSTRUMENTS = ANSWERS.instruments;

// Which instruments a design uses, as errors of interpolation are told by: names joined by "+".
const instrumentsOf = (values) => INSTRUMENTS.filter((name) => values[name] !== 0).join("+");

const isEmpty = (answer) => instrumentsOf(answer.values) === "";
const isNothing = (answer) =>
  FAMILIES.every((family) => figure(answer, "own", centreOf(family), "fiscal_cost") < LITTLE_KRW);
const nothingInWords = (answer) => word(isEmpty(answer) ? "answer.empty" : "answer.nothing");

function dayInterval({ low, high, last }) {
  if (!Number.isFinite(low)) return "";
  const from = Math.floor(low), to = Math.ceil(high);
  if (from > last) return word("day.lasts_in_all");
  if (to > last) return word("day.from_or_lasts", { from: dayInWords(from) });
  return from === to ? dayInWords(from) : word("day.from_to", { from: dayInWords(from), to: dayInWords(to) });
}

// The same day for all families, or each family's own.
function dayInOneLine(answer) {
  const days = FAMILIES.map((family) => dayOf(answer, family));
  const told = days.map(({ day }) => (day < 0 ? word("day.lasts") : dayInWords(day)));
  if (new Set(told).size === 1) return told[0];
  return FAMILIES.map((family, i) => `${word(`family_short.${family}`)}: ${told[i]}`).join(", ");
}

const wonWithInterval = ({ value, low, high, isBlurred }) => (isBlurred ? word("blurred")
  : Number.isFinite(low) && Number.isFinite(value) ? `${number(value)} (${word("range", { low: number(low), high: number(high) })})` : number(value));
const pairOf = ({ median, within_95: within }, digits) => ({ median: number(median, digits), within: number(within, digits) });
