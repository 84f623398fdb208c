// Exact runs: only where the command serves the page. The figures come from it; nothing is worked out here.

const SERVED = location.protocol.startsWith("http");

async function runExactly(how) {
  const values = { ...state.values };
  setExact(true);
  try {
    const begun = await fetch("exact", { method: "POST", headers: { "Content-Type": "application/json", "X-Eum": "page" }, body: JSON.stringify({ values, how }) });
    if (!begun.ok) throw new Error((await begun.json()).error ?? begun.statusText);
    const { job } = await begun.json();
    await follow(job, values);
  } catch (error) {
    el("exact-told").textContent = word("exact.failed", { why: error.message });
  } finally {
    setExact(false);
  }
}

function setExact(isBusy) {
  document.querySelectorAll("[data-exact]").forEach((button) => { button.disabled = isBusy; });
}

async function follow(job, values) {
  for (;;) {
    const now = await (await fetch(`exact?job=${job}`)).json();
    if (now.state === "failed") throw new Error(now.error);
    el("exact-progress").hidden = now.state === "done";
    el("exact-progress").max = now.total;
    el("exact-progress").value = now.done;
    el("exact-told").textContent = word(`exact.${now.state}`, { done: now.done, total: now.total });
    if (now.state === "done") return showExact(now, values);
    await new Promise((wait) => setTimeout(wait, 300));
  }
}

// The emulator's figures beside those of the run, with the same mark: they are of the same design.
function showExact(result, values) {
  state.exact = { result, values };
  const answer = answerOf(values), mine = {
    fiscal_cost: (f) => money(figure(answer, "own", centreOf(f), "fiscal_cost")),
    net_city_sales: (f) => number(perHundred(answer, "own", centreOf(f), HEADLINE)),
    city_value_added: (f) => number(perHundred(answer, "own", centreOf(f), "rung.city_value_added")),
    national_net: (f) => number(perHundred(answer, "own", centreOf(f), "rung.national_net")),
    own_sales: (f) => signedMoney(figure(answer, "own", centreOf(f), "own_sales")),
    day: (f) => sayDays(answer, f),
  };
  const rows = result.rows.flatMap(({ quantity, by_family: found }) => [
    [word(`exact.${quantity}`), word("exact.emulated"), ...FAMILIES.map((f) => together(mine[quantity](f)))],
    ["", word(`exact.by_${result.how}`), ...FAMILIES.map((f) => exactCell(quantity, found[f]))]]);
  el("exact-table").innerHTML = table({ caption: word("exact.caption"), columns: [word("column.quantity"), word("column.how"), ...familyColumns()], rows, text: 2 }) +
    `<p class="mark">${escaped(word("mark", { mark: result.mark }))}</p>`;
  const same = result.mark === answer.mark;
  el("exact-told").textContent = same ? word("exact.done", { seconds: number(result.seconds, 1) }) : word("exact.other_version");
}

function exactCell(quantity, { value, low, high }) {
  if (quantity === "day") return value === null ? word("day.lasts") : dayInWords(value);
  const told = (won) => together((quantity === "fiscal_cost" ? money : quantity === "own_sales" ? signedMoney : number)(won));
  if (value === null) return NOTHING;
  return low === null ? told(value) : `${told(value)}\n(${told(low)} ~ ${told(high)})`;
}

// Three families with their intervals fit beside each other only if a line may end, but not inside an amount.
const together = (text) => text.replaceAll(" ", "\u00a0");

function showServed() {
  el("exact-live").hidden = !SERVED;
  el("exact-static").hidden = SERVED;
  el("exact-command").textContent = "eum page";
  if (!SERVED) return;
  fetch("status").then((answer) => answer.json()).then(({ is_current: isCurrent }) => {
    el("stale").hidden = isCurrent !== false;
  }).catch(() => {});
}
