// From stored figures to those of any design: the same sums as sim/eum/output/surrogate/predict.py.

// Numbers stored as little-endian bytes in base 64, with their shape.
function unpacked(stored) {
  const text = atob(stored.data), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const numbers = stored.type === "f8" ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer);
  return { shape: stored.shape, numbers };
}

const TABLES = ["spent", "narrow", "wide", "cut_narrow", "cut_wide"];
const arraysOf = (stored, names) => Object.fromEntries(names.filter((name) => stored[name]).map((name) => [name, unpacked(stored[name])]));
const PARTS = ANSWERS.parts.map((part) => ({ instruments: part.instruments, coordinates: part.coordinates, ...arraysOf(part, ["places", "matrix", ...TABLES]) }));
const CITY = arraysOf(ANSWERS.city, ["narrow", "wide"]);
const NAMES = { narrow: ANSWERS.names.narrow, wide: ANSWERS.names.wide };
const AT = {
  narrow: Object.fromEntries(NAMES.narrow.map((name, i) => [name, i])),
  wide: Object.fromEntries(NAMES.wide.map((name, i) => [name, i])),
};
const FAMILIES = ANSWERS.definition.families;
const LENGTH = 4.0;
const AT_ENDS = ANSWERS.end_days.map((day) => ANSWERS.path_days.indexOf(day));
const SPANS = Object.fromEntries([...ANSWERS.levers, ANSWERS.money].map((span) => [span.name, span]));

// Where a design lies: from minus to plus the bend of a coordinate.
function placeOn({ of, above, most, bend }, values) {
  const over = Math.max(of.reduce((sum, name) => sum + values[name], 0) - above, 0);
  return bend * (2 * over / (most - above) - 1);
}

// What figures of instruments grow with: nothing at all where one of them is not used.
const doseOf = (values, instruments) => instruments.reduce((product, name) => product * values[name] / SPANS[name].high, 1);

// How much each design of a part counts for another one, by its dose.
function weights({ instruments, coordinates, places, matrix }, values) {
  const at = coordinates.map((coordinate) => placeOn(coordinate, values)), [n, d] = places.shape, profile = [];
  for (let i = 0; i < n; i++) {
    let squares = 0;
    for (let j = 0; j < d; j++) squares += (at[j] - places.numbers[i * d + j]) ** 2;
    profile.push(Math.exp(-squares / (2 * LENGTH * LENGTH)));
  }
  profile.push(1, ...at);
  const mix = new Float64Array(n), dose = doseOf(values, instruments);
  for (let k = 0; k < profile.length; k++) {
    for (let i = 0; i < n; i++) mix[i] += dose * profile[k] * matrix.numbers[k * n + i];
  }
  return mix;
}

// The weighted rows of a table, summed over the parts of a design; zeros where there is none.
function summed(mixes, table, width, size = 0) {
  const sum = new Float64Array(width);
  for (const { part, mix } of mixes) {
    if (!part[table] || (size && part.instruments.length !== size)) continue;
    const { numbers } = part[table];
    for (let i = 0; i < mix.length; i++) {
      const weight = mix[i], row = i * width;
      for (let j = 0; j < width; j++) sum[j] += weight * numbers[row + j];
    }
  }
  return sum;
}

// How long a pot lasts on a path of what a design has cost by each of the path days.
function lasting(path, pot) {
  const days = ANSWERS.path_days, cost = path[path.length - 1], ends = AT_ENDS.map((i) => path[i]);
  const mix = new Array(ends.length).fill(0);
  if (pot >= cost) {
    mix[ends.length - 1] = 1;
    return { cost, spent: cost, day: -1, mix, path };
  }
  const after = path.findIndex((krw) => krw >= pot);
  const [beforeDay, before] = after > 0 ? [days[after - 1], path[after - 1]] : [days[0] - 1, 0];
  const day = Math.ceil(beforeDay + (days[after] - beforeDay) * (pot - before) / Math.max(path[after] - before, 1));
  const k = ends.findIndex((krw) => krw >= pot), low = k > 0 ? ends[k - 1] : 0;
  mix[k] = (pot - low) / Math.max(ends[k] - low, 1);
  if (k > 0) mix[k - 1] = 1 - mix[k];
  return { cost, spent: pot, day, mix, path };
}

function spentPaths(mixes) {
  const n = ANSWERS.path_days.length, worlds = ANSWERS.worlds.length, flat = summed(mixes, "spent", n * worlds);
  return ANSWERS.worlds.map((_, world) => {
    let most = 0;
    return Float64Array.from({ length: n }, (__, i) => (most = Math.max(most, flat[world * n + i])));
  });
}

// The city's programme alone in the worlds of a group, one row after the other.
function cityAlone(group, values) {
  const { low, step, name } = ANSWERS.levers[0], width = NAMES[group].length * ANSWERS.worlds_of[group].length;
  const row = Math.round((values[name] - low) / step);
  return CITY[group].numbers.subarray(row * width, (row + 1) * width);
}

// Figures of a group by world: what the design adds to the city's programme, and that programme alone.
function figuresOf(group, values, mixes, money) {
  const names = NAMES[group].length, worlds = ANSWERS.worlds_of[group], width = names * worlds.length, last = AT_ENDS.length - 1;
  const full = summed(mixes, group, width), pairs = summed(mixes, group, width, 2);
  const cut = summed(mixes, `cut_${group}`, width * last), alone = cityAlone(group, values);
  return worlds.map((world, w) => {
    const { mix, path } = money[world], cost = Math.max(path[path.length - 1], 1);
    const added = Float64Array.from({ length: names }, (_, i) => {
      const at = w * names + i;
      let sum = mix[last] * full[at];
      for (let k = 0; k < last; k++) sum += mix[k] * (cut[(w * last + k) * names + i] + path[AT_ENDS[k]] / cost * pairs[at]);
      return sum;
    });
    return { world, added, alone: alone.subarray(w * names, (w + 1) * names) };
  });
}

// A design to begin with, as it is stored: worked out exactly.
function presetOf(values) {
  const stored = ANSWERS.presets.find((preset) => Object.entries(preset.values).every(([name, value]) => values[name] === value));
  if (!stored) return null;
  const path = unpacked(stored.path), n = ANSWERS.path_days.length;
  const money = ANSWERS.worlds.map((_, world) => {
    const paid = path.numbers.subarray(world * n, (world + 1) * n);
    return { cost: stored.cost[world], spent: paid[n - 1], day: stored.day[world], path: paid };
  });
  const answer = { values, mark: markOf(values), exact: true, hasDraws: true, money };
  for (const group of ["narrow", "wide"]) {
    const { numbers } = unpacked(stored[group]), names = NAMES[group].length, worlds = ANSWERS.worlds_of[group];
    answer[group] = worlds.map((world, w) => ({ world, added: numbers.subarray(w * names, (w + 1) * names),
      alone: numbers.subarray((worlds.length + w) * names, (worlds.length + w + 1) * names) }));
  }
  return answer;
}

// The answer for a design: figures by world, and how long the money lasts in each.
function answerOf(values) {
  return presetOf(values) ?? readOff(values);
}

function readOff(values) {
  const mixes = PARTS.filter(({ instruments }) => doseOf(values, instruments)).map((part) => ({ part, mix: weights(part, values) }));
  const money = spentPaths(mixes).map((path) => lasting(path, values[ANSWERS.money.name]));
  const answer = { values, mark: markOf(values), exact: mixes.length === 0, hasDraws: true, instruments: instrumentsOf(values), money };
  for (const group of ["narrow", "wide"]) answer[group] = figuresOf(group, values, mixes, money);
  return answer;
}
