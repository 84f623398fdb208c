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

// A figure of one world: what the design adds ("own"), or programme and design together ("whole").
function figure(answer, question, world, name) {
  const { added, alone } = answer.narrow[world], i = AT.narrow[name];
  return question === "own" ? added[i] : added[i] + alone[i];
}

const overOf = (name) => (name.startsWith("accounting.") ? "cashback" : "fiscal_cost");

function perHundred(answer, question, world, name) {
  if (figure(answer, question, world, "fiscal_cost") < LITTLE_KRW) return NaN;
  const over = figure(answer, question, world, overOf(name));
  return over > 0 ? 100 * figure(answer, question, world, name) / over : NaN;
}

const effect = (answer, question, family, name) =>
  withInterval(family, (world) => perHundred(answer, question, world, name));
const amount = (answer, question, family, name) =>
  withInterval(family, (world) => figure(answer, question, world, name));

// How far the emulator may be off: the median and what 95 % of designs keep within.
function errorOf(output, family = "all") {
  return ANSWERS.errors.find((row) => row.output === output && row.family === family) ?? { median: NaN, within_95: NaN };
}

const effectError = (question, name, family) => errorOf(`${question}.${name.split(".")[1]}`, family);

// How an interval stands to the 100 won spent, the emulator's error included: as in the report.
function certainty({ low, high }, error) {
  const slack = Number.isFinite(error.within_95) ? error.within_95 : 0;
  if (!Number.isFinite(low) || !Number.isFinite(high)) return "none";
  if (high + slack < 0) return "negative";
  if (low - slack > 100) return "above";
  if (high + slack < 100) return low - slack <= 0 ? "maybe_nothing" : "below";
  return "unclear";
}

function certainties(answer, question, name) {
  return FAMILIES.map((family) =>
    certainty(effect(answer, question, family, name), effectError(question, name, family)));
}

function certaintyInWords(answer, question, name) {
  const judged = certainties(answer, question, name);
  if (new Set(judged).size === 1) return word(`certainty.${judged[0]}`);
  const each = FAMILIES.map((family, i) => `${word(`family_short.${family}`)}: ${word(`certainty_each.${judged[i]}`)}`);
  return `${word("certainty_each.split")} ${each.join(" / ")}`;
}

// The day on which money runs out at the centre of a family (-1: it lasts), with the earliest and latest over draws.
function dayOf(answer, family) {
  const last = ANSWERS.end_days[ANSWERS.end_days.length - 1];
  const until = (world) => (answer.money[world].day < 0 ? last + 1 : answer.money[world].day);
  return { day: answer.money[centreOf(family)].day, ...interval(until(centreOf(family)), drawsOf(family).map(until)), last };
}

const isNothing = (answer) =>
  FAMILIES.every((family) => figure(answer, "own", centreOf(family), "fiscal_cost") < LITTLE_KRW);

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

const won = ({ value }) => number(value);
const wonWithInterval = ({ value, low, high }) =>
  (Number.isFinite(low) && Number.isFinite(value) ? `${number(value)} (${number(low)} ~ ${number(high)})` : number(value));
