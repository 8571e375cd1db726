"use strict";
// Find: cells that are on throughout a stretch (Strobelt et al. 2018, LSTMVis), other stretches
// where they are; text; and errors.

(() => {
  const { study, find, make } = Explorer;
  const { length } = study;
  const MOST = 200;

  function show(into, title, items) {
    const list = make("ol", { class: "places" }, ...items);
    find(into).replaceChildren(make("p", { role: "status" }, title), list);
  }

  // Units that are on (beyond the threshold, to the same side) at each place of [from, to), and not
  // at the place before it and the one behind it. rows: values by place, of one stream.
  Explorer.matchCells = (values, units, from, to, threshold) => {
    const bound = 127 * threshold;
    const isOn = (place, unit, sign) => sign * values[place * units + unit] >= bound;
    const matched = [];
    for (let unit = 0; unit < units; unit++)
      for (const sign of [1, -1]) {
        let all = true;
        for (let place = from; all && place < to; place++) all = isOn(place, unit, sign);
        if (!all) continue;
        if (from > 0 && isOn(from - 1, unit, sign)) continue;
        if (to < length && isOn(to, unit, sign)) continue;
        matched.push({ unit, sign });
      }
    return matched;
  };

  // Stretches where all of some units are on, and begin and end together: [from, to) in a stream.
  Explorer.matchStretches = (values, units, cells, threshold) => {
    const bound = 127 * threshold;
    const found = [];
    let from = -1;
    let before = 0;
    for (let place = 0; place <= length; place++) {
      let on = 0;
      if (place < length)
        for (const { unit, sign } of cells) on += sign * values[place * units + unit] >= bound;
      if (on === cells.length && from < 0) from = before === 0 ? place : -2;
      if (on < cells.length && from >= 0 && on === 0) found.push([from, place]);
      if (on < cells.length) from = -1;
      before = on;
    }
    return found;
  };

  Explorer.findPattern = async () => {
    const model = Explorer.modelOf(Explorer.state.net);
    const { selection } = Explorer.reading;
    if (!selection)
      return show(
        "pattern-found",
        "Select a stretch of the text first: drag over it, or hold Shift with the arrow keys.",
        [],
      );
    if (!model?.recurrent)
      return show("pattern-found", "Choose an RNN, LSTM or GRU above the text.", []);
    const scan = await Explorer.scan(model);
    const [first, last] = selection;
    const stream = Math.floor(first / length);
    const threshold = Number(find("threshold").value);
    // Values of the selected stream, whether or not the scan has come to it.
    const values = scan.values.get(stream) ?? (await streamValues(model, stream));
    const end = Math.min(last, (stream + 1) * length) - stream * length;
    const cells = Explorer.matchCells(values, scan.units, first - stream * length, end, threshold);
    if (!cells.length)
      return show(
        "pattern-found",
        `No cell is beyond ${threshold} throughout, and not before and after. Try a lower threshold or another stretch.`,
        [],
      );
    const { hidden } = model.net;
    const buttons = cells.slice(0, 12).map(({ unit, sign }) => {
      const cell = { run: model.run, layer: Math.floor(unit / hidden) + 1, unit: unit % hidden };
      return make(
        "button",
        { class: "link", onclick: () => Explorer.showCell(cell) },
        `${cell.layer}.${cell.unit}${sign < 0 ? " (low)" : ""}`,
      );
    });
    const stretches = [];
    for (const [number, each] of scan.values)
      for (const [from, to] of Explorer.matchStretches(each, scan.units, cells, threshold))
        stretches.push([number * length + from, to - from]);
    const size = last - first;
    stretches.sort((a, b) => Math.abs(a[1] - size) - Math.abs(b[1] - size) || a[0] - b[0]);
    const read =
      scan.values.size < scan.wanted
        ? ` The text is still being read (${scan.values.size} of ${scan.wanted} streams).`
        : "";
    show(
      "pattern-found",
      `${cells.length} ${cells.length === 1 ? "cell" : "cells"}; ${stretches.length} stretches with the same pattern, those of like length first.${read}`,
      stretches.slice(0, MOST).map(([place, many]) => Explorer.placeButton(place, `${many}`, many)),
    );
    find("pattern-found")
      .querySelector("p")
      .after(make("p", { class: "near" }, ...buttons));
  };

  async function streamValues(model, stream) {
    const { layers, hidden } = model.net;
    const values = new Int8Array(length * layers * hidden);
    for (let t = 0; t < length; t++) {
      const block = await model.block(stream * length + t);
      const at = (stream * length + t - block.first) * model.built.columns;
      const quantity = model.built.quantities[0];
      for (let layer = 0; layer < layers; layer++)
        for (let unit = 0; unit < hidden; unit++) {
          const value = block.values[at + model.built.column(quantity, layer, unit)];
          values[(t * layers + layer) * hidden + unit] = Math.round(
            127 * Explorer.shownValue(model, quantity, value),
          );
        }
    }
    return values;
  }

  Explorer.findText = () => {
    const wanted = [...find("search-text").value].map((character) => character.codePointAt(0));
    if (!wanted.length) return;
    const points = Explorer.reading.points();
    const found = [];
    // Bytes inside characters are no characters.
    const places = [];
    for (let i = 0; i < points.length; i++) if (points[i] !== -1) places.push(i);
    for (let i = 0; i + wanted.length <= places.length; i++) {
      let j = 0;
      while (j < wanted.length && points[places[i + j]] === wanted[j]) j++;
      // Neighbouring streams are from different places of the text.
      const isOne =
        Math.floor(places[i] / length) === Math.floor(places[i + wanted.length - 1] / length);
      if (j === wanted.length && isOne) found.push(places[i]);
    }
    show(
      "search-found",
      `Found ${found.length.toLocaleString("en")} times${found.length > MOST ? `; the first ${MOST}:` : "."}`,
      found.slice(0, MOST).map((place) => Explorer.placeButton(place, "", wanted.length)),
    );
    if (found.length) Explorer.reading.go(found[0]);
  };

  Explorer.findErrors = async () => {
    const wanted = Number(find("error-class").value);
    const below = Number(find("error-below").value);
    const { run } = study.classes;
    const [classes, losses] = await Promise.all([
      Explorer.array("classes"),
      Explorer.modelOf(run).losses(),
    ]);
    const found = [];
    for (let i = 0; i < classes.length; i++)
      if (classes[i] === wanted && Math.exp(-losses[i]) < below)
        found.push([i, Math.exp(-losses[i])]);
    show(
      "errors-found",
      `${found.length.toLocaleString("en")} such errors of ${run.replace(/-s\d+$/, "")}${found.length > MOST ? `; the first ${MOST}:` : "."}`,
      found.slice(0, MOST).map(([place, prob]) => Explorer.placeButton(place, prob.toPrecision(2))),
    );
    if (found.length) Explorer.reading.go(found[0][0]);
  };

  Explorer.openFind = () => {
    find("find-pattern").addEventListener(
      "submit",
      (event) => (event.preventDefault(), Explorer.findPattern()),
    );
    find("find-text").addEventListener(
      "submit",
      (event) => (event.preventDefault(), Explorer.findText()),
    );
    find("find-errors").addEventListener(
      "submit",
      (event) => (event.preventDefault(), Explorer.findErrors()),
    );
    find("find-errors").hidden = !study.classes;
    study.classes?.steps.forEach((step, i) =>
      find("error-class").append(
        make("option", { value: `${i}` }, `${step.label} (${step.count.toLocaleString("en")})`),
      ),
    );
    if (study.classes)
      find("error-class").append(
        make("option", { value: "-1" }, `rest (${study.classes.rest.toLocaleString("en")})`),
      );
  };
})();
