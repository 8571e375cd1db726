"use strict";
// What is shown: the state, and what changes it.

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
  const { plain } = Explorer.painters;

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
    if (!Explorer.choices().some(([key]) => key === state.by))
      state.by = model.recurrent ? "cell" : "prob";
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
    const painter = await Explorer.painters.makePainter();
    if (call !== state.call) return;
    find("painted").textContent = painter.title;
    Explorer.reading.setPainter(painter);
    if (state.tab === "cell") Explorer.drawCell();
    Explorer.address.write();
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

  // What the text may be coloured by: keys and labels.
  Explorer.choices = () => [
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
    find("by").append(
      ...Explorer.choices().map(([key, label]) => make("option", { value: key }, label)),
    );
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
      Explorer.address.write();
      try {
        await navigator.clipboard.writeText(location.href);
        Explorer.say("The address is copied.");
      } catch {
        Explorer.say("Copy the address from the browser's own line.");
      }
    });
    Explorer.openOwn();
    Explorer.openFiles();
    Explorer.openFind();
    Explorer.openPictures();
    Explorer.colours.dark.addEventListener("change", () => Explorer.change());
    await reading.open();
    const { changes, at } = Explorer.address.read();
    const cell = bestCell();
    const first = cell ? { net: cell.run, layer: cell.layer, unit: cell.unit } : {};
    reading.go(at ?? (await startPlace(cell)));
    tab("cells");
    let pointed = null;
    reading.onmove = (place) => {
      pointed = null;
      Explorer.own.show = false;
      Explorer.showHere(place);
      Explorer.address.writeLater();
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
    await Explorer.change({ ...first, ...changes });
    window.addEventListener("hashchange", () => {
      const next = Explorer.address.read();
      Explorer.change(next.changes);
      if (next.at !== null) reading.go(next.at);
    });
    document.body.dataset.ready = "yes";
  }

  // Such as a file of the data that is missing.
  window.addEventListener("unhandledrejection", ({ reason }) => Explorer.say(reason.message));
  start().catch((error) => {
    Explorer.say(`This page could not start: ${error.message}`);
    throw error;
  });
})();
