// The state of the page, its controls, and the first picture.

function languageFirst() {
  const asked = new URLSearchParams(location.search).get("lang") ?? new URLSearchParams(location.hash.slice(1)).get("lang");
  if (asked in WORDS) return asked;
  return (navigator.language ?? "ko").startsWith("en") ? "en" : "ko";
}

const startOf = ({ id, ...values }) => values;

const LEVERS = [...ANSWERS.levers, ANSWERS.money];

// What a number box counts a lever in.
const boxUnit = (name) => (!name.endsWith("_krw") ? [1, "%"] : state.language === "ko" ? [1e4, "만원"] : [1e6, word("unit.million_won")]);

function choose(values) {
  state.values = { ...values };
  for (const { name } of LEVERS) el(`lever-${name}`).value = values[name];
  changed();
}

function changed() {
  const began = performance.now();
  for (const { name } of LEVERS) {
    const told = leverValue(name, state.values[name]), [size] = boxUnit(name);
    el(`told-${name}`).textContent = told;
    el(`lever-${name}`).setAttribute("aria-valuetext", told);
    if (document.activeElement !== el(`box-${name}`)) el(`box-${name}`).value = plain(state.values[name] / size);
  }
  state.answer = bestAnswer(state.values);
  atRest();
  showAll(state.answer);
  rememberDesign();
  document.documentElement.dataset.ms = (performance.now() - began).toFixed(1);
}

// The design and those kept for comparison stand in the address: it can be sent on, and survives a reload.
function rememberDesign() {
  const begun = ANSWERS.definition.start_from.find((s) => Object.entries(startOf(s)).every(([k, v]) => state.values[k] === v));
  el("start").value = begun ? begun.id : "";
  const told = new URLSearchParams({ lang: state.language, ...Object.fromEntries(Object.entries(state.values).map(([k, v]) => [k, plain(v)])) });
  if (state.kept.length) told.set("kept", JSON.stringify(state.kept.map(({ name, values }) => [name, ...LEVERS.map((lever) => Number(plain(values[lever.name])))])));
  try { history.replaceState(null, "", "#" + told); } catch { /* some browsers forbid it for files */ }
}

// Values that the page can have, in the order of the levers; null for others.
function designOf(numbers) {
  const values = {};
  for (const [i, { name, low, high }] of LEVERS.entries()) {
    const value = Number(numbers[i] ?? NaN);
    if (!(value >= low && value <= high)) return null;
    values[name] = name.endsWith("_krw") ? Math.round(value) : Number(value.toFixed(2));
  }
  const { name, low, step } = ANSWERS.levers[0];
  return { ...values, [name]: low + Math.round((values[name] - low) / step) * step };
}

function keptInAddress() {
  try {
    const found = JSON.parse(new URLSearchParams(location.hash.slice(1)).get("kept") ?? "[]");
    return found.slice(0, MOST).map(([name, ...numbers]) => ({ name: String(name).slice(0, 40), values: designOf(numbers) })).filter(({ values }) => values);
  } catch { return []; }
}

// A design in the address, if every value is one that the page can have.
function designInAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  return designOf(LEVERS.map(({ name }) => asked.get(name) ?? NaN));
}

// Said to those who listen to the page.
function say(told) {
  el("said").textContent = told;
}

function buildLevers() {
  el("levers").innerHTML = LEVERS.map(({ name, low, high, step }) =>
    `<div class="lever"><label for="lever-${name}"><span data-lever="${name}"></span> <output id="told-${name}" for="lever-${name}"></output></label>` +
    `<div class="two"><input type="range" id="lever-${name}" min="${low}" max="${high}" step="${step}" aria-describedby="hint-${name}">` +
    `<span class="box"><input type="number" id="box-${name}" inputmode="decimal"> <span id="unit-${name}"></span></span></div>` +
    `<p class="hint" id="hint-${name}"></p></div>`).join("");
  for (const { name } of LEVERS) {
    el(`lever-${name}`).addEventListener("input", (event) => { state.values[name] = Number(event.target.value); changed(); });
    el(`box-${name}`).addEventListener("change", (event) => takeNumber(name, event.target));
    el(`box-${name}`).addEventListener("blur", () => changed());
  }
}

