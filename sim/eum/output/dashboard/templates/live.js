// Exact answers, where the command serves the page. What is shown while a lever moves is interpolated and grey; as soon
// as it rests the model is asked: first for the centre of each family, then for the worlds of the intervals.

const SERVED = location.protocol.startsWith("http");
const VISITOR = Math.random().toString(36).slice(2) || "0";
const REST_MS = 150, AGAIN_MS = 400;
const EXACT = new Map();
const live = { phase: SERVED ? "moving" : "static", done: 0, total: 1, why: "", seconds: 0 };
let resting = 0, asking = null, whole = Promise.resolve();

const keyOf = (values) => markOf(values).split("-")[1];
const exactOf = (values) => EXACT.get(keyOf(values));

async function post(path, body, signal) {
  const reply = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-Eum": "page" }, body: JSON.stringify(body), signal });
  const told = await reply.json();
  if (!reply.ok) throw new Error(told.error ?? reply.statusText);
  return told;
}

// A part of the exact answer; null where something newer was asked meanwhile. Waits until the model is prepared.
async function partOf(values, part, signal) {
  for (;;) {
    const told = await post("answer", { values, part, visitor: VISITOR }, signal);
    if (told.state === "ready") return told;
    if (told.state === "superseded") return null;
    if (told.state === "failed") throw new Error(told.error);
    phase(part === "centres" ? "preparing" : "preparing_draws", told);
    await new Promise((again) => setTimeout(again, AGAIN_MS));
  }
}

function phase(name, more = {}) {
  Object.assign(live, { phase: name }, more);
  showPhase();
}

// A lever was moved: the answer is asked for once it rests.
function atRest() {
  clearTimeout(resting);
  asking?.abort();
  asking = null;
  if (!SERVED) return;
  const known = exactOf(state.values);
  if (known?.hasDraws) return phase("exact");
  phase(known ? "draws" : "moving");
  resting = setTimeout(() => { whole = ask({ ...state.values }).then(askForKept); }, REST_MS);
}

async function ask(values) {
  const mine = new AbortController(), began = performance.now();
  asking = mine;
  try {
    for (const part of ["centres", "draws"]) {
      if (part === "centres" && !exactOf(values)) phase("asking");
      const found = await partOf(values, part, mine.signal);
      if (!found || asking !== mine) return;
      takeIn(values, part, found);
      live.seconds = (performance.now() - began) / 1000;
      if (keyOf(state.values) === keyOf(values)) showExact(part);
    }
  } catch (error) {
    if (asking === mine && error.name !== "AbortError") phase("failed", { why: error.message });
  }
}

// Designs kept for comparison that were kept before their exact answer had come.
async function askForKept() {
  for (const { values } of state.kept) {
    if (!exactOf(values)?.hasDraws && asking && !asking.signal.aborted && live.phase !== "failed") {
      await ask({ ...values });
      showCompare();
    }
  }
}

function takeIn(values, part, { mark, worlds, costs }) {
  const n = ANSWERS.worlds.length;
  const answer = part === "centres" ? { values, mark, exact: true, hasDraws: false, money: new Array(n), narrow: new Array(n), wide: [] } : exactOf(values);
  for (const { world, money, narrow, wide } of worlds) {
    answer.money[world] = { ...money, cost: money.day < 0 ? money.spent : NaN };
    answer.narrow[world] = { world, ...narrow };
    if (wide) answer.wide.push({ world, ...wide });
  }
  for (const [world, cost] of Object.entries(costs ?? {})) answer.money[world].cost = cost;
  answer.hasDraws = part === "draws";
  EXACT.set(keyOf(values), answer);
}

function showExact(part) {
  phase(part === "draws" ? "exact" : "draws");
  state.answer = exactOf(state.values);
  showAll(state.answer);
  if (part === "draws" && state.kept.some(({ values }) => keyOf(values) === keyOf(state.values))) showCompare();
  document.documentElement.dataset[part] = keyOf(state.values);
}

// What stands for a design: its exact answer; until it comes, what is read off; without a model, what is stored.
const bestAnswer = (values) => exactOf(values) ?? (SERVED && live.phase !== "failed" ? readOff(values) : answerOf(values));

// Waits, where exact answers are served, until that of the chosen design is whole.
async function settled() {
  while (SERVED && live.phase !== "failed" && !exactOf(state.values)?.hasDraws) {
    await new Promise((again) => setTimeout(again, 50));
  }
  return bestAnswer(state.values);
}

const isPending = () => ["moving", "asking", "preparing"].includes(live.phase);

// Where the figures are from, beside the answer itself.
function showPhase() {
  const answer = state.answer;
  if (!answer) return;
  const pending = isPending() && !answer.exact;
  document.body.classList.toggle("pending", pending);
  document.querySelector("main").setAttribute("aria-busy", String(pending));
  const told = live.phase === "failed" ? [word("live.failed", { why: live.why }), sourceInWords(answer)]
    : [SERVED ? word(`live.${answer.exact && pending ? "exact" : live.phase}`, { done: live.done, total: live.total, seconds: number(live.seconds, 1) }) : sourceInWords(answer)];
  const text = told.join(" ");
  if (el("approx").textContent !== text) el("approx").textContent = text;
}

function showServed() {
  el("crowd-live").hidden = !SERVED;
  el("crowd-static").hidden = SERVED;
  el("exact-command").textContent = "eum dashboard";
  if (!SERVED) return;
  const look = () => fetch("status").then((reply) => reply.json()).then(({ is_current: isCurrent }) => {
    el("stale").hidden = isCurrent !== false;
    if (isCurrent === null) setTimeout(look, 1000);
  }).catch(() => {});
  look();
}
