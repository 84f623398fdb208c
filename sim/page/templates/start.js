// The state of the page, its controls, and the first picture.

function languageFirst() {
  const asked = new URLSearchParams(location.search).get("lang") ?? new URLSearchParams(location.hash.slice(1)).get("lang");
  if (asked in WORDS) return asked;
  return (navigator.language ?? "ko").startsWith("en") ? "en" : "ko";
}

const startOf = ({ id, ...values }) => values;

function choose(values) {
  state.values = { ...values };
  for (const { name } of [...ANSWERS.levers, ANSWERS.money]) el(`lever-${name}`).value = values[name];
  changed();
}

function changed() {
  const began = performance.now();
  for (const { name } of [...ANSWERS.levers, ANSWERS.money]) {
    const told = leverValue(name, state.values[name]);
    el(`told-${name}`).textContent = told;
    el(`lever-${name}`).setAttribute("aria-valuetext", told);
  }
  state.answer = answerOf(state.values);
  showAll(state.answer);
  rememberDesign();
  document.documentElement.dataset.ms = (performance.now() - began).toFixed(1);
}

function rememberDesign() {
  const begun = ANSWERS.definition.start_from.find((s) => Object.entries(startOf(s)).every(([k, v]) => state.values[k] === v));
  el("start").value = begun ? begun.id : "";
  const told = new URLSearchParams({ lang: state.language, ...Object.fromEntries(Object.entries(state.values).map(([k, v]) => [k, plain(v)])) });
  try { history.replaceState(null, "", "#" + told); } catch { /* some browsers forbid it for files */ }
}

// A design in the address, if every value is one that the page can have.
function designInAddress() {
  const asked = new URLSearchParams(location.hash.slice(1)), values = {};
  for (const { name, low, high } of [...ANSWERS.levers, ANSWERS.money]) {
    const value = Number(asked.get(name) ?? NaN);
    if (!(value >= low && value <= high)) return null;
    values[name] = value;
  }
  const { name, low, step } = ANSWERS.levers[0];
  return { ...values, [name]: low + Math.round((values[name] - low) / step) * step };
}

// Said to those who listen to the page.
function say(told) {
  el("said").textContent = told;
}

function buildLevers() {
  el("levers").innerHTML = [...ANSWERS.levers, ANSWERS.money].map(({ name, low, high, step }) =>
    `<div class="lever"><label for="lever-${name}"><span data-lever="${name}"></span> <output id="told-${name}" for="lever-${name}"></output></label>` +
    `<input type="range" id="lever-${name}" min="${low}" max="${high}" step="${step}" aria-describedby="hint-${name}">` +
    `<p class="hint" id="hint-${name}"></p></div>`).join("");
  for (const { name } of [...ANSWERS.levers, ANSWERS.money]) {
    el(`lever-${name}`).addEventListener("input", (event) => { state.values[name] = Number(event.target.value); changed(); });
  }
}

// Everything that does not depend on the design, in the language of the page.
function speak() {
  document.documentElement.lang = state.language;
  document.title = word("title");
  document.querySelectorAll("[data-word]").forEach((node) => { node.textContent = word(node.dataset.word, { ...windowWords(), district: word(`district.${OWN}`) }); });
  document.querySelectorAll("[data-label]").forEach((node) => node.setAttribute("aria-label", word(node.dataset.label)));
  document.querySelectorAll("[data-lever]").forEach((node) => { node.textContent = word(`lever.${node.dataset.lever}`); });
  for (const { name } of [...ANSWERS.levers, ANSWERS.money]) el(`hint-${name}`).textContent = word(`hint.${name}`, { last: windowWords().end });
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
  showErrors();
  changed();
  showCompare();
  if (state.exact) showExact(state.exact.result, state.exact.values);
}

function listen() {
  el("language").addEventListener("click", turn);
  el("start").addEventListener("change", (event) => choose(startOf(ANSWERS.definition.start_from.find((s) => s.id === event.target.value))));
  el("keep").addEventListener("click", keep);
  el("to-exact").addEventListener("click", () => { el("exact").scrollIntoView(); el("exact").focus({ preventScroll: true }); });
  document.querySelectorAll("input[name=question]").forEach((input) => input.addEventListener("change", () => { state.question = input.value; showLadder(state.answer); }));
  document.querySelectorAll("input[name=kept]").forEach((input) => input.addEventListener("change", () => { state.kept_kind = input.value; showKept(state.answer); }));
  document.querySelectorAll("[data-take]").forEach((button) => button.addEventListener("click", () => take(button.dataset.take)));
  document.querySelectorAll("[data-exact]").forEach((button) => button.addEventListener("click", () => runExactly(button.dataset.exact)));
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
  speak();
  showErrors();
  listen();
  measure();
  choose(designInAddress() ?? startOf(ANSWERS.definition.start_from[0]));
  showCompare();
  showServed();
  document.documentElement.dataset.shown = performance.now().toFixed(0);
}

start();
