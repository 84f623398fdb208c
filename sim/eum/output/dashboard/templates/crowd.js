// The design run person by person: only where the command serves the page, in the background, to be cancelled.

let job = null;

async function runCrowd() {
  const values = { ...state.values };
  setCrowd(true);
  try {
    job = (await post("exact", { values })).job;
    await follow(values);
  } catch (error) {
    el("crowd-told").textContent = word("crowd.failed", { why: error.message });
  } finally {
    job = null;
    setCrowd(false);
  }
}

function setCrowd(isBusy) {
  el("crowd-run").disabled = isBusy;
  el("crowd-cancel").hidden = !isBusy;
  el("crowd-progress").hidden = !isBusy;
}

function cancelCrowd() {
  if (job !== null) post("cancel", { job }).catch(() => {});
}

async function follow(values) {
  for (;;) {
    const now = await (await fetch(`exact?job=${job}`)).json();
    if (now.state === "failed") throw new Error(now.error);
    if (now.state === "done") return showCrowd({ ...now, values });
    el("crowd-progress").max = now.total ?? 1;
    el("crowd-progress").value = now.done ?? 0;
    const told = word(`crowd.${now.state}`, { done: now.done, total: now.total });
    if (el("crowd-told").textContent !== told) el("crowd-told").textContent = told;
    if (now.state === "cancelled") return;
    await new Promise((again) => setTimeout(again, 300));
  }
}

// The figures of the page beside those of the run, with the same mark: they are of the same design.
function showCrowd(result) {
  state.crowd = result;
  const answer = bestAnswer(result.values), mine = {
    fiscal_cost: (f) => money(figure(answer, "own", centreOf(f), "fiscal_cost")),
    net_city_sales: (f) => number(perHundred(answer, "own", centreOf(f), HEADLINE)),
    city_value_added: (f) => number(perHundred(answer, "own", centreOf(f), "rung.city_value_added")),
    national_net: (f) => number(perHundred(answer, "own", centreOf(f), "rung.national_net")),
    own_sales: (f) => signedMoney(figure(answer, "own", centreOf(f), "own_sales")),
    day: (f) => sayDays(answer, f),
  };
  const rows = result.rows.flatMap(({ quantity, by_family: found }) => [
    [word(`crowd.${quantity}`), word(answer.exact ? "crowd.expected" : "crowd.interpolated"), ...FAMILIES.map((f) => together(mine[quantity](f)))],
    ["", word("crowd.by_person"), ...FAMILIES.map((f) => crowdCell(quantity, found[f]))]]);
  el("crowd-table").innerHTML = table({ caption: word("crowd.caption"), columns: [word("column.quantity"), word("column.how"), ...familyColumns()], rows, text: 2 }) +
    `<p class="mark">${escaped(word("mark", { mark: result.mark }))}</p>`;
  el("crowd-told").textContent = result.mark === answer.mark ? word("crowd.done", { seconds: number(result.seconds) }) : word("crowd.other_version");
}

function crowdCell(quantity, { value, low, high }) {
  if (quantity === "day") return value === null ? word("day.lasts") : dayInWords(value);
  const told = (won) => together((quantity === "fiscal_cost" ? money : quantity === "own_sales" ? signedMoney : number)(won));
  if (value === null) return NOTHING;
  return low === null ? told(value) : `${told(value)}\n(${word("range", { low: told(low), high: told(high) })})`;
}

// Three families with their intervals fit beside each other only if a line may end, but not inside an amount.
const together = (text) => text.replaceAll(" ", "\u00a0");
