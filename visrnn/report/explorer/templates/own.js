"use strict";
// A text of one's own: read letter by letter by every net, with cells that can be clamped, and
// gone on with by sampling.

(() => {
  const { study, find, make } = Explorer;
  const box = find("own-text");
  // Characters that are read of what is typed or dropped.
  const MOST = 20000;
  const runners = new Map();
  const own = { clamp: null, caret: 0, call: 0 };
  Explorer.own = own;

  // What a model makes of the text so far; after an edit it goes on from where the text is the same.
  async function run(model, tokens, clamps) {
    await model.load();
    const key = `${model.run} ${JSON.stringify(clamps)}`;
    let runner = runners.get(key);
    if (!runner) {
      for (const old of runners.keys())
        if (old.startsWith(`${model.run} [{`) && clamps.length) runners.delete(old);
      runner = { tokens: [], predictions: [], rows: [] };
      runners.set(key, runner);
    }
    let same = 0;
    while (
      same < tokens.length &&
      same < runner.tokens.length &&
      tokens[same] === runner.tokens[same]
    )
      same++;
    const isBehind = same < runner.tokens.length || !runner.reader;
    if (isBehind) {
      // From the start; at ten thousand characters a second that is soon done.
      runner.reader = model.reader(clamps);
      runner.tokens = [];
      runner.predictions = [];
      runner.rows = [];
      runner.next = runner.reader.predict();
    }
    const columns = runner.reader.net?.columns;
    for (let i = runner.tokens.length; i < tokens.length; i++) {
      runner.predictions.push(runner.next);
      runner.reader.read(tokens[i]);
      runner.tokens.push(tokens[i]);
      if (columns) {
        const row = new Float32Array(columns);
        runner.reader.record(row, 0);
        runner.rows.push(row);
      }
      runner.next = runner.reader.predict();
      if (i % 1000 === 999) await Explorer.pause();
    }
    return runner;
  }

  const clampsOf = (model) =>
    own.clamp && own.clamp.run === model.run
      ? [{ layer: own.clamp.layer - 1, unit: own.clamp.unit, value: own.clamp.value }]
      : [];

  // Colours of the text behind the box, as the text above has them where that has a meaning here.
  function colourOf(model, runner, i, token) {
    const { state } = Explorer;
    const { colour } = Explorer.colours;
    if (state.by === "cell" && model.recurrent) {
      const value = Explorer.shownValue(
        model,
        state.quantity,
        runner.rows[i][model.built.column(state.quantity, state.layer - 1, state.unit)],
      );
      return Explorer.cellColour(model, value);
    }
    return colour("surprise", runner.predictions[i][token]);
  }

  Explorer.readOwn = async () => {
    const call = ++own.call;
    const text = box.value.slice(0, MOST);
    const { tokens, places, unknown } = Explorer.glyphs.tokensOf(text);
    const notes = [];
    if (unknown.length)
      notes.push(
        `Not in this corpus, so not read: ${unknown
          .slice(0, 10)
          .map((character) => Explorer.glyphs.named(character.codePointAt(0)))
          .join(" ")}.`,
      );
    if (find("watch").value && !Explorer.glyphs.tokensOf(find("watch").value).tokens.length)
      notes.push("The watched character is not in this corpus.");
    if (box.value.length > MOST)
      notes.push(`Only the first ${MOST.toLocaleString("en")} characters are read.`);
    find("own-note").textContent = notes.join(" ");
    const model = Explorer.modelOf(Explorer.state.net);
    const shown = find("own-shown");
    if (!model?.runs) return shown.replaceChildren(text);
    const runner = await run(model, tokens, clampsOf(model));
    if (call !== own.call) return;
    const { css, ink } = Explorer.colours;
    const pieces = [];
    let token = 0;
    let place = 0;
    for (const character of text) {
      const span = make("span", {}, character);
      let last = -1;
      while (token < tokens.length && places[token] === place) last = token++;
      if (last >= 0) {
        const rgb = colourOf(model, runner, last, tokens[last]);
        span.style.background = css(rgb);
        span.style.color = ink(rgb);
      } else span.className = "unread";
      span.token = last;
      pieces.push(span);
      place += character.length;
    }
    shown.replaceChildren(...pieces, "\u200b");
    const caret = box.selectionStart ?? text.length;
    const count = places.filter((each) => each < caret).length;
    await showNext(tokens, count, call);
    Explorer.address.writeLater();
  };

  // What each model expects behind `count` tokens, and how each likes what stands before them.
  async function showNext(tokens, count, call) {
    const { state } = Explorer;
    const runs = [...new Set([state.net, ...study.families, ...Explorer.dropped])];
    const watched = Explorer.glyphs.tokensOf(find("watch").value).tokens[0];
    const parts = [];
    const strips = [];
    for (const name of runs) {
      const model = Explorer.modelOf(name);
      if (!model?.runs) continue;
      const clamps = clampsOf(model);
      for (const each of clamps.length ? [[], clamps] : [[]]) {
        const runner = await run(model, tokens, each);
        if (call !== own.call) return;
        const distribution = count < tokens.length ? runner.predictions[count] : runner.next;
        const label = each.length ? `${model.name}, clamped` : model.name;
        const aside =
          watched === undefined
            ? ""
            : `p(${Explorer.glyphs.symbolName(watched)}) = ${distribution[watched].toPrecision(3)}`;
        parts.push(Explorer.expectationRow(label, distribution, tokens[count] ?? null, aside));
        const values = runner.rows[count - 1];
        if (values && name === state.net && parts.length <= 1) {
          const quantity = model.built.quantities[0];
          const list = Explorer.cellValues(model, (layer, unit) =>
            Explorer.shownValue(model, quantity, values[model.built.column(quantity, layer, unit)]),
          );
          if (list) own.values = list;
        }
        strips.push(strip(label, runner, tokens, watched));
        if (strips.length === 1) await Explorer.pause();
      }
    }
    find("strips").replaceChildren(...strips);
    if (document.activeElement !== box && !own.show) return;
    const before = count ? Explorer.glyphs.symbolName(tokens[count - 1]) : "the start";
    find("here-title").textContent = `Your text, after ${before}`;
    const cells = own.values
      ? [make("h3", {}, `Cells of ${Explorer.modelOf(state.net).name}`), own.values]
      : [];
    find("here").replaceChildren(...parts, ...cells);
    own.values = null;
  }

  // The end of the text under one model: each character by its probability; the mean loss; and p
  // of the watched character at each place.
  function strip(label, runner, tokens, watched) {
    const { colour, css, ink } = Explorer.colours;
    const from = Math.max(0, tokens.length - 48);
    const line = make("span", { class: "strip" });
    let loss = 0;
    tokens.forEach((token, i) => {
      loss -= Math.log(runner.predictions[i][token]) / tokens.length;
      if (i < from) return;
      const prob =
        watched === undefined ? runner.predictions[i][token] : runner.predictions[i][watched];
      const rgb = watched === undefined ? colour("surprise", prob) : colour("rising", prob);
      const span = make("span", { title: prob.toPrecision(3) }, Explorer.glyphs.symbolName(token));
      span.style.background = css(rgb);
      span.style.color = ink(rgb);
      line.append(span);
    });
    const value = tokens.length ? `${loss.toFixed(2)} nats` : "";
    const p =
      watched === undefined
        ? ""
        : ` p(${Explorer.glyphs.symbolName(watched)}) next ${runner.next[watched].toPrecision(3)}`;
    return make("div", {}, make("span", { class: "who" }, `${label} ${value}${p} `), line);
  }

  // Characters drawn from the chosen net, or the clamped one, at a temperature.
  Explorer.sampleOwn = async () => {
    const model = Explorer.modelOf(Explorer.state.net);
    if (!model?.runs) return;
    const temperature = Number(find("temperature").value);
    const length = Math.min(2000, Number(find("sample-length").value));
    const { tokens } = Explorer.glyphs.tokensOf(box.value.slice(0, MOST));
    await model.load();
    const reader = model.reader(clampsOf(model));
    for (const token of tokens) reader.read(token);
    const bytes = [];
    for (let i = 0; i < length; i++) {
      const weights = reader.predict().map((prob) => prob ** (1 / temperature));
      const sum = weights.reduce((a, b) => a + b, 0);
      let draw = Math.random() * sum;
      let token = 0;
      while (token < weights.length - 1 && (draw -= weights[token]) > 0) token++;
      reader.read(token);
      bytes.push(study.symbols[token]);
    }
    const text =
      study.unit === "byte"
        ? new TextDecoder().decode(new Uint8Array(bytes))
        : String.fromCodePoint(...bytes);
    box.value += text;
    box.scrollTop = box.scrollHeight;
    own.show = true;
    await Explorer.readOwn();
    mirror();
  };

  function mirror() {
    find("own-shown").scrollTop = box.scrollTop;
  }

  Explorer.setClamp = () => {
    const { state } = Explorer;
    const value = Number(find("clamp-value").value);
    const isOn = find("clamp-on").checked && Explorer.modelOf(state.net)?.recurrent;
    own.clamp = isOn ? { run: state.net, layer: state.layer, unit: state.unit, value } : null;
    find("clamp-shown").textContent = value.toFixed(2);
    find("clamp-name").textContent = `cell ${state.layer}.${state.unit}`;
    own.show = Boolean(own.clamp) || own.show;
    return Explorer.readOwn();
  };

  Explorer.openOwn = () => {
    const later = () => {
      clearTimeout(own.timer);
      own.show = false;
      own.timer = setTimeout(Explorer.readOwn, 10);
    };
    box.addEventListener("input", later);
    box.addEventListener("scroll", mirror);
    document.addEventListener("selectionchange", () => {
      if (document.activeElement !== box || box.selectionStart === own.caret) return;
      own.caret = box.selectionStart;
      later();
    });
    find("sample").addEventListener("click", Explorer.sampleOwn);
    find("clear").addEventListener("click", () => {
      box.value = "";
      box.focus();
      later();
    });
    find("watch").addEventListener("input", () => {
      own.show = true;
      Explorer.readOwn();
    });
    for (const id of ["clamp-on", "clamp-value"])
      find(id).addEventListener("input", Explorer.setClamp);
    find("temperature").addEventListener("input", () => {
      find("temperature-shown").textContent = Number(find("temperature").value).toFixed(2);
    });
  };
})();