// A number that was typed: moved into the range and to what a policy file can hold.
function takeNumber(name, box) {
  const { low, high } = LEVERS.find((lever) => lever.name === name), [size] = boxUnit(name);
  const asked = box.value === "" ? state.values[name] : Math.min(Math.max(Number(box.value) * size, low), high);
  const at = LEVERS.map((lever) => (lever.name === name ? asked : state.values[lever.name]));
  state.values = designOf(at) ?? state.values;
  el(`lever-${name}`).value = state.values[name];
  changed();
  box.value = plain(state.values[name] / size);
}

// Everything that does not depend on the design, in the language of the page.
function speak() {
  document.documentElement.lang = state.language;
  document.title = word("title");
  document.querySelectorAll("[data-word]").forEach((node) => { node.textContent = word(node.dataset.word, { ...windowWords(), district: word(`district.${OWN}`) }); });
  document.querySelectorAll("[data-label]").forEach((node) => node.setAttribute("aria-label", word(node.dataset.label)));
  document.querySelectorAll("[data-lever]").forEach((node) => { node.textContent = word(`lever.${node.dataset.lever}`); });
  for (const { name, low, high, step } of LEVERS) {
    const [size, unit] = boxUnit(name), box = el(`box-${name}`);
    el(`hint-${name}`).textContent = word(`hint.${name}`, { last: windowWords().end });
    el(`unit-${name}`).textContent = unit;
    Object.assign(box, { min: low / size, max: high / size, step: step / size });
    box.setAttribute("aria-label", word("lever_box", { lever: word(`lever.${name}`), unit }));
  }
  document.querySelectorAll("[data-legend]").forEach((node) => { node.innerHTML = legend(); });
  el("start").innerHTML = `<option value="" disabled>${escaped(word("start.own"))}</option>` +
    ANSWERS.definition.start_from.map(({ id }) => `<option value="${id}">${escaped(word(`start.${id}`))}</option>`).join("");
  el("language").textContent = word("other_language");
  el("language").lang = state.language === "ko" ? "en" : "ko";
  el("version").textContent = word("version", { version: ANSWERS.version, package: ANSWERS.package_version, data: ANSWERS.data_hash.slice(0, 12), n: String(ANSWERS.definition.n_draws) });
}

function turn() {
  state.language = state.language === "ko" ? "en" : "ko";
  speak();
  changed();
  showCompare();
  if (state.crowd) showCrowd(state.crowd);
}

function listen() {
  el("language").addEventListener("click", turn);
  el("start").addEventListener("change", (event) => choose(startOf(ANSWERS.definition.start_from.find((s) => s.id === event.target.value))));
  el("keep").addEventListener("click", keep);
  el("to-sure").addEventListener("click", () => { el("sure").scrollIntoView(); el("sure").focus({ preventScroll: true }); });
  document.querySelectorAll("input[name=question]").forEach((input) => input.addEventListener("change", () => { state.question = input.value; showLadder(state.answer); }));
  document.querySelectorAll("input[name=kept]").forEach((input) => input.addEventListener("change", () => { state.kept_kind = input.value; showKept(state.answer); }));
  document.querySelectorAll("[data-take]").forEach((button) => button.addEventListener("click", () => take(button.dataset.take)));
  el("copy-link").addEventListener("click", copyLink);
  el("crowd-run").addEventListener("click", runCrowd);
  el("crowd-cancel").addEventListener("click", cancelCrowd);
  let wait = 0, width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(wait);
    wait = setTimeout(() => { measure(); changed(); }, 100);
  });
}

function start() {
  state.language = languageFirst();
  buildLevers();
  state.kept = keptInAddress();
  speak();
  listen();
  measure();
  choose(designInAddress() ?? startOf(ANSWERS.definition.start_from[0]));
  showCompare();
  showServed();
  document.documentElement.dataset.shown = performance.now().toFixed(0);
}

start();
