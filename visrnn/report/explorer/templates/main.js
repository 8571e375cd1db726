"use strict";
// What is shown: the state, what colours the text by it, and the address that holds it.

(() => {
  const { study, find, make } = Explorer;
  const state = {
    net: null,
    by: "cell",
    quantity: "h",
    layer: 1,
    unit: 0,
    rival: null,
    tab: "cells",
  };
  Explorer.state = state;
  const ranges = new Map();
  const plain = (text) => text.replaceAll("_", " ");
  const fixed = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));

  // From what to what a quantity of a unit goes, and its median, in the block that is seen first:
  // the scale of the cell.
  function rangeOf(model, block) {
    const key = [model.run, state.quantity, state.layer, state.unit].join();
    if (ranges.has(key) || !block) return ranges.get(key);
    const net = model.built;
    if (!["c", "h"].includes(state.quantity)) {
      ranges.set(key, [0, 1]);
      return [0, 1];
    }
    const column = net.column(state.quantity, state.layer - 1, state.unit);
    const values = [];
    for (let at = column; at < block.values.length; at += net.columns)
      values.push(Explorer.shownValue(model, state.quantity, block.values[at]));
    values.sort((a, b) => a - b);
    const [low, rest, high] = [0.01, 0.5, 0.99].map(
      (share) => values[Math.floor(share * (values.length - 1))],
    );
    ranges.set(key, high - low > 1e-6 ? [low, high, rest] : [low - 0.5, low + 0.5, low]);
    return ranges.get(key);
  }

  // The median has the page's own colour; what is far from it on either side stands out.
  Explorer.cellColour = (model, value) => {
    const [low, high, rest] = rangeOf(model, model.blocks.values().next().value) ?? [-1, 1, 0];
    if (rest === undefined) return Explorer.colours.colour("rising", (value - low) / (high - low));
    const wide = Math.max(high - rest, rest - low);
    return Explorer.colours.colour("diverging", 0.5 + (value - rest) / wide / 2);
  };

  function cellPainter(model) {
    const what = model.cell === "lstm" && state.quantity === "c" ? "tanh(c)" : state.quantity;
    const painter = {
      title: `${what} of ${model.name} ${state.layer}.${state.unit}`,
      ends: ["…", "…"],
      shade: () => [128, 128, 128],
      need: async (place) => {
        const block = await model.block(place);
        const [low, high] = rangeOf(model, block);
        painter.ends = [fixed(low), fixed(high)];
        painter.shade = (share) => Explorer.cellColour(model, low + share * (high - low));
        Explorer.colours.legend(find("legend"), painter);
      },
      at: (place) => {
        const block = model.known(place);
        if (!block) return null;
        const net = model.built;
        const column = net.column(state.quantity, state.layer - 1, state.unit);
        const raw = block.values[(place - block.first) * net.columns + column];
        const value = Explorer.shownValue(model, state.quantity, raw);
        return { rgb: Explorer.cellColour(model, value), value: value.toFixed(3) };
      },
    };
    return painter;
  }

  async function lossesOf(model) {
    return (await model.losses()) ?? { computed: model };
  }

  // -ln(p) at a place, or undefined while it is not computed.
  function lossAt(losses, place) {
    if (!losses.computed) return losses[place];
    const block = losses.computed.known(place);
    return block && -Math.log(block.prob[place - block.first]);
  }
  const needOf =
    (...all) =>
    async (place) => {
      for (const losses of all) if (losses.computed) await losses.computed.block(place);
    };

  async function makePainter() {
    const { colour, parse } = Explorer.colours;
    const model = Explorer.modelOf(state.net);
    if (state.by === "cell" && model?.recurrent) return model.load().then(() => cellPainter(model));
    if (state.by === "class" && study.classes) {
      const classes = await Explorer.array("classes");
      const { steps, run } = study.classes;
      const rest = parse("#8b95a5");
      const patches = [
        ...new Map(
          steps.map((step) => [step.oracle, { label: step.oracle, rgb: parse(step.colour) }]),
        ).values(),
      ];
      return {
        title: `errors of ${run.replace(/-s\d+$/, "")} by the oracle that removes them`,
        patches: [...patches, { label: "rest", rgb: rest }],
        at: (place) => {
          const number = classes[place];
          if (number === -2) return { value: "no error" };
          return number === -1
            ? { rgb: rest, value: "rest" }
            : { rgb: parse(steps[number].colour), value: steps[number].label };
        },
      };
    }
    if (state.by.startsWith("property-")) {
      const property = study.properties.find(({ file }) => file === state.by);
      const values = await Explorer.array(property.file);
      return {
        title: plain(property.name),
        scale: "rising",
        ends: property.binary ? ["no", "yes"] : ["0", `${property.most}`],
        at: (place) => ({
          rgb: colour(
            "rising",
            (property.binary ? 0.55 : 1) * Math.min(1, values[place] / property.most),
          ),
          value: property.binary ? (values[place] ? "yes" : "no") : `${values[place]}`,
        }),
      };
    }
    const losses = await lossesOf(model);
    if (state.by === "difference") {
      const rival = Explorer.modelOf(state.rival);
      const others = await lossesOf(rival);
      return {
        title: `loss of ${model.name} less that of ${rival.name}, nats`,
        scale: "diverging",
        ends: ["-4", "+4"],
        need: needOf(losses, others),
        at: (place) => {
          const difference = lossAt(losses, place) - lossAt(others, place);
          return Number.isNaN(difference)
            ? null
            : { rgb: colour("diverging", 0.5 + difference / 8), value: difference.toFixed(2) };
        },
      };
    }
    return {
      title: `p that ${model.name} gave`,
      scale: "surprise",
      ends: ["0", "1"],
      need: needOf(losses),
      at: (place) => {
        const loss = lossAt(losses, place);
        return loss === undefined
          ? null
          : { rgb: colour("surprise", Math.exp(-loss)), value: Math.exp(-loss).toPrecision(3) };
      },
    };
  }

  // Show another state; whatever does not fit the net is put right.
  Explorer.change = async (changes = {}) => {
    Object.assign(state, changes);
    let model = Explorer.modelOf(state.net);
    if (!model) {
      state.net = startRun();
      model = Explorer.modelOf(state.net);
    }
    if (!Explorer.modelOf(state.rival) || state.rival === state.net)
      state.rival = Explorer.models.find((each) => each.run !== state.net)?.run ?? state.net;
    if (!BY().some(([key]) => key === state.by)) state.by = model.recurrent ? "cell" : "prob";
    if (state.by === "cell" && !model.recurrent) state.by = "prob";
    if (model.recurrent) {
      const { layers, hidden, cell } = model.net;
      state.layer = Math.max(1, Math.min(layers, Math.floor(state.layer) || 1));
      state.unit = Math.max(0, Math.min(hidden - 1, Math.floor(state.unit) || 0));
      const quantities = Explorer.nets.QUANTITIES[cell];
      if (!quantities.includes(state.quantity)) state.quantity = quantities[0];
      find("quantity").replaceChildren(
        ...quantities.map((each) =>
          make("option", { value: each }, cell === "lstm" && each === "c" ? "tanh(c)" : each),
        ),
      );
      find("quantity").value = state.quantity;
      find("layer").max = layers;
      find("unit").max = hidden - 1;
    }
    find("net").value = state.net;
    find("by").value = state.by;
    find("layer").value = state.layer;
    find("unit").value = state.unit;
    find("rival").value = state.rival;
    find("cell-fields").hidden = state.by !== "cell";
    find("rival-field").hidden = state.by !== "difference";
    find("clamp-fields").disabled = !model.recurrent;
    Explorer.drawCells();
    const call = (state.call = (state.call ?? 0) + 1);
    const painter = await makePainter();
    if (call !== state.call) return;
    find("painted").textContent = painter.title;
    Explorer.reading.setPainter(painter);
    if (state.tab === "cell") Explorer.drawCell();
    writeHash();
    await Explorer.showHere(Explorer.reading.cursor);
    if (find("own-text").value || Explorer.own.clamp) await Explorer.setClamp();
    else find("clamp-name").textContent = `cell ${state.layer}.${state.unit}`;
    if (model.recurrent) setTimeout(() => Explorer.followScan(model), 1500);
  };

  Explorer.showCell = ({ run, layer, unit }) => {
    const model = Explorer.modelOf(run);
    return Explorer.change({
      net: run,
      by: "cell",
      layer,
      unit,
      quantity: Explorer.nets.QUANTITIES[model.cell]?.[0],
    });
  };

  const BY = () => [
    ["cell", "a cell"],
    ["prob", "probability given"],
    ["difference", "difference of two losses"],
    ...(study.classes ? [["class", "class of the error"]] : []),
    ...study.properties.map(({ file, name }) => [file, `property: ${plain(name)}`]),
  ];

  // Of the run with the best cell, or of the best net.
  function bestCell() {
    return Explorer.models
      .flatMap((model) => (model.net ? Explorer.bestCells(model.run) : []))
      .sort((a, b) => b.rank - a.rank)[0];
  }
  function startRun() {
    const nets = Explorer.models.filter((model) => model.recurrent).sort((a, b) => a.mean - b.mean);
    return bestCell()?.run ?? nets[0]?.run ?? Explorer.models[0].run;
  }

  // Where a cell varies: the first lines would often show one colour.
  async function startPlace(cell) {
    const property = cell && study.properties.find((each) => each.name === cell.property);
    if (!property) return 0;
    const values = await Explorer.array(property.file);
    const size = 1000;
    let best = [0, -1];
    for (let from = 0; from + size <= Math.min(values.length, 40 * size); from += 500) {
      if (Math.floor(from / study.length) !== Math.floor((from + size - 1) / study.length))
        continue;
      let changes = 0;
      for (let i = from + 1; i < from + size; i++) changes += values[i] !== values[i - 1];
      if (property.binary && changes > best[1]) best = [from, changes];
    }
    return best[0];
  }

  // ---- the address -------------------------------------------------------------------------
  function writeHash() {
    const { reading, own } = Explorer;
    const fields = { corpus: study.corpus, net: state.net, by: state.by };
    if (state.by === "cell")
      Object.assign(fields, { q: state.quantity, layer: state.layer, unit: state.unit });
    if (state.by === "difference") fields.rival = state.rival;
    fields.at = reading.cursor;
    const text = find("own-text").value;
    if (text) fields.text = text.slice(0, 4000);
    if (find("watch").value) fields.watch = find("watch").value;
    if (own.clamp)
      Object.assign(fields, {
        clamp: own.clamp.value,
        layer: own.clamp.layer,
        unit: own.clamp.unit,
      });
    const hash = `#${new URLSearchParams(fields)}`;
    if (hash === location.hash) return;
    try {
      history.replaceState(null, "", hash);
    } catch {
      // Some browsers let no page of a folder do so.
    }
  }
  let hashTimer = null;
  Explorer.writeHash = () => {
    clearTimeout(hashTimer);
    hashTimer = setTimeout(writeHash, 300);
  };

  function readHash() {
    const fields = new URLSearchParams(location.hash.slice(1));
    const changes = {};
    if (fields.has("corpus") && fields.get("corpus") !== study.corpus)
      Explorer.say("This address is of another corpus than this page.");
    for (const [from, to] of [
      ["net", "net"],
      ["by", "by"],
      ["q", "quantity"],
      ["rival", "rival"],
    ])
      if (fields.has(from)) changes[to] = fields.get(from);
    for (const name of ["layer", "unit"])
      if (fields.has(name)) changes[name] = Number(fields.get(name));
    if (fields.has("text")) find("own-text").value = fields.get("text");
    if (fields.has("watch")) find("watch").value = fields.get("watch");
    if (fields.has("clamp")) {
      find("clamp-on").checked = true;
      find("clamp-value").value = fields.get("clamp");
    }
    return { changes, at: fields.has("at") ? Number(fields.get("at")) || 0 : null };
  }

  // ---- the start ---------------------------------------------------------------------------
  Explorer.addNetOption = (model) => {
    for (const id of ["net", "rival"]) {
      const mean = model.mean === undefined ? "" : ` (${model.mean.toFixed(3)})`;
      find(id).append(make("option", { value: model.run }, `${model.run}${mean}`));
    }
  };

  function tab(name) {
    state.tab = name;
    for (const each of ["cells", "cell", "find"]) {
      find(`tab-${each}`).setAttribute("aria-selected", `${each === name}`);
      find(`tab-${each}`).tabIndex = each === name ? 0 : -1;
      find(`panel-${each}`).hidden = each !== name;
    }
    if (name === "cell") {
      const model = Explorer.modelOf(state.net);
      if (model?.recurrent) Explorer.followScan(model);
      Explorer.drawCell();
    }
  }
  Explorer.tab = tab;

  async function start() {
    const { reading } = Explorer;
    Explorer.models.forEach(Explorer.addNetOption);
    find("by").append(...BY().map(([key, label]) => make("option", { value: key }, label)));
    find("net").addEventListener("change", (event) => {
      const cell = Explorer.bestCells(event.target.value)[0];
      Explorer.change({
        net: event.target.value,
        ...(cell && { layer: cell.layer, unit: cell.unit }),
      });
    });
    find("by").addEventListener("change", (event) => Explorer.change({ by: event.target.value }));
    find("quantity").addEventListener("change", (event) =>
      Explorer.change({ quantity: event.target.value }),
    );
    find("rival").addEventListener("change", (event) =>
      Explorer.change({ rival: event.target.value }),
    );
    for (const name of ["layer", "unit"])
      find(name).addEventListener("change", (event) =>
        Explorer.change({ [name]: Number(event.target.value) }),
      );
    find("all-nets").addEventListener("change", Explorer.drawCells);
    const tabs = ["cells", "cell", "find"];
    tabs.forEach((name, i) => {
      find(`tab-${name}`).addEventListener("click", () => tab(name));
      find(`tab-${name}`).addEventListener("keydown", (event) => {
        const by = { ArrowRight: 1, ArrowLeft: 2 }[event.key];
        if (!by) return;
        const next = tabs[(i + by) % 3];
        tab(next);
        find(`tab-${next}`).focus();
      });
    });
    find("copy-link").addEventListener("click", async () => {
      writeHash();
      await navigator.clipboard?.writeText(location.href).then(
        () => Explorer.say("The address is copied."),
        () => Explorer.say("Copy the address from the browser's own line."),
      );
    });
    let pointed = null;
    reading.onmove = (place) => {
      pointed = null;
      Explorer.own.show = false;
      Explorer.showHere(place);
      Explorer.writeHash();
    };
    let hover = null;
    reading.onhover = (place) => {
      if (place === pointed) return;
      pointed = place;
      clearTimeout(hover);
      hover = setTimeout(
        () => Explorer.showHere(place ?? reading.cursor),
        place === null ? 400 : 30,
      );
    };
    Explorer.openOwn();
    Explorer.openFind();
    Explorer.openPictures();
    Explorer.colours.dark.addEventListener("change", () => Explorer.change());
    await reading.open();
    const { changes, at } = readHash();
    const cell = bestCell();
    const first = cell ? { net: cell.run, layer: cell.layer, unit: cell.unit } : {};
    const place = at ?? (await startPlace(cell));
    reading.go(place);
    tab("cells");
    await Explorer.change({ ...first, ...changes });
    window.addEventListener("hashchange", () => {
      const next = readHash();
      Explorer.change(next.changes);
      if (next.at !== null) reading.go(next.at);
    });
    Explorer.ready = true;
    document.body.dataset.ready = "yes";
  }

  start().catch((error) => {
    Explorer.say(`This page could not start: ${error.message}`);
    throw error;
  });
})();
