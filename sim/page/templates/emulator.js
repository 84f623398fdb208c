// From stored figures to those of any design: the same sums as sim/choice/answering.py.

// Numbers stored as little-endian bytes in base 64, with their shape.
function unpacked(stored) {
  const text = atob(stored.data), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const numbers = stored.type === "f8" ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer);
  return { shape: stored.shape, numbers };
}

const KNOWN = {};
for (const part of ["full", "cut", "city"]) {
  KNOWN[part] = {};
  for (const [name, stored] of Object.entries(ANSWERS[part])) KNOWN[part][name] = unpacked(stored);
}
const NAMES = { narrow: ANSWERS.names.narrow, wide: ANSWERS.names.wide };
const AT = {
  narrow: Object.fromEntries(NAMES.narrow.map((name, i) => [name, i])),
  wide: Object.fromEntries(NAMES.wide.map((name, i) => [name, i])),
};
const FAMILIES = ANSWERS.definition.families;
const LENGTH = 4.0;
const AT_ENDS = ANSWERS.end_days.map((day) => ANSWERS.path_days.indexOf(day));

function place(values) {
  return ANSWERS.levers.map((v) => v.bend * (2 * (values[v.name] - v.low) / (v.high - v.low) - 1));
}

// How much each known design counts for a place.
function weights(part, at) {
  const { places, matrix } = KNOWN[part], [n, d] = places.shape, profile = [];
  for (let i = 0; i < n; i++) {
    let squares = 0;
    for (let j = 0; j < d; j++) squares += (at[j] - places.numbers[i * d + j]) ** 2;
    profile.push(Math.exp(-squares / (2 * LENGTH * LENGTH)));
  }
  profile.push(1, ...at);
  const mix = new Float64Array(n);
  for (let k = 0; k < profile.length; k++) {
    for (let i = 0; i < n; i++) mix[i] += profile[k] * matrix.numbers[k * n + i];
  }
  return mix;
}

// The weighted sum of a table's rows: Float64Array of all other dimensions.
function mixture(mix, table) {
  const width = table.numbers.length / mix.length, sum = new Float64Array(width);
  for (let i = 0; i < mix.length; i++) {
    const weight = mix[i], row = i * width;
    for (let j = 0; j < width; j++) sum[j] += weight * table.numbers[row + j];
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

function spentPaths(mix) {
  const flat = mixture(mix, KNOWN.full.spent), n = ANSWERS.path_days.length, paths = [];
  for (let world = 0; world < ANSWERS.worlds.length; world++) {
    const path = new Float64Array(n);
    let most = 0;
    for (let i = 0; i < n; i++) path[i] = most = Math.max(most, flat[world * n + i]);
    paths.push(path);
  }
  return paths;
}

// Figures of a group by world: what the design adds to the city's programme, and that programme alone.
function figuresOf(group, values, mixes, money) {
  const names = NAMES[group].length, worlds = ANSWERS.worlds_of[group], nEnds = AT_ENDS.length;
  const full = mixture(mixes.full, KNOWN.full[group]), bend = mixture(mixes.cut, KNOWN.cut[group]);
  const lever = ANSWERS.levers[0], row = Math.round((values[lever.name] - lever.low) / lever.step);
  const alone = KNOWN.city[group].numbers;
  return worlds.map((world, w) => {
    const { mix, path } = money[world], cost = Math.max(path[path.length - 1], 1);
    const added = new Float64Array(names), before = new Float64Array(names);
    for (let i = 0; i < names; i++) {
      const last = full[w * names + i];
      let sum = mix[nEnds - 1] * last;
      for (let k = 0; k < nEnds - 1; k++) {
        if (mix[k] === 0) continue;
        sum += mix[k] * (bend[(k * worlds.length + w) * names + i] + path[AT_ENDS[k]] / cost * last);
      }
      added[i] = sum;
      before[i] = alone[(row * worlds.length + w) * names + i];
    }
    return { world, added, alone: before };
  });
}

// The answer for a design: figures by world, and how long the money lasts in each.
function answerOf(values) {
  const at = place(values), mixes = { full: weights("full", at), cut: weights("cut", at) };
  const money = spentPaths(mixes.full).map((path) => lasting(path, values[ANSWERS.money.name]));
  const answer = { values, mark: markOf(values), money };
  for (const group of ["narrow", "wide"]) answer[group] = figuresOf(group, values, mixes, money);
  return answer;
}
