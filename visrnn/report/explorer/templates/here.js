"use strict";
// What each model expected at a place, and what cells hold there.

(() => {
  const { study, find, make } = Explorer;
  let latest = 0;

  const percent = (prob) =>
    prob < 0.0005 ? "<0.1%" : `${(100 * prob).toFixed(prob < 0.1 ? 1 : 0)}%`;

  // A row of the five likeliest characters, each with a bar; `token` is the one that came.
  function row(name, distribution, token, aside = "") {
    const bars = Explorer.best(distribution).map(({ prob, token: each }) => {
      const glyph = Explorer.glyphs.symbolName(each);
      const bar = make("span", { class: "fill" });
      bar.style.width = `${Math.max(2, 100 * prob)}%`;
      const item = make("li", {
        "aria-label": `${glyph} ${percent(prob)}`,
        title: `${glyph}: p = ${prob.toPrecision(3)}`,
      });
      item.append(
        make("span", { class: "glyph" }, glyph),
        make("span", { class: "track" }, bar),
        make("span", { class: "number" }, percent(prob)),
      );
      if (each === token) item.classList.add("came");
      return item;
    });
    const given = token === null ? "" : `p = ${distribution[token].toPrecision(3)}`;
    const head = make("div", { class: "who" }, make("b", {}, name), ` ${given} ${aside}`);
    return make("div", { class: "model" }, head, make("ol", { class: "bars" }, ...bars));
  }

  // The values of the net's best cells at a place.
  function cellValues(model, valueOf) {
    const cells = Explorer.bestCells(model.run).slice(0, 8);
    if (!cells.length) return null;
    const items = cells.map((cell) => {
      const value = valueOf(cell.layer - 1, cell.unit);
      const bar = make("span", { class: value < 0 ? "fill low" : "fill high" });
      bar.style.width = `${50 * Math.min(1, Math.abs(value))}%`;
      bar.style.marginLeft = value < 0 ? `${50 - 50 * Math.min(1, -value)}%` : "50%";
      const button = make(
        "button",
        { class: "link", onclick: () => Explorer.showCell(cell) },
        cell.property.replaceAll("_", " "),
      );
      return make(
        "li",
        {},
        button,
        make("span", { class: "track" }, bar),
        make("span", { class: "number" }, value.toFixed(2)),
      );
    });
    return make("ul", { class: "values" }, ...items);
  }
  Explorer.expectationRow = row;
  Explorer.cellValues = cellValues;

  // Show a place of the text; a later call overtakes one that still computes.
  Explorer.showHere = async (place) => {
    const call = ++latest;
    const { state } = Explorer;
    const text = await Explorer.array("text");
    const token = text[place];
    const stream = Math.floor(place / study.length);
    const position = study.starts[stream] + (place % study.length);
    const runs = new Set([state.net, ...study.families, ...Explorer.dropped]);
    const parts = [];
    const waiting = [];
    for (const run of runs) {
      const each = Explorer.modelOf(run);
      if (!each) continue;
      if (each.runs && !each.loaded) {
        waiting.push(each);
        parts.push(make("p", { class: "quiet" }, make("b", {}, each.name), " is being read …"));
      } else if (each.runs) parts.push(row(each.name, await each.expected(place), token));
      else {
        const losses = await each.losses();
        parts.push(
          make(
            "p",
            {},
            make("b", {}, each.name),
            ` p = ${Math.exp(-losses[place]).toPrecision(3)}; what else it expected is not in the page`,
          ),
        );
      }
      if (call !== latest) return;
      if (parts.length === 1) await Explorer.pause();
    }
    const painted = Explorer.reading.painter()?.at(place);
    const title = [Explorer.glyphs.named(Explorer.reading.points()[place] ?? 0)];
    title.push(` at ${position.toLocaleString("en")}`);
    if (painted?.value !== undefined)
      title.push(`, ${Explorer.reading.painter().title}: ${painted.value}`);
    const lines = [...parts];
    if (study.classes) lines.unshift(make("p", { class: "error" }, await errorLine(place)));
    const model = Explorer.modelOf(state.net);
    if (model?.recurrent) {
      const block = await model.block(place);
      if (call !== latest) return;
      const net = model.built;
      const quantity = net.quantities[0];
      const at = (place - block.first) * net.columns;
      const values = cellValues(model, (layer, unit) =>
        Explorer.shownValue(model, quantity, block.values[at + net.column(quantity, layer, unit)]),
      );
      if (values) lines.push(make("h3", {}, `Cells of ${model.name} after it`), values);
    }
    find("here-title").textContent = title.join("");
    find("here").replaceChildren(...lines);
    Explorer.announce(title.join(""));
    // One after the other: counting n-grams takes a second or two.
    for (const each of waiting) {
      await each.load();
      if (call !== latest) return;
    }
    if (waiting.length) await Explorer.showHere(place);
  };

  async function errorLine(place) {
    const classes = await Explorer.array("classes");
    const number = classes[place];
    const { run, steps } = study.classes;
    const name = run.replace(/-s\d+$/, "");
    if (number === -2) return `No error of ${name}.`;
    const right = await cures(place);
    if (number === -1) return `An error of ${name} that no oracle removes${right}.`;
    return `An error of ${name}, removed by the oracle ${steps[number].label}${right}.`;
  }

  // What done to the model gets this error right.
  async function cures(place) {
    if (!study.classes.cures.length) return "";
    const bits = (await Explorer.array("cures"))[place];
    const right = study.classes.cures.filter((_, bit) => (bits >> bit) & 1);
    return right.length
      ? `, and by ${right.map((cure) => `+${cure}`).join(", ")}`
      : ", and by no cure";
  }

  let timer = null;
  Explorer.announce = (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      find("spoken").textContent = text;
    }, 250);
  };
})();
